"""Checks an archive without changing it: the file, the schema, the indexes, each row, and the counts of the lists."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import create_engine, event, inspect

from trunkline.errors import ArchiveError

from . import files, schema
from .damage import UnreadableRowError
from .database import Database, engine_of
from .failures import UnavailableArchiveError
from .migrations import VERSION, migrate, read_version
from .pages import Pages
from .readers import check_row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Table

_NAMED = 5
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked: `detail` is what was found, `ok` whether it is as it should be."""

    check: str
    ok: bool
    detail: str


def check_archive(url: str) -> tuple[Finding, ...]:
    """Return what was checked in the archive of a SQLAlchemy URL, and what was found; nothing is changed.

    SQLite may leave its companions `-wal`, without content, and `-shm` beside the file.

    Raises `ArchiveError` if there is no archive to check: no file, or a file or a server
    that is out of reach, also in the middle.
    """
    parsed, engine = engine_of(url)
    where = parsed.render_as_string(hide_password=True)
    if parsed.get_backend_name() != "sqlite":
        with closing(Database(engine, where)) as database:
            return tuple(_findings(database, None))
    path = files.path_of(parsed)
    if path is None or not path.is_file():
        msg = f"there is no archive to check at {where}: name an existing file"
        raise ArchiveError(msg)
    # As a URI, in which the name of the file may hold no %, # and ? of its own.
    engine = create_engine(f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true", hide_parameters=True)
    event.listen(engine, "connect", _keep_undecodable)
    with closing(Database(engine, where)) as database:
        return tuple(_findings(database, path))


def is_sound(findings: tuple[Finding, ...]) -> bool:
    """Return whether everything that was checked is as it should be."""
    return all(finding.ok for finding in findings)


def _keep_undecodable(connection: sqlite3.Connection, _record: object) -> None:
    connection.text_factory = _text


def _text(content: bytes) -> str | bytes:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def _findings(database: Database, path: Path | None) -> Iterator[Finding]:
    if path is not None:
        finding = _file(path)
        yield finding
        if not finding.ok:
            return
    try:
        with database.translated(), database.engine.connect() as connection:
            version, tables = _version(connection)
    except UnavailableArchiveError:
        raise
    except ArchiveError as error:
        yield Finding("schema", ok=False, detail=str(error))
        return
    yield Finding("schema", version <= VERSION, _of_version(version))
    if version > VERSION:
        return
    if path is not None:
        yield _integrity(database)
    yield from _structure(database, version)
    for table in schema.metadata.sorted_tables:
        if table.name in tables and table is not schema.schema_version:
            yield _rows(database, table)
    if {"calls", "streams"} <= tables:
        yield _counts(database)


def _file(path: Path) -> Finding:
    log = files.beside(path, files.LOG)
    try:
        # The file itself is left to SQLite: opening and closing it here would drop the locks that this process holds.
        size, frames = path.stat().st_size, log.read_bytes() if log.exists() else b""
    except OSError as error:
        return Finding("file", ok=False, detail=f"it can't be read ({error.strerror})")
    if not size:
        detail = "it is empty, but its log isn't" if frames else "it is empty, as a new archive is"
        return Finding("file", not frames, detail)
    if Pages(b"", frames).damage.log:
        return Finding("file", ok=False, detail="its log (-wal) is damaged, so the last changes are lost")
    return Finding("file", ok=True, detail=str(path))


def _version(connection: Connection) -> tuple[int, frozenset[str]]:
    tables = frozenset(inspect(connection).get_table_names())
    if not tables:
        return 0, tables
    if "schema_version" not in tables:
        msg = "the table schema_version is missing"
        raise UnreadableRowError(msg)
    return read_version(connection), tables


def _of_version(version: int) -> str:
    if version > VERSION:
        return f"version {version} is newer than this Trunkline, which knows up to {VERSION}: update Trunkline"
    return f"version {version}" + ("" if version == VERSION else f", brought to {VERSION} when it is opened")


def _integrity(database: Database) -> Finding:
    try:
        with database.translated(), database.engine.connect() as connection:
            found = [str(line) for (line,) in connection.exec_driver_sql("PRAGMA integrity_check(100)")]
    except UnavailableArchiveError:
        raise
    except ArchiveError as error:
        return Finding("pages and indexes", ok=False, detail=str(error))
    if found == ["ok"]:
        return Finding("pages and indexes", ok=True, detail="PRAGMA integrity_check: ok")
    lines = [" ".join(line.split()) for line in found]
    return Finding("pages and indexes", ok=False, detail=_named(lines[:_NAMED], len(lines)))


def _named(first: Sequence[str], count: int) -> str:
    """Return the first of some problems, and how many there are besides."""
    return "; ".join(first) + (f"; and {count - len(first):,} more" if count > len(first) else "")


def _structure(database: Database, version: int) -> Iterator[Finding]:
    """Compare tables, columns and indexes with those of a new archive of the same version."""
    reference = create_engine("sqlite://")
    try:
        with reference.begin() as connection:
            migrate(connection, frozenset(), where="it", to=version)
            expected = _names(connection)
        with database.translated(), database.engine.connect() as connection:
            found = _names(connection)
    except UnavailableArchiveError:
        raise
    except ArchiveError as error:
        yield Finding("tables", ok=False, detail=str(error))
        return
    finally:
        reference.dispose()
    for kind in ("tables", "indexes"):
        missing = sorted(expected[kind] - found[kind])
        yield Finding(
            kind, not missing, f"missing: {', '.join(missing)}" if missing else f"{len(expected[kind])} as expected"
        )


def _names(connection: Connection) -> dict[str, set[str]]:
    inspector = inspect(connection)
    tables = [name for name in inspector.get_table_names() if name in schema.metadata.tables]
    columns = {f"{table}.{column['name']}" for table in tables for column in inspector.get_columns(table)}
    indexes = {str(index["name"]) for table in tables for index in inspector.get_indexes(table)}
    keyed = {f"the key of {table}" for table in tables if inspector.get_pk_constraint(table)["constrained_columns"]}
    return {"tables": columns, "indexes": indexes | keyed}


def _rows(database: Database, table: Table) -> Finding:
    read, damaged, named = 0, 0, list[str]()
    try:
        with database.translated("read"), database.engine.connect() as connection:
            names = {column["name"] for column in inspect(connection).get_columns(table.name)}
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name in names)
            chosen = connection.execution_options(yield_per=_CHUNK)
            for row in chosen.exec_driver_sql(f"SELECT {columns} FROM {table.name}"):  # noqa: S608
                read += 1
                try:
                    check_row(table, tuple(row))
                except UnreadableRowError as error:
                    damaged += 1
                    if damaged <= _NAMED:
                        named.append(str(error))
    except UnavailableArchiveError:
        raise
    except ArchiveError as error:
        return Finding(table.name, ok=False, detail=f"{read:,} rows can be reached, then: {error}")
    if damaged:
        detail = f"{damaged:,} of {read:,} rows are damaged: {_named(named, damaged)}"
        return Finding(table.name, ok=False, detail=detail)
    return Finding(table.name, ok=True, detail=f"{read:,} rows")


def _counts(database: Database) -> Finding:
    """Compare how many calls the lists say that the archive holds with how many there are."""
    try:
        with database.translated("read"), database.engine.connect() as connection:
            stated = _by_list(connection, "SELECT account, stream, calls FROM streams")
            real = _by_list(connection, "SELECT account, stream, count(*) FROM calls GROUP BY account, stream")
    except UnavailableArchiveError:
        raise
    except ArchiveError as error:
        return Finding("counts", ok=False, detail=str(error))
    wrong = [key for key in {**stated, **real} if stated.get(key, 0) != real.get(key, 0)]
    if not wrong:
        return Finding("counts", ok=True, detail=f"{sum(real.values()):,} calls in {len(stated):,} lists")
    problems = [
        f"list {stream!r} of {account!r} should have {stated.get((account, stream), 0)} calls, "
        f"and has {real.get((account, stream), 0)}"
        for account, stream in wrong[:_NAMED]
    ]
    return Finding("counts", ok=False, detail=_named(problems, len(wrong)))


def _by_list(connection: Connection, statement: str) -> dict[tuple[Any, Any], Any]:
    return {(account, stream): calls for account, stream, calls in connection.exec_driver_sql(statement)}
