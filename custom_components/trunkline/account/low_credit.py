"""Whether the credit of a trunk is low, by the days that it lasts or by an amount."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..const import CONF_LOW_CREDIT, CONF_LOW_CREDIT_DAYS, DEFAULT_LOW_CREDIT_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .figures import TrunkData


def is_low(data: TrunkData, options: Mapping[str, Any], now: datetime, *, currency: str) -> bool | None:
    """Return whether the credit ends within the days of the option, or is below the amount if the user has set one.

    The amount is in `currency`, that of the account: it says nothing of a credit in another one. None where the credit,
    or all that this depends on, isn't known.
    """
    credit = data.trunk.credit
    if credit is None:
        return None
    has_amount = CONF_LOW_CREDIT in options and credit.currency == currency
    is_below_amount = has_amount and credit.amount < Decimal(str(options[CONF_LOW_CREDIT]))
    if credit.amount <= 0 or is_below_amount:
        return True
    if data.run_out is None:
        return False if has_amount else None
    days = options.get(CONF_LOW_CREDIT_DAYS, DEFAULT_LOW_CREDIT_DAYS)
    return data.run_out.at is not None and data.run_out.at - now <= timedelta(days=days)
