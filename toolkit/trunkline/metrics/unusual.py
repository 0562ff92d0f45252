"""Whether a line's spending today is both rare under its own history and large enough to matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate
from math import isqrt, log
from typing import TYPE_CHECKING

from trunkline import exact
from trunkline.errors import DataError
from trunkline.model import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, tzinfo

RARE = 1 / 365
"""A day that is less probable than this is rare: less than one such day in a year."""
USUAL_DAYS = 84
"""Today is compared with at most so many days: twelve weeks."""
RECENT_DAYS = 7
"""The last days are not compared with: what goes on for days must not become usual while it does."""

_MINIMUM_DAYS = 21
_WEEK = 7
_HOURS = 24
_SHARE_OF_DAY = Decimal("0.5")
_SHARE_OF_CREDIT = Decimal("0.01")
_HEAVIEST, _LIGHTEST = 1.0, 4.0


@dataclass(frozen=True, slots=True)
class DaySpend:
    """What today has cost, beside what is usual, and how probable that much is. All amounts are in one currency.

    `spend` is today's so far, `usual` the mean of what such weekdays had cost by the end of this hour. `excess` is the
    most by which today was above the usual at the end of an hour, or is now. `probability` is that of such an excess
    at any time of a day, estimated from `days` earlier days. `least` is the excess from which it matters.
    """

    spend: Money
    usual: Money
    excess: Money
    least: Money
    probability: float
    days: int

    @property
    def unusual(self) -> bool:
        """Whether the excess is rare, and large enough to matter."""
        return self.probability < RARE and self.excess.amount >= self.least.amount


def unusual_spend(
    hourly_costs: Mapping[datetime, Money],
    now: datetime,
    *,
    currency: str,
    zone: tzinfo,
    credit: Money | None = None,
    since: date | None = None,
) -> DaySpend | None:
    """Return what a line has cost today beside its usual, and the probability of so much, None if that isn't known.

    `hourly_costs` are the costs by local hour (see the function of that name) of the last 92 days and of today. An hour
    without calls costs 0, from the first hour of the mapping, or from the day `since` if the history is known to reach
    back further.

    - The days compared with are the 84 whole days that ended a week ago, or as many as there are. The week between is
      left out, so that a fraud that goes on for days does not become usual.
    - The usual at an hour is the mean of what the days of the same weekday had cost by the end of that hour. So neither
      a busy weekday nor a busy hour is unusual. For an earlier day the mean is that of the *other* days of its weekday.
    - The score of a day is the most that its cost was above the usual at the end of any hour, at least 0. Today's is
      taken from the hours so far, with the usual at the end of the current one. There is one score for each day, so
      that watching all day is not many tests.
    - The probability is `exceedance` of today's score among those of the earlier days: a rank, which holds for any
      distribution of prices, continued by a Pareto tail beyond the greatest.
    - An excess matters if it is at least half of what a usual day costs (the mean of the seven weekdays' means), and at
      least one per cent of the credit. Both follow from the line itself, so that they hold in any currency.

    None with less than 21 days to compare with, or where neither a usual day nor the credit says what matters.
    Raises `DataError` if a cost or the credit has another currency.
    """
    if any(money.currency != currency for money in (*hourly_costs.values(), *([credit] if credit else []))):
        msg = f"some amounts are not in {currency}: convert them first"
        raise DataError(msg, field="currency")
    local = now.astimezone(zone)
    today = local.date()
    by_day = _by_day(hourly_costs)
    days = _compared(min((*by_day, since or today, today)), today)
    if len(days) < _MINIMUM_DAYS:
        return None
    costs = {day: _running(by_day.get(day)) for day in days}
    weekdays = _weekdays(costs)
    least = _least(weekdays, credit)
    if least <= 0:
        return None
    running, usual = _running(by_day.get(today)), weekdays[today.weekday()].usual()
    excess = _score(running[: local.hour + 1], usual)
    scores = [float(_score(cost, weekdays[day.weekday()].usual_without(cost))) for day, cost in costs.items()]
    return DaySpend(
        spend=Money(running[-1], currency),
        usual=Money(usual[local.hour], currency),
        excess=Money(excess, currency),
        least=Money(least, currency),
        probability=exceedance(float(excess), scores, scale=float(least)),
        days=len(days),
    )


def exceedance(value: float, sample: Sequence[float], *, scale: float) -> float:
    """Return the probability that another value of the distribution of `sample` is at least `value`, not below 0.

    Within the sample of n values it is (1 + those at or above the value) / (n + 1). That is valid for any distribution
    if the values are exchangeable (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005, chapter 2).

    Beyond the greatest value, or beyond `scale` if that is greater, it is 1 / (n + 1) · (greatest / value)^a: the tail
    of a Pareto distribution (Weissman, JASA 73, 1978, 812-815), which falls off slowly enough for prices. a is the
    estimate of Hill (Annals of Statistics 3, 1975, 1163-1174) from the k = ⌊√n⌋ greatest values x(1) ≥ … ≥ x(k),
    (k - 1) / Σ ln(x(i) / x(k+1)), without the bias of k / Σ, and kept within 1 and 4: few values don't prove a light
    tail. It is 1 where so many values are 0 that there is no estimate.
    """
    ranked = sorted(sample, reverse=True)
    greatest = max(ranked[0], scale) if ranked else scale
    if value <= greatest:
        return (1 + sum(item >= value for item in ranked)) / (len(ranked) + 1)
    return float((greatest / value) ** _tail_index(ranked) / (len(ranked) + 1))


def _tail_index(ranked: Sequence[float]) -> float:
    k = isqrt(len(ranked))
    if k == len(ranked) or ranked[k] <= 0:
        return _HEAVIEST
    logs = sum(log(item / ranked[k]) for item in ranked[:k])
    return min(_LIGHTEST, max(_HEAVIEST, (k - 1) / logs)) if logs else _LIGHTEST


def _compared(first: date, today: date) -> list[date]:
    """Return the days that today is compared with; the first of all isn't whole."""
    begin = max(first + timedelta(days=1), today - timedelta(days=RECENT_DAYS + USUAL_DAYS))
    end = today - timedelta(days=RECENT_DAYS)
    return [begin + timedelta(days=offset) for offset in range(max(0, (end - begin).days))]


def _by_day(hourly_costs: Mapping[datetime, Money]) -> dict[date, dict[int, Decimal]]:
    by_day: dict[date, dict[int, Decimal]] = {}
    for hour, cost in hourly_costs.items():
        by_day.setdefault(hour.date(), {})[hour.hour] = cost.amount
    return by_day


def _running(costs: Mapping[int, Decimal] | None) -> list[Decimal]:
    """Return what a day had cost by the end of each hour."""
    zero = Decimal(0)
    return list(accumulate((costs.get(hour, zero) for hour in range(_HOURS)), exact.add)) if costs else [zero] * _HOURS


@dataclass(frozen=True, slots=True)
class _Weekday:
    """What the days of one weekday had cost by the end of each hour, together."""

    days: int
    total: Sequence[Decimal]

    def usual(self) -> list[Decimal]:
        """Return their mean."""
        return [amount / self.days for amount in self.total]

    def usual_without(self, day: Sequence[Decimal]) -> list[Decimal]:
        """Return the mean without one of them."""
        return [(amount - own) / (self.days - 1) for amount, own in zip(self.total, day, strict=True)]


def _weekdays(costs: Mapping[date, Sequence[Decimal]]) -> list[_Weekday]:
    weekdays: list[_Weekday] = []
    for weekday in range(_WEEK):
        own = [running for day, running in costs.items() if day.weekday() == weekday]
        weekdays.append(_Weekday(len(own), [exact.total(hour) for hour in zip(*own, strict=True)]))
    return weekdays


def _score(running: Sequence[Decimal], usual: Sequence[Decimal]) -> Decimal:
    return max(Decimal(0), *(cost - mean for cost, mean in zip(running, usual, strict=False)))


def _least(weekdays: Sequence[_Weekday], credit: Money | None) -> Decimal:
    usual_day = exact.total(weekday.usual()[-1] for weekday in weekdays) / _WEEK
    return max(_SHARE_OF_DAY * usual_day, _SHARE_OF_CREDIT * credit.amount if credit else Decimal(0))
