"""Exact amounts, each in one currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from trunkline import exact
from trunkline.errors import DataError

if TYPE_CHECKING:
    from decimal import Decimal


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


def minor_units(currency: str | None) -> int:
    """Return how many decimal digits amounts of a currency have, 2 if it isn't known."""
    return _MINOR_UNITS.get(currency or "", _USUAL)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount in one ISO 4217 currency. Two currencies are never added."""

    amount: Decimal
    currency: str

    def __add__(self, other: Self) -> Money:
        """Return the sum; a different currency is a `DataError`."""
        self._same(other)
        return Money(exact.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: Self) -> Money:
        """Return the difference; a different currency is a `DataError`."""
        self._same(other)
        return Money(exact.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> Money:
        """Return the amount with its sign turned."""
        return Money(exact.negative(self.amount), self.currency)

    def __str__(self) -> str:
        """Return the amount without an exponent, and the currency."""
        return f"{self.amount:f} {self.currency}"

    def _same(self, other: Self) -> None:
        if self.currency != other.currency:
            msg = f"{self.currency} and {other.currency} can't be added: convert one of them first"
            raise DataError(msg, field="currency")
