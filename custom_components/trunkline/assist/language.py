"""What Assist understands and says in one language: sentences, texts, and how numbers, amounts and days are written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jdatetime

from ..account.months import first_of_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

FOLDER: Final = Path(__file__).parent / "languages"
FALLBACK: Final = "en"

# Decimal places of amounts (ISO 4217), as far as they aren't two. Rial and toman have none in practice.
_DIGITS: Final = {"IRR": 0, "IRT": 0, "VND": 0}
_ASCII_DIGITS: Final = "0123456789"
_JALALI: Final = "jalali"


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in the unit in which the account displays it; `digits` is None where the currency decides."""

    value: Decimal
    code: str
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """A language, as its file in `languages/` describes it."""

    code: str
    data: Mapping[str, Any] = field(repr=False)

    @property
    def sentences(self) -> Mapping[str, list[str]]:
        """Templates of hassil by what they ask for; `{name}` and `{account}` stand for known names."""
        sentences: Mapping[str, list[str]] = self.data["sentences"]
        return sentences

    @property
    def endings(self) -> Mapping[str, list[str]]:
        """The endings of words, and what they become after "call"."""
        endings: Mapping[str, list[str]] = self.data["endings"]
        return endings

    @property
    def is_jalali(self) -> bool:
        """Whether dates and months are those of the Jalali calendar."""
        return bool(self.data["calendar"] == _JALALI)

    def say(self, key: str, **texts: str) -> str:
        """Return an answer."""
        text: str = self.data["answers"][key]
        return text.format(**texts)

    def join(self, items: Iterable[str]) -> str:
        """Return the items as one list."""
        separator: str = self.data["list"]
        return separator.join(items)

    def number(self, value: int) -> str:
        """Return a whole number, grouped."""
        return self._decimal(f"{value:,}")

    def digits(self, text: str) -> str:
        """Return the last digits of a number, or the name of a phone, with the digits of the language."""
        return self._plain(text)

    def phone(self, text: str) -> str:
        """Return a phone number so that it stays in order within text from right to left."""
        mark: str = self.data.get("number_mark", "")
        return f"{mark}{text}"

    def amount(self, amount: Amount) -> str:
        """Return an amount with its currency, rounded to the digits of the currency unless nothing would be left."""
        digits = amount.digits if amount.digits is not None else _DIGITS.get(amount.code, 2)
        rounded = amount.value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        shown = f"{rounded:,f}" if rounded or not amount.value else f"{amount.value.normalize():,f}"
        pattern: str = self.data["currencies"].get(amount.code, f"{{amount}} {amount.code}")
        return pattern.format(amount=self._decimal(shown))

    def month(self, day: date) -> str:
        """Return the month of a day with its year."""
        year, month, _ = self._date(day)
        return self._pattern("month", month=self.data["months"][month - 1], year=self._plain(year))

    def day(self, day: date, today: date) -> str:
        """Return a day, with its year if that isn't the current one."""
        year, month, number = self._date(day)
        months = self.data.get("months_of_days", self.data["months"])
        pattern = "day" if year == self._date(today)[0] else "day_of_year"
        return self._pattern(pattern, day=self._plain(number), month=months[month - 1], year=self._plain(year))

    def at(self, moment: datetime, today: date) -> str:
        """Return when something was: the time, and the day unless that is today. `moment` is local."""
        time = self._plain(f"{moment:%H:%M}")
        if moment.date() == today:
            return self._pattern("at_time", time=time)
        return self._pattern("at_day", time=time, day=self.day(moment.date(), today))

    def month_start(self, day: date) -> date:
        """Return the first day of the month that a day is in."""
        return first_of_month(day, jalali=self.is_jalali)

    def _date(self, day: date) -> tuple[int, int, int]:
        if not self.is_jalali:
            return day.year, day.month, day.day
        jalali = jdatetime.date.fromgregorian(date=day)
        return jalali.year, jalali.month, jalali.day

    def _pattern(self, key: str, **texts: str) -> str:
        pattern: str = self.data[key]
        return pattern.format(**texts)

    def _plain(self, text: object) -> str:
        return str(text).translate(str.maketrans(_ASCII_DIGITS, self.data["digits"]))

    def _decimal(self, text: str) -> str:
        """Return a number that Python has formatted with the signs of the language."""
        signs = {",": self.data["group"], ".": self.data["decimal"], "-": self.data["minus"]}
        return self._plain(text.translate(str.maketrans(signs)))


type Languages = dict[str, Language]


def load_languages() -> Languages:
    """Read the languages. Runs in the executor."""
    return {
        path.stem: Language(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.json")
    }


def choose(languages: Languages, *wanted: str) -> Language:
    """Return the first wanted language that there is, else English. `pt-BR` stands for `pt` as well."""
    codes = (code.replace("_", "-").partition("-")[0].lower() for code in wanted)
    return languages[next((code for code in codes if code in languages), FALLBACK)]
