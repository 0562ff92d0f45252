"""Rates, payments, invoices and subscriptions in MOR's API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.providers.days import is_within
from trunkline.providers.mor import billing, dates

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.calendars import WallClock
    from trunkline.model import Destination, Invoice, Payment, Rate, Subscription

    from .requests import SignedRequests


class Billing:
    """The billing of one user. Amounts without a currency are in `currency`."""

    def __init__(self, requests: SignedRequests, *, currency: str, clock: WallClock) -> None:
        """Keep the requests, the account's currency and the clock of the server."""
        self._requests = requests
        self._currency = currency
        self._clock = clock

    async def rates(self) -> tuple[Rate, ...]:
        """Return the rates."""
        return billing.read_rates(await self._requests.read("user_rates"), self._currency)

    async def destinations(self, group_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations."""
        return billing.read_destinations(await self._requests.read("dg_list_user_destinations", id=group_id))

    async def payments(self, since: datetime | None, until: datetime | None) -> tuple[Payment, ...]:
        """Return the payments of a period."""
        root = await self._requests.read("personal_payments")
        payments = billing.read_payments(root, self._currency, self._clock)
        return tuple(payment for payment in payments if is_within(payment.paid_at, since, until))

    async def payment_list(self, user_id: str, since: datetime, until: datetime) -> tuple[Payment, ...]:
        """Return the payments of a period from the list for administrators and resellers."""
        root = await self._requests.read(
            "payments_get", s_user_id=user_id, s_from=dates.unix_seconds(since), s_till=dates.unix_seconds(until)
        )
        payments = billing.read_payments(root, self._currency, self._clock)
        return tuple(payment for payment in payments if is_within(payment.paid_at, since, until))

    async def invoices(self, since: datetime | None, until: datetime | None) -> tuple[Invoice, ...]:
        """Return the invoices of a period, by their date of issue."""
        root = await self._requests.read("user_invoices")
        invoices = billing.read_invoices(root, self._currency, self._clock)
        return tuple(invoice for invoice in invoices if is_within(invoice.issued_at, since, until))

    async def invoice_list(self, since: datetime, until: datetime) -> tuple[Invoice, ...]:
        """Return the invoices of a period from the list for administrators and resellers."""
        period = {"from": dates.unix_seconds(since), "till": dates.unix_seconds(until)}
        root = await self._requests.read_list("invoices_get", **period)
        return () if root is None else billing.read_invoice_list(root, self._currency, self._clock)

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the subscriptions."""
        root = await self._requests.read("user_subscriptions")
        return billing.read_subscriptions(root, self._currency, self._clock)
