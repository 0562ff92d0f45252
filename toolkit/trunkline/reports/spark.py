"""What narwhals lacks for lazy engines, most of it for Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

MICROS = "_micros_{}"
"""The name of a column that `with_micros` adds, with that of its column."""

# The wall clock itself: as an instant, Spark would read it by the clock of the session.
_OF_PARTS = (
    "unix_date(cast({0} as date)) * 86400000000L + hour({0}) * 3600000000L + minute({0}) * 60000000L"
    " + cast(extract(second from {0}) * 1000000 as bigint)"
)


def collected(lazy: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """Return the rows of a lazy frame of any engine, those of Spark and DuckDB as an Arrow table; instants are UTC."""
    found = lazy.collect(backend="pyarrow") if lazy.implementation.is_spark_like() else lazy.collect()
    instants = [name for name, dtype in found.schema.items() if getattr(dtype, "time_zone", None) not in {None, "UTC"}]
    return found.with_columns(nw.col(name).dt.convert_time_zone("UTC") for name in instants) if instants else found


def with_micros(frame: nw.LazyFrame[Any], columns: Iterable[str]) -> nw.LazyFrame[Any]:
    """Return the frame with columns of times as microseconds since 1970, of wall clocks as if they were UTC."""
    schema = frame.collect_schema()
    native: Any = frame.to_native()
    for column in columns:
        name = MICROS.format(column)
        if frame.implementation.is_spark_like():
            has_zone = getattr(schema[column], "time_zone", None) is not None
            micros = ("unix_micros({0})" if has_zone else _OF_PARTS).format(column)
            native = native.selectExpr("*", f"{micros} as {name}")
        elif frame.implementation.is_duckdb():
            native = native.project(f"*, epoch_us({column}) as {name}")
        else:
            native = nw.from_native(native).with_columns(nw.col(column).dt.timestamp("us").alias(name)).to_native()
    wrapped: nw.LazyFrame[Any] = nw.from_native(native)
    return wrapped


def frame_of(origin: Any, table: pa.Table) -> Any:
    """Return a table as a frame of the session of `origin`, wall clocks without a zone and days as dates."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - who has a frame of Spark has it

    # Without its types, Spark would take a wall clock for a time in the session's zone.
    whole = table.combine_chunks()  # Spark takes only the first piece of a table.
    return origin.sparkSession.createDataFrame(whole, from_arrow_schema(table.schema, prefer_timestamp_ntz=True))
