"""The columns of a frame of calls in their types; what can't be read as what it should hold is a `DataError`."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.dependencies import is_pandas_dataframe, is_polars_dataframe
from narwhals.exceptions import NarwhalsError

from trunkline.errors import DataError
from trunkline.model import Direction, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

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
SECONDS = ("wait_s", "talk_s")
INSTANTS = ("started_at", "ended_at", "at")
WALL_CLOCK = ("started_local",)
IMPOSSIBLE = "_impossible"
PRICES = ("price", "price_wait", "price_talk", "price_record", "price_saved")
AMOUNTS = (*PRICES, "charged", "expected", "difference", "credit", "amount")

COLUMNS = (*_TEXT, *SECONDS, *INSTANTS[:2], *WALL_CLOCK, *PRICES)
"""Every column that a figure may use; each needs only its own few."""

KINDS = {"direction": frozenset(Direction), "status": frozenset(Status)}
_TEXT_TYPES = (nw.String, nw.Categorical, nw.Enum)
_TIMES = {"datetime64[us, UTC]": pa.timestamp("us", "UTC"), "datetime64[us]": pa.timestamp("us")}
# pandas' time that is missing.
_NOT_A_TIME = np.iinfo(np.int64).min
# Arrow adds a digit with each addition of a price's parts, up to 38 digits.
PRECISION = 34
DIGITS = 38
"""How many digits a decimal of a frame can have."""
FEWER = f"amounts of at most {PRECISION} digits, those after the point included"
# Arrow and its kin raise their own errors, or plain ones, for values that can't be converted.
_UNREADABLE = (NarwhalsError, pa.ArrowException, ValueError, TypeError, OverflowError)


def engine_of(frame: Any) -> nw.Implementation | None:
    """Return whether this is a frame of pyarrow, pandas or polars, None of others, in less time than narwhals takes."""
    if isinstance(frame, pa.Table):
        return nw.Implementation.PYARROW
    if isinstance(frame, nw.DataFrame | nw.LazyFrame):
        return None
    if is_pandas_dataframe(frame):
        return nw.Implementation.PANDAS
    return nw.Implementation.POLARS if is_polars_dataframe(frame) else None


def chosen(data: nw.DataFrame[Any], columns: Iterable[str]) -> nw.DataFrame[Any]:
    """Return these columns; those of a pandas frame as an Arrow table, its index left behind."""
    own = data.select(*columns)
    return own if own.implementation.is_polars() else nw.from_native(_arrow(own), eager_only=True)


def _arrow(data: nw.DataFrame[Any]) -> pa.Table:
    of = data.implementation
    return pa.table({column: array_of(data.get_column(column).to_native(), column, of) for column in data.columns})


def array_of(values: Any, column: str, implementation: nw.Implementation) -> pa.Array:
    """Return a column of an engine as it is, in one piece."""
    if implementation.is_pandas_like():
        found = _from_pandas(values, column)
    else:
        found = values if implementation.is_pyarrow() else values.to_arrow()
    if isinstance(found, pa.ChunkedArray):
        found = found.chunk(0) if found.num_chunks == 1 else found.combine_chunks()
    return _plain(found, column)


def _plain(array: pa.Array, column: str) -> pa.Array:
    """Return the values in a type that Arrow computes with; numbers among the categories of text are text."""
    kind = array.type
    if pa.types.is_string_view(kind):
        return array.cast(pa.string())
    if pa.types.is_decimal(kind) and (not pa.types.is_decimal128(kind) or kind.scale < 0):
        try:
            return array.cast(pa.decimal128(DIGITS, max(kind.scale, 0)))
        except pa.ArrowException:
            return array
    if column in _TEXT and pa.types.is_dictionary(kind) and pa.types.is_primitive(kind.value_type):
        words = typed(nw.from_native(pa.table({column: array.dictionary}), eager_only=True), column, 0).to_native()
        return pa.DictionaryArray.from_arrays(array.indices, words.column(column).combine_chunks())
    return array


def _from_pandas(series: Any, column: str) -> pa.Array | pa.ChunkedArray:
    try:
        if column in WALL_CLOCK and series.dtype == object:
            # Arrow would show all clocks in the zone of the first one.
            shown = [each.replace(tzinfo=None) if isinstance(each, datetime) else each for each in series]
            values = pa.array(shown, from_pandas=True)
        else:
            values = _without_copy(series)
    except _UNREADABLE:
        raise unreadable(column, "values of one kind") from None
    # A categorical without categories has no type to compute with.
    empty = pa.types.is_dictionary(values.type) and pa.types.is_null(values.type.value_type)
    return values.cast(pa.string()) if empty else values


def _without_copy(series: Any) -> pa.Array | pa.ChunkedArray:
    """Return categories and times as pandas holds them, which takes a fraction of Arrow's conversion."""
    values, dtype = series.array, series.dtype
    # The name of a time's type is made anew each time.
    kind = str(dtype) if dtype.kind == "M" else dtype.name
    if kind == "category":
        codes = values.codes
        indices = pa.array(codes, mask=codes < 0) if len(codes) and codes.min() < 0 else pa.array(codes)
        return pa.DictionaryArray.from_arrays(indices, pa.array(values.categories, from_pandas=True), safe=False)
    if kind == "Int64" and not values.isna().any():
        return pa.array(values.to_numpy(np.int64))
    if kind in _TIMES:
        moments = series.to_numpy(dtype="datetime64[us]").view(np.int64)
        if not len(moments) or moments.min() != _NOT_A_TIME:
            return pa.array(moments).view(_TIMES[kind])
    # What pandas keeps in Arrow is there as it is; the checks that Arrow has for a series take longer than a figure.
    return values.__arrow_array__() if hasattr(values, "__arrow_array__") else pa.array(series, from_pandas=True)


def scale_of(dtypes: Iterable[nw.dtypes.DType]) -> int:
    """Return the most decimal digits of these types."""
    return max((dtype.scale for dtype in dtypes if isinstance(dtype, nw.Decimal)), default=0)


@lru_cache(maxsize=256)
def kind_of(dtype: Any) -> nw.dtypes.DType:
    """Return what narwhals calls a type of Arrow or polars."""
    if isinstance(dtype, pa.DataType):
        empty: Any = pa.chunked_array([], dtype)
    else:
        import polars as pl  # noqa: PLC0415 - who brings another frame need not have polars

        empty = pl.Series(dtype=dtype)
    kind: nw.dtypes.DType = nw.from_native(empty, series_only=True).dtype
    return kind


def fits(dtype: nw.dtypes.DType, column: str) -> bool:
    """Return whether a column of this type holds what it should, and needs no conversion."""
    if column in AMOUNTS:
        return dtype.is_decimal() or dtype.is_integer()
    if column in SECONDS:
        return dtype == nw.Int64
    if column in INSTANTS:
        return dtype == nw.Datetime("us", "UTC")
    if column in WALL_CLOCK:
        return dtype == nw.Datetime("us")
    return isinstance(dtype, _TEXT_TYPES)


def typed(data: nw.DataFrame[Any], column: str, scale: int) -> nw.DataFrame[Any]:
    """Return the data with a column in its type: text, whole seconds, times, or amounts of so many decimal digits."""
    dtype = data.schema[column]
    if column in _TEXT or column in _FOUND:
        if isinstance(dtype, _TEXT_TYPES):
            return data
        data = _integers(data, column, "text")
        return _cast(data, column, nw.String(), "text")
    if column in SECONDS:
        return _cast(_integers(data, column, "whole seconds"), column, nw.Int64(), "whole seconds")
    if column in AMOUNTS:
        check_amount(data, column)
        if scale > PRECISION:
            raise unreadable(column, FEWER)
        return _cast(data, column, nw.Decimal(PRECISION, scale), FEWER)
    known = not _is_null(data, column)
    if known and not isinstance(dtype, nw.Datetime):
        raise unreadable(column, "times")
    if column in INSTANTS:
        if known and cast("nw.Datetime", dtype).time_zone is None:
            raise unreadable(column, "times with their zone (UTC)")
        return _cast(data, column, nw.Datetime("us", "UTC"), "times")
    if known and cast("nw.Datetime", dtype).time_zone is not None:
        data = data.with_columns(nw.col(column).dt.replace_time_zone(None))
    return _cast(data, column, nw.Datetime("us"), "times")


def check_amount(data: nw.DataFrame[Any], column: str) -> None:
    """Raise `DataError` for a column that has no exact amounts; a float has lost the exact price already."""
    dtype = data.get_column(column).dtype
    if not (dtype.is_decimal() or dtype.is_integer() or _is_null(data, column)):
        raise unreadable(column, "exact decimals or integers")


def _integers(data: nw.DataFrame[Any], column: str, what: str) -> nw.DataFrame[Any]:
    """Return the data, floats and decimals as integers, after a look at what an engine would convert in silence.

    Engines cut off digits, and make numbers of flags and times.
    """
    dtype = data.schema[column]
    is_fraction = dtype.is_float() or dtype.is_decimal()
    if _is_null(data, column) or not (is_fraction or dtype.is_temporal() or dtype == nw.Boolean):
        return data
    if not is_fraction:
        raise unreadable(column, what)
    given = data.with_columns(nw.col(column).fill_nan(None)) if dtype.is_float() else data
    whole = _cast(given, column, nw.Int64(), what)
    back = _cast(whole, column, nw.Decimal(38, dtype.scale) if isinstance(dtype, nw.Decimal) else dtype, what)
    if (back[column] != given[column]).any():
        raise unreadable(column, what)
    return whole


def _is_null(data: nw.DataFrame[Any], column: str) -> bool:
    return data[column].null_count() == len(data)


def _cast(data: nw.DataFrame[Any], column: str, dtype: nw.dtypes.DType, what: str) -> nw.DataFrame[Any]:
    if data.schema[column] == dtype:
        return data
    try:
        return data.with_columns(nw.col(column).cast(dtype))
    except _UNREADABLE:
        raise unreadable(column, what) from None


def possible[F: (nw.DataFrame[Any], nw.LazyFrame[Any])](data: F) -> F:
    """Return the data without seconds below zero, and with a column that marks where they were."""
    present = data.collect_schema().names()
    seconds = [column for column in SECONDS if column in present]
    if not seconds:
        return data
    below = nw.any_horizontal(*((nw.col(column) < 0).fill_null(value=False) for column in seconds), ignore_nulls=True)
    kept = (nw.when(nw.col(column) >= 0).then(nw.col(column)).alias(column) for column in seconds)
    return data.with_columns(below.cast(nw.Int32()).alias(IMPOSSIBLE)).with_columns(*kept)


def array(name: str, values: Iterable[Any], dtype: pa.DataType) -> pa.Array:
    """Return values as a column of a figure; `DataError` for an amount that is too long for one."""
    try:
        return pa.array(values, dtype)
    except pa.ArrowInvalid:
        if not pa.types.is_decimal(dtype):
            raise
        raise too_long(name) from None


def too_long(name: str) -> DataError:
    """Return the error for an amount that no column of a frame can hold."""
    msg = f"the amounts of {name!r} have more than {DIGITS} digits, those after the point included: use shorter amounts"
    return DataError(msg, field=name)


def unreadable(column: str, what: str) -> DataError:
    """Return the error for a column that doesn't hold what it should."""
    return DataError(f"the column {column!r} should hold {what}, and does not", field=column)


def odd_kinds(column: str, values: Iterable[str | None]) -> list[str]:
    """Return which of these values of a column are no direction or status; none of other columns."""
    kinds = KINDS.get(column)
    return [] if kinds is None else [value for value in values if value and value not in kinds]


def unknown_kind(column: str) -> DataError:
    """Return the error for a column with a direction or status that there is not."""
    return unreadable(column, f"one of {', '.join(sorted(KINDS[column]))}")
