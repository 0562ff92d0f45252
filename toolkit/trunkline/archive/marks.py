"""Marks of months: whether a copy of a month's calls elsewhere is still what the archive has."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from .damage import reading_row
from .schema import month_marks
from .spans import Month, name_of_month

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from .database import Database

_TABLE = month_marks.c
_BYTES = 8


def mark_of(database: Database, account: str, month: Month) -> str:
    """Return the mark of a month, made if it has none."""
    with database.writing(account) as connection:
        of_month = _TABLE.account == account, _TABLE.month == month.name
        found = connection.execute(select(_TABLE.mark).where(*of_month)).scalar()
        if found is None:
            # Random, so that no two states of any archive ever have the same.
            found = secrets.token_hex(_BYTES)
            connection.execute(month_marks.insert().values(account=account, month=month.name, mark=found))
        return str(found)


def marks_of(connection: Connection, account: str) -> dict[Month, str]:
    """Return the marks of an account's months, the oldest first; `UnreadableRowError` for a damaged one."""
    return dict(sorted(map(to_mark, connection.execute(select(month_marks).where(_TABLE.account == account)))))


def to_mark(row: Row[Any]) -> tuple[Month, str]:
    """Return the month and the mark of a row; `UnreadableRowError` for a damaged one."""
    with reading_row(month_marks, (row.account, row.month), row):
        return Month.named(row.month), row.mark


def forget(connection: Connection, account: str, starts: Iterable[datetime | None] | None = None) -> None:
    """Delete the marks of the months in which calls of these starts changed, or of all months."""
    of_account = _TABLE.account == account
    if starts is None:
        connection.execute(delete(month_marks).where(of_account))
        return
    marked = connection.execute(select(_TABLE.month).where(of_account)).scalars().all()
    # Most archives have no mirror: then the months of the starts aren't worth finding.
    names = {name_of_month(start) for start in starts if start is not None} if marked else set()
    for name in names.intersection(marked):
        connection.execute(delete(month_marks).where(of_account, _TABLE.month == name))
