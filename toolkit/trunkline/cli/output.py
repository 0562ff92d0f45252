"""Prints rows as a table, JSON or CSV, and warnings as one line."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trunkline import inert
from trunkline.errors import TrunklineError
from trunkline.model import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UTC = ZoneInfo("UTC")
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
    clocks: Sequence[ZoneInfo] | None = None,
    empty: str = "nothing found",
) -> None:
    """Print the rows on standard output, as `render` formats them."""
    text = render(rows, columns, form, zone=zone, clocks=clocks, empty=empty)
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
    clocks: Sequence[ZoneInfo] | None = None,
    empty: str = "nothing found",
) -> str:
    """Return the rows as text that ends with a line break.

    JSON is a list of objects, CSV has a header; both have exact amounts, exact text (in CSV as `inert.csv_cell` writes
    it) and times in UTC. A table has times in `zone`, or in each row's own if `clocks` says them (the head says so if
    it is UTC), two decimals of floating-point numbers, and texts of one line, cut after `inert.LONGEST` characters;
    without rows it is the text `empty`. A column whose name ends with `_utc` stays in UTC.
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
            return _table(rows, columns, clocks or [zone] * len(rows)) if rows else f"{empty}\n"


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], clocks: Sequence[ZoneInfo | None]) -> str:
    def clocks_of(name: str) -> Sequence[ZoneInfo | None]:
        return [_UTC] * len(rows) if name.endswith("_utc") else clocks

    columns_of = [
        [_text(row.get(name), clock) for row, clock in zip(rows, clocks_of(name), strict=True)] for name in columns
    ]
    numeric = [
        all(isinstance(row.get(name), (int, float, Decimal, Money, type(None))) for row in rows) for name in columns
    ]
    titles = [_title(name, [row.get(name) for row in rows], clocks_of(name)) for name in columns]
    widths = [max(map(inert.width, (title, *cells))) for title, cells in zip(titles, columns_of, strict=True)]
    out = []
    for cells in (titles, [_RULE * size for size in widths], *zip(*columns_of, strict=True)):
        padded = (
            " " * (size - inert.width(cell)) + cell if right else cell + " " * (size - inert.width(cell))
            for cell, size, right in zip(cells, widths, numeric, strict=True)
        )
        out.append("  ".join(padded).rstrip() + "\n")
    return "".join(out)


def _title(name: str, cells: Sequence[Any], clocks: Sequence[ZoneInfo | None]) -> str:
    """Return the head of a column: times that are not on the clock of an account have their zone."""
    plain = name.removesuffix("_utc").replace("_", " ")
    is_utc = any(clock is not None and clock.key == "UTC" for clock in clocks)
    return f"{plain} (UTC)" if is_utc and any(isinstance(cell, datetime) and cell.tzinfo for cell in cells) else plain


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
