"""Rows of call lists that can't be read: kept as they were sent, until a later version of the program can read them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import delete, func, select

from trunkline.errors import DataError
from trunkline.model import UnreadableRow

from .damage import reading_row
from .rows import from_micros, to_micros
from .schema import unreadable_rows
from .values import SetAsideRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

    from .database import Database

_COLUMNS = ("account", "stream", "row_key", "call_id", "field", "reason", "record", "version", "at")
_KEY = ("account", "stream", "row_key")
_MOST_ROWS = 1000
_KEY_LENGTH = 24


def row_key(row: UnreadableRow) -> str:
    """Return what identifies a row: a digest of it as it was sent."""
    return hashlib.sha256(_text(row.record)).hexdigest()[:_KEY_LENGTH]


def set_aside(
    connection: Connection,
    database: Database,
    found: Sequence[UnreadableRow],
    *,
    account: str,
    stream: str,
    version: str,
) -> int:
    """Insert or update the rows; return how many are new."""
    at = to_micros(datetime.now(UTC), "at")
    known = {row.row_key for row in rows(connection, account, stream)}
    new = {
        key: (account, stream, key, row.call_id, row.field, row.reason, _text(row.record).decode(), version, at)
        for row in found
        if (key := row_key(row))
    }
    if len(known | new.keys()) > _MOST_ROWS:
        msg = (
            f"the call list has more than {_MOST_ROWS} rows that can't be read, the last one because {found[-1].reason}"
        )
        raise DataError(msg, field=found[-1].field)
    database.write(connection, database.upsert("unreadable_rows", _COLUMNS, _KEY), list(new.values()))
    return len(new.keys() - known)


def rows(connection: Connection, account: str, stream: str | None) -> list[SetAsideRow]:
    """Return the rows of an account or a stream, the oldest first."""
    table = unreadable_rows.c
    chosen = select(unreadable_rows).where(table.account == account).order_by(table.at, table.row_key)
    if stream is not None:
        chosen = chosen.where(table.stream == stream)
    return [to_set_aside(row) for row in connection.execute(chosen)]


def to_set_aside(row: Row[Any]) -> SetAsideRow:
    """Return the value of a row; `UnreadableRowError` for a damaged one."""
    with reading_row(unreadable_rows, (row.account, row.row_key), row):
        return SetAsideRow(
            row_key=row.row_key,
            stream=row.stream,
            row=UnreadableRow(orjson.loads(row.record), reason=row.reason, field=row.field, call_id=row.call_id),
            version=row.version,
            at=from_micros(row.at),
        )


def count(connection: Connection, account: str) -> int:
    """Return how many rows of an account can't be read."""
    counted = select(func.count()).select_from(unreadable_rows).where(unreadable_rows.c.account == account)
    return int(connection.execute(counted).scalar_one())


def forget(connection: Connection, account: str, stream: str, row_keys: Sequence[str]) -> None:
    """Delete rows."""
    table = unreadable_rows.c
    chosen = delete(unreadable_rows).where(table.account == account, table.stream == stream)
    for key in row_keys:
        connection.execute(chosen.where(table.row_key == key))


def _text(record: Any) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS, default=str)
    except orjson.JSONEncodeError:
        msg = "a row that can't be read has a value that JSON can't represent, so it can't be kept either"
        raise DataError(msg, field="record") from None
