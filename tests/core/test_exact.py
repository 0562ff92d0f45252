"""Sums that have more digits than Python's default context keeps."""

from __future__ import annotations

from decimal import Decimal

from trunkline import exact
from trunkline.model import Money

D = Decimal
# 30 digits, 2 of them decimal.
HUGE = D("9999999999999999999999999999.99")


def test_sums_are_not_rounded() -> None:
    assert exact.add(HUGE, D("0.01")) == D("10000000000000000000000000000.00")
    assert exact.total([HUGE, HUGE, HUGE]) == D("29999999999999999999999999999.97")
    assert exact.times(HUGE, -3) == D("-29999999999999999999999999999.97")
    assert exact.total([]) == 0
    assert exact.scaled(999999999999999999999999999999, 2) == HUGE


def test_money_of_many_digits_is_added_and_negated_exactly() -> None:
    huge = Money(HUGE, "IRR")
    assert huge + huge == Money(D("19999999999999999999999999999.98"), "IRR")
    assert huge - Money(D("0.98"), "IRR") == Money(D("9999999999999999999999999999.01"), "IRR")
    assert -huge == Money(D("-9999999999999999999999999999.99"), "IRR")
