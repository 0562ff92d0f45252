"""A list that is read by pages, from its newest call down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from trunkline.ahead import closing
from trunkline.archive import BEGINNING, Segment, contains, united
from trunkline.errors import DataError
from trunkline.model import CallPage

if TYPE_CHECKING:
    from trunkline.archive import Coverage, Stored

    from .run import Run

_MICROSECOND = timedelta(microseconds=1)
_FOREVER = datetime.max.replace(tzinfo=UTC)
# How often a list without a total is read until a reading brings nothing new, and the total is asked for.
_READINGS = 4


class PagedRun:
    """One run over the list of one stream.

    `_low` is how far down the list is known from its top without a gap: all that started at `_low` or later was read in
    this run, or is covered. Coverage is claimed only for what is older than `overlap`, because younger calls may still
    be recorded late; the next run reads that time again, unless the counts show that nothing came.

    A reading proves what it claims by the total that the provider states: every page has as many rows as that says, two
    replies state the same total, and the archive has as many calls. A list without a total is read until a second
    reading brings nothing new.
    """

    def __init__(self, run: Run, stream: str, known: Coverage) -> None:
        """Start at the top of the list, with what earlier runs have covered."""
        self._run = run
        self._stream = stream
        self._known = known
        self._coverage = known
        self._now = datetime.now(UTC)
        self._low = _FOREVER
        self._settled: datetime | None = None
        # What the replies of this run say the list had when the run began, and how many of them say so.
        self._total: int | None = None
        self._statements = 0
        self._lacks_totals = False
        # By how many calls the list has changed meanwhile, and the rows that were read of it in one piece from its top.
        self._changes = 0
        self._seen: set[int] | None = set()
        self._ended = False
        # Whether the list became shorter, which some replies may only pretend.
        self._shrank = False
        # Whether a page had fewer rows than it should, or a total changed without a reason.
        self._has_gap = False
        self._archived = 0
        self._place = 0
        self._step = 0

    async def read(self) -> None:
        """Read the list from its newest call down, as far as something may be missing."""
        skip: int | None = 0
        while skip is not None:
            skip = await self._read_from(skip)

    async def _read_from(self, skip: int) -> int | None:
        """Read pages from `skip` calls down the list; return where to go on instead, or `None` when done."""
        last: CallPage | None = None
        self._place = skip
        async with closing(self._run.account.pages(self._stream, skip=skip)) as pages:
            async for page in pages:
                self._run.pages += 1
                if last is None and skip and self._lies_below(page):
                    return self._back(skip, page)
                if last is not None and (vanished := _vanished_between(last, page)):
                    self._seen = None
                    return await self._position(margin=vanished)
                self._note_total(page, last)
                last = page
                below = await self._take(page)
                if below is None:
                    return None
                if below > self._place + len(page.calls):
                    return below
        if last is None and skip:
            return self._back(skip, None)
        # The pages just end: so does the list.
        await self._take(CallPage((), total=last.total if last else None, last=True))
        return None

    def _note_total(self, page: CallPage, last: CallPage | None) -> None:
        """Keep what the total says of the list as it was when the run began.

        New calls raise the total, and push as many rows of the last page down to this one.
        """
        if page.total is None:
            self._lacks_totals = True
            return
        self._statements += 1
        if self._total is None or last is None or last.total is None:
            self._shrank = self._shrank or (self._total is not None and page.total < self._total)
            self._total = page.total if self._total is None else min(self._total, page.total)
            return
        growth = page.total - last.total
        self._changes += abs(growth)
        if growth < 0:
            self._shrank = True
            self._total += growth
        elif growth > 0:
            repeated = {call.call_id for call in last.calls} & {call.call_id for call in page.calls}
            self._has_gap = self._has_gap or len(repeated) < min(growth, len(last.calls), len(page.calls))

    async def _take(self, page: CallPage) -> int | None:
        """Store a page; return how far down the list the next missing call stands (0: anywhere), `None` when done."""
        run = self._run
        page = await self._clean(page)
        stored = await self._store(page)
        run.count(stored)
        verified = self._verified(page, stored)
        joined = not run.full and self._join()
        self._ended = self._ended or page.last
        done = verified or page.last or self._low <= run.since
        self._place = len(page.calls) + len(page.unreadable) + (self._place if page.offset is None else page.offset)
        run.report(self._stream, page.total if done and page.total is not None else self._place, page.total)
        if not done and joined:
            self._seen = None
            return await self._position()
        if not done:
            return 0
        if not verified:
            await self._finish()
        return None

    async def _clean(self, page: CallPage) -> CallPage:
        """Return a page with something odd as it is when it is read again.

        If it can't be read again, because the list moves with each reading, the next run looks at it: rows that can't
        be read are not kept aside before that.
        """
        run = self._run
        oddities = page.odd + await run.oddities(page.calls, page.unreadable)
        if not oddities or page.offset is None:
            return page
        for _ in range(_READINGS):
            again = await self._page_at(page.offset)
            if again is None or (again.offset, again.total) != (page.offset, page.total):
                continue
            if again.short and not page.short:
                continue
            is_cleaner = again.odd + await run.oddities(again.calls, again.unreadable) < oddities
            return replace(again, short=page.short and again.short) if is_cleaner else page
        self._has_gap = True
        run.complete = False
        return replace(page, unreadable=())

    async def _page_at(self, skip: int) -> CallPage | None:
        """Return the page that has the row which stands `skip` rows down the list."""
        async with closing(self._run.account.pages(self._stream, skip=skip)) as pages:
            async for page in pages:
                self._run.pages += 1
                return page
        return None

    async def _store(self, page: CallPage) -> Stored:
        """Commit the page's calls together with the coverage that they prove."""
        run = self._run
        starts = [call.started_at for call in page.calls if call.started_at is not None]
        if starts and self._settled is None:
            # A start in the future must not pass for a time that was reached.
            self._settled = min(max(starts), self._now) - run.overlap
        before = self._coverage
        self._has_gap = self._has_gap or page.short
        if starts and not self._has_gap:
            # Others that started in the same second may stand on the next page.
            self._low = min(self._low, starts[-1] + _MICROSECOND)
        self._low = max(self._low, run.since)
        # Without a total, only a second reading proves something.
        if self._settled is not None and page.total is not None and not self._has_gap:
            self._coverage = before.cover(self._low, self._settled)
        if self._seen is not None:
            self._seen.update(hash(call.call_id) for call in page.calls)
            self._seen.update(hash(repr(row.record)) for row in page.unreadable)
        calls = [call for call in page.calls if call.started_at is None or call.started_at >= run.since]
        proved = None if self._coverage == before else self._coverage
        stored, self._archived = await run.commit(self._stream, calls, proved, unreadable=page.unreadable)
        return stored

    def _join(self) -> bool:
        """Go down to the end of the covered segment that was reached; return whether there is one."""
        segment = self._coverage.below(self._low)
        if segment is None or segment.high < self._low:
            return False
        self._low = segment.low
        return True

    def _verified(self, page: CallPage, stored: Stored) -> bool:
        """Return whether the counts prove that no call is missing.

        The list and the archive grew alike since the list was last known down to `since`, and the page reaches calls
        that the archive had. From time to time this isn't asked, because corrections don't change counts.
        """
        known, run = self._known, self._run
        if run.full or page.total is None or known.total is None or known.archived is None or known.horizon is None:
            return False
        if known.horizon > run.since or self._is_due() or self._has_gap:
            return False
        reached = not page.calls or page.calls[-1].call_id not in {call.call_id for call in stored.new}
        return reached and page.total - self._archived == known.total - known.archived

    def _is_due(self) -> bool:
        """Return whether the last `overlap` must be read again in any case."""
        last = self._known.reread_at
        return last is None or not timedelta(0) <= self._now - last < self._run.overlap / 4

    def _lies_below(self, page: CallPage) -> bool:
        """Return whether there may be unread calls above a page that was jumped to."""
        return page.offset != 0 and not any(call.started_at and call.started_at >= self._low for call in page.calls)

    def _back(self, skip: int, page: CallPage | None) -> int:
        """Return a place further up: the provider no longer has some of the calls that the archive has."""
        self._step = max(2 * self._step, len(page.calls) if page else 0, 1)
        return max(0, skip - self._step)

    async def _position(self, *, margin: int = 0) -> int:
        """Return how far down the list the last known call stands, by the archive's count."""
        run = self._run
        count = partial(run.archive.stream_count, run.key, self._stream, down_to=self._low)
        above: int = await run.offload(count)
        return max(0, above - 1 - margin)

    # The end of a run: what it has proven.

    async def _finish(self) -> None:
        """Claim what was read, if that is proven."""
        run = self._run
        if self._has_gap or (self._shrank and self._ended):
            # A page stayed shorter than it should be, or the end was met too early, so the next run looks again.
            run.complete = False
            return
        if self._ended and self._lacks_totals:
            await self._prove_by_reading_again()
            return
        total = await self._confirmed_total() if self._ended or run.since == BEGINNING else self._total
        if total is None and self._ended:
            run.complete = False
            return
        if self._ended:
            self._low = run.since
        if self._shrank and self._ended:
            run.complete = False
            return
        if total is not None and self._has_lost(total):
            # Calls were deleted, or some replies pretend it: the next run decides.
            run.complete = False
            await run.commit(self._stream, [], replace(self._coverage, doubt=self._missing(total)))
            return
        if total is not None and self._contradicts(total):
            run.complete = False
            reopened = replace(
                self._coverage, segments=(), total=None, archived=None, horizon=None, reread_at=None, once=(),
                doubt=self._missing(total),
            )  # fmt: skip
            await run.commit(self._stream, [], reopened, reopen=True)
            return
        await self._claim(total)

    async def _confirmed_total(self) -> int | None:
        """Return the total that two replies state, None if there are no such two.

        A list that has grown as the archive has needs no second reply.
        """
        total, excess = self._total, self._known_excess()
        if total is None:
            return None
        if self._statements > 1 or (excess is not None and self._archived - total == excess):
            return total
        for _ in range(_READINGS):
            page = await self._page_at(0)
            if page is None or page.total is None:
                return None
            self._shrank = self._shrank or page.total < total
            total, before = page.total, total
            if total == before + await self._take_new(page):
                return None if self._has_gap else total
        return None

    async def _take_new(self, page: CallPage) -> int:
        """Store the calls of a page that was read once more; return how many are new."""
        run = self._run
        page = await self._clean(page)
        calls = [call for call in page.calls if call.started_at is None or call.started_at >= run.since]
        stored, self._archived = await run.commit(self._stream, calls, None, unreadable=page.unreadable)
        run.count(stored)
        if self._seen is not None:
            before = len(self._seen)
            self._seen.update(hash(call.call_id) for call in page.calls)
            self._changes += len(self._seen) - before
        return len(stored.new)

    def _contradicts(self, total: int) -> bool:
        """Return whether the provider counts other calls than were read.

        Calls that the provider has deleted make the archive have more than the list, which contradicts nothing. A
        difference that was found before, and was still there when everything had been read again, is accepted.
        """
        if self._low > self._run.since or self._run.since != BEGINNING:
            return False
        missing = self._missing(total)
        if missing == self._known.doubt:
            return False
        if self._seen is not None and self._ended:
            return missing > 0 or missing < -self._changes
        return missing > -(self._known_excess() or 0)

    def _has_lost(self, total: int) -> bool:
        """Return whether the list is known to have had more calls, and this is new."""
        excess, missing = self._known_excess(), self._missing(total)
        if excess is None or self._run.since != BEGINNING or (self._seen is not None and self._ended):
            return False
        return -missing > excess and missing != self._known.doubt

    def _missing(self, total: int) -> int:
        """Return how many calls the provider counts more than were read, of the whole list or by all runs together."""
        return total - (len(self._seen) if self._seen is not None and self._ended else self._archived)

    def _known_excess(self) -> int | None:
        """Return how many calls more than the provider the archive had, when the whole list was last known."""
        known = self._known
        if known.total is None or known.archived is None or known.horizon != BEGINNING or self._run.full:
            return None
        return known.archived - known.total

    async def _prove_by_reading_again(self) -> None:
        """Read a list without a total until a reading brings nothing new; then it is known."""
        run = self._run
        was_read_before = self._settled is not None and contains(self._known.once, run.since, self._settled)
        if was_read_before and not run.full and not run.new:
            await self._claim(None)
            return
        for _ in range(_READINGS):
            new = 0
            async with closing(run.account.pages(self._stream)) as pages:
                async for page in pages:
                    run.pages += 1
                    new += await self._take_new(page)
            if not new and not self._has_gap:
                await self._claim(None)
                return
        msg = "the call list changes with every reading"
        raise DataError(msg, field="calls")

    async def _claim(self, total: int | None) -> None:
        """Commit that everything down to the end of this run is known."""
        run = self._run
        if self._ended:
            self._low = run.since
        if self._low > run.since:
            run.complete = False
            return
        coverage = self._coverage
        if self._settled is not None:
            coverage = coverage.cover(run.since, self._settled)
        doubt = None if total is None else self._missing(total)
        once = (
            united([*coverage.once, Segment(run.since, self._now)]) if total is None and run.since < self._now else ()
        )
        coverage = replace(
            coverage, total=total, archived=self._archived, horizon=run.since, reread_at=self._now, once=once,
            doubt=doubt if doubt and doubt == self._known.doubt else None,
        )  # fmt: skip
        await run.commit(self._stream, [], coverage)


def _vanished_between(last: CallPage, page: CallPage) -> int:
    """Return how many calls may have been pulled up out of `page` while it was asked for."""
    if last.total is None or page.total is None or page.total >= last.total:
        return 0
    vanished = last.total - page.total
    if last.offset is not None and page.offset is not None:
        return max(0, page.offset - (last.offset + len(last.calls) - vanished))
    return vanished
