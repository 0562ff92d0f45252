"""Keeps Python's garbage collector from stopping Home Assistant while many call records are read.

Records are freed as soon as they are stored. But while a page of them is alive, the collector promotes it to an older
generation, and after a few hundred pages it searches everything that Home Assistant holds. No thread runs in that time,
the event loop included: `scripts/bench loop` measures up to 165 ms, and 12 ms with the higher threshold.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Many times the objects of a page or of a day's calls. Searching so many young objects takes a few milliseconds.
YOUNG_OBJECTS = 50_000


class _Threshold:
    """The collector's first threshold, restored when the last user is done."""

    def __init__(self) -> None:
        self._users = 0
        self._before = 0

    def acquire(self) -> None:
        young, *older = gc.get_threshold()
        if self._users == 0:
            self._before = young
            # 0 means that the collector was turned off.
            if 0 < young < YOUNG_OBJECTS:
                gc.set_threshold(YOUNG_OBJECTS, *older)
        self._users += 1

    def release(self) -> None:
        self._users -= 1
        young, *older = gc.get_threshold()
        if self._users == 0 and young == YOUNG_OBJECTS:
            gc.set_threshold(self._before, *older)


_THRESHOLD = _Threshold()


@contextmanager
def many_records() -> Iterator[None]:
    """Raise the collector's threshold while many records are read. To be used in the event loop."""
    _THRESHOLD.acquire()
    try:
        yield
    finally:
        _THRESHOLD.release()
