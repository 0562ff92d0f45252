"""Writes the rows of a damaged SQLite file into a new archive."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer

from trunkline.errors import ArchiveError

from . import schema
from .damage import UnreadableRowError
from .database import open_database
from .migrations import VERSION
from .readers import check_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Table

    from .pages import Pages, Values

TABLES = {table.name: table for table in schema.metadata.sorted_tables if table is not schema.schema_version}
_BY_WIDTH = sorted(TABLES.values(), key=lambda table: len(table.columns))
# The later versions of the schema added the others.
_FIRST_TABLES = frozenset({"schema_version", "accounts", "calls", "streams", "credit_readings"})
# What may be damaged in a call that is worth saving without it.
_EXTRAS = [schema.CALL_COLUMNS.index(name) for name in ("source_contact", "destination_contact", "raw")]
_CHUNK = 1000
# Where a table has its primary key if SQLite keeps that as the number of the row.
_KEYS = {
    name: next(
        (
            place
            for place, column in enumerate(table.columns)
            if column.primary_key and len(table.primary_key) == 1 and type(column.type) is Integer
        ),
        None,
    )
    for name, table in TABLES.items()
}
_MASTER_COLUMNS = 5


class Salvage:
    """What is saved of the pages of an archive: `rows` counts it by table, `damaged` what is left behind.

    `complete` says that nothing is missing. Otherwise the new archive has no coverage, so that the next sync reads all
    calls again.
    """

    def __init__(self, pages: Pages) -> None:
        """Save nothing yet."""
        self._pages = pages
        self.rows: Counter[str] = Counter()
        self.damaged = 0
        self.complete = True

    def write(self, target: Path) -> None:
        """Make a new archive of what can be read; `ArchiveError` for the file of a newer Trunkline."""
        open_database(f"sqlite:///{target}").close()
        roots = self._roots()
        with closing(sqlite3.connect(target, isolation_level=None)) as connection:
            # The caller flushes the finished file.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN")
            for name, table in TABLES.items():
                if name in roots:
                    self._write_tree(connection, table, self._pages.tree(roots[name]))
            if self._pages.damage or not self.complete:
                for row in chain(self._pages.strays(), self._pages.older()):
                    self._write_stray(connection, row)
            damage = self._pages.damage
            self.complete &= not (damage.pages or damage.cells or damage.log or self.damaged)
            if self.complete:
                self.complete = not connection.execute(_WRONG_COUNTS).fetchall()
            if not self.complete:
                connection.execute("DELETE FROM streams")
                connection.execute("DELETE FROM month_marks")
                connection.execute(_COUNT)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _roots(self) -> dict[str, int]:
        """Return the first page of each table, as far as the file's first page says that."""
        found = [row for row in self._pages.tree(1) if len(row) == _MASTER_COLUMNS and row[0] == "table"]
        roots = {str(row[1]): row[3] for row in found if type(row[3]) is int}
        self.complete &= roots.keys() >= _FIRST_TABLES
        versions = list(self._pages.tree(roots["schema_version"])) if "schema_version" in roots else []
        for version in (row[0] for row in versions if row and type(row[0]) is int):
            if version > VERSION:
                msg = f"the archive was written by a newer Trunkline (schema {version}): repair it with that one"
                raise ArchiveError(msg)
        return roots

    def _write_tree(self, connection: sqlite3.Connection, table: Table, rows: Iterator[Values]) -> None:
        for chunk in batched(self._readable(connection, table, rows), _CHUNK, strict=False):
            by_length: dict[int, list[Sequence[Any]]] = {}
            for row in chunk:
                by_length.setdefault(len(row), []).append(row)
            for length, alike in by_length.items():
                before = connection.total_changes
                connection.executemany(_insert(table, length), alike)
                written = connection.total_changes - before
                self.rows[table.name] += written
                # Two rows of one key: the index that forbids it is damaged, and one of them is old.
                self.complete &= written == len(alike)

    def _readable(
        self, connection: sqlite3.Connection, table: Table, rows: Iterable[Values]
    ) -> Iterator[Sequence[Any]]:
        for stored in rows:
            row = stored.with_key(_KEYS[table.name])
            kept = _readable(table, row)
            if kept is None:
                self.complete = False
                # A damaged page can lead into the tree of another table.
                self.damaged += not self._write_stray(connection, stored)
                continue
            self.complete &= kept is row
            yield kept

    def _write_stray(self, connection: sqlite3.Connection, row: Values) -> bool:
        """Write a row that the tree of no table has led to, and return whether it is one of ours.

        It may be old: if the archive has its key already, it isn't written.
        """
        for table in _BY_WIDTH:
            kept = _readable(table, row.with_key(_KEYS[table.name])) if _may_be_of(table, row) else None
            if kept is not None:
                before = connection.total_changes
                connection.execute(_insert_unless_known(table, len(kept)), (*kept, *kept))
                self.rows[table.name] += connection.total_changes - before
                return True
        return False


def _readable(table: Table, row: Sequence[Any]) -> Sequence[Any] | None:
    """Return the row, a call perhaps without a part that is damaged; `None` for one that can't be saved."""
    if _is_readable(table, row):
        return row
    if table is not schema.calls or len(row) != len(table.columns):
        return None
    saved = [None if place in _EXTRAS else value for place, value in enumerate(row)]
    if not _is_readable(table, saved):
        return None
    for place in _EXTRAS:
        saved[place] = row[place]
        if not _is_readable(table, saved):
            saved[place] = None
    return tuple(saved)


def _is_readable(table: Table, row: Sequence[Any]) -> bool:
    try:
        check_row(table, row)
    except UnreadableRowError:
        return False
    return True


def _may_be_of(table: Table, row: Sequence[Any]) -> bool:
    needed = max(place for place, column in enumerate(table.columns) if not column.nullable)
    return needed < len(row) <= len(table.columns)


def _insert(table: Table, length: int) -> str:
    names = ", ".join(f'"{column.name}"' for column in list(table.columns)[:length])
    return f"INSERT OR IGNORE INTO {table.name} ({names}) VALUES ({', '.join('?' * length)})"  # noqa: S608


def _insert_unless_known(table: Table, length: int) -> str:
    columns = [f'"{column.name}"' for column in list(table.columns)[:length]]
    same = " AND ".join(f"{name} IS ?" for name in columns)
    return (
        f"INSERT OR IGNORE INTO {table.name} ({', '.join(columns)}) SELECT {', '.join('?' * length)} "  # noqa: S608
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.name} WHERE {same})"
    )


_COUNT = """INSERT INTO streams (account, stream, calls, segments)
    SELECT account, stream, count(*), '[]' FROM calls GROUP BY account, stream"""
_WRONG_COUNTS = """SELECT account, stream, calls FROM streams WHERE calls <> 0
    EXCEPT SELECT account, stream, count(*) FROM calls GROUP BY account, stream
    UNION ALL SELECT account, stream, count(*) FROM calls GROUP BY account, stream
    EXCEPT SELECT account, stream, calls FROM streams"""
