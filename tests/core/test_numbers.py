"""Phone numbers: what can be known of them, and what others may see."""

from __future__ import annotations

import pytest

from trunkline import numbers
from trunkline.numbers import dial_digits, e164, is_dialable, trunk_id


@pytest.mark.parametrize(
    ("number", "region", "expected"),
    [
        ("9120000123", "IR", "+989120000123"),
        ("09120000123", "IR", "+989120000123"),
        ("2155512345", "IR", "+982155512345"),
        ("02155512345", "IR", "+982155512345"),
        ("0098 21 5551 2345", "IR", "+982155512345"),
        ("+442079460123", "IR", "+442079460123"),
        ("(021) 5551-2345", "IR", "+982155512345"),
        ("1510", "IR", None),
        ("failed", "IR", None),
        ("", "IR", None),
        (None, "IR", None),
        ("2155512345", None, None),
        ("99999999999999999999", "IR", None),
    ],
)
def test_e164_where_it_can_be_known(number, region, expected):
    assert e164(number, region) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("0912***6789", "091****6789", "0912####789", "*7212345678", "#2112345678"),
        *("sip2191000001", "user 1234567", "تلفن02191000001", "_2191000001", "02191000001@example.org"),
    ],
)
def test_what_is_masked_a_code_or_a_name_has_no_e164_form(text):
    assert e164(text, "IR") is None


@pytest.mark.parametrize(
    "text", ["tel:+982191000001", "TEL:02191000001", "\u200e02191000001", "+982191000001 ext. 5", "(021) 9100-0001"]
)
def test_a_number_with_a_prefix_marks_or_an_extension_has_one(text):
    assert e164(text, "IR") == "+982191000001"


def test_a_trunk_is_one_whichever_endpoint_names_it():
    assert trunk_id("02155512345") == trunk_id("2155512345") == trunk_id("021 5551 2345") == "2155512345"
    assert trunk_id("000") == "000"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1510", True),
        ("+98 21 5551-2345", True),
        ("*72", True),
        ("12a", False),
        ("", False),
        ("1" * 21, False),
        ("1;2", False),
    ],
)
def test_what_can_be_dialled(text, expected):
    assert is_dialable(text) is expected


def test_dialling_drops_what_people_put_between_digits():
    assert dial_digits("(021) 5551-2345") == "02155512345"


def test_a_text_that_is_too_long_for_a_number_is_none_and_is_not_remembered():
    remembered = numbers._e164.cache_info().currsize
    assert e164("+98 21 5551 2345" + " " * 48, "IR") == "+982155512345"
    assert e164("+98 21 5551 2345" + " " * 49, "IR") is None
    assert e164("1" * 1_000_000, "IR") is None
    assert numbers._e164.cache_info().currsize <= remembered + 1
