"""CSV files with a header: the user says which column holds what."""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING, Final

from trunkline.errors import ConfigError
from trunkline.inert import from_csv_cell

from .cells import call_reader, check_columns
from .rows import check_text, read_rows, text

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

_HEADER_LINES: Final = 20


def read_csv(lines: Iterable[str], columns: Mapping[str, str], place: Place) -> Iterator[Call | Rejected]:
    """Yield the calls of a CSV file with a header, and the rows that make no sense.

    `columns` are the names of columns by `FIELDS`, such as `{"started": "Date", "talk": "Duration"}`. Times are Jalali
    or Gregorian in the place's zone, or ISO 8601 with an offset; `talk` and `wait` are seconds, or `m:ss` and
    `h:mm:ss`. Prices are plain decimals (`1234.50`) in the place's currency, unless there is a column for it. Without a
    column, the direction is that of the numbers, and a call with talk time was answered. In a file of `trunkline
    export`, text is read as it was before it was made harmless for spreadsheets.

    Raises `ConfigError` for a field or a column that there isn't, for one whose name two columns have, and for a header
    that is no CSV.
    """
    rows = iter(lines)
    header, before, unread = _header(rows)
    names = [name.strip() for name in header]
    check_columns(columns, names, "the file")
    places = {field: names.index(column) for field, column in columns.items()}
    reader = _reader(places, place, exported=tuple(names) == EXPORTED)
    return read_rows(itertools.chain(unread, rows), reader, place, before=before)


def _header(lines: Iterator[str]) -> tuple[list[str], int, list[str]]:
    """Return the header, how many lines it has (a name in quotes may have several), and lines that belong to no header.

    A quotation mark that is missing or too many doesn't make the calls below a part of the header.
    """
    read = [line.removeprefix("\ufeff") for line in itertools.islice(lines, 1)]
    if any("\0" in line for line in read):
        msg = "the file is no text in UTF-8: save it as UTF-8 (in Excel, as CSV UTF-8)"
        raise ConfigError(msg)

    def following() -> Iterator[str]:
        yield from read[:1]
        for line in itertools.islice(lines, _HEADER_LINES - 1):
            read.append(line)
            yield line

    try:
        return next(csv.reader(following(), strict=True), []), len(read), []
    except csv.Error:
        try:
            return next(csv.reader(read[:1]), []), 1, read[1:]
        except csv.Error:
            msg = "the first line of the file is too long for a header: is it a CSV file?"
            raise ConfigError(msg) from None


def _reader(places: Mapping[str, int], place: Place, *, exported: bool) -> Callable[[Row], Call]:
    call = call_reader(place)

    def read(row: Row) -> Call:
        cells = {field: text(row, position) for field, position in places.items()}
        if exported:
            cells = {field: None if cell is None else from_csv_cell(cell) for field, cell in cells.items()}
            # The file may name characters that a line can't hold.
            check_text(cell for cell in cells.values() if cell is not None)
        return call(cells)

    return read
