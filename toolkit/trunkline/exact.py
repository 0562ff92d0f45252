"""Exact sums of decimals: Python's default context rounds what has more than 28 digits."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_DIGITS = 1000
_CONTEXT = Context(prec=_MOST_DIGITS)

add = _CONTEXT.add
subtract = _CONTEXT.subtract
negative = _CONTEXT.minus


def times(amount: Decimal, count: int) -> Decimal:
    """Return an amount so many times."""
    return _CONTEXT.multiply(amount, Decimal(count))


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the exact sum, 0 of no amounts."""
    found = Decimal(0)
    for amount in amounts:
        found = add(found, amount)
    return found


def scaled(units: int, digits: int) -> Decimal:
    """Return `units` of so many decimal digits, as in 1250 of 2: 12.50."""
    return Decimal(units).scaleb(-digits, _CONTEXT)
