"""Amounts in the unit that the user chose, where the account's currency has several, such as rial and toman."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..const import (
    CONF_DISPLAY_CURRENCY,
    CURRENCY_RIAL,
    CURRENCY_TOMAN,
    DISPLAY_TOMAN,
    RIALS_IN_A_TOMAN,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from typing import Any

    from trunkline.model import Money
    from trunkline.providers import ProviderInfo


# The credit below which a warning is due unless the options say otherwise: about what an office spends in a day.
_LOW_CREDIT = {CURRENCY_RIAL: 100_000, "VND": 50_000}
_LOW_CREDIT_ELSEWHERE = 5


def default_low_credit(currency: str) -> int:
    """Return the credit below which a warning is due unless the options say otherwise."""
    return _LOW_CREDIT.get(currency, _LOW_CREDIT_ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit in which amounts of one currency are displayed. `digits` is None where that is left to the frontend."""

    currency: str
    code: str
    factor: int = 1
    digits: int | None = None

    def amount(self, money: Money | None) -> Decimal | None:
        """Return the amount in this unit, None for money of another currency."""
        if money is None or money.currency != self.currency:
            return None
        return money.amount if self.factor == 1 else money.amount / self.factor


def display_unit(_info: ProviderInfo, currency: str, options: Mapping[str, Any]) -> Unit:
    """Return the unit in which amounts of the currency are displayed."""
    if currency != CURRENCY_RIAL:
        return Unit(currency, currency)
    if options.get(CONF_DISPLAY_CURRENCY) == DISPLAY_TOMAN:
        return Unit(currency, CURRENCY_TOMAN, RIALS_IN_A_TOMAN, 0)
    return Unit(currency, CURRENCY_RIAL, 1, 0)
