"""What Spark is handed, and what is taken of it, without a session: these tests need no Java."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import narwhals as nw
import pyarrow as pa
import pytest

from trunkline.archive import scan
from trunkline.errors import ConfigError
from trunkline.reports import spark

sql = pytest.importorskip("pyspark.sql")

CLOCK = pa.table({
    "started_local": pa.array([datetime(2025, 3, 17, 9)], pa.timestamp("us")),
    "started_at": pa.array([datetime(2025, 3, 17, 5, 30)], pa.timestamp("us", "UTC")),
    "day": pa.array([datetime(2025, 3, 17).date()], pa.date32()),
    "price": pa.array([None], pa.decimal128(38, 2)),
})  # fmt: skip
TYPES = {"started_local": "timestamp_ntz", "started_at": "timestamp", "day": "date", "price": "decimal(38,2)"}


def handed(table, schema):
    return table, {field.name: field.dataType.simpleString() for field in schema}


def test_a_figure_goes_to_spark_with_wall_clocks_that_have_no_zone() -> None:
    origin = SimpleNamespace(sparkSession=SimpleNamespace(createDataFrame=handed))
    assert spark.frame_of(origin, CLOCK) == (CLOCK, TYPES)


def test_a_scan_goes_to_spark_with_wall_clocks_that_have_no_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    session = SimpleNamespace(createDataFrame=handed, read=SimpleNamespace(parquet=lambda *paths: paths))
    monkeypatch.setattr(sql.SparkSession, "getActiveSession", lambda: session)
    source = scan._pyspark()
    assert source._arrow(CLOCK) == (CLOCK, TYPES)
    assert source._files(["a.parquet", "b.parquet"]) == ("a.parquet", "b.parquet")


def test_what_spark_found_is_an_arrow_table_with_instants_in_utc() -> None:
    at_home = CLOCK.set_column(1, "started_at", CLOCK.column("started_at").cast(pa.timestamp("us", "America/New_York")))
    asked = []

    def collect(backend: str) -> nw.DataFrame:
        asked.append(backend)
        return nw.from_native(at_home, eager_only=True)

    lazy = SimpleNamespace(implementation=nw.Implementation.PYSPARK, collect=collect)
    assert spark.collected(lazy).to_native() == CLOCK
    assert asked == ["pyarrow"]


def test_without_pyspark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(ConfigError, match=r"trunkline\[spark\]"):
        scan.scan("pyspark", None, [])
