"""The papers of a bill: rates, invoices, payments and subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from .money import Money


@dataclass(frozen=True, slots=True)
class Rate:
    """What a minute to a destination costs, without and with tax. `kind` is such as FIX or MOB."""

    name: str
    price: Money | None
    kind: str | None = None
    price_with_tax: Money | None = None
    prefix: str | None = None
    rate_id: str | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """A prefix that belongs to a destination of the rate list."""

    name: str
    prefix: str
    kind: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """A bill for a period. The tax rate is in percent."""

    number: str | None
    period_start: datetime | None = None
    period_end: datetime | None = None
    issued_at: datetime | None = None
    paid: bool | None = None
    paid_at: datetime | None = None
    price: Money | None = None
    tax_percent: Decimal | None = None
    price_with_tax: Money | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that was paid in. The tax rate is in percent."""

    paid_at: datetime | None
    amount: Money | None
    confirmed_at: datetime | None = None
    kind: str | None = None
    tax_percent: Decimal | None = None
    amount_with_tax: Money | None = None
    completed: bool | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A service that is paid for regularly."""

    name: str
    added_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    price: Money | None = None
