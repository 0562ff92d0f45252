"""Figures and scans on Spark in local mode: all in this file, so that one process starts one session."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa
import pytest
import pytest_socket

from tests.archive.records import ACCOUNT, call, irr
from tests.archive.test_archive_mirror import archive, as_frame, same  # noqa: F401  (a fixture)
from tests.archive.test_archive_mirror import invented as lately
from tests.reports.collected import GROUPED, MOST, crowded
from tests.reports.data_sets import DATA_SETS
from tests.reports.frames import OFFICE, cell, table
from tests.reports.frames import rows as rows_of
from tests.reports.test_reports_engine import NEAR, costs, in_sequence
from tests.reports.test_reports_frames import FIGURES, invented
from tests.spark import missing as missing_for_spark
from tests.spark import spark_session
from trunkline import exact
from trunkline.archive.scan import _pyspark
from trunkline.errors import DataError
from trunkline.exporting import export
from trunkline.reports import anomalies, cost, frames, missed, quality, status, waiting
from trunkline.reports.spark import frame_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame, SparkSession


@pytest.fixture(scope="module")
def _session() -> SparkSession:
    """Start the session before a test begins: Home Assistant's plugin refuses threads that a test leaves behind."""
    pytest_socket.enable_socket()
    return spark_session()


@pytest.fixture
def spark(_session: SparkSession, socket_enabled) -> SparkSession:
    """The session of the process, which Python talks to over a local socket."""
    return _session


def to_spark(spark: SparkSession, arrow: pa.Table) -> DataFrame:
    """Return a Spark frame with the types of a scan: text for categories, a wall clock without a zone."""
    from pyspark.sql.pandas.types import from_arrow_schema

    kinds = [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in arrow.schema]
    plain = arrow.cast(pa.schema(kinds))
    return spark.createDataFrame(plain, from_arrow_schema(plain.schema, prefer_timestamp_ntz=True))


@pytest.fixture
def calls(spark: SparkSession) -> DataFrame:
    return _calls(spark)


@cache
def _calls(spark: SparkSession) -> DataFrame:
    return to_spark(spark, table(invented(400, seed=7))).cache()


def rows(frame: DataFrame) -> list[tuple]:
    """Return the rows of a figure in its order, instants in UTC."""
    found = frame.toArrow()
    instants = [
        field.with_type(pa.timestamp("us", "UTC")) if getattr(field.type, "tz", None) else field
        for field in found.schema
    ]
    listed = found.cast(pa.schema(instants)).to_pylist()
    return [tuple(cell(value, day=name in {"day", "week"}) for name, value in row.items()) for row in listed]


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_is_the_same_as_on_one_machine(calls: DataFrame, figure: str) -> None:
    run, _ = FIGURES[figure]
    expected, found = run(table(invented(400, seed=7))), run(calls)
    if isinstance(expected, dict):
        assert found == expected
        return
    assert type(found) is type(calls)
    assert found.columns == expected.column_names
    assert rows(found) == rows_of(expected)


@pytest.mark.parametrize("figure", ["overview", "by_day", "open_missed", "peak_concurrency", "cost by_month"])
def test_no_calls_are_a_figure_of_nothing(spark: SparkSession, figure: str) -> None:
    run, _ = FIGURES[figure]
    assert rows(run(to_spark(spark, table([])))) == rows_of(run(table([])))


# Every kind of key, sum and choice that an engine is asked for.
ASKED = {
    "contacts": lambda frame: cost.totals(frame, ("contact", "jalali_month", "hour")),
    "by prefix": lambda frame: cost.by_destination(frame, prefix=4),
    "by_destination": cost.by_destination,
    "parts": lambda frame: cost.parts(frame, "weekday"),
    "most_expensive": cost.most_expensive,
    "counts": lambda frame: status.counts(frame, ("account", "country")),
    "service_level": waiting.service_level,
    "call_back_time": missed.call_back_time,
    "columns": quality.columns,
}


@pytest.mark.parametrize(
    "name", ["many nulls", "one call", "sums beyond 64 bits", "prices beyond 64 bits", "several scales"]
)
def test_figures_are_the_same_of_every_kind_of_calls(spark: SparkSession, name: str) -> None:
    arrow = DATA_SETS[name]()
    frame = to_spark(spark, arrow).cache()
    for figure, run in ASKED.items():
        assert rows(run(frame)) == rows_of(run(arrow)), figure


def counting(take: Callable[..., Any], counts: list[int]) -> Callable[..., Any]:
    def spied(*args: Any, **rest: Any) -> Any:
        found = take(*args, **rest)
        counts.append(len(found))
        return found

    return spied


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows every query of Spark has brought to this process, in whatever way."""
    from pyspark.sql.classic.dataframe import DataFrame as Classic

    counts: list[int] = []
    for way in ("toArrow", "toPandas", "collect"):
        monkeypatch.setattr(Classic, way, counting(getattr(Classic, way), counts))
    for way in ("toLocalIterator", "take", "head", "first"):
        monkeypatch.delattr(Classic, way)
    return counts


def test_of_grouped_figures_no_calls_come_to_the_driver(spark: SparkSession, handed_over: list[int]) -> None:
    arrow = table(crowded())
    frame = to_spark(spark, arrow).cache()
    for name, run in GROUPED.items():
        handed_over.clear()
        found = run(frame)
        assert handed_over, name
        assert max(handed_over) <= MOST, name
        expected = run(arrow)
        assert found == expected if isinstance(expected, dict) else rows(found) == rows_of(expected), name


def test_of_calls_in_sequence_only_those_that_matter_come_to_the_driver(
    spark: SparkSession, handed_over: list[int]
) -> None:
    lines = crowded()
    frame = to_spark(spark, table(lines)).cache()
    missed.call_back_time(frame)
    assert handed_over == [sum(map(in_sequence, lines))]
    handed_over.clear()
    anomalies.number_runs(frame)
    assert handed_over == [sum(line["direction"] == "outgoing" for line in lines)]


@pytest.mark.parametrize("ansi", ["true", "false"])
def test_wide_amounts_and_long_talks_add_up_exactly(spark: SparkSession, ansi: str) -> None:
    """Spark rounds, or has nothing to say, where a sum has more than its 38 digits or 64 bits."""
    before = spark.conf.get("spark.sql.ansi.enabled")
    spark.conf.set("spark.sql.ansi.enabled", ansi)
    try:
        for scale in (2, 17, 28):
            arrow = costs([exact.scaled(units, scale) for units in NEAR], pa.decimal128(38, scale))
            assert rows(cost.parts(to_spark(spark, arrow))) == rows_of(cost.parts(arrow))
        units = [10**34 - 1 - 7 * n for n in range(12_000)]
        wide = to_spark(spark, costs([exact.scaled(each, 2) for each in units], pa.decimal128(38, 2)))
        asked = frames.read(wide, "price").asked
        assert asked.sums({}, {"_sum0": nw.col("price")}, None)[1]["_sum0"].tolist() == [sum(units)]
        with pytest.raises(DataError, match="'price' should hold amounts of at most 28 decimal digits"):
            frames.read(to_spark(spark, costs([Decimal(0)], pa.decimal128(38, 29))), "price")
        with pytest.raises(DataError, match="'price' should hold amounts of at most 34 digits"):
            frames.read(to_spark(spark, costs([Decimal(10**34)], pa.decimal128(38, 0))), "price")
        talks = pa.table({"talk_s": pa.array([2**63 - 1, 2**63 - 1, 5, None], pa.int64())})
        asked = frames.read(to_spark(spark, talks), "talk_s").asked
        assert asked.sums({}, {"_sum0": nw.col("talk_s")}, None)[1]["_sum0"].tolist() == [2**64 + 3]
    finally:
        spark.conf.set("spark.sql.ansi.enabled", before)


def test_a_table_in_pieces_goes_to_spark_whole(spark: SparkSession) -> None:
    pieces = pa.concat_tables([pa.table({"calls": [number]}) for number in range(3)])
    origin = to_spark(spark, table(OFFICE))
    assert sorted(frame_of(origin, pieces).toArrow()["calls"].to_pylist()) == [0, 1, 2]
    assert sorted(_pyspark()._arrow(pieces).toArrow()["calls"].to_pylist()) == [0, 1, 2]


def test_a_column_that_is_missing_is_named(spark: SparkSession) -> None:
    frame = to_spark(spark, table(OFFICE))
    with pytest.raises(DataError, match="no column 'price'"):
        cost.totals(frame.drop("price"))
    with pytest.raises(DataError, match="'price' should hold exact decimals"):
        cost.totals(frame.withColumn("price", frame["price"].cast("double")))


def test_a_wall_clock_that_spark_takes_for_an_instant_is_told(spark: SparkSession) -> None:
    """A timestamp with the session's zone is another clock than the account's: nobody knows which."""
    frame = to_spark(spark, table(OFFICE))
    with pytest.raises(DataError, match="started_local.*TIMESTAMP_NTZ"):
        status.by_day(frame.withColumn("started_local", frame["started_local"].cast("timestamp")))


def test_scans_have_the_rows_of_the_frame(spark: SparkSession, archive, tmp_path) -> None:  # noqa: F811
    made = lately(120)
    archive.store(made)
    archive.contacts.add({"+989120000003": "Three"})
    archive.mirror(tmp_path / "mirror")
    # From now on, one month has to be read from the archive.
    oldest = min((each for each in made if each.started_at is not None), key=lambda each: each.started_at)
    archive.store([call(oldest.call_id, account=oldest.account, started_at=oldest.started_at, price=irr("99.0625"))])
    same(archive, "pyspark", tmp_path / "mirror")
    since = oldest.started_at + timedelta(days=40)
    same(archive, "pyspark", tmp_path / "mirror", since=since, until=since + timedelta(days=50), accounts=ACCOUNT)
    found = archive.scan(engine="pyspark", mirror=tmp_path / "mirror", columns=["call_id", "price"])
    assert as_frame("pyspark", found).shape == (len(archive.frame()), 2)


def test_a_spark_frame_can_be_exported(spark: SparkSession, tmp_path) -> None:
    export(to_spark(spark, table(OFFICE)), tmp_path / "calls.csv")
    lines = (tmp_path / "calls.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(OFFICE)
    assert ",2025-03-17T05:30:00Z,," in lines[1]
    assert ",2025-03-17T09:00:00," in lines[1]


def test_without_spark_or_java_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if not missing_for_spark().startswith("PySpark"):
        assert missing_for_spark() == "Spark needs Java 17, and there is no java"
        java = tmp_path / "java"
        java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
        java.chmod(0o755)
        assert 'java says: openjdk version "11.0.2"' in missing_for_spark()
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    assert missing_for_spark().startswith("PySpark isn't installed")
