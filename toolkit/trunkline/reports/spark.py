"""Frames of Spark, whose timestamps have the zone of the session, or are wall clocks without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from trunkline.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_WALL_CLOCK = "started_local"


def collected(lazy: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """Return the rows of a lazy frame of any engine, those of Spark as an Arrow table.

    Raises `DataError` for a wall clock that Spark holds as an instant: it would be read by the clock of the session,
    and not of the account.
    """
    if not lazy.implementation.is_spark_like():
        return lazy.collect()
    table = lazy.collect(backend="pyarrow").to_native()
    if _WALL_CLOCK in table.column_names and getattr(table.schema.field(_WALL_CLOCK).type, "tz", None) is not None:
        msg = f"the column {_WALL_CLOCK!r} should hold times without a zone (TIMESTAMP_NTZ), and does not"
        raise DataError(msg, field=_WALL_CLOCK)
    return nw.from_native(table, eager_only=True)


def frame_of(origin: Any, table: pa.Table) -> Any:
    """Return a table as a frame of the session of `origin`, wall clocks without a zone and days as dates."""
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415 - who has a frame of Spark has it

    # Without its types, Spark would take a wall clock for a time in the session's zone.
    return origin.sparkSession.createDataFrame(table, from_arrow_schema(table.schema, prefer_timestamp_ntz=True))
