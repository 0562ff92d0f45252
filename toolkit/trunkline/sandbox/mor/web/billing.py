"""MOR's pages of the bill: rates and their files, destinations, payments, invoices and subscriptions."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from trunkline.sandbox.mor import formats, tariff
from trunkline.sandbox.mor.rows import invoice_row, payment_row
from trunkline.sandbox.mor.xml import element, elements

from .files import csv_reply, pdf_reply
from .pages import (
    GET_ONLY,
    Pages,
    Refused,
    Route,
    Switches,
    head_of,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.mor.tariff import MorRate
    from trunkline.sandbox.wire import Reply, Request
    from trunkline.sandbox.world import World

_DAY = 86400
_SUBSCRIBED_DAYS_AGO = 200
_SUBSCRIPTION_EURO = 10
# [INFER] The fixed exchange rate to the other currency of the rates.
_IN_OTHER = {formats.CURRENCY: Decimal(1), "USD": Decimal("1.25")}
_KINDS = {"FIX": "Fixed", "MOB": "Mobile"}


class BillPages(Pages):
    """The user's rates, payments, invoices and subscriptions."""

    def __init__(self, world: World, switches: Switches) -> None:
        """List the pages; rates are in euro until another currency is chosen."""
        super().__init__(world, switches)
        self._currencies: dict[int, str] = {}
        self.routes: dict[str, Route] = {
            "/tariffs/user_rates": Route(self._rates),
            "/directions/dg_list_user_destinations": Route(self._destinations, takes_id=True),
            "/tariffs/generate_personal_rates_pdf": Route(self._rates_pdf, GET_ONLY, takes_id=True),
            "/tariffs/generate_personal_rates_csv": Route(self._rates_csv, GET_ONLY, takes_id=True),
            "/payments/personal_payments": Route(self._payments),
            "/accounting/user_invoices": Route(self._invoices),
            "/services/user_subscriptions": Route(self._subscriptions),
        }

    def _rates(self, user: MorUser, request: Request, _: str) -> Element:
        """Show the rates. [INFER] A currency that isn't offered changes nothing."""
        wanted = request.params.get("currency", "")
        if wanted in _IN_OTHER:
            self._currencies[user.user_id] = wanted
        currency = self._currency(user)
        rows = []
        for rate in tariff.RATES:
            price, taxed = self._prices(user, rate)
            rows.append(
                element(
                    "rate",
                    None,
                    ratename=rate.name,
                    rateicon=rate.icon,
                    ratetype=rate.kind,
                    ratecost=price,
                    rate_vat_cost=taxed,
                )
            )
        offered = element("aval_currencies", [element("currency", code) for code in ("USD", "EUR")])
        fields = elements([("currency", currency), ("vat_percent", formats.VAT_PERCENT)])
        # The document calls this page "Payments", too.
        return element("page", [*head_of("Payments", user), *fields, offered, element("rates", rows)])

    def _destinations(self, _: MorUser, __: Request, tail: str) -> Element:
        rates = [rate for rate in tariff.RATES if str(rate.group_id) == tail]
        if not rates:
            raise Refused(element("page", None, error="Destination group was not found"))
        rows = [
            element("direction", None, details=details, prefix=prefix, dir_code=rate.kind)
            for rate in rates
            for details, prefix in rate.prefixes
        ]
        names = elements([("groupname", rates[0].name), ("groupicon", rates[0].icon)])
        return element("page", [*head_of("Destinations"), *names, element("directions", rows)])

    def _rates_pdf(self, user: MorUser, _: Request, tail: str) -> Reply:
        self.own(user, tail)
        return pdf_reply("Personal rates", self._rate_rows(user), f"Rates-{user.username}.pdf")

    def _rates_csv(self, user: MorUser, _: Request, tail: str) -> Reply:
        self.own(user, tail)
        head = ("Destination", "Type", f"Rate ({self._currency(user)})", f"Rate with VAT ({self._currency(user)})")
        return csv_reply([head, *self._rate_rows(user)], f"Rates-{user.username}.csv")

    def _rate_rows(self, user: MorUser) -> list[tuple[str, ...]]:
        return [(rate.name, _KINDS[rate.kind], *self._prices(user, rate)) for rate in tariff.RATES]

    def _currency(self, user: MorUser) -> str:
        return self._currencies.get(user.user_id, formats.CURRENCY)

    def _prices(self, user: MorUser, rate: MorRate) -> tuple[str, str]:
        """Write a rate without and with tax, in the currency that the user chose, with no more digits than needed."""
        plain = Decimal(rate.price) / formats.RIAL_A_EURO * _IN_OTHER[self._currency(user)]
        taxed = plain * (100 + formats.VAT_PERCENT) / 100
        return f"{plain.normalize():f}", f"{taxed.normalize():f}"

    def _payments(self, user: MorUser, _: Request, __: str) -> Element:
        rows = [payment_row(payment) for payment in self.server.payments(user)]
        return element("page", [*head_of("Payments", user), element("payments", rows)])

    def _invoices(self, user: MorUser, _: Request, __: str) -> Element:
        # The document's sample leaves it empty; servers write 1 or 0. [INFER] Empty for what isn't paid.
        rows = [invoice_row(user, invoice, unpaid=None) for invoice in self.server.invoices(user)]
        return element("page", [*head_of("Invoices", user), element("invoices", rows)])

    def _subscriptions(self, user: MorUser, _: Request, __: str) -> Element:
        began = formats.local_text(self.server.started_at - _SUBSCRIBED_DAYS_AGO * _DAY)
        # The document writes `acivation`; later servers write it right, and leave the currency out.
        spelling, unit = ("activation", "") if self.switches.production else ("acivation", f" {formats.CURRENCY}")
        rows = [
            element(
                "subscription",
                elements(
                    [
                        ("service", f"Numeris {formats.international(trunk.number)}"),
                        ("date_added", began),
                        (f"{spelling}_start", began),
                        (f"{spelling}_end", formats.local_text(trunk.expires_at)),
                        ("price", f"{_SUBSCRIPTION_EURO}{unit}"),
                    ]
                ),
            )
            for trunk in self.server.office(user).trunks
        ]
        return element("page", [*head_of("User subscriptions", user), element("subscriptions", rows)])
