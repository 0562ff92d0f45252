"""Amounts in the unit that the user chose, where the account's currency has several, such as rial and toman."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..const import CONF_DISPLAY_CURRENCY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from trunkline.model import Money
    from trunkline.providers import DisplayUnit, ProviderInfo


@dataclass(frozen=True, slots=True)
class AmountUnit:
    """The unit in which amounts of one currency are displayed.

    `code` is displayed beside amounts, `factor` is how many units of the currency make one of it, and `digits` is the
    number of decimal places, None where the frontend decides.
    """

    currency: str
    code: str
    factor: int = 1
    digits: int | None = None

    def amount(self, money: Money | None) -> Decimal | None:
        """Return the amount in this unit, None for money of another currency."""
        if money is None or money.currency != self.currency:
            return None
        return money.amount / self.factor if self.factor != 1 else money.amount


def display_units(info: ProviderInfo, currency: str) -> tuple[DisplayUnit, ...]:
    """Return the units among which the user can choose for amounts of the currency.

    The account's currency decides, since servers of one provider bill in different currencies.
    """
    units = info.display_units
    return units if units and units[0].code == currency else ()


def display_unit(info: ProviderInfo, currency: str, options: Mapping[str, Any]) -> AmountUnit:
    """Return the unit in which amounts of the currency are displayed: the chosen one, else the provider's first."""
    units = display_units(info, currency)
    if not units:
        return AmountUnit(currency, currency)
    chosen = options.get(CONF_DISPLAY_CURRENCY)
    unit = next((unit for unit in units if unit.key == chosen), units[0])
    return AmountUnit(currency, unit.code, unit.factor, unit.digits)
