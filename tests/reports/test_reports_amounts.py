"""Digits of amounts and rates: ISO 4217's minor units, and what a rate needs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from trunkline.model import minor_units
from trunkline.reports import amounts

if TYPE_CHECKING:
    from collections.abc import Sequence

D = Decimal


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("IRR", 0), ("VND", 0), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("LTL", 2), (None, 2)],
)
def test_amounts_have_the_minor_units_of_their_currency(currency: str | None, digits: int) -> None:
    assert minor_units(currency) == digits
    assert amounts.amount_digits([D("1.23456"), D(0)], currency) == digits


def shown(name: str, cells: Sequence[Decimal | None], currencies: Sequence[str | None], **beside: Any) -> list[str]:
    found = amounts.column(name, {"currency": currencies, name: cells, **beside})
    return ["-" if each is None else str(each) for each in found]


def test_an_amount_does_not_look_like_nothing() -> None:
    assert shown("cost", [D("0.0042"), D("1.5"), None], ["EUR"] * 3) == ["0.004", "1.500", "-"]
    assert shown("cost", [D("0.0042"), D(0)], ["EUR"] * 2)[1] == "0.000"
    assert amounts.amount_digits([D("0.4")], "IRR") == 1


def test_a_rate_has_three_significant_digits_unless_it_is_exact_with_less() -> None:
    assert amounts.rate_digits([D("3.333333")], "IRR") == 2
    assert amounts.rate_digits([D("0.000156")], "EUR") == 6
    assert amounts.rate_digits([D("750.500000")], "IRR") == 0
    assert amounts.rate_digits([D("0.500000")], "IRR") == 1
    assert amounts.rate_digits([], "EUR") == 2


def test_the_price_of_a_call_keeps_its_digits() -> None:
    assert shown("price", [D("0.0125"), D("2.0000")], ["EUR", "EUR"]) == ["0.0125", "2.0000"]
    assert shown("price", [D("15.0000"), D("2.0000")], ["IRR", "EUR"]) == ["15", "2.00"]


def test_what_a_card_expects_is_exact_and_what_a_forecast_expects_is_not() -> None:
    assert shown("expected", [D("15.2500")], ["IRR"]) == ["15.25"]
    assert shown("expected", [D("15.2500")], ["IRR"], low=[D("1.1")], high=[D("20.2")]) == ["15"]
    assert shown("left_per_day", [D("1234.567890")], ["IRR"], low=[D("1.1")], high=[D("20.2")]) == ["1235"]


# Of a comparison: calls, their talk in seconds, and their cost in two currencies.
COMPARED: dict[str, Any] = {
    "measure": ["calls", "missed", "talk_s", "cost", "cost"],
    "currency": [None, None, None, "EUR", "IRR"],
    "total_before": [D("771.0000"), D("0.0000"), D("122347.0000"), D("35.1966"), D("500824.0000")],
    "per_day_before": [D("41.857143"), D("0.000000"), D("4369.535714"), D("1.257021"), D("17886.571429")],
    "per_day_after": [D("43.273810"), None, D("4198.261905"), D("1.005823"), D("16191.047619")],
    "difference": [D("1.416667"), None, D("-171.273810"), D("-0.251198"), D("-1695.523810")],
}


def test_counts_are_whole_and_means_have_the_digits_that_tell_something() -> None:
    def column(name: str) -> list[str]:
        return ["-" if each is None else str(each) for each in amounts.column(name, COMPARED)]

    assert column("total_before") == ["771", "0", "122347", "35.20", "500824"]
    assert column("per_day_before") == ["41.86", "0.00", "4370", "1.26", "17887"]
    assert column("per_day_after") == ["43.27", "-", "4198", "1.01", "16191"]
    # As many as the means that are subtracted.
    assert column("difference") == ["1.42", "-", "-171", "-0.25", "-1696"]


def test_measures_of_which_nothing_is_known_have_dashes() -> None:
    known = {"measure": ["calls"], "difference": [None]}
    assert amounts.column("difference", known) == [None]
    assert amounts.column("difference", {"measure": ["calls"], "difference": [D("123.456789")]}) == [D("123.5")]
