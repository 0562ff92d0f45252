"""Lists that are asked for by page number, read so that nothing is lost while they shift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.model import CallPage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from trunkline.model import Call


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page as the provider numbers it, from 1; `size` is how many rows a full page holds."""

    number: int
    calls: tuple[Call, ...]
    total: int
    pages: int

    @property
    def size(self) -> int:
        """How many rows a full page holds, told by the counts where the page is the last one."""
        if self.number < self.pages:
            return len(self.calls)
        if self.pages > 1:
            # The last page holds what the others leave, so the others hold the rest in equal parts.
            return max(1, (self.total - len(self.calls)) // (self.pages - 1))
        return max(1, len(self.calls))


async def numbered_pages(
    fetch: Callable[[int], Awaitable[NumberedPage]], *, size: int, skip: int = 0
) -> AsyncIterator[CallPage]:
    """Yield the pages of a list that is newest first, beginning at most `skip` rows down.

    New rows push the others to later pages, so that some come twice. Rows that vanish pull the others up: the list's
    total tells, and as many pages are stepped back as could have been missed. `size` is the page size that `fetch`
    asks for, which the provider may overrule.
    """
    number = skip // size + 1
    page = await fetch(number)
    while number > 1 and (number > page.pages or (page.number - 1) * page.size > skip):
        number = max(1, min(number - 1, page.pages, skip // page.size + 1))
        page = await fetch(number)
    while True:
        last = page.number >= page.pages or not page.calls
        yield CallPage(page.calls, total=page.total, offset=(page.number - 1) * page.size, last=last)
        if last:
            return
        before = page
        page = await fetch(before.number + 1)
        vanished = before.total - page.total
        if vanished > 0:
            # What stood first on this page may now stand at the end of an earlier one.
            back = -(-vanished // before.size)
            page = await fetch(max(1, before.number + 1 - back))
