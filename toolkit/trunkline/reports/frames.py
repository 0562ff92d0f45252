"""Converts frames for the figures: checks the columns that a figure needs, and returns the kind of frame it was given.

Figures over many calls are computed from their `Coded` columns, the others over narwhals. There pandas frames are Arrow
tables, because pandas itself drops groups without a key and adds decimals in the precision of a single price. Lazy
frames (DuckDB, polars) hand over the columns that the figure uses, and are grouped by narwhals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from trunkline import exact
from trunkline.errors import DataError

from . import spark
from .coded import Coded
from .columns import COLUMNS, PRICES, SECONDS, chosen, typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal
    from fractions import Fraction

    from .coded import Numbers

__all__ = ["COLUMNS", "IMPOSSIBLE", "PRICES", "RATE_DIGITS", "Calls", "as_kind_of", "rate", "read", "read_as_given"]

IMPOSSIBLE = "_impossible"

RATE_DIGITS = 6
"""Decimal digits of a price that was divided (per minute, per call, per day)."""

_SUM_PRECISION = 38

type Row = Sequence[Any]


@dataclass(frozen=True)
class Calls:
    """The columns of the calls that a figure asked for, in their types, and the kind of frame they came in.

    `coded` has all columns of the frame, of a lazy one those that were asked for. `scale` is how many decimal digits
    the prices have.
    """

    coded: Coded
    columns: tuple[str, ...]
    absent: tuple[str, ...]
    scale: int
    origin: Any
    is_lazy: bool
    as_given: bool

    @cached_property
    def data(self) -> nw.DataFrame[Any]:
        """The columns as a frame: amounts have `scale` digits, what is absent is unknown.

        Seconds below zero are unknown too, and `IMPOSSIBLE` says of which calls some were, unless they are read as
        given.
        """
        data = chosen(self.coded.data, self.columns)
        if self.absent:
            data = data.with_columns(*(nw.lit(None, nw.String()).alias(column) for column in self.absent))
        for column in data.columns:
            data = typed(data, column, self.scale)
        return data if self.as_given else _possible(data)

    def price(self, name: str) -> Numbers:
        """Return a column of amounts in units of `scale` digits."""
        return self.coded.price(name, self.scale)

    def money(self, digits: int = 0) -> pa.DataType:
        """Return the type of amounts: exact, with the digits of the prices and at least `digits`."""
        return pa.decimal128(_SUM_PRECISION, max(self.scale, digits))

    def emit(self, columns: Mapping[str, pa.DataType], rows: Iterable[Row]) -> Any:
        """Return the rows as a frame of the caller's kind."""
        listed = list(rows)
        arrays = [
            pa.array([row[position] for row in listed], type=dtype) for position, dtype in enumerate(columns.values())
        ]
        return self.emit_columns(dict(zip(columns, arrays, strict=True)))

    def emit_columns(self, columns: Mapping[str, pa.Array]) -> Any:
        """Return the columns as a frame of the caller's kind."""
        return as_kind_of(self.origin, pa.table(dict(columns)))


def read(frame: Any, *columns: str, optional: Sequence[str] = ()) -> Calls:
    """Return the named columns of a frame of calls; `optional` ones that it doesn't have are unknown.

    Takes a pandas or polars DataFrame, a polars LazyFrame, a pyarrow Table, a DuckDB relation or a Spark DataFrame, or
    the `Coded` columns of one that isn't lazy. Seconds below zero are unknown. Raises `DataError`, naming the column,
    where one is missing or can't be read as what it should hold.
    """
    return _read(frame, columns, optional, as_given=False)


def read_as_given(frame: Any, *columns: str, optional: Sequence[str] = ()) -> Calls:
    """Return the columns as `read` does, with seconds below zero as they are."""
    return _read(frame, columns, optional, as_given=True)


def _read(frame: Any, columns: Sequence[str], optional: Sequence[str], *, as_given: bool) -> Calls:
    coded = frame if isinstance(frame, Coded) else None
    origin = frame if coded is None else coded.frame
    try:
        wrapped = nw.from_native(origin)
    except TypeError:
        kind = type(frame).__name__
        msg = f"a figure needs a frame of calls (pandas, polars, pyarrow, DuckDB or Spark), not a {kind}"
        raise DataError(msg) from None
    present = wrapped.collect_schema().names()
    for column in columns:
        if column not in present:
            msg = f"the frame has no column {column!r}, which this figure needs"
            raise DataError(msg, field=column)
    names = tuple(dict.fromkeys((*columns, *(column for column in optional if column in present))))
    absent = tuple(column for column in optional if column not in present)
    is_lazy = isinstance(wrapped, nw.LazyFrame)
    if coded is None:
        coded = Coded(
            spark.collected(wrapped.select(*names)).to_native() if isinstance(wrapped, nw.LazyFrame) else origin
        )
    for column in names:
        coded.check(column)
    return Calls(coded, names, absent, coded.scale(names), origin, is_lazy, as_given)


def _possible(data: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return the data without seconds below zero, and with a column that marks where they were."""
    seconds = [column for column in SECONDS if column in data.columns]
    if not seconds:
        return data
    below = nw.any_horizontal(*((nw.col(column) < 0).fill_null(value=False) for column in seconds), ignore_nulls=True)
    kept = (nw.when(nw.col(column) >= 0).then(nw.col(column)).alias(column) for column in seconds)
    return data.with_columns(below.cast(nw.Int64()).alias(IMPOSSIBLE)).with_columns(*kept)


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
    # A figure has few rows: threads would take longer to start than they work.
    return table.cast(pa.schema(days)).to_pandas(types_mapper=kind, use_threads=False)


def rate(amount: Decimal | None, divisor: float | Decimal | Fraction) -> Decimal | None:
    """Return amount / divisor to `RATE_DIGITS` digits, half to even; None of nothing, or by nothing."""
    if amount is None or not divisor:
        return None
    (above, below), (part, whole) = amount.as_integer_ratio(), divisor.as_integer_ratio()
    return exact.scaled(_half_even(above * whole * 10**RATE_DIGITS, below * part), RATE_DIGITS)


def _half_even(dividend: int, divisor: int) -> int:
    """Return the quotient as `round` does that of a fraction, many times as fast."""
    if divisor < 0:
        dividend, divisor = -dividend, -divisor
    whole, rest = divmod(dividend, divisor)
    return whole + (2 * rest > divisor or (2 * rest == divisor and whole % 2 == 1))


def rounded(value: Fraction, digits: int) -> Decimal:
    """Return the value with so many decimal digits, half to even."""
    return exact.scaled(round(value * 10**digits), digits)
