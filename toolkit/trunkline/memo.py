"""A memory for the results of slow functions of values that recur, such as prices and days."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


_LONGEST_KEY = 100
# True, 1 and 1.0 are one key of a dictionary.
_EQUAL_TYPES = frozenset({bool, int, float})


class Memo[K, V](dict[K, V]):
    """The results of `read` by its argument, so that a value that recurs costs one look-up.

    It is emptied when it has `limit` results. Errors of `read` are raised and not remembered, nor are results for long
    texts, which would fill the memory, and for numbers, of which one would get the result of another type's: `True`
    equals 1. A list or an object can't be looked up (`TypeError`).
    """

    __slots__ = ("_limit", "_read")

    def __init__(self, read: Callable[[K], V], limit: int = 16384) -> None:
        """Take the function whose results are remembered."""
        super().__init__()
        self._read = read
        self._limit = limit

    def __missing__(self, key: K) -> V:
        """Call the function and remember the result."""
        value = self._read(key)
        if type(key) in _EQUAL_TYPES or (isinstance(key, str) and len(key) > _LONGEST_KEY):
            return value
        if len(self) >= self._limit:
            self.clear()
        self[key] = value
        return value
