"""Unusual spend: against hand calculations, and on days of simulated companies that it has not seen."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import backtest
from trunkline import metrics
from trunkline.errors import DataError
from trunkline.model import Money

TEHRAN = ZoneInfo("Asia/Tehran")
TODAY = datetime(2025, 3, 31)  # a Monday
NOW = datetime(2025, 3, 31, 10, 20, tzinfo=UTC)


def rial(amount: str | int | Decimal) -> Money:
    return Money(Decimal(amount), "IRR")


def history(mondays: tuple[int, ...] = (60, 80, 120, 140), other: int = 100) -> dict[datetime, Money]:
    """Return four weeks up to a week ago, and one day before them: each day costs something at 10 o'clock."""
    first = TODAY - timedelta(days=35)
    costs = {first + timedelta(days=n, hours=10): rial(other) for n in range(28)}
    costs |= {first + timedelta(weeks=n, hours=10): rial(cost) for n, cost in enumerate(mondays)}
    return costs | {first - timedelta(hours=1): rial(5000)}


def spent(amount: str | int, costs: dict[datetime, Money] | None = None, **more) -> metrics.DaySpend | None:
    """Return the figure of today at 10:20, when so much was spent at 10."""
    costs = (history() if costs is None else costs) | {TODAY + timedelta(hours=10): rial(amount)}
    return metrics.unusual_spend(costs, NOW, **{"currency": "IRR", "zone": UTC} | more)


def test_the_probability_is_a_rank_and_a_pareto_tail_beyond_the_greatest() -> None:
    # The usual of Mondays at 10 is 100, so that 400 is 300 above it. Each earlier Monday against the mean of the other
    # three: 140 - 260/3 = 53.333, 120 - 280/3 = 26.667, and 0 twice; the other days 0. Half of a usual day is 50.
    # n = 28, k = 5, the sixth score is 0: the index is 1. (53.333 / 300) / 29 = 0.006130.
    spend = spent(400)
    assert spend is not None
    assert (spend.spend, spend.usual, spend.excess, spend.least) == (rial(400), rial(100), rial(300), rial(50))
    assert spend.probability == pytest.approx(0.006130, abs=1e-6)
    assert spend.days == 28
    assert not spend.unusual
    # (53.333 / 700) / 29 = 0.002627, and a year has a day that is as rare as 1 / 365 = 0.002740.
    spend = spent(800)
    assert spend is not None
    assert spend.probability == pytest.approx(0.002627, abs=1e-6)
    assert spend.unusual


def test_within_the_history_the_probability_is_the_share_of_the_days() -> None:
    # 30 above the usual: one of the 28 days had more. (1 + 1) / 29; 20 above: two had more.
    for amount, rank in ((130, 2), (120, 3), (100, 29), (0, 29)):
        spend = spent(amount)
        assert spend is not None
        assert spend.probability == pytest.approx(rank / 29)
        assert not spend.unusual


def test_the_tail_index_is_hills_without_bias() -> None:
    # The four greatest of sixteen are e^0.6, e^0.45, e^0.3 and e^0.15 times the fifth: (4 - 1) / 1.5 = 2.
    sample = [10 * math.exp(0.15 * n) for n in range(5)] + [5.0] * 11
    greatest = max(sample)
    assert metrics.exceedance(2 * greatest, sample, scale=1) == pytest.approx(1 / 17 / 4)
    # A scale above the greatest value takes its place.
    assert metrics.exceedance(4 * greatest, sample, scale=2 * greatest) == pytest.approx(1 / 17 / 4)
    # Equal values suggest no tail at all: the index stays at 4. Without enough values it is 1.
    assert metrics.exceedance(2, [1.0] * 24, scale=1) == pytest.approx(1 / 25 / 16)
    assert metrics.exceedance(2, [1.0], scale=1) == pytest.approx(1 / 2 / 2)
    assert metrics.exceedance(2, [], scale=1) == pytest.approx(1 / 2)


@given(st.lists(st.floats(0, 1e9), max_size=90), st.floats(1e-3, 1e9), st.floats(0, 1e12), st.floats(0, 1e12))
def test_more_is_never_more_probable(sample: list[float], scale: float, one: float, other: float) -> None:
    more, less = max(one, other), min(one, other)
    assert 0 <= metrics.exceedance(more, sample, scale=scale) <= metrics.exceedance(less, sample, scale=scale) <= 1


def test_a_busy_weekday_is_not_unusual() -> None:
    busy = history(mondays=(900, 1000, 1000, 1100))
    spend = spent(1050, busy)
    assert spend is not None
    assert spend.usual == rial(1000)
    assert not spend.unusual
    # The same on a Tuesday is 950 above the usual, and rare only if it is beyond what the Mondays vary.
    tuesday = busy | {TODAY + timedelta(days=1, hours=10): rial(9000)}
    spend = metrics.unusual_spend(tuesday, NOW + timedelta(days=1), currency="IRR", zone=UTC)
    assert spend is not None
    assert spend.usual == rial(100)
    assert spend.unusual


def test_what_was_spent_before_the_usual_hour_counts_at_once() -> None:
    night = history() | {TODAY + timedelta(hours=2): rial(1000)}
    spend = metrics.unusual_spend(night, NOW.replace(hour=2), currency="IRR", zone=UTC)
    assert spend is not None
    assert (spend.spend, spend.usual) == (rial(1000), rial(0))
    assert spend.unusual
    # It stays for the day, though little is spent afterwards.
    spend = metrics.unusual_spend(night, NOW.replace(hour=23), currency="IRR", zone=UTC)
    assert spend is not None
    assert (spend.usual, spend.excess) == (rial(100), rial(1000))
    assert spend.unusual


def test_what_the_last_week_cost_does_not_make_it_usual() -> None:
    fraud = {TODAY - timedelta(days=back, hours=-2): rial(5000) for back in range(1, 8)}
    spend = spent(5000, history() | fraud)
    assert spend is not None
    assert (spend.usual, spend.days) == (rial(100), 28)
    assert spend.unusual


def test_a_rare_excess_has_to_be_large() -> None:
    # A hundred days of exactly 1 rial, and 1.4 today: never seen, but not half a day more.
    even = {TODAY - timedelta(days=back, hours=-10): rial(1) for back in range(1, 100)}
    spend = spent("1.4", even)
    assert spend is not None
    assert spend.days == 84
    assert spend.least == rial("0.5")
    assert not spend.unusual
    # One per cent of the credit is more than half a day.
    spend = spent(900, even, credit=rial(100_000))
    assert spend is not None
    assert (spend.excess, spend.least) == (rial(899), rial(1000))
    assert not spend.unusual
    spend = spent(90_000, even, credit=rial(100_000))
    assert spend is not None
    assert spend.unusual


@pytest.mark.parametrize(("days", "known"), [(28, None), (29, 21), (200, 84)])
def test_it_takes_three_weeks_before_the_last_one(days: int, known: int | None) -> None:
    # The first day isn't whole: of 29 days before today, 28 are, and the last seven are not compared with.
    costs = {TODAY - timedelta(days=back, hours=-10): rial(100) for back in range(1, days + 1)}
    spend = spent(100, costs)
    assert (spend.days if spend else None) == known
    # A line without calls is known since its first credit reading.
    since = TODAY.date() - timedelta(days=days)
    spend = metrics.unusual_spend({}, NOW, currency="IRR", zone=UTC, since=since, credit=rial(5000))
    assert (spend.days if spend else None) == known


def test_calls_on_a_line_that_is_never_used_are_unusual() -> None:
    since = TODAY.date() - timedelta(days=60)
    # One per cent of the credit is 50: (50 / 2000) / 53 = 0.00047.
    spend = spent(2000, {}, since=since, credit=rial(5000))
    assert spend is not None
    assert spend.probability == pytest.approx(0.000472, abs=1e-6)
    assert spend.unusual
    # Nothing says what matters where nothing was ever spent and no credit is left.
    assert spent(2000, {}, since=since) is None
    assert spent(2000, {}, since=since, credit=rial(0)) is None


def test_days_and_hours_are_those_of_the_zone() -> None:
    # 20:29 UTC is 23:59 on the Monday in Tehran, 20:30 the first minute of the Tuesday.
    monday = NOW.replace(hour=20, minute=29)
    before = metrics.unusual_spend(
        history() | {TODAY + timedelta(hours=10): rial(70)}, monday, currency="IRR", zone=TEHRAN
    )
    after = metrics.unusual_spend(
        history() | {TODAY + timedelta(hours=10): rial(70)},
        monday + timedelta(minutes=1),
        currency="IRR",
        zone=TEHRAN,
    )
    assert before is not None
    assert after is not None
    assert (before.spend, before.usual) == (rial(70), rial(100))
    assert (after.spend, after.usual) == (rial(0), rial(0))


def test_amounts_of_another_currency_are_refused() -> None:
    with pytest.raises(DataError, match="convert"):
        spent(1, credit=Money(Decimal(5), "EUR"))
    with pytest.raises(DataError, match="convert"):
        spent(1, currency="EUR")


def test_the_currency_changes_nothing() -> None:
    for rials, euros in zip(
        backtest.lines(5, calls_a_day=20, days=60),
        backtest.lines(5, calls_a_day=20, days=60, currency="EUR"),
        strict=True,
    ):
        one, other = (line.spend(backtest.LAST_DAY, 15) for line in (rials, euros))
        assert one is not None
        assert other is not None
        assert one.probability == pytest.approx(other.probability)
        assert (one.unusual, one.excess.amount / 10_000) == (other.unusual, pytest.approx(other.excess.amount))


@pytest.mark.parametrize(
    ("calls_a_day", "history_days", "currency"),
    [(2, 60, "IRR"), (10, 30, "EUR"), (40, 120, "IRR"), (250, 40, "EUR")],
)
def test_ordinary_days_give_at_most_one_alarm_a_month_and_line_and_frauds_are_found(
    calls_a_day: int, history_days: int, currency: str
) -> None:
    burst, trickle = backtest.burst(currency), backtest.trickle(currency)
    judged = 0
    for seed in (11, 12):
        for line in backtest.lines(seed, calls_a_day=calls_a_day, days=history_days + 30, currency=currency):
            alarms, known = backtest.false_alarms(line, 30)
            judged += known
            assert alarms <= 1, line.name
            for back in (0, 1, 4, 9):
                day = backtest.LAST_DAY - timedelta(days=back)
                assert not backtest.found(line, day, {}, until=3), line.name
                assert backtest.found(line, day, burst, until=3), line.name
                assert backtest.found(line, day, trickle, until=23), line.name
    assert judged > 150


def test_heavy_tailed_prices_are_no_alarm() -> None:
    """Eight calls a day whose prices have a variance without bound (a Pareto index of 1.5), on twenty lines."""
    for seed in range(20):
        draw = Random(seed)
        days: dict[date, backtest.HourlyCosts] = {}
        for back in range(120):
            hours = days.setdefault(backtest.LAST_DAY - timedelta(days=back), {})
            for _ in range(8):
                hour = draw.randint(8, 17)
                hours[hour] = hours.get(hour, Decimal(0)) + Decimal(round(1000 * draw.paretovariate(1.5)))
        line = backtest.Line(f"seed {seed}", days, rial(200_000))
        assert backtest.false_alarms(line, 30)[0] <= 1, line.name
        assert backtest.found(line, backtest.LAST_DAY, {2: Decimal(5_000_000)}, until=2)
