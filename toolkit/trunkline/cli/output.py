"""Prints rows as a table, JSON or CSV, and warnings as one line."""

from __future__ import annotations

import csv
import io
import json
import sys
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from trunkline import inert
from trunkline.errors import TrunklineError
from trunkline.model import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo


_LONGEST_MESSAGE = 2000
_RULE = "─"


class OutputError(TrunklineError):
    """Standard output can't be written."""


class Share(float):
    """A share of 1, which a table has in percent."""


class Format(StrEnum):
    """A format in which rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    form: Format,
    *,
    zone: ZoneInfo | None = None,
    empty: str = "nothing found",
) -> None:
    """Print the rows on standard output, as `render` formats them."""
    text = render(rows, columns, form, zone=zone, empty=empty)
    if form is Format.TABLE and not _fits(_RULE, _encoding()):
        text = text.replace(_RULE, "-")
    write(text, json_text=form is Format.JSON)


def write(text: str, *, json_text: bool = False) -> None:
    r"""Write the text on standard output; `OutputError` if that can't be, but for a reader that has closed the pipe.

    Characters that its encoding lacks are written as `\u0633`, which JSON and `inert.from_csv_cell` read as the same.
    """
    if sys.stdout is None:
        msg = "can't write the output: standard output is closed"
        raise OutputError(msg)
    try:
        sys.stdout.write(encodable(text, _encoding(), json_text=json_text))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        msg = f"can't write the output ({error.strerror or type(error).__name__})"
        raise OutputError(msg) from None


def encodable(text: str, encoding: str, *, json_text: bool = False) -> str:
    """Return the text with the characters that the encoding lacks escaped, in JSON as JSON does."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        escaped = inert.json_escaped if json_text else inert.escaped
        return "".join(letter if _fits(letter, encoding) else escaped(letter) for letter in text)
    return text


def _encoding() -> str:
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def _fits(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def warn(message: str) -> None:
    """Print the message on standard error, as one line."""
    sys.stderr.write(f"trunkline: {inert.one_line(message, _LONGEST_MESSAGE)}\n")


def render(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    form: Format,
    *,
    zone: ZoneInfo | None = None,
    empty: str = "nothing found",
) -> str:
    """Return the rows as text that ends with a line break.

    JSON is a list of objects, CSV has a header; both have exact amounts, exact text (in CSV as `inert.csv_cell` writes
    it) and times in UTC. A table has times in `zone` (the head says so if it is UTC), two decimals of floating-point
    numbers, and texts of one line, cut after `inert.LONGEST` characters; without rows it is the text `empty`.
    """
    match form:
        case Format.JSON:
            objects = [{name: _plain(row.get(name)) for name in columns} for row in rows]
            return inert.json_text(json.dumps(objects, ensure_ascii=False, indent=2)) + "\n"
        case Format.CSV:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(map(_cell, columns))
            writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
            return text.getvalue()
        case Format.TABLE:
            return _table(rows, columns, zone) if rows else f"{empty}\n"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], zone: ZoneInfo | None) -> str:
    lines = [[_text(row.get(name), zone) for name in columns] for row in rows]
    numeric = [
        all(isinstance(row.get(name), (int, float, Decimal, Money, type(None))) for row in rows) for name in columns
    ]
    titles = [_title(name, [row.get(name) for row in rows], zone) for name in columns]
    widths = [max(map(width, cells)) for cells in zip(titles, *lines, strict=True)]
    out = []
    for cells in (titles, [_RULE * size for size in widths], *lines):
        padded = (
            " " * (size - width(cell)) + cell if right else cell + " " * (size - width(cell))
            for cell, size, right in zip(cells, widths, numeric, strict=True)
        )
        out.append("  ".join(padded).rstrip() + "\n")
    return "".join(out)


def _title(name: str, cells: Sequence[Any], zone: ZoneInfo | None) -> str:
    """Return the head of a column: times that are not on the clock of one account have their zone."""
    plain = name.replace("_", " ")
    is_utc = zone is not None and zone.key == "UTC" and "utc" not in plain.split()
    return f"{plain} (UTC)" if is_utc and any(isinstance(cell, datetime) and cell.tzinfo for cell in cells) else plain


def width(text: str) -> int:
    """Return how many terminal columns the text takes: combining marks take none, East Asian wide characters two."""
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _text(value: Any, zone: ZoneInfo | None) -> str:
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
        case Share():
            return f"{_number(100 * value, 1)}%"
        case float():
            return _number(value, 2)
        case int():
            return f"{value:,}"
        case _:
            return inert.one_line(str(value))


def _number(value: float, digits: int) -> str:
    """Return a number with so many digits after the point, or two that count if it would look like nothing."""
    shown = f"{value:,.{digits}f}"
    return f"{value:.2g}" if value and not shown.strip("-0.") else shown


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Money():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case StrEnum():
            return value.value
        case _:
            return value


def _cell(value: Any) -> Any:
    # Amounts and enumerations are ours; any other text may be a stranger's.
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return inert.csv_cell(value)
    return _plain(value)
