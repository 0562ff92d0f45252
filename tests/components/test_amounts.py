"""Amounts in the unit that the user chose."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from custom_components.trunkline.account.amounts import display_unit, display_units
from trunkline.model import Money
from trunkline.providers import PROVIDERS

IRANIAN = PROVIDERS["telefonchy"]
TOMAN = {"display_currency": "toman"}


@pytest.mark.parametrize(
    ("money", "options", "expected"),
    [
        (Money(Decimal(21064), "IRR"), {}, Decimal(21064)),
        (Money(Decimal(21064), "IRR"), {"display_currency": "rial"}, Decimal(21064)),
        (Money(Decimal(21064), "IRR"), TOMAN, Decimal("2106.4")),
        (Money(Decimal(21064), "IRR"), {"display_currency": "doubloon"}, Decimal(21064)),
        (Money(Decimal(5), "EUR"), TOMAN, None),
        (None, TOMAN, None),
    ],
)
def test_an_amount_is_in_the_chosen_unit_or_not_given_at_all(money, options, expected):
    assert display_unit(IRANIAN, "IRR", options).amount(money) == expected


@pytest.mark.parametrize("info", PROVIDERS["mor"].dialects, ids=lambda info: info.dialect)
def test_a_mor_account_has_the_toman_exactly_where_its_server_bills_in_rial(info):
    assert [unit.code for unit in display_units(info, "IRR")] == ["IRR", "IRT"]
    assert display_units(info, info.currency) == ()
    assert display_unit(info, "IRR", TOMAN).amount(Money(Decimal(21064), "IRR")) == Decimal("2106.4")


def test_an_account_in_another_currency_has_no_choice_of_units():
    unit = display_unit(IRANIAN, "EUR", TOMAN)
    assert (unit.code, unit.digits, unit.amount(Money(Decimal(5), "EUR"))) == ("EUR", None, Decimal(5))


def test_a_provider_without_units_of_its_own_uses_the_currency():
    assert display_unit(replace(IRANIAN, display_units=()), "IRR", TOMAN).code == "IRR"
