"""What calls will cost: the burn rate, when a credit runs out, the cost of a period, and how good such forecasts were.

All come from the prices of the calls of whole local days (`metrics.pace`), each weekday by its own mean, never from the
change of a credit. Each currency has its own rows. The calls of a frame should be of accounts in one time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa

from trunkline import metrics
from trunkline.errors import DataError

from .columns import DIGITS
from .cost import run_out as _run_out
from .frames import RATE_DIGITS, Calls, read, rounded
from .grouping import Only
from .groups import Cost, costs_by, costs_by_day
from .student import student_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, tzinfo

    from trunkline.metrics import Pace
    from trunkline.model import Money

    from .coded import Coded, Mask

NEEDED = ("currency", "status", "talk_s", "price", "started_local")

_N, _TEXT, _UTC = pa.int64(), pa.string(), pa.timestamp("us", "UTC")
_WEEK = 7
# The interval of 80 % leaves out a tenth on each side.
_UPPER = 0.9
_ZERO = Fraction(0)
_TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Expected:
    """A cost that is to be expected, with its 80 % interval, not rounded."""

    amount: Fraction
    low: Fraction
    high: Fraction


def expected(pace: Pace, days_of: Sequence[Fraction | int], spent: Fraction = _ZERO) -> Expected:
    """Return what is spent plus the cost of so many days of each weekday, Monday first, at a pace.

    The variance of the cost of k days is s²·(Σ k + Σ k²/n), over the weekdays with k days ahead and n in the history:
    that of the days themselves, and that of the means. The interval reaches Student's t times the root of it to either
    side, but not below what is spent unless less than nothing is expected: refunds.
    """
    ahead = sum((Fraction(mean) * k for mean, k in zip(pace.of_weekday, days_of, strict=True)), _ZERO)
    spread = sum((k + Fraction(k) * k / n for k, n in zip(days_of, pace.days_of, strict=True)), _ZERO)
    margin = Fraction(student_quantile(_UPPER, pace.freedom) * sqrt(pace.variance * spread))
    total = spent + ahead
    return Expected(total, max(total - margin, spent) if ahead >= 0 else total - margin, total + margin)


def burn[F](frame: F, today: date) -> F:
    """Return what a day costs in each currency, by weekday and over all, from the last 28 whole days before `today`.

    `weekday` is 1 for Monday to 7; None is the mean of the seven means, the burn rate. `low` and `high` are the 80 %
    interval of the mean (not of a day): mean ± t·√(s²/n), and for the burn rate √(s²·Σ 1/n) / 7; not below 0 unless
    the mean is: refunds. `days` are the days of history. No rows with less than seven, or without a price. Amounts
    per day, to six digits, half to even.
    """
    calls = read(frame, *NEEDED)
    rows: list[tuple[Any, ...]] = []
    for currency, costs in priced_by_day(calls).items():
        pace = metrics.pace(costs, today)
        if pace is None:
            continue
        lines = [
            (day + 1, pace.days_of[day], pace.of_weekday[day], 1 / pace.days_of[day]) for day in range(_WEEK)
        ]  # fmt: skip
        over_all = (None, pace.days, pace.daily_burn, sum(1 / n for n in pace.days_of) / _WEEK**2)
        quantile = student_quantile(_UPPER, pace.freedom)
        for weekday, days, mean, spread in (*lines, over_all):
            margin = Fraction(quantile * sqrt(pace.variance * spread))
            low = Fraction(mean) - margin
            amounts = (Fraction(mean), max(low, _ZERO) if mean >= 0 else low, Fraction(mean) + margin)
            rows.append((currency, weekday, days, *(rounded(amount, RATE_DIGITS) for amount in amounts)))
    rated = calls.money(RATE_DIGITS)
    schema = {"currency": _TEXT, "weekday": _N, "days": _N, "per_day": rated, "low": rated, "high": rated}
    return cast("F", calls.emit(schema, rows))


def run_out[F](frame: F, credit: Money, now: datetime, *, zone: tzinfo, expires_at: datetime | None = None) -> F:
    """Return in one row when the credit will be used up or expires, with an 80 % interval, see `metrics.run_out`.

    Times are UTC and None where unknown: with less than seven whole days of calls, or beyond five years. None is after
    `expires_at`. `per_day` is to six digits. The frame should hold the calls that this credit pays, of at least the
    last 28 days. Raises `DataError` where a column can't be read.
    """
    found = _run_out(frame, credit, now, zone=zone, expires_at=expires_at)
    calls = read(frame, *NEEDED)
    money = pa.decimal128(DIGITS, max(calls.scale, -int(credit.amount.as_tuple().exponent), 0))
    schema = {"currency": _TEXT, "credit": money, "days": _N, "per_day": calls.money(RATE_DIGITS)}
    schema |= {"runs_out_at": _UTC, "earliest": _UTC, "latest": _UTC, "expires_first": pa.bool_()}
    cells: tuple[Any, ...] = (None,) * 6
    if found is not None:
        per_day = rounded(Fraction(found.daily_burn.amount), RATE_DIGITS)
        cells = (found.days, per_day, found.at, found.earliest, found.latest, found.expires_first)
    return cast("F", calls.emit(schema, [(credit.currency, credit.amount, *cells)]))


def period_cost[F](frame: F, now: datetime, begin: datetime, end: datetime, *, zone: tzinfo) -> F:
    """Return for each currency what a period, such as a month, will have cost at its end, with an 80 % interval.

    `begin` and `end` are instants (aware): local midnights of either calendar. `spent` is the price of the calls that
    started in the period before `now`. What is left of it is expected to cost the mean of each weekday in the last 28
    whole days before `now`, a part of a day pro rata, see `expected`. `days` are the days of that history; with less
    than seven, `expected`, `low` and `high` are None. After the end all three are `spent`. `unpriced` calls of the
    period are left out; without a price of any call in the currency, all amounts are None. Rounded to the digits of the
    prices, half to even. Raises `DataError` unless `begin` is before `end`.
    """
    calls = read(frame, *NEEDED, "started_at")
    rows = []
    for currency, cost in period_costs(calls, now, begin, end, zone=zone).items():
        amounts = (cost.total.amount, cost.total.low, cost.total.high) if cost.total else (None,) * 3
        cells = (None if amount is None else rounded(amount, calls.scale) for amount in amounts)
        rows.append((currency, cost.calls, cost.unpriced, cost.spent, cost.days, *cells))
    money = calls.money()
    schema = {"currency": _TEXT, "calls": _N, "unpriced": _N, "spent": money, "days": _N}
    return cast("F", calls.emit(schema | dict.fromkeys(("expected", "low", "high"), money), rows))


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """What a period has cost so far in one currency, and what it is expected to cost by its end, if that is known.

    `spent` is None if no call in the currency has a price.
    """

    calls: int
    unpriced: int
    spent: Decimal | None
    days: int
    total: Expected | None


def period_costs(
    calls: Calls, now: datetime, begin: datetime, end: datetime, *, zone: tzinfo
) -> dict[str | None, PeriodCost]:
    """Return the cost of a period in each currency of the calls, see `period_cost`."""
    if not begin < end:
        msg = "the period ends before it begins: it needs the instant of its begin and the one after its last"
        raise DataError(msg, field="begin")
    begin, end, now = (moment.astimezone(UTC) for moment in (begin, end, now))
    so_far = costs_by(calls, {}, _started(begin, min(end, now))).of()
    ahead = days_of_weekdays(max(begin, now), end, zone)
    result = {}
    priced = _priced(calls)
    for currency, costs in costs_by_day(calls).items():
        cost = so_far.get((currency,), Cost())
        if currency not in priced:
            result[currency] = PeriodCost(cost.calls, cost.calls - cost.priced, None, 0, None)
            continue
        spent = cost.cost or Decimal(0)
        pace = metrics.pace(costs, now.astimezone(zone).date())
        days = pace.days if pace else 0
        known = Expected(*(Fraction(spent),) * 3) if now >= end else None
        total = known or (expected(pace, ahead, Fraction(spent)) if pace else None)
        result[currency] = PeriodCost(cost.calls, cost.calls - cost.priced, spent, days, total)
    return result


def priced_by_day(calls: Calls) -> dict[str | None, dict[date, Money]]:
    """Return what the calls cost on each day, see `costs_by_day`, in the currencies in which a call has a price."""
    priced = _priced(calls)
    return {currency: costs for currency, costs in costs_by_day(calls).items() if currency in priced}


def _priced(calls: Calls) -> set[str | None]:
    return {currency for (currency,), cost in costs_by(calls, {}).of().items() if cost.priced}


def _started(begin: datetime, end: datetime) -> Only:
    """Return which calls started from an instant to before another (UTC)."""
    start = nw.col("started_at")
    first, last = ((moment - _EPOCH) // _TICK for moment in (begin, end))

    def mask(coded: Coded) -> Mask:
        times = coded.times("started_at")
        within: Mask = (times.values >= first) & (times.values < last)
        return within if times.known is None else within & times.known

    return Only((start >= begin) & (start < end), mask)


def days_of_weekdays(begin: datetime, end: datetime, zone: tzinfo) -> list[Fraction]:
    """Return how many local days of each weekday, Monday first, are between two instants; parts of days are fractions.

    A day of 23 or 25 hours is one day.
    """
    found = [Fraction(0)] * _WEEK
    if begin >= end:
        return found
    day = begin.astimezone(zone).date()
    while (midnight := _midnight(day, zone)) < end:
        after = _midnight(day + timedelta(days=1), zone)
        within = min(end, after) - max(begin, midnight)
        found[day.weekday()] += Fraction(within // _TICK, (after - midnight) // _TICK)
        day += timedelta(days=1)
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def amounts_of(costs: Mapping[date, Money], first: date, days: int) -> list[Decimal]:
    """Return what each of so many days cost; a day without calls costs 0."""
    chosen = (first + timedelta(days=n) for n in range(days))
    return [costs[day].amount if day in costs else Decimal(0) for day in chosen]
