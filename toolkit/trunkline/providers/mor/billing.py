"""MOR's pages of rates, destinations, payments, invoices and subscriptions, as both of its dialects show them.

Sources: the provider's document, sections Rates, Payments, Invoices and Subscriptions, and the manufacturer's pages of
the actions that answer with the same pages or with other names for the same things (docs/providers/mor.md).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from trunkline.model import Destination, Invoice, Money, Payment, Rate, Subscription
from trunkline.providers.common import fields

from . import texts

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.calendars import WallClock

    from .markup import Node


def read_rates(root: Node, default: str) -> tuple[Rate, ...]:
    """Return what a minute costs, in the page's currency. The type of a rate isn't there in every version."""
    currency = texts.currency(root.at("currency"), default)
    return tuple(
        Rate(
            name=fields.required_text(row.at("ratename"), "ratename"),
            price=texts.money(row.at("ratecost"), currency, "ratecost"),
            kind=row.at("ratetype"),
            price_with_tax=texts.money(row.at("rate_vat_cost"), currency, "rate_vat_cost"),
        )
        for row in _rows(root, "rates", "rate")
    )


def read_destinations(root: Node) -> tuple[Destination, ...]:
    """Return the prefixes of a group of destinations."""
    group = root.at("groupname")
    return tuple(
        Destination(
            name=row.at("details") or group or "",
            prefix=fields.required_text(row.at("prefix"), "prefix"),
            kind=row.at("dir_code"),
            group=group,
        )
        for row in _rows(root, "directions", "direction")
    )


def read_payments(root: Node, default: str, clock: WallClock) -> tuple[Payment, ...]:
    """Return what was paid in, each in its own currency; an administrator's list has shorter names for the same."""
    return tuple(_payment(row, default, clock) for row in _rows(root, "payments", "payment"))


def _payment(row: Node, default: str, clock: WallClock) -> Payment:
    currency = texts.currency(row.at("currency"), default)
    return Payment(
        paid_at=texts.time(row.at("payment_date") or row.at("date"), clock, "payment_date"),
        amount=texts.money(row.at("amount"), currency, "amount"),
        confirmed_at=texts.time(row.at("confirmed_date") or row.at("confirm_date"), clock, "confirmed_date"),
        kind=row.at("payment_type") or row.at("type"),
        tax_percent=texts.percent(row.at("vat"), "vat"),
        amount_with_tax=texts.money(row.at("amount_vat") or row.at("amount_with_tax"), currency, "amount_vat"),
        completed=texts.yes(row.at("completed"), "completed"),
    )


def read_invoices(root: Node, default: str, clock: WallClock) -> tuple[Invoice, ...]:
    """Return the bills of a user's own page. Whether a bill is paid may be left empty."""
    return tuple(
        Invoice(
            number=row.at("inv_number"),
            period_start=texts.time(row.at("period_start"), clock, "period_start"),
            period_end=texts.time(row.at("period_end"), clock, "period_end"),
            issued_at=texts.time(row.at("issue_date"), clock, "issue_date"),
            paid=texts.yes(row.at("paid"), "paid"),
            paid_at=texts.time(row.at("paid_date"), clock, "paid_date"),
            price=texts.money(row.at("price"), default, "price"),
            tax_percent=texts.percent(row.at("vat"), "vat"),
            price_with_tax=texts.money(row.at("price_vat"), default, "price_vat"),
        )
        for row in _rows(root, "invoices", "invoice")
    )


def read_invoice_list(root: Node, default: str, clock: WallClock) -> tuple[Invoice, ...]:
    """Return the bills of `invoices_get`, which lists the products of each and writes names with capitals.

    The price is the sum of the products where each says its own; elsewhere it is unknown.
    """
    holder = root if root.name == "invoices" else root.one("invoices")
    if holder is None:
        return ()
    found = []
    for row in holder.all("invoice"):
        products = row.all("product")
        issued = next((text for text in (one.at("issue_date") for one in products) if text), None)
        found.append(
            Invoice(
                number=(row.get("number") or "").strip() or None,
                issued_at=texts.time(issued, clock, "Issue_date"),
                paid=texts.yes(row.at("paid"), "paid"),
                price=_total(products, default),
            )
        )
    return tuple(found)


def _total(products: list[Node], currency: str) -> Money | None:
    """Add up what products cost: their sums, or the prices of single ones."""
    total = Money(Decimal(0), currency)
    for one in products:
        cost = texts.money(one.at("sum"), currency, "Sum")
        if cost is None and texts.percent(one.at("quantity"), "Quantity") == 1:
            cost = texts.money(one.at("price"), currency, "Price")
        if cost is None or cost.currency != total.currency:
            return None
        total += cost
    return total if products else None


def read_subscriptions(root: Node, default: str, clock: WallClock) -> tuple[Subscription, ...]:
    """Return what is paid for regularly. The document writes `acivation`, servers `activation`."""
    return tuple(
        Subscription(
            name=fields.required_text(row.at("service"), "service"),
            added_at=texts.time(row.at("date_added"), clock, "date_added"),
            starts_at=texts.time(_activation(row, "start"), clock, "activation_start"),
            ends_at=texts.time(_activation(row, "end"), clock, "activation_end"),
            price=texts.money(row.at("price"), default, "price"),
        )
        for row in _rows(root, "subscriptions", "subscription")
    )


def _activation(row: Node, which: str) -> str | None:
    return row.at(f"activation_{which}") or row.at(f"acivation_{which}")


def within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    """Tell whether a time lies in `since <= moment < until`; what has no time does."""
    return moment is None or ((since is None or moment >= since) and (until is None or moment < until))


def _rows(root: Node, parent: str, name: str) -> list[Node]:
    holder = root.one(parent)
    return [] if holder is None else holder.all(name)
