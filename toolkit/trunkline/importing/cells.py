"""A call out of the cells of a row whose columns the user has named: the same of a CSV file and of a DataFrame."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from trunkline import inert
from trunkline.calendars import end_of, parse_local
from trunkline.errors import ConfigError, DataError
from trunkline.model import Call, Direction, Money, Status

from .rows import ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .rows import Place

    type Cells = Mapping[str, str | None]

FIELDS: Final = (
    "id", "started", "ended", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", "wait", "talk", "price", "currency",
)  # fmt: skip
"""What a column can hold; only `started` is needed."""

_IDENTITY: Final = ("started", "source", "destination", "trunk", "extension")
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)
# `Decimal` takes more: 1_000, and 1E+06, which a spreadsheet writes for a number that it has rounded.
_AMOUNT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_LONGEST_LIST: Final = 1000
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


def check_columns(columns: Mapping[str, str], names: Iterable[object], what: str) -> None:
    """Raise `ConfigError` for a field or a column that there isn't, or that there is twice.

    `what` is what has the columns.
    """
    known = list(names)
    for field, column in columns.items():
        if field not in FIELDS:
            msg = f"a column can't hold {field!r}; possible are {', '.join(FIELDS)}"
            raise ConfigError(msg)
        if column not in known:
            shown = inert.one_line(", ".join(map(str, known)), _LONGEST_LIST)
            msg = f"{what} has no column {column!r}; it has {shown or 'none'}"
            raise ConfigError(msg)
        if known.count(column) > 1:
            msg = f"{what} has several columns {column!r}: rename all but the one that holds {field}"
            raise ConfigError(msg)
    if "started" not in columns:
        msg = "say which column holds the start of the calls (started)"
        raise ConfigError(msg)


def call_reader(place: Place) -> Callable[[Cells], Call]:
    """Return what makes calls of cells by their fields, each without spaces around it, None if it is empty.

    It raises `DataError` for cells that make no sense. A field that has no cell has no column. Rows without an id get
    one of what tells calls apart, the same whatever they are read from; of equal rows each has its own.
    """
    made = ids()

    def read(cells: Cells) -> Call:
        source, destination = cells.get("source"), cells.get("destination")
        talk, wait = (_seconds(cells.get(field), field) for field in ("talk", "wait"))
        stated = _word(cells.get("direction"), _DIRECTIONS, "direction")
        guessed = stated is None and "direction" not in cells
        direction = place.direction(source, destination) if guessed else stated
        own = cells.get("extension") or (source if direction == Direction.OUTGOING else destination)
        ended = cells.get("ended")
        started_at = _time(cells.get("started"), place, "started")
        ended_at = None if ended is None else _time(ended, place, "ended")
        price = _price(cells.get("price"), _currency(cells.get("currency")) or place.currency)
        return Call(
            account=place.account,
            call_id=cells.get("id") or made(_identity(cells, place, started_at, ended_at, price)),
            direction=direction,
            status=_status(cells, talk),
            started_at=started_at,
            ended_at=None
            if ended is None or ended_at is None
            else _ended(ended, ended_at, started_at, (wait, talk), place),
            trunk=cells.get("trunk"),
            extension=own if cells.get("extension") or place.is_extension(own) else None,
            source=place.party(source, cells.get("source_name")),
            destination=place.party(destination, cells.get("destination_name")),
            wait=wait,
            talk=talk,
            price=price,
            derived=frozenset({"direction"}) if guessed and direction is not None else frozenset(),
        )

    return read


def _identity(cells: Cells, place: Place, started: datetime, ended: datetime | None, price: Money | None) -> list[str]:
    """Return what tells a call without an id from others: its start by the wall clock, numbers, trunk and extension.

    So a call stays the same one when a later import says more of it, its price was corrected, or the zone was wrong.
    Where no numbers are given, all that tells calls apart counts.
    """
    names = _IDENTITY if {"source", "destination"} & cells.keys() else tuple(name for name in FIELDS if name in cells)
    said = dict(cells) | {
        "started": started.astimezone(place.zone).replace(tzinfo=None).isoformat(),
        "ended": None if ended is None else ended.isoformat(),
        "price": None if price is None else _plain(price.amount),
        **{name: _text(_seconds(cells.get(name), name)) for name in ("wait", "talk")},
    }
    return [f"{name}={said[name]}" for name in names if said.get(name)]


def _text(seconds: int | None) -> str | None:
    return None if seconds is None else str(seconds)


def _plain(amount: Decimal) -> str:
    """Return an amount without zeros at its end, so that equal amounts have equal texts."""
    sign, digits, exponent = amount.as_tuple()
    number = "".join(map(str, digits)).lstrip("0")
    kept = number.rstrip("0")
    return f"{'-' if sign and kept else ''}{kept}e{int(exponent) + len(number) - len(kept) if kept else 0}"


def _status(cells: Cells, talk: int | None) -> Status:
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
    return _instant(cell) or parse_local(cell, place.zone, field=field)


def _instant(cell: str | None) -> datetime | None:
    """Return the time of ISO 8601 with an offset, None for other text."""
    try:
        moment = datetime.fromisoformat(cell or "")
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None and moment.year in _YEARS else None


def _ended(
    cell: str, ended: datetime, started: datetime, parts: tuple[int | None, int | None], place: Place
) -> datetime:
    """Return the end of a call whose cell is `ended`: of times that clocks repeat, the one that fits the call."""
    if _instant(cell) is not None:
        return ended
    wait, talk = parts
    return end_of(ended, started, None if talk is None else (wait or 0) + talk, place.zone)


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
        amount = Decimal(cell) if _AMOUNT.fullmatch(cell) else None
    except InvalidOperation:
        amount = None
    if amount is None or currency is None:
        reason = "has no currency" if currency is None else "is not a plain decimal such as 1234.50"
        msg = f"price {reason}"
        raise DataError(msg, field="price")
    return Money(amount, currency)
