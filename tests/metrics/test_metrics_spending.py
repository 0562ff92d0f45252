"""Run-out against hand calculations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.calls import call
from trunkline import metrics
from trunkline.errors import DataError
from trunkline.model import Money

TEHRAN = ZoneInfo("Asia/Tehran")
MONDAY = datetime(2025, 3, 31, tzinfo=UTC)


def rial(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "IRR")


def history(costs: list[int]) -> dict[date, Money]:
    """Return costs of the days up to the Sunday."""
    return {MONDAY.date() - timedelta(days=len(costs) - n): rial(cost) for n, cost in enumerate(costs)}


def test_an_even_pace_uses_the_credit_up_to_the_hour() -> None:
    forecast = metrics.run_out(rial(350), history([100] * 28), MONDAY)
    assert forecast is not None
    assert forecast.at == MONDAY + timedelta(days=3.5)
    assert (forecast.earliest, forecast.latest) == (forecast.at, forecast.at)
    assert (forecast.daily_burn, forecast.days) == (rial(100), 28)


def test_a_weekend_without_calls_uses_nothing() -> None:
    # Four weeks from a Monday: 100 on weekdays, 0 on Saturday and Sunday. From Friday midnight 150
    # last for the Friday (100), the free weekend, and half the Monday.
    friday = MONDAY + timedelta(days=4)
    days = history([100, 100, 100, 100, 100, 0, 0] * 4)
    shifted = {day: cost for day, cost in days.items() if day < MONDAY.date()}
    shifted |= {MONDAY.date() + timedelta(days=n): rial(100) for n in range(4)}
    forecast = metrics.run_out(rial(150), shifted, friday)
    assert forecast is not None
    assert forecast.at == MONDAY + timedelta(days=7.5)


def test_the_rest_of_today_counts_pro_rata_and_todays_own_cost_not_at_all() -> None:
    # At noon half a day is left: 50; the other 50 of the credit last until noon of the next day.
    costs = history([100] * 28) | {MONDAY.date(): rial(900)}
    forecast = metrics.run_out(rial(100), costs, MONDAY + timedelta(hours=12))
    assert forecast is not None
    assert forecast.at == MONDAY + timedelta(hours=36)


def test_the_interval_follows_from_the_variance_about_the_weekdays_means() -> None:
    # Each weekday cost 80, 120, 80, 120: mean 100, s² = 28·20²/(28-7) = 533.333. With 400 of credit:
    # upper total after 3 days 300 + 1.28155·√(533.333·(3 + 9/28)) = 353.938, after 4 days 463.279:
    # earliest 3 + (400-353.938)/(463.279-353.938) = 3.4213 days;
    # lower total after 4 days 336.721, after 5 days 500 - 1.28155·√(533.333·(5 + 25/28)) = 428.155:
    # latest 4 + (400-336.721)/(428.155-336.721) = 4.6921 days.
    forecast = metrics.run_out(rial(400), history(([80] * 7 + [120] * 7) * 2), MONDAY)
    assert forecast is not None
    assert forecast.latest is not None
    assert forecast.at == MONDAY + timedelta(days=4)
    assert (forecast.earliest - MONDAY) / timedelta(days=1) == pytest.approx(3.4213, abs=1e-3)
    assert (forecast.latest - MONDAY) / timedelta(days=1) == pytest.approx(4.6921, abs=1e-3)


def test_with_less_than_two_weeks_the_variance_is_about_the_overall_mean() -> None:
    # 7 days 40..160 by 20: mean 100, s² = 11200/6 = 1866.67. Credit 100 on a Monday: the Monday's
    # mean is the one Monday's cost, 40, the Tuesday's 60: used up at midnight of Wednesday. Upper total
    # after one day 40 + 1.28155·√(1866.67·(1 + 1/7)) = 99.192, after two 100 + 1.28155·√(1866.67·(2 + 4/7))
    # = 188.788: earliest 1 + (100-99.192)/(188.788-99.192) = 1.0090 days.
    forecast = metrics.run_out(rial(100), history([40, 60, 80, 100, 120, 140, 160]), MONDAY)
    assert forecast is not None
    assert forecast.at == MONDAY + timedelta(days=2)
    assert (forecast.earliest - MONDAY) / timedelta(days=1) == pytest.approx(1.0090, abs=1e-3)
    assert forecast.days == 7


def test_costs_that_vary_too_much_leave_the_latest_open() -> None:
    # One day of 28 cost anything: the mean is less certain than 80 %.
    forecast = metrics.run_out(rial(1000), history([280] + [0] * 27), MONDAY)
    assert forecast is not None
    assert forecast.latest is None
    assert forecast.daily_burn == rial(10)


def test_only_the_last_28_days_count() -> None:
    forecast = metrics.run_out(rial(100), history([9000] * 30 + [100] * 28), MONDAY)
    assert forecast is not None
    assert forecast.at == MONDAY + timedelta(days=1)


def test_a_day_without_calls_costs_nothing() -> None:
    costs = history([100] * 28)
    gap = {day: cost for day, cost in costs.items() if day.weekday() != 0}
    forecast = metrics.run_out(rial(100), gap, MONDAY)
    assert forecast is not None
    assert forecast.at == MONDAY + timedelta(days=2)


def test_a_history_that_is_known_to_reach_back_further_holds_days_without_cost() -> None:
    costs = history([100, 100])
    assert metrics.run_out(rial(100), costs, MONDAY) is None
    forecast = metrics.run_out(rial(100), costs, MONDAY, since=MONDAY.date() - timedelta(days=20))
    assert forecast is not None
    assert forecast.days == 20


@pytest.mark.parametrize("costs", [[], [100] * 6])
def test_too_little_history_gives_no_forecast(costs: list[int]) -> None:
    assert metrics.run_out(rial(500), history(costs), MONDAY) is None


def test_todays_calls_alone_are_no_history() -> None:
    assert metrics.run_out(rial(500), {MONDAY.date(): rial(100)}, MONDAY) is None


@pytest.mark.parametrize(("credit", "cost"), [(1825 * 100 + 1, 100), (500, 0)])
def test_a_credit_that_lasts_for_more_than_five_years_has_no_end(credit: int, cost: int) -> None:
    forecast = metrics.run_out(rial(credit), history([cost] * 28), MONDAY)
    assert forecast is not None
    assert (forecast.at, forecast.earliest, forecast.latest) == (None, None, None)
    assert (forecast.daily_burn, forecast.days, forecast.expires_first) == (rial(cost), 28, False)


@pytest.mark.parametrize(("credit", "cost"), [(153_600, 100), (1825 * 100 + 1, 100), (500, 0)])
def test_a_credit_ends_when_it_expires(credit: int, cost: int) -> None:
    # 153,600 at 100 a day would last for 1,536 days, but it expires in three months.
    expires_at = MONDAY + timedelta(days=90)
    forecast = metrics.run_out(rial(credit), history([cost] * 28), MONDAY, expires_at=expires_at)
    assert forecast is not None
    assert (forecast.at, forecast.earliest, forecast.latest) == (expires_at, expires_at, expires_at)
    assert forecast.expires_first
    assert forecast.daily_burn == rial(cost)


def test_an_expiry_after_the_credit_is_used_up_bounds_the_interval_only() -> None:
    # As above: used up after 4 days, between 3.4213 and 4.6921 of them.
    costs, expires_at = history(([80] * 7 + [120] * 7) * 2), MONDAY + timedelta(days=4, hours=12)
    forecast = metrics.run_out(rial(400), costs, MONDAY, expires_at=expires_at)
    assert forecast is not None
    assert (forecast.at, forecast.latest, forecast.expires_first) == (MONDAY + timedelta(days=4), expires_at, False)
    # Costs that vary too much for a latest time still have one: the expiry.
    forecast = metrics.run_out(rial(1000), history([280] + [0] * 27), MONDAY, expires_at=expires_at)
    assert forecast is not None
    assert forecast.latest == expires_at


def test_a_credit_that_has_expired_ended_then() -> None:
    expired = MONDAY - timedelta(days=2)
    forecast = metrics.run_out(rial(350), history([100] * 28), MONDAY, expires_at=expired)
    assert forecast is not None
    assert (forecast.at, forecast.latest, forecast.expires_first) == (expired, expired, True)


@pytest.mark.parametrize(("credit", "cost"), [(0, 100), (-5, 100), (0, 0)])
def test_a_credit_that_is_used_up_has_run_out_now(credit: int, cost: int) -> None:
    forecast = metrics.run_out(rial(credit), history([cost] * 28), MONDAY)
    assert forecast is not None
    assert (forecast.at, forecast.earliest, forecast.latest) == (MONDAY, MONDAY, MONDAY)


def test_days_are_those_of_the_zone() -> None:
    # 20:30 UTC is midnight in Tehran: the 31st has begun there, and its whole day lies ahead.
    midnight = datetime(2025, 3, 30, 20, 30, tzinfo=UTC)
    forecast = metrics.run_out(rial(100), history([100] * 28), midnight, zone=TEHRAN)
    assert forecast is not None
    assert forecast.at == midnight + timedelta(days=1)


def test_costs_in_another_currency_are_refused() -> None:
    with pytest.raises(DataError, match="convert"):
        metrics.run_out(Money(Decimal(5), "EUR"), history([100] * 28), MONDAY)


@given(st.lists(st.integers(0, 10_000), min_size=7, max_size=40), st.integers(1, 100_000), st.integers(0, 86_399))
def test_the_expected_time_lies_within_its_interval(costs: list[int], credit: int, second: int) -> None:
    now = MONDAY + timedelta(seconds=second)
    forecast = metrics.run_out(rial(credit), history(costs), now)
    if forecast is not None and forecast.at is not None:
        assert forecast.earliest is not None
        assert now <= forecast.earliest <= forecast.at
        assert forecast.latest is None or forecast.at <= forecast.latest


def test_daily_costs_are_grouped_by_local_day_in_one_currency() -> None:
    costs = metrics.daily_costs(
        [
            call("2025-03-03T20:29", price="10.5"),  # 23:59 in Tehran
            call("2025-03-03T20:30", price="4"),  # the next day there
            call("2025-03-03T21:00", price="2.25"),
            call("2025-03-03T22:00", price="99", currency="EUR"),
            call("2025-03-04T22:00", price=None),
            call(None, price="7"),
        ],
        currency="IRR",
        zone=TEHRAN,
    )
    assert costs == {
        date(2025, 3, 3): rial("10.5"),
        date(2025, 3, 4): rial("6.25"),
        date(2025, 3, 5): rial(0),
    }


def test_days_left_stop_at_zero() -> None:
    assert metrics.days_left(MONDAY + timedelta(hours=36), MONDAY) == 1.5
    assert metrics.days_left(MONDAY - timedelta(hours=36), MONDAY) == 0.0
