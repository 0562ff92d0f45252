"""Chooses the picture of a figure from what its calls are grouped by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline import plots
from trunkline.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from trunkline.plots import Picture
    from trunkline.reports.masking import Mask


def cost(
    frame: Any, keys: tuple[str, ...], *, mask: Mask, names: Mapping[str, str], jalali: bool = False, **options: Any
) -> Picture:
    """Draw what calls cost by these keys."""
    options |= {"jalali": jalali}
    match keys:
        case () | ("day",):
            return plots.cost_by_day(frame, **options)
        case ("month",) | ("jalali_month",):
            return plots.cost_by_month(frame, **options | {"jalali": keys == ("jalali_month",)})
        case ("part",):
            return plots.cost_by_part(frame, **options)
        case ("destination",):
            return plots.top_destinations(frame, mask=mask, **options)
        case (key,):
            return plots.cost_by(frame, key, mask=mask, names=names, **options)
    raise _too_many("cost", keys)


def status(frame: Any, keys: tuple[str, ...], *, mask: Mask, names: Mapping[str, str], **options: Any) -> Picture:
    """Draw how calls ended by these keys."""
    match keys:
        case () | ("day",) | ("week",):
            return plots.status_by_day(frame, **options)
        case ("hour",) | ("weekday",) | ("weekday", "hour"):
            return plots.hours_of_the_week(frame, **options)
        case (key,):
            return plots.status_by(frame, key, mask=mask, names=names, **options)
    raise _too_many("status", keys)


def waits(frame: Any, *, threshold_s: float = 20, **options: Any) -> Picture:
    """Draw how long incoming calls waited."""
    return plots.waits(frame, threshold_s=threshold_s, **options)


def traffic(frame: Any, **options: Any) -> Picture:
    """Draw how busy the lines were by hour."""
    return plots.traffic_by_hour(frame, **options)


def lines(frame: Any, by: str | None, *, blocking: float, names: Mapping[str, str], **options: Any) -> Picture:
    """Draw the calls that would be lost with each number of lines."""
    return plots.lines_needed(frame, by=by, blocking=blocking, names=names, **options)


def month_forecast(frame: Any, now: datetime, begin: datetime, end: datetime, **options: Any) -> Picture:
    """Draw what a month has cost so far and what it is expected to cost."""
    return plots.cost_forecast(frame, now, begin, end, **options)


def credit(readings: Any, *, names: Mapping[str, str], **options: Any) -> Picture:
    """Draw the readings of credits."""
    return plots.credit_over_time(readings, names=names, **options)


def residuals(identity: Any, *, names: Mapping[str, str], **options: Any) -> Picture:
    """Draw what of the changes of a credit isn't explained."""
    return plots.unexplained_credit(identity, names=names, **options)


def backtest(frame: Any, **options: Any) -> Picture:
    """Draw past forecasts beside what was spent."""
    return plots.past_forecasts(frame, **options)


def compare(
    frame: Any, keys: tuple[str, ...], before: tuple[date, date], after: tuple[date, date], **options: Any
) -> Picture:
    """Draw two periods, each from a first to a last day, beside each other."""
    if keys:
        raise _too_many("a comparison", keys)
    return plots.periods_beside(frame, before, after, **options)


def _too_many(what: str, keys: tuple[str, ...]) -> DataError:
    return DataError(f"{what} by {', '.join(keys)} has no picture: group by one of them", field="by")
