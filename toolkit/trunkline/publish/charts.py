"""The charts of a month's report: calls and costs by day, and incoming calls by hour. Pure: values in, values out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import values
from .values import Chart, Series

if TYPE_CHECKING:
    from datetime import date

    from .month import Cost, Month

_MOST = 4


def charts(month: Month) -> tuple[Chart, ...]:
    """Return two to four charts: how the calls of each day ended, what each day cost in each currency, and by hour."""
    days = [month.first + timedelta(days=n) for n in range((month.end - month.first).days)]
    by_day, by_hour = _by_day(month, days), _by_hour(month)
    hours = (by_hour,) if by_hour.highest else ()
    room = _MOST - 1 - len(hours)
    # With more currencies than there is room for, those of the most calls have a chart.
    most = sorted(month.costs, key=lambda cost: (-cost.calls, cost.currency))[:room]
    return (by_day, *(_costs(cost, days) for cost in month.costs if cost in most), *hours)


def _by_day(month: Month, days: list[date]) -> Chart:
    def heights(*keys: str) -> tuple[float, ...]:
        return tuple(float(sum(month.days.get(day, {}).get(key, 0) for key in keys)) for day in days)

    calls, answered, missed = heights("calls"), heights("answered"), heights("missed")
    others = tuple(a - b - c for a, b, c in zip(calls, answered, missed, strict=True))
    series = [Series("answered", "good", answered), Series("missed", "bad", missed)]
    series += [Series("not_answered", "other", others)] if any(others) else []
    return Chart("days", tuple(map(values.day, days)), tuple(series))


def _by_hour(month: Month) -> Chart:
    found = [month.hours.get(hour, {}) for hour in range(24)]
    missed = tuple(float(line.get("missed", 0)) for line in found)
    answered = tuple(float(line.get("answered", 0)) for line in found)
    series = Series("answered", "good", answered), Series("missed", "bad", missed)
    return Chart("hours", tuple(values.hour(hour) for hour in range(24)), series)


def _costs(cost: Cost, days: list[date]) -> Chart:
    heights = tuple(float(cost.days.get(day, 0)) for day in days)
    return Chart("costs", tuple(map(values.day, days)), (Series("cost", "plain", heights),), cost.currency)
