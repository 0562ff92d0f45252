"""Amounts in plots: one currency at a time, with its own digits, and in millions where they are long."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import narwhals as nw

from trunkline.errors import DataError
from trunkline.reports import amounts, cost

from .canvas import Amounts, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from .look import Look

# From each of these amounts on, numbers are those of the next one.
_SCALES: Final = (
    (Decimal(10**13), Decimal(10**12), "trillion {unit}"),
    (Decimal(10**10), Decimal(10**9), "billion {unit}"),
    (Decimal(10**7), Decimal(10**6), "million {unit}"),
)
_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Money:
    """How the amounts of a plot are written: `factor` is a million, say, and `unit` "million IRR"."""

    look: Look
    currency: str
    factor: Decimal
    unit: str
    digits: int

    def text(self, amount: Decimal) -> str:
        """Return an amount in the unit."""
        return self.look.number(amounts.rounded(amount / self.factor, self.digits), self.digits)

    def whole(self, amount: Decimal) -> str:
        """Return an amount in the currency, with all the digits that it has there."""
        digits = amounts.amount_digits([amount], self.currency)
        shown = self.look.number(amounts.rounded(amount, digits), digits)
        return self.look.say("{amount} {unit}", amount=shown, unit=self.look.currency(self.currency))

    def axis(self, axis: Axis, axes: Axes) -> None:
        """Let an axis be that of amounts in the unit."""
        axis.set_major_formatter(Amounts(self.look, float(self.factor)))
        (axes.set_ylabel if axis is axes.yaxis else axes.set_xlabel)(self.unit)


def money(look: Look, currency: str, values: Iterable[Decimal]) -> Money:
    """Return how amounts in a currency are written, by the greatest of them."""
    listed = list(values)
    most = max(map(abs, listed), default=Decimal())
    for least, factor, text in _SCALES:
        if most >= least:
            digits = 1 if most / factor >= _HUNDRED else 2
            return Money(look, currency, factor, look.say(text, unit=look.currency(currency)), digits)
    return Money(look, currency, Decimal(1), look.currency(currency), amounts.amount_digits(listed, currency))


def one_currency(frame: Any, currency: str | None) -> tuple[Any, str | None]:
    """Return the frame's calls in the currency, or in the only one that has prices; None if it has none.

    Raises `DataError` if calls have prices in several currencies, and none is chosen.
    """
    priced = [row["currency"] for row in rows_of(cost.totals(frame)) if row["cost"] is not None]
    if currency is None and len(priced) > 1:
        listed = ", ".join(str(each) for each in priced)
        msg = f"the calls cost money in {listed}: say which one to draw, they can't be added"
        raise DataError(msg, field="currency")
    chosen = currency if currency is not None or not priced else priced[0]
    wrapped = nw.from_native(frame)
    own = nw.col("currency").is_null() if chosen is None else nw.col("currency") == chosen
    return wrapped.filter(own).to_native(), chosen if chosen in priced else None
