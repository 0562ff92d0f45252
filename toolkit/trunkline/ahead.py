"""Several requests under way at once, their results in the order in which they were asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable


async def in_order[T, R](
    following: Callable[[], T | None], work: Callable[[T], Awaitable[R]], *, width: Callable[[], int]
) -> AsyncGenerator[tuple[T, R]]:
    """Yield each item that `following` returns, until that is None, with what `work` makes of it.

    At most `width()` items are worked on at a time. An exception of `work` is raised in the item's turn; what is still
    under way then, or when the generator is closed, is cancelled.
    """
    under_way: deque[tuple[T, asyncio.Task[R]]] = deque()

    async def one(item: T) -> R:
        return await work(item)

    try:
        while True:
            while len(under_way) < max(1, width()) and (item := following()) is not None:
                under_way.append((item, asyncio.create_task(one(item))))
            if not under_way:
                return
            item, task = under_way[0]
            result = await task
            under_way.popleft()
            yield item, result
    finally:
        for _, task in under_way:
            task.cancel()
        await asyncio.gather(*(task for _, task in under_way), return_exceptions=True)


@asynccontextmanager
async def closing[T](items: AsyncIterator[T]) -> AsyncGenerator[AsyncIterator[T]]:
    """Close an asynchronous iterator at the end, if it can be closed: what it has under way ends then, not later."""
    try:
        yield items
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()
