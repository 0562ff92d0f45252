"""A month's report as a PDF on A4, drawn with fpdf2 in the font DejaVu Sans, which has Latin, Cyrillic and Persian."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import matplotlib as mpl
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from .bidi import arranged, closed, resolved
from .drawing import drawn
from .values import LEFT_TO_RIGHT, Kind, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from .languages import Language
    from .values import Chart, Document, Finding, Row, Sentence, Table, Value

type _Colour = tuple[int, int, int]

_INK: _Colour = (28, 36, 48)
_SOFT: _Colour = (84, 94, 107)
_LINE: _Colour = (217, 222, 229)
# Okabe and Ito, Color Universal Design (2008).
_ACCENT: _Colour = (0, 114, 178)
_ROLES: dict[str, _Colour] = {"good": (0, 158, 115), "bad": (213, 94, 0), "other": (154, 165, 177), "plain": _ACCENT}

# Nothing is drawn with it.
_NEVER: _Colour = (1, 2, 3)

_FONT = "DejaVu"
_WORDS = frozenset({Kind.TEXT, Kind.WORD, Kind.PHONE})
# Millimetres.
_WIDTH, _HEIGHT, _MARGIN, _GAP = 210.0, 297.0, 13.0, 7.0
_FULL = _WIDTH - 2 * _MARGIN
_CHART_HEIGHT = 34.0
_ROW = 3.9
# Points.
_SAYS, _EVIDENCE, _SMALL = 7.8, 6.4, 6.0
# Tables that are too wide have smaller letters.
_SIZES = (6.4, 6.0, 5.6, 5.2)
_PADDING = 1.2
# Of a point, in millimetres.
_LINE_HEIGHT = 0.48
_CUT = "…"
_DIRECTIONAL = str.maketrans("", "", "\u2066\u2067\u2068\u2069")


def pdf(document: Document, language: Language, made: datetime) -> bytes:
    """Return the document as a PDF; `made` is the local time that it is dated with."""
    return _Pdf(document, language, made).written()


@dataclass(slots=True)
class _Column:
    """A part of the page's width, and where its next block stands; a column goes on over pages."""

    x: float
    width: float
    page: int
    y: float


class _Paper(FPDF):
    """Paper with the number of the page at its foot."""

    language: Language

    def footer(self) -> None:
        self.set_y(-9)
        self.set_font(_FONT, "", 7)
        self.set_text_color(*_SOFT)
        self.cell(0, 4, self.language.number(self.page_no()), align="C")


class _Pdf:
    def __init__(self, document: Document, language: Language, made: datetime) -> None:
        self._document, self._language = document, language
        self._side = "R" if language.right_to_left else "L"
        paper = _Paper(format="A4")
        paper.language = language
        fonts = Path(mpl.get_data_path()) / "fonts" / "ttf"
        paper.add_font(_FONT, "", fonts / "DejaVuSans.ttf")
        paper.add_font(_FONT, "B", fonts / "DejaVuSans-Bold.ttf")
        paper.set_text_shaping(use_shaping_engine=True, direction="rtl" if language.right_to_left else "ltr")
        paper.set_margins(_MARGIN, _MARGIN)
        paper.set_auto_page_break(auto=False)
        paper.set_creation_date(made)
        paper.set_lang(language.code)
        paper.set_title(self._said(document.title).translate(_DIRECTIONAL))
        paper.add_page()
        self._paper = paper
        self._full = _Column(_MARGIN, _FULL, 1, _MARGIN)

    def written(self) -> bytes:
        document = self._document
        self._paragraph(self._full, self._said(document.title), 17, bold=True)
        self._paragraph(self._full, " · ".join(map(self._said, document.about)), 8, colour=_SOFT)
        self._rule(self._full)
        wide = (_FULL - _GAP) * 0.58
        first, second = self._split(wide)
        self._list(first, "findings", document.findings)
        self._list(second, "actions", document.actions)
        self._join(first, second)
        self._charts(document.charts)
        self._tables(document.tables)
        self._full.y += 2
        self._rule(self._full, _LINE)
        for note in document.notes:
            self._paragraph(self._full, self._said(note), _SMALL, colour=_SOFT)
        return bytes(self._paper.output())

    # --- where things stand -----------------------------------------------------------------------

    def _split(self, wide: float | None = None) -> tuple[_Column, _Column]:
        """Return two columns, in the order in which the language reads them."""
        width = (_FULL - _GAP) / 2 if wide is None else wide
        page, y, rest = self._full.page, self._full.y, _FULL - _GAP - width
        if self._language.right_to_left:
            return _Column(_MARGIN + rest + _GAP, width, page, y), _Column(_MARGIN, rest, page, y)
        return _Column(_MARGIN, width, page, y), _Column(_MARGIN + width + _GAP, rest, page, y)

    def _join(self, *columns: _Column) -> None:
        """Go on below the columns, over the whole width."""
        self._full.page, self._full.y = max((each.page, each.y) for each in columns)

    def _at(self, column: _Column, height: float) -> float:
        """Go to the place of a block of this height, on the next page if it doesn't fit, and return its top."""
        if column.y + height > _HEIGHT - _MARGIN and column.y > _MARGIN:
            column.page, column.y = column.page + 1, _MARGIN
        self._turn(min(column.page, self._paper.pages_count))
        while self._paper.pages_count < column.page:
            self._paper.add_page()
        top = column.y
        column.y += height
        return top

    def _turn(self, page: int) -> None:
        """Turn to a page. What it draws with may differ from the page before, but is only written where it changes."""
        paper = self._paper
        if paper.page == page:
            return
        paper.page = page
        paper.set_font(_FONT, "", 1)
        paper.set_draw_color(*_NEVER)
        paper.set_fill_color(*_NEVER)
        paper.set_line_width(0)

    # --- text -------------------------------------------------------------------------------------

    def _said(self, sentence: Sentence) -> str:
        return self._language.say(sentence, jalali=self._document.jalali)

    def _font(self, size: float, *, bold: bool = False, colour: _Colour = _INK) -> None:
        self._paper.set_font(_FONT, "B" if bold else "", size)
        self._paper.set_text_color(*colour)

    def _wrapped(self, text: str, width: float) -> list[str]:
        found = self._paper.multi_cell(
            width, None, resolved(text), align=self._side, dry_run=True, output=MethodReturnValue.LINES, padding=0
        )
        return list(closed(cast("list[str]", found)))

    def _height(self, text: str, width: float, line: float) -> float:
        return line * len(self._wrapped(text, width))

    def _line(self, width: float, height: float, text: str, side: str) -> None:
        shown = arranged(resolved(text), right_to_left=self._language.right_to_left)
        self._paper.cell(width, height, shown, align=side)

    def _paragraph(
        self, column: _Column, text: str, size: float, *, bold: bool = False, colour: _Colour = _INK, indent: float = 0
    ) -> None:
        self._font(size, bold=bold, colour=colour)
        line, width = size * _LINE_HEIGHT, column.width - indent
        lines = self._wrapped(text, width)
        top = self._at(column, line * len(lines))
        self._font(size, bold=bold, colour=colour)
        left = column.x if self._language.right_to_left else column.x + indent
        for number, each in enumerate(lines):
            self._paper.set_xy(left, top + number * line)
            self._line(width, line, each, self._side)

    def _rule(self, column: _Column, colour: _Colour = _ACCENT) -> None:
        top = self._at(column, 3)
        self._paper.set_draw_color(*colour)
        self._paper.set_line_width(0.7 if colour == _ACCENT else 0.2)
        self._paper.line(column.x, top + 1.2, column.x + column.width, top + 1.2)

    def _heading(self, column: _Column, key: str, needs: float) -> None:
        """Write a heading that stands on the page of what follows, which needs so much room."""
        self._at(column, 9 + needs)
        column.y -= 9 + needs
        column.y += 2.5
        self._paragraph(column, self._language.text(f"heading.{key}"), 11, bold=True)
        column.y += 1

    def _list(self, column: _Column, key: str, found: Iterable[Finding]) -> None:
        self._heading(column, key, 12)
        for finding in found:
            says = self._said(finding.says)
            evidence = " · ".join(map(self._said, finding.evidence))
            self._font(_SAYS, bold=True)
            height = self._height(says, column.width - 3.5, _SAYS * _LINE_HEIGHT)
            self._font(_EVIDENCE)
            height += self._height(evidence, column.width - 3.5, _EVIDENCE * _LINE_HEIGHT) if evidence else 0
            top = self._at(column, height + 1.9)
            column.y = top
            self._paper.set_fill_color(*(_LINE if finding.tone is Tone.PLAIN else _ROLES[finding.tone]))
            bar = column.x + column.width - 0.8 if self._language.right_to_left else column.x
            self._paper.rect(bar, top, 0.8, height + 0.8, style="F")
            inside = _Column(column.x, column.width, column.page, top + 0.4)
            if self._language.right_to_left:
                inside.width -= 3.5
            indent = 0 if self._language.right_to_left else 3.5
            self._paragraph(inside, says, _SAYS, bold=True, indent=indent)
            if evidence:
                self._paragraph(inside, evidence, _EVIDENCE, colour=_SOFT, indent=indent)
            column.y = top + height + 1.9

    # --- charts -----------------------------------------------------------------------------------

    def _charts(self, charts: Sequence[Chart]) -> None:
        if not charts:
            return
        self._heading(self._full, "charts", _CHART_HEIGHT)
        columns = self._split()
        for place, chart in enumerate(charts):
            self._chart(columns[place % 2], chart)
        self._join(*columns)

    def _chart(self, column: _Column, chart: Chart) -> None:
        language, paper = self._language, self._paper
        top = self._at(column, _CHART_HEIGHT + 2)
        title = language.text(f"chart.{chart.key}", unit=language.currency(chart.unit))
        self._font(8, bold=True)
        paper.set_xy(column.x, top)
        self._line(column.width, 4, title, self._side)
        self._legend(column, top, chart, paper.get_string_width(title))
        found = drawn(chart, language.numbers(chart.places, jalali=self._document.jalali))
        left, upper, lower = column.x + 11, top + 6.5, top + _CHART_HEIGHT - 4.5
        wide, high = column.x + column.width - left, lower - upper
        self._font(6.2, colour=_SOFT)
        paper.set_draw_color(*_LINE)
        paper.set_line_width(0.15)
        for part, height in found.marks:
            y = lower - high * part
            paper.line(left, y, left + wide, y)
            paper.set_xy(column.x, y - 1.5)
            paper.cell(10, 3, language.short_number(height), align="R")
        step = wide / max(1, found.places)
        for place, number in found.names:
            paper.set_xy(left + step * (place + 0.5) - 5, lower + 0.6)
            paper.cell(10, 3, language.translated(str(number)), align="C")
        for bar in found.bars:
            paper.set_fill_color(*_ROLES[chart.series[bar.series].role])
            x = left + step * (bar.place + 0.14)
            paper.rect(x, lower - high * bar.high, step * 0.72, high * (bar.high - bar.low), style="F")

    def _legend(self, column: _Column, top: float, chart: Chart, used: float) -> None:
        if len(chart.series) < 2:  # noqa: PLR2004 - one colour needs no legend
            return
        right = self._language.right_to_left
        self._font(7, colour=_SOFT)
        x = column.x + column.width - used - 5 if right else column.x + used + 5
        for series in chart.series:
            name = self._language.head(series.key)
            width = self._paper.get_string_width(name) + 2.5
            self._paper.set_fill_color(*_ROLES[series.role])
            self._paper.rect(x - 2 if right else x, top + 1.1, 2, 2, style="F")
            self._paper.set_xy(x - 3 - width if right else x + 3, top)
            self._paper.cell(width, 4, name, align=self._side)
            x += -(width + 6) if right else width + 6

    # --- tables -----------------------------------------------------------------------------------

    def _tables(self, tables: Sequence[Table]) -> None:
        if not tables:
            return
        self._heading(self._full, "tables", 8 + _ROW * (len(tables[0].rows) + 1))
        columns: tuple[_Column, _Column] | None = None
        for table in tables:
            if table.wide:
                if columns is not None:
                    self._join(*columns)
                    columns = None
                self._table(self._full, table)
                continue
            columns = columns or self._split()
            self._table(min(columns, key=lambda each: (each.page, each.y)), table)
        if columns is not None:
            self._join(*columns)

    def _table(self, column: _Column, table: Table) -> None:
        language = self._language
        heads, rows = self._lines(table)
        notes = [self._said(note) for note in table.notes]
        has_heads = any(heads)
        self._font(_SMALL)
        below = [(note, self._height(note, column.width, _SMALL * _LINE_HEIGHT)) for note in notes]
        whole = 6 + _ROW * (len(rows) + has_heads) + sum(height for _, height in below) + 4
        top = self._at(column, min(whole, _HEIGHT - 2 * _MARGIN))
        column.y = top
        unit = language.currency(table.unit)
        self._paragraph(column, language.text(f"table.{table.key}", unit=unit), 9, bold=True)
        column.y += 0.8
        words = [each.kind in _WORDS for each in table.columns[table.grouped :]]
        widths, size = self._widths(column.width, heads, rows, words)
        for kind, cells in (("head", heads), *rows) if has_heads else rows:
            self._row(column, widths, words, cells, kind, size=size)
        column.y += 0.6
        for note, _ in below:
            self._paragraph(column, note, _SMALL, colour=_SOFT)
        column.y += 2.2

    def _lines(self, table: Table) -> tuple[list[str], list[tuple[str, list[str]]]]:
        """Return the heads and the rows of a table as text, each row with what it is."""
        skipped = int(table.grouped)
        heads = [self._language.head(column.key) for column in table.columns[skipped:]]
        rows: list[tuple[str, list[str]]] = []
        group: Value | None = None
        for place, row in enumerate(table.rows):
            last = table.total and place == len(table.rows) - 1
            if table.grouped and not last and row[0] != group:
                group = row[0]
                rows.append(("group", [self._cell(table, group)]))
            shown: Row = row if not skipped else (row[0], *row[2:]) if last else row[1:]
            rows.append(("total" if last else "plain", [self._cell(table, value) for value in shown]))
        return heads, rows

    def _cell(self, table: Table, value: Value) -> str:
        if value.kind is Kind.LIST and value.value is not None:
            return self._language.comma.join(self._cell(table, each) for each in value.value)
        shown = self._language.cell(value, table.unit, jalali=self._document.jalali)
        if value.kind in LEFT_TO_RIGHT:
            return f"\u2066{shown}\u2069"
        return f"\u2068{shown}\u2069" if value.kind is Kind.TEXT else shown

    def _widths(
        self, width: float, heads: list[str], rows: Sequence[tuple[str, list[str]]], words: Sequence[bool]
    ) -> tuple[list[float], float]:
        """Return the width of each column, and the size of letters with which they fit if any does."""
        for size in _SIZES:
            needs = [2 * _PADDING + self._needed(heads[place], rows, place, size) for place in range(len(words))]
            rest = width - sum(needs)
            if rest >= 0:
                takers = [place for place, is_word in enumerate(words) if is_word] or list(range(len(words)))
                return [need + (rest / len(takers) if place in takers else 0) for place, need in enumerate(needs)], size
        return _shared(width, needs, words), size

    def _needed(self, head: str, rows: Sequence[tuple[str, list[str]]], place: int, size: float) -> float:
        self._font(min(size, _SMALL))
        widest = self._paper.get_string_width(head)
        for kind, cells in rows:
            if kind != "group":
                self._font(size, bold=kind == "total")
                widest = max(widest, self._paper.get_string_width(cells[place]))
        return widest

    def _row(
        self,
        column: _Column,
        widths: Sequence[float],
        words: Sequence[bool],
        cells: list[str],
        kind: str,
        *,
        size: float,
    ) -> None:
        paper, right = self._paper, self._language.right_to_left
        top = self._at(column, _ROW)
        soft = kind in {"head", "group"}
        self._font(min(size, _SMALL) if soft else size, bold=kind == "total", colour=_SOFT if soft else _INK)
        paper.set_draw_color(*(_INK if kind == "total" else _LINE))
        paper.set_line_width(0.25 if kind == "total" else 0.15)
        paper.line(column.x, top + _ROW, column.x + column.width, top + _ROW)
        if kind == "group":
            widths, words = [column.width], [True]
        x = column.x + column.width if right else column.x
        for place, (cell, width, is_word) in enumerate(zip(cells, widths, words, strict=True)):
            x = x - width if right else x
            towards = self._side if is_word else "L" if right else "R"
            # The first and the last column stand at the edge of the table.
            edge = place == 0 and is_word
            paper.set_xy(x if right or edge else x + _PADDING, top)
            self._line(width - (0 if edge else _PADDING), _ROW, self._cut(cell, width - _PADDING), towards)
            x = x if right else x + width

    def _cut(self, text: str, width: float) -> str:
        if self._paper.get_string_width(text) <= width:
            return text
        # Marks of direction stay, so that what they enclose stays in one piece.
        places = [place for place, letter in enumerate(text) if ord(letter) not in _DIRECTIONAL]

        def first(number: int) -> str:
            left = set(places[number:])
            return "".join(letter for place, letter in enumerate(text) if place not in left) + _CUT

        number = bisect_left(
            range(len(places)), 1, key=lambda number: int(self._paper.get_string_width(first(number)) > width)
        )
        return first(max(0, number - 1))


def _shared(width: float, needs: Sequence[float], words: Sequence[bool]) -> list[float]:
    """Return the widths of columns that have too little room: long words share what numbers and short words leave."""
    widths = list(needs)
    wide = sorted((place for place, is_word in enumerate(words) if is_word), key=lambda place: needs[place])
    room = width - sum(need for need, is_word in zip(needs, words, strict=True) if not is_word)
    for at, place in enumerate(wide):
        widths[place] = min(needs[place], max(10.0, room / (len(wide) - at)))
        room -= widths[place]
    return [each * width / sum(widths) for each in widths]
