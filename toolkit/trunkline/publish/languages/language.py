"""How a language writes numbers, days and sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jdatetime

from trunkline import inert
from trunkline.model import minor_units
from trunkline.publish.values import Kind, Sentence, Value
from trunkline.reports import amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from trunkline.publish.values import Chart

_LRI, _FSI, _PDI = "\u2066", "\u2068", "\u2069"
# Amounts and shares keep their sign on the left, in every direction of writing.
_MINUS, _PLUS = "\u2212", "+"
_HOUR, _MINUTE = 3600, 60
_AXIS_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Language:
    """The texts of a language and the marks that it writes numbers with.

    `units` are the forms of what is counted, of which `plural` chooses one by the number. A month's name is that of the
    Gregorian or the Jalali calendar. `isolate` keeps values of the other direction in one piece.
    """

    code: str
    name: str
    right_to_left: bool
    digits: str
    point: str
    group: str
    percent: str
    comma: str
    semicolon: str
    months: tuple[str, ...]
    jalali_months: tuple[str, ...]
    texts: Mapping[str, str]
    words: Mapping[str, str]
    units: Mapping[str, tuple[str, ...]]
    currencies: Mapping[str, str] = field(default_factory=dict)
    day_form: str = "{day} {month} {year}"
    plural: Callable[[int], int] = lambda number: 0 if number == 1 else 1

    def text(self, key: str, **values: str) -> str:
        """Return a text with these parts."""
        return self.texts[key].format_map(values)

    def say(self, sentence: Sentence, *, jalali: bool) -> str:
        """Return a sentence with its values written out."""
        shown = {
            name: self.length(value.value)
            if value.kind is Kind.SECONDS and value.value is not None
            else self._isolated(value, self.show(value, jalali=jalali))
            for name, value in sentence.values.items()
        }
        return self.text(sentence.key, **shown)

    def show(self, value: Value, *, jalali: bool) -> str:
        """Return a value as people read it; a dash where it is unknown."""
        if value.value is None:
            return "\u2013"
        found = value.value
        match value.kind:
            case Kind.TEXT:
                return inert.one_line(str(found))
            case Kind.PHONE:
                return inert.one_line(str(found))
            case Kind.WORD:
                return self.words[found]
            case Kind.COUNT:
                shown = self.number(found)
                return f"{shown} {self.unit(value)}" if value.unit else shown
            case Kind.NUMBER:
                shown = self.number(found, value.digits)
                return f"{shown} {self.unit(value)}" if value.unit else shown
            case Kind.AMOUNT:
                return f"{self.number(found, value.digits)} {self.currency(value.unit)}".rstrip()
            case Kind.SHARE:
                return self.number(100 * found, value.digits) + self.percent
            case Kind.CHANGE:
                shown = self.number(abs(100 * found), value.digits)
                sign = (
                    _MINUS
                    if round(100 * found, value.digits) < 0
                    else _PLUS
                    if round(100 * found, value.digits)
                    else ""
                )
                return sign + shown + self.percent
            case Kind.SECONDS:
                return self.clock(found)
            case Kind.DAY:
                return self.day(found, jalali=jalali)
            case Kind.MONTH:
                return self.month(found, jalali=jalali)
            case Kind.MOMENT:
                return self.moment(found, jalali=jalali)
            case Kind.HOUR:
                return self.translated(f"{found:02}:00\u2013{(found + 1) % 24:02}:00")
            case Kind.RANGE:
                low, high = (self.show(each, jalali=jalali) for each in found)
                return self.text("range", low=low, high=high)
        parts = [self._isolated(each, self.show(each, jalali=jalali)) for each in found]
        return self.comma.join(parts)

    def cell(self, value: Value, unit: str, *, jalali: bool) -> str:
        """Return a value as a table has it: days in digits, and amounts without the `unit` in the table's head."""
        if value.value is None:
            return self.show(value, jalali=jalali)
        if value.kind is Kind.AMOUNT and value.unit == unit:
            return self.number(value.value, value.digits)
        if value.kind is Kind.DAY:
            return self.short_day(value.value, jalali=jalali)
        return self.show(value, jalali=jalali)

    def _isolated(self, value: Value, shown: str) -> str:
        """Return the text so that what stands around it in the other direction doesn't change its order."""
        if value.kind in {Kind.WORD, Kind.LIST, Kind.DAY, Kind.MONTH}:
            return shown
        if value.kind in {Kind.TEXT, Kind.COUNT, Kind.AMOUNT}:
            return f"{_FSI}{shown}{_PDI}"
        return f"{_LRI}{shown}{_PDI}"

    def unit(self, value: Value) -> str:
        """Return what is counted or measured, in the form that the number asks for."""
        if value.kind is Kind.NUMBER:
            return self.words[value.unit]
        forms = self.units[value.unit]
        return forms[min(self.plural(value.value), len(forms) - 1)]

    def head(self, key: str) -> str:
        """Return a word as the head of a column."""
        found = self.words[key]
        return found[:1].upper() + found[1:]

    def currency(self, code: str) -> str:
        """Return the name of a currency, which is its code unless people write another."""
        return self.currencies.get(code, code)

    def number(self, value: float | Decimal, digits: int = 0) -> str:
        """Return a number with so many digits after the point, its thousands parted, rounded half to even."""
        exact = amounts.rounded(value if isinstance(value, Decimal) else Decimal(repr(value)), digits)
        shown = f"{abs(exact):,f}"
        sign = _MINUS if exact < 0 else ""
        marks = str.maketrans({",": self.group, ".": self.point})
        return sign + self.translated(shown.translate(marks))

    def translated(self, text: str) -> str:
        """Return a text with the language's digits."""
        return text.translate(str.maketrans("0123456789", self.digits))

    def length(self, seconds: float) -> str:
        """Return a length in words, as a sentence has it."""
        minutes, rest = divmod(round(seconds), _MINUTE)
        hours, minutes = divmod(minutes, _HOUR // _MINUTE)
        key = "length.hours" if hours else "length.minutes" if minutes else "length.seconds"
        return self.text(key, h=self.number(hours), m=self.number(minutes), s=self.number(rest))

    def clock(self, seconds: float) -> str:
        """Return a length as hours, minutes and seconds."""
        minutes, rest = divmod(round(seconds), _MINUTE)
        hours, minutes = divmod(minutes, _HOUR // _MINUTE)
        shown = f"{self.number(hours)}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
        return self.translated(shown)

    def day(self, day: date, *, jalali: bool) -> str:
        """Return a day with the name of its month."""
        year, month, number = self.parts(day, jalali=jalali)
        names = self.jalali_months if jalali else self.months
        return self.day_form.format(
            day=self.translated(str(number)), month=names[month - 1], year=self.translated(str(year))
        )

    def short_day(self, day: date, *, jalali: bool) -> str:
        """Return a day in digits, such as 1405-08-03."""
        year, month, number = self.parts(day, jalali=jalali)
        mark = "/" if self.right_to_left else "-"
        return self.translated(f"{year:04}{mark}{month:02}{mark}{number:02}")

    def moment(self, moment: datetime, *, jalali: bool) -> str:
        """Return a local time in digits."""
        return f"{self.short_day(moment.date(), jalali=jalali)} {self.translated(f'{moment:%H:%M}')}"

    def month(self, day: date, *, jalali: bool) -> str:
        """Return the name and the year of the month that a day is in."""
        year, month, _ = self.parts(day, jalali=jalali)
        names = self.jalali_months if jalali else self.months
        return f"{names[month - 1]} {self.translated(str(year))}"

    def parts(self, day: date, *, jalali: bool) -> tuple[int, int, int]:
        """Return year, month and day in a calendar."""
        own: Any = jdatetime.date.fromgregorian(date=day) if jalali else day
        return own.year, own.month, own.day

    def numbers(self, places: Sequence[Value], *, jalali: bool) -> tuple[int, ...]:
        """Return the number of each hour, or of each day in its month."""
        return tuple(
            place.value if place.kind is Kind.HOUR else self.parts(place.value, jalali=jalali)[2] for place in places
        )

    def short_number(self, value: float) -> str:
        """Return a number beside an axis, with no more digits than it has."""
        digits = next((digits for digits in range(_AXIS_DIGITS) if round(value, digits) == value), _AXIS_DIGITS)
        return self.number(value, digits)

    def alt(self, chart: Chart, title: str, *, jalali: bool) -> str:
        """Return in a sentence what a chart shows."""
        highest = chart.highest_place
        if highest is None:
            return self.text("chart.alt_empty", title=title)
        height = self.number(chart.highest, minor_units(chart.unit) if chart.unit else 0)
        count, place = self.number(len(chart.places)), self.show(highest, jalali=jalali)
        return self.text("chart.alt", title=title, count=count, highest=height, place=place)
