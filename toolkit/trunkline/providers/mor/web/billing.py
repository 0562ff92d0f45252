"""What an account of MOR's pages pays: rates, payments, invoices and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.providers.common import fields
from trunkline.providers.mor import billing as bills
from trunkline.providers.mor import texts

from .office import PagesOffice, export_type, plain_id

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.model import Destination, Invoice, Payment, Rate, Recording, Subscription

RATES = "tariffs/user_rates"


class PagesBill(PagesOffice):
    """The pages of the bill."""

    async def rates(self) -> tuple[Rate, ...]:
        """Return what a minute costs (`/tariffs/user_rates`), in the page's currency, without and with tax."""
        return bills.read_rates(await self._session.page(RATES), await self._own_currency())

    async def destinations(self, rate_id: str) -> tuple[Destination, ...]:
        """Return the prefixes of a group of destinations (`/directions/dg_list_user_destinations`).

        `rate_id` is the group's id, which the page of rates doesn't show.
        """
        path = f"directions/dg_list_user_destinations/{plain_id(rate_id, 'group of destinations')}"
        return bills.read_destinations(await self._session.page(path))

    async def export_rates(self, form: str) -> Recording:
        """Return the server's own file of the rates (`/tariffs/generate_personal_rates_pdf` or `…_csv`)."""
        kind = export_type(form)
        user_id = await self.user_id()
        return await self._file(
            f"tariffs/generate_personal_rates_{form}/{user_id}", {}, f"rates-{user_id}.{form}", kind
        )

    async def set_currency(self, currency: str) -> None:
        """Let the rates be shown in another currency (`/tariffs/user_rates?currency=`). Sent once.

        `RequestError` where the page goes on in another one.
        """
        code = texts.currency_code(currency)
        effect = "and the currency is changed"
        root = await self._session.send(RATES, method="GET", form={"currency": code}, effect=effect)
        if root.one("rates") is None:
            raise self._session.unclear(str(fields.wrong("rates", "there")), effect)
        if root.at("currency") != code:
            msg = f"{self.info.name} doesn't show the rates in {code}"
            raise RequestError(msg)

    async def payments(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Payment, ...]:
        """Return what was paid in (`/payments/personal_payments`), each in its own currency."""
        root = await self._session.page("payments/personal_payments")
        found = bills.read_payments(root, await self._own_currency(), self._clock)
        return tuple(one for one in found if bills.within(one.paid_at, since, until))

    async def invoices(self, *, since: datetime | None = None, until: datetime | None = None) -> tuple[Invoice, ...]:
        """Return the bills (`/accounting/user_invoices`), those of a period by their day of issue.

        The page names no currency: amounts are in that of the balance.
        """
        root = await self._session.page("accounting/user_invoices")
        found = bills.read_invoices(root, await self._own_currency(), self._clock)
        return tuple(one for one in found if bills.within(one.issued_at, since, until))

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return what is paid for regularly (`/services/user_subscriptions`)."""
        root = await self._session.page("services/user_subscriptions")
        return bills.read_subscriptions(root, await self._own_currency(), self._clock)
