"""The Parquet mirror and scans over it: always the rows of `Archive.frame()`, whatever changed since."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from tests.patience import PATIENCE
from trunkline.archive import Archive, Coverage, copy_archive, repair_archive, scanning
from trunkline.archive import mirror as mirror_module
from trunkline.archive.frame import to_pandas
from trunkline.archive.spans import Span
from trunkline.errors import ArchiveError, ConfigError, DataError
from trunkline.model import Party, Status

DAY = timedelta(days=1)
ENGINES = ["pandas", "polars", "pyarrow", "duckdb"]
KINDS = {"pandas": pd.DataFrame, "polars": pl.LazyFrame, "pyarrow": pa.Table, "duckdb": duckdb.DuckDBPyRelation}


@pytest.fixture
def archive(tmp_path):
    with Archive.open(f"sqlite:///{tmp_path}/archive.db") as opened:
        opened.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        opened.register(OTHER, provider="telefonchy", title="Branch", zone="Europe/Vilnius", currency="EUR")
        yield opened


def invented(count=300, seed=1):
    """Return calls of four months before today, and of today, with all that can be absent absent now and then."""
    chance = random.Random(seed)
    now = datetime.now(UTC)
    found = []
    for number in range(count):
        start = now - timedelta(seconds=chance.randrange(130 * 86400))
        outside = f"912000{chance.randrange(20):04}"
        found.append(
            call(
                str(number),
                account=chance.choice([ACCOUNT, OTHER]),
                started_at=None if chance.random() < 0.05 else start,
                status=chance.choice(list(Status)),
                # The E.164 form is known of some calls of a number only.
                source=Party(
                    number=f"0{outside}", e164=chance.choice([None, f"+98{outside}"]), name=chance.choice([None, "=1"])
                ),
                trunk=chance.choice([None, "2155500001"]),
                wait=chance.choice([None, 0, 12]),
                price=chance.choice([None, irr(5), irr("0.125"), irr("1234567890.25")]),
            )
        )
    return found


def as_frame(engine, found):
    """Return a scan's rows in the types and the order of `Archive.frame()`."""
    if engine == "pandas":
        return found
    if engine == "pyspark":
        # Spark gives times in the zone of its session.
        table = found.toArrow()
    else:
        data = nw.from_native(found)
        table = (data.collect(backend="pyarrow") if isinstance(data, nw.LazyFrame) else data).to_native()
    word, kinds = pa.dictionary(pa.int32(), pa.string()), []
    for field in table.schema:
        kind = field.type
        if field.name in {"account", "direction", "status", "trunk", "extension", "currency"}:
            table = table.set_column(
                table.column_names.index(field.name),
                field.name,
                table.column(field.name).cast(pa.string()).cast(pa.string()),
            )
            kind = word
        elif pa.types.is_large_string(kind) or pa.types.is_string(kind):
            kind = pa.string()
        elif field.name in {"started_at", "ended_at"}:
            assert kind.tz is not None
            kind = pa.timestamp("us", "UTC")
        kinds.append(pa.field(field.name, kind))
    arrays = [
        column.combine_chunks().dictionary_encode().cast(word) if kind.type == word else column.cast(kind.type)
        for column, kind in zip(table.columns, kinds, strict=True)
    ]
    frame = to_pandas(pa.table(dict(zip(table.column_names, arrays, strict=True))))
    if {"started_at", "call_id"} <= set(frame.columns):
        frame = frame.sort_values(["started_at", "call_id"], na_position="first", ignore_index=True)
    return frame


def same(archive, engine, directory, **period):
    found = archive.scan(engine=engine, mirror=directory, **period)
    expected = archive.frame(**period)
    if engine in KINDS:
        assert isinstance(found, KINDS[engine])
    pd.testing.assert_frame_equal(as_frame(engine, found), expected)
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_a_scan_has_the_rows_and_types_of_the_frame_whatever_changed(archive, tmp_path, engine) -> None:
    check_changes(archive, tmp_path / "mirror", engine)


def check_changes(archive, directory, engine) -> None:
    calls = invented()
    archive.store(calls)
    archive.contacts.add({"+989120000003": "Three"})
    done = archive.mirror(directory)
    assert done.written >= 6
    same(archive, engine, directory)
    now = datetime.now(UTC)
    since, until = now - 100 * DAY, now - 40 * DAY
    same(archive, engine, directory, since=since, until=until)
    same(archive, engine, directory, since=since, accounts=OTHER)
    same(archive, engine, directory, until=until, accounts=[ACCOUNT])
    same(archive, engine, directory, accounts=["telefonchy:none"])
    # A correction, a late call, a call that turns out to be of another month, and another zone.
    old = [each for each in calls if each.started_at and each.started_at < now - 60 * DAY and each.account == ACCOUNT]
    archive.store([
        call(old[0].call_id, started_at=old[0].started_at, price=irr("99.0625")),
        call("late", started_at=old[1].started_at + timedelta(seconds=1)),
        call(old[2].call_id, started_at=now - DAY),
    ])  # fmt: skip
    same(archive, engine, directory)
    archive.register(OTHER, provider="telefonchy", title="Branch", zone="Asia/Tehran", currency="IRR")
    same(archive, engine, directory)
    again = archive.mirror(directory)
    assert again.written > 0
    same(archive, engine, directory)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("most", [0, 10_000])
def test_names_are_those_of_now_whichever_the_files_have(archive, tmp_path, monkeypatch, engine, most) -> None:
    monkeypatch.setattr(mirror_module, "_MOST_NAMES", most)

    def of(number, name, sent=None):
        return Party(number=sent or number, e164=number, name=name)

    archive.store([
        call("1", source=of("+982100000001", "Alef")),
        call("2", source=of("+982100000002", "Be"), destination=of("+982100000001", None)),
        call("3", source=of("+982100000003", None)),
        call("4", source=of("+982100000003", "Jim", "3"), started_at=START + 40 * DAY),
        call("5", source=of(None, "Dal", "3"), account=OTHER),
    ])  # fmt: skip
    archive.mirror(tmp_path / "mirror")
    same(archive, engine, tmp_path / "mirror")
    archive.contacts.add({"+982100000001": "Alef of Tehran", "+982100000002": "Be"})
    archive.store([call("6", source=of("+982100000002", "Be, later"), started_at=START + 80 * DAY)])
    assert archive.frame()["source_name"].tolist() == ["Alef of Tehran", "Be", "Jim", "Dal", "Jim", "Be"]
    same(archive, engine, tmp_path / "mirror")
    archive.contacts.remove(["+982100000001", "+982100000003"])
    same(archive, engine, tmp_path / "mirror")
    # The same number in another form, known since the file was written.
    archive.store([call("7", source=of("+982100000009", "Nun", "3"), account=OTHER, started_at=START + 80 * DAY)])
    same(archive, engine, tmp_path / "mirror")


@pytest.mark.parametrize("engine", ["pandas", "pyarrow"])
def test_the_rows_of_one_account_have_their_order_wherever_they_come_from(archive, tmp_path, engine) -> None:
    first = [call(str(month), started_at=START + month * 31 * DAY) for month in range(1, 5)]
    archive.store(
        [call("0", started_at=None), *first, call("long", started_at=START + 5 * 31 * DAY, price=irr(10**18))]
    )
    assert archive.mirror(tmp_path / "mirror").written == 5
    same(archive, engine, tmp_path / "mirror")
    archive.store([call("late", started_at=START + 2 * 31 * DAY), call("new", started_at=START + 7 * 31 * DAY)])
    same(archive, engine, tmp_path / "mirror")
    same(archive, engine, tmp_path / "mirror", accounts=ACCOUNT)


def test_names_that_files_have_already_are_not_looked_up(archive, tmp_path) -> None:
    archive.store([call("1", source=Party(number="1", e164="+982100000001", name="Alef"))])
    archive.mirror(tmp_path / "mirror")
    span = Span.of(None, None)
    with archive._database.reading() as connection:
        assert scanning.parts(connection, tmp_path / "mirror", None, span).names == {}
    archive.contacts.add({"+982100000001": "Be", "+982100000002": "Jim"})
    with archive._database.reading() as connection:
        assert scanning.parts(connection, tmp_path / "mirror", None, span).names == {"+982100000001": "Be"}


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_are_those_asked_for(archive, tmp_path, engine) -> None:
    archive.store([call("1"), call("2", source=Party(number="9120000001"))])
    archive.mirror(tmp_path / "mirror")
    for columns in (["source_name", "price"], ["source", "status"]):
        found = archive.scan(engine=engine, mirror=tmp_path / "mirror", columns=columns)
        frame = as_frame(engine, found)
        assert list(frame.columns) == columns
        pd.testing.assert_frame_equal(frame, archive.frame()[columns])


@pytest.mark.parametrize("engine", ENGINES)
def test_without_a_mirror_and_without_calls(archive, tmp_path, engine) -> None:
    same(archive, engine, None)
    archive.store([bare("1")])
    same(archive, engine, None)
    archive.mirror(tmp_path / "mirror")
    same(archive, engine, tmp_path / "mirror")


def files(directory):
    return {str(path.relative_to(directory)): path.stat().st_mtime_ns for path in directory.rglob("*.parquet")}


def test_only_months_that_changed_are_written_again(archive, tmp_path) -> None:
    directory = tmp_path / "mirror"
    archive.store([call("1"), call("2", started_at=START + 40 * DAY), call("3", account=OTHER)])
    assert (archive.mirror(directory).written, archive.mirror(directory).unchanged) == (3, 3)
    before = files(directory)
    archive.store([call("1"), call("4", started_at=datetime.now(UTC))])
    assert archive.mirror(directory).written == 0
    archive.store([call("1", price=irr("57.5"))])
    done = archive.mirror(directory)
    assert (done.written, done.unchanged, done.removed, done.calls) == (1, 2, 0, 1)
    after = files(directory)
    (changed,) = {name for name in before if before[name] != after[name]}
    assert changed.endswith("2025-03.parquet")
    found = pq.read_table(directory / changed)
    assert found.column("price").to_pylist() == [Decimal("57.5")]
    assert (directory / changed).stat().st_mode & 0o777 == 0o600


def test_a_month_is_closed_when_it_is_past_and_read_without_gaps(archive, tmp_path) -> None:
    march, april = datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC)
    archive.store([call("1"), call("2", started_at=START + 40 * DAY)])
    database = archive._database
    assert mirror_module.mirror(database, tmp_path / "a", april + timedelta(hours=23)).written == 0
    assert mirror_module.mirror(database, tmp_path / "a", april + DAY).written == 1
    coverage = Coverage(account=ACCOUNT, stream="1001").cover(march, april)
    archive.store([], coverage=coverage)
    assert mirror_module.mirror(database, tmp_path / "b", april + 90 * DAY).written == 1
    archive.store([], coverage=Coverage(account=ACCOUNT, stream="1001").cover(march + DAY, april), reopen=True)
    done = mirror_module.mirror(database, tmp_path / "b", april + 90 * DAY)
    assert (done.written, done.removed) == (0, 1)


def test_a_damaged_or_foreign_file_is_not_used(archive, tmp_path) -> None:
    directory = tmp_path / "mirror"
    archive.store([call("1")])
    archive.mirror(directory)
    (path,) = directory.rglob("*.parquet")
    path.write_bytes(b"no parquet")
    same(archive, "pandas", directory)
    assert archive.mirror(directory).written == 1
    copied = f"sqlite:///{tmp_path}/copy.db"
    copy_archive(f"sqlite:///{tmp_path}/archive.db", copied)
    with Archive.open(copied) as other:
        # The copy has the same calls, so the file is right for both, until one of them changes.
        assert other.mirror(directory).unchanged == 1
        other.store([call("1", price=irr(58))])
        same(other, "pandas", directory)
        assert other.mirror(directory).written == 1
    same(archive, "pandas", directory)


def test_a_month_whose_calls_moved_away_has_no_file(archive, tmp_path) -> None:
    archive.store([call("1")])
    archive.mirror(tmp_path / "mirror")
    archive.store([call("1", started_at=START + 60 * DAY)])
    done = archive.mirror(tmp_path / "mirror")
    assert (done.written, done.removed) == (1, 1)
    assert [path.name for path in (tmp_path / "mirror").rglob("*.parquet")] == ["2025-05.parquet"]
    same(archive, "pandas", tmp_path / "mirror")


def test_a_repair_that_loses_calls_makes_files_stale(archive, tmp_path) -> None:
    url, directory = f"sqlite:///{tmp_path}/archive.db", tmp_path / "mirror"
    archive.store([call("1"), call("2"), call("3", account=OTHER)])
    archive.mirror(directory)
    archive.close()
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:
        connection.execute("DELETE FROM calls WHERE call_id = '2'")
    assert not repair_archive(url).complete
    with Archive.open(url) as repaired:
        same(repaired, "pandas", directory)
        assert repaired.mirror(directory).written == 2


def test_a_damaged_mark_is_named(archive, tmp_path) -> None:
    archive.store([call("1")])
    archive.mirror(tmp_path / "mirror")
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:
        connection.execute("UPDATE month_marks SET month = 'March'")
    with pytest.raises(ArchiveError, match="month_marks"):
        archive.scan(engine="pandas", mirror=tmp_path / "mirror")


def test_names_of_contacts_are_those_of_now(archive, tmp_path) -> None:
    archive.store([call("1", source=Party(number="09120000009", e164="+989120000009", name="Old"))])
    archive.mirror(tmp_path / "mirror")
    archive.contacts.add({"+989120000009": "New"})
    found = same(archive, "polars", tmp_path / "mirror")
    assert found.collect()["source_name"].to_list() == ["New"]


def test_months_are_in_utc(archive, tmp_path) -> None:
    moment = datetime.fromisoformat("2025-04-01T01:00:00+03:30")
    archive.store([call("1", started_at=moment)])
    archive.mirror(tmp_path / "mirror")
    assert [path.name for path in (tmp_path / "mirror").rglob("*.parquet")] == ["2025-03.parquet"]
    # The same time in another zone is in the same month, so that its file is written again.
    archive.store([call("1", started_at=moment, price=irr(58))])
    assert archive.mirror(tmp_path / "mirror").written == 1


def _mirror(url, directory):
    with Archive.open(url) as archive:
        for _ in range(3):
            archive.mirror(directory)


def test_two_processes_and_a_writer_leave_a_mirror_that_is_right(archive, tmp_path) -> None:
    directory, url = tmp_path / "mirror", f"sqlite:///{tmp_path}/archive.db"
    calls = [call(str(number), started_at=START + number * DAY) for number in range(90)]
    archive.store(calls)
    context = get_context("spawn")
    both = [context.Process(target=_mirror, args=(url, directory)) for _ in range(2)]
    for process in both:
        process.start()
    for number in range(0, 90, 5):
        archive.store([call(str(number), started_at=START + number * DAY, price=irr(number + 100))])
    for process in both:
        process.join(PATIENCE)
    assert [process.exitcode for process in both] == [0, 0]
    same(archive, "pandas", directory)
    archive.mirror(directory)
    same(archive, "pandas", directory)
    assert not [path for path in directory.rglob("*") if path.name.startswith(".")]


def test_what_cannot_be_is_told(archive, tmp_path, monkeypatch) -> None:
    with pytest.raises(ConfigError, match="no engine 'dask'"):
        archive.scan(engine="dask")
    with pytest.raises(DataError, match="no column 'prize'"):
        archive.scan(engine="pandas", columns=["prize"])
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(ConfigError, match="needs polars"):
        archive.scan(engine="polars")
    archive.store([call("1")])
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match="can't write the mirror"):
        archive.mirror(tmp_path / "file")


def test_the_layout_is_plain(archive, tmp_path) -> None:
    archive.store([call("1"), call("2", account=OTHER)])
    archive.mirror(str(tmp_path / "mirror"))
    total = duckdb.sql(f"select count(*), sum(price) from read_parquet('{tmp_path}/mirror/*/*.parquet')").fetchall()
    assert total == [(2, Decimal(114))]
    folders = sorted(path.name for path in Path(tmp_path / "mirror").iterdir())
    assert [name[:-9] for name in folders] == ["telefonchy-1001", "telefonchy-2002"]


def test_both_databases_keep_marks(url, tmp_path) -> None:
    with Archive.open(url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1"), bare("2"), call("3", started_at=START + 40 * DAY, price=irr("0.5"))])
        assert archive.mirror(tmp_path / "mirror").written == 2
        same(archive, "pyarrow", tmp_path / "mirror")
        archive.store([call("1", price=irr("57.125"))])
        same(archive, "pyarrow", tmp_path / "mirror")
        assert archive.mirror(tmp_path / "mirror").written == 1
        same(archive, "pyarrow", tmp_path / "mirror", since=START + 10 * DAY)
