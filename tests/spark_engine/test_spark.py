"""Figures and scans on Spark in local mode: all in this file, so that one process starts one session."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.archive.test_archive_mirror import archive, as_frame, check_changes  # noqa: F401  (a fixture)
from tests.reports.frames import OFFICE, cell, table
from tests.reports.frames import rows as rows_of
from tests.reports.test_reports_frames import FIGURES, invented
from tests.spark import missing, spark_session
from trunkline.errors import DataError
from trunkline.exporting import export
from trunkline.reports import cost, status

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@pytest.fixture
def spark(socket_enabled) -> SparkSession:
    """The session of the process, which Python talks to over a local socket."""
    return spark_session()


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
    check_changes(archive, tmp_path / "mirror", "pyspark")
    found = archive.scan(engine="pyspark", mirror=tmp_path / "mirror", columns=["source_name", "price"])
    assert as_frame("pyspark", found).shape == (len(archive.frame()), 2)


def test_a_spark_frame_can_be_exported(spark: SparkSession, tmp_path) -> None:
    export(to_spark(spark, table(OFFICE)), tmp_path / "calls.csv")
    lines = (tmp_path / "calls.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(OFFICE)
    assert ",2025-03-17T05:30:00Z,," in lines[1]
    assert ",2025-03-17T09:00:00," in lines[1]


def test_without_spark_or_java_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if not missing().startswith("PySpark"):
        assert missing() == "Spark needs Java 17, and there is no java"
        java = tmp_path / "java"
        java.write_text("#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
        java.chmod(0o755)
        assert 'java says: openjdk version "11.0.2"' in missing()
    monkeypatch.setitem(__import__("sys").modules, "pyspark", None)
    assert missing().startswith("PySpark isn't installed")
