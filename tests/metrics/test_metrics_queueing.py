"""Erlang's formulas against their definition in exact fractions, and against published tables."""

from decimal import Decimal
from fractions import Fraction
from math import exp, factorial, inf, nan

import pytest

from trunkline.metrics import answered_within, erlang_b, erlang_c, lines_needed, offered_traffic


def direct_b(lines: int, traffic: Fraction) -> Fraction:
    """Return Erlang's B as a quotient of sums: (A^n / n!) / sum of (A^k / k!)."""
    terms = [traffic**k / factorial(k) for k in range(lines + 1)]
    return terms[-1] / sum(terms)


def direct_c(lines: int, traffic: Fraction) -> Fraction:
    last = traffic**lines / factorial(lines) * lines / (lines - traffic)
    return last / (sum(traffic**k / factorial(k) for k in range(lines)) + last)


@pytest.mark.parametrize("lines", [0, 1, 2, 5, 10, 30, 100])
@pytest.mark.parametrize("traffic", [Fraction(1, 10), Fraction(1), Fraction(7, 3), Fraction(9), Fraction(80)])
def test_erlang_b_is_the_quotient_of_sums(lines, traffic):
    assert erlang_b(lines, float(traffic)) == pytest.approx(float(direct_b(lines, traffic)), rel=1e-12)


@pytest.mark.parametrize(("lines", "traffic"), [(1, 0.5), (2, 1.0), (10, 8.0), (60, 50.0)])
def test_erlang_c_is_the_quotient_of_sums(lines, traffic):
    assert erlang_c(lines, traffic) == pytest.approx(float(direct_c(lines, Fraction(traffic))), rel=1e-12)


def test_one_line_and_one_erlang_lose_half_of_the_calls():
    # B(1) = A / (1 + A); C(1) = A, as in a queue with one server
    assert erlang_b(1, 1.0) == 0.5
    assert erlang_c(1, 0.25) == pytest.approx(0.25)


# Offered traffic at 1 % blocking as the tables of the ITU's Teletraffic Engineering Handbook have it
@pytest.mark.parametrize(("lines", "traffic"), [(1, 0.0101), (2, 0.153), (5, 1.36), (10, 4.46), (20, 12.0), (50, 37.9)])
def test_the_tables_of_one_percent(lines, traffic):
    assert erlang_b(lines, traffic) == pytest.approx(0.01, rel=0.03)  # the tables have three digits
    assert lines_needed(traffic * 0.98) == lines
    assert lines_needed(traffic * 1.02) == lines + 1


def test_without_traffic_one_line_is_the_fewest_that_never_blocks():
    assert erlang_b(0, 0.0) == 1.0
    assert erlang_b(1, 0.0) == 0.0
    assert lines_needed(0.0) == 1
    assert lines_needed(5.0, 1.0) == 0


def test_a_queue_that_grows_without_end_lets_everyone_wait():
    assert erlang_c(4, 4.0) == erlang_c(3, 4.0) == 1.0
    assert answered_within(4, 4.0, 20, 180) == 0.0


def test_the_service_level_follows_from_the_share_that_waits():
    waiting = float(direct_c(10, Fraction(8)))
    assert answered_within(10, 8.0, 20, 180) == pytest.approx(1 - waiting * exp(-2 * 20 / 180), rel=1e-12)
    assert answered_within(10, 8.0, 0, 180) == pytest.approx(1 - waiting, rel=1e-12)


@pytest.mark.parametrize(("lines", "offered"), [(1, 0.01), (2, 1.5), (10, 4.46), (10, 40.0), (100, 90.0)])
def test_the_offered_traffic_is_found_from_what_was_carried(lines, offered):
    carried = offered * (1 - erlang_b(lines, offered))
    assert offered_traffic(lines, carried) == pytest.approx(offered, rel=1e-9)


def test_no_traffic_was_offered_where_none_was_carried():
    assert offered_traffic(3, 0.0) == 0.0


def test_lines_beyond_all_need_lose_no_call():
    assert erlang_b(10**12, 5.0) == 0.0


def test_traffic_may_be_any_exact_number():
    # By hand: 2 lines, 1 erlang: B = (1 / 2) / (1 + 1 + 1 / 2) = 1 / 5.
    for traffic in (1, Decimal(1), Fraction(1)):
        assert erlang_b(2, traffic) == pytest.approx(0.2)
        assert erlang_c(2, traffic) == pytest.approx(1 / 3)
        assert answered_within(2, traffic, 0, 180) == pytest.approx(2 / 3)
        assert lines_needed(traffic, 0.2) == 2


def test_many_lines_stay_exact():
    # far beyond where factorials overflow; the two formulas agree by C = nB / (n - A(1 - B))
    blocked = erlang_b(5000, 4900.0)
    assert 0 < blocked < 0.01
    assert erlang_c(5000, 4900.0) == pytest.approx(5000 * blocked / (5000 - 4900 * (1 - blocked)))


@pytest.mark.parametrize("traffic", [-1.0, nan, inf])
def test_impossible_traffic_is_refused(traffic):
    for function in (lambda: erlang_b(1, traffic), lambda: erlang_c(1, traffic), lambda: lines_needed(traffic)):
        with pytest.raises(ValueError, match="traffic"):
            function()


def test_other_impossible_values_are_refused():
    with pytest.raises(ValueError, match="lines"):
        erlang_b(-1, 1.0)
    for blocking in (0.0, -0.1, 1.1, nan):
        with pytest.raises(ValueError, match="share"):
            lines_needed(1.0, blocking)
    with pytest.raises(ValueError, match="1,000,000 lines"):
        lines_needed(2e6)
    with pytest.raises(ValueError, match="carry"):
        offered_traffic(2, 2.0)
    with pytest.raises(ValueError, match="seconds"):
        answered_within(2, 1.0, -1, 60)
    with pytest.raises(ValueError, match="seconds"):
        answered_within(2, 1.0, 20, 0)
