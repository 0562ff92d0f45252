"""A repair saves what can be read, keeps the old file, and never claims what is lost."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.archive.breaking import PAGE, damage_index, overwrite
from tests.archive.killing import deaths
from tests.archive.records import ACCOUNT, OTHER, START, call, irr
from tests.patience import PATIENCE
from trunkline.archive import Archive, Repaired, check_archive, migrations, repair_archive
from trunkline.archive.pages import Pages
from trunkline.errors import ArchiveError, DamagedArchiveError
from trunkline.model import Trunk

ROOT = Path(__file__).parents[2]
CALLS = 150
LONG = "a long note " * 1000  # longer than a page, so that it continues on others
# The calls of one page, and those whose notes continue on it.
AT_MOST = 14


def fill(url: str) -> None:
    with Archive.open(url) as archive:
        for account in (ACCOUNT, OTHER):
            archive.register(account, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        calls = [call(str(number), note=LONG if number % 50 == 7 else None) for number in range(CALLS)]
        archive.store(calls, coverage=archive.coverage(ACCOUNT, "1001").cover(START, START + timedelta(hours=1)))
        archive.store([call(str(number), price=irr(58)) for number in range(0, CALLS, 10)])
        for day in range(3):
            archive.record_credit(ACCOUNT, [Trunk("2155500001", credit=irr(100 * day))], START + timedelta(days=day))


def content(url: str) -> dict[str, Any]:
    with Archive.open(url) as archive:
        return {
            "accounts": archive.accounts(),
            "calls": {found.call_id: (found, found.raw) for found in archive.calls()},
            "corrections": archive.corrections(),
            "credits": archive.credits(ACCOUNT),
            "coverage": archive.coverage(ACCOUNT, "1001"),
        }


def without_long_notes(found: dict[str, Any]) -> dict[str, Any]:
    """Return the calls without what continues on pages of its own: a file has no checksum of such text."""
    return {
        call_id: replace(item, note=None, raw=None) if len(item.note or "") > PAGE else (item, raw)
        for call_id, (item, raw) in found["calls"].items()
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "archive.db"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "archive.db"))


def repaired(path: Path) -> Repaired:
    """Repair, and check that the result is sound and the old file is kept as it was."""
    before = path.read_bytes()
    result = repair_archive(f"sqlite:///{path}")
    assert result.kept.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == sorted([path.name, result.kept.name])
    assert [finding for finding in check_archive(f"sqlite:///{path}") if not finding.ok] == []
    return result


def test_nothing_is_lost_of_a_sound_archive(path: Path, sound: Path) -> None:
    result = repaired(path)
    assert result.complete
    assert result.calls == CALLS
    assert content(f"sqlite:///{path}") == content(f"sqlite:///{sound}")


@pytest.mark.parametrize("broken", [None, "header", "index"])
def test_secret_of_pseudonyms_is_saved(path: Path, broken: str | None) -> None:
    """SQLite keeps its primary key, one integer, as the number of the row."""
    with Archive.open(f"sqlite:///{path}") as archive:
        key = archive.masking_key()
    if broken == "header":
        overwrite(path, 0, bytes(100))
    elif broken == "index":
        damage_index(path)
    result = repaired(path)
    assert (result.complete, result.damaged_rows, result.rows["masking_key"]) == (True, 0, 1)
    with Archive.open(f"sqlite:///{path}") as archive:
        assert archive.masking_key() == key
        assert archive.coverage(ACCOUNT, "1001").segments


def test_primary_key_of_one_integer_is_read_as_sqlite_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "any.db"
    rows = [(-(2**63), "a"), (-5, "b"), (0, None), (1, "c"), (2**40, "d"), (2**63 - 1, "e")]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    pages = Pages(path.read_bytes())
    (master,) = pages.tree(1)
    assert [row.with_key(0) for row in pages.tree(master[3])] == rows


def test_nothing_is_lost_with_a_damaged_header(path: Path, sound: Path) -> None:
    overwrite(path, 0, bytes(100))
    with pytest.raises(DamagedArchiveError, match="not a database"):
        Archive.open(f"sqlite:///{path}")
    assert repaired(path).complete
    assert content(f"sqlite:///{path}") == content(f"sqlite:///{sound}")


def test_nothing_is_lost_with_a_damaged_index(path: Path) -> None:
    damage_index(path)
    with closing(sqlite3.connect(path)) as connection:
        calls = connection.execute("SELECT * FROM calls NOT INDEXED ORDER BY call_id").fetchall()
    assert repaired(path).complete
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM calls ORDER BY call_id").fetchall() == calls
    assert content(f"sqlite:///{path}")["coverage"].segments


@pytest.mark.slow
@pytest.mark.parametrize("filling", [b"\x00", b"\xff", b"\x0d", b"\x05\x00\x00\x00\x02"])
def test_each_damaged_page_costs_only_its_own_rows_and_the_coverage(path: Path, sound: Path, filling: bytes) -> None:
    before = content(f"sqlite:///{sound}")
    damaged = (filling * PAGE)[:PAGE]
    losses = []
    for start in range(0, sound.stat().st_size, PAGE):
        for file in path.parent.iterdir():
            file.unlink()
        shutil.copy(sound, path)
        overwrite(path, start, damaged)
        result = repaired(path)
        after = content(f"sqlite:///{path}")
        if not after["accounts"]:
            # The page of the accounts: a sync registers its account again.
            with Archive.open(f"sqlite:///{path}") as archive:
                archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
            after = content(f"sqlite:///{path}")
        losses.append(len(before["calls"]) - len(after["calls"]))
        assert 0 <= losses[-1] <= AT_MOST
        assert without_long_notes(after).items() <= without_long_notes(before).items()
        assert len(after["calls"]) == result.calls
        assert set(after["corrections"]) <= set(before["corrections"])
        whole = all(after[kind] == before[kind] for kind in ("accounts", "corrections", "credits"))
        whole &= len(after["calls"]) == CALLS
        assert whole or not result.complete
        assert after["coverage"].segments == (before["coverage"].segments if result.complete else ())
    assert 0 < sum(losses) < 2 * CALLS


@pytest.mark.parametrize("share", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("odd", [0, 1234])
def test_calls_before_the_end_of_a_truncated_file_are_saved(path: Path, sound: Path, share: float, odd: int) -> None:
    size = int(sound.stat().st_size * share) // PAGE * PAGE + odd
    with path.open("r+b") as file:
        file.truncate(size)
    result = repaired(path)
    assert not result.complete
    assert 0 < result.calls < CALLS
    after, before = content(f"sqlite:///{path}"), content(f"sqlite:///{sound}")
    assert after["calls"].items() <= before["calls"].items()
    assert after["coverage"].segments == ()


def test_damaged_rows_are_left_behind_and_a_call_is_saved_without_its_damaged_parts(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE calls SET raw = '{', source_contact = 'x' WHERE call_id = '3'")
        connection.execute("UPDATE calls SET status = 'x' WHERE call_id = '4'")
        connection.execute("UPDATE calls SET note = CAST(x'ff' AS TEXT) WHERE call_id = '5'")
        connection.execute("UPDATE accounts SET zone = 'x' WHERE account = ?", (OTHER,))
        connection.execute("UPDATE corrections SET at = 'x' WHERE call_id = '0'")
    result = repaired(path)
    assert (result.complete, result.calls, result.damaged_rows) == (False, CALLS - 2, 4)
    with Archive.open(f"sqlite:///{path}") as archive:
        saved = archive.get(ACCOUNT, "3")
        assert (saved.raw, saved.source.contact, saved.source.number) == (None, None, "9120000001")
        assert archive.get(ACCOUNT, "4") is None
        assert archive.coverage(ACCOUNT, "1001").segments == ()
        assert archive.stream_count(ACCOUNT, "1001") == CALLS - 2


def test_wrong_counts_cost_the_coverage(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM calls WHERE call_id = '3'")
    assert not repaired(path).complete
    with Archive.open(f"sqlite:///{path}") as archive:
        assert archive.stream_count(ACCOUNT, "1001") == CALLS - 1
        assert archive.coverage(ACCOUNT, "1001").segments == ()


def test_deleted_rows_stay_deleted(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("DELETE FROM calls WHERE call_id < '2'")
        left = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
        connection.execute("UPDATE streams SET calls = ?", (left,))
    assert 0 < left < CALLS
    assert repaired(path).calls == left
    # The header says which pages are free, also where another page is damaged.
    overwrite(path, 2 * PAGE, bytes(PAGE))
    assert repair_archive(f"sqlite:///{path}").calls <= left


def logged(tmp_path: Path) -> Path:
    """Return an archive whose last calls are in its log only, as a program leaves it that is killed."""
    live = tmp_path / "live" / "archive.db"
    live.parent.mkdir()
    with Archive.open(f"sqlite:///{live}") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call(str(number)) for number in range(100)])
        with archive._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        for start in range(100, 200, 10):
            coverage = archive.coverage(ACCOUNT, "1001").cover(START, START + timedelta(minutes=start))
            archive.store([call(str(number)) for number in range(start, start + 10)], coverage=coverage)
        dead = tmp_path / "dead"
        dead.mkdir()
        for name in ("archive.db", "archive.db-wal"):
            shutil.copy(live.parent / name, dead / name)
    return dead / "archive.db"


def test_log_of_a_killed_program_is_saved_whole(tmp_path: Path) -> None:
    path = logged(tmp_path)
    log = path.with_name("archive.db-wal").read_bytes()
    assert check_archive(f"sqlite:///{path}")[0].ok
    result = repaired_with_log(path)
    assert (result.complete, result.calls) == (True, 200)
    assert result.kept.with_name(result.kept.name + "-wal").read_bytes() == log


def repaired_with_log(path: Path) -> Repaired:
    result = repair_archive(f"sqlite:///{path}")
    assert [finding for finding in check_archive(f"sqlite:///{path}") if not finding.ok] == []
    return result


@pytest.mark.parametrize("place", ["header", "first frame", "middle", "a stored checksum"])
def test_damaged_log_costs_the_coverage_and_not_what_stands_behind(tmp_path: Path, place: str) -> None:
    path = logged(tmp_path)
    log = path.with_name("archive.db-wal")
    frames = (log.stat().st_size - 32) // (24 + PAGE)
    middle = 32 + frames // 2 * (24 + PAGE)
    start, size = {
        "header": (0, 32),
        "first frame": (32 + 24 + 100, 200),
        "middle": (middle + 24 + 100, 200),
        "a stored checksum": (middle + 16, 8),
    }[place]
    overwrite(log, start, b"\xa5" * size)
    assert check_archive(f"sqlite:///{path}")[0].detail == "its log (-wal) is damaged, so the last changes are lost"
    log_before = log.read_bytes()
    result = repaired_with_log(path)
    assert not result.complete
    assert result.calls > 160
    assert result.kept.with_name(result.kept.name + "-wal").read_bytes() == log_before
    with Archive.open(f"sqlite:///{path}") as archive:
        assert archive.coverage(ACCOUNT, "1001").segments == ()
        assert {found.call_id: found for found in archive.calls()}.items() <= {
            str(number): call(str(number)) for number in range(200)
        }.items()


def test_log_that_a_power_cut_has_left_incomplete_is_not_damaged(tmp_path: Path) -> None:
    path = logged(tmp_path)
    log = path.with_name("archive.db-wal")
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size - 5000)
    assert check_archive(f"sqlite:///{path}")[0].ok
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        calls = connection.execute("SELECT count(*) FROM calls").fetchone()[0]
    path.with_name("archive.db-shm").unlink(missing_ok=True)
    result = repaired_with_log(path)
    assert (result.complete, result.calls) == (True, calls)


def test_empty_file_is_saved_from_its_log(tmp_path: Path) -> None:
    path = logged(tmp_path)
    path.write_bytes(b"")
    result = repaired_with_log(path)
    assert not result.complete
    assert result.calls >= 100


@pytest.mark.parametrize("version", range(1, migrations.VERSION + 1))
def test_archive_of_an_older_version_is_saved_and_brought_up_to_date(
    sqlite_url: str, tmp_path: Path, version: int
) -> None:
    from tests.archive.test_archive_migrations import build
    from tests.archive.test_archive_migrations import content as rows

    build(sqlite_url, version)
    before = rows(sqlite_url)
    overwrite(tmp_path / "archive.db", 0, bytes(100))
    assert repaired(tmp_path / "archive.db").complete
    assert rows(sqlite_url) == before


def test_archive_of_a_newer_version_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE schema_version SET version = 99")
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="newer Trunkline"):
        repair_archive(f"sqlite:///{path}")
    assert [file.name for file in path.parent.iterdir()] == ["archive.db"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("damaged", [b"Dear archive, " * 5000, bytes(100_000), b"x", b""])
def test_file_with_nothing_to_save_is_left_where_it_is(tmp_path: Path, sqlite_url: str, damaged: bytes) -> None:
    path = tmp_path / "archive.db"
    path.write_bytes(damaged)
    with pytest.raises(ArchiveError, match="nothing in .* can be saved: move it away"):
        repair_archive(sqlite_url)
    assert [file.name for file in tmp_path.iterdir()] == ["archive.db"]
    assert path.read_bytes() == damaged


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'nothing.db'}", f"sqlite:///{tmp_path}", "sqlite://"):
        with pytest.raises(ArchiveError, match="there is no archive to repair"):
            repair_archive(url)
    with pytest.raises(ArchiveError, match="restore the server's backup"):
        repair_archive("postgresql://someone:secret@host/x")


def test_archive_that_this_process_uses_is_refused(path: Path) -> None:
    with Archive.open(f"sqlite:///{path}"), pytest.raises(ArchiveError, match="open in another program"):
        repair_archive(f"sqlite:///{path}")
    assert repaired(path).complete


HOLD = """
import sys
from trunkline.archive import Archive
with Archive.open(sys.argv[1]) as archive:
    archive.count()
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_archive_that_another_process_uses_is_refused_until_it_ends(path: Path) -> None:
    before = path.read_bytes()
    command = [sys.executable, "-c", HOLD, f"sqlite:///{path}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(ArchiveError, match="open in another program"):
            repair_archive(f"sqlite:///{path}")
        assert path.read_bytes() == before
        other.stdin.close()
        assert other.wait(PATIENCE) == 0
    assert repaired(path).complete


@pytest.mark.slow
@pytest.mark.parametrize("with_log", [False, True])
def test_killed_repair_leaves_the_old_file_or_the_finished_one(tmp_path: Path, with_log: bool) -> None:
    folder = tmp_path / "work"
    source = logged(tmp_path) if with_log else tmp_path / "archive.db"
    if not with_log:
        fill(f"sqlite:///{source}")
    overwrite(source, 0, bytes(100))
    originals = {
        name: (source.parent / name).read_bytes()
        for name in ("archive.db", "archive.db-wal")
        if (source.parent / name).exists()
    }
    url = f"sqlite:///{folder / 'archive.db'}"
    ends: set[str] = set()

    def prepare() -> str:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, original in originals.items():
            (folder / name).write_bytes(original)
        return url

    def check(_step: int) -> None:
        files = {file.name: file.read_bytes() for file in folder.iterdir()}
        # The old file and its log are still there, together, under the old name or the new one.
        kept = [name.removesuffix("archive.db") for name in files if files[name] == originals["archive.db"]]
        assert any(
            all(
                files.get(name + ending) == originals["archive.db" + ending]
                for ending in ("", "-wal")
                if "archive.db" + ending in originals
            )
            for name in (*kept, *files)
        )
        old = files["archive.db"] == originals["archive.db"] and "archive.db.repaired" not in files
        ends.add("old" if old else "finished")
        if old:
            repair_archive(url)
        assert len(content(url)["calls"]) == (200 if with_log else CALLS)
        assert content(url)["coverage"].segments
        assert [finding for finding in check_archive(url) if not finding.ok] == []
        assert not any(".repair" in file.name for file in folder.iterdir())

    assert deaths(prepare, "repair", check) > 20
    assert ends == {"old", "finished"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_any_damage_is_repaired_or_refused_with_an_error_of_ours(path: Path, seed: int) -> None:
    chance = random.Random(seed)
    size = path.stat().st_size
    for _ in range(chance.choice([1, 3, 40])):
        start = chance.randrange(size)
        length = chance.choice([1, 2, 16, 512, PAGE])
        overwrite(path, start, chance.choice([bytes(length), chance.randbytes(length)]))
    if seed % 5 == 0:
        with path.open("r+b") as file:
            file.truncate(chance.randrange(size))
    try:
        check_archive(f"sqlite:///{path}")
        repair_archive(f"sqlite:///{path}")
    except ArchiveError as error:
        assert "\n" not in str(error)
        return
    assert [finding for finding in check_archive(f"sqlite:///{path}") if not finding.ok] == []


@pytest.mark.parametrize("size", [512, 1024, 4096, 65536])
@pytest.mark.parametrize("header", [True, False])
def test_pages_are_read_as_sqlite_reads_them(tmp_path: Path, size: int, header: bool) -> None:
    path = tmp_path / "any.db"
    chance = random.Random(size)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("CREATE TABLE t (a TEXT, b, c, d)")
        connection.execute("BEGIN")
        numbers = [0, 1, -1, None, 127, -128, 2**15, -(2**23), 2**31, 2**47, -(2**63), 2**63 - 1, 0.5, -1e300]
        texts = ["", "x", "é" * 300, "long " * 5000, None]
        for _ in range(2000):
            row = (chance.choice(texts), chance.choice(numbers), chance.choice(numbers), chance.randbytes(5))
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?)", row)
        connection.execute("DELETE FROM t WHERE rowid % 3 = 0")
        connection.execute("COMMIT")
        expected = connection.execute("SELECT * FROM t ORDER BY rowid").fetchall()
    content = path.read_bytes()
    pages = Pages(content if header else bytes(100) + content[100:])
    assert pages.size == size
    (master,) = pages.tree(1)
    assert list(pages.tree(master[3])) == expected
    assert (pages.damage.pages, pages.damage.cells, pages.damage.header) == (0, 0, not header)
