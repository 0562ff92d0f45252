"""A month's report as one HTML page, without scripts and without anything to load."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from .drawing import drawn
from .values import LEFT_TO_RIGHT, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .languages import Language
    from .values import Chart, Document, Finding, Sentence, Table, Value

_WORDS = frozenset({Kind.TEXT, Kind.WORD, Kind.PHONE})
_WIDTH, _HEIGHT = 460, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 4, 8, 18

# Colours: Okabe and Ito, Color Universal Design (2008); lighter ones on a dark page.
_STYLE = """
:root {color-scheme: light dark; --page: #fff; --ink: #1c2430; --soft: #5a6675; --line: #d9dee5; --card: #f5f7fa;
 --accent: #0072b2; --good: #009e73; --bad: #d55e00; --other: #9aa5b1}
@media (prefers-color-scheme: dark) {:root {--page: #14181e; --ink: #e6eaf0; --soft: #9eabba; --line: #333c48;
 --card: #1d232b; --accent: #56b4e9; --good: #2bc59b; --bad: #f08a4b; --other: #6d7987}}
* {box-sizing: border-box}
html {font-size: 15px}
body {margin: 0 auto; padding: 24px; max-width: 64rem; background: var(--page); color: var(--ink);
 font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Vazirmatn, "Noto Sans Arabic", Tahoma,
 sans-serif; font-variant-numeric: tabular-nums}
header {border-bottom: 3px solid var(--accent); padding-bottom: 10px}
h1 {font-size: 1.75rem; line-height: 1.25; margin: 0 0 4px}
h2 {font-size: 1.15rem; margin: 26px 0 10px}
header p, small, .evidence, .notes {color: var(--soft)}
header p {margin: 0; font-size: .88rem}
header p span + span::before {content: " · "}
a {color: var(--accent); text-decoration: none}
a:hover {text-decoration: underline}
.short {display: grid; grid-template-columns: 3fr 2fr; gap: 0 28px}
ul {list-style: none; margin: 0; padding: 0}
li {padding: 5px 0 5px 12px; border-inline-start: 3px solid var(--line); padding-inline: 12px 0; margin-bottom: 6px}
li.good {border-color: var(--good)}
li.bad {border-color: var(--bad)}
li b {font-weight: 600; overflow-wrap: anywhere}
.see::before {content: " · "; color: var(--soft)}
.see:first-child::before {content: ""}
.evidence {display: block; font-size: .82rem; line-height: 1.4; overflow-wrap: anywhere}
.charts {display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 14px}
figure {margin: 0; padding: 10px 12px 6px; background: var(--card); border-radius: 8px; break-inside: avoid}
figcaption {font-size: .9rem; font-weight: 600; display: flex; flex-wrap: wrap; gap: 2px 12px}
figcaption span {font-weight: 400; color: var(--soft); font-size: .8rem}
figcaption i {display: inline-block; width: .7em; height: .7em; border-radius: 2px; margin-inline-end: 4px}
svg {display: block; width: 100%; height: auto; margin-top: 6px}
svg text {fill: var(--soft); font-size: 11px}
svg line {stroke: var(--line); stroke-width: 1}
rect.plain, i.plain {fill: var(--accent); background: var(--accent)}
rect.good, i.good {fill: var(--good); background: var(--good)}
rect.bad, i.bad {fill: var(--bad); background: var(--bad)}
rect.other, i.other {fill: var(--other); background: var(--other)}
.tables {columns: 2 27rem; column-gap: 32px}
.tables section {break-inside: avoid; padding-bottom: 6px}
.scroll {overflow-x: auto}
table {border-collapse: collapse; width: 100%; font-size: .85rem}
caption {text-align: start; font-weight: 600; font-size: .95rem; padding: 12px 0 4px}
th, td {padding: 3px 8px; border-bottom: 1px solid var(--line); text-align: end; white-space: nowrap}
th {color: var(--soft); font-weight: 500; vertical-align: bottom}
th:first-child, td:first-child {padding-inline-start: 0}
.word {text-align: start}
td.word {white-space: normal; min-width: 5.5em}
tr.total td {font-weight: 600; border-bottom: 2px solid var(--ink)}
tr.group td {color: var(--soft); font-size: .92em; padding-top: 7px}
td span[dir] {white-space: nowrap}
section {break-inside: avoid}
.table-note {margin: 3px 0 0; font-size: .78rem; color: var(--soft); max-width: 46em}
.notes {font-size: .8rem; margin-top: 22px; border-top: 1px solid var(--line); padding-top: 8px}
.notes p {margin: 2px 0}
:target {outline: 2px solid var(--accent); outline-offset: 4px}
@media (max-width: 46rem) {body {padding: 14px} .short {grid-template-columns: 1fr} h1 {font-size: 1.4rem}}
@media print {
 :root {color-scheme: light; --page: #fff; --ink: #000; --soft: #444; --line: #ccc; --card: #fff; --accent: #0072b2;
  --good: #009e73; --bad: #d55e00; --other: #9aa5b1}
 @page {size: A4; margin: 12mm}
 * {print-color-adjust: exact; -webkit-print-color-adjust: exact}
 html {font-size: 9.6px}
 body {max-width: none; padding: 0; line-height: 1.35}
 h2 {margin: 10px 0 5px; break-after: avoid}
 .short {grid-template-columns: 3fr 2fr; gap: 0 18px}
 li {margin-bottom: 3px; padding-block: 2px; break-inside: avoid}
 .charts {grid-template-columns: 1fr 1fr; gap: 8px} figure {padding: 2px 0}
 .tables {columns: 2; column-gap: 18px} caption {padding-top: 6px} th, td {padding: 1.5px 6px}
 .tables section {padding-bottom: 2px} tr.group td {padding-top: 3px} .notes {margin-top: 8px; padding-top: 4px}
 .scroll {overflow: visible} a {color: inherit} .see {display: none}
}
""".strip()


def page(document: Document, language: Language) -> str:
    """Return the document as a page of HTML."""
    return _Page(document, language).written()


class _Page:
    def __init__(self, document: Document, language: Language) -> None:
        self._document, self._language = document, language
        charts = {f"chart-{chart.key}" for chart in document.charts}
        self._anchors = {table.anchor for table in document.tables} | charts

    def written(self) -> str:
        document, language = self._document, self._language
        title = self._said(document.title)
        about = "".join(f"<span>{self._said(each)}</span>" for each in document.about)
        direction = "rtl" if language.right_to_left else "ltr"
        parts = [
            "<!DOCTYPE html>",
            f'<html lang="{language.code}" dir="{direction}">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            # A mistake in what is escaped could still load nothing.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            f'<meta name="referrer" content="no-referrer"><title>{title}</title><style>{_STYLE}</style></head>',
            f"<body><header><h1>{title}</h1><p>{about}</p></header><main>",
            '<div class="short">',
            self._list("findings", document.findings),
            self._list("actions", document.actions),
            "</div>",
        ]
        if document.charts:
            charts = "".join(self._chart(chart) for chart in document.charts)
            parts.append(f'<h2>{self._text("heading.charts")}</h2><div class="charts">{charts}</div>')
        if document.tables:
            parts.append(f"<h2>{self._text('heading.tables')}</h2>")
            for wide, tables in groupby(document.tables, key=lambda table: table.wide):
                shown = "".join(map(self._table, tables))
                parts.append(shown if wide else f'<div class="tables">{shown}</div>')
        notes = "".join(f"<p>{self._said(note)}</p>" for note in document.notes)
        parts.append(f'</main><footer class="notes">{notes}</footer></body></html>')
        return "\n".join(parts) + "\n"

    def _text(self, key: str, **values: str) -> str:
        return escape(self._language.text(key, **values))

    def _said(self, sentence: Sentence) -> str:
        return escape(self._language.say(sentence, jalali=self._document.jalali))

    def _shown(self, value: Value) -> str:
        return self._language.show(value, jalali=self._document.jalali)

    def _list(self, key: str, found: Iterable[Finding]) -> str:
        items = "".join(self._finding(each) for each in found)
        return f"<section><h2>{self._text(f'heading.{key}')}</h2><ul>{items}</ul></section>"

    def _finding(self, finding: Finding) -> str:
        evidence = " · ".join(self._said(each) for each in finding.evidence)
        evidence = f"<span>{evidence}</span>" if evidence else ""
        if finding.table in self._anchors:
            key = "see.chart" if finding.table.startswith("chart-") else "see.table"
            link = f'<a class="see" href="#{escape(finding.table)}">{self._text(key)}</a>'
            evidence += link
        shown = f'<span class="evidence">{evidence}</span>' if evidence else ""
        return f'<li class="{finding.tone}"><b>{self._said(finding.says)}</b>{shown}</li>'

    # --- tables -----------------------------------------------------------------------------------

    def _table(self, table: Table) -> str:
        language = self._language
        caption = self._text(f"table.{table.key}", unit=language.currency(table.unit))
        columns = table.columns[1:] if table.grouped else table.columns
        words = [column.kind in _WORDS for column in columns]
        heads = "".join(
            f'<th scope="col"{_class("word" if is_word else "")}>{escape(language.head(column.key))}</th>'
            for column, is_word in zip(columns, words, strict=True)
        )
        head = f"<thead><tr>{heads}</tr></thead>" if any(language.head(each.key) for each in columns) else ""
        body = "".join(self._rows(table, words))
        notes = "".join(f'<p class="table-note">{self._said(note)}</p>' for note in table.notes)
        return (
            f'<section id="{escape(table.anchor)}"><div class="scroll"><table><caption>{caption}</caption>'
            f"{head}<tbody>{body}</tbody></table></div>{notes}</section>"
        )

    def _rows(self, table: Table, words: Sequence[bool]) -> Iterator[str]:
        group: Value | None = None
        for place, row in enumerate(table.rows):
            last = table.total and place == len(table.rows) - 1
            if table.grouped and not last and row[0] != group:
                group = row[0]
                name = escape(self._shown(group))
                yield f'<tr class="group"><td class="word" colspan="{len(words)}">{name}</td></tr>'
            shown = row if not table.grouped else (row[0], *row[2:]) if last else row[1:]
            cells = (
                f"<td{_class('word' if is_word else '')}>{self._cell(table, value)}</td>"
                for value, is_word in zip(shown, words, strict=True)
            )
            yield f"<tr{_class('total' if last else '')}>{''.join(cells)}</tr>"

    def _cell(self, table: Table, value: Value) -> str:
        """Return a cell whose direction is its own: phone numbers and signs stay in order in a page of Persian."""
        if value.kind is Kind.LIST and value.value is not None:
            return escape(self._language.comma).join(self._cell(table, each) for each in value.value)
        shown = escape(self._language.cell(value, table.unit, jalali=self._document.jalali))
        if value.kind is Kind.TEXT:
            return f"<bdi>{shown}</bdi>"
        if value.kind in LEFT_TO_RIGHT:
            return f'<span dir="ltr">{shown}</span>'
        return shown

    # --- charts -----------------------------------------------------------------------------------

    def _chart(self, chart: Chart) -> str:
        language = self._language
        title = language.text(f"chart.{chart.key}", unit=language.currency(chart.unit))
        many = len(chart.series) > 1
        legend = "".join(
            f'<span><i class="{each.role}"></i>{escape(language.words[each.key])}</span>'
            for each in chart.series
            if many
        )
        return (
            f'<figure id="{_anchor(chart)}"><figcaption>{escape(title)}{legend}</figcaption>'
            f"{self._svg(chart, title)}</figure>"
        )

    def _svg(self, chart: Chart, title: str) -> str:
        language = self._language
        found = drawn(chart, language.numbers(chart.places, jalali=self._document.jalali))
        wide, high = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        step = wide / max(1, found.places)

        def above(part: float) -> float:
            return _TOP + high * (1 - part)

        parts = []
        for part, height in found.marks:
            y = above(part)
            parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
            mark = escape(language.short_number(height))
            parts.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{mark}</text>')
        for place, number in found.names:
            x = _LEFT + step * (place + 0.5)
            name = escape(language.translated(str(number)))
            parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 4}" text-anchor="middle">{name}</text>')
        for bar in found.bars:
            x, y = _LEFT + step * (bar.place + 0.14), above(bar.high)
            role = chart.series[bar.series].role
            size = f'width="{step * 0.72:.1f}" height="{high * (bar.high - bar.low):.1f}"'
            parts.append(f'<rect class="{role}" x="{x:.1f}" y="{y:.1f}" {size}/>')
        alt = escape(language.alt(chart, title, jalali=self._document.jalali))
        name = f"{_anchor(chart)}-alt"
        return (
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{name}" direction="ltr">'
            f'<title id="{name}">{alt}</title>{"".join(parts)}</svg>'
        )


def _anchor(chart: Chart) -> str:
    return escape(f"chart-{chart.key}-{chart.unit}".lower() if chart.unit else f"chart-{chart.key}")


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
