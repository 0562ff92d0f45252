"""Rows for a person, a program or a spreadsheet: the command's tables, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from trunkline.model import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def render(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    form: Format,
    *,
    zone: ZoneInfo | None = None,
    empty: str = "nothing",
) -> str:
    """Return the rows as text that ends with a line break.

    JSON is one list of objects with exact amounts as text and times as UTC; CSV has a header; a table shows times in
    `zone` and says `empty` where there are no rows.
    """
    match form:
        case Format.JSON:
            listed = [{name: _plain(row.get(name)) for name in columns} for row in rows]
            return json.dumps(listed, ensure_ascii=False, indent=2) + "\n"
        case Format.CSV:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_cell(_plain(row.get(name))) for name in columns] for row in rows)
            return text.getvalue()
        case Format.TABLE:
            return _table(rows, columns, zone) if rows else f"{empty}\n"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], zone: ZoneInfo | None) -> str:
    lines = [[_shown(row.get(name), zone) for name in columns] for row in rows]
    numeric = [
        all(isinstance(row.get(name), (int, float, Decimal, Money, type(None))) for row in rows) for name in columns
    ]
    titles = [name.replace("_", " ") for name in columns]
    widths = [max(map(width, cells)) for cells in zip(titles, *lines, strict=True)]
    out = []
    for cells in (titles, ["─" * size for size in widths], *lines):
        padded = (
            " " * (size - width(cell)) + cell if right else cell + " " * (size - width(cell))
            for cell, size, right in zip(cells, widths, numeric, strict=True)
        )
        out.append("  ".join(padded).rstrip() + "\n")
    return "".join(out)


def width(text: str) -> int:
    """Return how many terminal columns the text takes: marks take none, East Asian wide letters two."""
    return sum(
        0
        if unicodedata.category(letter) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(letter) in "WF"
        else 1
        for letter in text
    )


def _shown(value: Any, zone: ZoneInfo | None) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            local = value.astimezone(zone) if value.tzinfo else value
            return f"{local:%Y-%m-%d %H:%M:%S}"
        case Money():
            return f"{value.amount:,f} {value.currency}"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:,f}"
        case float():
            return f"{value:,.2f}"
        case int():
            return f"{value:,}"
        case _:
            return "".join(letter if letter.isprintable() else " " for letter in str(value))


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Money() | Decimal():
            return str(value) if isinstance(value, Money) else f"{value:f}"
        case StrEnum():
            return value.value
        case _:
            return value


def _cell(value: Any) -> Any:
    # A spreadsheet would run text that begins like a formula; numbers with a plus sign are kept as they are.
    if isinstance(value, str) and value[:1] in {"=", "@", "\t", "\r"}:
        return "'" + value
    return value
