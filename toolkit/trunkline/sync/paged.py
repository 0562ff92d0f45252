"""A list that is read from its newest call down, by pages or by periods."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from trunkline.archive import BEGINNING
from trunkline.model import CallPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trunkline.archive import Coverage, Stored

    from .run import Run

_MICROSECOND = timedelta(microseconds=1)
_FOREVER = datetime.max.replace(tzinfo=UTC)


class PagedRun:
    """One run over the list of one stream.

    `_low` is how far down the list is known from its top without a gap: all that started at `_low` or later was read in
    this run, or is covered. Coverage is claimed only for what is older than `overlap`, because younger calls may still
    be recorded late; the next run reads that time again, unless the counts show that nothing came.
    """

    def __init__(self, run: Run, stream: str, known: Coverage) -> None:
        """Start at the top of the list, with what earlier runs have covered."""
        self._run = run
        self._stream = stream
        self._by_time = run.account.by_time
        self._known = known
        self._coverage = known
        self._now = datetime.now(UTC)
        self._low = _FOREVER
        self._settled: datetime | None = None
        self._total: int | None = None
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
        async with AsyncExitStack() as stack:
            pages = self._pages(skip)
            if hasattr(pages, "aclose"):
                stack.push_async_callback(pages.aclose)
            async for page in pages:
                self._run.pages += 1
                if last is None and skip and not self._by_time and self._lies_below(page):
                    return self._back(skip, page)
                if last is not None and (vanished := _vanished_between(last, page)):
                    return await self._position(margin=vanished)
                if skip == 0 and last is None:
                    self._total = page.total
                last = page
                below = await self._take(page)
                if below is None:
                    return None
                if below > self._place + len(page.calls):
                    return below
        if last is None and skip and not self._by_time:
            return self._back(skip, None)
        # The pages just end: so does the list.
        await self._take(CallPage((), total=last.total if last else None, last=True))
        return None

    def _pages(self, skip: int) -> AsyncIterator[CallPage]:
        run = self._run
        if not self._by_time:
            return run.account.pages(self._stream, skip=skip)
        since = None if run.since == BEGINNING else run.since
        return run.account.pages(self._stream, since=since, until=None if self._low == _FOREVER else self._low)

    async def _take(self, page: CallPage) -> int | None:
        """Store a page; return how far down the list the next missing call stands (0: anywhere), `None` when done."""
        run = self._run
        stored = await self._store(page)
        run.count(stored)
        verified = self._verified(page, stored)
        joined = not run.full and self._join()
        done = verified or page.last or self._low <= run.since
        self._place = len(page.calls) + (self._place if page.offset is None else page.offset)
        run.report(self._stream, page.total if done and page.total is not None else self._place, page.total)
        if not done and joined:
            # Where the list is asked for by periods, what is covered is left out by saying so.
            return self._place + len(page.calls) + 1 if self._by_time else await self._position()
        if not done:
            return 0
        if not verified:
            await self._finish()
        return None

    async def _store(self, page: CallPage) -> Stored:
        """Commit the page's calls together with the coverage that they prove."""
        run = self._run
        starts = [call.started_at for call in page.calls if call.started_at is not None]
        if starts and self._settled is None:
            # A start in the future must not pass for a time that was reached.
            self._settled = min(max(starts), self._now) - run.overlap
        before = self._coverage
        if page.last and _is_whole(page):
            self._low = BEGINNING
        elif starts:
            # Others that started in the same second may stand on the next page.
            self._low = min(self._low, starts[-1] + _MICROSECOND)
        self._low = max(self._low, run.since)
        if self._settled is not None:
            self._coverage = before.cover(self._low, self._settled)
        calls = [call for call in page.calls if call.started_at is None or call.started_at >= run.since]
        proved = None if self._coverage == before else self._coverage
        stored, self._archived = await run.commit(self._stream, calls, proved)
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
        if known.horizon > run.since or self._is_due():
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

    async def _finish(self) -> None:
        """Remember the counts, now that the list is known down to `_low`."""
        run = self._run
        if self._low > run.since:
            # The list ended before its own total: something is missing, so the next run looks again.
            run.complete = False
            return
        coverage = replace(
            self._coverage, total=self._total, archived=self._archived, horizon=self._low, reread_at=self._now
        )
        await run.commit(self._stream, [], coverage)


def _vanished_between(last: CallPage, page: CallPage) -> int:
    """Return how many calls may have been pulled up out of `page` while it was asked for."""
    if last.total is None or page.total is None or page.total >= last.total:
        return 0
    vanished = last.total - page.total
    if last.offset is not None and page.offset is not None:
        return max(0, page.offset - (last.offset + len(last.calls) - vanished))
    return vanished


def _is_whole(page: CallPage) -> bool:
    """Return whether a last page ends where the list's total says that it does."""
    return page.total is None or page.offset is None or page.offset + len(page.calls) >= page.total
