"""Rates, payments, invoices and subscriptions on MOR's web pages, and the currency of the rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.providers.common import fields
from trunkline.providers.days import is_within
from trunkline.providers.mor import billing, values
from trunkline.transport import outcome_unknown

from .client import check_export_form, checked_id

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.model import Destination, File, Invoice, Payment, Rate, Subscription

    from .client import WebClient

_RATES = "tariffs/user_rates"


class Billing:
    """The billing pages of one user. A page that names no currency is in that of the balance."""

    def __init__(self, client: WebClient) -> None:
        """Keep the client."""
        self._client = client
        self._session = client.session

    async def rates(self) -> tuple[Rate, ...]:
        """Return the rates."""
        return billing.read_rates(await self._session.page(_RATES), await self._client.currency())

    async def destinations(self, group_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations."""
        path = f"directions/dg_list_user_destinations/{checked_id(group_id, 'group of destinations')}"
        return billing.read_destinations(await self._session.page(path))

    async def export_rates(self, form: str) -> File:
        """Return the server's file of the rates."""
        check_export_form(form)
        user_id = await self._client.user_id()
        path = f"tariffs/generate_personal_rates_{form}/{user_id}"
        return await self._client.export(path, {}, stem=f"rates-{user_id}", form=form)

    async def set_currency(self, currency: str) -> None:
        """Change the currency of the rates; `RequestError` if the page keeps the one that it has."""
        code = values.requested_currency(currency)
        effect = "The currency may have been changed. Check it"
        root = await self._session.send(_RATES, method="GET", form={"currency": code}, effect=effect)
        if root.first("rates") is None:
            raise outcome_unknown(str(fields.missing("rates")), effect)
        if root.text_at("currency") != code:
            msg = f"{self._client.name} doesn't show the rates in {code}"
            raise RequestError(msg)

    async def payments(self, since: datetime | None, until: datetime | None) -> tuple[Payment, ...]:
        """Return the payments of a period."""
        root = await self._session.page("payments/personal_payments")
        payments = billing.read_payments(root, await self._client.currency(), self._client.clock)
        return tuple(payment for payment in payments if is_within(payment.paid_at, since, until))

    async def invoices(self, since: datetime | None, until: datetime | None) -> tuple[Invoice, ...]:
        """Return the invoices of a period, by their date of issue."""
        root = await self._session.page("accounting/user_invoices")
        invoices = billing.read_invoices(root, await self._client.currency(), self._client.clock)
        return tuple(invoice for invoice in invoices if is_within(invoice.issued_at, since, until))

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return the subscriptions."""
        root = await self._session.page("services/user_subscriptions")
        return billing.read_subscriptions(root, await self._client.currency(), self._client.clock)
