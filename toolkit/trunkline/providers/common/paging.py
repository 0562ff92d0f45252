"""Lists that are read page by page, by page number or by offset, without losing rows while the list shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trunkline.model import CallPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from trunkline.model import Call, SearchPage


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page as the provider numbers it, from 1; `size` is how many rows a full page holds."""

    number: int
    calls: tuple[Call, ...]
    total: int
    pages: int

    @property
    def size(self) -> int:
        """The number of rows on a full page, calculated from the counts where the page is the last one."""
        if self.number < self.pages:
            return len(self.calls)
        if self.pages > 1:
            # The last page has what the others leave, so the others have the rest in equal parts.
            return max(1, (self.total - len(self.calls)) // (self.pages - 1))
        return max(1, len(self.calls))


async def numbered_pages(
    fetch: Callable[[int], Awaitable[NumberedPage]], *, size: int, skip: int = 0
) -> AsyncIterator[CallPage]:
    """Yield the pages of a list that is newest first, starting at most `skip` rows down.

    `fetch` returns a page by its number. `size` is the page size that it requests, which the provider may ignore.
    """
    number = skip // size + 1
    first = await fetch(number)
    while number > 1 and (number > first.pages or (first.number - 1) * first.size > skip):
        number = max(1, min(number - 1, first.pages, skip // first.size + 1))
        first = await fetch(number)

    def is_last(page: NumberedPage) -> bool:
        return page.number >= page.pages or not page.calls

    def next_number(page: NumberedPage) -> int | None:
        return None if is_last(page) else page.number + 1

    def back(page: NumberedPage, number: int, vanished: int) -> int:
        # The first rows of a page may now be at the end of an earlier one.
        return max(1, number - -(-vanished // page.size))

    async for page in _without_gaps(first, fetch, following=next_number, back=back):
        yield CallPage(page.calls, total=page.total, offset=(page.number - 1) * page.size, last=is_last(page))


async def offset_pages[T](
    fetch: Callable[[int], Awaitable[SearchPage[T]]], *, size: int, skip: int = 0
) -> AsyncIterator[SearchPage[T]]:
    """Yield the pages of a list, starting at most `skip` rows down.

    `fetch` returns the page that starts at an offset. `size` is the page size that it requests, which the provider may
    ignore. A list without a total ends with an empty page, or with one that repeats the page before.
    """
    start = skip
    first = await fetch(start)
    while start and not first.rows:
        start = max(0, min(start, first.total or 0) - size)
        first = await fetch(start)
    rows_before: tuple[T, ...] | None = None

    def next_start(page: SearchPage[T]) -> int | None:
        nonlocal rows_before
        repeated = page.total is None and page.rows == rows_before
        rows_before = page.rows
        return None if repeated or ends_list(page) else _end(page)

    def back(_: SearchPage[T], start: int, vanished: int) -> int:
        return max(0, start - vanished)

    async for page in _without_gaps(first, fetch, following=next_start, back=back):
        yield page


def ends_list[T](page: SearchPage[T]) -> bool:
    """Return whether a page reaches the end of its list, as far as the list's total shows it."""
    return not page.rows or (page.total is not None and _end(page) >= page.total)


def _end[T](page: SearchPage[T]) -> int:
    # A row that was sent twice takes the place of no other, so only different rows count.
    return page.start + len(set(page.rows))


class _Page(Protocol):
    @property
    def total(self) -> int | None: ...


async def _without_gaps[P: _Page](
    first: P,
    fetch: Callable[[int], Awaitable[P]],
    *,
    following: Callable[[P], int | None],
    back: Callable[[P, int, int], int],
) -> AsyncIterator[P]:
    """Yield the pages of a list from `first` to the one that `following` says nothing comes after.

    New rows push others down, so that some come twice. Rows that vanish pull others up, which the list's total shows:
    then `back` returns the position from which to read again, given the page before, its successor's position and the
    number of rows that vanished.
    """
    page = first
    while True:
        yield page
        position = following(page)
        if position is None:
            return
        before, total = page, page.total
        page = await fetch(position)
        while total is not None and page.total is not None and page.total < total:
            position = back(before, position, total - page.total)
            total = page.total
            page = await fetch(position)
