"""A month's report as a workbook for spreadsheets: numbers as numbers, days as days, and no text read as a formula."""

from __future__ import annotations

import textwrap
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

import xlsxwriter

from trunkline.reports import amounts

from .values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from .languages import Language
    from .values import Chart, Column, Document, Finding, Sentence, Table, Value

_LONGEST_NAME = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_DIRECTIONAL = str.maketrans("", "", "\u2066\u2067\u2068\u2069")
_END_OF_ISOLATE, _LEFT_TO_RIGHT = "\u2069", "\u200e"
_WIDEST, _NARROWEST = 46, 9
# Of the conclusions and of what they rest on.
_SAYS_WIDTH, _EVIDENCE_WIDTH = 52, 58
# Bold letters leave room for so many fewer; a line is so many points high.
_BOLD, _LINE = 6, 15.5
# What is wider, in characters, is printed on a sheet that lies.
_UPRIGHT = 100
_NUMBERS = frozenset({Kind.COUNT, Kind.NUMBER, Kind.AMOUNT, Kind.SHARE, Kind.SECONDS})
_COLOURS = {"good": "#009E73", "bad": "#D55E00", "other": "#9AA5B1", "plain": "#0072B2"}
_SECONDS_OF_DAY = 86_400
# A cell holds so many characters.
_LONGEST = 32_000


def sheet(document: Document, language: Language, made: datetime) -> bytes:
    """Return the document as a workbook: a sheet with the conclusions, one with the charts, one for each table."""
    return _Book(document, language, made).written()


class _Book:
    def __init__(self, document: Document, language: Language, made: datetime) -> None:
        self._document, self._language = document, language
        # The sides at which words and numbers stand, and the direction of text: 1 is to the right, 2 to the left.
        self._begin, self._end, self._order = ("right", "left", 2) if language.right_to_left else ("left", "right", 1)
        self._file = BytesIO()
        # Text is text: neither a formula nor a link.
        self._book = xlsxwriter.Workbook(
            self._file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self._book.set_properties(
            {"title": self._plain(language.say(document.title, jalali=document.jalali)), "created": made}
        )
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._names: set[str] = set()

    def written(self) -> bytes:
        self._summary()
        for table in self._document.tables:
            self._table(table)
        if self._document.charts:
            self._charts()
        self._book.close()
        return self._file.getvalue()

    # --- sheets -----------------------------------------------------------------------------------

    def _new(self, name: str) -> Worksheet:
        """Return a new sheet; its name is made one that spreadsheets take, and unlike the others."""
        plain = self._plain(name).translate(_FORBIDDEN).strip("' ") or "1"
        short, number = _shortened(plain, _LONGEST_NAME), 2
        while short.lower() in self._names:
            end = f" {number}"
            short, number = _shortened(plain, _LONGEST_NAME - len(end)) + end, number + 1
        self._names.add(short.lower())
        made = self._book.add_worksheet(short)
        made.set_paper(9)
        made.fit_to_pages(1, 0)
        made.hide_gridlines(2)
        if self._language.right_to_left:
            made.right_to_left()
        return made

    def _format(self, **properties: Any) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]

    def _plain(self, text: str) -> str:
        """Return a text without marks that hold its parts apart: spreadsheets don't know them.

        Where text runs from left to right, a plain mark stands where a part ends: a number would otherwise go with the
        Persian name before it.
        """
        mark = "" if self._language.right_to_left else _LEFT_TO_RIGHT
        return text.replace(_END_OF_ISOLATE, mark).translate(_DIRECTIONAL).strip(_LEFT_TO_RIGHT)[:_LONGEST]

    def _said(self, sentence: Sentence) -> str:
        return self._plain(self._language.say(sentence, jalali=self._document.jalali))

    def _summary(self) -> None:
        document, language = self._document, self._language
        shown = self._new(language.words["summary"])
        shown.set_column(0, 0, _SAYS_WIDTH)
        shown.set_column(1, 1, _EVIDENCE_WIDTH)
        shown.write_string(0, 0, self._said(document.title), self._format(bold=True, font_size=16))
        line = 1
        for each in document.about:
            shown.write_string(line, 0, self._said(each), self._format(font_color="#545E6B"))
            line += 1
        for key, found in {"findings": document.findings, "actions": document.actions}.items():
            shown.write_string(line + 1, 0, language.text(f"heading.{key}"), self._format(bold=True, font_size=12))
            line = self._list(shown, line + 2, found)
        shown.write_string(line + 1, 0, language.text("heading.notes"), self._format(bold=True, font_size=12))
        for at, note in enumerate(document.notes, line + 2):
            shown.merge_range(at, 0, at, 1, "", self._format(text_wrap=True, valign="top"))
            shown.write_string(at, 0, self._said(note), self._format(text_wrap=True, valign="top"))
            shown.set_row(at, 32)

    def _list(self, shown: Worksheet, line: int, found: Iterable[Finding]) -> int:
        for finding in found:
            look = self._format(text_wrap=True, valign="top", bold=True)
            says = self._said(finding.says)
            shown.write_string(line, 0, says, look)
            evidence = self._language.semicolon.join(self._said(each) for each in finding.evidence)
            shown.write_string(line, 1, evidence, self._format(text_wrap=True, valign="top", font_color="#545E6B"))
            # Not every spreadsheet makes a row as high as its text.
            lines = max(_lines(says, _SAYS_WIDTH - _BOLD), _lines(evidence, _EVIDENCE_WIDTH))
            shown.set_row(line, _LINE * lines)
            line += 1
        return line

    def _table(self, table: Table) -> None:
        language = self._language
        title = language.text(f"table.{table.key}", unit=language.currency(table.unit))
        shown = self._new(title)
        shown.write_string(0, 0, title, self._format(bold=True, font_size=12))
        widths: list[int] = []
        at = 0
        for place, column in enumerate(table.columns):
            twice = self._document.jalali and column.kind in {Kind.DAY, Kind.MOMENT}
            at = self._column(shown, table, place, at, widths, gregorian=False)
            if twice:
                at = self._column(shown, table, place, at, widths, gregorian=True)
        wide = [min(_WIDEST, max(_NARROWEST, width + 2)) for width in widths]
        for each, width in enumerate(wide):
            shown.set_column(each, each, width)
        if sum(wide) > _UPRIGHT:
            shown.set_landscape()
        shown.repeat_rows(0, 1)
        shown.freeze_panes(2, 0)
        for line, note in enumerate(table.notes, len(table.rows) + 3):
            shown.write_string(line, 0, self._said(note), self._format(font_color="#545E6B"))

    def _column(
        self, shown: Worksheet, table: Table, place: int, at: int, widths: list[int], *, gregorian: bool
    ) -> int:
        """Write a column and return the place of the next one. A Jalali day is text, its Gregorian one a day."""
        column = table.columns[place]
        head = self._head(column)
        if gregorian:
            head = f"{head} ({self._language.words['gregorian']})"
        side = self._end if column.kind in _NUMBERS else self._begin
        shown.write_string(1, at, head, self._format(bold=True, bottom=1, text_wrap=True, align=side))
        longest = len(head)
        for line, row in enumerate(table.rows):
            total = table.total and line == len(table.rows) - 1
            longest = max(longest, self._cell(shown, line + 2, at, row[place], table, total=total, gregorian=gregorian))
        widths.append(longest)
        return at + 1

    def _head(self, column: Column) -> str:
        head = self._language.head(column.key)
        if column.unit:
            return f"{head} ({self._language.currency(column.unit)})"
        return head

    def _cell(
        self, shown: Worksheet, line: int, at: int, value: Value, table: Table, *, total: bool, gregorian: bool
    ) -> int:
        """Write a value in its own type, and return about how many characters wide it is."""
        looks: dict[str, Any] = {"bold": True, "top": 1} if total else {}
        found, form = self._typed(value, gregorian=gregorian)
        if isinstance(found, str):
            text = self._format(align=self._begin, reading_order=self._order, **looks)
            shown.write_string(line, at, found, text)
            return len(found)
        if found is None:
            shown.write_blank(line, at, None, self._format(**looks))
            return 0
        looks |= {"num_format": form}
        if isinstance(found, datetime | date):
            shown.write_datetime(line, at, found, self._format(align=self._begin, **looks))
            return len(form)
        shown.write_number(line, at, found, self._format(align=self._end, **looks))
        return len(self._language.cell(value, table.unit, jalali=False)) + 2

    def _typed(self, value: Value, *, gregorian: bool) -> tuple[str | float | date | datetime | None, str]:
        """Return what stands in the cell, and the format of a number or a day."""
        found = value.value
        if found is None:
            return None, ""
        jalali = self._document.jalali and not gregorian
        match value.kind:
            case Kind.COUNT:
                return int(found), "#,##0" + self._unit(value)
            case Kind.AMOUNT:
                return float(found), _decimals(value.digits) + (f' "{self._language.currency(value.unit)}"')
            case Kind.SHARE:
                return float(found), "0.0%"
            case Kind.SECONDS:
                return float(found) / _SECONDS_OF_DAY, "[h]:mm:ss"
            case Kind.DAY if not jalali:
                return found, "yyyy-mm-dd"
            case Kind.MOMENT if not jalali:
                return found, "yyyy-mm-dd hh:mm"
            case Kind.NUMBER:
                return float(found), _decimals(value.digits) + self._unit(value)
        return self._plain(self._language.cell(value, "", jalali=jalali)), ""

    def _unit(self, value: Value) -> str:
        return f' "{self._language.unit(value)}"' if value.unit else ""

    # --- charts -----------------------------------------------------------------------------------

    def _charts(self) -> None:
        """Write the heights of the bars, with charts of the spreadsheet beside them."""
        shown = self._new(self._language.text("heading.charts"))
        at = 0
        for number, chart in enumerate(self._document.charts):
            at = self._chart(shown, chart, at, number)

    def _chart(self, shown: Worksheet, chart: Chart, at: int, number: int) -> int:
        language = self._language
        title = language.text(f"chart.{chart.key}", unit=language.currency(chart.unit))
        shown.write_string(0, at, title, self._format(bold=True))
        for line, place in enumerate(chart.places, 2):
            found, form = self._typed(place, gregorian=False)
            if isinstance(found, date):
                shown.write_datetime(line, at, found, self._format(num_format=form, align=self._begin))
            else:
                shown.write_string(line, at, str(found))
        shown.set_column(at, at, 12)
        drawn = self._book.add_chart({"type": "column", "subtype": "stacked"})
        # Days are names of bars, also where they are numbers in a cell.
        drawn.set_x_axis({"text_axis": True})
        last = len(chart.places) + 1
        look = self._format(num_format=_decimals(_digits(chart)))
        for offset, series in enumerate(chart.series, 1):
            shown.write_string(1, at + offset, language.head(series.key), self._format(bold=True, bottom=1))
            for line, height in enumerate(series.heights, 2):
                shown.write_number(line, at + offset, height, look)
            sheet_name = shown.get_name()
            drawn.add_series({
                "name": [sheet_name, 1, at + offset],
                "categories": [sheet_name, 2, at, last, at],
                "values": [sheet_name, 2, at + offset, last, at + offset],
                "fill": {"color": _COLOURS[series.role]},
                "gap": 40,
            })  # fmt: skip
        drawn.set_title({"name": title, "name_font": {"size": 12}})
        drawn.set_legend({"none": True} if len(chart.series) == 1 else {"position": "bottom"})
        drawn.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#D9DEE5"}}})
        drawn.set_size({"width": 620, "height": 280})
        shown.insert_chart(
            36 + 15 * (number // 2),
            7 * (number % 2),
            drawn,
            {"description": language.alt(chart, title, jalali=self._document.jalali)},
        )
        return at + len(chart.series) + 2


def _shortened(name: str, longest: int) -> str:
    """Return a name, or as many of its words as fit."""
    if len(name) <= longest:
        return name
    words = name[: longest + 1].rpartition(" ")[0]
    return words or name[:longest]


def _lines(text: str, width: int) -> int:
    """Return how many lines a text takes in a column of so many letters."""
    return max(1, len(textwrap.wrap(text, width)))


def _digits(chart: Chart) -> int:
    """Return the digits of heights: none of counts, those of amounts as in a table."""
    heights = (Decimal(repr(height)) for series in chart.series for height in series.heights)
    return amounts.amount_digits(heights, chart.unit) if chart.unit else 0


def _decimals(digits: int) -> str:
    return f"#,##0.{'0' * digits}" if digits else "#,##0"
