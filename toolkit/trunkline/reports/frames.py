"""Converts frames for the figures: checks the columns that a figure needs, and returns the kind of frame it was given.

Figures over many calls are computed from their `Coded` columns, the others over narwhals. There pandas frames are Arrow
tables, because pandas itself drops groups without a key and adds decimals in the precision of a single price. Lazy
frames (DuckDB, polars, Spark) are grouped by their engine, which hands over only the rows that a figure can't do
without, see `engine`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
from narwhals.exceptions import DuplicateError

from trunkline import exact
from trunkline.errors import DataError

from . import spark
from .coded import Coded
from .columns import (
    COLUMNS,
    DIGITS,
    IMPOSSIBLE,
    KINDS,
    PRICES,
    array,
    chosen,
    engine_of,
    odd_kinds,
    possible,
    typed,
    unknown_kind,
)
from .engine import Asked, asked
from .spark import MICROS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal
    from fractions import Fraction
    from types import ModuleType

    from .coded import Mask, Numbers

__all__ = ["COLUMNS", "IMPOSSIBLE", "PRICES", "RATE_DIGITS", "Calls", "as_kind_of", "rate", "read", "read_as_given"]

RATE_DIGITS = 6
"""Decimal digits of a price that was divided (per minute, per call, per day)."""

type Row = Sequence[Any]


@dataclass(frozen=True)
class Calls:
    """The columns of the calls that a figure asked for, in their types, and the kind of frame they came in.

    `source` has all columns of the frame, of a lazy one those that were asked for, which its engine keeps: a figure
    asks it for groups, or for some rows. `scale` is how many decimal digits the prices have.
    """

    source: Coded | Asked
    columns: tuple[str, ...]
    absent: tuple[str, ...]
    scale: int
    origin: Any
    as_given: bool

    @property
    def asked(self) -> Asked | None:
        """The lazy frame, None if it isn't one."""
        return self.source if isinstance(self.source, Asked) else None

    @cached_property
    def coded(self) -> Coded:
        """The columns as integers; those of all calls of a lazy frame come into this process."""
        return self.source if isinstance(self.source, Coded) else self.some(self.columns, lambda data: data)

    def some(self, columns: Sequence[str], chosen: Callable[[Any], Any]) -> Coded:
        """Return columns as integers, of a lazy frame only those that are named, and the calls that a query chooses.

        The query is a function from frame to frame. Seconds below zero are there as they are given.
        """
        if isinstance(self.source, Coded):
            return self.source
        return Coded(self.source.rows(columns, chosen).to_native())

    def only(self, chosen: Callable[[Coded], Mask]) -> Calls:
        """Return the calls that the function of their codes chooses; not of a lazy frame."""
        return replace(self, source=self.coded.where(chosen(self.coded)))

    @cached_property
    def data(self) -> nw.DataFrame[Any]:
        """The columns as a frame: amounts have `scale` digits, what is absent is unknown.

        Seconds below zero are unknown too, and `IMPOSSIBLE` says of which calls some were, unless they are read as
        given.
        """
        data = chosen(self.coded.data, self.columns)
        if self.absent:
            data = data.with_columns(*(nw.lit(None, nw.String()).alias(column) for column in self.absent))
        data = self._typed(data)
        return data if self.as_given else possible(data)

    def _typed(self, data: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
        for column in data.columns:
            if column in self.columns or column in self.absent:
                data = typed(data, column, self.scale)
        return data

    def found(self, query: Callable[[Any], Any], *, micros: Sequence[str] = ()) -> nw.DataFrame[Any]:
        """Return what a query of narwhals finds in `data`; of a lazy frame its engine finds it, and no more comes here.

        The query is a function from frame to frame. The times of `micros` are there as numbers, too, see
        `spark.with_micros`.
        """
        if isinstance(self.source, Asked):
            return self._typed(self.source.with_micros(*micros).found(query))
        numbers = (nw.col(name).dt.timestamp("us").alias(MICROS.format(name)) for name in micros)
        return cast("nw.DataFrame[Any]", query(self.data.with_columns(*numbers) if micros else self.data))

    def price(self, name: str) -> Numbers:
        """Return a column of amounts in units of `scale` digits."""
        return self.coded.price(name, self.scale)

    def money(self, digits: int = 0) -> pa.DataType:
        """Return the type of amounts: exact, with the digits of the prices and at least `digits`."""
        return pa.decimal128(DIGITS, max(self.scale, digits))

    def emit(self, columns: Mapping[str, pa.DataType], rows: Iterable[Row]) -> Any:
        """Return the rows as a frame of the caller's kind."""
        listed = list(rows)
        arrays = {
            name: array(name, [row[position] for row in listed], dtype)
            for position, (name, dtype) in enumerate(columns.items())
        }
        return self.emit_columns(arrays)

    def emit_columns(self, columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> Any:
        """Return the columns as a frame of the caller's kind."""
        if engine_of(self.origin) == nw.Implementation.PANDAS:
            return _pandas(columns)
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
    source = _source(frame)
    present = source.names if isinstance(source, Coded) else source.collect_schema().names()
    if len(set(present)) < len(present):
        raise _twice(present)
    for column in columns:
        if column not in present:
            msg = f"the frame has no column {column!r}, which this figure needs"
            raise DataError(msg, field=column)
    names = tuple(dict.fromkeys((*columns, *(column for column in optional if column in present))))
    absent = tuple(column for column in optional if column not in present)
    if not isinstance(source, Coded):
        lazy = asked(source, names, absent, as_given=as_given)
        return Calls(lazy, names, absent, lazy.scale, source, as_given)
    for column in names:
        source.check(column)
        _check_kinds(source, column)
    return Calls(source, names, absent, source.scale(names), source.frame, as_given)


def _source(frame: Any) -> Coded | nw.LazyFrame[Any]:
    if isinstance(frame, Coded):
        return frame
    if engine_of(frame) is not None:
        return Coded(frame, once=True)
    try:
        wrapped = nw.from_native(frame)
    except TypeError:
        kind = type(frame).__name__
        msg = f"a figure needs a frame of calls (pandas, polars, pyarrow, DuckDB or Spark), not a {kind}"
        raise DataError(msg) from None
    except DuplicateError:
        raise _twice(list(frame.columns)) from None
    return wrapped if isinstance(wrapped, nw.LazyFrame) else Coded(wrapped, once=True)


def _check_kinds(coded: Coded, column: str) -> None:
    """Raise `DataError` for a direction or a status that there is not: a figure would leave it out in silence."""
    odd = odd_kinds(column, coded.text(column).labels.to_pylist()) if column in KINDS else []
    if odd and coded.text(column).is_in(*odd).any():
        raise unknown_kind(column)


def _twice(present: Sequence[Any]) -> DataError:
    """Return the error for a frame that has two columns of one name."""
    names = [str(name) for name in present]
    name = next((name for place, name in enumerate(names) if name in names[:place]), "")
    return DataError(f"the frame has two columns {name!r}", field=name)


def as_kind_of(origin: Any, table: pa.Table) -> Any:
    """Return a table as a frame of the kind that `origin` is, which may be one of narwhals."""
    engine, is_lazy = engine_of(origin), False
    if engine is None:
        wrapped = origin if isinstance(origin, nw.DataFrame | nw.LazyFrame) else nw.from_native(origin)
        engine, is_lazy = wrapped.implementation, isinstance(wrapped, nw.LazyFrame)
    if engine.is_pandas_like():
        return _pandas(dict(zip(table.column_names, table.columns, strict=True)))
    if engine.is_polars():
        return _polars(table).lazy() if is_lazy else _polars(table)
    if engine.is_pyspark():
        return spark.frame_of(wrapped.to_native(), table)
    if engine.is_duckdb():
        return wrapped.__native_namespace__().from_arrow(table)
    return table


def _polars(table: pa.Table) -> Any:
    import polars as pl  # noqa: PLC0415 - who brings a pandas frame need not have polars

    return pl.DataFrame(_Stream(table))


@dataclass(frozen=True)
class _Stream:
    """A table as Arrow's stream alone, which polars reads in a third of the time that it takes for a table."""

    table: pa.Table

    def __arrow_c_stream__(self, schema: object = None) -> object:
        return self.table.__arrow_c_stream__(schema)


def _pandas(columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> Any:
    import pandas as pd  # noqa: PLC0415 - who brings a polars frame need not wait for pandas

    # Column by column, because Arrow's conversion of a table takes three times as long as a figure's few rows need.
    return pd.DataFrame({name: _pandas_column(column, pd) for name, column in columns.items()}, copy=False)


def _pandas_column(column: pa.Array | pa.ChunkedArray, pd: ModuleType) -> Any:
    values = column if isinstance(column, pa.Array) else column.combine_chunks()
    kind = values.type
    if pa.types.is_decimal(kind):
        return pd.arrays.ArrowExtensionArray(values)
    if pa.types.is_int64(kind):
        if not values.null_count:
            return pd.arrays.IntegerArray(values.to_numpy().copy(), np.zeros(len(values), bool))
        missing = values.is_null().to_numpy(zero_copy_only=False)
        return pd.arrays.IntegerArray(values.fill_null(0).to_numpy().copy(), missing)
    if pa.types.is_string(kind) and not pd.get_option("future.infer_string"):
        return values.to_numpy(zero_copy_only=False)
    # A day is midnight in pandas, which has no dates of its own.
    values = values.cast(pa.timestamp("us")) if pa.types.is_date(kind) else values
    if pa.types.is_float64(kind) or pa.types.is_timestamp(kind):
        found = np.array(values.to_numpy(zero_copy_only=False))
        zone = kind.tz if pa.types.is_timestamp(kind) else None
        return found if zone is None else pd.array(found, pd.DatetimeTZDtype(kind.unit, zone), copy=False)
    return values.to_pandas().copy()


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
