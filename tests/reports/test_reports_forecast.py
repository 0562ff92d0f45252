"""Forecasts of costs against hand calculations, and against sums by `statistics` and brute force."""

from __future__ import annotations

import random
import statistics
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.reports.frames import TEHRAN, row, rows, table
from trunkline.errors import DataError
from trunkline.model import Money
from trunkline.reports import backtest, forecast
from trunkline.reports.student import student_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

D = Decimal
# Monday 3 March 2025 = 13 Esfand 1403.
MONDAY = date(2025, 3, 3)


def noon(day: date, price: str | None, **rest: Any) -> Row:
    return row(f"{day}{rest}", f"{day} 12:00:00", "outgoing", "answered", price=price, talk_s=60, **rest)


def days(prices: Sequence[str], first: date = MONDAY, **rest: Any) -> list[Row]:
    """Return a call at noon of each day from the first on, with these prices."""
    return [noon(first + timedelta(days=n), price, **rest) for n, price in enumerate(prices)]


def tehran(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TEHRAN)


# Four weeks: Mondays cost 10, 14, 10, 14 (mean 12), the other days 5. About the means 4·2² = 16, of 28 - 7 = 21
# degrees of freedom: s² = 16/21. Student's t of 90 % with 21 is 1.32319 (any table).
WEEKS = [
    price for monday in ("10", "14", "10", "14") for price in (monday, "5", "5", "5", "5", "5", "5")
]  # fmt: skip
S = sqrt(16 / 21)
T = 1.32319


@pytest.mark.parametrize(
    ("freedom", "at_90", "at_97_5"), [(6, 1.4398, 2.4469), (13, 1.3502, 2.1604), (21, 1.3232, 2.0796)]
)
def test_student_quantiles_are_those_of_the_tables(freedom: int, at_90: float, at_97_5: float) -> None:
    assert student_quantile(0.9, freedom) == pytest.approx(at_90, abs=2e-4)
    assert student_quantile(0.975, freedom) == pytest.approx(at_97_5, abs=2e-4)


@pytest.mark.parametrize(("probability", "freedom"), [(0.9, 4), (0, 10), (1, 10)])
def test_student_quantiles_that_are_not_known_are_refused(probability: float, freedom: int) -> None:
    with pytest.raises(ValueError, match="5 degrees"):
        student_quantile(probability, freedom)


def test_the_burn_rate_is_the_mean_of_the_weekdays_means(make: Maker) -> None:
    found = rows(forecast.burn(make(days(WEEKS)), date(2025, 3, 31)))
    # Monday 12 ± t·s/√4, other days 5, and over all (12 + 6·5) / 7 = 6 ± t·s·√(7/4)/7.
    by_weekday = {line[1]: line[2:] for line in found}
    assert [line[1] for line in found] == [1, 2, 3, 4, 5, 6, 7, None]
    assert by_weekday[1][:2] == (4, D(12))
    assert float(by_weekday[1][3]) == pytest.approx(12 + T * S / 2, abs=1e-4)
    assert by_weekday[2][:2] == (4, D(5))
    assert by_weekday[None][:2] == (28, D(6))
    assert float(by_weekday[None][2]) == pytest.approx(6 - T * S * sqrt(7 / 4) / 7, abs=1e-4)


def test_the_interval_of_refunds_contains_their_mean(make: Maker) -> None:
    # The same days as refunds: Monday -12 ± t·s/√4, and over all -6 ± t·s·√(7/4)/7.
    found = rows(forecast.burn(make(days([f"-{price}" for price in WEEKS])), date(2025, 3, 31)))
    by_weekday = {line[1]: line[3:] for line in found}
    for weekday, mean, margin in ((1, -12, T * S / 2), (None, -6, T * S * sqrt(7 / 4) / 7)):
        per_day, low, high = map(float, by_weekday[weekday])
        assert (per_day, low, high) == (
            mean,
            pytest.approx(mean - margin, abs=1e-4),
            pytest.approx(mean + margin, abs=1e-4),
        )


def test_the_interval_of_a_mean_is_not_below_zero(make: Maker) -> None:
    found = rows(forecast.burn(make(days([*["0"] * 27, "28"])), date(2025, 3, 31)), "weekday", "per_day", "low")
    # s² = (21² + 3·7²) / 21 = 28: the margins are about 3.5 of a weekday, and 1.3 of the mean of all.
    assert (found[0], found[-1]) == ((1, D(0), D(0)), (None, D(1), D(0)))


def test_today_and_what_is_older_than_four_weeks_are_not_in_the_burn_rate(make: Maker) -> None:
    older = noon(MONDAY - timedelta(days=1), "9000")
    today = noon(date(2025, 3, 31), "9000")
    found = rows(forecast.burn(make([older, *days(WEEKS), today]), date(2025, 3, 31)), "weekday", "per_day")
    assert found[-1] == (None, D(6))


def test_less_than_seven_days_are_no_burn_rate(make: Maker) -> None:
    frame = make(days(["5"] * 6))
    assert rows(forecast.burn(frame, MONDAY + timedelta(days=6))) == []
    found = forecast.period_cost(frame, tehran(2025, 3, 9), tehran(2025, 3, 1), tehran(2025, 4, 1), zone=TEHRAN)
    assert rows(found) == [("IRR", 6, 0, D(30), 0, None, None, None)]
    out = forecast.run_out(frame, Money(D(100), "IRR"), tehran(2025, 3, 9), zone=TEHRAN)
    assert rows(out) == [("IRR", D(100), None, None, None, None, None, None)]


def test_the_period_is_what_is_spent_and_the_weekdays_to_come(make: Maker) -> None:
    # On Monday 31 March at noon, before that day's call: 48 + 24·5 = 168 are spent since 3 March. Until 3 April
    # half a Monday (6), a Tuesday and a Wednesday (10) are to come: 184.
    found = rows(
        forecast.period_cost(
            make(days(WEEKS)), tehran(2025, 3, 31, 12), tehran(2025, 3, 1), tehran(2025, 4, 3), zone=TEHRAN
        )
    )
    # Σ k + Σ k²/4 = 2.5 + (0.25 + 1 + 1)/4 = 3.0625 = 1.75².
    margin = T * S * 1.75
    [(*known, low, high)] = found
    assert known == ["IRR", 28, 0, D(168), 28, D(184)]
    assert (float(low), float(high)) == (pytest.approx(184 - margin, abs=0.006), pytest.approx(184 + margin, abs=0.006))


def test_a_month_of_the_jalali_calendar_is_given_by_its_instants(make: Maker) -> None:
    # Esfand 1403 is from 19 February to 20 March 2025. At its end, 3 to 20 March cost 10 + 14 + 10 + 15·5 = 109.
    frame = make(days(WEEKS))
    esfand = tehran(2025, 2, 19), tehran(2025, 3, 21)
    over = forecast.period_cost(frame, tehran(2025, 3, 31), *esfand, zone=TEHRAN)
    assert rows(over) == [("IRR", 18, 0, D(109), 28, D(109), D(109), D(109))]
    # A day before its end one Thursday is to come, from the 17 days before: 104 + 5.
    before = forecast.period_cost(frame, tehran(2025, 3, 20), *esfand, zone=TEHRAN)
    assert rows(before, "spent", "days", "expected") == [(D(104), 17, D(109))]


def test_a_period_that_has_not_begun_is_all_to_come(make: Maker) -> None:
    # April 2025 has four of each weekday and a fifth Tuesday and Wednesday: 48 + 26·5 = 178.
    found = forecast.period_cost(
        make(days(WEEKS)), tehran(2025, 3, 31), tehran(2025, 4, 1), tehran(2025, 5, 1), zone=TEHRAN
    )
    assert rows(found, "calls", "spent", "expected") == [(0, D(0), D(178))]


def test_calls_after_now_are_not_known_yet(make: Maker) -> None:
    at = tehran(2025, 3, 31), tehran(2025, 3, 1), tehran(2025, 5, 1)
    later = days(["900"] * 20, date(2025, 3, 31))
    known = rows(forecast.period_cost(make(days(WEEKS)), *at, zone=TEHRAN))
    assert rows(forecast.period_cost(make([*days(WEEKS), *later]), *at, zone=TEHRAN)) == known


def test_currencies_have_their_own_forecasts(make: Maker) -> None:
    frame = make([*days(WEEKS), *days(["2"] * 28, currency="EUR"), *days([None] * 3, currency="USD")])
    found = forecast.period_cost(frame, tehran(2025, 3, 31), tehran(2025, 3, 3), tehran(2025, 4, 7), zone=TEHRAN)
    assert rows(found, "currency", "unpriced", "spent", "expected") == [
        ("EUR", 0, D(56), D(70)),
        ("IRR", 0, D(168), D(210)),
        ("USD", 3, None, None),
    ]


def test_what_calls_without_any_price_cost_is_unknown(make: Maker) -> None:
    frame = make(days([None] * 60))
    assert rows(forecast.burn(frame, date(2025, 3, 31))) == []
    found = forecast.period_cost(frame, tehran(2025, 3, 31), tehran(2025, 3, 3), tehran(2025, 4, 7), zone=TEHRAN)
    assert rows(found) == [("IRR", 28, 28, None, 0, None, None, None)]
    over = forecast.period_cost(frame, tehran(2025, 5, 31), tehran(2025, 3, 3), tehran(2025, 4, 7), zone=TEHRAN)
    assert rows(over, "spent", "expected") == [(None, None)]
    assert rows(backtest.backtest(frame)) == rows(backtest.past_forecasts(frame)) == []


def test_the_low_end_is_not_below_what_is_spent(make: Maker) -> None:
    # One call of 280 in four weeks: the deviation is far above the mean of the week to come.
    frame = make([*days(["0"] * 27), noon(date(2025, 3, 30), "280")])
    found = forecast.period_cost(frame, tehran(2025, 3, 31), tehran(2025, 3, 3), tehran(2025, 4, 7), zone=TEHRAN)
    [(spent, expected, low, high)] = rows(found, "spent", "expected", "low", "high")
    assert (spent, expected, low) == (D(280), D(350), D(280))
    assert high > expected


def test_amounts_are_rounded_half_to_even_to_the_digits_of_the_prices(make: Maker) -> None:
    # One of four Tuesdays cost 0.01, the mean is 0.0025; two are 0.005, to two digits half to even 0.00.
    frame = make(days(["0", "0.01", *["0"] * 26]))
    found = forecast.period_cost(frame, tehran(2025, 3, 31), tehran(2025, 3, 31), tehran(2025, 4, 14), zone=TEHRAN)
    assert rows(found, "expected") == [(D("0.00"),)]


@pytest.mark.parametrize(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25)])
def test_a_day_of_23_or_25_hours_is_one_day(day: date, hours: int) -> None:
    vilnius = ZoneInfo("Europe/Vilnius")
    begin = datetime(day.year, day.month, day.day, tzinfo=vilnius).astimezone(UTC)
    sunday = forecast.days_of_weekdays(begin, begin + timedelta(hours=hours), vilnius)
    assert sunday == [0, 0, 0, 0, 0, 0, 1]
    hour = forecast.days_of_weekdays(begin, begin + timedelta(hours=1), vilnius)
    assert hour[6] == Fraction(1, hours)
    assert forecast.days_of_weekdays(begin, begin, vilnius) == [0] * 7


def test_a_period_that_ends_before_it_begins_is_refused(make: Maker) -> None:
    with pytest.raises(DataError, match="ends before it begins"):
        forecast.period_cost(make([]), tehran(2025, 3, 1), tehran(2025, 3, 2), tehran(2025, 3, 2), zone=TEHRAN)


def test_the_run_out_is_not_after_the_expiry(make: Maker) -> None:
    # 5 a day: 17.5 last three and a half days from midnight, but the credit expires after two.
    frame = make(days(["5"] * 28))
    credit, now = Money(D("17.5"), "IRR"), tehran(2025, 3, 31)
    at = now.astimezone(UTC) + timedelta(days=3.5)
    [found] = rows(forecast.run_out(frame, credit, now, zone=TEHRAN))
    assert found == ("IRR", D("17.5"), 28, D(5), at, at, at, False)
    expiry = now.astimezone(UTC) + timedelta(days=2)
    [found] = rows(forecast.run_out(frame, credit, now, zone=TEHRAN, expires_at=expiry))
    assert found[4:] == (expiry, expiry, expiry, True)


# The backtest: 28 days to warm up, then a forecast each week.


def test_forecasts_of_the_past_are_made_from_the_days_before(make: Maker) -> None:
    # The fifth week costs 20 on Monday and 5 on each other day: 50. Expected are 12 + 30 = 42; the mean of the last 28
    # days is 6, seven of which are 42; the last week cost 14 + 30 = 44. s√(7 + 7/4)·t = 3.4 on either side.
    week = ["20", "5", "5", "5", "5", "5", "5"]
    last = noon(date(2025, 4, 7), "1")
    [found] = rows(backtest.past_forecasts(make([*days([*WEEKS, *week]), last])))
    margin = T * S * sqrt(7 + 7 / 4)
    assert found[:4] == ("IRR", date(2025, 3, 31), 28, D(42))
    assert float(found[5]) == pytest.approx(42 + margin, abs=0.006)
    assert found[6:] == (D(42), D(44), D(50), False)
    # So the errors are -8, -8 and -6; the pinball losses 0.1·(50 - low) and 0.9·(50 - high).
    found = rows(backtest.backtest(make([*days([*WEEKS, *week]), last])))
    assert [line[1:9] for line in found] == [
        ("weekday", 7, 1, D(8), D(-8), 0.16, 0.16, 1),
        ("mean", 7, 1, D(8), D(-8), 0.16, 0.16, 1),
        ("last_week", 7, 1, D(6), D(-6), 0.12, 0.12, 1),
    ]
    assert found[0][9:11] == (0, 0.0)
    assert float(found[0][13]) == pytest.approx((0.1 * (8 + margin) + 0.9 * (8 - margin)) / 2, abs=1e-4)
    assert found[1][9:] == (None,) * 5


def test_the_last_day_is_not_whole_unless_it_is_said_to_be(make: Maker) -> None:
    frame = make(days([*WEEKS, *["5"] * 7]))
    assert rows(backtest.past_forecasts(frame)) == []
    assert len(rows(backtest.past_forecasts(frame, until=date(2025, 4, 7)))) == 1


def test_no_forecast_sees_the_days_that_it_is_made_for(make: Maker) -> None:
    chance = random.Random(4)
    prices = [str(chance.randrange(100)) for _ in range(60)]
    changed = [*prices[:41], *("77777" for _ in prices[41:])]
    before, after = (
        {line[0]: line[1:] for line in rows(backtest.past_forecasts(make(days(each)), horizon=1), "day", "expected",
                                            "low", "high", "mean", "last_week")}
        for each in (prices, changed)
    )  # fmt: skip
    seen = MONDAY + timedelta(days=41)
    assert {day: line for day, line in before.items() if day <= seen} == {
        day: line for day, line in after.items() if day <= seen
    }
    assert before[seen + timedelta(days=1)] != after[seen + timedelta(days=1)]


def brute_force(prices: Sequence[float], horizon: int) -> list[tuple[float, float, float]]:
    """Return (forecast, actual, half width) at each origin, by means of `statistics` over plain lists."""
    found = []
    for origin in range(28, len(prices) - horizon + 1, horizon):
        history = [(n, prices[n]) for n in range(origin - 28, origin)]
        means = {w: statistics.mean(price for n, price in history if n % 7 == w) for w in range(7)}
        variance = sum((price - means[n % 7]) ** 2 for n, price in history) / 21
        ahead = [n % 7 for n in range(origin, origin + horizon)]
        spread = horizon + sum(ahead.count(w) ** 2 / 4 for w in range(7))
        actual = sum(prices[origin : origin + horizon])
        found.append((sum(means[w] for w in ahead), actual, T * sqrt(variance * spread)))
    return found


@pytest.mark.parametrize("horizon", [1, 7, 10])
def test_the_backtest_is_that_of_brute_force(make: Maker, horizon: int) -> None:
    chance = random.Random(horizon)
    prices = [max(1, round(chance.gauss(200 if n % 7 < 5 else 20, 15))) for n in range(120)]
    made = brute_force(prices, horizon)
    end = MONDAY + timedelta(days=120)
    [found, *_] = rows(backtest.backtest(make(days([str(price) for price in prices])), horizon=horizon, until=end))
    errors = [forecast - actual for forecast, actual, _ in made]
    assert found[3] == len(made)
    assert float(found[4]) == pytest.approx(statistics.mean(map(abs, errors)), abs=1e-5)
    assert float(found[5]) == pytest.approx(statistics.mean(errors), abs=1e-5)
    assert found[6] == pytest.approx(sum(map(abs, errors)) / sum(actual for _, actual, _ in made))
    assert found[7] == pytest.approx(statistics.mean(abs(f / a - 1) for f, a, _ in made))
    inside = sum(abs(forecast - actual) <= width for forecast, actual, width in made)
    assert found[9:11] == (inside, inside / len(made))


def test_the_interval_covers_four_fifths_of_independent_days_that_vary_normally() -> None:
    # 500 simulated companies, one forecast of a week each: 80 % ± 3 standard errors of √(0.8·0.2/500) = 1.8 %.
    inside = 0
    for seed in range(500):
        chance = random.Random(seed)
        prices = [str(round(chance.gauss(1000 if n % 7 < 5 else 300, 100))) for n in range(35)]
        [line] = rows(backtest.past_forecasts(table(days(prices)), until=MONDAY + timedelta(days=35)), "inside")
        inside += line[0]
    assert inside / 500 == pytest.approx(0.8, abs=3 * sqrt(0.8 * 0.2 / 500))


def test_weekdays_that_differ_are_forecast_better_than_by_a_mean_of_all(make: Maker) -> None:
    chance = random.Random(1)
    prices = [str(round(chance.gauss(1000 if n % 7 < 5 else 100, 50))) for n in range(120)]
    found = rows(backtest.backtest(make(days(prices)), horizon=1), "method", "mae")
    errors = dict(found)
    assert errors["weekday"] < errors["last_week"] < errors["mean"]


def test_days_that_cost_nothing_have_no_relative_error(make: Maker) -> None:
    found = rows(backtest.backtest(make(days(["0"] * 43))), "mae", "wape", "mape", "mape_n", "coverage")
    assert found[0] == (D(0), None, None, 0, 1.0)


@pytest.mark.parametrize("wrong", [{"horizon": 0}, {"step": 0}, {"warm_up": 6}])
def test_a_backtest_of_too_few_days_is_refused(make: Maker, wrong: dict[str, int]) -> None:
    with pytest.raises(DataError, match=f"'{next(iter(wrong))}'"):
        backtest.backtest(make(days(WEEKS)), **wrong)


def test_calls_without_a_start_are_in_no_forecast(make: Maker) -> None:
    frame = make([row("x", None, "outgoing", "answered", price="9")])
    assert rows(backtest.backtest(frame)) == []
    assert rows(forecast.burn(frame, MONDAY)) == []
