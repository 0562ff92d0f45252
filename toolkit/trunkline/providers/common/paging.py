"""Lists that are read page by page, by page number or by offset, without losing rows while the list shifts.

A page that has fewer rows than the counts in the reply say is read again. If it stays so, it is passed on as `short`:
then whoever reads the list knows that something may be missing. A list that only repeats itself is an error, whatever
number of pages it claims to have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from trunkline.ahead import closing, in_order
from trunkline.errors import DataError, TooLargeError
from trunkline.model import CallPage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Iterable

    from trunkline.model import Call, SearchPage, UnreadableRow

# How often a page is asked for before it counts as short, and how many pages in a row may bring nothing new.
_READINGS = 3
_REPETITIONS = 3
# So many pages are read one after the other before it pays to read ahead.
_PAGES_BEFORE = 3
# How many pages of calls may be added to a list while it is read.
_MOST_PAGES_ADDED = 20
# How often rows may vanish from above the page that is being read.
_MOST_STEPS_BACK = 100


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page as the provider numbers it, from 1; `size` is how many rows a full page holds.

    `total` is None where the reply doesn't count the calls of the list.
    """

    number: int
    calls: tuple[Call, ...]
    total: int | None
    pages: int
    unreadable: tuple[UnreadableRow, ...] = ()
    odd: bool = False
    short: bool = False

    @property
    def rows(self) -> int:
        """The number of rows on this page."""
        return len(self.calls) + len(self.unreadable)

    @property
    def size(self) -> int:
        """The number of rows on a full page, calculated from the counts where the page is the last one."""
        if self.number < self.pages:
            return max(1, self.rows)
        if self.pages > 1 and self.total is not None:
            # The last page has what the others leave, so the others have the rest in equal parts.
            return max(1, (self.total - self.rows) // (self.pages - 1))
        return max(1, self.rows)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after this page."""
        return self.number >= self.pages


async def numbered_pages(
    fetch: Callable[[int], Awaitable[NumberedPage]],
    *,
    size: int,
    skip: int = 0,
    width: Callable[[], int] = lambda: 1,
) -> AsyncGenerator[CallPage]:
    """Yield the pages of a list that is newest first, starting at most `skip` rows down.

    `fetch` returns a page by its number. `size` is the page size that it requests, which the provider may ignore. At
    most `width()` requests are under way at once. Raises `DataError` for a list that repeats itself.
    """

    async def page_at(number: int) -> NumberedPage:
        return await again_if_invalid(partial(fetch, number))

    number = skip // size + 1
    first = await page_at(number)
    while number > 1 and (number > first.pages or (first.number - 1) * first.size > skip):
        number = max(1, min(number - 1, first.pages, skip // first.size + 1))
        first = await page_at(number)
    pager = _NumberedPager(page_at, width)
    async with closing(pager.pages(first)) as pages:
        async for page in pages:
            offset = (page.number - 1) * (pager.size or page.size)
            yield CallPage(
                page.calls,
                page.total,
                offset=offset,
                last=page.is_last,
                unreadable=page.unreadable,
                odd=page.odd,
                short=page.short,
            )


class _NumberedPager:
    """Reads a numbered list from one of its pages to the last one. `size` is that of a full page, once it is known."""

    def __init__(self, fetch: Callable[[int], Awaitable[NumberedPage]], width: Callable[[], int]) -> None:
        self.size: int | None = None
        self._fetch = fetch
        self._width = width
        self._seen = Seen()
        self._taken_pages = self._limit = 0

    async def pages(self, first: NumberedPage) -> AsyncGenerator[NumberedPage]:
        """Yield the pages; those behind the one whose turn it is may be under way already."""
        page = await self._taken(first)
        yield page
        steps_back = 0
        while not page.is_last:
            vanished = False
            numbers = iter(range(page.number + 1, page.pages + 1))
            reading = in_order(partial(next, numbers, None), self._fetch, width=self._ramp)
            try:
                async for _, found in reading:
                    vanished = _is_fewer(found.total, page.total)
                    page = await (self._stepped_back(page, found) if vanished else self._taken(found))
                    yield page
                    if vanished or page.is_last:
                        break
            finally:
                await reading.aclose()
            steps_back += vanished
            if steps_back > _MOST_STEPS_BACK:
                raise _changing()

    def _ramp(self) -> int:
        """Return how many requests to have under way: one at first, since most readings end after a page or two."""
        return 1 if self._taken_pages < _PAGES_BEFORE else self._width()

    async def _stepped_back(self, before: NumberedPage, page: NumberedPage) -> NumberedPage:
        """Return an earlier page than the one after `before`: its rows may have been pulled up to that one's end."""
        position, total = page.number, before.total
        for _ in range(_MOST_STEPS_BACK):
            if not _is_fewer(page.total, total):
                self._seen.forgive()
                return await self._taken(page)
            vanished = (total or 0) - (page.total or 0)
            position = max(1, position - -(-vanished // (self.size or 1)))
            total = page.total
            page = await self._fetch(position)
        raise _changing()

    async def _taken(self, page: NumberedPage) -> NumberedPage:
        """Return the page, complete if that is possible, once its rows are known not to repeat all others."""
        page = await self._full(page)
        self._taken_pages += 1
        self._limit = self._limit or (page.total or 0) + _MOST_PAGES_ADDED * max(1, page.rows)
        if not page.is_last:
            self.size = max(self.size or 1, page.rows)
        self._seen.add((*(call.call_id for call in page.calls), *(repr(row.record) for row in page.unreadable)))
        if page.total is not None and len(self._seen) > self._limit:
            msg = "the list has many more calls than it counted at first"
            raise DataError(msg, field="calls")
        return page

    async def _full(self, page: NumberedPage) -> NumberedPage:
        """Return the page, read again if it has fewer rows than it should, and `short` if it still does."""
        fullest = page
        for _ in range(_READINGS - 1):
            if not self._lacks_rows(fullest):
                return fullest
            page = await self._fetch(page.number)
            fullest = page if page.total != fullest.total else max(fullest, page, key=lambda reading: reading.rows)
        return replace(fullest, short=True) if self._lacks_rows(fullest) else fullest

    def _lacks_rows(self, page: NumberedPage) -> bool:
        if page.total is None:
            return False
        if not page.is_last:
            return page.rows < max(self.size or 0, -(-page.total // page.pages))
        if self.size is None and page.number > 1:
            return False
        return page.rows < page.total - (page.number - 1) * (self.size or 0)


async def offset_pages[T](
    fetch: Callable[[int], Awaitable[SearchPage[T]]], *, size: int, skip: int = 0
) -> AsyncIterator[SearchPage[T]]:
    """Yield the pages of a list, starting at most `skip` rows down.

    `fetch` returns the page that starts at an offset. `size` is the page size that it requests, which the provider may
    ignore. A list without a total ends with an empty page, or with one that repeats the page before. Raises `DataError`
    for a list that repeats itself although its total says that there is more.
    """
    start = skip
    page = await fetch(start)
    while start and not page.rows:
        start = max(0, min(start, page.total or 0) - size)
        page = await fetch(start)
    seen = Seen()
    steps_back = 0
    while True:
        seen.add(page.rows)
        yield page
        if ends_list(page):
            return
        before = page
        start, total = _end(page), page.total
        page = await fetch(start)
        if total is None and page.rows == before.rows:
            yield page
            return
        while total is not None and page.total is not None and page.total < total:
            # Rows have vanished, so that others have been pulled up to the end of the page before.
            steps_back += 1
            if steps_back > _MOST_STEPS_BACK:
                raise _changing()
            start, total = max(0, start - (total - page.total)), page.total
            page = await fetch(start)
            seen.forgive()


def ends_list[T](page: SearchPage[T]) -> bool:
    """Return whether a page reaches the end of its list, as far as the list's total shows it."""
    return not page.rows or (page.total is not None and _end(page) >= page.total)


def _end[T](page: SearchPage[T]) -> int:
    # A row that was sent twice takes the place of no other, so only different rows count.
    return page.start + len(set(page.rows))


async def again_if_invalid[R](fetch: Callable[[], Awaitable[R]]) -> R:
    """Return what `fetch` returns, asked for again if the reply makes no sense; raises `DataError` if it stays so.

    A reply that is too large isn't asked for again (`TooLargeError`).
    """
    for _ in range(_READINGS - 1):
        try:
            return await fetch()
        except TooLargeError:
            raise
        except DataError:
            continue
    return await fetch()


class Seen:
    """Which rows a reading has had. Of each only the hash is kept, since a list may have millions."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()
        self._repetitions = 0

    def add(self, rows: Iterable[Hashable]) -> None:
        """Add the rows of a page; raises `DataError` after several pages in a row that brought nothing new."""
        before = len(self._hashes)
        self._hashes.update(map(hash, rows))
        self._repetitions = 0 if len(self._hashes) > before else self._repetitions + 1
        if self._repetitions >= _REPETITIONS:
            msg = "the list repeats itself, or is empty where it should go on"
            raise DataError(msg, field="calls")

    def __len__(self) -> int:
        """Return how many different rows there were."""
        return len(self._hashes)

    def forgive(self) -> None:
        """Expect rows that were read before, after a step back."""
        self._repetitions = 0


def _is_fewer(total: int | None, before: int | None) -> bool:
    return total is not None and before is not None and total < before


def _changing() -> DataError:
    return DataError("the list changes with every request", field="calls")
