"""Digits of amounts and rates: ISO 4217's minor units, and what a rate needs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trunkline.reports import amounts

D = Decimal


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("IRR", 0), ("VND", 0), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("LTL", 2), (None, 2)],
)
def test_amounts_have_the_minor_units_of_their_currency(currency: str | None, digits: int) -> None:
    assert amounts.minor_units(currency) == digits
    assert amounts.amount_digits([D("1.23456"), D(0)], currency) == digits


def test_an_amount_does_not_look_like_nothing() -> None:
    assert amounts.column("cost", [D("0.0042"), D("1.5"), None], ["EUR"] * 3) == [D("0.004"), D("1.500"), None]
    assert str(amounts.column("cost", [D("0.0042"), D(0)], ["EUR"] * 2)[1]) == "0.000"
    assert amounts.amount_digits([D("0.4")], "IRR") == 1


def test_a_rate_has_three_significant_digits_unless_it_is_exact_with_less() -> None:
    assert amounts.rate_digits([D("3.333333")], "IRR") == 2
    assert amounts.rate_digits([D("0.000156")], "EUR") == 6
    assert amounts.rate_digits([D("750.500000")], "IRR") == 0
    assert amounts.rate_digits([D("0.500000")], "IRR") == 1
    assert amounts.rate_digits([], "EUR") == 2


def test_the_price_of_a_call_keeps_its_digits() -> None:
    assert amounts.column("price", [D("0.0125"), D("2.0000")], ["EUR", "EUR"]) == [D("0.0125"), D(2)]
    assert [str(each) for each in amounts.column("price", [D("15.0000"), D("2.0000")], ["IRR", "EUR"])] == [
        "15",
        "2.00",
    ]
