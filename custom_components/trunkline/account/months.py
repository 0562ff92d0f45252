"""Months of both calendars, and how dates are written for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    import jdatetime

PERSIAN: Final = "fa"
"""The language whose dates are those of the Jalali calendar."""

_DECEMBER: Final = 12
_GREGORIAN_YEARS: Final = range(1970, 2100)
_JALALI_YEARS: Final = range(1349, 1478)
_PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the Jalali calendar (years 1349 to 1477), or of the Gregorian one (1970 to 2099)."""

    year: int
    number: int

    @classmethod
    def of_calendar(cls, year: int, number: int) -> Self:
        """Return a month; raises `ValueError` if neither calendar has it."""
        if not 1 <= number <= _DECEMBER or (year not in _GREGORIAN_YEARS and year not in _JALALI_YEARS):
            msg = "no month of either calendar"
            raise ValueError(msg)
        return cls(year, number)

    @classmethod
    def of_day(cls, day: date, language: str) -> Self:
        """Return the month in which a day falls, in the calendar of the language; raises `ValueError`."""
        if language != PERSIAN:
            return cls.of_calendar(day.year, day.month)
        jalali = _jalali_day(day)
        return cls.of_calendar(jalali.year, jalali.month)

    @property
    def first_day(self) -> date:
        """The first day, as a date of the Gregorian calendar."""
        if not self._is_jalali:
            return date(self.year, self.number, 1)
        first: date = _jalali_date(self.year, self.number).togregorian()
        return first

    @property
    def next_first_day(self) -> date:
        """The first day of the month after."""
        year, number = divmod(self.year * _DECEMBER + self.number, _DECEMBER)
        return Month(year, number + 1).first_day

    @property
    def _is_jalali(self) -> bool:
        return self.year < _GREGORIAN_YEARS.start

    def text(self) -> str:
        """Return the month as people read it: `2026-03`, or its Persian name and year."""
        if not self._is_jalali:
            return f"{self.year}-{self.number:02d}"
        name = _jalali_date(self.year, self.number).strftime("%B")
        return f"{name} {digits(str(self.year), PERSIAN)}"


def first_of_month(day: date, *, jalali: bool) -> date:
    """Return the first day of the month of the Jalali or the Gregorian calendar that a day is in."""
    if not jalali:
        return day.replace(day=1)
    first: date = _jalali_day(day).replace(day=1).togregorian()
    return first


def _jalali_day(day: date) -> jdatetime.date:
    import jdatetime  # noqa: PLC0415  (loaded with the first account)

    return jdatetime.date.fromgregorian(date=day, locale="fa_IR")


def _jalali_date(year: int, month: int) -> jdatetime.date:
    """Return the first day of a month."""
    import jdatetime  # noqa: PLC0415  (loaded with the first account)

    return jdatetime.date(year, month, 1, locale="fa_IR")


@lru_cache(maxsize=64)
def day_text(day: date, language: str) -> str:
    """Return a day as people read it: `2026-03-10`, or in Persian its weekday, day, month and year."""
    if language != PERSIAN:
        return day.isoformat()
    jalali = _jalali_day(day)
    return f"{jalali.strftime('%A')} {digits(str(jalali.day), language)} {Month.of_day(day, language).text()}"


def moment_text(at: datetime, zone: tzinfo, language: str) -> str:
    """Return a time as people read it: the day, and the hour and minute on the wall clock of the zone."""
    local = at.astimezone(zone)
    return f"{day_text(local.date(), language)} {digits(f'{local:%H:%M}', language)}"


def digits(text: str, language: str) -> str:
    """Return the text with the digits of the language."""
    return text.translate(_PERSIAN_DIGITS) if language == PERSIAN else text
