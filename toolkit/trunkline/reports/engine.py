"""Calls of a lazy frame (DuckDB, polars, Spark): its engine filters and groups them, and only what it found comes here.

Columns are checked and typed by the frame's schema. What a schema doesn't tell (whether floats are whole seconds,
whether sums of very wide amounts can overflow) is asked of the engine, in one query that returns one row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import narwhals as nw

from . import spark
from .coded import Coded
from .columns import AMOUNTS, FEWER, INSTANTS, PRECISION, SECONDS, WALL_CLOCK, possible, scale_of, unreadable
from .totals import MOST_DIGITS, Total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .coded import Integers

    type Schema = Mapping[str, nw.dtypes.DType]

# The sum of ten thousand million amounts of so many digits has at most 38.
_NARROW = 28
_DIGITS: Mapping[Any, int] = {
    nw.Int8: 3, nw.UInt8: 3, nw.Int16: 5, nw.UInt16: 5, nw.Int32: 10, nw.UInt32: 10, nw.Int64: 19, nw.UInt64: 20,
}  # fmt: skip
_WIDEST = 39
# In Spark, narwhals gives a sum ten digits before the point, and it would round those after it in silence.
_FINEST = 28
_SHORT = tuple(dtype for dtype, digits in _DIGITS.items() if digits <= _DIGITS[nw.Int64])
# What remains of a price is a sum of five amounts.
_ADDED = 8
_LONG = 2.0**63
_SECONDS, _MONEY, _TIMES = "whole seconds", "exact decimals or integers", "times"


@dataclass(frozen=True)
class Asked:
    """The columns of a lazy frame in their types, as they are `given`, and what is asked of the engine about them.

    `scale` is how many decimal digits the amounts have, `in_parts` whether a sum of them could have more than an
    engine's 38 digits, so that it is made in two parts.
    """

    given: nw.LazyFrame[Any]
    scale: int
    in_parts: bool
    as_given: bool

    @cached_property
    def frame(self) -> nw.LazyFrame[Any]:
        """The columns, seconds below zero unknown unless they are read as given."""
        return self.given if self.as_given else possible(self.given)

    def rows(self, columns: Iterable[str], chosen: Callable[[Any], Any]) -> nw.DataFrame[Any]:
        """Return these columns, as they are given, of the calls that a query chooses."""
        return spark.collected(chosen(self.given).select(*columns))

    def found(self, query: Callable[[Any], Any]) -> nw.DataFrame[Any]:
        """Return the rows that the engine finds for a query."""
        return spark.collected(query(self.frame))

    def with_micros(self, *columns: str) -> Asked:
        """Return the columns with others that have these times as numbers, see `spark.with_micros`."""
        return replace(self, given=spark.with_micros(self.given, columns))

    def sums(
        self, keys: Mapping[str, nw.Expr], values: Mapping[str, nw.Expr], only: nw.Expr | None
    ) -> tuple[nw.DataFrame[Any], dict[str, Integers]]:
        """Return the groups by these keys with `_calls`, how many each has, and the sums, amounts in units.

        One query of the engine, of which only the groups come here. Sums are exact.
        """
        frame = self.frame if only is None else self.frame.filter(only)
        frame = frame.with_columns(*(each.alias(name) for name, each in {**keys, **values}.items()), _all=nw.lit(0))
        schema = frame.collect_schema()
        totals = [self._total(name, schema[name]) for name in values]
        groups = frame.with_columns("_all", *(part for total in totals for part in total.parts)).group_by("_all", *keys)
        summed = (nw.col(column).sum() for total in totals for column in total.columns)
        found = Coded(spark.collected(groups.agg(nw.len().alias("_calls"), *summed)).to_native())
        return found.data, {total.name: total.of(found) for total in totals}

    def _total(self, name: str, dtype: nw.dtypes.DType) -> Total:
        if dtype.is_decimal():
            return Total(name, self.scale, is_amount=True, is_split=self.in_parts)
        # DuckDB adds integers in 128 bits. Marks of 32 bits are 0 or 1.
        is_split = dtype == nw.Int64 and not self.given.implementation.is_duckdb()
        return Total(name, 0, is_amount=False, is_split=is_split)


def asked(frame: nw.LazyFrame[Any], names: Sequence[str], absent: Iterable[str], *, as_given: bool) -> Asked:
    """Return the named columns of a lazy frame, and the absent ones, which are unknown.

    Raises `DataError`, naming the column, where one can't be read as what it should hold.
    """
    chosen = frame.select(*names)
    schema = dict(chosen.collect_schema())
    is_polars = frame.implementation.is_polars()
    scale = scale_of(dtype for name, dtype in schema.items() if name in AMOUNTS)
    finest = _FINEST if frame.implementation.is_spark_like() else PRECISION
    if scale > finest:
        name = next(name for name, dtype in schema.items() if name in AMOUNTS and scale_of([dtype]) == scale)
        raise unreadable(name, f"amounts of at most {finest} decimal digits")
    odd = {name: what for name, dtype in schema.items() if (what := _odd(name, dtype, is_polars=is_polars))}
    facts = _facts(chosen, schema, odd, scale)
    for name, what in odd.items():
        if facts[f"known {name}"]:
            raise unreadable(name, what)
    most = 0
    for name in schema:
        if facts.get(f"broken {name}"):
            raise unreadable(name, _SECONDS if name in SECONDS else "text")
        ends = (facts.get(f"{end} {name}") for end in ("least", "most"))
        most = max(most, *(0 if end is None else abs(_units(end, scale)) for end in ends))
        if most >= 10**PRECISION:
            raise unreadable(name, FEWER)
    columns = [
        _typed(name, dtype, scale, is_polars=is_polars).alias(name) for name, dtype in schema.items() if name not in odd
    ]
    nothing = [nw.lit(None, _type_of_nothing(name, scale, is_polars=is_polars)).alias(name) for name in (*odd, *absent)]
    in_parts = most * _ADDED * facts.get("calls", 0) >= 10**MOST_DIGITS
    return Asked(chosen.with_columns(*columns, *nothing), scale, in_parts, as_given)


def _odd(name: str, dtype: nw.dtypes.DType, *, is_polars: bool) -> str:
    """Return what a column should hold that by its type it doesn't, unless all is unknown; "" of one that may."""
    if name in AMOUNTS:
        return "" if dtype.is_decimal() or dtype.is_integer() else _MONEY
    if name in SECONDS:
        return "" if dtype.is_numeric() else _SECONDS
    if name not in INSTANTS and name not in WALL_CLOCK:
        return "text" if dtype == nw.Unknown or dtype.is_nested() or dtype.is_temporal() or dtype == nw.Boolean else ""
    if not isinstance(dtype, nw.Datetime):
        return _TIMES
    if name in INSTANTS:
        return "" if dtype.time_zone is not None else "times with their zone (UTC)"
    # But in polars, a column has no zone of its own: it would be read by the clock of the session.
    return "" if is_polars or dtype.time_zone is None else "times without a zone (TIMESTAMP, in Spark TIMESTAMP_NTZ)"


def _is_fraction(name: str, dtype: nw.dtypes.DType) -> bool:
    """Return whether a column of text holds numbers of a type that has fractions."""
    is_text = name not in (*AMOUNTS, *SECONDS, *INSTANTS, *WALL_CLOCK)
    return is_text and (dtype.is_float() or dtype.is_decimal())


def _facts(frame: nw.LazyFrame[Any], schema: Schema, odd: Iterable[str], scale: int) -> dict[str, Any]:
    """Return what has to be known of the values, nothing of a frame whose types say it all."""
    wanted = {f"known {name}": nw.col(name).count() for name in odd}
    for name, dtype in schema.items():
        if name in odd:
            continue
        if (name in SECONDS and dtype not in _SHORT) or _is_fraction(name, dtype):
            wanted[f"broken {name}"] = _broken(name, dtype).fill_null(value=False).cast(nw.Int64()).sum()
        if name in AMOUNTS and _digits(dtype, scale) > _NARROW:
            wanted |= {f"least {name}": nw.col(name).min(), f"most {name}": nw.col(name).max(), "calls": nw.len()}
    if not wanted:
        return {}
    found = spark.collected(frame.select(*(each.alias(name) for name, each in wanted.items())))
    return dict(zip(found.columns, found.row(0), strict=True))


def _broken(name: str, dtype: nw.dtypes.DType) -> nw.Expr:
    """Return of which calls the seconds are none of 64 bits, or none that are whole."""
    value = nw.col(name).fill_nan(None) if dtype.is_float() else nw.col(name)
    long = value.cast(nw.Float64())
    is_long = (long >= _LONG) | (long < -_LONG)
    return is_long if dtype.is_integer() else is_long | (value != value.round())


def _digits(dtype: nw.dtypes.DType, scale: int) -> int:
    """Return how many digits an amount of this type can have, in units of the scale."""
    if isinstance(dtype, nw.Decimal):
        return dtype.precision - dtype.scale + scale
    return next((digits for kind, digits in _DIGITS.items() if dtype == kind), _WIDEST) + scale


def _units(amount: Any, scale: int) -> int:
    above, below = amount.as_integer_ratio()
    return int(above * 10**scale // below)


def _typed(name: str, dtype: nw.dtypes.DType, scale: int, *, is_polars: bool) -> nw.Expr:
    column = nw.col(name)
    if name in AMOUNTS:
        digits = _digits(dtype, scale)
        if isinstance(dtype, nw.Decimal) and dtype.scale == scale and digits <= _NARROW:
            return column
        return column.cast(nw.Decimal(digits if digits <= _NARROW else PRECISION, scale))
    if name in SECONDS:
        column = column.fill_nan(None) if dtype.is_float() else column
        return column if dtype == nw.Int64 else column.cast(nw.Int64())
    if name in INSTANTS:
        # Polars compares times of one zone only; other engines' are instants.
        return column.dt.convert_time_zone("UTC") if is_polars else column
    if name in WALL_CLOCK:
        return column if getattr(dtype, "time_zone", None) is None else column.dt.replace_time_zone(None)
    if _is_fraction(name, dtype):
        column = (column.fill_nan(None) if dtype.is_float() else column).cast(nw.Int64())
    return column if isinstance(dtype, nw.String | nw.Categorical | nw.Enum) else column.cast(nw.String())


def _type_of_nothing(name: str, scale: int, *, is_polars: bool) -> nw.dtypes.DType:
    if name in AMOUNTS:
        return nw.Decimal(_NARROW, scale)
    if name in SECONDS:
        return nw.Int64()
    if name in INSTANTS and is_polars:
        return nw.Datetime("us", "UTC")
    # Other engines make instants of the session's zone only; nothing is the same in every zone.
    return nw.Datetime("us") if name in INSTANTS or name in WALL_CLOCK else nw.String()
