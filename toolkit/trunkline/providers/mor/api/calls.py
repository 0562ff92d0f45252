"""MOR's call rows turned into calls: of `user_calls_get`, of the list of new calls, and of the Call End webhook.

Sources: the manufacturer's pages of `user_calls_get` and "Webhooks" (docs/providers/mor.md). Which columns a row has is
the administrator's choice, so that every one is read by its name and may be missing, except for the time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from trunkline.calendars import WallClock
from trunkline.model import Call, Direction, Party, Status
from trunkline.providers.common import fields
from trunkline.providers.mor import texts
from trunkline.providers.mor.keys import MadeKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

# The spellings of a column, the one of `user_calls_get` first. What a webhook calls them isn't public.
_START = ("calldate2", "calldate", "date", "start_time", "calltime")
_SOURCE = ("src", "called_from", "source")
_DESTINATION = ("dst", "called_to", "localized_dst")
_STATUS = ("disposition", "dispod", "hangup_cause", "status")
# The time of talk before rounding comes first; `nice_billsec` is rounded to whole seconds.
_TALK = ("billsec", "real_billsec", "nice_billsec", "user_billsec")
_WHOLE = ("duration", "real_duration")
_PRICE = ("user_price", "price")
_STATUSES = {
    "ANSWERED": Status.ANSWERED,
    "ANSWER": Status.ANSWERED,
    "BUSY": Status.BUSY,
    "NO ANSWER": Status.NO_ANSWER,
    "NOANSWER": Status.NO_ANSWER,
    "FAILED": Status.FAILED,
    "CONGESTION": Status.CONGESTION,
}
_DIRECTIONS = {
    "incoming": Direction.INCOMING,
    "in": Direction.INCOMING,
    "outgoing": Direction.OUTGOING,
    "out": Direction.OUTGOING,
}
# ITU-T Q.850: no circuit available, switching equipment congestion.
_CONGESTED = frozenset({"34", "42"})
_WITH_CODE = re.compile(r"(.{1,40}?)\s{0,3}\([^()]{0,40}\)")
_CALLER = re.compile(r'(?:"(.{0,200})"|([^<]{0,200}))\s{0,9}<(\+?[0-9*#]{0,40}|anonymous)>', re.ASCII)
_UNIX = re.compile(r"[0-9]{9,10}", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)


class CallRows:
    """Reads the rows of one account.

    `trunk` is what its calls are charged to, and `own` its devices' numbers with the extension that each leads to (""
    for a number that several share).
    """

    def __init__(
        self, *, account: str, zone: ZoneInfo, currency: str, trunk: str | None, own: Mapping[str, str]
    ) -> None:
        """Take what the rows leave out."""
        self._account = account
        self._clock = WallClock(zone)
        self._currency = currency
        self._trunk = trunk
        self._own = own

    def calls(self, rows: Iterable[Mapping[str, Any]], *, currency: str | None = None) -> tuple[Call, ...]:
        """Return the calls of a period, in its order; `currency` is what the page's prices are in."""
        keys = MadeKeys()
        return tuple([self.call(row, keys=keys, currency=currency) for row in rows])

    def call(self, row: Mapping[str, Any], *, keys: MadeKeys | None = None, currency: str | None = None) -> Call:
        """Return the call of one row; `DataError` names the column that makes no sense.

        The key is the row's `id`, which the server's table has once. `uniqueid` is that of the telephone system's
        channel, and a call that tried several providers has a row for each under the same one: where there is no `id`,
        the key is made of it, of the time and of the two numbers.
        """
        started_at = self._start(row)
        source = fields.text(_first(row, _SOURCE), "src")
        destination = self._destination(row)
        status = _status(row)
        derived: set[str] = set()
        talk, wait, whole = self._durations(row, status, derived)
        direction = self._direction(row, source, destination, derived)
        extension = self._extension(direction, source, destination)
        if extension is not None:
            derived.add("extension")
        call_id = fields.text(row.get("id"), "id")
        if not call_id or not call_id.strip():
            unique = fields.text(row.get("uniqueid"), "uniqueid")
            identifying = (started_at.isoformat(), source, destination, unique or None)
            call_id = (keys or MadeKeys()).key(*identifying)
            derived.add("call_id")
        price_field = next((name for name in _PRICE if _there(row.get(name))), _PRICE[0])
        return Call(
            account=self._account,
            call_id=fields.identifier(call_id, "id"),
            direction=direction,
            status=status,
            started_at=started_at,
            ended_at=started_at + timedelta(seconds=whole) if whole is not None else None,
            trunk=self._trunk,
            extension=extension,
            source=Party(number=source, e164=texts.full_number(source), name=_caller_name(row, source)),
            destination=Party(number=destination, e164=texts.full_number(destination)),
            wait=wait,
            talk=talk,
            price=texts.money(row.get(price_field), texts.currency(currency, self._currency), price_field),
            derived=frozenset(derived),
            raw=dict(row),
        )

    def _start(self, row: Mapping[str, Any]) -> datetime:
        value = _first(row, _START)
        if isinstance(value, str) and _UNIX.fullmatch(value.strip()):
            return datetime.fromtimestamp(int(value), UTC)
        found = texts.time(value, self._clock, _START[0], offset=row.get("timezone"))
        if found is None:
            raise fields.wrong(_START[0], "there")
        return found

    @staticmethod
    def _destination(row: Mapping[str, Any]) -> str | None:
        """Return who was called; `destination` is the name of the place, unless it is a number."""
        found = fields.text(_first(row, _DESTINATION), "dst")
        place = row.get("destination")
        if found is None and isinstance(place, str) and _NUMBER.fullmatch(place):
            return place
        return found

    @staticmethod
    def _durations(
        row: Mapping[str, Any], status: Status, derived: set[str]
    ) -> tuple[int | None, int | None, int | None]:
        """Return the seconds of talk, of waiting, and of the whole call.

        The pages' rows have one duration, which is the talk's or, where nobody answered, the time that it rang.
        """
        talk_field = next((name for name in _TALK if _there(row.get(name))), None)
        whole_field = next((name for name in _WHOLE if _there(row.get(name))), None)
        talk = texts.duration(row.get(talk_field), talk_field) if talk_field else None
        whole = texts.duration(row.get(whole_field), whole_field) if whole_field else None
        if talk_field is None and "called_from" in row:
            talk, wait = texts.talk_and_wait(status, whole)
            if wait is not None:
                derived |= {"talk", "wait"}
            return talk, wait, None
        wait = whole - talk if whole is not None and talk is not None and whole >= talk else None
        if wait is not None:
            derived.add("wait")
        if whole is not None:
            derived.add("ended_at")
        return talk, wait, whole

    def _direction(
        self, row: Mapping[str, Any], source: str | None, destination: str | None, derived: set[str]
    ) -> Direction | None:
        """Return which way it went: no column says so, but a call to one of the user's own numbers names it."""
        said = row.get("direction")
        stated = _DIRECTIONS.get(said.strip().lower()) if isinstance(said, str) else None
        if stated is not None:
            return stated
        ours, theirs = source in self._own, destination in self._own
        if ours and theirs:
            found = Direction.INTERNAL
        elif _there(row.get("did")):
            found = Direction.INCOMING
        elif ours:
            found = Direction.OUTGOING
        elif theirs:
            found = Direction.INCOMING
        elif "did" in row and _is_public(source) and _is_public(destination):
            # The column is there and empty, and somebody outside was called: a callback's second leg, for one.
            found = Direction.OUTGOING
        else:
            return None
        derived.add("direction")
        return found

    def _extension(self, direction: Direction | None, source: str | None, destination: str | None) -> str | None:
        first, second = (destination, source) if direction is Direction.INCOMING else (source, destination)
        return next((self._own[one] for one in (first, second) if one is not None and self._own.get(one)), None)


def _status(row: Mapping[str, Any]) -> Status:
    """Return how it ended; a failed call whose cause is congestion is that."""
    value = _first(row, _STATUS)
    if not isinstance(value, str):
        return Status.UNKNOWN
    with_code = _WITH_CODE.fullmatch(value.strip())
    said = " ".join((with_code[1] if with_code else value).replace("_", " ").split()).upper()
    status = _STATUSES.get(said, Status.UNKNOWN)
    if status is Status.FAILED and str(row.get("hangupcause") or "").strip() in _CONGESTED:
        return Status.CONGESTION
    return status


def _caller_name(row: Mapping[str, Any], number: str | None) -> str | None:
    """Return the name of a caller id such as `"Name" <number>`; None where it is just the number."""
    value = fields.text(row.get("clid"), "clid")
    if value is None:
        return None
    match = _CALLER.fullmatch(value.strip())
    name = ((match[1] or match[2] or "") if match else value).strip()
    return None if not name or name == number or (match and name == match[3]) or _NUMBER.fullmatch(name) else name


def _is_public(number: str | None) -> bool:
    return texts.full_number(number) is not None


def _there(value: object) -> bool:
    return value is not None and value != ""


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if _there(row.get(name))), None)
