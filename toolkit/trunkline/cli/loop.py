"""Runs a coroutine of a command, also within a program that runs a loop already, such as Jupyter."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


def run[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what the coroutine returns. An interruption from the keyboard cancels it.

    A thread has one running loop at most: where there is one, the coroutine runs in a thread of its own.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    return _run_in_thread(coroutine)


def _run_in_thread[T](coroutine: Coroutine[Any, Any, T]) -> T:
    cancelling: Future[Any] = Future()

    async def cancellable() -> T:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        cancelling.set_result(lambda: loop.call_soon_threadsafe(task.cancel) if task else None)
        return await coroutine

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(asyncio.run, cancellable())
        try:
            return running.result()
        except KeyboardInterrupt:
            cancelling.result()()
            raise
