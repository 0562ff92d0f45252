"""Pairs the calls of two records by number and start, each at most once, the best pair first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trunkline import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

type _Ints = NDArray[np.int64]

# Calls to one number within a minute are few, so that all of them are looked at. Where there are more possible pairs
# than this in all, only so many neighbours by start are, on each side; what is left after they were taken is looked at
# again.
_MOST_PAIRS = 1 << 21
_NEAR = 4
UNKNOWN_TALK = -1
_NONE: NDArray[np.int64] = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Record:
    """Calls to be paired, by row: a code of number and direction, the start and the talk time in microseconds.

    `talks` has `UNKNOWN_TALK` for an unknown one. Of equally good pairs, that of the lower rows is taken.
    """

    codes: _Ints
    starts: _Ints
    talks: _Ints

    @classmethod
    def of(cls, codes: Sequence[int], starts: Sequence[int], talks: Sequence[int]) -> Record:
        """Return the record of these values."""
        return cls(*(np.array(values, dtype=np.int64) for values in (codes, starts, talks)))

    def rows(self, chosen: _Ints) -> Record:
        """Return only these rows."""
        return Record(self.codes[chosen], self.starts[chosen], self.talks[chosen])


def number_codes(column: pa.ChunkedArray, region: str | None) -> _Ints:
    """Return a code for each number, the same for two spellings of one, and one for those that are unknown.

    In E.164 (`region` is the ISO 3166 country of national numbers), otherwise as dialled.
    """
    coded = pc.dictionary_encode(column.combine_chunks(), null_encoding="encode")
    known: dict[str | None, int] = {}
    of_spelling = [
        known.setdefault(None if text is None else numbers.e164(text, region) or numbers.dial_digits(text), len(known))
        for text in coded.dictionary.to_pylist()
    ]
    found: _Ints = np.array(of_spelling, np.int64)[coded.indices.to_numpy(zero_copy_only=False)]
    return found


def pairs(one: Record, other: Record, *, within: int, talk_within: int | None = None) -> tuple[_Ints, _Ints]:
    """Return the rows of `one` and `other` that belong together, by row of `one`.

    The starts are at most `within` microseconds apart and, with `talk_within`, both talk times known and at most
    that far apart. The best pair has the least sum of both differences; an unknown talk time differs by nothing.
    Takes n·log n time: the calls of each number are looked at in the order of their starts. Where numbers have very
    many calls within that time, more than two million possible pairs in all, only the nearest starts are compared.
    """
    found: list[tuple[_Ints, _Ints]] = []
    left, right = np.arange(len(one.codes)), np.arange(len(other.codes))
    while len(left) and len(right):
        rows, others, costs = _candidates(one.rows(left), other.rows(right), within, talk_within)
        if not len(rows):
            break
        rows, others = _best(rows, others, costs)
        found.append((left[rows], right[others]))
        left, right = np.delete(left, rows), np.delete(right, others)
    mine, theirs = (np.concatenate(parts) for parts in zip((_NONE, _NONE), *found, strict=True))
    order = np.argsort(mine)
    return mine[order], theirs[order]


def _best(rows: _Ints, others: _Ints, costs: _Ints) -> tuple[_Ints, _Ints]:
    """Return pairs of which each row and each other one is in one only, those that cost least first."""
    is_only = (np.bincount(rows)[rows] == 1) & (np.bincount(others)[others] == 1)
    several = np.flatnonzero(~is_only)
    order = several[np.lexsort((others[several], rows[several], costs[several]))]
    taken: set[int] = set()
    gone: set[int] = set()
    chosen: list[int] = []
    for place, row, match in zip(order.tolist(), rows[order].tolist(), others[order].tolist(), strict=True):
        if row not in taken and match not in gone:
            taken.add(row)
            gone.add(match)
            chosen.append(place)
    places = np.concatenate((np.flatnonzero(is_only), np.array(chosen, np.int64)))
    return rows[places], others[places]


def _candidates(one: Record, other: Record, within: int, talk_within: int | None) -> tuple[_Ints, _Ints, _Ints]:
    """Return rows that may belong together and what they cost: of very many, the nearest few by start."""
    ordered = np.lexsort((other.starts, other.codes))
    place = _places(one, other)
    found: list[tuple[Any, Any, Any]] = []
    looked_at = 0
    # The places of those whose neighbours are still near enough, to the one side and to the other.
    sides = {1: np.arange(len(place)), -1: np.arange(len(place))}
    for step in range(len(ordered)):
        if step >= _NEAR and looked_at > _MOST_PAIRS:
            break
        for side, rows in sides.items():
            at = place[rows] + (step if side > 0 else -1 - step)
            inside = rows[(at >= 0) & (at < len(ordered))]
            match = ordered[place[inside] + (step if side > 0 else -1 - step)]
            gap = np.abs(other.starts[match] - one.starts[inside])
            near = (other.codes[match] == one.codes[inside]) & (gap <= within)
            inside, match, gap = inside[near], match[near], gap[near]
            sides[side] = inside
            looked_at += len(inside)
            mine, theirs = one.talks[inside], other.talks[match]
            known = (mine >= 0) & (theirs >= 0)
            talk_gap = np.where(known, np.abs(mine - theirs), 0)
            fits = np.ones(len(inside), bool) if talk_within is None else known & (talk_gap <= talk_within)
            found.append((inside[fits], match[fits], (gap + talk_gap)[fits]))
        if not any(map(len, sides.values())):
            break
    rows, others, costs = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return rows, others, costs


def _places(one: Record, other: Record) -> _Ints:
    """Return how many calls of `other` stand before each of `one`, ordered by code and start."""
    codes, starts = np.concatenate((other.codes, one.codes)), np.concatenate((other.starts, one.starts))
    is_other = np.arange(len(codes)) < len(other.codes)
    order = np.lexsort((~is_other, starts, codes))
    before = np.empty(len(codes), dtype=np.int64)
    before[order] = np.cumsum(is_other[order])
    return before[len(other.codes) :]
