"""Periods as people write them: a month, a day, a year or a range of the Jalali or the Gregorian calendar.

| text | meaning |
|---|---|
| `1405-08`, `2026-11` | a month; years from 1300 to 1499 are Jalali, from 1900 to 2099 Gregorian |
| `1405`, `1405-08-03` | a year, a day |
| `1405-08..1405-10`, `1405-08-03..` | a range that includes both ends; an end that is left out is open |
| `today`, `yesterday`, `this month`, `last month`, `this year`, `last year` | by the clock of the account |
| `last 28 days` | that many complete days, until yesterday |

Digits may be Persian. Days are local days of each account.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import jdatetime

from .errors import ConfigError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

JALALI_ZONES = frozenset({"Asia/Tehran", "Iran"})
"""The zones where `this month` is one of the Jalali calendar."""

_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
# What text of a right-to-left script brings along when it is copied: it changes only how the text looks.
_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2}))?(?:[-/](\d{1,2}))?", re.ASCII)
_LAST_DAYS = re.compile(r"last (\d{1,4}) days?", re.ASCII)
_JALALI_YEARS = range(1300, 1500)
_GREGORIAN_YEARS = range(1900, 2100)
_MONTHS = 12
_LONGEST = 40
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to the day before `end`; None is open. `text` is how it was written."""

    first: date | None
    end: date | None
    text: str
    jalali: bool

    def instants(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """Return the UTC times between which the period lies in the zone, half open."""
        return tuple(None if day is None else _midnight(day, zone) for day in (self.first, self.end))  # type: ignore[return-value]

    def __str__(self) -> str:
        """Return the period as it was written, with its first and last day in its calendar."""
        first, end = (None if day is None else self._shown(day) for day in (self.first, self._last))
        if self.first is None and self.end is None:
            return "all days"
        if self.days == 1:
            return f"{self.text}: {first}" if self.text != first else self.text
        return f"{self.text}: {first or 'the first day'} to {end or 'the last day'}"

    def _shown(self, day: date) -> str:
        return str(jdatetime.date.fromgregorian(date=day)) if self.jalali else str(day)

    @property
    def _last(self) -> date | None:
        return None if self.end is None else self.end - _DAY

    @property
    def days(self) -> int | None:
        """The number of days; None of an open period."""
        return None if self.first is None or self.end is None else (self.end - self.first).days

    def previous(self) -> Period:
        """Return the period of the same kind that ends where this one begins.

        Before whole months of the period's calendar (a month, a quarter, a year) come as many months, before other
        periods as many days. Raises `ConfigError` for an open period.
        """
        if self.first is None or self.end is None:
            msg = (
                f"there is no period before {self.text!r}: it needs a first and a last day"
                if self.text
                else ("there is no period before all days: choose a period, such as a month")
            )
            raise ConfigError(msg)
        months = self._months
        years = _JALALI_YEARS if self.jalali else _GREGORIAN_YEARS
        try:
            first = self.first - (self.end - self.first) if months is None else self._months_before(months)
            is_read = self._date(first)[0] in years
        except (ValueError, OverflowError):
            is_read = False
        if not is_read:
            msg = f"there is no period before {self.text!r}"
            raise ConfigError(msg)
        return Period(first, self.first, self._written(first, months), jalali=self.jalali)

    @property
    def is_month(self) -> bool:
        """Whether it is one whole month of its calendar."""
        return self.first is not None and self.end is not None and self._months == 1

    @property
    def _months(self) -> int | None:
        """The number of months of the period's calendar that it consists of; None if it isn't whole months."""
        (year, month, day), (end_year, end_month, end_day) = (self._date(each) for each in (self.first, self.end))
        return (end_year - year) * _MONTHS + end_month - month if day == end_day == 1 else None

    def _date(self, day: date | None) -> tuple[int, int, int]:
        assert day is not None  # noqa: S101 - asked of closed periods only
        own = jdatetime.date.fromgregorian(date=day) if self.jalali else day
        return own.year, own.month, own.day

    def _months_before(self, months: int) -> date:
        year, month, _ = self._date(self.first)
        years, month = divmod(year * _MONTHS + month - 1 - months, _MONTHS)
        found: date = jdatetime.date(years, month + 1, 1).togregorian() if self.jalali else date(years, month + 1, 1)
        return found

    def _written(self, first: date, months: int | None) -> str:
        """Return the period from `first` to the day before this one as people write it."""
        assert self.first is not None  # noqa: S101 - asked of closed periods only
        last = self.first - _DAY
        if months is None:
            return self._shown(first) if first == last else f"{self._shown(first)}..{self._shown(last)}"
        begin, finish = (self._shown(day)[: len("1405-08")] for day in (first, last))
        if months == _MONTHS and begin.endswith("-01"):
            return begin.partition("-")[0]
        return begin if months == 1 else f"{begin}..{finish}"


def month_at(day: date, *, jalali: bool) -> Period:
    """Return the month of a calendar that a day is in."""
    own = jdatetime.date.fromgregorian(date=day) if jalali else day
    return Period(*_days_of(own.year, own.month, None), f"{own.year:04}-{own.month:02}", jalali=jalali)


ALL = Period(None, None, "", jalali=False)
"""Everything."""


def read_period(text: str, *, today: date | None = None, jalali: bool = False) -> Period:
    """Return the period that the text names.

    `today` is the local day for words such as `today` (default: the UTC day), `jalali` the calendar for `this month`
    and the like. Raises `ConfigError`, one line, for anything else.
    """
    if not isinstance(text, str):
        message = f"a period is text such as '1405-08', not {type(text).__name__}"
        raise ConfigError(message)
    plain = as_typed(text).lower()
    if not plain:
        return ALL
    try:
        words = _in_words(plain, today or datetime.now(UTC).date(), jalali=jalali)
    except (ValueError, OverflowError):
        raise _error(text) from None
    if words is not None:
        return words
    begin, dots, finish = (part.strip() for part in plain.partition(".."))
    first = _span(begin, text) if begin else None
    last = _span(finish, text) if dots and finish else first if not dots else None
    if first is None and last is None:
        raise _error(text)
    start, end = first[0] if first else None, last[1] if last else None
    if start is not None and end is not None and start >= end:
        message = f"the period {text.strip()[:_LONGEST]!r} ends before it begins"
        raise ConfigError(message)
    return Period(
        start, end, _MARKS.sub("", text).strip(), jalali=any(each is not None and each[2] for each in (first, last))
    )


def as_typed(text: str) -> str:
    """Return text as a keyboard types it: Latin digits, single spaces, and no marks of the direction of writing."""
    return " ".join(_MARKS.sub("", text.translate(_DIGITS)).split())


def _in_words(text: str, today: date, *, jalali: bool) -> Period | None:
    if text in {"today", "yesterday"}:
        first = today if text == "today" else today - _DAY
        return Period(first, first + _DAY, text, jalali=jalali)
    if (days := _LAST_DAYS.fullmatch(text)) and int(days[1]):
        return Period(today - int(days[1]) * _DAY, today, text, jalali=jalali)
    which, _, unit = text.partition(" ")
    if which not in {"this", "last"} or unit not in {"month", "year"}:
        return None
    own = jdatetime.date.fromgregorian(date=today) if jalali else today
    year, month = own.year, own.month
    if which == "last":
        year, month = (year - 1, month) if unit == "year" else (year, month - 1) if month > 1 else (year - 1, _MONTHS)
    return Period(*_days_of(year, month if unit == "month" else None, None), text, jalali=jalali)


def _span(text: str, whole: str) -> tuple[date, date, bool]:
    """Return the first day of a year, month or day, the day after it, and whether it is Jalali."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise _error(whole)
    year, month, day = (None if part is None else int(part) for part in match.groups())
    assert year is not None  # noqa: S101 - the pattern has it
    if year not in _JALALI_YEARS and year not in _GREGORIAN_YEARS:
        raise _error(whole)
    try:
        return (*_days_of(year, month, day), year in _JALALI_YEARS)
    except (ValueError, OverflowError):
        raise _error(whole) from None


def _days_of(year: int, month: int | None, day: int | None) -> tuple[date, date]:
    if day is not None and month is not None:
        first = _day(year, month, day)
        return first, first + _DAY
    if month is None:
        return _day(year, 1, 1), _day(year + 1, 1, 1)
    return _day(year, month, 1), _day(year + month // _MONTHS, month % _MONTHS + 1, 1)


def _day(year: int, month: int, day: int) -> date:
    # The first day after the last year of a range is still of its calendar.
    if year in _JALALI_YEARS or year == _JALALI_YEARS.stop:
        found: date = jdatetime.date(year, month, day).togregorian()
        return found
    if year in _GREGORIAN_YEARS or year == _GREGORIAN_YEARS.stop:
        return date(year, month, day)
    msg = "year"
    raise ValueError(msg)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _error(text: str) -> ConfigError:
    shown = _MARKS.sub("", text).strip()[:_LONGEST]
    return ConfigError(
        f"{shown!r} is not a period: use a month (1405-08, 2026-11), a day (1405-08-03), a year (1405), a range "
        "(1405-08..1405-10), today, yesterday, last month or last 28 days"
    )
