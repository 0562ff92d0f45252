"""The axes of days and weeks, in the Gregorian and the Jalali calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

    from .look import Look

# More days than this are too narrow to read one by one.
DAYS_APART = 92
# Up to this many days get a label each, up to that many their weeks do; of more, the months.
_FEW, _SOME = 8, 45
_MOST_LABELS, _LONG_LABELS = 13, 7
_TIME_MARGIN = 0.03
_EPOCH = date(1970, 1, 1)
_DAY = timedelta(days=1)
_SATURDAY = 5
# Times over fewer days than this have their hours.
_HOURS_UP_TO = timedelta(days=2)
_HOUR_STEPS = (1, 2, 3, 6, 12)


def numbers(days: Iterable[date]) -> list[float]:
    """Return days as matplotlib counts them, from the epoch on."""
    return [float((day - _EPOCH).days) for day in days]


def by_week(days: Sequence[date]) -> bool:
    """Return whether there are so many days that weeks are drawn instead."""
    return len(days) > DAYS_APART


def week(look: Look, day: date) -> date:
    """Return the first day of a day's week: its Monday, or its Saturday where months are Jalali."""
    return day - timedelta(days=(day.weekday() - look.first_weekday) % 7)


def axis(axes: Axes, look: Look, days: Sequence[date], *, weekly: bool) -> None:
    """Let the horizontal axis be that of these days, or of the weeks that begin with them, in their order."""
    first, last = days[0], days[-1]
    with_labels, without = ticks(look, first, last)
    axes.set_xticks(numbers(day for day, _ in with_labels), [label for _, label in with_labels])
    if not weekly:
        axes.set_xticks(numbers(without), minor=True)
    # A few bars keep a bar's width.
    margin = (0.7 if not weekly else 4.9) + max(0.0, (_FEW - len(days)) / 2)
    start, end = numbers((first, last))
    axes.set_xlim(start - margin, end + margin)
    begin = "Saturday" if look.first_weekday == _SATURDAY else "Monday"
    axes.set_xlabel(look.say(f"local week, by its {begin}" if weekly else "local day"))


def moments(times: Iterable[datetime], zone: str = "UTC") -> list[float]:
    """Return aware times as matplotlib counts them, in days of the zone's clock from the epoch on."""
    begin = datetime.combine(_EPOCH, time(), UTC)
    return [(_on_clock(at, zone) - begin) / _DAY for at in times]


def _on_clock(at: datetime, zone: str) -> datetime:
    """Return what the zone's clock shows, as if it were UTC."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC)


def time_axis(axes: Axes, look: Look, first: datetime, last: datetime, zone: str) -> None:
    """Let the horizontal axis be that of the times between two; a single time stands in the middle of a day."""
    first, last = _on_clock(first, zone), _on_clock(last, zone)
    around = max(timedelta(hours=12) - (last - first) / 2, (last - first) * _TIME_MARGIN)
    first, last = first - around, last + around
    if last - first <= _HOURS_UP_TO:
        labels = _hours(look, first, last)
        axes.set_xticks(moments(at for at, _ in labels), [label for _, label in labels])
    else:
        with_labels, without = ticks(look, (first + _DAY).date(), last.date())
        axes.set_xticks(numbers(day for day, _ in with_labels), [label for _, label in with_labels])
        axes.set_xticks(numbers(without), minor=True)
    axes.set_xlim(*moments((first, last)))
    axes.set_xlabel(look.say("time ({zone})", zone=zone))


def _hours(look: Look, first: datetime, last: datetime) -> list[tuple[datetime, str]]:
    """Return a few whole hours between two times, the day below the first and where it changes."""
    begin = datetime.combine(first.date(), time(), UTC)
    hours = (last - first) / timedelta(hours=1)
    step = next(each for each in _HOUR_STEPS if hours / each <= _FEW)
    every = (begin + timedelta(hours=n) for n in range(0, 24 * (2 + _HOURS_UP_TO.days), step))
    shown = [at for at in every if first <= at <= last]
    names, before = [], None
    for at in shown:
        day = at.date()
        names.append(look.clock_hour(at.hour) + (f"\n{look.day(day)}" if day != before else ""))
        before = day
    return list(zip(shown, names, strict=True))


def ticks(look: Look, first: date, last: date) -> tuple[list[tuple[date, str]], list[date]]:
    """Return the days that have a label, and those that have a mark only.

    Those are each of a few days; the first days of weeks; or the first days of months, with a mark for each week. The
    year stands below the first label and where it changes.
    """
    span = [first + timedelta(days=after) for after in range((last - first).days + 1)]
    if len(span) <= _FEW:
        return list(zip(span, _years(look, span, weekdays=True), strict=True)), []
    weeks = [day for day in span if day.weekday() == look.first_weekday]
    if len(span) <= _SOME:
        return list(zip(weeks, _years(look, weeks), strict=True)), []
    months = [day for day in span if look.parts(day)[2] == 1]
    step = next(each for each in (1, 3, 6, 12, 24, 60, 120, 600) if len(months) / each <= _MOST_LABELS)
    shown = [day for day in months if (look.parts(day)[1] - 1) % min(step, 12) == 0]
    shown = [day for day in shown if step <= 12 or look.parts(day)[0] % (step // 12) == 0]  # noqa: PLR2004
    marks = weeks if len(span) <= 2 * DAYS_APART else [day for day in months if day not in shown]
    return list(zip(shown, month_labels(look, [look.parts(day)[:2] for day in shown]), strict=True)), marks


def month_labels(look: Look, months: Sequence[tuple[int, int]]) -> list[str]:
    """Return a label for each month of (year, month), with the year below the first and where it changes."""
    short = len(months) > _LONG_LABELS
    names = (look.month(month, short=short) for _, month in months)
    return list(_with_years(look, names, (year for year, _ in months)))


def _years(look: Look, days: Sequence[date], *, weekdays: bool = False) -> list[str]:
    parts = [look.parts(day) for day in days]
    names = [
        (f"{look.weekday(day.weekday())} " if weekdays else "")
        + f"{look.plain(number)} {look.month(month, short=not look.jalali or len(days) > _LONG_LABELS)}"
        for day, (_, month, number) in zip(days, parts, strict=True)
    ]
    return list(_with_years(look, names, (year for year, _, _ in parts)))


def _with_years(look: Look, names: Iterable[str], years: Iterable[int]) -> Iterator[str]:
    before = None
    for name, year in zip(names, years, strict=True):
        yield name if year == before else f"{name}\n{look.plain(year)}"
        before = year
