"""The check finds what is damaged, names it, and changes nothing."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from tests.archive.breaking import damage_index
from tests.archive.postgres import empty
from tests.archive.records import ACCOUNT, call
from trunkline.archive import Archive, check_archive, is_sound, migrations
from trunkline.archive import check as check_module
from trunkline.errors import ArchiveError, DamagedArchiveError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def filled(url: str, archive: Archive) -> str:
    archive.store([call(str(number)) for number in range(50)])
    archive.close()
    return url


def change(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def problems(url: str) -> dict[str, str]:
    findings = check_archive(url)
    found = {finding.check: finding.detail for finding in findings if not finding.ok}
    assert is_sound(findings) is not bool(found)
    return found


def test_sound_archive_has_no_problem(filled: str) -> None:
    found = {finding.check: finding.detail for finding in check_archive(filled)}
    assert problems(filled) == {}
    assert found["calls"] == "50 rows"
    assert found["schema"] == f"version {migrations.VERSION}"
    assert found["counts"] == "50 calls in 1 lists"


@pytest.mark.parametrize(
    ("statement", "check", "said"),
    [
        ("UPDATE calls SET status = 'x' WHERE call_id = '7'", "calls", "1 of 50 rows are damaged: the call '7' of "),
        ("UPDATE calls SET raw = '{'", "calls", "50 of 50 rows are damaged"),
        ("UPDATE calls SET raw = '{'", "calls", "; and 45 more"),
        ("UPDATE accounts SET zone = 'x'", "accounts", "2 of 2 rows"),
        ("UPDATE streams SET calls = 49", "counts", "should have 49 calls, and has 50"),
        ("DELETE FROM streams", "counts", "should have 0 calls, and has 50"),
        ("UPDATE streams SET segments = ''", "streams", "the state of the list"),
        ("DROP INDEX calls_by_start", "indexes", "missing: calls_by_start"),
        ("DROP TABLE corrections", "tables", "missing: corrections.account"),
        ("ALTER TABLE calls DROP COLUMN note", "tables", "missing: calls.note"),
        ("UPDATE schema_version SET version = 99", "schema", "newer than this Trunkline"),
        ("DELETE FROM schema_version", "schema", "has 0"),
        ("DROP TABLE schema_version", "schema", "the table schema_version is missing"),
    ],
)
def test_damage_is_found_in_both_databases(filled: str, statement: str, check: str, said: str) -> None:
    change(filled, statement)
    assert said in problems(filled)[check]


def test_text_that_cannot_be_decoded_is_found_with_its_call(tmp_path: Path, sqlite_url: str) -> None:
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call(str(number)) for number in range(9)])
    with sqlite3.connect(tmp_path / "archive.db") as connection:
        connection.execute("UPDATE calls SET note = CAST(x'ff' AS TEXT) WHERE call_id = '4'")
    connection.close()
    assert problems(sqlite_url)["calls"].startswith("1 of 9 rows are damaged: the call '4' of 'telefonchy:1001'")


def test_older_version_is_sound(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        migrations.migrate(connection, frozenset(), where="it", to=1)
    engine.dispose()
    assert problems(sqlite_url) == {}
    assert check_archive(sqlite_url)[1].detail == f"version 1, brought to {migrations.VERSION} when it is opened"


def test_damaged_page_index_and_header_are_found_and_nothing_is_changed(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "archive.db"
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call(str(number)) for number in range(500)])
    content = path.read_bytes()
    middle = len(content) // 8192 * 4096
    path.write_bytes(content[:middle] + bytes(4096) + content[middle + 4096 :])
    damaged = path.read_bytes()
    assert "pages and indexes" in problems(sqlite_url)
    assert path.read_bytes() == damaged

    path.write_bytes(content)
    damage_index(path)
    assert "calls_by_start" in problems(sqlite_url)["pages and indexes"]

    path.write_bytes(bytes(100) + content[100:])
    assert "not a database" in problems(sqlite_url)["schema"]


def test_archive_that_is_in_use_can_be_checked(url: str) -> None:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1")])
        assert problems(url) == {}
        archive.store([call("2")])
        assert problems(url) == {}


def test_archive_that_is_not_there_is_not_created(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'nothing.db'}", f"sqlite:///{tmp_path}", "sqlite://"):
        with pytest.raises(ArchiveError, match="there is no archive to check"):
            check_archive(url)
    assert list(tmp_path.iterdir()) == []


def test_server_that_cannot_be_reached_is_an_error_and_no_finding() -> None:
    with pytest.raises(ArchiveError, match="can't be reached"):
        check_archive("postgresql://someone:secret@/x?host=/nonexistent")


def test_server_that_goes_away_in_the_middle_is_no_damage(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(postgres)
    with Archive.open(postgres) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
    operator = create_engine(postgres, isolation_level="AUTOCOMMIT")

    def stopped(*_: object) -> None:
        with operator.connect() as connection:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))

    monkeypatch.setattr(check_module, "check_row", stopped)
    with pytest.raises(ArchiveError, match="terminating connection|can't be reached") as error:
        check_archive(postgres)
    assert not isinstance(error.value, DamagedArchiveError)
    operator.dispose()


def test_empty_file_is_a_new_archive_unless_it_has_a_log(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "archive.db").touch()
    assert problems(sqlite_url) == {}
    assert check_archive(sqlite_url)[0].detail == "it is empty, as a new archive is"

    (tmp_path / "archive.db-wal").write_bytes(b"changes that were never written to the file")
    assert problems(sqlite_url)["file"] == "it is empty, but its log isn't"


def test_file_that_cannot_be_read_is_a_finding(tmp_path: Path, sqlite_url: str) -> None:
    Archive.open(sqlite_url).close()
    (tmp_path / "archive.db-wal").mkdir()
    assert problems(sqlite_url)["file"].startswith("it can't be read (")


@pytest.mark.parametrize("name", ["a#b.db", "a%20b.db", "a%b.db", "a b.db", "a&mode=rwc.db", "بایگانی.db"])
def test_the_file_of_any_name_is_checked_itself(name: str, tmp_path: Path) -> None:
    with Archive.open(tmp_path / name) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1")])
    findings = check_archive(f"sqlite:///{tmp_path / name}")
    assert is_sound(findings)
    assert [finding.detail for finding in findings if finding.check == "calls"] == ["1 rows"]
    assert {path.name.removesuffix("-shm").removesuffix("-wal") for path in tmp_path.iterdir()} == {name}
