"""The reader of MOR's call rows, for both interfaces: `Columns` has the column names of each.

Sources: the provider's document, sections Calls, New calls and Missed calls (web pages), and the manufacturer's pages
of `user_calls_get` and "Webhooks" (API; docs/providers/mor.md). Administrators choose the columns of the API's rows, so
every column but the start may be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from trunkline.calendars import WallClock
from trunkline.errors import DataError
from trunkline.model import Call, CallPage, Direction, Party, Status, UnreadableRow
from trunkline.providers.common import fields
from trunkline.providers.common.rows import in_turns, unreadable_row

from . import dates, numbers, values
from .derived_ids import DerivedIds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from .xml_reader import Node

_STATUSES = {
    "answered": Status.ANSWERED,
    "answer": Status.ANSWERED,
    "busy": Status.BUSY,
    "no answer": Status.NO_ANSWER,
    "noanswer": Status.NO_ANSWER,
    "failed": Status.FAILED,
    "congestion": Status.CONGESTION,
}
_DIRECTIONS = {
    "incoming": Direction.INCOMING,
    "in": Direction.INCOMING,
    "outgoing": Direction.OUTGOING,
    "out": Direction.OUTGOING,
}
# ITU-T Q.850: no circuit available, switching equipment congestion.
_CONGESTION_CAUSES = frozenset({"34", "42"})
_STATUS_WITH_CODE = re.compile(r"(.{1,40}?)\s{0,3}\([^()]{0,40}\)")
_CALLER_ID = re.compile(r'(?:"(.{0,200})"|([^<]{0,200}))\s{0,9}<(\+?[0-9*#]{0,40}|anonymous)>', re.ASCII)
_UNIX_SECONDS = re.compile(r"[0-9]{9,10}", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The names of the columns of a call row. Where a column has several names, the first one with a value counts.

    `uniqueid` is the id of the channel, which distinguishes rows that have no id; rows without it
    are distinguished by their duration. `note` is the column that becomes the call's note.
    """

    row_id: str | None
    start: tuple[str, ...]
    source: tuple[str, ...]
    destination: tuple[str, ...]
    status: tuple[str, ...]
    talk: tuple[str, ...]
    duration: tuple[str, ...]
    price: tuple[str, ...]
    uniqueid: str | None
    note: str | None


WEB = Columns(
    row_id=None,
    start=("date",),
    source=("called_from",),
    destination=("called_to",),
    status=("hangup_cause",),
    talk=(),
    duration=("duration",),
    price=("price",),
    uniqueid=None,
    note="destination",
)
WEB_MISSED = replace(WEB, row_id="call_id")
# The names of `user_calls_get` come first, then those of its list of new calls. The names in a webhook aren't public.
API = Columns(
    row_id="id",
    start=("calldate2", "calldate", "date", "start_time", "calltime"),
    source=("src", "called_from", "source"),
    destination=("dst", "called_to", "localized_dst"),
    status=("disposition", "dispod", "hangup_cause", "status"),
    # `billsec` isn't rounded; `nice_billsec` is rounded to whole seconds.
    talk=("billsec", "real_billsec", "nice_billsec", "user_billsec"),
    duration=("duration", "real_duration"),
    price=("user_price", "price"),
    uniqueid="uniqueid",
    note=None,
)


def total_calls(root: Node) -> int | None:
    """Return the number of calls that the server counts: beside the list, or in it as on the page of new calls."""
    total = fields.integer(root.text_at("total_calls") or root.text_at("calls_stat", "total_calls"), "total_calls")
    if total is not None and total < 0:
        raise fields.wrong("total_calls", "a number of calls")
    return total


def check_list(root: Node) -> None:
    """Raise `DataError` for a page without the list of calls, unless it says that there are none."""
    stat = root.first("calls_stat")
    if (stat is None or stat.first("calls") is None) and total_calls(root) != 0:
        raise fields.missing("calls")


def call_rows(root: Node) -> list[dict[str, str | None]]:
    """Return the rows of a page of calls as texts by column name. A page without calls may lack the list."""
    return [row.record() for row in call_elements(root)]


def call_elements(root: Node) -> list[Node]:
    """Return the rows of a page of calls."""
    stat = root.first("calls_stat")
    if stat is None:
        raise fields.missing("calls_stat")
    calls = stat.first("calls")
    return [] if calls is None else calls.all("call")


class CallReader:
    """Reads the call rows of one account.

    `currency` applies where neither the page nor the price names one. `trunk` is the id of the account's only trunk.
    `own_numbers` maps the account's numbers to their extensions ("" where the extension is unknown or not unique).
    """

    def __init__(
        self,
        columns: Columns,
        *,
        account: str,
        zone: ZoneInfo,
        currency: str,
        trunk: str | None,
        own_numbers: Mapping[str, str],
    ) -> None:
        """Keep what the rows themselves leave out."""
        self._columns = columns
        self._account = account
        self._clock = WallClock(zone)
        self._currency = currency
        self._trunk = trunk
        self._own_numbers = own_numbers

    def calls(self, rows: Iterable[Mapping[str, Any]], *, currency: str | None = None) -> tuple[Call, ...]:
        """Return the calls of one page in the order of its rows; `currency` is the one that the page names."""
        ids = DerivedIds()
        return tuple([self.call(row, ids=ids, currency=currency) for row in rows])

    async def page(self, rows: Sequence[Node], *, total: int | None, currency: str | None) -> CallPage:
        """Return the calls of some days (`call_elements`), and the rows that make no sense.

        Two rows with the same derived id are seldom two calls, and often one that was sent twice: the page is odd then.
        """
        ids = DerivedIds()
        calls: list[Call] = []
        unreadable: list[UnreadableRow] = []
        async for part in in_turns(rows):
            for row in (element.record() for element in part):
                try:
                    calls.append(self.call(row, ids=ids, currency=currency))
                except DataError as error:
                    unreadable.append(unreadable_row(row, error, row_id=self._columns.row_id))
        return CallPage(tuple(calls), total=total, unreadable=tuple(unreadable), odd=ids.repeated)

    def call(self, row: Mapping[str, Any], *, ids: DerivedIds | None = None, currency: str | None = None) -> Call:
        """Return the call of one row; `DataError` names the column that can't be read.

        A row without an id gets one that is derived from its start, its numbers and its `uniqueid` or duration.
        `uniqueid` alone isn't enough: a call that was tried over several providers has a row for each under the same
        one. Price and status aren't part of the id, because prices are corrected later and statuses are written in the
        user's language.
        """
        columns = self._columns
        derived: set[str] = set()
        started_at = self._start(row)
        source = fields.text(_first(row, columns.source), columns.source[0])
        destination = self._destination(row)
        status = _status(row, columns)
        duration = _seconds(row, columns.duration)
        talk, wait, ended_at = self._times(row, status, duration, started_at, derived)
        direction = self._direction(row, source, destination, derived)
        extension = self._extension(direction, source, destination)
        if extension is not None:
            derived.add("extension")
        call_id = fields.text(row.get(columns.row_id), columns.row_id) if columns.row_id else None
        if not call_id or not call_id.strip():
            last_part = _last_id_part(row, columns, duration)
            call_id = (ids or DerivedIds()).next(started_at.isoformat(), source, destination, last_part)
            derived.add("call_id")
        price_column = next((name for name in columns.price if _has_value(row.get(name))), columns.price[0])
        page_currency = values.currency(currency, self._currency)
        return Call(
            account=self._account,
            call_id=fields.identifier(call_id, columns.row_id or "id"),
            direction=direction,
            status=status,
            started_at=started_at,
            ended_at=ended_at,
            trunk=self._trunk,
            extension=extension,
            source=Party(number=source, e164=numbers.full_number(source), name=_caller_name(row, source)),
            destination=Party(number=destination, e164=numbers.full_number(destination)),
            wait=wait,
            talk=talk,
            price=values.money(row.get(price_column), page_currency, price_column),
            note=fields.text(row.get(columns.note), columns.note) if columns.note else None,
            derived=frozenset(derived),
            raw=dict(row),
        )

    def extension_of(self, number: str | None) -> str | None:
        """Return the extension that one of the account's own numbers leads to."""
        return self._own_numbers.get(number or "") or None

    def _start(self, row: Mapping[str, Any]) -> datetime:
        value = _first(row, self._columns.start)
        if isinstance(value, str) and _UNIX_SECONDS.fullmatch(value.strip()):
            return datetime.fromtimestamp(int(value), UTC)
        column = self._columns.start[0]
        started_at = dates.read_time(value, self._clock, column, offset=row.get("timezone"))
        if started_at is None:
            raise fields.missing(column)
        return started_at

    def _destination(self, row: Mapping[str, Any]) -> str | None:
        """Return the number that was called. The column `destination` names a country or network, or a number."""
        number = fields.text(_first(row, self._columns.destination), self._columns.destination[0])
        place = row.get("destination")
        if number is None and self._columns.note is None and isinstance(place, str) and _NUMBER.fullmatch(place):
            return place
        return number

    def _times(
        self, row: Mapping[str, Any], status: Status, duration: int | None, started_at: datetime, derived: set[str]
    ) -> tuple[int | None, int | None, datetime | None]:
        """Return the seconds of talk, the seconds of waiting, and the end of the call.

        A row of a web page (also in the API's list of new calls) has one duration: that of the talk or, for a call that
        nobody answered, the time that it rang.
        """
        columns = self._columns
        talk = _seconds(row, columns.talk)
        if talk is None and (not columns.talk or "called_from" in row):
            talk, wait = values.talk_and_wait(status, duration)
            if wait is not None:
                derived |= {"talk", "wait"}
            return talk, wait, None
        wait = duration - talk if duration is not None and talk is not None and duration >= talk else None
        if wait is not None:
            derived.add("wait")
        if duration is None:
            return talk, wait, None
        derived.add("ended_at")
        return talk, wait, started_at + timedelta(seconds=duration)

    def _direction(
        self, row: Mapping[str, Any], source: str | None, destination: str | None, derived: set[str]
    ) -> Direction | None:
        """Return the direction. Only webhooks may state it; otherwise it is derived from the account's own numbers."""
        stated = row.get("direction")
        direction = _DIRECTIONS.get(stated.strip().lower()) if isinstance(stated, str) else None
        if direction is not None:
            return direction
        from_own, to_own = source in self._own_numbers, destination in self._own_numbers
        if from_own and to_own:
            direction = Direction.INTERNAL
        elif _has_value(row.get("did")):
            direction = Direction.INCOMING
        elif from_own:
            direction = Direction.OUTGOING
        elif to_own:
            direction = Direction.INCOMING
        elif "did" in row and _is_public(source) and _is_public(destination):
            # No number of the account was called, so this is the second leg of a callback or another outgoing call.
            direction = Direction.OUTGOING
        else:
            return None
        derived.add("direction")
        return direction

    def _extension(self, direction: Direction | None, source: str | None, destination: str | None) -> str | None:
        candidates = (destination, source) if direction is Direction.INCOMING else (source, destination)
        return next((extension for number in candidates if (extension := self.extension_of(number))), None)


def _last_id_part(row: Mapping[str, Any], columns: Columns, duration: int | None) -> str | None:
    if columns.uniqueid is None:
        return None if duration is None else str(duration)
    return fields.text(row.get(columns.uniqueid), columns.uniqueid) or None


def _status(row: Mapping[str, Any], columns: Columns) -> Status:
    """Return how the call ended; a failed call whose cause code means congestion is `CONGESTION`."""
    value = _first(row, columns.status)
    if not isinstance(value, str):
        return Status.UNKNOWN
    with_code = _STATUS_WITH_CODE.fullmatch(value.strip())
    name = " ".join((with_code[1] if with_code else value).replace("_", " ").split()).lower()
    status = _STATUSES.get(name, Status.UNKNOWN)
    if status is Status.FAILED and str(row.get("hangupcause") or "").strip() in _CONGESTION_CAUSES:
        return Status.CONGESTION
    return status


def _caller_name(row: Mapping[str, Any], number: str | None) -> str | None:
    """Return the name in a caller ID such as `"Name" <number>`; None where it only repeats the number."""
    value = fields.text(row.get("clid"), "clid")
    if value is None:
        return None
    match = _CALLER_ID.fullmatch(value.strip())
    name = ((match[1] or match[2] or "") if match else value).strip()
    return None if not name or name == number or (match and name == match[3]) or _NUMBER.fullmatch(name) else name


def _is_public(number: str | None) -> bool:
    return numbers.full_number(number) is not None


def _has_value(value: object) -> bool:
    return value is not None and value != ""


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if _has_value(row.get(name))), None)


def _seconds(row: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    name = next((name for name in names if _has_value(row.get(name))), None)
    return None if name is None else values.duration(row[name], name)
