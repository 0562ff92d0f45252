"""How a plot looks and speaks: its palette, its language, and its calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import jdatetime

from trunkline import inert
from trunkline.errors import DataError
from trunkline.reports import amounts

from .palette import PALETTES, Palette
from .persian import CURRENCIES, DIGITS, GREGORIAN_MONTHS, JALALI_MONTHS, SEPARATORS, TEXTS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

LANGUAGES: Final = ("en", "fa")
_ENGLISH_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LATIN_JALALI = (
    "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar",
    "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
)  # fmt: skip
_SHORT = 3
_SATURDAY, _MONDAY = 5, 0
# A paragraph that begins with it runs from right to left, whatever its first word is.
_RIGHT_TO_LEFT = "\u200f"
# Before a sign, it keeps the sign to the left of its number, as Persian is written (CLDR 46, fa).
_LEFT_TO_RIGHT = "\u200e"


@dataclass(frozen=True, slots=True)
class Look:
    """What the functions of this package draw with; `jalali` is the calendar of days, weeks and months."""

    palette: Palette
    language: str
    jalali: bool

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language == "fa"

    # --- words ------------------------------------------------------------------------------------

    def say(self, text: str, **values: str) -> str:
        """Return an English text in the language, with values that are text already.

        Raises `KeyError` for a text that has no translation.
        """
        if not self.right_to_left:
            return text.format(**values)
        inner = {name: value.lstrip(_RIGHT_TO_LEFT) for name, value in values.items()}
        return _RIGHT_TO_LEFT + TEXTS[text].format(**inner)

    @staticmethod
    def sentence(text: str) -> str:
        """Return a text that begins as a sentence does; Persian has no capital letters."""
        return text[:1].upper() + text[1:]

    def currency(self, code: str) -> str:
        """Return a currency as it is written on an axis."""
        return CURRENCIES.get(code, inert.mathtext(code)) if self.right_to_left else inert.mathtext(code)

    # --- numbers ----------------------------------------------------------------------------------

    def number(self, value: Decimal | float, digits: int = 0) -> str:
        """Return a number with thousands parted and so many decimal digits."""
        return self._local(f"{value:,.{digits}f}")

    def share(self, value: float, digits: int = 0) -> str:
        """Return a share of 1 in percent."""
        return self._local(f"{value:,.{digits}%}")

    def change(self, value: float) -> str:
        """Return a change in percent, with its sign unless it is shown as 0."""
        text = f"{value:+,.0%}"
        return self._local(text if text not in {"+0%", "-0%"} else "0%")

    def plain(self, value: int, width: int = 1) -> str:
        """Return a number without parted thousands: a year, a day, an hour."""
        return self._local(f"{value:0{width}}")

    def erlang(self, value: float) -> str:
        """Return a traffic in erlang, see `amounts.erlang_digits`."""
        return self.number(value, amounts.erlang_digits(value))

    def clock_hour(self, hour: int) -> str:
        """Return a whole hour of the day."""
        return self._local(f"{hour:02}:00")

    def clock(self, seconds: float) -> str:
        """Return a duration as hours, minutes and seconds."""
        minutes, rest = divmod(round(seconds), 60)
        return self._local(f"{minutes // 60}:{minutes % 60:02}:{rest:02}")

    def _local(self, text: str) -> str:
        if not self.right_to_left:
            return text
        sign = _LEFT_TO_RIGHT if text.startswith(("-", "+")) else ""
        return sign + text.translate(SEPARATORS).translate(DIGITS)

    # --- days -------------------------------------------------------------------------------------

    @property
    def first_weekday(self) -> int:
        """The day that a week begins with, 0 for Monday to 6 for Sunday: Saturday where months are Jalali."""
        return _SATURDAY if self.jalali else _MONDAY

    def weekday(self, number: int) -> str:
        """Return the name of a weekday, 0 for Monday to 6 for Sunday."""
        return (WEEKDAYS if self.right_to_left else _ENGLISH_WEEKDAYS)[number]

    def parts(self, day: date) -> tuple[int, int, int]:
        """Return the year, month and day of a Gregorian day in the calendar."""
        if not self.jalali:
            return day.year, day.month, day.day
        found = jdatetime.date.fromgregorian(date=day)
        return found.year, found.month, found.day

    def month(self, number: int, *, short: bool = False) -> str:
        """Return the name of a month, from 1 on."""
        if self.right_to_left:
            return (JALALI_MONTHS if self.jalali else GREGORIAN_MONTHS)[number - 1]
        name = (_LATIN_JALALI if self.jalali else _ENGLISH_MONTHS)[number - 1]
        return name[:_SHORT] if short else name

    def day(self, day: date) -> str:
        """Return a day with its month and year, as in `17 Mar 2025` or `27 Esfand 1403`."""
        year, month, number = self.parts(day)
        return f"{self.plain(number)} {self.month(month)} {self.plain(year)}"

    def span(self, first: date, last: date) -> str:
        """Return the days from the first to the last: a whole month by its name, a day alone by itself."""
        (year, month, number), after = self.parts(first), self.parts(last + timedelta(days=1))
        if number == 1 and after == (year + month // 12, month % 12 + 1, 1):
            return f"{self.month(month)} {self.plain(year)}"
        if first == last:
            return self.day(first)
        return self.say("{first} to {last}", first=self.day(first), last=self.day(last))


def look(style: str, language: str, *, jalali: bool = False) -> Look:
    """Return the look of these names; raises `DataError` for one that there isn't."""
    _check("style", style, tuple(PALETTES))
    _check("language", language, LANGUAGES)
    return Look(PALETTES[style], language, jalali)


def _check(field: str, value: str, possible: Sequence[str]) -> None:
    if value not in possible:
        msg = f"plots have no {field} {value!r}; possible are {', '.join(possible)}"
        raise DataError(msg, field=field)
