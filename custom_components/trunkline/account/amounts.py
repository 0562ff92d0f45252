"""Amounts as the person wants to see them: the account's currency, or toman instead of rial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..const import (
    CONF_DISPLAY_CURRENCY,
    CURRENCY_RIAL,
    CURRENCY_TOMAN,
    DISPLAY_TOMAN,
    RIALS_IN_A_TOMAN,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from trunkline.model import Money

    from ..coordinator import TrunklineCoordinator


# Below what a trunk's credit is low, where nobody has chosen: a day of an office, give or take.
_LOW_CREDIT = {CURRENCY_RIAL: 100_000, "VND": 50_000}
_LOW_CREDIT_ELSEWHERE = 5


def default_low_credit(currency: str) -> int:
    """Return the amount below which a credit is low unless the options say another."""
    return _LOW_CREDIT.get(currency, _LOW_CREDIT_ELSEWHERE)


def display_currency(coordinator: TrunklineCoordinator) -> str:
    """Return the unit in which the account's amounts are shown."""
    currency = coordinator.currency
    chosen = coordinator.config_entry.options.get(CONF_DISPLAY_CURRENCY)
    return CURRENCY_TOMAN if currency == CURRENCY_RIAL and chosen == DISPLAY_TOMAN else currency


def shown(money: Money | None, currency: str) -> Decimal | None:
    """Return the amount in the unit that is shown; None where it isn't in that currency."""
    if money is None:
        return None
    if currency == CURRENCY_TOMAN and money.currency == CURRENCY_RIAL:
        return money.amount / RIALS_IN_A_TOMAN
    return money.amount if money.currency == currency else None
