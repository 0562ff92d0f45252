"""Jalali and Gregorian wall-clock text in a zone, turned into aware UTC.

The calendar is told by the year (13xx and 14xx are Jalali, 19xx and 20xx Gregorian), because providers mix both in
one record. In the hour that clocks turned back (Iran until September 2022) a wall-clock time happened twice: the
first is taken. A time that clocks skipped is read with the offset before the change.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jdatetime

from .errors import DataError
from .making import Memo

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?", re.ASCII)
_PLAIN_TIME = re.compile(r" (\d{2}):(\d{2}):(\d{2})", re.ASCII)
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_JALALI_YEARS = range(1300, 1500)
_GREGORIAN_YEARS = range(1900, 2100)
_SECOND = timedelta(seconds=1)


def parse_local(text: object, zone: ZoneInfo, *, field: str) -> datetime:
    """Return aware UTC for `YYYY-MM-DD[ HH:MM[:SS[.ffffff]]]` in either calendar and with `-` or `/`.

    Raises `DataError` naming `field` for anything else, an impossible date such as Esfand 30 of a common year included.
    """
    if not isinstance(text, str):
        raise _error(field)
    date_text, _, time_text = text.strip().translate(_DIGITS).replace("T", " ").partition(" ")
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


def jalali_month(local: datetime) -> str:
    """Return the Jalali year and month of a wall-clock time, such as `1403-07`."""
    day = jdatetime.date.fromgregorian(date=local.date())
    return f"{day.year:04d}-{day.month:02d}"


class WallClock:
    """Reads the wall-clock texts of one zone, quickly: days and times of day recur, so that each is read once."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Take the zone that the texts are in."""
        self._zone = zone
        self._midnights = Memo[str, datetime | None](lambda day: _plain_midnight(day, zone))

    def utc(self, text: object, field: str) -> datetime:
        """Return what `parse_local` does."""
        if type(text) is str:
            midnight, after = self._midnights[text[:10]], _AFTER_MIDNIGHT[text[10:]]
            if midnight is not None and after is not None:
                return midnight + after
        return parse_local(text, self._zone, field=field)


def _plain_midnight(date_text: str, zone: ZoneInfo) -> datetime | None:
    """Return the day's midnight in UTC, or None where the day has an offset change or isn't a plain date."""
    match = _DATE.fullmatch(date_text)
    if match is None:
        return None
    try:
        start = datetime(*_gregorian(int(match[1]), int(match[2]), int(match[3])), tzinfo=zone)
    except ValueError:
        return None
    end = start.replace(hour=23, minute=59, second=59)
    # The minute before midnight counts too: Iran turned its clocks back at 24:00, into the hour before.
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
    if year in _JALALI_YEARS:
        date = jdatetime.date(year, month, day).togregorian()
        return date.year, date.month, date.day
    msg = "year"
    raise ValueError(msg)


def _error(field: str) -> DataError:
    return DataError(f"{field} is not a date and time (Jalali or Gregorian, such as 1399-04-21 12:02:18)", field=field)
