"""The rows of a report in the order of their ids, kept current while calls are written and hidden."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from .times import object_id, read_object_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.sandbox.world import CallTable

_COUNTER_BITS = 24


class Entry(NamedTuple):
    """One row of a report: a call's position, and which of the call's rows it is."""

    position: int
    part: int


class Stamps:
    """When each call was written: when it ended, or later if a later call was already there.

    Ids therefore rise in the order in which rows are written, and a late row comes after every cursor.
    """

    def __init__(self, calls: CallTable) -> None:
        """Take a table; the calls that it already has were written when they ended."""
        self._calls = calls
        self._past = calls.recorded
        self._added = array("q")
        self._latest: int | None = None

    def __getitem__(self, position: int) -> int:
        """Return when a row was written, in seconds since the epoch."""
        if position < self._past:
            return self._end(position)
        if self._latest is None:
            self._latest = max(map(self._end, range(self._past)), default=0)
        for at in range(self._past + len(self._added), position + 1):
            self._latest = max(self._latest, self._end(at))
            self._added.append(self._latest)
        return self._added[position - self._past]

    def _end(self, position: int) -> int:
        calls = self._calls
        return calls.started_at[position] + calls.wait[position] + calls.talk[position]


class Feed:
    """A report's rows by id. `parts` returns how many rows a call has in the report: none, one or two."""

    def __init__(self, calls: CallTable, stamps: Stamps, marker: int, parts: Callable[[int], int]) -> None:
        """Prepare; the rows are sorted on first use."""
        self._calls, self._stamps, self._marker, self._parts = calls, stamps, marker, parts
        self._keys: array[int] = array("q")
        self._seen = self._listed = -1

    def row_id(self, entry: Entry) -> str:
        """Return the `_id` of a row."""
        return object_id(self._stamps[entry.position], self._marker, entry.position * 2 + entry.part)

    def after(self, cursor: str, count: int) -> list[Entry] | None:
        """Return the rows whose ids come after a given one, all if it is empty; None if it isn't an id."""
        keys = self._current()
        low = 0
        if cursor:
            read = read_object_id(cursor)
            if read is None:
                return None
            seconds, marker, counter = read
            if marker == self._marker:
                low = bisect_right(keys, (seconds << _COUNTER_BITS) | counter)
            else:
                low = bisect_left(keys, (seconds + (marker > self._marker)) << _COUNTER_BITS)
        return [_entry(key) for key in keys[low : low + count]]

    def find(self, row_id: str) -> Entry | None:
        """Find a row by its id."""
        read = read_object_id(row_id)
        if read is None or read[1] != self._marker:
            return None
        keys = self._current()
        key = (read[0] << _COUNTER_BITS) | read[2]
        at = bisect_left(keys, key)
        return _entry(key) if at < len(keys) and keys[at] == key else None

    def entries(self) -> list[Entry]:
        """Return all rows."""
        return [_entry(key) for key in self._current()]

    def _current(self) -> array[int]:
        calls = self._calls
        recorded, listed = calls.recorded, len(calls)
        if (recorded, listed) != (self._seen, self._listed):
            if self._seen >= 0 and listed == self._listed + recorded - self._seen:
                self._keys.extend(self._made(range(self._seen, recorded)))
            else:
                # The first time, or a row was taken away.
                self._keys = array("q", sorted(self._made(calls.listed())))
            self._seen, self._listed = recorded, listed
        return self._keys

    def _made(self, positions: range | array[int]) -> list[int]:
        stamps, parts = self._stamps, self._parts
        return [
            (stamps[position] << _COUNTER_BITS) | (position * 2 + part)
            for position in positions
            for part in range(parts(position))
        ]


def _entry(key: int) -> Entry:
    counter = key & ((1 << _COUNTER_BITS) - 1)
    return Entry(counter >> 1, counter & 1)
