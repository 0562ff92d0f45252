"""Converts wall-clock text of the Jalali and the Gregorian calendar to aware UTC times.

The year determines the calendar (13xx and 14xx are Jalali, 19xx and 20xx Gregorian), because some providers use both
in one record. When clocks are turned back (in Iran until September 2022), an hour of wall-clock times occurs twice:
such a time means its first occurrence. A time that clocks skip has the offset from before the change.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jdatetime

from .errors import DataError
from .memo import Memo

if TYPE_CHECKING:
    from datetime import tzinfo
    from zoneinfo import ZoneInfo

_LONGEST = 100
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?", re.ASCII)
_PLAIN_TIME = re.compile(r" (\d{2}):(\d{2}):(\d{2})", re.ASCII)
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
JALALI_YEARS = range(1300, 1500)
"""The years that are Jalali."""
_GREGORIAN_YEARS = range(1900, 2100)
_SECOND, _HOUR = timedelta(seconds=1), timedelta(hours=1)
_FIRST, _LAST = datetime(1900, 1, 2, tzinfo=UTC), datetime(2099, 12, 30, tzinfo=UTC)
# Half of what clocks are turned back by anywhere.
_REPEATED = timedelta(minutes=15)


def parse_local(text: object, zone: tzinfo, *, field: str) -> datetime:
    """Return the UTC time of `YYYY-MM-DD[ HH:MM[:SS[.ffffff]]]` (or with `/`) on the wall clock of `zone`.

    Raises `DataError` with the name of the `field` for anything else, including impossible dates such as Esfand 30 of
    a common year.
    """
    text = text.strip() if isinstance(text, str) else ""
    if not 0 < len(text) <= _LONGEST:
        raise _error(field)
    date_text, _, time_text = text.translate(_DIGITS).replace("T", " ").partition(" ")
    day = _DATE.fullmatch(date_text)
    clock = _TIME.fullmatch(time_text.strip() or "0:00")
    if day is None or clock is None:
        raise _error(field)
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    micro = int((clock[4] or "0").ljust(6, "0"))
    try:
        year, month, date = _gregorian(int(day[1]), int(day[2]), int(day[3]))
        return datetime(year, month, date, hour, minute, second, micro, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _error(field) from None


def jalali_text(moment: datetime, zone: ZoneInfo) -> str:
    """Return an aware time as Jalali `YYYY-MM-DD HH:MM:SS` in the zone."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return str(jdatetime.datetime.fromgregorian(datetime=local).strftime("%Y-%m-%d %H:%M:%S"))


def in_calendar(moment: datetime) -> datetime:
    """Return the end of a period as a time that every calendar and zone has: one outside of 1900 to 2099 is moved.

    Raises `DataError` for a time without a zone.
    """
    if moment.utcoffset() is None:
        msg = "the ends of a period must have a time zone, such as UTC"
        raise DataError(msg, field="period")
    return min(max(moment, _FIRST), _LAST)


def past_repetition(moment: datetime, zone: tzinfo) -> datetime:
    """Return the end of a period for a search by the wall clock, an hour later where clocks show a time again.

    Times that they showed before are then inside of the period, although their text may be a later one.
    """
    return moment + _HOUR if in_calendar(moment).astimezone(zone).fold else moment


def later(moment: datetime, zone: tzinfo) -> datetime:
    """Return when the wall clock shows a time for the last time, the same time where it does so once.

    When clocks are turned back, they repeat some of the times before.
    """
    return moment.astimezone(zone).replace(fold=1).astimezone(UTC)


def not_before(moment: datetime, earliest: datetime, zone: tzinfo) -> datetime:
    """Return a time by the wall clock: of times that clocks repeat, the first one that isn't before `earliest`."""
    if moment >= earliest:
        return moment
    second = later(moment, zone)
    return second if second >= earliest else moment


def end_of(end: datetime, started: datetime | None, seconds: int | None, zone: tzinfo) -> datetime:
    """Return the end of a call by the wall clock: of times that clocks repeat, the one that its start and length fit.

    Without a length in seconds, it is the first one that isn't before the start.
    """
    if started is None:
        return end
    try:
        expected = None if seconds is None else started + timedelta(seconds=seconds)
    except OverflowError:
        expected = None
    if expected is None:
        return later(end, zone) if end < started else end
    if abs(end - expected) < _REPEATED:
        return end
    return min(end, later(end, zone), key=lambda moment: abs(moment - expected))


class WallClock:
    """Converts wall-clock text of one zone, faster than `parse_local`: days and times of day that recur are kept."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Create a converter for the zone."""
        self._zone = zone
        self._midnights = Memo[str, datetime | None](lambda day: _plain_midnight(day, zone))

    def utc(self, text: object, field: str) -> datetime:
        """Return the UTC time of the text, as `parse_local` does."""
        if type(text) is str:
            midnight, after = self._midnights[text[:10]], _AFTER_MIDNIGHT[text[10:]]
            if midnight is not None and after is not None:
                return midnight + after
        return parse_local(text, self._zone, field=field)


def _plain_midnight(date_text: str, zone: ZoneInfo) -> datetime | None:
    """Return the day's midnight in UTC, or None if the offset changes on that day or the text isn't a plain date."""
    match = _DATE.fullmatch(date_text)
    if match is None:
        return None
    try:
        start = datetime(*_gregorian(int(match[1]), int(match[2]), int(match[3])), tzinfo=zone)
    except ValueError:
        return None
    end = start.replace(hour=23, minute=59, second=59)
    # The second before midnight counts too: Iran turned its clocks back at 24:00, into the hour before.
    around = {(start - _SECOND).utcoffset(), start.utcoffset(), end.utcoffset(), end.replace(fold=1).utcoffset()}
    return start.astimezone(UTC) if len(around) == 1 else None


def _after_midnight(text: str) -> timedelta | None:
    match = _PLAIN_TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3])
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second)


_AFTER_MIDNIGHT = Memo(_after_midnight, limit=86400)


def _gregorian(year: int, month: int, day: int) -> tuple[int, int, int]:
    if year in _GREGORIAN_YEARS:
        return year, month, day
    if year in JALALI_YEARS:
        date = jdatetime.date(year, month, day).togregorian()
        return date.year, date.month, date.day
    msg = "year"
    raise ValueError(msg)


def _error(field: str) -> DataError:
    return DataError(f"{field} is not a Jalali or Gregorian date and time such as 1399-04-21 12:02:18", field=field)
