"""What a page of figures is made of: typed values, sentences with their evidence, tables and charts. No texts.

A text is named by a key; `languages` has the words. So each form (HTML, PDF, XLSX) and each language shows the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from trunkline.reports import amounts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal


class Kind(StrEnum):
    """How a value is shown."""

    TEXT = "text"  # of strangers or the user, as it is
    WORD = "word"  # a key of the language's words
    PHONE = "phone"  # a label of a number, masked or not, read from left to right
    COUNT = "count"  # `unit` is what is counted, or empty
    NUMBER = "number"
    AMOUNT = "amount"  # `unit` is the currency
    SHARE = "share"  # of 1
    CHANGE = "change"  # of 1, with its sign
    SECONDS = "seconds"  # a length
    DAY = "day"
    MONTH = "month"  # by its first day
    MOMENT = "moment"  # a local wall clock
    HOUR = "hour"  # an hour of the day
    LIST = "list"
    RANGE = "range"  # two values


LEFT_TO_RIGHT = frozenset({Kind.PHONE, Kind.CHANGE, Kind.SECONDS, Kind.DAY, Kind.MOMENT, Kind.HOUR})
"""What is read from left to right in every language."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value with how it is shown; `value` is None where it is unknown. `digits` are those after the point."""

    kind: Kind
    value: Any
    unit: str = ""
    digits: int = 0


def text(value: str | None) -> Value:
    """Return a text as it is."""
    return Value(Kind.TEXT, value)


def word(key: str) -> Value:
    """Return a word of the language."""
    return Value(Kind.WORD, key)


def phone(label: str | None) -> Value:
    """Return the label of a phone number."""
    return Value(Kind.PHONE, label)


def count(value: int | None, unit: str = "") -> Value:
    """Return a number of things."""
    return Value(Kind.COUNT, value, unit)


def number(value: float | Decimal | None, digits: int) -> Value:
    """Return a number with so many digits after the point."""
    return Value(Kind.NUMBER, value, digits=digits)


def erlang(value: float, unit: str = "") -> Value:
    """Return a traffic in erlang, with two digits that aren't 0."""
    return Value(Kind.NUMBER, value, unit, amounts.erlang_digits(value))


def amount(value: Decimal | None, currency: str | None, digits: int) -> Value:
    """Return an amount in a currency; an empty one is unknown."""
    return Value(Kind.AMOUNT, value, currency or "", digits)


def share(value: float | None) -> Value:
    """Return a share of 1, shown in percent."""
    return Value(Kind.SHARE, value, digits=1)


def change(value: float | None) -> Value:
    """Return a change as a share of 1, shown in percent with its sign."""
    return Value(Kind.CHANGE, value)


def seconds(value: float | None) -> Value:
    """Return a length of time."""
    return Value(Kind.SECONDS, value)


def day(value: date | None) -> Value:
    """Return a local day."""
    return Value(Kind.DAY, value)


def month(value: date | None) -> Value:
    """Return the month that begins on a day."""
    return Value(Kind.MONTH, value)


def moment(value: datetime | None) -> Value:
    """Return a local time (a datetime without a zone)."""
    return Value(Kind.MOMENT, value)


def hour(value: int | None) -> Value:
    """Return an hour of the day, from its beginning to its end."""
    return Value(Kind.HOUR, value)


def listing(values: tuple[Value, ...]) -> Value:
    """Return several values, shown one after the other."""
    return Value(Kind.LIST, values)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: the key of its text, and the values in it."""

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)


class Tone(StrEnum):
    """Whether a finding is good news, bad news or neither."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """A conclusion, what it rests on, and the key of the table that has the numbers."""

    says: Sentence
    evidence: tuple[Sentence, ...] = ()
    table: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key of its head, the kind of its values, and their currency or the digits after the point."""

    key: str
    kind: Kind
    unit: str = ""


type Row = tuple[Value, ...]

# A table with more columns is as wide as the page. A day takes as much room as two numbers.
_WIDE = 7
_LONG = frozenset({Kind.DAY, Kind.MOMENT})


@dataclass(frozen=True, slots=True)
class Table:
    """A table under the key of its title. `notes` stand below.

    `total` says that the last row is one, `grouped` that rows with the same first cell belong together.
    """

    key: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    unit: str = ""
    total: bool = False
    grouped: bool = False
    notes: tuple[Sentence, ...] = ()

    @property
    def wide(self) -> bool:
        """Whether it needs the whole width of a page."""
        return len(self.columns) + sum(each.kind in _LONG for each in self.columns) - self.grouped > _WIDE

    @property
    def anchor(self) -> str:
        """The name that links lead to."""
        return f"{self.key}-{self.unit}".lower() if self.unit else self.key


@dataclass(frozen=True, slots=True)
class Series:
    """The heights of one colour of bars; `role` says which colour."""

    key: str
    role: str
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars, one for each place. Heights are counts, or amounts if there is a `unit` (a currency)."""

    key: str
    places: tuple[Value, ...]
    series: tuple[Series, ...]
    unit: str = ""

    @property
    def highest(self) -> float:
        """The height of the highest bar."""
        return max((sum(heights) for heights in zip(*(each.heights for each in self.series), strict=True)), default=0)

    @property
    def highest_place(self) -> Value | None:
        """The place of the highest bar, None if all are empty."""
        sums = [sum(heights) for heights in zip(*(each.heights for each in self.series), strict=True)]
        return self.places[sums.index(max(sums))] if sums and max(sums) > 0 else None


@dataclass(frozen=True, slots=True)
class Document:
    """All that a month's report says, in the order in which it is read."""

    title: Sentence
    about: tuple[Sentence, ...]
    findings: tuple[Finding, ...]
    actions: tuple[Finding, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    notes: tuple[Sentence, ...]
    jalali: bool
