"""CSV files with a header: the user says which column holds what."""

from __future__ import annotations

import csv
import itertools
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from trunkline.calendars import parse_local
from trunkline.errors import ConfigError, DataError
from trunkline.inert import from_csv_cell
from trunkline.model import Call, Direction, Money, Status

from .rows import ids, read_rows, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .rows import Place, Rejected, Row

FIELDS: Final = (
    "id", "started", "ended", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", "wait", "talk", "price", "currency",
)  # fmt: skip
"""What a column can hold; only `started` is needed."""

EXPORTED: Final = (
    "account", "call_id", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", "started_at", "ended_at", "started_local", "wait_s", "talk_s", "price", "price_wait",
    "price_talk", "price_record", "price_saved", "currency",
)  # fmt: skip
"""The header of the CSV files of `trunkline export`. Their cells are written by `inert.csv_cell`."""

_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
# Those of wall-clock times.
_YEARS: Final = range(1900, 2100)
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})", re.ASCII)
_DIRECTIONS: Final = {
    "in": Direction.INCOMING, "inbound": Direction.INCOMING, "incoming": Direction.INCOMING,
    "out": Direction.OUTGOING, "outbound": Direction.OUTGOING, "outgoing": Direction.OUTGOING,
    "internal": Direction.INTERNAL, "local": Direction.INTERNAL,
}  # fmt: skip
_STATUSES: Final = {
    "answered": Status.ANSWERED, "answer": Status.ANSWERED, "completed": Status.ANSWERED,
    "no answer": Status.NO_ANSWER, "missed": Status.NO_ANSWER, "cancelled": Status.NO_ANSWER,
    "canceled": Status.NO_ANSWER, "busy": Status.BUSY, "congestion": Status.CONGESTION, "failed": Status.FAILED,
    "unknown": Status.UNKNOWN,
}  # fmt: skip


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
    places: dict[str, int] = {}
    for field, column in columns.items():
        if field not in FIELDS:
            msg = f"a column can't hold {field!r}; possible are {', '.join(FIELDS)}"
            raise ConfigError(msg)
        if column not in names:
            msg = f"the file has no column {column!r}; it has {', '.join(names) or 'none'}"
            raise ConfigError(msg)
        places[field] = names.index(column)
    if "started" not in places:
        msg = "say which column holds the start of the calls (started)"
        raise ConfigError(msg)
    return read_rows(rows, _reader(places, place, exported=tuple(names) == EXPORTED), place, before=1)


def _reader(places: Mapping[str, int], place: Place, *, exported: bool) -> Callable[[Row], Call]:
    made = ids()

    def read(row: Row) -> Call:
        cells = {field: text(row, position) for field, position in places.items()}
        if exported:
            cells = {field: None if cell is None else from_csv_cell(cell) for field, cell in cells.items()}
        source, destination = cells.get("source"), cells.get("destination")
        talk, wait = (_seconds(cells.get(field), field) for field in ("talk", "wait"))
        direction = _word(cells.get("direction"), _DIRECTIONS, "direction")
        guessed = direction is None and "direction" not in places
        if guessed:
            direction = place.direction(source, destination)
        own = cells.get("extension") or (source if direction == Direction.OUTGOING else destination)
        ended = cells.get("ended")
        started = cells.get("started")
        return Call(
            account=place.account,
            call_id=cells.get("id") or made(row),
            direction=direction,
            status=_status(cells, talk),
            started_at=_time(started, place, "started"),
            ended_at=None if ended is None else _time(ended, place, "ended"),
            trunk=cells.get("trunk"),
            extension=own if cells.get("extension") or place.is_extension(own) else None,
            source=place.party(source, cells.get("source_name")),
            destination=place.party(destination, cells.get("destination_name")),
            wait=wait,
            talk=talk,
            price=_price(cells.get("price"), _currency(cells.get("currency")) or place.currency),
            derived=frozenset({"direction"}) if guessed and direction is not None else frozenset(),
        )

    return read


def _status(cells: Mapping[str, str | None], talk: int | None) -> Status:
    if "status" in cells:
        return _word(cells["status"], _STATUSES, "status") or Status.UNKNOWN
    return Status.ANSWERED if talk else Status.UNKNOWN


def _word[W](cell: str | None, words: Mapping[str, W], field: str) -> W | None:
    if cell is None:
        return None
    found = words.get(" ".join(re.split(r"[\s_-]+", cell.lower())))
    if found is None:
        msg = f"{field} is none of {', '.join(words)}"
        raise DataError(msg, field=field)
    return found


def _time(cell: str | None, place: Place, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(cell or "")
    except ValueError:
        moment = None
    if moment is not None and moment.tzinfo is not None and moment.year in _YEARS:
        return moment.astimezone(UTC)
    return parse_local(cell, place.zone, field=field)


def _seconds(cell: str | None, field: str) -> int | None:
    if cell is None:
        return None
    if cell.isascii() and cell.isdigit() and len(cell) <= 9:  # noqa: PLR2004 - 30 years
        return int(cell)
    clock = _CLOCK.fullmatch(cell)
    if clock is None or int(clock[3]) > 59 or (clock[1] and int(clock[2]) > 59):  # noqa: PLR2004
        msg = f"{field} is neither seconds nor h:mm:ss"
        raise DataError(msg, field=field)
    return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])


def _currency(cell: str | None) -> str | None:
    if cell is None:
        return None
    if not _CODE.fullmatch(cell.upper()):
        msg = "currency is no code such as IRR or EUR"
        raise DataError(msg, field="currency")
    return cell.upper()


def _price(cell: str | None, currency: str | None) -> Money | None:
    if cell is None:
        return None
    try:
        amount = Decimal(cell)
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or currency is None:
        reason = "has no currency" if currency is None else "is not a plain decimal such as 1234.50"
        msg = f"price {reason}"
        raise DataError(msg, field="price")
    return Money(amount, currency)
