"""How many decimal digits amounts and rates are shown with, the same in a whole column of one currency."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_USUAL = 2
# ISO 4217, list one: the currencies whose minor unit isn't a hundredth.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
    # The rial has a hundredth in ISO 4217, and nobody uses it; the toman isn't in the list.
    **dict.fromkeys(("IRR", "IRT"), 0),
}
_SIGNIFICANT = 3
_CONTEXT = Context(prec=1000)

AMOUNTS = frozenset(
    {"cost", "cost_answered", "cost_unanswered", "credit", "spent", "expected", "low", "high", "budget"}
)
"""The columns of sums, which have their currency's digits. Prices of single calls, their parts and rates have more."""


def minor_units(currency: str | None) -> int:
    """Return how many decimal digits amounts of a currency have, 2 if it isn't known."""
    return _MINOR_UNITS.get(currency or "", _USUAL)


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


def column(name: str, amounts: Sequence[Decimal | None], currencies: Sequence[str | None]) -> list[Decimal | None]:
    """Return a column of amounts in the digits in which it is shown, the same for all of a currency."""
    digits_of = amount_digits if name in AMOUNTS else rate_digits if name.startswith("per_") else price_digits
    known: dict[str | None, list[Decimal]] = {}
    for amount, currency in zip(amounts, currencies, strict=True):
        if amount is not None:
            known.setdefault(currency, []).append(amount)
    digits = {currency: digits_of(own, currency) for currency, own in known.items()}
    if None in known and all(amount == amount.to_integral_value() for amount in known[None]):
        digits[None] = 0  # numbers of something, which stand among amounts
    return [
        None if amount is None else rounded(amount, digits[currency])
        for amount, currency in zip(amounts, currencies, strict=True)
    ]


def _exact(amount: Decimal) -> int:
    """Return how many decimal digits an amount has, without zeros at its end."""
    exponent = amount.normalize(_CONTEXT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
