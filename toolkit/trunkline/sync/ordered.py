"""A list that is read in the order in which its rows were made: what is new stands behind what was read last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from trunkline.ahead import closing
from trunkline.archive import BEGINNING
from trunkline.errors import DataError

from .ordered_pages import ordered_pages

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from trunkline.archive import Coverage
    from trunkline.model import CursorPage

    from .run import Run

# Rows that are made in the same moment may become visible in another order.
_MARGIN = timedelta(minutes=2)
# As exact as the times of most providers.
_SECOND = timedelta(seconds=1)
# The provider's clock makes the cursors, ours says since when calls are wanted.
_CLOCK_ERROR = timedelta(hours=1)
# How many pages in a row may bring only calls that this run has read: where spans meet, one or two do.
_REPETITIONS = 5
# After how many pages the provider's count is compared, and how many pages may be added while the list is read.
_PAGES_TO_COUNT, _MOST_PAGES_ADDED = 40, 20
# A cursor that is further in the future belongs to no call.
_FUTURE = timedelta(days=2)


class OrderedRun:
    """One run over the list of one stream.

    A call is recorded when it ends, and never before an older record, so that all that was recorded between the horizon
    and the cursor is archived: the cursor is how far the list was read, and the horizon where that began. A run goes on
    from the cursor, and then, if older calls are wanted, reads from where they begin up to the horizon. Both places are
    committed with each page. Where the provider counts the calls of its list, a list that was read completely is
    compared with that; if calls are missing, the next run reads everything again.
    """

    def __init__(self, run: Run, stream: str, known: Coverage) -> None:
        """Start where earlier runs ended."""
        self._run = run
        self._stream = stream
        self._known = known
        self._coverage = known
        self._now = datetime.now(UTC)
        self._place = 0
        self._rows = 0
        self._archived = 0
        self._seen: set[int] = set()
        self._repetitions = 0
        self._run_pages = 0
        # Whether the list's cursors tell when its calls were recorded.
        self._has_times = run.account.cursor_time(known.cursor or "") is not None
        # Whether this run reads the whole list.
        self._whole = False

    async def read(self) -> None:
        """Read the list; raises `DataError` for one that makes no sense, or has no end."""
        run, known = self._run, self._coverage
        self._whole = run.since == BEGINNING and (run.full or known.cursor is None)
        try:
            await self._read()
        except DataError:
            # Cursors that were read from wrong replies may lead past calls, so the next run begins where this one did.
            await run.commit(self._stream, [], known, reopen=True)
            raise

    async def _read(self) -> None:
        """Read what is new, then what is older than what was wanted until now."""
        run, known = self._run, self._known
        if run.full or known.cursor is None or known.horizon is None:
            low = run.since if known.horizon is None else min(known.horizon, run.since)
            self._coverage = replace(known, horizon=low, backfill=None if low == BEGINNING else known.backfill)
            await self._read_new(self._first(run.since), rereads_overlap=True)
        else:
            due = self._is_due()
            await self._read_new(self._again(run.overlap if due else _MARGIN), rereads_overlap=due)
        horizon = self._coverage.horizon
        if horizon is not None and run.since < horizon:
            await self._read_older(run.since, horizon)
        await self._compare_counts()

    async def _read_new(self, after: str, *, rereads_overlap: bool) -> None:
        """Read to the end of the list; `rereads_overlap` says that corrections of the last `overlap` are read too."""
        async with closing(self._pages(after, until=self._now, to_end=True)) as pages:
            async for page in pages:
                await self._take(page, replace(self._coverage, cursor=page.cursor))
        if rereads_overlap:
            self._coverage = replace(self._coverage, reread_at=self._now)
        await self._settle()

    async def _read_older(self, since: datetime, horizon: datetime) -> None:
        """Read up from the beginning to the horizon; only a run for everything can be taken up by the next one.

        If the list ends before calls that are known already, the reply that says so is wrong: then nothing is claimed.
        """
        everything = since == BEGINNING
        after = (self._coverage.backfill if everything else None) or self._start(since)
        account = self._run.account
        newest = account.cursor_time(self._coverage.cursor or "")
        end = horizon + _CLOCK_ERROR
        async with closing(self._pages(after, until=end, to_end=False)) as pages:
            async for page in pages:
                reached = account.cursor_time(page.cursor)
                ends_early = page.last and newest is not None and (reached is None or reached < newest)
                # The newest cursor may have been made for a time at which there was no call.
                ends_early = ends_early and await self._knows_calls_after(reached)
                done = (page.last and not ends_early) or (reached is not None and reached > end)
                if ends_early:
                    coverage = self._coverage
                    self._run.complete = False
                elif done:
                    coverage = replace(self._coverage, backfill=None, horizon=since)
                else:
                    backfill = page.cursor if everything else self._coverage.backfill
                    coverage = replace(self._coverage, backfill=backfill)
                await self._take(page, coverage)
                if done:
                    break
        await self._settle()

    async def _knows_calls_after(self, reached: datetime | None) -> bool:
        """Return whether the archive has calls of the list that started after a time, or any."""
        run = self._run
        low = BEGINNING if reached is None else reached + _SECOND
        return bool(await run.offload(partial(run.archive.stream_count, run.key, self._stream, down_to=low)))

    def _pages(self, after: str, *, until: datetime, to_end: bool) -> AsyncGenerator[CursorPage]:
        return ordered_pages(self._run.account, self._stream, after, until=until, to_end=to_end, check=self._check)

    async def _check(self, page: CursorPage) -> None:
        """Raise `DataError` for a page that shows that the list has no end."""
        self._run.pages += 1
        self._run_pages += 1
        reached = self._run.account.cursor_time(page.cursor)
        if reached is None and self._has_times:
            msg = "the call list goes on at a place that is no place in it"
            raise DataError(msg, field="cursor")
        self._has_times = reached is not None
        if reached is not None and reached > self._now + _FUTURE:
            msg = "the call list has calls of the future, so it may have no end"
            raise DataError(msg, field="cursor")
        self._check_progress(page)
        await self._check_size()

    async def _check_size(self) -> None:
        """Raise `DataError` for a list that has many more calls than the provider counts; asked now and then."""
        if self._run_pages % _PAGES_TO_COUNT:
            return
        total = await self._run.account.count(self._stream)
        if total is not None and len(self._seen) > total + len(self._seen) // self._run_pages * _MOST_PAGES_ADDED:
            msg = "the list has many more calls than the provider counts"
            raise DataError(msg, field="calls")

    def _check_progress(self, page: CursorPage) -> None:
        """Raise `DataError` for a list that repeats itself while its cursor goes on."""
        before = len(self._seen)
        self._seen.update(hash(call.call_id) for call in page.calls)
        self._repetitions = self._repetitions + 1 if page.calls and len(self._seen) == before else 0
        if self._repetitions > _REPETITIONS:
            msg = "the call list repeats itself"
            raise DataError(msg, field="calls")

    async def _take(self, page: CursorPage, coverage: Coverage) -> None:
        """Commit a page with how far the list is read by it."""
        run = self._run
        page = await self._clean(page)
        stored, self._archived = await run.commit(self._stream, page.calls, coverage, unreadable=page.unreadable)
        self._coverage = coverage
        run.count(stored)
        self._rows += len(stored.new)
        self._place += len(page.calls)
        run.report(self._stream, self._place, None)

    async def _clean(self, page: CursorPage) -> CursorPage:
        """Return a page with something odd as it is when it is read again, unless another page comes instead."""
        run = self._run
        oddities = await run.oddities(page.calls, page.unreadable)
        again = await self._page_before(page) if oddities else None
        if again is None or await run.oddities(again.calls, again.unreadable) >= oddities:
            return page
        return replace(again, cursor=page.cursor, last=page.last)

    async def _page_before(self, page: CursorPage) -> CursorPage | None:
        """Return the page that ends at the same place, read again; None if another page comes instead."""
        after = page.after
        if after is None:
            return None
        async with closing(self._run.account.cursor_pages(self._stream, after=after)) as pages:
            async for again in pages:
                self._run.pages += 1
                return again if again.cursor == page.cursor else None
        return None

    async def _settle(self) -> None:
        """Claim the time that is wholly read: what is younger than the overlap may still be recorded."""
        horizon = self._coverage.horizon
        if horizon is not None:
            reached = self._run.account.cursor_time(self._coverage.cursor or "") or self._now
            self._coverage = self._coverage.cover(horizon, min(reached, self._now) - self._run.overlap)
        _, self._archived = await self._run.commit(self._stream, [], self._coverage)

    async def _compare_counts(self) -> None:
        """Compare how many calls the provider counts with the archive, once more in the run after the last new call."""
        run, known = self._run, self._known
        if self._coverage.horizon != BEGINNING:
            return
        if not self._rows and known.total is not None and known.archived == self._archived:
            return
        total = await run.account.count(self._stream)
        if total is not None and self._is_contradicted_by(total):
            # What was recorded meanwhile, or a reply that ended the list too early.
            await self._read_new(self._coverage.cursor or "", rereads_overlap=False)
            total = await run.account.count(self._stream)
        if total is None:
            # Without a count nothing proves that the list didn't end too early; the next run asks again.
            run.complete = False
            return
        missing = self._missing(total)
        if self._is_contradicted_by(total):
            run.complete = False
            await run.commit(self._stream, [], _reopened(self._coverage, missing), reopen=True)
            return
        # A count that was compared in a run that stored calls is compared again in the next one.
        archived = None if self._rows else self._archived
        doubt = missing if missing and missing == known.doubt else None
        self._coverage = replace(self._coverage, total=total, archived=archived, doubt=doubt)
        await run.commit(self._stream, [], self._coverage)

    def _is_contradicted_by(self, total: int) -> bool:
        """Return whether the provider counts other calls than were read.

        Calls that it has deleted make the archive have more, which contradicts nothing. A difference that was found
        before, and was still there when everything had been read again, is accepted.
        """
        missing = self._missing(total)
        return missing != self._known.doubt and (missing > 0 or (self._whole and missing < 0))

    def _missing(self, total: int) -> int:
        return total - (len(self._seen) + len(self._run.aside) if self._whole else self._archived)

    def _first(self, since: datetime) -> str:
        """Return the cursor before everything since then, and not behind one that was reached."""
        start, known = self._start(since), self._coverage.cursor
        account = self._run.account
        reached = account.cursor_time(known) if known else None
        begins = account.cursor_time(start)
        return known if known is not None and (reached is None or (begins is not None and reached < begins)) else start

    def _start(self, since: datetime) -> str:
        return "" if since == BEGINNING else self._run.account.cursor_at(since - _CLOCK_ERROR)

    def _again(self, span: timedelta) -> str:
        """Return a cursor somewhat before the last one."""
        cursor = self._coverage.cursor or ""
        reached = self._run.account.cursor_time(cursor)
        return cursor if reached is None else self._run.account.cursor_at(reached - span)

    def _is_due(self) -> bool:
        """Return whether the last `overlap` must be read again, for corrections."""
        last = self._coverage.reread_at
        return last is None or not timedelta(0) <= self._now - last < self._run.overlap / 4


def _reopened(coverage: Coverage, missing: int) -> Coverage:
    """Return a coverage of nothing, after calls were found to be missing."""
    return replace(
        coverage, segments=(), total=None, archived=None, horizon=None, reread_at=None, cursor=None, backfill=None,
        doubt=missing,
    )  # fmt: skip
