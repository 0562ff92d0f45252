"""The call rows of MOR's pages turned into calls: of the call list, of new calls and of missed ones.

Source: the provider's document, sections Calls, New calls and Missed calls. A row has no id, nor does it say which way
the call went.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trunkline.calendars import WallClock
from trunkline.model import Call, Direction, MissedCall, Party, Status
from trunkline.providers.common import fields
from trunkline.providers.mor import texts
from trunkline.providers.mor.data import call_records
from trunkline.providers.mor.keys import MadeKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import CallerId, Device
    from trunkline.providers.mor.markup import Node

_STATUSES = {
    "answered": Status.ANSWERED,
    "answer": Status.ANSWERED,
    "no answer": Status.NO_ANSWER,
    "noanswer": Status.NO_ANSWER,
    "busy": Status.BUSY,
    "failed": Status.FAILED,
    "congestion": Status.CONGESTION,
}


@dataclass(frozen=True, slots=True)
class OwnNumbers:
    """What of the numbers in a row is the account's own: numbers of its devices, and to which extension each leads."""

    extensions: Mapping[str, str]

    @classmethod
    def of(cls, devices: Iterable[Device], clis: Iterable[CallerId]) -> OwnNumbers:
        """Take the extensions and user names of devices, and the numbers that devices are known by."""
        found: dict[str, str] = {}
        named: dict[str, str] = {}
        for device in devices:
            inside = device.extension or device.username
            if inside is None:
                continue
            found.setdefault(inside, inside)
            if device.username:
                found.setdefault(device.username, inside)
                named[f"{device.kind}/{device.username}"] = inside
        for cli in clis:
            if cli.number:
                found.setdefault(cli.number, named.get(cli.device or "", ""))
        return cls(found)

    def has(self, number: str | None) -> bool:
        """Tell whether a number is the account's own."""
        return number is not None and number in self.extensions

    def extension(self, number: str | None) -> str | None:
        """Return the extension that a number leads to."""
        return self.extensions.get(number or "") or None


@dataclass(frozen=True, slots=True)
class CallList:
    """A page of calls: its rows as calls, how many the server counts, and what the page says was asked for.

    `device` is the id of the device whose calls it shows, or `all`.
    """

    calls: tuple[Call, ...]
    total: int | None
    direction: str | None
    device: str | None
    period_start: datetime | None
    period_end: datetime | None


class CallReader:
    """Reads the rows of one account. `trunk` is what its calls are charged to, `own` its numbers."""

    def __init__(self, *, account: str, zone: ZoneInfo, currency: str, trunk: str | None, own: OwnNumbers) -> None:
        """Take what the rows leave out; `currency` is for pages that name none."""
        self._account = account
        self._clock = WallClock(zone)
        self._currency = currency
        self._trunk = trunk
        self._own = own

    def page(self, root: Node) -> CallList:
        """Return a page of the call list, its rows in the page's order."""
        rows = call_records(root)
        stat = root.one("calls_stat")
        period = None if stat is None else stat.one("period")
        return CallList(
            calls=self.calls(rows, currency=root.at("currency")),
            total=_total(root),
            direction=(root.at("direction") or "").lower() or None,
            device=root.at("show_device"),
            period_start=self._time(period, "period_start"),
            period_end=self._time(period, "period_end"),
        )

    def missed(self, root: Node) -> tuple[MissedCall, ...]:
        """Return a page of missed calls, which have ids: by those they are marked."""
        keys = MadeKeys()
        found = []
        for row in call_records(root):
            call = self.call(row, keys=keys)
            given = row.get("call_id")
            call = replace(
                call,
                call_id=fields.identifier(given, "call_id") if given else call.call_id,
                direction=Direction.INCOMING,
                extension=self._own.extension(call.destination.number),
                derived=call.derived - {"call_id"} if given else call.derived,
            )
            found.append(MissedCall(call, processed=texts.yes(row.get("processed"), "processed")))
        return tuple(found)

    def calls(self, rows: Iterable[Mapping[str, Any]], *, currency: str | None = None) -> tuple[Call, ...]:
        """Return the calls of a period, in its order; `currency` is what the page's prices are in."""
        keys = MadeKeys()
        return tuple([self.call(row, keys=keys, currency=currency) for row in rows])

    def call(self, row: Mapping[str, Any], *, keys: MadeKeys | None = None, currency: str | None = None) -> Call:
        """Return the call of one row; `DataError` names the field that makes no sense.

        Its key is made of what identifies it: time, numbers and duration. The price isn't in it, because it may be
        corrected later, nor is the cause, which is written in the language that the user chose.
        """
        started_at = texts.time(row.get("date"), self._clock, "date")
        if started_at is None:
            raise fields.wrong("date", "there")
        source = fields.text(row.get("called_from"), "called_from")
        destination = fields.text(row.get("called_to"), "called_to")
        lasted = texts.duration(row.get("duration"), "duration")
        status = _status(row.get("hangup_cause"))
        talk, wait = texts.talk_and_wait(status, lasted)
        key = (keys or MadeKeys()).key(
            started_at.isoformat(), source, destination, None if lasted is None else str(lasted)
        )
        direction, inside = self._way(source, destination)
        derived = {"call_id"}
        if direction is not None:
            derived.add("direction")
        if inside is not None:
            derived.add("extension")
        if wait is not None:
            derived |= {"talk", "wait"}
        return Call(
            account=self._account,
            call_id=key,
            direction=direction,
            status=status,
            started_at=started_at,
            trunk=self._trunk,
            extension=inside,
            source=Party(number=source, e164=texts.full_number(source)),
            destination=Party(number=destination, e164=texts.full_number(destination)),
            wait=wait,
            talk=talk,
            price=texts.money(row.get("price"), texts.currency(currency, self._currency), "price"),
            note=fields.text(row.get("destination"), "destination"),
            derived=frozenset(derived),
            raw=dict(row),
        )

    def decided(self, calls: Iterable[Call], direction: Direction, keys: frozenset[str]) -> tuple[Call, ...]:
        """Return calls whose direction the numbers don't tell as going the way that a filtered list shows them go."""
        return tuple(
            replace(call, direction=direction, derived=call.derived | {"direction"})
            if call.direction is None and call.call_id in keys
            else call
            for call in calls
        )

    def _way(self, source: str | None, destination: str | None) -> tuple[Direction | None, str | None]:
        """Return which way a call went and which extension took part, as the account's own numbers tell."""
        ours, theirs = self._own.has(source), self._own.has(destination)
        if ours and theirs:
            return Direction.INTERNAL, self._own.extension(source)
        if ours:
            return Direction.OUTGOING, self._own.extension(source)
        if theirs:
            return Direction.INCOMING, self._own.extension(destination)
        return None, None

    def _time(self, period: Node | None, name: str) -> datetime | None:
        return None if period is None else texts.time(period.at(name), self._clock, name)


def _total(root: Node) -> int | None:
    """Return how many calls the server counts: beside the list, or in it as on the page of new calls."""
    said = root.at("total_calls") or root.at("calls_stat", "total_calls")
    total = fields.whole(said, "total_calls")
    if total is not None and total < 0:
        raise fields.wrong("total_calls", "a number of calls")
    return total


def _status(value: object) -> Status:
    if not isinstance(value, str):
        return Status.UNKNOWN
    return _STATUSES.get(" ".join(value.replace("_", " ").split()).lower(), Status.UNKNOWN)
