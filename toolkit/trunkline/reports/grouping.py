"""Calls counted and summed by what they have in common: by the codes of their columns, or by a lazy frame's engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from .coded import Codes, Numbers, added, cells, summed
from .columns import odd_kinds, unknown_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from .coded import Coded, Integers, Mask
    from .engine import Asked
    from .frames import Calls

type Group = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What calls can be grouped by: the column it comes from, how, and what the result is.

    Lazy frames are grouped by the expression, and `relabel` then works on the few values that there are. Others are
    grouped by the codes, without a function for them by those of the column, relabelled. `also` are other columns that
    both read.
    """

    column: str
    dtype: pa.DataType
    expression: Callable[[nw.Expr], nw.Expr] = lambda column: column
    relabel: Callable[[Any], Any] | None = None
    also: tuple[str, ...] = ()
    codes: Callable[[Coded], Codes] | None = None

    def of(self, coded: Coded) -> Codes:
        """Return the codes of the calls."""
        if self.codes is not None:
            return self.codes(coded)
        found, relabel = coded.text(self.column), self.relabel
        return found if relabel is None else coded.kept(self, lambda: found.relabelled(relabel, self.dtype))


@dataclass(frozen=True, slots=True)
class Sum:
    """What is added up in each group, whole numbers or amounts: of lazy frames an expression, of others numbers."""

    expression: nw.Expr
    numbers: Callable[[Calls], Numbers]


@dataclass(frozen=True, slots=True)
class Only:
    """Which calls are grouped: of lazy frames an expression, of others a mask."""

    expression: nw.Expr
    mask: Callable[[Coded], Mask]


@dataclass(frozen=True, slots=True)
class Cells:
    """The combinations of keys that occur, as codes, with how many calls each has, and the sums.

    Sums are 64-bit integers or Python's, amounts in units of the calls' scale.
    """

    keys: tuple[Codes, ...]
    calls: NDArray[np.int64]
    sums: tuple[Integers, ...]

    def groups(self, number: int) -> Groups:
        """Return the groups by the first keys."""
        size = len(self.calls)
        index, count, found = cells(self.keys[:number], size)
        used = np.flatnonzero(count)
        place = np.zeros(len(count), np.intp)
        place[used] = np.arange(len(used))
        return Groups(tuple(part.of(used) for part in found), place[index], len(used))


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups, as the codes of their keys; `index` is the group of each cell."""

    keys: tuple[Codes, ...]
    index: NDArray[np.intp]
    size: int

    def names(self, chosen: Sequence[int] | NDArray[np.intp] | None = None) -> list[Group]:
        """Return the values of the keys of each group, or of the chosen ones."""
        rows = np.arange(self.size) if chosen is None else np.asarray(chosen, np.intp)
        return (
            list(zip(*(part.of(rows).values() for part in self.keys), strict=True)) if self.keys else [()] * len(rows)
        )

    def total(self, values: Integers, cells: NDArray[np.intp] | None = None) -> Integers:
        """Return the sum of the cells of each group, or of those chosen."""
        if cells is None:
            return added(values, self.index, self.size)
        return added(values[cells], self.index[cells], self.size)


def grouped(calls: Calls, keys: Sequence[Key], sums: Sequence[Sum] = (), only: Only | None = None) -> Cells:
    """Return the calls counted and summed by every combination of these keys that occurs."""
    if calls.asked is not None:
        return _by_engine(calls.asked, keys, sums, only)
    if only is not None and calls.coded.once and any(calls.coded.is_plain(key.column) for key in keys):
        calls, only = calls.only(only.mask), None
    parts = [key.of(calls.coded) for key in keys]
    values = [each.numbers(calls) for each in sums]
    size = len(calls.coded)
    if only is not None:
        rows = np.flatnonzero(only.mask(calls.coded))
        parts, size = [part.of(rows) for part in parts], len(rows)
        values = [Numbers(each.values[rows], None, each.most) for each in values]
    cell, count, found = cells(parts, size)
    used = np.flatnonzero(count)
    totals = tuple(summed(each, cell, len(count))[used] for each in values)
    return Cells(tuple(part.of(used) for part in found), count[used], totals)


def _by_engine(asked: Asked, keys: Sequence[Key], sums: Sequence[Sum], only: Only | None) -> Cells:
    by = {f"_key{number}": key.expression(nw.col(key.column)) for number, key in enumerate(keys)}
    values = {f"_sum{number}": each.expression for number, each in enumerate(sums)}
    found, totals = asked.sums(by, values, None if only is None else only.expression)
    return Cells(
        tuple(_codes(key, found[name]) for key, name in zip(keys, by, strict=True)),
        found["_calls"].cast(nw.Int64()).to_numpy(),
        tuple(totals[name] for name in values),
    )


def _codes(key: Key, column: nw.Series[Any]) -> Codes:
    array = column.to_arrow()
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    values = [*coded.dictionary.to_pylist(), None]
    # An engine's categories may be more than occur.
    if odd_kinds(key.column, coded.dictionary.take(coded.indices.drop_null().unique()).to_pylist()):
        raise unknown_kind(key.column)
    results = values if key.relabel is None else [*map(key.relabel, values[:-1]), None]
    labels = list(dict.fromkeys(result for result in results if result is not None))
    places = {label: place for place, label in enumerate(labels)} | {None: len(labels)}
    table = np.array([places[result] for result in results], np.intp)
    codes = table[coded.indices.cast(pa.int64()).fill_null(len(values) - 1).to_numpy()]
    return Codes(codes, pa.array(labels, key.dtype), bool((codes == len(labels)).any()))
