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


def device_row(device: MorDevice) -> Element:
    """Write a device with its password, as servers do."""
    return element(
        "device",
        None,
        acc=device.acc,
        description=device.description,
        type=device.kind,
        extension=device.extension,
        username=device.username,
        password=device.password,
        cid=device.caller,
        last_time_registered=formats.local_text(device.registered_at),
    )


def payment_row(payment: MorPayment) -> Element:
    """Write a payment."""
    return element(
        "payment",
        None,
        payment_date=formats.local_text(payment.paid_at),
        confirmed_date=formats.local_text(payment.paid_at + 60),
        payment_type="Manual",
        amount=formats.euro(payment.amount),
        vat=f"{formats.VAT_PERCENT}.0",
        amount_vat=formats.euro(formats.with_tax(payment.amount)),
        currency=formats.CURRENCY,
        completed="Yes",
    )


def invoice_row(user: MorUser, invoice: MorInvoice, *, unpaid: object) -> Element:
    """Write an invoice; `unpaid` is the value of `paid` for an unpaid one."""
    return element(
        "invoice",
        None,
        user=user.username,
        inv_number=invoice.number,
        period_start=formats.local_text(invoice.begin),
        period_end=formats.local_text(invoice.end),
        issue_date=formats.local_text(invoice.issued_at),
        paid="1" if invoice.paid else unpaid,
        paid_date=formats.local_text(invoice.issued_at + _DAY) if invoice.paid else None,
        price=formats.euro(invoice.price),
        vat=f"{formats.VAT_PERCENT}.0",
        price_vat=formats.euro(formats.with_tax(invoice.price)),
    )
