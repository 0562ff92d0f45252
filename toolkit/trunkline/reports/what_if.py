"""The same calls under other rate cards: what they would cost, and what the increments cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import narwhals as nw
import pyarrow as pa

from .frames import read
from .groups import columns, in_order, keys
from .rating import Rating

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from trunkline.rates import CardRate, RateCard

    from .grouping import Group

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
    """What a group of calls costs under a card: exact charges, of all and of those with a price to compare."""

    left_out: int = 0
    exact: list[Fraction] = field(default_factory=list)
    by_second: list[Fraction] = field(default_factory=list)
    compared: list[Fraction] = field(default_factory=list)
    charged: Decimal = Decimal(0)


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
    rows = [_Row._make(row) for row in zip(*(calls.data[name].to_list() for name in _Row._fields), strict=True)]
    groups: list[Group] = [()] * len(rows)
    if chosen:
        keyed = calls.data.select(*(key.expression(nw.col(key.column)).alias(name) for name, key in chosen.items()))
        cells = [
            [value if key.relabel is None else key.relabel(value) for value in keyed[name].to_list()]
            for name, key in chosen.items()
        ]
        groups = list(zip(*cells, strict=True))
    cards = list(cards)
    found: list[tuple[Any, ...]] = []
    for card in cards:
        found += [(*group, *_line(card, sums)) for group, sums in _sums(rows, groups, card, region).items()]
    width = len(chosen)
    found.sort(key=lambda row: in_order(row[:width]))
    money = calls.money(max((card.places for card in cards), default=0))
    schema = {name: key.dtype for name, key in chosen.items()} | {"card": _TEXT, "currency": _TEXT}
    schema |= {"calls": _N, "left_out": _N} | dict.fromkeys(("cost", "by_second", "increments"), money)
    return cast("F", calls.emit(schema | {"compared": _N, "charged": money, "difference": money}, found))


def _sums(rows: Iterable[_Row], groups: Iterable[Group], card: RateCard, region: str | None) -> dict[Group, _Sums]:
    rating = Rating(card, region)
    by_second = {id(rate): replace(rate, first=1, step=1) for rate in card.rates}
    found: defaultdict[Group, _Sums] = defaultdict(_Sums)
    for row, group in zip(rows, groups, strict=True):
        if row.direction not in rating.directions:
            continue
        sums = found[group]
        rate, missing = rating.rate(row)
        if missing is not None:
            sums.left_out += 1
            continue
        exact = _exact(rate, row.talk_s)
        sums.exact.append(exact)
        sums.by_second.append(_exact(rate and by_second[id(rate)], row.talk_s))
        if row.price is not None and row.currency == card.currency:
            sums.compared.append(exact)
            sums.charged += row.price
    return found


def _exact(rate: CardRate | None, talk: int | None) -> Fraction:
    return Fraction(0) if rate is None else rate.exact(talk or 0)


def _line(card: RateCard, sums: _Sums) -> tuple[Any, ...]:
    cost, by_second = card.total(sums.exact).amount, card.total(sums.by_second).amount
    compared = len(sums.compared)
    charged, difference = sums.charged, card.total(sums.compared).amount - sums.charged
    return (
        card.name, card.currency, len(sums.exact), sums.left_out, cost, by_second, cost - by_second, compared,
        *((charged, difference) if compared else (None, None)),
    )  # fmt: skip
