"""Reads the rows of a call list, and keeps a row that makes no sense apart from the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from trunkline.errors import DataError
from trunkline.model import UnreadableRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from trunkline.model import Call

_LONGEST_ID = 200
# A page of the usual size is read in one turn. A row takes up to a tenth of a millisecond.
_ROWS_IN_A_TURN = 200


class Rows(NamedTuple):
    """The calls of a reply in its order, and the rows that can't be read."""

    calls: tuple[Call, ...]
    unreadable: tuple[UnreadableRow, ...] = ()


async def in_turns[T](rows: Sequence[T]) -> AsyncIterator[Sequence[T]]:
    """Yield rows in parts, between which the event loop has its turn: a reply may have thousands of them."""
    for start in range(0, len(rows), _ROWS_IN_A_TURN):
        if start:
            await asyncio.sleep(0)
        yield rows[start : start + _ROWS_IN_A_TURN]


async def read_in_turns[T](rows: Sequence[T], read: Callable[[Sequence[T]], Rows]) -> Rows:
    """Return what `read` makes of all rows, which it is given in parts (`in_turns`)."""
    parts = [read(part) async for part in in_turns(rows)]
    return Rows(
        tuple([call for part in parts for call in part.calls]),
        tuple([row for part in parts for row in part.unreadable]),
    )


def read_rows[T](rows: Iterable[T], read: Callable[[T], Call], *, row_id: str | None) -> Rows:
    """Return what `read` makes of each row; a row for which it raises `DataError` is unreadable.

    `row_id` is the field with the call's id, None where rows have none.
    """
    rows = list(rows)
    try:
        return Rows(tuple([read(row) for row in rows]))
    except DataError:
        pass
    calls: list[Call] = []
    unreadable: list[UnreadableRow] = []
    for row in rows:
        try:
            calls.append(read(row))
        except DataError as error:
            unreadable.append(unreadable_row(row, error, row_id=row_id))
    return Rows(tuple(calls), tuple(unreadable))


def unreadable_row(row: Any, error: DataError, *, row_id: str | None) -> UnreadableRow:
    """Return a row that can't be read because of an error."""
    value = row.get(row_id) if row_id is not None and isinstance(row, dict) else None
    known = isinstance(value, str | int) and not isinstance(value, bool) and 0 < len(str(value)) <= _LONGEST_ID
    return UnreadableRow(row, reason=str(error), field=error.field, call_id=str(value) if known else None)
