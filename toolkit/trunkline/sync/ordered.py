"""A list that is read in the order in which its rows were made: what is new stands behind what was read last."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.archive import BEGINNING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trunkline.archive import Coverage
    from trunkline.model import CursorPage

    from .run import Run

# Rows that are made in the same moment may become visible in another order.
_MARGIN = timedelta(minutes=2)
# The provider's clock makes the cursors, ours says since when calls are wanted.
_CLOCK_ERROR = timedelta(hours=1)


class OrderedRun:
    """One run over the list of one stream.

    A call is recorded when it ends, and never before an older record, so that all that was recorded between the horizon
    and the cursor is archived: the cursor is how far the list was read, and the horizon where that began. A run goes on
    from the cursor, and then, if older calls are wanted, reads from where they begin up to the horizon. Both places are
    committed with each page.
    """

    def __init__(self, run: Run, stream: str, known: Coverage) -> None:
        """Start where earlier runs ended."""
        self._run = run
        self._stream = stream
        self._coverage = known
        self._now = datetime.now(UTC)
        self._place = 0

    async def read(self) -> None:
        """Read what is new, then what is older than what was wanted until now."""
        run, known = self._run, self._coverage
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

    async def _read_new(self, after: str, *, rereads_overlap: bool) -> None:
        """Read to the end of the list; `rereads_overlap` says that corrections of the last `overlap` are read too."""
        async for page in self._pages(after):
            await self._take(page, replace(self._coverage, cursor=page.cursor))
        if rereads_overlap:
            self._coverage = replace(self._coverage, reread_at=self._now)
        await self._settle()

    async def _read_older(self, since: datetime, horizon: datetime) -> None:
        """Read up from the beginning to the horizon; only a run for everything can be taken up by the next one."""
        everything = since == BEGINNING
        after = (self._coverage.backfill if everything else None) or self._start(since)
        account = self._run.account
        async for page in self._pages(after):
            reached = account.cursor_time(page.cursor)
            done = page.last or (reached is not None and reached > horizon + _CLOCK_ERROR)
            if done:
                coverage = replace(self._coverage, backfill=None, horizon=since)
            else:
                coverage = replace(self._coverage, backfill=page.cursor if everything else self._coverage.backfill)
            await self._take(page, coverage)
            if done:
                break
        await self._settle()

    async def _pages(self, after: str) -> AsyncIterator[CursorPage]:
        pages = self._run.account.cursor_pages(self._stream, after=after)
        async with AsyncExitStack() as stack:
            if hasattr(pages, "aclose"):
                stack.push_async_callback(pages.aclose)
            async for page in pages:
                self._run.pages += 1
                yield page

    async def _take(self, page: CursorPage, coverage: Coverage) -> None:
        """Commit a page with how far the list is read by it."""
        run = self._run
        stored, _ = await run.commit(self._stream, page.calls, coverage)
        self._coverage = coverage
        run.count(stored)
        self._place += len(page.calls)
        run.report(self._stream, self._place, None)

    async def _settle(self) -> None:
        """Claim the time that is wholly read: what is younger than the overlap may still be recorded."""
        horizon = self._coverage.horizon
        if horizon is not None:
            reached = self._run.account.cursor_time(self._coverage.cursor or "") or self._now
            self._coverage = self._coverage.cover(horizon, min(reached, self._now) - self._run.overlap)
        await self._run.commit(self._stream, [], self._coverage)

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
