"""Reads a row of any table as the archive would, to find out whether it is readable."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from . import schema
from .contacts import to_named, to_place
from .damage import fault, reading_row, unreadable
from .marks import to_mark
from .masking import to_key
from .pushed import to_pushed
from .queries import to_correction, to_coverage
from .readings import to_reading
from .rows import to_call
from .unreadable import to_set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Table

_ROWS: dict[str, Any] = {
    table.name: namedtuple(table.name, [column.name for column in table.columns])  # noqa: PYI024  (of the schema)
    for table in schema.metadata.sorted_tables
}


def check_row(table: Table, values: Sequence[Any]) -> None:
    """Raise `UnreadableRowError` for a row that the archive can't read; a row may lack the columns that came later."""
    missing = len(table.columns) - len(values)
    if wrong := "too many columns" if missing < 0 else fault(table, values):
        raise unreadable(table, values[: _KEYS.get(table.name, 2)], wrong)
    read = _READERS.get(table.name, _unread)
    read(_ROWS[table.name](*values, *[None] * missing))


def _account(row: Any) -> None:
    with reading_row(schema.accounts, (row.account,), row):
        ZoneInfo(row.zone)


def _unread(_row: Any) -> None:
    """Accept a row of a table whose values have no form of their own."""


# How many columns name a row. The trunk of a credit reading is a phone number, and the key of masking a secret.
_KEYS = {schema.accounts.name: 1, schema.credit_readings.name: 1, schema.masking_key.name: 1}
_READERS: dict[str, Callable[[Any], object]] = {
    schema.accounts.name: _account,
    schema.calls.name: to_call,
    schema.corrections.name: to_correction,
    schema.credit_readings.name: to_reading,
    schema.streams.name: to_coverage,
    schema.unreadable_rows.name: to_set_aside,
    schema.pushed_calls.name: to_pushed,
    schema.contacts.name: to_named,
    schema.contact_precedence.name: to_place,
    schema.masking_key.name: to_key,
    schema.month_marks.name: to_mark,
}
