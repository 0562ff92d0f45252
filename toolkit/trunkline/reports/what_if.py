"""The same calls under other rate cards: what they would cost, and what the increments cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline import exact

from .distinct import distinct, plain
from .frames import read
from .groups import columns, in_order, keys
from .rating import Rating

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from trunkline.rates import CardRate, RateCard

    from .frames import Calls
    from .grouping import Key

_N, _TEXT = pa.int64(), pa.string()


class _Row(NamedTuple):
    """A call of the frame."""

    direction: str | None
    status: str | None
    source: str | None
    destination: str | None
    started_at: datetime | None
    talk_s: int | None
    price: Decimal | None
    currency: str | None


@dataclass(slots=True)
class _Sums:
    """What a group of calls costs under a card: all calls, and those with a price to compare."""

    left_out: int = 0
    calls: int = 0
    compared: int = 0
    charged: Decimal = Decimal(0)
    cost: Fraction = Fraction(0)
    by_second: Fraction = Fraction(0)
    comparable: Fraction = Fraction(0)


class _Terms:
    """What calls cost under a card. What was calculated is kept, because talk times recur in every group."""

    def __init__(self, card: RateCard) -> None:
        self._card = card
        self._by_second = {id(rate): replace(rate, first=1, step=1) for rate in card.rates}
        self._known: dict[tuple[int, int], tuple[Fraction, Fraction]] = {}

    def of(self, rate: CardRate, talk: int) -> tuple[Fraction, Fraction]:
        """Return what a call adds to an invoice, by the increments of the rate and by second."""
        key = id(rate), talk
        if key not in self._known:
            each = self._card.counted(rate.exact(talk)), self._card.counted(self._by_second[id(rate)].exact(talk))
            self._known[key] = each
        return self._known[key]


def by_card[F](frame: F, cards: Iterable[RateCard], *, by: str | Iterable[str] = (), region: str | None = None) -> F:
    """Return what the calls would cost under each card, a row for each group and card, in the card's currency.

    `by` names keys of `groups.KEYS`, such as `day` or `destination`. `calls` are those that the card charges and has a
    rate for (calls without talk cost 0); `left_out` are those of its directions whose cost is unknown. `cost` is
    rounded as the card says, sums for each group. `by_second` is the cost with the increments 1/1, and `increments` =
    cost - by_second. Of the `compared` calls the price is known, in the currency of the card: `charged` is their price,
    and `difference` = their cost under the card - charged, negative where the card is cheaper. Without one to
    compare both are unknown. `region` is the ISO 3166 country of numbers without a country code.
    """
    chosen = keys(by)
    calls = read(frame, *_Row._fields, *columns(chosen))
    table = plain(calls.data.select(*_Row._fields).to_arrow())
    cells, groups = _grouped(calls, chosen)
    cards = list(cards)
    found: list[tuple[Any, ...]] = []
    for card in cards:
        sums = _sums(table, groups, card, region)
        found += [(*(column[group] for column in cells), *_line(card, own)) for group, own in sums.items()]
    width = len(chosen)
    found.sort(key=lambda row: in_order(row[:width]))
    money = calls.money(max((card.decimals for card in cards), default=0))
    schema = {name: key.dtype for name, key in chosen.items()} | {"card": _TEXT, "currency": _TEXT}
    schema |= {"calls": _N, "left_out": _N} | dict.fromkeys(("cost", "by_second", "increments"), money)
    return cast("F", calls.emit(schema | {"compared": _N, "charged": money, "difference": money}, found))


def _grouped(calls: Calls, by: Mapping[str, Key]) -> tuple[list[list[Any]], NDArray[np.int64]]:
    """Return the cells of each group by key, and the group of each call."""
    if not by:
        return [], np.zeros(len(calls.data), np.int64)
    keyed = calls.data.select(*(key.expression(nw.col(key.column)).alias(name) for name, key in by.items())).to_arrow()
    relabelled = []
    for name, key in by.items():
        # Several values can have one label, as the days of a month do.
        known = pc.dictionary_encode(keyed[name].combine_chunks(), null_encoding="encode")
        values = [value if key.relabel is None else key.relabel(value) for value in known.dictionary.to_pylist()]
        relabelled.append((pa.array(values, key.dtype), known.indices.cast(pa.int64())))
    columns = [pa.chunked_array([labels.take(indices)]) for labels, indices in relabelled]
    groups, first = distinct(columns) if len(keyed) else (np.empty(0, np.int64), np.empty(0, np.int64))
    return [column.take(pa.array(first)).to_pylist() for column in columns], groups


def _sums(table: pa.Table, groups: NDArray[np.int64], card: RateCard, region: str | None) -> dict[int, _Sums]:
    """Return the sums of each group. Calls that are rated and charged alike are rated once."""
    rating, terms = Rating(card, region), _Terms(card)
    is_charged = pc.is_in(table["direction"], pa.array(sorted(rating.directions), _TEXT))
    chosen = np.flatnonzero(pc.fill_null(is_charged, False).to_numpy())
    found: defaultdict[int, _Sums] = defaultdict(_Sums)
    if not len(chosen):
        return found
    own = table.take(pa.array(chosen))
    number, start = rating.kinds(own)
    names = ("direction", "status", "talk_s", "currency", "price")
    kinds, first = distinct((groups[chosen], number, start, *(own[name] for name in names)))
    columns = own.take(pa.array(first)).columns
    rows = map(_Row._make, zip(*(column.to_pylist() for column in columns), strict=True))
    for row, group, count in zip(rows, map(int, groups[chosen][first]), map(int, np.bincount(kinds)), strict=True):
        sums = found[group]
        rate, missing = rating.rate(row)
        if missing is not None:
            sums.left_out += count
            continue
        cost, by_second = (Fraction(0), Fraction(0)) if rate is None else terms.of(rate, row.talk_s or 0)
        sums.calls += count
        sums.cost += cost * count
        sums.by_second += by_second * count
        if row.price is not None and row.currency == card.currency:
            sums.compared += count
            sums.comparable += cost * count
            sums.charged = exact.add(sums.charged, exact.times(row.price, count))
    return found


def _line(card: RateCard, sums: _Sums) -> tuple[Any, ...]:
    cost, by_second, compared = (card.invoiced(each).amount for each in (sums.cost, sums.by_second, sums.comparable))
    return (
        card.name, card.currency, sums.calls, sums.left_out, cost, by_second, exact.subtract(cost, by_second),
        sums.compared,
        *((sums.charged, exact.subtract(compared, sums.charged)) if sums.compared else (None, None)),
    )  # fmt: skip
