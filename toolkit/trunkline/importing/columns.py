"""CSV files with a header: the user says which column holds what."""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING, Final

from trunkline.inert import from_csv_cell

from .cells import call_reader, check_columns
from .rows import read_rows, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from trunkline.model import Call

    from .rows import Place, Rejected, Row

EXPORTED: Final = (
    "account", "call_id", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", "started_at", "ended_at", "started_local", "wait_s", "talk_s", "price", "price_wait",
    "price_talk", "price_record", "price_saved", "currency",
)  # fmt: skip
"""The header of the CSV files of `trunkline export`. Their cells are written by `inert.csv_cell`."""


def read_csv(lines: Iterable[str], columns: Mapping[str, str], place: Place) -> Iterator[Call | Rejected]:
    """Yield the calls of a CSV file with a header, and the rows that make no sense.

    `columns` are the names of columns by `FIELDS`, such as `{"started": "Date", "talk": "Duration"}`. Times are Jalali
    or Gregorian in the place's zone, or ISO 8601 with an offset; `talk` and `wait` are seconds, or `m:ss` and
    `h:mm:ss`. Prices are plain decimals (`1234.50`) in the place's currency, unless there is a column for it. Without a
    column, the direction is that of the numbers, and a call with talk time was answered. In a file of `trunkline
    export`, text is read as it was before it was made harmless for spreadsheets.

    Raises `ConfigError` for a field or a column that there isn't.
    """
    rows = iter(lines)
    header = next(csv.reader(itertools.islice(rows, 1)), [])
    names = [name.strip().lstrip("\ufeff") for name in header]
    check_columns(columns, names, "the file")
    places = {field: names.index(column) for field, column in columns.items()}
    return read_rows(rows, _reader(places, place, exported=tuple(names) == EXPORTED), place, before=1)


def _reader(places: Mapping[str, int], place: Place, *, exported: bool) -> Callable[[Row], Call]:
    call = call_reader(place)

    def read(row: Row) -> Call:
        cells = {field: text(row, position) for field, position in places.items()}
        if exported:
            cells = {field: None if cell is None else from_csv_cell(cell) for field, cell in cells.items()}
        return call(cells)

    return read
