"""Converts frames for the figures: checks the columns that a figure needs, and returns the kind of frame it was given.

Figures are written once, over narwhals. pandas frames are computed as Arrow tables, because pandas itself drops groups
without a key and adds decimals in the precision of a single price; lazy frames (DuckDB, polars) hand over the
columns that the figure uses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa
from narwhals.exceptions import NarwhalsError

from trunkline import exact
from trunkline.errors import DataError

from . import spark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

_TEXT = (
    "account",
    "call_id",
    "direction",
    "status",
    "trunk",
    "extension",
    "source",
    "destination",
    "source_name",
    "destination_name",
    "currency",
)
# Of the frames that a check returns, and of readings and payments.
_FOUND = ("class", "fits", "reason")
_SECONDS = ("wait_s", "talk_s")
_INSTANTS = ("started_at", "ended_at", "at")
_WALL_CLOCK = ("started_local",)
PRICES = ("price", "price_wait", "price_talk", "price_record", "price_saved")
_AMOUNTS = (*PRICES, "charged", "expected", "difference", "credit", "amount")

COLUMNS = (*_TEXT, *_SECONDS, *_INSTANTS[:2], *_WALL_CLOCK, *PRICES)
"""Every column that a figure may use; each needs only its own few."""

IMPOSSIBLE = "_impossible"

RATE_DIGITS = 6
"""Decimal digits of a price that was divided (per minute, per call, per day)."""

# Arrow adds a digit with each addition of a price's parts, up to 38 digits.
_PRECISION = 34
_SUM_PRECISION = 38
# Arrow and its kin raise their own errors, or plain ones, for values that can't be converted.
_UNREADABLE = (NarwhalsError, pa.ArrowException, ValueError, TypeError, OverflowError)

type Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Calls:
    """The columns of the calls that a figure asked for, in their types, and the kind of frame they came in.

    `scale` is how many decimal digits the prices have. Seconds below zero are unknown, and `IMPOSSIBLE` says of which
    calls some were.
    """

    data: nw.DataFrame[Any]
    scale: int
    origin: Any

    def money(self, digits: int = 0) -> pa.DataType:
        """Return the type of amounts: exact, with the digits of the prices and at least `digits`."""
        return pa.decimal128(_SUM_PRECISION, max(self.scale, digits))

    def emit(self, columns: Mapping[str, pa.DataType], rows: Iterable[Row]) -> Any:
        """Return the rows as a frame of the caller's kind."""
        listed = list(rows)
        arrays = [
            pa.array([row[position] for row in listed], type=dtype) for position, dtype in enumerate(columns.values())
        ]
        return as_kind_of(self.origin, pa.table(dict(zip(columns, arrays, strict=True))))


def read(frame: Any, *columns: str, optional: Sequence[str] = ()) -> Calls:
    """Return the columns as `read_as_given` does, with seconds below zero unknown, and marked in `IMPOSSIBLE`."""
    calls = read_as_given(frame, *columns, optional=optional)
    return replace(calls, data=_possible(calls.data))


def read_as_given(frame: Any, *columns: str, optional: Sequence[str] = ()) -> Calls:
    """Return the named columns of a frame of calls; `optional` ones that it doesn't have are columns of nothing.

    Takes a pandas or polars DataFrame, a polars LazyFrame, a pyarrow Table, a DuckDB relation or a Spark DataFrame.
    Raises `DataError`, naming the column, where one is missing or can't be read as what it should hold.
    """
    try:
        wrapped = nw.from_native(frame)
    except TypeError:
        kind = type(frame).__name__
        msg = f"a figure needs a frame of calls (pandas, polars, pyarrow, DuckDB or Spark), not a {kind}"
        raise DataError(msg) from None
    present = wrapped.collect_schema().names()
    for column in columns:
        if column not in present:
            msg = f"the frame has no column {column!r}, which this figure needs"
            raise DataError(msg, field=column)
    absent = [nw.lit(None, nw.String()).alias(column) for column in optional if column not in present]
    chosen = wrapped.select(*dict.fromkeys((*columns, *(column for column in optional if column in present))))
    if absent:
        chosen = chosen.with_columns(*absent)
    data = spark.collected(chosen) if isinstance(chosen, nw.LazyFrame) else chosen
    if data.implementation.is_pandas_like():
        data = nw.from_native(_arrow(data), eager_only=True)
    scale = max((dtype.scale for dtype in data.schema.values() if isinstance(dtype, nw.Decimal)), default=0)
    for column in data.columns:
        data = _typed(data, column, scale)
    return Calls(data, scale, frame)


def _arrow(data: nw.DataFrame[Any]) -> pa.Table:
    """Return a pandas frame as an Arrow table, its index left behind."""
    arrays = {}
    for column in data.columns:
        try:
            values = pa.array(nw.to_native(data[column]), from_pandas=True)
        except _UNREADABLE:
            raise _unreadable(column, "values of one kind") from None
        # A categorical without categories has no type to compute with.
        empty = pa.types.is_dictionary(values.type) and pa.types.is_null(values.type.value_type)
        arrays[column] = values.cast(pa.string()) if empty else values
    return pa.table(arrays)


def _typed(data: nw.DataFrame[Any], column: str, scale: int) -> nw.DataFrame[Any]:
    dtype = data.schema[column]
    if column in _TEXT or column in _FOUND:
        if isinstance(dtype, nw.String | nw.Categorical | nw.Enum):
            return data
        return _cast(data, column, nw.String(), "text")
    if column in _SECONDS:
        return _cast(_integers(data, column), column, nw.Int64(), "whole seconds")
    if column in _AMOUNTS:
        return _priced(data, column, scale)
    known = not _is_null(data, column)
    if known and not isinstance(dtype, nw.Datetime):
        raise _unreadable(column, "times")
    if column in _INSTANTS:
        if known and cast("nw.Datetime", dtype).time_zone is None:
            raise _unreadable(column, "times with their zone (UTC)")
        return _cast(data, column, nw.Datetime("us", "UTC"), "times")
    if known and cast("nw.Datetime", dtype).time_zone is not None:
        data = data.with_columns(nw.col(column).dt.replace_time_zone(None))
    return _cast(data, column, nw.Datetime("us"), "times")


def _possible(data: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return the data without seconds below zero, and with a column that marks where they were."""
    seconds = [column for column in _SECONDS if column in data.columns]
    if not seconds:
        return data
    below = nw.any_horizontal(*((nw.col(column) < 0).fill_null(value=False) for column in seconds), ignore_nulls=True)
    kept = (nw.when(nw.col(column) >= 0).then(nw.col(column)).alias(column) for column in seconds)
    return data.with_columns(below.cast(nw.Int64()).alias(IMPOSSIBLE)).with_columns(*kept)


def _priced(data: nw.DataFrame[Any], column: str, scale: int) -> nw.DataFrame[Any]:
    dtype = data.schema[column]
    # A float has lost the exact price already.
    if not (dtype.is_decimal() or dtype.is_integer() or _is_null(data, column)):
        raise _unreadable(column, "exact decimals or integers")
    return _cast(data, column, nw.Decimal(_PRECISION, scale), "exact decimals or integers")


def _integers(data: nw.DataFrame[Any], column: str) -> nw.DataFrame[Any]:
    """Return the data after a look at floats, which an engine would cut off in silence."""
    if not data.schema[column].is_float():
        return data
    data = data.with_columns(nw.col(column).fill_nan(None))
    seconds = data[column].drop_nulls()
    if (seconds != seconds.round()).any():
        raise _unreadable(column, "whole seconds")
    return data


def _is_null(data: nw.DataFrame[Any], column: str) -> bool:
    return data[column].null_count() == len(data)


def _cast(data: nw.DataFrame[Any], column: str, dtype: nw.dtypes.DType, what: str) -> nw.DataFrame[Any]:
    if data.schema[column] == dtype:
        return data
    try:
        return data.with_columns(nw.col(column).cast(dtype))
    except _UNREADABLE:
        raise _unreadable(column, what) from None


def _unreadable(column: str, what: str) -> DataError:
    return DataError(f"the column {column!r} should hold {what}, and does not", field=column)


def as_kind_of(origin: Any, table: pa.Table) -> Any:
    """Return a table as a frame of the kind that `origin` is."""
    wrapped = nw.from_native(origin)
    implementation = wrapped.implementation
    if implementation.is_pandas_like():
        return _pandas(table)
    if implementation.is_polars():
        frame = nw.from_arrow(table, backend="polars").to_native()
        return frame.lazy() if isinstance(wrapped, nw.LazyFrame) else frame
    if implementation.is_pyspark():
        return spark.frame_of(origin, table)
    if implementation.is_duckdb():
        return wrapped.__native_namespace__().from_arrow(table)
    return table


def _pandas(table: pa.Table) -> Any:
    import pandas as pd  # noqa: PLC0415 - who brings a polars frame need not wait for pandas

    def kind(dtype: pa.DataType) -> Any:
        if pa.types.is_int64(dtype):
            return pd.Int64Dtype()
        return pd.ArrowDtype(dtype) if pa.types.is_decimal(dtype) else None

    # A day is midnight in pandas, which has no dates of its own.
    days = [pa.field(f.name, pa.timestamp("us") if pa.types.is_date(f.type) else f.type) for f in table.schema]
    return table.cast(pa.schema(days)).to_pandas(types_mapper=kind)


def rate(amount: Decimal | None, divisor: float | Decimal | Fraction) -> Decimal | None:
    """Return amount / divisor to `RATE_DIGITS` digits, half to even; None of nothing, or by nothing."""
    if amount is None or not divisor:
        return None
    return rounded(Fraction(amount) / Fraction(divisor), RATE_DIGITS)


def rounded(value: Fraction, digits: int) -> Decimal:
    """Return the value with so many decimal digits, half to even."""
    return exact.scaled(round(value * 10**digits), digits)
