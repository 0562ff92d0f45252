"""Readers of MOR's rates, destinations, payments, invoices and subscriptions, for both interfaces.

Sources: the provider's document, sections Rates, Payments, Invoices and Subscriptions, and the manufacturer's pages of
the API actions, which return the same pages or use other names for the same fields (docs/providers/mor.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from trunkline.model import Destination, Invoice, Money, Payment, Rate, Subscription
from trunkline.providers.common import fields

from . import dates, values

if TYPE_CHECKING:
    from trunkline.calendars import WallClock

    from .xml_reader import Node


def read_rates(root: Node, default: str) -> tuple[Rate, ...]:
    """Return the price of a minute by destination, in the page's currency. Some versions leave out the type."""
    currency = values.currency(root.text_at("currency"), default)
    return tuple(
        Rate(
            name=fields.required_text(row.text_at("ratename"), "ratename"),
            price=values.money(row.text_at("ratecost"), currency, "ratecost"),
            kind=row.text_at("ratetype"),
            price_with_tax=values.money(row.text_at("rate_vat_cost"), currency, "rate_vat_cost"),
        )
        for row in _rows(root, "rates", "rate")
    )


def read_destinations(root: Node) -> tuple[Destination, ...]:
    """Return the prefixes of a group of destinations."""
    group = root.text_at("groupname")
    return tuple(
        Destination(
            name=row.text_at("details") or group or "",
            prefix=fields.required_text(row.text_at("prefix"), "prefix"),
            kind=row.text_at("dir_code"),
            group=group,
        )
        for row in _rows(root, "directions", "direction")
    )


def read_payments(root: Node, default: str, clock: WallClock) -> tuple[Payment, ...]:
    """Return the payments, each in its own currency. The list for administrators uses shorter names."""
    return tuple(_payment(row, default, clock) for row in _rows(root, "payments", "payment"))


def _payment(row: Node, default: str, clock: WallClock) -> Payment:
    currency = values.currency(row.text_at("currency"), default)
    confirmed_date = row.text_at("confirmed_date") or row.text_at("confirm_date")
    with_tax = row.text_at("amount_vat") or row.text_at("amount_with_tax")
    return Payment(
        paid_at=dates.read_time(row.text_at("payment_date") or row.text_at("date"), clock, "payment_date"),
        amount=values.money(row.text_at("amount"), currency, "amount"),
        confirmed_at=dates.read_time(confirmed_date, clock, "confirmed_date"),
        kind=row.text_at("payment_type") or row.text_at("type"),
        tax_percent=values.percent(row.text_at("vat"), "vat"),
        amount_with_tax=values.money(with_tax, currency, "amount_vat"),
        completed=values.yes(row.text_at("completed"), "completed"),
    )


def read_invoices(root: Node, default: str, clock: WallClock) -> tuple[Invoice, ...]:
    """Return the invoices of the user's own page, which may not say whether an invoice is paid."""
    return tuple(
        Invoice(
            number=row.text_at("inv_number"),
            period_start=dates.read_time(row.text_at("period_start"), clock, "period_start"),
            period_end=dates.read_time(row.text_at("period_end"), clock, "period_end"),
            issued_at=dates.read_time(row.text_at("issue_date"), clock, "issue_date"),
            paid=values.yes(row.text_at("paid"), "paid"),
            paid_at=dates.read_time(row.text_at("paid_date"), clock, "paid_date"),
            price=values.money(row.text_at("price"), default, "price"),
            tax_percent=values.percent(row.text_at("vat"), "vat"),
            price_with_tax=values.money(row.text_at("price_vat"), default, "price_vat"),
        )
        for row in _rows(root, "invoices", "invoice")
    )


def read_invoice_list(root: Node, default: str, clock: WallClock) -> tuple[Invoice, ...]:
    """Return the invoices of `invoices_get`, which lists the products of each invoice.

    The price is the sum of the products; it is unknown where the price of a product is.
    """
    invoices = root if root.name == "invoices" else root.first("invoices")
    if invoices is None:
        return ()
    found = []
    for row in invoices.all("invoice"):
        products = row.all("product")
        issued = next((text for product in products if (text := product.text_at("issue_date"))), None)
        found.append(
            Invoice(
                number=(row.get("number") or "").strip() or None,
                issued_at=dates.read_time(issued, clock, "Issue_date"),
                paid=values.yes(row.text_at("paid"), "paid"),
                price=_total(products, default),
            )
        )
    return tuple(found)


def _total(products: list[Node], currency: str) -> Money | None:
    """Return the sum of the products. A product without a sum counts with its price if its quantity is 1."""
    total = Money(Decimal(0), currency)
    for product in products:
        cost = values.money(product.text_at("sum"), currency, "Sum")
        if cost is None and values.percent(product.text_at("quantity"), "Quantity") == 1:
            cost = values.money(product.text_at("price"), currency, "Price")
        if cost is None or cost.currency != total.currency:
            return None
        total += cost
    return total if products else None


def read_subscriptions(root: Node, default: str, clock: WallClock) -> tuple[Subscription, ...]:
    """Return the subscriptions. The provider's document writes `acivation`, servers write `activation`."""
    return tuple(
        Subscription(
            name=fields.required_text(row.text_at("service"), "service"),
            added_at=dates.read_time(row.text_at("date_added"), clock, "date_added"),
            starts_at=dates.read_time(_activation(row, "start"), clock, "activation_start"),
            ends_at=dates.read_time(_activation(row, "end"), clock, "activation_end"),
            price=values.money(row.text_at("price"), default, "price"),
        )
        for row in _rows(root, "subscriptions", "subscription")
    )


def _activation(row: Node, which: str) -> str | None:
    return row.text_at(f"activation_{which}") or row.text_at(f"acivation_{which}")


def _rows(root: Node, parent: str, name: str) -> list[Node]:
    rows = root.first(parent)
    return [] if rows is None else rows.all(name)
