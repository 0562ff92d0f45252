"""Sums that an engine makes exactly: where one could overflow in silence, of a high and a low part of each value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np

from trunkline import exact

from .columns import PRECISION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .coded import Coded, Integers

MOST_DIGITS = 38
"""How many decimal digits a sum of an engine has."""

_LOW_BITS, _LOW_DIGITS = 31, 17
_LONG = 1 << 63


@dataclass(frozen=True, slots=True)
class Total:
    """How a column of whole numbers of 64 bits, or of amounts of so many decimal digits, is added up."""

    name: str
    scale: int
    is_amount: bool
    is_split: bool

    @property
    def columns(self) -> Sequence[str]:
        """The columns whose sums make up the total, what is worth most first."""
        return (f"{self.name}_high", f"{self.name}_low") if self.is_split else (self.name,)

    @property
    def parts(self) -> Sequence[nw.Expr]:
        """Both parts of the values: the high one in steps of 2**31 (of amounts 10**17 units), and what is left of it.

        The high part needn't be the exact quotient, so that floats will do: the low part is what it leaves, exactly.
        """
        if not self.is_split:
            return ()
        value = nw.col(self.name)
        if self.is_amount:
            step = _amount_of(10**_LOW_DIGITS, self.scale)
            # Spark rounds in silence what has more than 38 digits. DuckDB multiplies two of up to 18 within 18.
            kind = nw.Decimal(PRECISION + 2, self.scale)
            above = (value.cast(nw.Float64()) / float(step)).cast(nw.Int64()).cast(nw.Decimal(_LOW_DIGITS + 2, 0))
            below = value.cast(kind) - (above * nw.lit(step)).cast(kind)
        else:
            # A little less than the quotient, so that the product has 64 bits.
            above = (value.cast(nw.Float64()) / (2**_LOW_BITS + 1)).cast(nw.Int64())
            below = value - above * 2**_LOW_BITS
        high, low = self.columns
        return above.alias(high), below.alias(low)

    def of(self, found: Coded) -> Integers:
        """Return the total of each group, of amounts in units: 64-bit integers if all of them together are one."""
        step = 10**_LOW_DIGITS if self.is_amount else 2**_LOW_BITS
        factors, scales = ((step, 1), (0, self.scale)) if self.is_split else ((1,), (self.scale,))
        parts = [
            found.amount(column).times(10 ** (scale - found.digits(column)))
            for column, scale in zip(self.columns, scales, strict=True)
        ]
        most = sum(part.most * factor for part, factor in zip(parts, factors, strict=True))
        kind = np.int64 if most * max(len(found), 1) < _LONG else object
        totals = [part.values.astype(kind) * factor for part, factor in zip(parts, factors, strict=True)]
        whole: Integers = totals[0] + totals[1] if self.is_split else totals[0]
        return whole


def _amount_of(units: int, scale: int) -> Decimal:
    """Return an amount without decimal digits that it doesn't need: polars would round a product to them."""
    step = 10**scale
    return Decimal(units // step) if units >= step else exact.scaled(1, scale - _LOW_DIGITS)
