"""Calls as integers: what many figures over the same calls need, made once for each column.

Text becomes codes, whole numbers and prices 64-bit integers. A figure takes `Coded(frame)` in place of the frame, and
returns what it would of the frame; without it each figure makes the codes of its columns anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .columns import (
    AMOUNTS,
    DIGITS,
    FEWER,
    PRECISION,
    array_of,
    chosen,
    engine_of,
    fits,
    kind_of,
    scale_of,
    typed,
    unreadable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

type Mask = NDArray[np.bool_]
type Integers = NDArray[Any]

_LONG = 1 << 63
_WORD = 1 << 64
_HALF, _LOW = 32, (1 << 32) - 1
_NO, _NO_OR_YES = pa.array([False]), pa.array([False, True])
_HOUR_US, _DAY_HOURS = 3_600_000_000, 24
# Where more cells than this share of the calls are possible, only those that occur are numbered.
_ROOMY, _LEAST_CELLS = 4, 1 << 16
_FEW = 1 << 8
_SOME, _MORE = 256, 16
# So many words have their bits joined at a time: those of a whole column in one pass through memory.
_LANE = 1 << 12


def listed(values: Integers | Mask) -> list[Any]:
    """Return an array of one dimension as a list."""
    return cast("list[Any]", values.tolist())


@dataclass(frozen=True, slots=True)
class Codes:
    """A value of each call as its place among the labels; `unknown` says whether some have the place after the last.

    The labels are different and may be more than occur.
    """

    codes: Integers
    labels: pa.Array
    unknown: bool

    @property
    def size(self) -> int:
        """How many codes are possible."""
        return len(self.labels) + self.unknown

    @property
    def known(self) -> Mask:
        """Which calls have a value."""
        return self.codes < len(self.labels)

    @property
    def yes(self) -> Mask:
        """Of codes made by `flag`, which calls are flagged."""
        return np.array([bool(label) for label in [*self.labels.to_pylist(), False]])[self.codes]

    def in_order(self) -> list[int]:
        """Return the codes in the order of their labels, what is unknown last."""
        order = pc.array_sort_indices(self.labels).to_pylist()
        return [*order, len(self.labels)] if self.unknown else order

    def label(self, code: int) -> Any:
        """Return the value that a code stands for, None of what is unknown."""
        return self.labels[code].as_py() if code < len(self.labels) else None

    def of(self, rows: Any) -> Codes:
        """Return the codes of these calls."""
        return Codes(self.codes[rows], self.labels, self.unknown)

    def array(self) -> pa.Array:
        """Return the value of each call, null where it is unknown."""
        return self.labels.take(pa.array(self.codes, mask=~self.known if self.unknown else None))

    def values(self) -> list[Any]:
        """Return the value of each call, None where it is unknown."""
        return cast("list[Any]", self.array().to_pylist())

    def ranks(self) -> Integers:
        """Return the place of each call's value in the order of the labels, what is unknown last."""
        rank = np.arange(self.size)
        rank[pc.array_sort_indices(self.labels).to_numpy()] = np.arange(len(self.labels))
        return cast("Integers", rank[self.codes])

    def is_in(self, *values: str) -> Mask:
        """Return which calls have one of these values."""
        codes = [place for place, label in enumerate(self.labels.to_pylist()) if label in values]
        found: Mask = np.zeros(len(self.codes), bool)
        for code in codes:
            found |= self.codes == code
        return found

    def relabelled(self, relabel: Callable[[Any], Any], dtype: pa.DataType) -> Codes:
        """Return the codes of what the function makes of each value; a value that doesn't occur isn't asked for."""
        used = self._used()
        results = [relabel(value) for value in Codes(used, self.labels, self.unknown).values()]
        labels = list(dict.fromkeys(result for result in results if result is not None))
        places = {label: place for place, label in enumerate(labels)} | {None: len(labels)}
        table = np.zeros(self.size, _narrowest(len(labels)))
        table[used] = [places[result] for result in results]
        return Codes(table.take(self.codes), pa.array(labels, type=dtype), None in results)

    def _used(self) -> NDArray[np.intp]:
        """Return the codes that occur, or all of few numbers and days: asking for these takes less than a search."""
        few = _ROOMY * self.size <= len(self.codes) and not pa.types.is_string(self.labels.type)
        return np.arange(self.size) if few else np.flatnonzero(np.bincount(self.codes, minlength=self.size))

    def where(self, chosen: Mask) -> Codes:
        """Return the codes of the chosen calls; those of the others are unknown."""
        unknown = len(self.labels)
        codes = np.where(chosen, self.codes, _narrowest(unknown)(unknown))
        return Codes(codes, self.labels, self.unknown or not bool(chosen.all()))

    def otherwise(self, chosen: Mask, other: Codes) -> Codes:
        """Return these codes of the chosen calls, and the other ones of the others."""
        both = pa.concat_arrays([self.labels, other.labels.cast(self.labels.type)]).dictionary_encode()
        places, labels = both.indices.to_numpy(zero_copy_only=False), both.dictionary
        kind = _narrowest(len(labels))
        own, others = (
            np.append(part, len(labels)).astype(kind)
            for part in (places[: len(self.labels)], places[len(self.labels) :])
        )
        codes = np.where(chosen, own.take(self.codes), others.take(other.codes))
        return Codes(codes, labels, self.unknown or other.unknown)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A whole number of each call, 0 where it is unknown: 64 bits, or Python's where those are too few.

    `known` is None where all are known. No absolute value is greater than `most`, which may be more.
    """

    values: Integers
    known: Mask | None
    most: int

    @property
    def unknown(self) -> Mask | None:
        """Which calls have no number, None where all have."""
        return None if self.known is None else ~self.known

    def list_of(self, rows: NDArray[np.intp]) -> list[int | None]:
        """Return the numbers of these calls, None where they are unknown."""
        values = listed(self.values[rows])
        known = [True] * len(values) if self.known is None else listed(self.known[rows])
        return [value if some else None for value, some in zip(values, known, strict=True)]

    def times(self, factor: int) -> Numbers:
        """Return the numbers multiplied."""
        if factor == 1:
            return self
        most = self.most * factor
        values = self.values if most < _LONG else self.values.astype(object)
        return Numbers(values * factor, self.known, most)


def numbers(values: Integers, known: Mask | None = None) -> Numbers:
    """Return the numbers; `values` are 0 where they aren't known."""
    most = max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0
    return Numbers(values, known, most)


def flag(mask: Mask | None, size: int) -> Codes:
    """Return codes of yes (1) and no (0); None stands for no of all calls."""
    if mask is None or not mask.any():
        return Codes(np.zeros(size, np.uint8), _NO, unknown=False)
    return Codes(mask.view(np.uint8), _NO_OR_YES, unknown=False)


def coded_numbers(found: Numbers) -> Codes:
    """Return numbers of 64 bits as codes."""
    values, known = found.values, found.known
    if not len(values):
        return Codes(np.zeros(0, np.uint8), pa.array([], pa.int64()), unknown=False)
    least, span = int(values.min()), int(values.max()) - int(values.min()) + 1
    if span <= _ROOMY * max(len(values), _LEAST_CELLS):
        labels: Integers = np.arange(least, least + span)
        codes: Integers = (values - least).astype(_narrowest(span))
    else:
        labels, places = np.unique(values, return_inverse=True)
        codes = places.astype(_narrowest(len(labels)))
    if known is not None:
        codes[~known] = len(labels)
    return Codes(codes, pa.array(labels), unknown=known is not None)


def _narrowest(most: int) -> type[Any]:
    if most < 1 << 8:
        return np.uint8
    if most < 1 << 16:
        return np.uint16
    return np.uint32 if most < 1 << 32 else np.uint64


def cells(parts: Iterable[Codes], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], list[Codes]]:
    """Return the number of each call's combination of codes, how many calls each has, and the codes of each.

    Combinations are numbered so that equal ones have equal numbers; those that don't occur have no calls, and may
    have any codes.
    """
    listed = list(parts)
    total = prod(max(part.size, 1) for part in listed)
    if total > _ROOMY * max(size, _LEAST_CELLS):
        return _few_cells(listed, size)
    # Small integers are quicker to compute with.
    kind = _narrowest(total)
    narrow: Integers | None = None
    for part in listed:
        if part.size > 1:
            own = part.codes.astype(kind, copy=False)
            narrow = own if narrow is None else narrow * kind(part.size) + own
    cell: NDArray[np.intp] = np.broadcast_to(np.intp(0), size) if narrow is None else narrow.astype(np.intp)
    count = np.array([size]) if narrow is None else np.bincount(cell, minlength=total)
    rest: Integers = np.arange(total)
    found: list[Codes] = []
    for part in reversed(listed):
        rest, own = np.divmod(rest, max(part.size, 1))
        found.append(Codes(own, part.labels, part.unknown))
    return cell, count, found[::-1]


def _few_cells(parts: list[Codes], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], list[Codes]]:
    """Return what `cells` does, with only the combinations that occur."""
    cell: NDArray[np.intp] = np.zeros(size, np.intp)
    first: NDArray[np.intp] = np.zeros(0, np.intp)
    for part in parts:
        _, first, cell = np.unique(cell * part.size + part.codes, return_index=True, return_inverse=True)
    return cell, np.bincount(cell, minlength=len(first)), [part.of(first) for part in parts]


def summed(found: Numbers, cell: NDArray[np.intp], size: int) -> Integers:
    """Return the exact sum of each cell: 64 bits, or Python's integers where those could be too few."""
    if not found.most:
        return np.zeros(size, np.int64)
    if found.values.dtype == object or found.most * max(len(cell), 1) < _LONG:
        return added(found.values, cell, size)
    low, high = (added(half, cell, size).astype(object) for half in (found.values & _LOW, found.values >> _HALF))
    whole: Integers = high * (1 << _HALF) + low
    return whole


def added(values: Integers, cell: NDArray[np.intp], size: int) -> Integers:
    """Return the sum of each cell, in the type of the values."""
    if size == 1:
        return np.array([values.sum()], values.dtype)
    total = np.zeros(size, values.dtype)
    np.add.at(total, cell, values)
    return total


def least(rows: NDArray[np.intp], values: Integers, top: int) -> NDArray[np.intp]:
    """Return the rows with the `top` least values, and all whose value equals the last of them."""
    if len(rows) <= top:
        return rows
    if top < 1:
        return rows[:0]
    ordered = np.sort(values) if values.dtype == object else np.partition(values, top - 1)
    chosen: Mask = values <= ordered[top - 1]
    return rows[chosen]


class Coded:
    """A frame of calls whose columns are made integers when a figure first asks for them, and kept.

    Takes a pandas or polars DataFrame or a pyarrow Table, and stands for it wherever a figure takes a frame. The frame
    must not be edited as long as this is used. Whatever a column can't be read as is a `DataError` of the figure.
    `once` says that the codes are for a single figure, which then has no more coded than it needs.
    """

    def __init__(self, frame: Any, *, once: bool = False) -> None:
        self.frame = frame.to_native() if isinstance(frame, nw.DataFrame) else frame
        engine = engine_of(self.frame)
        self._engine = self.data.implementation if engine is None else engine
        if self._engine.is_pyarrow():
            names = self.frame.column_names
        else:
            names = self.data.columns if engine is None else self.frame.columns
        self.names: tuple[Any, ...] = tuple(names)
        """The names of the columns."""
        self.once = once
        self._made: dict[Any, Any] = {}
        self._rows: Mask | None = None

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.frame) if self._rows is None else int(np.count_nonzero(self._rows))

    @cached_property
    def data(self) -> nw.DataFrame[Any]:
        """The frame as one of narwhals."""
        return nw.from_native(self.frame, eager_only=True)

    def where(self, chosen: Mask) -> Coded:
        """Return the chosen calls alone, for a single figure."""
        part = Coded(self.frame, once=True)
        part._rows = chosen
        return part

    def _chosen(self, array: pa.Array) -> pa.Array:
        return array if self._rows is None else array.filter(self.kept("rows", lambda: pa.array(self._rows)))

    def kept[T](self, name: Any, make: Callable[[], T]) -> T:
        """Return what was made under this name, or make it."""
        if name not in self._made:
            self._made[name] = make()
        return cast("T", self._made[name])

    def array(self, name: str) -> pa.Array:
        """Return a column other than an amount in its type."""
        return self.kept(("array", name), lambda: self._array(name))

    def _array(self, name: str) -> pa.Array:
        if self._fits(name):
            return self._chosen(self._given(name))
        changed = typed(chosen(self.data, [name]), name, 0)
        return self._chosen(array_of(changed.get_column(name).to_native(), name, changed.implementation))

    def _fits(self, name: str) -> bool:
        return self.kept(("fits", name), lambda: fits(self._kind(name), name))

    def _kind(self, name: str) -> nw.dtypes.DType:
        return kind_of(self._series(name).dtype if self._engine.is_polars() else self._given(name).type)

    def _series(self, name: str) -> Any:
        return self.frame[name]

    def _given(self, name: str) -> pa.Array:
        """Return a column as it is in the frame."""
        return self.kept(("given", name), lambda: array_of(self._series(name), name, self._engine))

    def values(self, name: str, rows: NDArray[np.intp]) -> list[Any]:
        """Return a column other than an amount at these rows."""
        return cast("list[Any]", self.array(name).take(pa.array(rows)).to_pylist())

    def check(self, name: str) -> None:
        """Raise `DataError` if the column can't be read."""
        if self._fits(name):
            return
        if name in AMOUNTS:
            self._price(name)
        else:
            self.array(name)

    def scale(self, names: Iterable[str]) -> int:
        """Return how many decimal digits the amounts among these columns have."""
        return max((self.digits(name) for name in names if name in AMOUNTS), default=0)

    def digits(self, name: str) -> int:
        """Return how many decimal digits the amounts of a column have."""
        if not self._fits(name):
            return self._price(name)[1]
        return scale_of([self._kind(name)])

    def text(self, name: str) -> Codes:
        """Return the codes of a column of text; all are unknown of one that isn't there."""
        if name not in self.names:
            return Codes(np.broadcast_to(np.uint8(0), len(self)), pa.array([], pa.string()), unknown=True)
        return self.kept(("text", name), lambda: self._text(name))

    def _text(self, name: str) -> Codes:
        if not self._engine.is_polars() or not self._fits(name):
            return _text(self.array(name))
        series = self._chosen_of(self._series(name))
        if not isinstance(self._kind(name), nw.Categorical):
            return _of_views(series)
        return _of_categories(series, self._chosen_of(self._physical()[name]).to_arrow())

    def _chosen_of(self, series: Any) -> Any:
        return series if self._rows is None else series.filter(self._rows)

    def _physical(self) -> Any:
        """Return the numbers of all categoricals of a frame of polars: one by one, each takes as long."""

        def numbers_of() -> Any:
            import polars as pl  # noqa: PLC0415 - who brings another frame need not have polars

            return self.frame.select_seq(pl.col(pl.Categorical).to_physical())

        return self.kept("physical", numbers_of)

    def is_plain(self, name: str) -> bool:
        """Return whether a column is text without codes of its own, which takes longest to code."""
        return name in self.names and isinstance(self._kind(name), nw.String)

    def either(self, chosen: Mask, name: str, other: str) -> Codes:
        """Return the codes of one column of text for the chosen calls, and of another one for the others."""
        if self.once and self.is_plain(name) and self.is_plain(other):
            return self._either(chosen, name, other)
        return self.text(name).otherwise(chosen, self.text(other))

    def _either(self, chosen: Mask, name: str, other: str) -> Codes:
        if self._engine.is_polars() and self._rows is None:
            first, second = self._series(name), self._series(other)
            return _of_views(first.zip_with(type(first)(chosen), second))
        pair = (self.array(each).cast(pa.large_string()) for each in (name, other))
        return _text(pc.if_else(pa.array(chosen), *pair))

    def whole(self, name: str) -> Numbers:
        """Return a column of seconds as integers; those below zero are unknown."""
        return self.kept(("whole", name), lambda: self._seconds(name))[0]

    def below(self, name: str) -> Mask | None:
        """Return which seconds are below zero, None where none are."""
        return self.kept(("whole", name), lambda: self._seconds(name))[1]

    def _seconds(self, name: str) -> tuple[Numbers, Mask | None]:
        values, known = _integers(self.array(name))
        if not len(values) or values.min() >= 0:
            return Numbers(values, known, int(values.max()) if len(values) else 0), None
        below = values < 0
        return numbers(np.where(below, 0, values), ~below if known is None else known & ~below), below

    def times(self, name: str) -> Numbers:
        """Return a column of times as microseconds since 1970."""
        return self.kept(("times", name), lambda: Numbers(*_integers(self.array(name)), _LONG - 1))

    def day(self) -> Codes:
        """Return the local day of each call."""
        return self.kept("day", self._day)

    def _day(self) -> Codes:
        hours, first = self._hours()
        found = coded_numbers(Numbers(hours // _DAY_HOURS, self.times("started_local").known, _LONG - 1))
        days = found.labels.to_numpy().astype(np.int32) + np.int32(first)
        return Codes(found.codes, pa.array(days).cast(pa.date32()), found.unknown)

    def _hours(self) -> tuple[Integers, int]:
        """Return the local hour of each call, counted from a day on, and that day since 1970.

        So they are small integers, which are quick to compute with.
        """

        def hours() -> tuple[Integers, int]:
            found = self.times("started_local").values // _HOUR_US
            first = int(found.min()) // _DAY_HOURS if len(found) else 0
            found -= first * _DAY_HOURS
            return found.astype(_narrowest(int(found.max()) if len(found) else 0)), first

        return self.kept("hours", hours)

    def of_days(self, number: Callable[[Integers], Integers], label: Callable[[int], Any], dtype: pa.DataType) -> Codes:
        """Return the codes of what local days have in common: a number of their numbers since 1970, and its label."""
        day = self.day()
        numbers_of, places = np.unique(number(day.labels.cast(pa.int32()).to_numpy()), return_inverse=True)
        table = np.append(places, len(numbers_of)).astype(_narrowest(len(numbers_of)))
        return Codes(table.take(day.codes), pa.array(map(label, listed(numbers_of)), dtype), day.unknown)

    def hour(self) -> Codes:
        """Return the local hour of the day of each call."""
        return self.kept("hour", self._hour)

    def _hour(self) -> Codes:
        hours, _ = self._hours()
        known = self.times("started_local").known
        of_day = (hours - hours // _DAY_HOURS * _DAY_HOURS).astype(np.uint8)
        if known is not None:
            of_day[~known] = _DAY_HOURS
        return Codes(of_day, pa.array(range(_DAY_HOURS), pa.int64()), known is not None)

    def price(self, name: str, scale: int) -> Numbers:
        """Return a column of amounts in units of so many decimal digits."""
        units, digits = self._price(name)
        found = units.times(10 ** (scale - digits))
        if found.most >= 10**PRECISION <= numbers(found.values).most:
            raise unreadable(name, FEWER)
        return found

    def amount(self, name: str) -> Numbers:
        """Return a column of amounts in units of its own decimal digits."""
        return self._price(name)[0]

    def _price(self, name: str) -> tuple[Numbers, int]:
        return self.kept(("price", name), lambda: _amounts(self._chosen(self._given(name)), name))


def as_type(array: pa.Array, dtype: pa.DataType, *, safe: bool = True) -> pa.Array:
    """Return the values in a type; Arrow takes a while even where they are in it."""
    return array if array.type == dtype else array.cast(dtype, safe=safe)


def _mask(column: pa.Array) -> Mask | None:
    """Return which values there are, None where all are."""
    return pc.is_valid(column).to_numpy(zero_copy_only=False) if column.null_count else None


def _integers(array: pa.Array) -> tuple[Integers, Mask | None]:
    """Return whole numbers or microseconds, 0 where they are unknown, and which are known."""
    known = _mask(array)
    whole = array.view(pa.int64()) if pa.types.is_timestamp(array.type) else as_type(array, pa.int64())
    return (whole if known is None else whole.fill_null(0)).to_numpy(), known


def _of_categories(series: Any, own: pa.Array) -> Codes:
    """Return the codes of a categorical of polars, which would decode it for Arrow; `own` are those that it has itself.

    These are of all categories of the process. Those that occur are found in some calls first, and then in more of the
    calls whose code wasn't among them.
    """
    if own.null_count == len(own):
        return Codes(np.zeros(len(own), np.uint8), pa.array([], pa.string()), unknown=len(own) > 0)
    known = own.drop_null().to_numpy() if own.null_count else own.to_numpy()
    absent = int(known.max()) + 1
    values = own.fill_null(absent).to_numpy() if own.null_count else known
    row_of: dict[int, int] = {}
    some = _SOME
    rows: NDArray[np.intp] = np.arange(min(some, len(values)))
    while True:
        for row, code in zip(listed(rows), listed(values[rows]), strict=True):
            row_of.setdefault(code, row)
        row_of.pop(absent, None)
        kind = _narrowest(len(row_of) + 1)
        # A category that wasn't met has a code that no other one can have.
        missing = np.iinfo(kind).max
        table = np.full(absent + 1, missing, kind)
        table[list(row_of)] = np.arange(len(row_of))
        table[absent] = len(row_of)
        # No code is beyond the table: clipping takes less than looking for such.
        codes = table.take(values, mode="clip")
        if codes.max() < missing:
            found = list(row_of.values())
            labels = [series[row] for row in found] if len(found) < _FEW else series[found].to_list()
            return Codes(codes, pa.array(labels, pa.string()), own.null_count > 0)
        some *= _MORE
        rows = np.flatnonzero(codes == missing)[:some]


def _of_views(series: Any) -> Codes:
    """Return the codes of text of polars, which would copy it for the types that Arrow mostly takes."""
    import polars as pl  # noqa: PLC0415 - who brings another frame need not have polars

    return _text(series.to_arrow(compat_level=pl.CompatLevel.newest()))


def _text(array: pa.Array) -> Codes:
    is_coded = pa.types.is_dictionary(array.type)
    coded = array if is_coded else array.dictionary_encode()
    labels, indices = as_type(coded.dictionary, pa.string()), coded.indices
    unknown, has_unknown = len(labels), bool(indices.null_count)
    kind = _narrowest(unknown)
    if has_unknown:
        codes = as_type(indices, pa.from_numpy_dtype(kind), safe=False).fill_null(unknown).to_numpy()
    else:
        codes = indices.to_numpy().astype(kind, copy=False)
    found = Codes(codes, labels, has_unknown)
    # A given dictionary may hold a value twice, or none; an engine's categories may be those of other frames, too.
    if not is_coded or (unknown < max(_FEW, len(codes)) and _are_different(labels)):
        return found
    return found.relabelled(lambda value: value, pa.string())


def _are_different(labels: pa.Array) -> bool:
    """Return whether no value is there twice, and none is null."""
    if len(labels) > _FEW:
        encoded = labels.dictionary_encode()
        return len(encoded.dictionary) == len(labels)
    values = set(labels.to_pylist())
    return len(values) == len(labels) and None not in values


def _amounts(array: pa.Array, name: str) -> tuple[Numbers, int]:
    """Return the units of a column of amounts, and how many decimal digits they have."""
    kind = array.type
    digits = kind.scale if pa.types.is_decimal(kind) else 0
    nothing = array.null_count == len(array)
    if not (nothing or pa.types.is_decimal(kind) or pa.types.is_integer(kind)):
        # A float has lost the exact price already.
        raise unreadable(name, "exact decimals or integers")
    if nothing:
        return Numbers(np.zeros(len(array), np.int64), np.zeros(len(array), bool), 0), digits
    if not pa.types.is_decimal128(kind):
        try:
            array = array.cast(pa.decimal128(DIGITS, digits))
        except (pa.ArrowException, ValueError):
            raise unreadable(name, FEWER) from None
    words = np.frombuffer(array.buffers()[1], np.int64)[2 * array.offset :][: 2 * len(array)]
    known = _mask(array)
    if known is None:
        low_bits, high_bits = _bits(words)
        if low_bits >= 0 and not high_bits:
            return Numbers(words[::2].copy(), None, low_bits), digits
    low, high = np.ascontiguousarray(words[::2]), words[1::2]
    if known is not None:
        low, high = (np.where(known, word, 0) for word in (low, high))
    # The high word of 64 bits is that of their sign.
    if (high == low >> 63).all():
        return numbers(low, known), digits
    return numbers(high.astype(object) * _WORD + low.view(np.uint64).astype(object), known), digits


def _bits(words: Integers) -> tuple[int, int]:
    """Return which bits any of the first, third, ... words has, and any of the others; no word has more."""
    whole = len(words) - len(words) % _LANE
    lanes = np.bitwise_or.reduce(words[:whole].reshape(-1, _LANE))
    first, second = (
        int(np.bitwise_or.reduce(lanes[at::2]) | np.bitwise_or.reduce(words[whole + at :: 2])) for at in (0, 1)
    )
    return first, second
