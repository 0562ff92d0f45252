"""Tells a damaged row from a readable one, and says what is damaged without saying whose number it is."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer

from trunkline.errors import ArchiveError
from trunkline.memo import Memo

from . import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Column, Table

UNREADABLE = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What is raised where a value isn't what its column is for. pyarrow's errors are among them."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = (datetime.min.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
"""The microseconds since the epoch that a `datetime` can show."""

TIMES = frozenset(
    {
        "started_at", "ended_at", "started_local", "at", "expires_at", "horizon", "reread_at", "pushed_at",
        "withdrawn_at", "learned_at",
    }
)  # fmt: skip

_CURRENCY = re.compile(r"[!-~]{1,16}")
_NAME = 60


class UnreadableRowError(ArchiveError):
    """A row of the archive is damaged. `Database` adds which archive, and what to do about it."""


def _is_currency(text: str) -> bool:
    return _CURRENCY.fullmatch(text) is not None


CURRENCIES = Memo(_is_currency)
"""Whether a text can be the code of a currency."""


def name_of(*key: object) -> str:
    """Return the key of a row as a message shows it."""
    return " of ".join(repr(part)[:_NAME] if isinstance(part, str) else "?" for part in reversed(key))


def fits(table: Table, types: Sequence[type]) -> bool:
    """Return whether a row may have values of these types; the last columns may be missing."""
    columns = list(table.columns)
    return len(types) <= len(columns) and not any(map(_misfit, columns, types))


def fault(table: Table, row: Sequence[Any]) -> str:
    """Return which column of a damaged row has a value of another type, or a time that no calendar has."""
    for column, value in zip(table.columns, row, strict=False):
        if _misfit(column, type(value)):
            return f"{column.name} holds {_WORDS.get(type(value), 'something else')}"
        if column.name in TIMES and value is not None and not EARLIEST <= value <= LATEST:
            return f"{column.name} is no time"
    return ""


@contextmanager
def reading_row(table: Table, key: Sequence[object], row: Sequence[Any]) -> Iterator[None]:
    """Read a row of a table other than `calls`; what is wrong with it becomes an `UnreadableRowError`."""
    if wrong := fault(table, row):
        raise unreadable(table, key, wrong)
    try:
        yield
    except UNREADABLE:
        raise unreadable(table, key) from None


def unreadable(table: Table, key: Sequence[object], wrong: str = "") -> UnreadableRowError:
    """Return the error for a damaged row; `wrong` says what is wrong with it, if that is known."""
    which = f"{_ROWS.get(table.name, f'the row in {table.name}')} {name_of(*key)}"
    return UnreadableRowError(f"{which} can't be read{f' ({wrong})' if wrong else ''}")


def _misfit(column: Column[Any], kind: type) -> bool:
    if kind is type(None):
        return not column.nullable
    return kind is not (int if isinstance(column.type, Integer) else str)


_WORDS = {type(None): "nothing", bytes: "bytes", float: "a fraction", int: "a number", str: "text"}
_ROWS = {
    schema.accounts.name: "the account",
    schema.calls.name: "the call",
    schema.contacts.name: "a name of the source",
    schema.corrections.name: "the correction of the call",
    schema.credit_readings.name: "the credit reading",
    schema.streams.name: "the state of the list",
}
