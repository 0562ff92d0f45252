"""Damaged rows and files: every method raises an error of ours that says what is damaged and what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine

from tests.archive.records import ACCOUNT, OTHER, START, call, irr
from trunkline.archive import Archive
from trunkline.errors import ArchiveError, DamagedArchiveError, DataError
from trunkline.model import Contact, Money, Party, Trunk

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
NUMBER = "9120000001"
TRUNK = Trunk("2155500001", number="2155500001", credit=irr(900))
LATE = START + timedelta(days=20)

# Everything that an archive can be asked, with arguments that touch every row.
METHODS: dict[str, Callable[[Archive], Any]] = {
    "accounts": lambda archive: archive.accounts(),
    "coverage": lambda archive: archive.coverage(ACCOUNT, "1001"),
    "stream_count": lambda archive: archive.stream_count(ACCOUNT, "1001"),
    "stream_count_down_to": lambda archive: archive.stream_count(ACCOUNT, "1001", down_to=START),
    "get": lambda archive: archive.get(ACCOUNT, "1"),
    "calls": lambda archive: archive.calls(),
    "calls_of_a_period": lambda archive: archive.calls(accounts=ACCOUNT, since=START, until=LATE, limit=5),
    "count": lambda archive: archive.count(),
    "count_of_a_period": lambda archive: archive.count(since=START, until=LATE),
    "corrections": lambda archive: archive.corrections(),
    "credits": lambda archive: archive.credits(ACCOUNT),
    "top_ups": lambda archive: archive.top_ups(ACCOUNT),
    "frame": lambda archive: archive.frame(),
    "last_call": lambda archive: archive.last_call(ACCOUNT),
    "calls_under_way": lambda archive: archive.calls_under_way(ACCOUNT, START + timedelta(minutes=1, seconds=30)),
    "costs_by_hour": lambda archive: archive.costs_by_hour(ACCOUNT, since=START, until=LATE),
    "sums_by_hour": lambda archive: archive.sums_by_hour(ACCOUNT),
    "credit_known_since": lambda archive: archive.credit_known_since(ACCOUNT, "2155500001"),
    "contacts": lambda archive: archive.contacts.entries(),
    "names": lambda archive: archive.contacts.names(["+989120000001"]),
    "precedence": lambda archive: archive.contacts.precedence(),
    "contacts_state": lambda archive: archive.contacts.state(),
    # What writes comes last: it replaces what it reads.
    "record_credit": lambda archive: archive.record_credit(ACCOUNT, [TRUNK], LATE),
    "store": lambda archive: archive.store([call("1", note="again"), call("77")]),
    "store_coverage": lambda archive: archive.store([], coverage=archive.coverage(ACCOUNT, "1001").cover(START, LATE)),
    "register": lambda archive: archive.register(
        ACCOUNT, provider="telefonchy", title="Office", zone="Europe/Vilnius", currency="IRR"
    ),
    "add_contacts": lambda archive: archive.contacts.add({"+989120000001": "Shop"}),
    "replace_phonebook": lambda archive: archive.contacts.replace_phonebook(ACCOUNT, {"+989120000001": "Shop"}),
    "remove_contacts": lambda archive: archive.contacts.remove(["+989120000001"]),
    "set_precedence": lambda archive: archive.contacts.set_precedence([]),
}
# What is done to the database, and the methods that can't but notice; the others may.
ROWS: dict[str, tuple[str, set[str]]] = {
    "text for a time": ("UPDATE calls SET started_at = 'soon' WHERE call_id = '1'", {"get", "frame", "accounts", "sums_by_hour"}),
    "text for seconds": ("UPDATE calls SET wait = 'long' WHERE call_id = '1'", {"get", "calls", "frame", "store"}),
    "text for a price": (
        "UPDATE calls SET price = 'much' WHERE call_id = '1'",
        {"get", "calls", "frame", "costs_by_hour", "sums_by_hour", "calls_under_way"},
    ),
    "text for a scale": (
        "UPDATE calls SET price_scale = 'x' WHERE call_id = '1'",
        {"get", "calls", "frame", "costs_by_hour", "sums_by_hour"},
    ),
    "a scale below zero": ("UPDATE calls SET price_scale = -1 WHERE call_id = '1'", {"get", "calls", "frame"}),
    "a scale of no price": ("UPDATE calls SET price_scale = 500 WHERE call_id = '1'", {"get", "calls", "frame"}),
    "a fraction": ("UPDATE calls SET talk = 1.5 WHERE call_id = '1'", {"get", "calls", "frame"}),
    "hexadecimal text": ("UPDATE calls SET talk = '0x1F' WHERE call_id = '1'", {"get", "calls", "frame"}),
    "infinity": ("UPDATE calls SET talk = 9e999 WHERE call_id = '1'", {"get", "calls", "frame"}),
    "bytes for text": ("UPDATE calls SET trunk = x'00ff' WHERE call_id = '1'", {"get", "calls", "frame"}),
    "text that is not UTF-8": (
        "UPDATE calls SET source_name = CAST(x'c328' AS TEXT) WHERE call_id = '1'",
        {"get", "calls", "frame"},
    ),
    "a time of no calendar": ("UPDATE calls SET started_at = 9000000000000000000 WHERE call_id = '1'", {"get", "frame"}),
    "an end of no calendar": ("UPDATE calls SET ended_at = -9000000000000000000 WHERE call_id = '1'", {"get", "frame"}),
    "a local time of no calendar": (
        "UPDATE calls SET started_local = 9000000000000000000",
        {"get", "frame", "costs_by_hour", "last_call"},
    ),
    "an unknown status": ("UPDATE calls SET status = 'maybe' WHERE call_id = '1'", {"get", "calls", "frame"}),
    "an unknown direction": ("UPDATE calls SET direction = 'up' WHERE call_id = '1'", {"get", "calls", "frame"}),
    "no JSON in raw": ("UPDATE calls SET raw = '{' WHERE call_id = '1'", {"get", "calls"}),
    "a list in raw": ("UPDATE calls SET raw = '[1]' WHERE call_id = '1'", {"get", "calls"}),
    "a number too long in raw": ("UPDATE calls SET raw = '{\"a\":1e999}' WHERE call_id = '1'", {"get", "calls"}),
    "no JSON in a contact": ("UPDATE calls SET source_contact = 'Ali' WHERE call_id = '1'", {"get", "calls"}),
    "a contact with another field": (
        "UPDATE calls SET source_contact = '{\"age\":\"5\"}' WHERE call_id = '1'",
        {"get", "calls"},
    ),
    "a contact with a number for a name": (
        "UPDATE calls SET source_contact = '{\"name\":5}' WHERE call_id = '1'",
        {"get", "calls"},
    ),
    "no currency": ("UPDATE calls SET currency = NULL WHERE call_id = '1'", {"get", "calls"}),
    "an impossible currency": ("UPDATE calls SET currency = 'I R R' WHERE call_id = '1'", {"get", "calls"}),
    "no JSON in segments": ("UPDATE streams SET segments = '[[1'", {"coverage", "store_coverage", "stream_count"}),
    "half a segment": ("UPDATE streams SET segments = '[[1]]'", {"coverage"}),
    "text in segments": ("UPDATE streams SET segments = '[[\"a\",\"b\"]]'", {"coverage"}),
    "a segment of no calendar": ("UPDATE streams SET segments = '[[1,9000000000000000000]]'", {"coverage"}),
    "text for a total": ("UPDATE streams SET total = 'all'", {"coverage"}),
    "text for a count": ("UPDATE streams SET calls = 'all'", {"stream_count", "coverage"}),
    "an unknown zone": ("UPDATE accounts SET zone = 'Asia/Nowhere'", {"accounts", "store"}),
    "bytes for a zone": ("UPDATE accounts SET zone = x'01'", {"accounts", "store"}),
    "a zone outside": ("UPDATE accounts SET zone = '../../etc/passwd'", {"accounts", "store"}),
    "text for a correction": ("UPDATE corrections SET old = 'x'", {"corrections"}),
    "a correction of no calendar": ("UPDATE corrections SET at = 9000000000000000000", {"corrections"}),
    "a scale of no correction": ("UPDATE corrections SET new_scale = 77", {"corrections"}),
    "text for a credit": ("UPDATE credit_readings SET credit = 'rich'", {"credits", "top_ups", "record_credit"}),
    "a credit of no calendar": ("UPDATE credit_readings SET expires_at = 9000000000000000000", {"credits", "top_ups"}),
    "a name of a rumour": ("UPDATE contacts SET source = 'rumour'", {"contacts", "names", "frame"}),
    "bytes for a name": ("UPDATE contacts SET name = x'aa'", {"contacts", "names", "frame"}),
    "a name of no calendar": ("UPDATE contacts SET learned_at = 9000000000000000000", {"contacts", "names", "frame"}),
    "an unknown source in the precedence": (
        "INSERT INTO contact_precedence VALUES ('rumour', 0)",
        {"contacts", "names", "precedence", "contacts_state", "frame"},
    ),
    "a currency of bytes": ("UPDATE credit_readings SET currency = x'aa'", {"credits", "top_ups"}),
}  # fmt: skip
SCHEMA: dict[str, tuple[str, set[str]]] = {
    "no calls": ("DROP TABLE calls", set(METHODS) - {"coverage", "stream_count", "count", "corrections", "credits"}),
    "no streams": ("DROP TABLE streams", {"coverage", "stream_count", "count", "accounts"}),
    "no corrections": ("DROP TABLE corrections", {"corrections"}),
    "no column": ("ALTER TABLE calls DROP COLUMN note", {"calls", "get", "store"}),
    "no column of a list": ("ALTER TABLE streams DROP COLUMN cursor", {"coverage", "store_coverage"}),
    "no version": ("DELETE FROM schema_version", {"open"}),
    "two versions": ("INSERT INTO schema_version VALUES (1)", {"open"}),
    "a word for a version": ("UPDATE schema_version SET version = 'new'", {"open"}),
    "a version below zero": ("UPDATE schema_version SET version = -4", {"open"}),
}
UNSEEN = {"count", "store_coverage", "stream_count"}


def fill(url: str) -> None:
    with Archive.open(url) as archive:
        for account in (ACCOUNT, OTHER):
            archive.register(account, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        calls = [call(str(number)) for number in range(40)]
        archive.store(calls, coverage=archive.coverage(ACCOUNT, "1001").cover(START, START + timedelta(hours=1)))
        archive.store([call("1", price=irr(58))])
        for day in range(3):
            trunk = Trunk("2155500001", credit=irr(100 * day), credit_expires_at=LATE)
            archive.record_credit(ACCOUNT, [trunk], START + timedelta(days=day))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "archive.db"
    fill(f"sqlite:///{path}")
    return path


def copied(sound: Path, folder: Path) -> Path:
    return Path(shutil.copy(sound, folder / "archive.db"))


def outcomes(url: str) -> dict[str, ArchiveError | DataError | None]:
    """Ask the archive everything, and return what each method raised, which must be ours and show nothing."""
    found: dict[str, ArchiveError | DataError | None] = {"open": None}
    for name, ask in METHODS.items():
        try:
            with Archive.open(url) as archive:
                found[name] = None
                try:
                    ask(archive)
                except (ArchiveError, DataError) as error:
                    found[name] = error
        except ArchiveError as error:
            found["open"] = error
            break
    for error in found.values():
        if error is not None:
            assert "\n" not in str(error)
            assert NUMBER not in str(error)
            assert "2155500001" not in str(error)
            assert error.__cause__ is None
    return found


@pytest.mark.parametrize("name", ROWS)
def test_damaged_row_is_said_to_be_damaged_and_how_to_repair_it(sound: Path, tmp_path: Path, name: str) -> None:
    statement, noticing = ROWS[name]
    path = copied(sound, tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    found = outcomes(f"sqlite:///{path}")
    for method, error in found.items():
        assert error is None or isinstance(error, DamagedArchiveError), (method, error)
        if error is not None:
            assert "trunkline archive repair" in str(error)
            assert str(path) in str(error)
    assert {method for method in noticing if found[method] is None} == set()


@pytest.mark.parametrize("name", SCHEMA)
def test_damaged_schema_is_said_to_be_damaged(sound: Path, tmp_path: Path, name: str) -> None:
    statement, noticing = SCHEMA[name]
    path = copied(sound, tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    found = outcomes(f"sqlite:///{path}")
    if found["open"] is None:
        assert {method for method in noticing if found[method] is None} == set()
    damaged = [error for error in found.values() if error is not None]
    assert damaged
    assert {type(error) for error in damaged} == {DamagedArchiveError}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE calls SET wait = 'long' WHERE call_id = '7'",
            r"the call '7' of 'telefonchy:1001' .*\(wait holds text\)",
        ),
        ("UPDATE calls SET raw = '{' WHERE call_id = '7'", r"the call '7' of 'telefonchy:1001' .*\(raw\)"),
        ("UPDATE calls SET status = 'x' WHERE call_id = '7'", r"the call '7' of 'telefonchy:1001' .*\(status\)"),
        (
            "UPDATE calls SET started_at = 9000000000000000000 WHERE call_id = '7'",
            r"the call '7' .*started_at is no time",
        ),
        (
            "UPDATE calls SET note = CAST(x'ff' AS TEXT) WHERE call_id = '7'",
            "the column note holds text that can't be decoded",
        ),
    ],
)
def test_error_names_the_call_and_the_field(sound: Path, tmp_path: Path, statement: str, said: str) -> None:
    path = copied(sound, tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with Archive.open(f"sqlite:///{path}") as archive, pytest.raises(DamagedArchiveError, match=said):
        archive.calls()
    if "note" not in statement and "raw" not in statement:
        with Archive.open(f"sqlite:///{path}") as archive, pytest.raises(DamagedArchiveError, match=said):
            archive.frame()


def test_null_in_a_column_that_has_none_is_damage(sound: Path, tmp_path: Path) -> None:
    path = copied(sound, tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'status TEXT NOT NULL', 'status TEXT')")
    connection.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE calls SET status = NULL WHERE call_id = '7'")
    connection.close()
    with Archive.open(f"sqlite:///{path}") as archive:
        with pytest.raises(DamagedArchiveError, match="status holds nothing"):
            archive.calls()
        with pytest.raises(DamagedArchiveError, match="status holds nothing"):
            archive.frame()


def zeroed(start: float, size: int) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        first = int(len(content) * start) // 4096 * 4096
        return content[:first] + bytes(size) + content[first + size :]

    return damage


FILES: dict[str, Callable[[bytes], bytes]] = {
    "a header of zeros": zeroed(0, 100),
    "a first page of zeros": zeroed(0, 4096),
    "a page of zeros": zeroed(0.6, 4096),
    "a quarter of zeros": zeroed(0.25, 65536),
    "half a file": lambda content: content[: len(content) // 2],
    "a file that ends within a page": lambda content: content[: len(content) // 2 + 100],
    "a hundred bytes": lambda content: content[:100],
    "one byte": lambda content: content[:1],
    "noise": lambda content: bytes(range(256)) * (len(content) // 256),
    "an unknown format": lambda content: content[:18] + b"\x09\x09" + content[20:],
    "another page size": lambda content: content[:16] + b"\x02\x00" + content[18:],
    "no page size": lambda content: content[:16] + b"\x00\x03" + content[18:],
    "a schema that is none": lambda content: content.replace(b"CREATE TABLE calls", b"CREATE TABXE calls"),
    "another encoding": lambda content: content[:56] + b"\x00\x00\x00\x02" + content[60:],
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_file_raises_nothing_but_our_errors(sound: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(FILES[name](sound.read_bytes()))
    found = outcomes(f"sqlite:///{path}")
    assert any(found.values())


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
@pytest.mark.parametrize("content", [b"", b"x", b"noise" * 5000, bytes(70000)])
def test_damaged_companion_raises_nothing_but_our_errors(
    sound: Path, tmp_path: Path, ending: str, content: bytes
) -> None:
    path = copied(sound, tmp_path)
    path.with_name(path.name + ending).write_bytes(content)
    found = outcomes(f"sqlite:///{path}")
    assert {name for name, error in found.items() if error} <= {"open", *METHODS}


def test_empty_file_is_a_new_archive_unless_its_log_is_there(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    path.touch()
    with Archive.open(f"sqlite:///{path}") as archive:
        assert archive.accounts() == ()
    path.unlink()
    path.touch()
    path.with_name("archive.db-wal").write_bytes(b"frames")
    with pytest.raises(DamagedArchiveError, match="the file is empty, but its log isn't"):
        Archive.open(f"sqlite:///{path}")
    assert path.with_name("archive.db-wal").read_bytes() == b"frames"


def test_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is a folder: name a file"):
        Archive.open(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    "url", ["sqlite:///x\0y.db", "sqlite:///x.db?timeout=soon", "postgresql://h:port/x", "sqlite://h/x"]
)
def test_address_that_makes_no_sense_is_an_archive_error(url: str) -> None:
    with pytest.raises(ArchiveError):
        Archive.open(url)


def test_full_disk_is_said_so(sound: Path, tmp_path: Path) -> None:
    path = copied(sound, tmp_path)
    with Archive.open(f"sqlite:///{path}") as archive:
        with archive._database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

            # A file that may not grow is full in the same way.
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(ArchiveError, match="the disk is full"):
            archive.store([call(str(number)) for number in range(100, 2000)])
        assert len(archive.calls()) == 40


WRITE = """
import os, sys
from trunkline.archive import Archive
from trunkline.errors import ArchiveError
Archive.open("sqlite://").close()  # loads all that another user may not read
os.setgid(65534); os.setuid(65534)
try:
    with Archive.open(sys.argv[1]) as archive:
        archive.register("a:1", provider="a", title="A", zone="UTC", currency="EUR")
    print("written")
except ArchiveError as error:
    print("ArchiveError", error)
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_read_only_file_or_folder_is_an_archive_error(sound: Path, what: str) -> None:
    if os.geteuid() != 0:
        pytest.skip("changes its user, which only root can")
    folder = Path("/tmp") / f"trunkline-read-only-{os.getpid()}-{what}"
    folder.mkdir(mode=0o777)
    try:
        path = Path(shutil.copy(sound, folder / "archive.db"))
        folder.chmod(0o555 if what == "folder" else 0o777)
        path.chmod(0o444 if what == "file" else 0o666)
        run = subprocess.run(
            [sys.executable, "-c", WRITE, f"sqlite:///{path}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert "ArchiveError" in run.stdout, run
        assert "read-only" in run.stdout or "may this program write" in run.stdout
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"raw": ["a list"]}, "raw"),
        ({"raw": {"a": object()}}, "raw"),
        ({"price": Money(irr(1).amount, "rial per minute, more or less")}, "currency"),
        ({"source": Party(contact=Contact("1", name=5))}, "contact"),
        ({"source": Party(contact=Contact("1", numbers=(5,)))}, "contact"),
    ],
)
def test_what_could_not_be_read_again_is_not_stored(archive: Archive, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DataError) as refused:
        archive.store([call("1", **changes)])
    assert refused.value.field == field
    assert archive.count() == 0


@pytest.mark.parametrize(
    ("statement", "ask", "said"),
    [
        ("UPDATE calls SET status = 'maybe'", "calls", r"the call '\d+' .*\(status\)"),
        ("UPDATE calls SET raw = '{'", "calls", r"\(raw\)"),
        ("UPDATE calls SET started_at = 9000000000000000000", "frame", "started_at is no time"),
        ("UPDATE streams SET segments = 'x'", "coverage", "the state of the list"),
        ("DROP TABLE calls", "open", "the table calls is missing"),
        ("ALTER TABLE calls DROP COLUMN note", "calls", "does not exist"),
        ("DELETE FROM schema_version", "open", "should have one schema version, and has 0"),
    ],
)
def test_damage_in_postgresql_is_said_to_need_a_backup(postgres: str, statement: str, ask: str, said: str) -> None:
    from tests.archive.postgres import empty

    empty(postgres)
    fill(postgres)
    engine = create_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
    error = outcomes(postgres)[ask]
    assert isinstance(error, DamagedArchiveError)
    with pytest.raises(DamagedArchiveError, match=said):
        raise error
    assert "server's backup" in str(error)
