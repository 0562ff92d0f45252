"""Amounts, rates and shares of many groups at once, beside those of a single one in Python's own numbers."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from trunkline import metrics
from trunkline.reports.coded import Coded
from trunkline.reports.frames import rate
from trunkline.reports.quotients import decimals, divided, rates, ratios

BEYOND = 10**25


def array(values: list[int]) -> Any:
    return np.array(values, np.int64 if all(abs(value) < 1 << 62 for value in values) else object)


def test_amounts_are_in_units_of_the_digits_of_their_type() -> None:
    found = decimals("cost", array([1250, -1, 0, 7]), np.array([True, True, True, False]), pa.decimal128(38, 2))
    assert found.to_pylist() == [Decimal("12.50"), Decimal("-0.01"), Decimal("0.00"), None]
    assert found.type == pa.decimal128(38, 2)
    wide = decimals("cost", array([BEYOND + 1, 3]), np.array([True, True]), pa.decimal128(38, 2))
    assert wide.to_pylist() == [Decimal("100000000000000000000000.01"), Decimal("0.03")]


def test_rates_are_rounded_half_to_even() -> None:
    # 0.5, 1.5, 2.5 and -0.5 millionths; 2/3; 60 seconds that cost 1.00 are 1.00 a minute
    known = np.ones(4, bool)
    halves = rates("rate", array([1, 3, 5, -1]), 6, array([2, 2, 2, 2]), known, times=1, digits=6)
    assert halves.to_pylist() == [Decimal(value).scaleb(-6) for value in (0, 2, 2, 0)]
    two_thirds = rates("rate", array([200]), 2, array([3]), known[:1], times=1, digits=6)
    assert two_thirds.to_pylist() == [Decimal("0.666667")]
    assert rates("rate", array([100]), 2, array([60]), known[:1], times=60, digits=6).to_pylist() == [
        Decimal("1.000000")
    ]


def test_nothing_is_divided_by_nothing() -> None:
    known = np.array([True, False, True])
    assert rates("rate", array([1, 2, 3]), 2, array([0, 1, 1]), known, times=1, digits=6).to_pylist() == [
        None,
        None,
        Decimal("0.030000"),
    ]
    assert divided(array([1, 2, 3]), array([0, 1, 2]), known).to_pylist() == [None, None, 1.5]
    assert [each.to_pylist() for each in ratios(array([0]), array([0]))] == [[None]] * 3
    assert [len(each) for each in ratios(array([]), array([]))] == [0, 0, 0]
    assert len(rates("rate", array([]), 2, array([]), np.zeros(0, bool), times=1, digits=6)) == 0


@pytest.mark.parametrize("scale", [0, 2, 6, 9])
@pytest.mark.parametrize("most", [10**6, 10**17, BEYOND])
def test_rates_of_many_are_those_of_each(scale: int, most: int) -> None:
    chance = random.Random(scale + most)
    units = [chance.randint(-most, most) for _ in range(200)]
    divisors = [chance.choice([0, 1, 7, 60, chance.randint(1, 10**9)]) for _ in units]
    found = rates("rate", array(units), scale, array(divisors), np.ones(len(units), bool), times=60, digits=6)
    expected = [
        rate(Decimal(each).scaleb(-scale), Fraction(seconds, 60)) if seconds else None
        for each, seconds in zip(units, divisors, strict=True)
    ]
    assert found.to_pylist() == expected
    assert found.type == pa.decimal128(38, max(scale, 6))


@pytest.mark.parametrize("most", [1000, 1 << 60, BEYOND])
def test_shares_are_the_nearest_floats(most: int) -> None:
    chance = random.Random(most)
    above, below = ([chance.randint(1, most) for _ in range(200)] for _ in range(2))
    found = divided(array(above), array(below)).to_pylist()
    assert found == [float(Fraction(one, other)) for one, other in zip(above, below, strict=True)]


def test_intervals_are_those_of_each_share() -> None:
    pairs = [(k, n) for n in (1, 2, 3, 10, 97, 10_000, 10**7) for k in {0, 1, n // 3, n - 1, n}]
    found = ratios(array([k for k, _ in pairs]), array([n for _, n in pairs]))
    expected = [(k / n, *metrics.wilson(k, n)) for k, n in pairs]
    assert list(zip(*(each.to_pylist() for each in found), strict=True)) == expected


def test_intervals_of_thousands_of_millions_are_no_less_certain() -> None:
    many = 3 * 10**9
    found = ratios(array([many // 3]), array([many]))
    assert [each.to_pylist()[0] for each in found[1:]] == pytest.approx(metrics.wilson(many // 3, many), rel=1e-15)


def test_only_the_known_have_a_ratio() -> None:
    value, low, high = ratios(array([1, 1]), array([2, 2]), np.array([True, False]))
    assert value.to_pylist() == [0.5, None]
    assert low.to_pylist()[1] is None
    assert high.to_pylist()[1] is None


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a", None, "b"],
        [None, None],
        [],
        # more categories than are looked for at once, the last ones late
        [str(number) for number in range(10_000)],
        [*(["common", None] * 5000), "rare"],
    ],
)
def test_categories_of_polars_keep_their_values(values: list[str | None]) -> None:
    pl.Series(["of another frame", "and another"], dtype=pl.Categorical)
    frame = pl.DataFrame({"status": pl.Series(values, dtype=pl.Categorical)})
    found = Coded(frame).text("status")
    assert found.values() == values
    assert found.unknown == (None in values)
    assert len(found.labels) == len({*values} - {None})
