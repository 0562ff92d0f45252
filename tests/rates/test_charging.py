"""Billed seconds and charges, against hand calculations and Python's decimals."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.rates import billed_seconds, charge, exact_charge, is_tie, rounded

DECIMAL = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "up": ROUND_UP, "down": ROUND_DOWN}


@pytest.mark.parametrize(
    ("talk", "first", "step", "billed"),
    [
        (0, 60, 6, 0),
        (1, 60, 6, 60),
        (60, 60, 6, 60),
        (61, 60, 6, 66),
        (66, 60, 6, 66),
        (67, 60, 6, 72),
        (1, 1, 1, 1),
        (59, 60, 60, 60),
        (61, 60, 60, 120),
        (7, 0, 6, 12),
        (31, 30, 6, 36),
        (3601, 60, 60, 3660),
    ],
)
def test_billed_seconds(talk, first, step, billed):
    assert billed_seconds(talk, first, step) == billed


@given(st.integers(0, 100_000), st.integers(0, 300), st.integers(1, 300))
def test_billed_seconds_cover_the_talk_with_less_than_a_step_to_spare(talk, first, step):
    billed = billed_seconds(talk, first, step)
    assert billed >= talk
    if talk > first:
        assert (billed - first) % step == 0
        assert billed - step < talk
    elif talk:
        assert billed == first


@pytest.mark.parametrize(
    ("talk", "first", "step"), [(-1, 1, 1), (1, -1, 1), (1, 1, 0), (1.5, 1, 1), (float("nan"), 60, 60), (70, 60, 0.5)]
)
def test_impossible_increments_are_refused(talk, first, step):
    with pytest.raises(ValueError, match="increment"):
        billed_seconds(talk, first, step)


def test_charges_worked_out_by_hand():
    # 61 s at 60/60 are two minutes: 2 * 0.0431 = 0.0862
    assert charge(61, Decimal("0.0431"), first=60, step=60) == Decimal("0.09")
    assert charge(61, Decimal("0.0431"), first=60, step=60, places=4) == Decimal("0.0862")
    # 90 s by the second at 0.05 and 0.01 to connect: 0.075 + 0.01 = 0.085, halfway between two cents
    terms = {"first": 1, "step": 1, "connection_fee": Decimal("0.01")}
    assert charge(90, Decimal("0.05"), **terms) == Decimal("0.09")
    assert charge(90, Decimal("0.05"), **terms, rounding="half_even") == Decimal("0.08")
    assert charge(90, Decimal("0.05"), **terms, rounding="down") == Decimal("0.08")
    assert charge(90, Decimal("0.05"), **terms, rounding="up") == Decimal("0.09")
    assert is_tie(exact_charge(90, Decimal("0.05"), **terms), 2)
    assert not is_tie(exact_charge(90, Decimal("0.05"), **terms), 3)
    # 245 s of 480 rials a minute, whole rials
    assert charge(245, Decimal(480), places=0) == Decimal(1960)
    assert charge(0, Decimal(480), connection_fee=Decimal(100), places=0) == Decimal(0)


def test_a_charge_keeps_its_places():
    assert str(charge(60, Decimal("0.1"), places=4)) == "0.1000"
    assert str(charge(0, Decimal("0.1"), places=2)) == "0.00"
    assert charge(60, Decimal(12345), places=-2) == Decimal(12300)


def test_digits_beyond_the_decimal_context_are_exact():
    price = Decimal("123456789012345678901234567890.123456789")
    with localcontext(prec=5):
        assert charge(60, price, places=9) == price


@given(st.decimals(-10_000, 10_000, allow_nan=False, places=7), st.integers(0, 6), st.sampled_from(sorted(DECIMAL)))
def test_rounding_agrees_with_pythons_decimals(amount, places, rounding):
    expected = Context(prec=60).create_decimal(amount).quantize(Decimal(1).scaleb(-places), rounding=DECIMAL[rounding])
    found = rounded(Fraction(amount), places, rounding)
    assert found == expected
    assert found.as_tuple().exponent == -places
    assert not (found == 0 and found.is_signed())


def test_an_unknown_rounding_is_refused():
    with pytest.raises(ValueError, match="half_up"):
        rounded(Fraction(1), 2, "bankers")


@pytest.mark.parametrize("amount", [0.1, float("nan"), Decimal("NaN"), Decimal("Infinity")])
def test_amounts_that_are_not_exact_are_refused(amount):
    with pytest.raises(ValueError, match="exact"):
        charge(60, amount)
    with pytest.raises(ValueError, match="exact"):
        charge(60, Decimal(1), connection_fee=amount)
