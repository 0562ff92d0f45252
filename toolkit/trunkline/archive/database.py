"""The only place that knows SQLite from PostgreSQL: opening, locking, and the two statements that they spell apart."""

from __future__ import annotations

import sqlite3
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from sqlalchemy import BigInteger, LargeBinary, create_engine, event, exc, func, inspect
from sqlalchemy import cast as cast_to
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from trunkline.errors import ArchiveError, DamagedArchiveError, DataError

from . import files
from .damage import UNREADABLE, UnreadableRowError
from .failures import CHECK, REPAIR, RESTORE, failure
from .migrations import is_current, migrate, require_own

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import URL, ColumnElement, Connection, Engine

    from .rows import Row

_BUSY_SECONDS = 30
_WRITING = "trunkline_writing"
# Any number will do, as long as every Trunkline uses the same.
_MIGRATION_LOCK = 7_236_182
_OPEN: WeakSet[Database] = WeakSet()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Database:
    """An open database: `where` names it in messages, without a password. `path` is the file that may be written."""

    engine: Engine
    where: str
    path: Path | None = None
    # SQLite has one writer at a time: within a process, threads queue here rather than in the driver's sleep.
    _lock: RLock = field(default_factory=RLock)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()
        _OPEN.discard(self)

    @property
    def embedded(self) -> bool:
        """Whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection whose queries all see the same state."""
        with self.translated("read"):
            if isinstance(self.engine.pool, StaticPool):
                with self._lock, self.engine.begin() as connection:
                    yield connection
                return
            with self.engine.connect() as connection:
                reader = connection
                if not self.embedded:
                    reader = connection.execution_options(isolation_level="REPEATABLE READ")
                with reader.begin():
                    yield reader

    @contextmanager
    def reading_twice(self) -> Iterator[Sequence[Connection]]:
        """Give two connections that see the same state, for a thread each, or only one where that can't be had."""
        if not self.embedded or isinstance(self.engine.pool, StaticPool):
            with self.reading() as connection:
                yield [connection]
            return
        with self.translated("read"), self.engine.connect() as second:
            before = _version(second)
            with self.reading() as first:
                # Reading begins with the first query.
                _version(first)
                with second.begin():
                    # Nothing was written since before the first began: both see what was there then.
                    yield [first, second] if _version(second) == before else [first]

    @contextmanager
    def writing(self, *accounts: str) -> Iterator[Connection]:
        """Yield a connection in a transaction; only one writer at a time has these accounts."""
        with self.translated("write"):
            if self.embedded:
                with self._lock, self.engine.connect() as connection:
                    writer = connection.execution_options(**{_WRITING: True})
                    with writer.begin():
                        yield writer
                return
            with self.engine.begin() as connection:
                for account in sorted(accounts):
                    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (account,))
                yield connection

    @staticmethod
    def fetch(connection: Connection, statement: str, parameters: Sequence[Any]) -> list[Row]:
        """Return the rows of a driver's statement as the driver makes them."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(statement, parameters)
            return cast("list[Row]", cursor.fetchall())
        finally:
            cursor.close()

    @staticmethod
    def write(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
        """Run a driver's statement once for each of the ready rows: SQLAlchemy's own care would cost more than SQL."""
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(statement, rows)
        except (OverflowError, UnicodeEncodeError):
            msg = "a record holds a number or a text that no archive can keep"
            raise DataError(msg) from None
        finally:
            cursor.close()

    @property
    def mark(self) -> str:
        """The driver's mark for a parameter."""
        return "?" if self.embedded else "%s"

    def insert(self, table: str, columns: Sequence[str]) -> str:
        """Return the driver's statement that inserts a row of `columns`."""
        marks = ", ".join([self.mark] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608

    def upsert(self, table: str, columns: Sequence[str], keys: Sequence[str], *, keeping: Sequence[str] = ()) -> str:
        """Return the driver's statement that inserts a row of `columns`, or updates the one that has its `keys`.

        The update leaves a value of `keeping` alone where the new one is NULL.
        """
        changes = [
            f"{name} = COALESCE(excluded.{name}, {table}.{name})" if name in keeping else f"{name} = excluded.{name}"
            for name in columns
            if name not in keys
        ]
        return f"{self.insert(table, columns)} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)}"

    def add_to_streams(self) -> str:
        """Return the driver's statement that adds (account, stream, number) to the number of a stream's calls."""
        insert = self.insert("streams", ("account", "stream", "calls", "segments"))
        head, _, _ = insert.rpartition(",")
        return f"{head}, '[]') ON CONFLICT (account, stream) DO UPDATE SET calls = streams.calls + excluded.calls"

    def select_calls(
        self, columns: Sequence[str], account: str, call_ids: Sequence[str]
    ) -> tuple[str, tuple[Any, ...]]:
        """Return the driver's statement, and its parameters, for the rows of an account's calls that exist."""
        chosen = f"SELECT {', '.join(columns)} FROM calls WHERE account = "  # noqa: S608
        if self.embedded:
            return f"{chosen}? AND call_id IN ({', '.join('?' * len(call_ids))})", (account, *call_ids)
        return f"{chosen}%s AND call_id = ANY(%s)", (account, list(call_ids))

    def digest(self, text: ColumnElement[str]) -> ColumnElement[int]:
        """Return a number of 32 bits that is another one for another text, as good as certainly."""
        if not self.embedded:
            return func.hashtext(text, type_=BigInteger)
        # As bytes, because a damaged row may hold what can't be decoded.
        return func.trunkline_digest(cast_to(text, LargeBinary), type_=BigInteger)

    @contextmanager
    def translated(self, doing: str = "open") -> Iterator[None]:
        """Turn what the driver raises, and what damaged rows lead to, into `ArchiveError`."""
        try:
            yield
        except UnreadableRowError as error:
            raise DamagedArchiveError(f"the archive {self.where} is damaged: {error}. {self.remedy}") from None
        except exc.SQLAlchemyError as error:
            raise self._failure(error, getattr(error, "orig", None)) from None
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._failure(error, error) from None
        except UNREADABLE as error:
            msg = f"failed to {doing} the archive {self.where} ({type(error).__name__}). {CHECK}"
            raise ArchiveError(msg) from None

    @property
    def remedy(self) -> str:
        """What to do about damage."""
        return REPAIR if self.embedded else RESTORE

    def _failure(self, error: Exception, original: object) -> ArchiveError:
        reason, kind = failure(error, original)
        advice = f". {self.remedy}" if kind is DamagedArchiveError else ""
        return kind(f"the archive {self.where} {reason}{advice}")


def _version(connection: Connection) -> int:
    """Return a number that is another one after each write of another connection to the same SQLite."""
    cursor = connection.connection.cursor()
    try:
        [version] = cursor.execute("PRAGMA data_version").fetchone()
        return int(version)
    finally:
        cursor.close()


def open_database(url: str) -> Database:
    """Open the database of a SQLAlchemy URL and bring it to the current schema; `ArchiveError` where that can't be."""
    parsed, engine = engine_of(url)
    path = files.path_of(parsed)
    database = Database(engine, parsed.render_as_string(hide_password=True), path)
    try:
        with database.translated():
            if path is not None:
                files.prepare(path)
            _prepare(database)
            if path is not None:
                files.restrict(path)
    except BaseException:
        engine.dispose()
        raise
    _OPEN.add(database)
    return database


def engine_of(url: str) -> tuple[URL, Engine]:
    """Return the parsed URL and its engine, which hasn't connected yet; `ArchiveError` where there can be none."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError):
        msg = "the archive's address is no database URL: write it like sqlite:///trunkline.db"
        raise ArchiveError(msg) from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        engine = _sqlite(parsed)
    elif backend == "postgresql":
        engine = _postgresql(parsed)
    else:
        msg = f"the archive can't be kept in {backend}: use sqlite or postgresql"
        raise ArchiveError(msg)
    return parsed, engine


def is_open(path: Path) -> bool:
    """Return whether this process has an archive open that is this file."""
    return any(database.path is not None and database.path.absolute() == path.absolute() for database in list(_OPEN))


def _sqlite(url: URL) -> Engine:
    memory = url.database in (None, "", ":memory:")
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            **({"poolclass": StaticPool} if memory else {}),
        )
    except (exc.SQLAlchemyError, ValueError, TypeError):
        msg = f"the archive can't be reached through {url.drivername[:40]}: write sqlite:///..."
        raise ArchiveError(msg) from None
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would begin transactions by its own rules; `_begin_sqlite` does it by ours.
    connection.isolation_level = None
    # In WAL mode NORMAL can lose the last transactions in a power cut, whole ones only. The coverage of a page goes
    # with the page, so the next sync reads both again.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.create_function("trunkline_digest", 1, _digest, deterministic=True)


def _digest(text: bytes | None) -> int:
    return zlib.crc32(text or b"")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could find that another one wrote in between: take the lock first.
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    except ImportError:
        msg = "an archive in PostgreSQL needs the package psycopg: install trunkline[postgres]"
        raise ArchiveError(msg) from None
    except (exc.SQLAlchemyError, ValueError, TypeError):
        msg = f"the archive can't be reached through {url.drivername}: write postgresql+psycopg://..."
        raise ArchiveError(msg) from None


def _prepare(database: Database) -> None:
    where = f"the archive {database.where}"
    with database.reading() as connection:
        tables = frozenset(inspect(connection).get_table_names())
        # Before anything of the file is changed.
        require_own(connection.dialect.name, tables, where=where)
        if current := is_current(connection, tables):
            # This only checks it: who reads an archive doesn't wait for another program that writes.
            migrate(connection, tables, where=where)
    if database.embedded:
        _use_wal(database)
    if current:
        return
    with database.writing() as connection:
        if not database.embedded:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        tables = frozenset(inspect(connection).get_table_names())
        migrate(connection, tables, where=where)


def _use_wal(database: Database) -> None:
    """Switch the file to write-ahead logging, in which readers and the writer don't wait for each other."""
    deadline = time.monotonic() + 2 * _BUSY_SECONDS
    with database.translated():
        connection = database.engine.raw_connection()
        try:
            cursor = connection.cursor()
            while True:
                try:
                    cursor.execute("PRAGMA journal_mode = WAL")
                    break
                except sqlite3.OperationalError as error:
                    # SQLite doesn't wait for this lock on its own while another process opens the same new file.
                    if "locked" not in str(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
        finally:
            with suppress(sqlite3.Error):
                connection.close()
