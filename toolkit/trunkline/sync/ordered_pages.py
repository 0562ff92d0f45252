"""Pages of a list that is read by cursor, several at once where cursors can be made for any time.

The next cursor of such a list stands in the page before, so that its pages can't be asked for ahead. But a cursor can
also be made for a time: a long list is read in spans of time, each by its own cursor, and their pages are put in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from trunkline.ahead import closing, in_order
from trunkline.errors import DataError
from trunkline.model import CursorPage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from datetime import datetime

    from trunkline.providers.base import Account

# A span should have about as many pages as this, so that few of them are read twice at its ends.
_WANTED_PAGES = 12
_SHORTEST, _LONGEST = timedelta(minutes=30), timedelta(days=60)
_FIRST_SPAN = timedelta(hours=12)
# So many pages are read one after the other before it pays to read ahead.
_PAGES_BEFORE = 3


@dataclass(frozen=True, slots=True)
class _Span:
    """A span of the list by the time of recording: after a cursor, and up to `end` (None: to the end of the list)."""

    after: str
    start: datetime
    end: datetime | None


async def ordered_pages(
    account: Account,
    stream: str,
    after: str,
    *,
    until: datetime,
    to_end: bool,
    check: Callable[[CursorPage], Awaitable[None]],
) -> AsyncGenerator[CursorPage]:
    """Yield the pages after a cursor, in order; each has the cursor `after` which it was read.

    `check` is called with each page as soon as it is there.

    What was recorded before `until` is read ahead. Then the list is read to its end, or, without `to_end`, no further.
    `DataError` if the list ends in one reply and goes on in another.
    """
    reached = None
    pages = 0
    calls = _List(account, stream, check)
    async with closing(calls.after(after)) as listed:
        async for page in listed:
            yield page
            after, reached, pages = page.cursor, account.cursor_time(page.cursor), pages + 1
            if page.last:
                return
            if pages >= _PAGES_BEFORE and account.requests_at_once() > 1 and reached is not None:
                break
    if reached is None:
        return
    plan = _Plan(after, reached, until, account, to_end=to_end)
    spans = in_order(plan.following, calls.read, width=account.requests_at_once)
    ended = False
    async with closing(spans) as readings:
        async for span, found in readings:
            plan.learn(span, len(found))
            times = [account.cursor_time(page.cursor) for page in found if page.calls or page.unreadable]
            # What was recorded since this run began may well come after the end.
            if ended and any(time is not None and time < until for time in times):
                msg = "the call list ends in one reply and goes on in another"
                raise DataError(msg, field="calls")
            ended = ended or (bool(found) and found[-1].last)
            for page in found:
                yield replace(page, last=page.last and span.end is None)
                after = page.cursor
    if not to_end and ended:
        yield CursorPage((), cursor=after, last=True, after=after)


class _Plan:
    """Cuts the time up to `until` into spans; the last one has no end."""

    def __init__(self, after: str, reached: datetime, until: datetime, account: Account, *, to_end: bool) -> None:
        self._after: str | None = after
        self._at = reached
        self._until = until
        self._account = account
        self._length = _FIRST_SPAN
        self._to_end = to_end

    def following(self) -> _Span | None:
        """Return the next span."""
        if self._after is None:
            return None
        end = self._at + self._length
        is_final = end >= self._until
        span = _Span(self._after, self._at, (None if self._to_end else self._until) if is_final else end)
        self._after, self._at = None if is_final else self._account.cursor_at(end), end
        return span

    def learn(self, span: _Span, pages: int) -> None:
        """Take into account how many pages a span had."""
        if span.end is not None:
            growth = min(4.0, _WANTED_PAGES / max(pages, 1))
            self._length = max(_SHORTEST, min(_LONGEST, (span.end - span.start) * growth))


class _List:
    """Reads one stream's list, and has each page checked."""

    def __init__(self, account: Account, stream: str, check: Callable[[CursorPage], Awaitable[None]]) -> None:
        self._account = account
        self._stream = stream
        self._check = check

    async def read(self, span: _Span) -> list[CursorPage]:
        """Return the pages of a span, of which the last one may go beyond it."""
        found: list[CursorPage] = []
        async with closing(self.after(span.after)) as listed:
            async for page in listed:
                found.append(page)
                reached = self._account.cursor_time(page.cursor)
                if span.end is not None and reached is not None and reached > span.end:
                    break
        return found

    async def after(self, after: str) -> AsyncGenerator[CursorPage]:
        """Yield the pages after a cursor."""
        async with closing(self._account.cursor_pages(self._stream, after=after)) as listed:
            async for page in listed:
                await self._check(page)
                yield replace(page, after=after)
                after = page.cursor
