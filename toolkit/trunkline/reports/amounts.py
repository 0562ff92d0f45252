"""How many decimal digits amounts and rates are shown with, the same in a whole column of one currency."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from trunkline.model import minor_units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_USUAL = 2
_SIGNIFICANT = 3
_CONTEXT = Context(prec=1000)

AMOUNTS = frozenset({"cost", "cost_answered", "cost_unanswered", "credit", "budget", "mae", "bias", "pinball"})
"""The columns of sums and errors, which have their currency's digits. Prices of single calls and rates have more."""

_ESTIMATES = frozenset({"spent", "expected", "projected", "low", "high", "over", "left", "actual"})

BESIDE = ("currency", "measure", "per_day_before", "per_day_after", "low", "high")
"""The columns of a figure that say with how many digits its amounts are shown."""


def amount_digits(amounts: Iterable[Decimal], currency: str | None) -> int:
    """Return the digits of amounts: those of the currency, and more only if one of them would look like nothing."""
    return max((minor_units(currency), *(-amount.adjusted() for amount in amounts if amount)))


def rate_digits(rates: Iterable[Decimal], currency: str | None) -> int:
    """Return the digits of rates: those of the currency, and as many as the smallest needs for three digits of it."""
    return max((minor_units(currency), *(min(_exact(each), _SIGNIFICANT - 1 - each.adjusted()) for each in rates)))


def price_digits(prices: Iterable[Decimal], currency: str | None) -> int:
    """Return the digits of prices: those of the currency, and as many as all of them have."""
    return max((minor_units(currency), *map(_exact, prices)))


def rounded(amount: Decimal, digits: int) -> Decimal:
    """Return the amount with so many decimal digits, half to even."""
    return amount.quantize(Decimal((0, (1,), -digits)), context=_CONTEXT)


def mean_digits(means: Iterable[Decimal]) -> int:
    """Return the digits of means of counts: as many as the greatest needs for four digits of it, at most two."""
    greatest = max(map(abs, means), default=Decimal(0))
    return min(max(_SIGNIFICANT - greatest.adjusted(), 0), _USUAL)


def erlang_digits(erlang: float) -> int:
    """Return the digits of a traffic in erlang: two, or as many as it needs for two that aren't 0."""
    return max(_USUAL, 1 - Decimal(repr(erlang)).adjusted()) if erlang else _USUAL


def column(name: str, figure: Mapping[str, Sequence[Any]]) -> list[Decimal | None]:
    """Return a column of amounts in the digits in which it is shown, the same for all of a currency and a measure.

    `figure` are the columns of the table by name, in which None is unknown; those of `BESIDE` count.
    """
    cells: Sequence[Decimal | None] = figure[name]
    nothing = [None] * len(cells)
    groups = list(zip(figure.get("currency", nothing), figure.get("measure", nothing), strict=True))
    chosen = {name, *BESIDE} & {*figure}
    digits = {
        group: _digits(name, group[0], {key: _known(figure[key], groups, group) for key in chosen})
        for group in dict.fromkeys(groups)
    }
    return [
        None if amount is None else rounded(amount, digits[group]) for amount, group in zip(cells, groups, strict=True)
    ]


def _known(cells: Sequence[Any], groups: Sequence[object], group: object) -> list[Any]:
    return [cell for cell, own in zip(cells, groups, strict=True) if own == group and cell is not None]


def _digits(name: str, currency: str | None, known: Mapping[str, list[Any]]) -> int:
    """Return the digits of a column of one currency and measure."""
    own = known[name]
    if "measure" in known:
        if name.startswith("total_"):
            return amount_digits(own, currency) if currency else max(map(_exact, own), default=0)
        means = [*known.get("per_day_before", []), *known.get("per_day_after", [])] or own
        return rate_digits(means, currency) if currency else mean_digits(means)
    if currency is None and all(amount == amount.to_integral_value() for amount in own):
        return 0  # numbers of something, which stand among amounts
    if name in AMOUNTS or (name in _ESTIMATES and {"low", "high"} <= known.keys()):
        return amount_digits(own, currency)
    return rate_digits(own, currency) if "per_" in name else price_digits(own, currency)


def _exact(amount: Decimal) -> int:
    """Return how many decimal digits an amount has, without zeros at its end."""
    exponent = amount.normalize(_CONTEXT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
