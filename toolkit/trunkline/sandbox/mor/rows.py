"""Rows of MOR's pages that both of its wires write alike: devices, payments and invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import formats
from .xml import element

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from .customers import (
        MorDevice,
        MorInvoice,
        MorPayment,
        MorUser,
    )

_DAY = 86400


def device_row(one: MorDevice) -> Element:
    """Write a device with its password, as servers do."""
    return element(
        "device",
        None,
        acc=one.acc,
        description=one.description,
        type=one.kind,
        extension=one.extension,
        username=one.username,
        password=one.password,
        cid=one.caller,
        last_time_registered=formats.local_text(one.registered_at),
    )


def payment_row(one: MorPayment) -> Element:
    """Write a payment."""
    return element(
        "payment",
        None,
        payment_date=formats.local_text(one.paid_at),
        confirmed_date=formats.local_text(one.paid_at + 60),
        payment_type="Manual",
        amount=formats.euro(one.amount),
        vat=f"{formats.VAT_PERCENT}.0",
        amount_vat=formats.euro(formats.with_tax(one.amount)),
        currency=formats.CURRENCY,
        completed="Yes",
    )


def invoice_row(user: MorUser, one: MorInvoice, *, unpaid: object) -> Element:
    """Write a bill; `unpaid` is what stands for one that isn't paid."""
    return element(
        "invoice",
        None,
        user=user.username,
        inv_number=one.number,
        period_start=formats.local_text(one.begin),
        period_end=formats.local_text(one.end),
        issue_date=formats.local_text(one.issued_at),
        paid="1" if one.paid else unpaid,
        paid_date=formats.local_text(one.issued_at + _DAY) if one.paid else None,
        price=formats.euro(one.price),
        vat=f"{formats.VAT_PERCENT}.0",
        price_vat=formats.euro(formats.with_tax(one.price)),
    )
