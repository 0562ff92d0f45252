"""Run-out and unusual spend against hand calculations."""

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


@pytest.mark.parametrize("costs", [[], [100] * 6, [0] * 28])
def test_too_little_history_or_no_burn_gives_no_forecast(costs: list[int]) -> None:
    assert metrics.run_out(rial(500), history(costs), MONDAY) is None


def test_todays_calls_alone_are_no_history() -> None:
    assert metrics.run_out(rial(500), {MONDAY.date(): rial(100)}, MONDAY) is None


def test_beyond_five_years_there_is_no_forecast() -> None:
    assert metrics.run_out(rial(1825 * 100 + 1), history([100] * 28), MONDAY) is None


@pytest.mark.parametrize("credit", [0, -5])
def test_a_credit_that_is_used_up_has_run_out_now(credit: int) -> None:
    forecast = metrics.run_out(rial(credit), history([100] * 28), MONDAY)
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
    if forecast is not None:
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


def test_this_hours_spend_stands_beside_the_usual_of_such_hours() -> None:
    # Mondays at 10 of the last five weeks: 10, 20, 30, 40, 50; p95 at position 3.8: 40 + 0.8·10 = 48.
    mondays = [
        call(f"2025-{day}T10:15", price=str(cost))
        for day, cost in zip(("02-24", "03-03", "03-10", "03-17", "03-24"), (10, 20, 30, 40, 50), strict=True)
    ]
    now = MONDAY + timedelta(hours=10, minutes=30)
    calls = [
        *mondays,
        call("2025-03-31T10:01", price="49"),
        call(None, price="5000"),
        call("2025-03-31T09:59", price="1"),
    ]
    spend = metrics.hour_spend(metrics.hourly_costs(calls, currency="IRR", zone=UTC), now, currency="IRR", zone=UTC)
    assert spend is not None
    assert (spend.spend, spend.usual, spend.weeks) == (rial(49), rial(48), 5)
    assert spend.unusual


def test_hours_without_calls_count_as_nothing_spent() -> None:
    hours = {datetime(2025, 2, 24, 9): rial(5), datetime(2025, 3, 24, 10): rial(100)}
    now = MONDAY + timedelta(hours=10)
    spend = metrics.hour_spend(hours, now, currency="IRR", zone=UTC)
    assert spend is not None
    # 0, 0, 0, 0, 100 would be five weeks: the fifth, at 10 on 24 February, is within the history.
    assert (spend.weeks, spend.spend, spend.usual) == (5, rial(0), rial(80))
    assert not spend.unusual


def test_less_than_four_such_hours_are_no_usual() -> None:
    hours = {datetime(2025, 3, 24, 10): rial(5)}
    assert metrics.hour_spend(hours, MONDAY + timedelta(hours=10), currency="IRR", zone=UTC) is None
    assert metrics.hour_spend({}, MONDAY, currency="IRR", zone=UTC) is None
