"""A row of Simotel's call detail records turned into a call.

Source: "Simotel API", reports/cdr and reports/quick, and the rows of their samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.making import Memo, maker
from trunkline.model import Call, Direction, Party
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time

from . import values
from .values import Moments

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_new_call = maker(Call)
_NOTHING: frozenset[str] = frozenset()


class CallReader:
    """Reads the rows of one server. A row is one call; `cuid` groups the rows that are legs of one conversation."""

    def __init__(self, *, account: str, zone: ZoneInfo) -> None:
        """Take the account's key and the zone of the server's wall clock."""
        self.account = account
        self._utc = Moments(zone).utc
        self._parties = Memo[Any, Party](_plain_party)

    def call(self, record: object) -> Call:
        """Return the call of a row; `DataError` names the field that makes no sense."""
        row = fields.mapping(record, "call")
        get = row.get
        call_id = values.object_id(get("_id"), "_id")
        direction = values.direction_of(get("type"))
        status = values.status_of(get("disposition"))
        talk, talk_derived = values.talk_of(status, get("billsec"))
        source, destination = values.filled(get("src"), "src"), values.filled(get("dst"), "dst")
        extension = extension_of(row, direction, source, destination)
        # The list is sorted and searched by starttime; start, Asterisk's own, is up to some seconds earlier.
        started_at = self._utc(get("starttime"), "starttime") or self._utc(get("start"), "start")
        derived = {"extension"} if extension else set()
        if talk_derived:
            derived.add("talk")
        if started_at is None:
            started_at = unique_id_time(get("cuid")) or unique_id_time(get("uniqueid"))
            if started_at is not None:
                derived.add("started_at")
        caller, callee = self._ends(source, destination, get("clid"))
        call: Call = _new_call(
            account=self.account,
            call_id=call_id,
            direction=direction,
            status=status,
            started_at=started_at,
            ended_at=self._utc(get("endtime"), "endtime"),
            trunk=trunk_of(row, direction),
            extension=extension,
            source=caller,
            destination=callee,
            wait=fields.seconds(get("wait"), "wait"),
            talk=talk,
            recording=values.filled(get("record"), "record"),
            note=values.filled(get("comment"), "comment"),
            derived=frozenset(derived) if derived else _NOTHING,
            raw=row,
        )
        return call

    def _ends(self, source: str | None, destination: str | None, clid: object) -> tuple[Party, Party]:
        """Return both ends. The caller's name belongs to the end whose number stands beside it."""
        name, number = values.caller_name(clid)
        if name is None:
            return self._parties[source], self._parties[destination]
        if number == destination != source:
            return self._parties[source], Party(destination, values.known_e164(destination), name)
        return Party(source, values.known_e164(source), name), self._parties[destination]


def trunk_of(row: Mapping[str, Any], direction: Direction | None) -> str | None:
    """Return the trunk by its name: where the call came in, or where it went out."""
    names = ("outgoing_point", "entry_point") if direction is Direction.OUTGOING else ("entry_point", "outgoing_point")
    return next((found for name in names if (found := values.filled(row.get(name), name))), None)


def extension_of(
    row: Mapping[str, Any], direction: Direction | None, source: str | None, destination: str | None
) -> str | None:
    """Return the extension that took part, by the shape of the numbers: no field names it.

    Of an incoming call it is the telephone that was rung (`dstchannel`), or the number that was reached unless that is
    the line's own (`did`).
    """
    if direction is Direction.INCOMING:
        rung = values.extension_of_channel(row.get("dstchannel"))
        if rung is None and values.is_internal(destination) and destination != values.filled(row.get("did"), "did"):
            return destination
        return rung
    if direction is not None and values.is_internal(source):
        return source
    return destination if direction is Direction.INTERNAL and values.is_internal(destination) else None


def _plain_party(number: str | None) -> Party:
    return Party(number=number, e164=values.known_e164(number))
