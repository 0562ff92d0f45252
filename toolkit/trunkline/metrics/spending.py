"""What calls cost over time, and when a credit runs out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING

from trunkline import exact
from trunkline.errors import DataError
from trunkline.model import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from trunkline.model import Call

Z_80 = 1.2815515655446004
"""The standard normal's 90 % point: an interval of +-z covers 80 %."""

_WINDOW_DAYS = 28
_MINIMUM_DAYS = 7
_WEEK = 7
# Four weeks of calls allow no forecast beyond five years.
_HORIZON_DAYS = 1825


def daily_costs(calls: Iterable[Call], *, currency: str, zone: tzinfo) -> dict[date, Money]:
    """Return what the calls cost on each local day that has calls, in one currency.

    Calls without a start are left out; those without a price, or priced in another currency, add 0.
    """
    totals: dict[date, Money] = {}
    for call in calls:
        if call.started_at is not None:
            day = call.started_at.astimezone(zone).date()
            totals[day] = totals.get(day, Money(Decimal(0), currency))
            if call.price is not None and call.price.currency == currency:
                totals[day] += call.price
    return totals


def hourly_costs(calls: Iterable[Call], *, currency: str, zone: tzinfo) -> dict[datetime, Money]:
    """Return what the calls cost in each local hour (naive wall clock) that has calls, in one currency."""
    totals: dict[datetime, Money] = {}
    for call in calls:
        if call.started_at is not None:
            hour = _local_hour(call.started_at, zone)
            totals[hour] = totals.get(hour, Money(Decimal(0), currency))
            if call.price is not None and call.price.currency == currency:
                totals[hour] += call.price
    return totals


@dataclass(frozen=True, slots=True)
class RunOut:
    """When a credit is expected to end, with an 80 % interval: used up or expired, whichever comes first.

    A time is None where the credit lasts for more than five years; `latest` is also None where the costs vary so much
    that no latest time can be given. `expires_first` says that it expires before it is used up. `daily_burn` is the
    mean of the seven weekdays' mean costs, `days` the days of history that were used.
    """

    at: datetime | None
    earliest: datetime | None
    latest: datetime | None
    daily_burn: Money
    days: int
    expires_first: bool = False


def run_out(
    credit: Money,
    daily_costs: Mapping[date, Money],
    now: datetime,
    *,
    zone: tzinfo = UTC,
    since: date | None = None,
    expires_at: datetime | None = None,
) -> RunOut | None:
    """Return when `credit` will be used up at the pace of the last 28 whole days, or will expire, or None.

    The pace comes from what calls cost (`daily_costs`, see there), never from the change of the credit,
    which a top-up would fool. A day without calls costs 0, from the first day of the mapping (or from
    `since`, where the history is known to reach back further) to yesterday in `zone`; today is not whole
    and left out. The credit is used up day by day by the mean cost of that day's weekday, today's pro
    rata to what is left of it; within a day evenly. After t days the total has the variance
    t·s² + t²·s²/N (the days' own, and the mean's from N days), and the interval ends where
    mean ± 1.2816·its root reaches the credit. s² is the variance about the weekdays' means with N-7
    degrees of freedom, or, with less than two weeks, about the overall mean. No time is after `expires_at`,
    when the credit expires or has expired.

    None with less than seven whole days of history. Raises `DataError` if a cost has another currency than the
    credit.
    """
    if any(cost.currency != credit.currency for cost in daily_costs.values()):
        msg = f"the credit is in {credit.currency}, some costs are not: convert one of them first"
        raise DataError(msg, field="currency")
    own = pace(daily_costs, now.astimezone(zone).date(), since=since)
    if own is None:
        return None
    burn = own.daily_burn
    spending = _Spending([float(mean) for mean in own.of_weekday], own.variance, own.days, zone)
    ends = burn > 0 or credit.amount <= 0
    used_up, earliest, latest = (spending.reaches(credit, now, z) if ends else None for z in (0, Z_80, -Z_80))
    at = _first_of(used_up, expires_at)
    return RunOut(
        at,
        _first_of(earliest, expires_at),
        _first_of(latest, expires_at),
        Money(burn, credit.currency),
        own.days,
        expires_first=at != used_up,
    )


def _first_of(moment: datetime | None, expires_at: datetime | None) -> datetime | None:
    return min((time for time in (moment, expires_at) if time is not None), default=None)


@dataclass(frozen=True, slots=True)
class Pace:
    """What days cost by their weekday, from `days` whole days of history, the last of which was yesterday.

    `of_weekday` are the mean costs from Monday to Sunday, `days_of` the days that each is the mean of. `variance` (of
    a day's cost about its weekday's mean, `freedom` its degrees of freedom) is as `run_out` says.
    """

    of_weekday: Sequence[Decimal]
    days_of: Sequence[int]
    variance: float
    days: int

    @property
    def daily_burn(self) -> Decimal:
        """The mean of the seven weekdays' mean costs."""
        return exact.total(self.of_weekday) / _WEEK

    @property
    def freedom(self) -> int:
        """The degrees of freedom of the variance."""
        return self.days - (_WEEK if self.days >= 2 * _WEEK else 1)


def pace(daily_costs: Mapping[date, Money], today: date, *, since: date | None = None) -> Pace | None:
    """Return what days cost by their weekday in the last 28 whole days before `today`, None with less than seven.

    The history begins with the first day of the mapping, or `since` if it is known to reach back further. All costs
    are in one currency.
    """
    first = min((day for day in daily_costs if day < today), default=today)
    first = max(min(first, since or first), today - timedelta(days=_WINDOW_DAYS))
    days = [first + timedelta(days=offset) for offset in range((today - first).days)]
    if len(days) < _MINIMUM_DAYS:
        return None
    costs = [daily_costs[day].amount if day in daily_costs else Decimal(0) for day in days]
    days_of = [sum(day.weekday() == weekday for day in days) for weekday in range(_WEEK)]
    of_weekday = _weekday_means(days, costs)
    return Pace(of_weekday, days_of, _variance(days, costs, of_weekday), len(days))


def _weekday_means(days: Sequence[date], costs: Sequence[Decimal]) -> list[Decimal]:
    means: list[Decimal] = []
    for weekday in range(_WEEK):
        own = [cost for day, cost in zip(days, costs, strict=True) if day.weekday() == weekday]
        means.append(exact.total(own) / len(own))
    return means


def _variance(days: Sequence[date], costs: Sequence[Decimal], of_weekday: Sequence[Decimal]) -> float:
    if len(days) >= 2 * _WEEK:
        squares = sum((cost - of_weekday[day.weekday()]) ** 2 for day, cost in zip(days, costs, strict=True))
        return float(squares) / (len(days) - _WEEK)
    mean = exact.total(costs) / len(costs)
    return float(sum((cost - mean) ** 2 for cost in costs)) / (len(costs) - 1)


@dataclass(frozen=True, slots=True)
class _Spending:
    """Mean cost of each weekday, variance of a day's cost, and the days that both are known from."""

    of_weekday: Sequence[float]
    variance: float
    days: int
    zone: tzinfo

    def reaches(self, credit: Money, now: datetime, z: float) -> datetime | None:
        """Return when the spent total, `z` standard deviations off its mean, first reaches the credit."""
        amount = float(credit.amount)
        begin = now.astimezone(UTC)
        if amount <= 0:
            return begin
        day = now.astimezone(self.zone).date()
        elapsed = spent = reached = 0.0
        for _ in range(_HORIZON_DAYS):
            midnight, end = _midnight(day, self.zone), _midnight(day + timedelta(days=1), self.zone)
            share = (end - begin) / (end - midnight)
            elapsed += share
            spent += share * self.of_weekday[day.weekday()]
            bound = spent + z * sqrt(self.variance * (elapsed + elapsed * elapsed / self.days))
            if bound >= amount:
                return begin + (end - begin) * ((amount - reached) / (bound - reached))
            reached, begin, day = bound, end, day + timedelta(days=1)
        return None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days_left(until: datetime, now: datetime) -> float:
    """Return the days of 24 hours from `now` to `until`, not below 0."""
    return max(0.0, (until - now) / timedelta(days=1))


def _local_hour(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
