"""Single values of replies, and providers' messages without numbers and secrets."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trunkline.errors import DataError
from trunkline.model import Money
from trunkline.providers.common import fields


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (1e-05, "0.00001"),
        (2.5e-07, "0.00000025"),
        (1e16, "10000000000000000"),
        (17.25, "17.25"),
    ],
)
def test_a_number_whose_text_has_an_exponent_is_exact(value, amount):
    assert fields.money(value, "EUR", "price") == Money(Decimal(amount), "EUR")


@pytest.mark.parametrize("value", [1e300, 1e-30, "1e-5", "1e999999999", float("nan"), float("inf"), "1e", "e5"])
def test_an_amount_that_no_price_has_is_none(value):
    with pytest.raises(DataError, match="the field price is not an amount"):
        fields.money(value, "EUR", "price")


@pytest.mark.parametrize("value", [10**18, -(10**18), 2**63, 2**64 - 1, 1e18, 1e25, "1" * 19])
def test_a_whole_number_that_the_archive_cannot_store_is_wrong(value):
    with pytest.raises(DataError, match="the field time_talk is not a whole number"):
        fields.integer(value, "time_talk")


@pytest.mark.parametrize("value", [10**18 - 1, 1 - 10**18, 5e17, "9" * 18])
def test_a_long_whole_number_is_read(value):
    assert fields.integer(value, "id") == int(value)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("the number 0912.000.6789 is busy", "the number … is busy"),
        ("(0912) 000 67 89", "(…"),
        ("+98 (912) 000-67-89 is blocked", "… is blocked"),
        ("+1 (555) 010-9999", "…"),
        ("021/9100/0001", "…"),
        ("0912\u20130006\u2013789", "…"),
        ("0912\u00b7000\u00b76789", "…"),
        ("0912\u200e000\u200f6789", "…"),
        ("۰۹۱۲.۰۰۰.۶۷۸۹", "…"),
        ("01.23.45.67.89", "…"),
        ("1.2.3.4.5.6.7.8", "…"),
        ("token abcdefgh\u200cijklmnopqr is wrong", "token … is wrong"),
        ("token abcdefgh\u00adijklmnopqr is wrong", "token … is wrong"),
        # No number of a telephone.
        ("203.0.113.5 is not permitted", "203.0.113.5 is not permitted"),
        ("the extensions 101, 102 and 1003", "the extensions 101, 102 and 1003"),
        ("HTTP 429, wait 10.5 s", "HTTP 429, wait 10.5 s"),
        ("تماس\u200cها محدود است", "تماس\u200cها محدود است"),
    ],
)
def test_a_providers_message_has_no_number_of_a_telephone_in_any_writing(message, shown):
    assert fields.safe_text(message) == shown
