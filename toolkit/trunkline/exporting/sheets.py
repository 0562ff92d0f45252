"""Writes calls as an XLSX workbook, in which no text is a formula."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from trunkline.errors import ConfigError

from .columns import memoised

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

# The limits of the format (ECMA-376, as Excel has them): rows with the header, letters of a cell, digits of a number.
_ROWS = 1_048_576
_LETTERS = 32_767
_DIGITS = 15
# Excel counts days from 1900 and takes that year for a leap year: earlier times have no number.
_FIRST = datetime(1900, 3, 1)  # noqa: DTZ001 - of a sheet, which knows no zones
_TIME, _DAY = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
_WIDTH = 18


def write_xlsx(path: Path, tables: Iterable[pa.Table]) -> int:
    """Write the tables as a workbook, with a new sheet after each 1,048,575 calls; return the number of rows.

    Times are dates of Excel, which have no zone: `started_at` and `ended_at` are UTC. Amounts are numbers, and text
    where they have more than the 15 digits that Excel keeps. Rows go to the disk as they are written.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 - only workbooks need it
    except ImportError:
        msg = "XLSX needs xlsxwriter: run pip install 'trunkline[reports]'"
        raise ConfigError(msg) from None
    count, line = 0, _ROWS
    with (
        # What xlsxwriter leaves behind when it fails goes with the folder.
        TemporaryDirectory(prefix=".trunkline-", dir=path.parent) as folder,
        xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        time, day = (book.add_format({"num_format": form}) for form in (_TIME, _DAY))
        bold = book.add_format({"bold": True})
        sheet: Any = None
        for table in tables:
            columns = [memoised(table.column(name), _cell) for name in table.column_names]
            for row in zip(*columns, strict=True):
                if line == _ROWS:
                    sheet, line = _sheet(book, table.column_names, bold), 1
                for place, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(line, place, value)
                    elif isinstance(value, datetime):
                        sheet.write_datetime(line, place, value, time)
                    elif isinstance(value, date):
                        sheet.write_datetime(line, place, value, day)
                    elif value is not None:
                        sheet.write_number(line, place, value)
                line += 1
            count += len(table)
            if sheet is None:
                sheet = _sheet(book, table.column_names, bold)
    return count


def _sheet(book: Any, names: list[str], bold: Any) -> Any:
    sheet = book.add_worksheet("calls" if not book.worksheets() else f"calls {len(book.worksheets()) + 1}")
    sheet.set_column(0, len(names) - 1, _WIDTH)
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(names):
        sheet.write_string(0, place, name, bold)
    return sheet


def _cell(value: Any) -> str | float | date | None:
    if isinstance(value, str):
        return value[:_LETTERS]
    if isinstance(value, Decimal):
        digits = value.normalize().as_tuple().digits if value else (0,)
        return float(value) if len(digits) <= _DIGITS else f"{value:f}"
    if isinstance(value, datetime):
        plain = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return plain if plain >= _FIRST else plain.isoformat(" ")
    if isinstance(value, date):
        return value if value >= _FIRST.date() else str(value)
    if value is None or (isinstance(value, int | float) and abs(value) < 10**_DIGITS):
        return value
    return str(value)
