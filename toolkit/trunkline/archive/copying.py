"""Copies a whole archive into an empty one, between SQLite and PostgreSQL or within one of them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from trunkline.errors import ArchiveError

from . import files, schema
from .database import engine_of, open_database
from .readers import check_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Table

    from .database import Database
    from .rows import Row

_CHUNK = 1000
_TABLES = [table for table in schema.metadata.sorted_tables if table is not schema.schema_version]


@dataclass(frozen=True, slots=True)
class Copied:
    """How many rows of each table were copied."""

    rows: Mapping[str, int]


def copy_archive(source: str, target: str) -> Copied:
    """Copy the archive of one SQLAlchemy URL into that of another, which must be empty or not exist yet.

    Everything is copied in one transaction: if it fails, the target stays empty. Rows are read and written in batches.

    Raises `ArchiveError` if there is no source, if the target holds anything, if a row is damaged, or if the target
    can't hold a value (a text with the character NUL in PostgreSQL).
    """
    parsed, _ = engine_of(source)
    path = files.path_of(parsed)
    if parsed.get_backend_name() == "sqlite" and (path is None or not path.is_file()):
        msg = f"there is no archive to copy at {parsed.render_as_string(hide_password=True)}: name an existing file"
        raise ArchiveError(msg)
    with (
        closing(open_database(source)) as old,
        closing(open_database(target)) as new,
        old.reading() as reader,
        new.writing() as writer,
    ):
        _require_empty(writer, new.where)
        return Copied({table.name: _copy(table, old, reader, new, writer) for table in _TABLES})


def _require_empty(writer: Connection, where: str) -> None:
    for table in _TABLES:
        if writer.execute(select(table).limit(1)).first() is not None:
            msg = f"the archive {where} isn't empty: name a new one to copy to"
            raise ArchiveError(msg)


def _copy(table: Table, old: Database, reader: Connection, new: Database, writer: Connection) -> int:
    insert = new.insert(table.name, [column.name for column in table.columns])
    read = 0
    for chunk in _chunks(table, old, reader):
        new.write(writer, insert, chunk)
        read += len(chunk)
    written = writer.execute(select(func.count()).select_from(table)).scalar_one()
    if written != read:
        msg = f"of {read:,} rows of the table {table.name}, {written:,} arrived: nothing was copied, try again"
        raise ArchiveError(msg)
    return read


def _chunks(table: Table, old: Database, reader: Connection) -> Iterator[list[Row]]:
    # What fails here is the source's fault, and not the target's.
    with old.translated("read"), reader.execution_options(yield_per=_CHUNK).execute(select(table)) as rows:
        for chunk in rows.partitions():
            for row in chunk:
                check_row(table, row)
            yield [tuple(row) for row in chunk]
