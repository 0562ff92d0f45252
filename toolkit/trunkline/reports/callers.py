"""Missed and answered calls put in sequence by the number at the other end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from trunkline.metrics import is_missed
from trunkline.model import Direction, Status

from .coded import cells, flag, listed
from .frames import read
from .grouping import Key, grouped
from .groups import DIRECTION, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from .coded import Coded, Codes, Integers, Mask

_HALF_BITS, _HALF_WORD = 16, (1 << 16) - 1
NEEDED = ("account", "direction", "status", "source", "destination", "started_at")
NAMES = ("source_name", "destination_name")
_MISSED = [status.value for status in Status if is_missed(Direction.INCOMING, status)]


def _is(column: str, *values: str) -> nw.Expr:
    return nw.any_horizontal(*(nw.col(column) == value for value in values), ignore_nulls=True)


_IN_SEQUENCE = nw.any_horizontal(
    _is("direction", Direction.INCOMING) & _is("status", Status.ANSWERED, *_MISSED) & ~nw.col("source").is_null(),
    _is("direction", Direction.OUTGOING) & _is("status", Status.ANSWERED) & ~nw.col("destination").is_null(),
    ignore_nulls=True,
)


_NO_NUMBER = Key(
    "source",
    pa.bool_(),
    nw.Expr.is_null,
    codes=lambda coded: flag(~coded.text("source").known, len(coded)),
)
_NO_START = Key(
    "started_at",
    pa.bool_(),
    nw.Expr.is_null,
    codes=lambda coded: flag(coded.times("started_at").unknown, len(coded)),
)


def incoming(frame: Any) -> Iterator[tuple[str | None, bool, int]]:
    """Yield a status, whether the incoming calls have a number and a start, and how many there are."""
    calls = read(frame, "direction", "status", "source", "started_at")
    found = grouped(calls, (DIRECTION, STATUS, _NO_NUMBER, _NO_START))
    cells = zip(*(part.values() for part in found.keys), listed(found.calls), strict=True)
    for direction, status, no_number, no_start, count in cells:
        if direction == Direction.INCOMING:
            yield status, not (no_number or no_start), count


def choose(data: Any) -> Any:
    """Return the calls that `in_sequence` returns, a query for `Calls.some`."""
    return data.filter(~nw.col("started_at").is_null(), _IN_SEQUENCE)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Missed and answered calls with the other party, by account, number and start.

    `order` are their rows in this order; the other arrays are in it. Accounts and numbers are codes.
    """

    coded: Coded
    order: NDArray[np.intp]
    account: Integers
    number: Integers
    is_missed: Mask

    def column(self, name: str, rows: NDArray[np.intp]) -> list[Any]:
        """Return a column at these rows: `number` and `name` are those of the other party."""
        if name == "number":
            return numbers_of(self.coded).of(rows).values()
        if name == "name":
            return names_of(self.coded).of(rows).values()
        return self.coded.values(name, rows)


def numbers_of(coded: Coded) -> Codes:
    """Return the number of the other party: of an outgoing call the destination, else the source."""
    return coded.kept("number", lambda: coded.either(outgoing(coded), "destination", "source"))


def names_of(coded: Coded) -> Codes:
    """Return the name of the other party."""
    return coded.kept(
        "name", lambda: coded.text("destination_name").otherwise(outgoing(coded), coded.text("source_name"))
    )


def outgoing(coded: Coded) -> Mask:
    """Return which calls are outgoing."""
    return coded.text("direction").is_in(Direction.OUTGOING)


def in_sequence(coded: Coded) -> Sequence:
    """Return the missed and the answered calls that have a number and a start."""
    return coded.kept("sequence", lambda: _in_sequence(coded))


def _in_sequence(coded: Coded) -> Sequence:
    direction, status = coded.text("direction"), coded.text("status")
    account, number, start = coded.text("account"), numbers_of(coded), coded.times("started_at")
    missed = direction.is_in(Direction.INCOMING) & status.is_in(*_MISSED)
    answered = status.is_in(Status.ANSWERED) & direction.is_in(Direction.INCOMING, Direction.OUTGOING)
    chosen = (missed | answered) & number.known
    rows = np.flatnonzero(chosen if start.known is None else chosen & start.known)
    # At one instant the answered call stands first: only a later one reaches the caller.
    rows = rows[np.argsort(start.values[rows] * 2 + missed[rows], kind="stable")]
    caller, _, _ = cells([account.of(rows), number.of(rows)], len(rows))
    order = rows[sorted_by(caller)]
    return Sequence(coded, order, account.codes[order], number.codes[order], missed[order])


def sorted_by(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the order of codes from 0 on, equal ones as they stand: half a word at a time, which numpy counts."""
    order = np.argsort((codes & _HALF_WORD).astype(np.uint16), kind="stable")
    rest = codes >> _HALF_BITS
    while rest.any():
        order = order[np.argsort((rest[order] & _HALF_WORD).astype(np.uint16), kind="stable")]
        rest = rest >> _HALF_BITS
    return order
