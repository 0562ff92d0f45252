"""The secret key of an archive's pseudonyms, made when it is first needed. Nothing but masking reads it."""

from __future__ import annotations

import secrets
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from .damage import reading_row
from .schema import masking_key

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from .database import Database

_BYTES = 32
_READ_ONLY = {("mode", "ro")}
"""What the URL of an archive that is opened for reading only has."""
# The table has at most one row.
_PLACE = 1


def key_of(database: Database) -> bytes:
    """Return the key; make and keep a random one if there is none yet.

    An archive that is opened for reading only keeps none: its random one is the same until the process ends.
    """
    with database.reading() as connection:
        found = _read(connection)
    if found is not None:
        return found
    if database.embedded and database.engine.url.query.items() >= _READ_ONLY:
        return _key_of_process(str(database.engine.url))
    with database.writing(masking_key.name) as connection:
        # Another process may have been faster.
        found = _read(connection)
        if found is None:
            found = secrets.token_bytes(_BYTES)
            connection.execute(insert(masking_key).values(place=_PLACE, secret=found.hex()))
    return found


@cache
def _key_of_process(_: str) -> bytes:
    return secrets.token_bytes(_BYTES)


def to_key(row: Row[Any]) -> bytes:
    """Return the key of a row; `UnreadableRowError` for a damaged one."""
    with reading_row(masking_key, (row.place,), row):
        key = bytes.fromhex(row.secret)
        if len(key) != _BYTES:
            raise ValueError
        return key


def _read(connection: Connection) -> bytes | None:
    row = connection.execute(select(masking_key)).one_or_none()
    return None if row is None else to_key(row)
