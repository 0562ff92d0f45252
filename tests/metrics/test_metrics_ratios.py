"""Ratios, their interval and the definitions, against published and hand-calculated values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import metrics
from trunkline.metrics import Denominator


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        # By hand, 6 of 12: z² = 3.841459, scale 1.3201216, centre (0.5 + 0.1600608)/1.3201216 = 0.5,
        # half 1.959964·√(0.25/12 + 3.841459/576)/1.3201216 = 0.2462; 50 % is 25 to 75 %.
        (6, 12, 0.2538, 0.7462),
    ],
)
def test_wilson_interval_agrees_with_published_values(k: int, n: int, low: float, high: float) -> None:
    assert metrics.wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share_and_stays_between_0_and_1(pair: tuple[int, int]) -> None:
    k, n = pair
    low, high = metrics.wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    mirrored = metrics.wilson(n - k, n)
    assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high))


@pytest.mark.parametrize(("k", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_what_is_no_share(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        metrics.wilson(k, n)


def test_a_ratio_of_nothing_is_none() -> None:
    assert metrics.ratio(0, 0) is None
    assert metrics.asr(0, 0) is None
    assert metrics.acd(0, 0) is None


def test_a_ratio_carries_its_count_and_percent() -> None:
    share = metrics.asr(3, 4)
    assert share is not None
    assert (share.k, share.n, share.value, share.percent) == (3, 4, 0.75, 75.0)


def test_acd_divides_by_the_answered_calls_only() -> None:
    assert metrics.acd(600, 4) == 150.0


def test_ner_counts_busy_and_no_answer_as_the_networks_success() -> None:
    share = metrics.ner(answered=5, busy=2, no_answer=1, attempts=10)
    assert share is not None
    assert share.value == 0.8


@pytest.mark.parametrize(
    ("direction", "status", "missed"),
    [
        ("incoming", "no_answer", True),
        ("incoming", "busy", True),
        ("incoming", "congestion", True),
        ("incoming", "failed", True),
        ("incoming", "answered", False),
        ("incoming", "unknown", False),
        ("outgoing", "no_answer", False),
        ("internal", "no_answer", False),
        (None, "no_answer", False),
    ],
)
def test_only_an_incoming_call_that_is_known_to_be_unanswered_is_missed(
    direction: str | None, status: str, missed: bool
) -> None:
    assert metrics.is_missed(direction, status) is missed


def test_only_an_incoming_call_that_rang_out_is_abandoned() -> None:
    assert metrics.is_abandoned("incoming", "no_answer")
    assert not metrics.is_abandoned("incoming", "busy")
    assert not metrics.is_abandoned("outgoing", "no_answer")


@pytest.mark.parametrize(
    ("denominator", "n"),
    [
        (Denominator.OFFERED, 20),
        (Denominator.ANSWERED, 12),
        (Denominator.ANSWERED_AND_ABANDONED, 17),
        (Denominator.OFFERED_LESS_SHORT, 18),
    ],
)
def test_service_level_divides_by_the_named_denominator(denominator: Denominator, n: int) -> None:
    level = metrics.service_level(9, offered=20, answered=12, abandoned=5, short_abandoned=2, denominator=denominator)
    assert level is not None
    assert (level.k, level.n) == (9, n)


def test_abandonment_divides_by_the_calls_offered() -> None:
    share = metrics.abandonment(5, 20)
    assert share is not None
    assert share.value == 0.25


def test_quantiles_are_linear_between_order_statistics() -> None:
    # Position 0.9·(5-1) = 3.6: 40 + 0.6·(100-40) = 76.
    assert metrics.quantile([10.0, 20.0, 30.0, 40.0, 100.0], 0.9) == pytest.approx(76.0)
    assert metrics.quantile([Decimal(1), Decimal(2)], Decimal("0.5")) == Decimal("1.5")
    assert metrics.quantile([7.0], 0.95) == 7.0
    assert metrics.quantile([1.0, 2.0], 1.0) == 2.0
    assert metrics.quantile([], 0.5) is None
