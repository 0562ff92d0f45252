"""The calls of one office: compact columns, a time order, and filtered lists that are kept current."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Direction(IntEnum):
    """Which way a call went, seen from the office."""

    INCOMING = 0
    OUTGOING = 1
    LOCAL = 2


class Outcome(IntEnum):
    """How a call ended."""

    ANSWERED = 0
    BUSY = 1
    NO_ANSWER = 2
    CONGESTION = 3


class CallRow(NamedTuple):
    """One call that has ended; times in seconds since the epoch (UTC), integers, prices in rial.

    `trunk` and `extension` are positions in the office's lists (-1: none). `peer` is a position in the
    world's parties, or, for a local call, the position of the called extension. `file_id` is 0 where
    nothing was recorded.
    """

    call_id: int
    direction: int
    outcome: int
    trunk: int
    extension: int
    peer: int
    started_at: int
    wait: int
    talk: int
    price_wait: int
    price_talk: int
    price_record: int
    price_saved: int
    file_id: int

    @property
    def ended_at(self) -> int:
        """When it was hung up."""
        return self.started_at + self.wait + self.talk

    @property
    def price(self) -> int:
        """The price: the sum of its parts, less what a package saved."""
        return self.price_wait + self.price_talk + self.price_record - self.price_saved


class Criteria(NamedTuple):
    """The criteria of a filtered list; None matches everything. Numbers are positions, as in `CallRow`."""

    direction: int | None = None
    outcome: int | None = None
    trunk: int | None = None
    extension: int | None = None
    source: tuple[str, int] | None = None
    destination: tuple[str, int] | None = None


EVERYTHING = Criteria()
_KEPT_LISTS = 32


class CallTable:
    """All calls of an office; a row's position never changes, whatever is added, corrected or hidden later."""

    def __init__(self) -> None:
        """Start empty."""
        self.call_id = array("q")
        self.direction = array("b")
        self.outcome = array("b")
        self.trunk = array("h")
        self.extension = array("h")
        self.peer = array("i")
        self.started_at = array("q")
        self.wait = array("i")
        self.talk = array("i")
        self.price_wait = array("i")
        self.price_talk = array("i")
        self.price_record = array("i")
        self.price_saved = array("i")
        self.file_id = array("q")
        self.notes: dict[int, str] = {}
        # What only placed calls have: the number that was rung first, where it is no extension, and the request's id.
        self.callers: dict[int, str] = {}
        self.requests: dict[int, int] = {}
        # The number that a call had while it was ongoing.
        self.ongoing: dict[int, int] = {}
        self._columns = tuple(getattr(self, name) for name in CallRow._fields)
        self._by_id: dict[int, int] = {}
        self._indexed = 0
        self._lists: OrderedDict[Criteria, array[int]] = OrderedDict({EVERYTHING: array("I")})

    def __len__(self) -> int:
        """Count the listed calls; hidden ones don't count."""
        return len(self._lists[EVERYTHING])

    def __getitem__(self, position: int) -> CallRow:
        """Return the row at a position, hidden or not."""
        return CallRow(*[column[position] for column in self._columns])

    def __iter__(self) -> Iterator[CallRow]:
        """Go through the listed calls, oldest first."""
        return map(self.__getitem__, self._lists[EVERYTHING])

    @property
    def recorded(self) -> int:
        """How many rows there are, hidden ones included."""
        return len(self.call_id)

    def extend_in_order(self, rows: Iterator[CallRow]) -> None:
        """Add rows whose starts do not fall and are not before what is here: the quick way to make a history."""
        first = self.recorded
        appends = [column.append for column in self._columns]
        for row in rows:
            for append, value in zip(appends, row, strict=True):
                append(value)
        self._lists = OrderedDict({EVERYTHING: self._lists[EVERYTHING] + array("I", range(first, self.recorded))})

    def add(self, row: CallRow, note: str | None = None) -> int:
        """Add one row where its start belongs in every list; return its position."""
        position = self.recorded
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        if note is not None:
            self.notes[position] = note
        for criteria, listed in self._lists.items():
            if self._fits(position, criteria):
                listed.insert(self._place(listed, position), position)
        return position

    def reprice(self, position: int, **parts: int) -> int:
        """Set price parts of a row; return by how much its price rose."""
        before = self[position].price
        for name, value in parts.items():
            if name not in {"price_wait", "price_talk", "price_record", "price_saved"}:
                msg = f"{name} is no part of a price"
                raise ValueError(msg)
            getattr(self, name)[position] = value
        return self[position].price - before

    def hide(self, position: int) -> None:
        """Remove a row from every list; its price stays charged."""
        for listed in self._lists.values():
            at = self._place(listed, position)
            if at < len(listed) and listed[at] == position:
                listed.pop(at)

    def position(self, call_id: int) -> int | None:
        """Find the row of a call id."""
        for position in range(self._indexed, self.recorded):
            self._by_id[self.call_id[position]] = position
        self._indexed = self.recorded
        return self._by_id.get(call_id)

    def listed(self, criteria: Criteria = EVERYTHING) -> array[int]:
        """Return the positions that fit, oldest first; made by a scan once and kept current from then on."""
        if criteria in self._lists:
            self._lists.move_to_end(criteria)
            return self._lists[criteria]
        fits = self._fits
        found = array("I", [at for at in self._lists[EVERYTHING] if fits(at, criteria)])
        self._lists[criteria] = found
        if len(self._lists) > _KEPT_LISTS:
            del self._lists[next(criteria for criteria in self._lists if criteria != EVERYTHING)]
        return found

    def between(self, listed: array[int], first: int | None, last: int | None) -> range:
        """Return the indexes of a list whose calls start in [first, last] (seconds since the epoch, both included)."""
        started = self.started_at.__getitem__
        low = 0 if first is None else bisect_left(listed, first, key=started)
        high = len(listed) if last is None else bisect_left(listed, last + 1, key=started)
        return range(low, max(low, high))

    def _place(self, listed: array[int], position: int) -> int:
        """Return where a row is, or would be, in a list: by start, then by position."""
        key = (self.started_at[position], position)
        return bisect_left(listed, key, key=lambda at: (self.started_at[at], at))

    def _fits(self, position: int, criteria: Criteria) -> bool:
        direction, outcome, trunk, extension, source, destination = criteria
        return (
            (direction is None or self.direction[position] == direction)
            and (outcome is None or self.outcome[position] == outcome)
            and (trunk is None or self.trunk[position] == trunk)
            and (extension is None or self._reaches(position, extension))
            and (source is None or self._end(position, source=True) == source)
            and (destination is None or self._end(position, source=False) == destination)
        )

    def _reaches(self, position: int, extension: int) -> bool:
        """Return whether an extension takes part; a local call has two."""
        if self.extension[position] == extension:
            return True
        return self.direction[position] == Direction.LOCAL and self.peer[position] == extension

    def _end(self, position: int, *, source: bool) -> tuple[str, int]:
        """Return one end of a call: ("party" | "extension" | "trunk", position)."""
        direction = self.direction[position]
        if direction == Direction.LOCAL:
            return ("extension", self.extension[position] if source else self.peer[position])
        if (direction == Direction.INCOMING) == source:
            return ("party", self.peer[position])
        extension = self.extension[position]
        return ("extension", extension) if extension >= 0 else ("trunk", self.trunk[position])
