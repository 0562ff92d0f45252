"""Keeps Python's garbage collector from stopping Home Assistant while many records pass through.

Records are freed as soon as they were stored. But while a page is alive, the collector counts it among what stays, and
after a few hundred pages it walks through everything that Home Assistant holds: that takes a tenth of a second or more,
in which no thread runs, the event loop included. With a higher threshold a page passes unseen.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Many times what a page or a day of calls is made of; to look through so many young objects takes milliseconds.
YOUNG_OBJECTS = 50_000


class _Threshold:
    """The collector's own threshold, put back when the last who needed another is done."""

    def __init__(self) -> None:
        self.users = 0
        self.usual = 0

    def raise_it(self) -> None:
        young, *older = gc.get_threshold()
        if self.users == 0:
            self.usual = young
            # 0 means that someone turned the collector off.
            if 0 < young < YOUNG_OBJECTS:
                gc.set_threshold(YOUNG_OBJECTS, *older)
        self.users += 1

    def put_back(self) -> None:
        self.users -= 1
        young, *older = gc.get_threshold()
        if self.users == 0 and young == YOUNG_OBJECTS:
            gc.set_threshold(self.usual, *older)


_THRESHOLD = _Threshold()


@contextmanager
def many_records() -> Iterator[None]:
    """Let many records pass through without a collection for their sake; for the event loop."""
    _THRESHOLD.raise_it()
    try:
        yield
    finally:
        _THRESHOLD.put_back()
