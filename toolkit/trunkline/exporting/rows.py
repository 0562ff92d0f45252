"""Writes calls as rows of text: CSV and JSON lines."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from trunkline.inert import csv_cell

from .columns import memoised, values

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

_UTC = "+00:00"


def write_csv(path: Path, tables: Iterable[pa.Table]) -> int:
    """Write the tables as one CSV file (RFC 4180, UTF-8, a header); return the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for number, table in enumerate(tables):
            if number == 0:
                writer.writerow(table.column_names)
            columns = [memoised(table.column(name), _cell) for name in table.column_names]
            writer.writerows(zip(*columns, strict=True))
            count += len(table)
    return count


def write_json_lines(path: Path, tables: Iterable[pa.Table]) -> int:
    """Write the tables as one JSON object a line (UTF-8); return the number of rows."""
    count = 0
    with path.open("wb") as file:
        for table in tables:
            names = table.column_names
            columns = [values(table.column(name), _json) for name in names]
            for row in zip(*columns, strict=True):
                file.write(orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE))
            count += len(table)
    return count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return csv_cell(value) if isinstance(value, str) else str(_json(value))


def _json(value: Any) -> Any:
    """Return a value as JSON has it; a decimal is its digits as text, because numbers of JSON may be read as floats."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat().replace(_UTC, "Z")
    # What JSON has no form for, such as a duration.
    return str(value) if isinstance(value, timedelta | bytes) else value
