"""Two periods beside each other on complete days and equal weekdays, and a budget beside what was spent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from trunkline import exact
from trunkline.errors import DataError
from trunkline.metrics import is_missed
from trunkline.model import Status

from .columns import DIGITS
from .forecast import NEEDED as _NEEDED_FOR_COST
from .forecast import days_of_weekdays, period_costs
from .frames import RATE_DIGITS, read, rounded
from .groups import columns, costs, in_order, keys, tallies

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime, tzinfo

    from trunkline.model import Money

    from .cost import Period
    from .frames import Calls
    from .grouping import Group, Key

_N, _X, _TEXT = pa.int64(), pa.float64(), pa.string()
_WEEK = 7
# No key has this name.
_DAY = "of_day"


@dataclass(slots=True)
class _Daily:
    """A measure by local day, and the calls of each day that it leaves out.

    `priced` are the calls of a cost that have a price, None of other measures: without one, a cost is not known.
    """

    amounts: dict[date, Decimal] = field(default_factory=dict)
    priced: dict[date, int] | None = None
    left_out: defaultdict[date, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, day: date, amount: Decimal | int) -> None:
        self.amounts[day] = exact.add(self.amounts.get(day, Decimal(0)), Decimal(amount))


def _measures(calls: Calls, by: Mapping[str, Key]) -> Iterator[tuple[Group, str, str | None, _Daily]]:
    """Yield (group, measure, currency, its days): counts of calls, seconds of talk, and the cost in each currency."""
    # The groups may be days, too.
    by_day = {_DAY: keys("day")["day"], **by}
    counted: dict[Group, dict[str, _Daily]] = {} if by else {(): _counts()}
    for (day, *group), lines in tallies(calls, by_day).items():
        found = counted.setdefault(tuple(group), _counts())
        for line in lines if day is not None else ():
            found["calls"].add(day, line.calls)
            if line.status == Status.UNKNOWN:
                found["answered"].left_out[day] += line.calls
                found["missed"].left_out[day] += line.calls
            if line.status == Status.ANSWERED:
                found["answered"].add(day, line.calls)
                found["talk_s"].add(day, line.talk_s)
                found["talk_s"].left_out[day] += line.calls - line.timed
            if is_missed(line.direction, line.status):
                found["missed"].add(day, line.calls)
    spent: dict[Group, defaultdict[str | None, _Daily]] = defaultdict(lambda: defaultdict(lambda: _Daily(priced={})))
    for (day, *rest, currency), cost in costs(calls, by_day).items():
        if day is not None:
            daily = spent[tuple(rest)][currency]
            daily.left_out[day] += cost.calls - cost.priced
            if daily.priced is not None:
                daily.priced[day] = cost.priced
            daily.add(day, cost.cost or 0)
    for key in sorted(counted, key=in_order):
        for name, daily in counted[key].items():
            yield key, name, None, daily
        by_currency = spent[key]
        for currency in sorted(by_currency, key=lambda name: in_order((name,))):
            yield key, "cost", currency, by_currency[currency]


def _counts() -> dict[str, _Daily]:
    return {name: _Daily() for name in ("calls", "answered", "missed", "talk_s")}


def periods[F](
    frame: F,
    before: Period,
    after: Period,
    *,
    known: Period | None = None,
    without: Collection[date] = (),
    by: str | Iterable[str] = (),
) -> F:
    """Return the calls, answered and missed calls, seconds of talk and cost of two periods, a row for each.

    A period is (first day, day after the last), local. Only complete days count: days outside `known`, the days that
    the frame knows whole (a period too), and the days of `without` are left out. A day without calls counts as 0.
    `total_before` and `total_after` are the sums over `days_before` and `days_after`. `per_day_before` and
    `per_day_after` are the means of the means of the `weekdays` that both periods have, so that a month with five
    Fridays compares with one of four. `difference` = after - before, `ratio` = after / before, both of the means;
    `ratio` is None if nothing was before. `left_out_...` are the calls of unknown status, talk or price. `cost` has
    a row for each currency, and is None in a period whose calls have no price. Means are to six digits, half to even.
    `by` names keys of `groups.KEYS`: then each group has these rows, and a group without calls in one of the periods
    counts as 0 there. Raises `DataError` for a period without a day.
    """
    for name, (first, end) in {"before": before, "after": after}.items():
        if first >= end:
            msg = f"the period {name!r} ends before it begins: it needs a first day and the day after its last"
            raise DataError(msg, field=name)
    chosen = keys(by)
    calls = read(frame, *dict.fromkeys(("direction", *_NEEDED_FOR_COST, *columns(chosen))))
    sides = [_days(period, known, frozenset(without)) for period in (before, after)]
    rows = [(*group, *names, *_beside(daily, sides)) for group, *names, daily in _measures(calls, chosen)]
    total, rated = calls.money(), calls.money(RATE_DIGITS)
    schema = {name: key.dtype for name, key in chosen.items()}
    schema |= {"measure": _TEXT, "currency": _TEXT, "days_before": _N, "days_after": _N}
    schema |= {"left_out_before": _N, "left_out_after": _N, "total_before": total, "total_after": total, "weekdays": _N}
    schema |= {"per_day_before": rated, "per_day_after": rated, "difference": rated, "ratio": _X}
    return cast("F", calls.emit(schema, rows))


def _days(period: Period, known: Period | None, without: frozenset[date]) -> list[date]:
    first, end = period
    if known is not None:
        first, end = max(first, known[0]), min(end, known[1])
    return [day for day in (first + timedelta(days=n) for n in range((end - first).days)) if day not in without]


def _beside(daily: _Daily, sides: Sequence[Sequence[date]]) -> tuple[Any, ...]:
    totals = [exact.total(daily.amounts.get(day, Decimal(0)) for day in days) for days in sides]
    left_out = [sum(daily.left_out.get(day, 0) for day in days) for days in sides]
    known = [_is_known(daily, days) for days in sides]
    means = [_weekday_means(daily.amounts, days) for days in sides]
    common = sorted(means[0].keys() & means[1].keys())
    counts = (*(len(days) for days in sides), *left_out)
    totals_known = (total if is_known else None for total, is_known in zip(totals, known, strict=True))
    if not common:
        return (*counts, *totals_known, 0, None, None, None, None)
    before, after = (
        sum((mean[weekday] for weekday in common), Fraction(0)) / len(common) if is_known else None
        for mean, is_known in zip(means, known, strict=True)
    )
    change = None if before is None or after is None else after - before
    ratio = float(after / before) if before and after is not None else None
    shown = (None if mean is None else rounded(mean, RATE_DIGITS) for mean in (before, after, change))
    return (*counts, *totals_known, len(common), *shown, ratio)


def _is_known(daily: _Daily, days: Sequence[date]) -> bool:
    """Return whether a measure is known: a cost isn't of days whose calls have no price. Without calls it is 0."""
    priced = daily.priced
    return priced is None or any(map(priced.get, days)) or not any(map(daily.left_out.get, days))


def _weekday_means(amounts: Mapping[date, Decimal], days: Sequence[date]) -> dict[int, Fraction]:
    of_weekday: defaultdict[int, list[Decimal]] = defaultdict(list)
    for day in days:
        of_weekday[day.weekday()].append(amounts.get(day, Decimal(0)))
    return {weekday: Fraction(exact.total(own)) / len(own) for weekday, own in of_weekday.items()}


def budget[F](frame: F, amount: Money, now: datetime, begin: datetime, end: datetime, *, zone: tzinfo) -> F:
    """Return in one row what of a period's budget is spent, and whether it will last, in the currency of the budget.

    `begin` and `end` are instants (aware). `spent_share` = spent / budget (None of a budget of 0), `gone_share` is
    the part of the period's days that is over. `projected`, with its 80 % interval `low` to `high`, is the cost at
    the end of the period, see `forecast.period_cost`. `over` = projected - budget; below 0 something will be left.
    `left` = budget - spent, `left_per_day` what of it each day that is left may cost, to six digits. The others are
    rounded to the digits of the prices or the budget, half to even. `projected` and `over` are None with less than
    seven whole days of calls. `unpriced` calls are left out; without a price of any call, nothing is known. Raises
    `DataError` unless `begin` is before `end`.
    """
    calls = read(frame, *_NEEDED_FOR_COST, "started_at")
    found = period_costs(calls, now, begin, end, zone=zone).get(amount.currency)
    begin, end, now = (moment.astimezone(UTC) for moment in (begin, end, now))
    days = sum(days_of_weekdays(begin, end, zone))
    ahead = sum(days_of_weekdays(max(begin, now), end, zone))
    spent = found.spent if found else Decimal(0)
    left = None if spent is None else exact.subtract(amount.amount, spent)
    digits = max(calls.scale, -int(amount.amount.as_tuple().exponent))
    money, rated = pa.decimal128(DIGITS, digits), pa.decimal128(DIGITS, max(digits, RATE_DIGITS))
    total = found.total if found else None
    amounts = (total.amount, total.low, total.high, total.amount - Fraction(amount.amount)) if total else (None,) * 4
    row = (
        amount.currency,
        amount.amount,
        spent,
        float(spent / amount.amount) if amount.amount and spent is not None else None,
        float(1 - Fraction(ahead) / days),
        *(None if each is None else rounded(each, digits) for each in amounts),
        left,
        rounded(Fraction(left) / ahead, RATE_DIGITS) if ahead and left is not None else None,
        found.days if found else 0,
        found.unpriced if found else 0,
    )
    schema = {"currency": _TEXT, "budget": money, "spent": money, "spent_share": _X, "gone_share": _X}
    schema |= dict.fromkeys(("projected", "low", "high", "over", "left"), money)
    return cast("F", calls.emit(schema | {"left_per_day": rated, "days": _N, "unpriced": _N}, [row]))
