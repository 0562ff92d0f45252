"""Opening an archive: making it, bringing it up to date, and refusing what is none."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect

from tests.archive.records import ACCOUNT, START, call, irr
from tests.patience import PATIENCE
from trunkline.archive import Archive, migrations, schema
from trunkline.archive import database as database_module
from trunkline.archive.database import open_database
from trunkline.errors import ArchiveError, DataError

if TYPE_CHECKING:
    from pathlib import Path


def test_migrated_tables_are_the_tables_that_the_code_reads(url: str) -> None:
    Archive.open(url).close()
    engine = create_engine(url)
    found = inspect(engine)
    assert set(found.get_table_names()) == set(schema.metadata.tables)
    for name, table in schema.metadata.tables.items():
        columns = found.get_columns(name)
        assert [column["name"] for column in columns] == [column.name for column in table.columns]
        assert [column["nullable"] for column in columns] == [column.nullable for column in table.columns]
        assert found.get_pk_constraint(name)["constrained_columns"] == [key.name for key in table.primary_key]
    engine.dispose()


def test_version_1_is_brought_up_to_date_with_its_calls(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        migrations.migrate(connection, frozenset(), where="it", to=1)
        assert "corrections" not in inspect(connection).get_table_names()
        connection.exec_driver_sql(
            "INSERT INTO accounts (account, provider, title, zone, currency) "
            f"VALUES ('{ACCOUNT}', 'telefonchy', 'Office', 'Asia/Tehran', 'IRR')"
        )
        connection.exec_driver_sql(
            "INSERT INTO calls (account, call_id, stream, status, price, price_scale, currency) "
            f"VALUES ('{ACCOUNT}', '1', '1001', 'busy', 1725, 2, 'IRR')"
        )
        connection.exec_driver_sql(
            f"INSERT INTO streams (account, stream, calls, segments) VALUES ('{ACCOUNT}', '1001', 1, '[]')"
        )
    engine.dispose()
    with Archive.open(url) as archive:
        assert archive.get(ACCOUNT, "1").price == irr("17.25")
        archive.store([call("1")])
        assert [(correction.old, correction.new) for correction in archive.corrections()] == [(irr("17.25"), irr(57))]


def test_archive_keeps_everything_over_a_close(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1")])
    with Archive.open(url) as archive:
        assert archive.get(ACCOUNT, "1") == call("1")


def test_archive_of_a_newer_version_is_refused_in_one_line(url: str) -> None:
    Archive.open(url).close()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schema_version SET version = 99")
    engine.dispose()
    with pytest.raises(ArchiveError, match=r"newer Trunkline \(schema 99.*update Trunkline") as refused:
        Archive.open(url)
    assert "\n" not in str(refused.value)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear archive, " * 500)
    with pytest.raises(ArchiveError, match="is not a database: choose another file"):
        Archive.open(f"sqlite:///{path}")
    assert path.read_text().startswith("Dear archive")


def test_database_of_something_else_is_refused_and_left_alone(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE calls (id INTEGER)")
    with pytest.raises(ArchiveError, match="something else"):
        Archive.open(url)
    assert inspect(engine).get_table_names() == ["calls"]
    engine.dispose()


@pytest.mark.parametrize("table", ["states", "contacts", "streams"])
def test_a_file_of_another_program_is_left_as_it_is(table: str, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table} (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="something else"):
        Archive.open(path)
    # Its journal mode stays, too.
    assert path.read_bytes() == before


def test_a_server_may_have_tables_of_other_programs_beside_an_archive(url: str) -> None:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        pytest.skip("a file belongs to one program")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE states (id INTEGER)")
    Archive.open(url).close()
    assert {"states", "calls", "schema_version"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_missing_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="does its folder exist"):
        Archive.open(f"sqlite:///{tmp_path / 'nowhere' / 'archive.db'}")


@pytest.mark.parametrize("address", ["trunkline.db", "", "mysql+nothing://x/y"])
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ArchiveError):
        Archive.open(address)


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(ArchiveError, match="can't be kept in mysql"):
        Archive.open("mysql://x/y")


def test_server_that_is_not_there_is_said_so_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(ArchiveError, match="can't be reached") as refused:
        Archive.open("postgresql://someone:secret@/x?host=/nonexistent")
    assert "secret" not in str(refused.value)


def test_package_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ArchiveError, match=r"install trunkline\[postgres\]"):
        Archive.open("postgresql://x/y")


def test_driver_that_is_not_there_is_said_so() -> None:
    with pytest.raises(ArchiveError, match="write postgresql\\+psycopg"):
        Archive.open("postgresql+nothing://x/y")


def test_repr_names_the_database_without_a_password(sqlite_url: str) -> None:
    with Archive.open(sqlite_url) as archive:
        assert repr(archive) == f"<Archive {sqlite_url}>"


def test_sqlite_file_is_in_wal_mode(tmp_path: Path, sqlite_url: str) -> None:
    Archive.open(sqlite_url).close()
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_no_value_is_shown_when_the_database_refuses(archive: Archive) -> None:
    # PostgreSQL has no text with a NUL in it; SQLite takes it.
    refused = call("1", note="secret\0note")
    try:
        archive.store([refused])
    except ArchiveError as error:
        assert "secret" not in str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__
    else:
        assert archive.get(ACCOUNT, "1") == refused


def test_write_into_a_table_that_is_gone_is_an_archive_error(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        with archive._database.writing() as connection:
            connection.exec_driver_sql("DROP TABLE calls")
        with pytest.raises(ArchiveError, match="the archive"):
            archive.store([call("1")])
        with pytest.raises(ArchiveError, match="the archive"):
            archive.calls()


def test_file_that_another_program_holds_is_said_to_be_locked(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.archive.database._BUSY_SECONDS", 0.05)
    with Archive.open(sqlite_url) as archive:
        with sqlite3.connect(tmp_path / "archive.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(ArchiveError, match="locked by another program"):
                archive.store([call("1")])
            other.execute("ROLLBACK")
        other.close()


def test_who_reads_an_archive_does_not_wait_for_who_writes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Archive.open(url) as writer:
        writer.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        writer.store([call("1")])
        monkeypatch.setattr(database_module, "_BUSY_SECONDS", 0.1)
        with writer._database.writing(ACCOUNT) as connection:
            if not writer._database.embedded:
                # As while another program opens the archive.
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (database_module._MIGRATION_LOCK,))
            with ThreadPoolExecutor(1) as thread:
                assert thread.submit(_count, url).result(5) == 1


def _count(url: str) -> int:
    with Archive.open(url) as reader:
        return reader.count()


def test_new_file_that_another_program_holds_is_waited_for_and_then_given_up(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.archive.database._BUSY_SECONDS", 0.05)
    with sqlite3.connect(tmp_path / "archive.db", isolation_level=None) as other:
        other.execute("PRAGMA user_version = 1")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveError, match="locked by another program"):
            Archive.open(sqlite_url)
        other.execute("ROLLBACK")
    other.close()


def test_read_only_file_can_be_read_and_says_so_when_written(tmp_path: Path, sqlite_url: str) -> None:
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1")])
    with Archive.open(f"sqlite:///file:{tmp_path / 'archive.db'}?mode=ro&uri=true") as archive:
        assert archive.calls() == [call("1")]
        with pytest.raises(ArchiveError, match="read-only"):
            archive.store([call("2")])


def open_at_once(urls: list[str], barrier, results) -> None:
    problem = ""
    for url in urls:
        try:
            barrier.wait(PATIENCE)
            with Archive.open(url) as archive:
                archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
                archive.store([call("1")])
        except ArchiveError as error:
            problem = str(error)
    results.put(problem)


@pytest.mark.slow
def test_processes_that_open_a_new_archive_at_once_make_it_once(url: str, tmp_path: Path) -> None:
    files = [f"sqlite:///{tmp_path / f'{number}.db'}" for number in range(20)]
    urls = files if url.startswith("sqlite") else [url]
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    running = [context.Process(target=open_at_once, args=(urls, barrier, results)) for _ in range(3)]
    for item in running:
        item.start()
    assert [results.get(timeout=PATIENCE) for _ in running] == [""] * 3
    for item in running:
        item.join()
    for item in urls:
        with Archive.open(item) as archive:
            assert archive.calls() == [call("1")]


def test_unknown_zone_is_refused(archive: Archive) -> None:
    for zone in ("Asia/Nowhere", "../etc/passwd", ""):
        with pytest.raises(DataError, match="time zone"):
            archive.register(ACCOUNT, provider="telefonchy", title="Office", zone=zone, currency="IRR")


def test_another_zone_gives_the_calls_another_wall_clock(archive: Archive) -> None:
    archive.store([call("1"), call("2", started_at=None)])
    archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Europe/Vilnius", currency="IRR")
    local = START.replace(tzinfo=None, hour=10, minute=31)  # Vilnius is at UTC+2 in March
    frame = archive.frame()
    assert frame["started_local"].tolist()[1] == local
    assert frame["started_local"].isna().tolist() == [True, False]


def test_database_is_closed_where_it_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear archive, " * 500)
    with pytest.raises(ArchiveError):
        open_database(f"sqlite:///{path}")
    path.unlink()
    Archive.open(f"sqlite:///{path}").close()
