"""Rows of Simotel's call detail records.

Source: "Simotel API", reports/cdr and reports/quick, and their samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.model import Call, Direction, Party
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time

from . import numbers, row_values
from .dates import RowDates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo


class CallReader:
    """Reads the rows of one server. Each row is one call; rows with the same `cuid` are legs of one conversation."""

    def __init__(self, *, account: str, zone: ZoneInfo) -> None:
        """Keep the account's key and the zone of the server's wall clock."""
        self._account = account
        dates = RowDates(zone)
        self._start, self._end = dates.start, dates.end

    def call(self, record: object) -> Call:
        """Return the call of a row; `DataError` names a field that can't be read."""
        row = fields.mapping(record, "call")
        call_id = row_values.object_id(row.get("_id"), "_id")
        direction = row_values.direction(row.get("type"))
        status = row_values.status(row.get("disposition"))
        talk, talk_derived = row_values.talk(status, row.get("billsec"))
        source, destination = row_values.text(row.get("src"), "src"), row_values.text(row.get("dst"), "dst")
        extension = extension_of(row, direction, source, destination)
        # The list is sorted and searched by starttime; Asterisk's own start is up to some seconds earlier.
        channels = row.get("uniqueid"), row.get("cuid")
        started_at = self._start(row.get("starttime"), "starttime", *channels) or self._start(
            row.get("start"), "start", *channels
        )
        derived = {"extension"} if extension else set()
        if talk_derived:
            derived.add("talk")
        if started_at is None:
            started_at = unique_id_time(row.get("cuid")) or unique_id_time(row.get("uniqueid"))
            if started_at is not None:
                derived.add("started_at")
        caller, callee = _ends(source, destination, row.get("clid"))
        wait = fields.seconds(row.get("wait"), "wait")
        return Call(
            account=self._account,
            call_id=call_id,
            direction=direction,
            status=status,
            started_at=started_at,
            ended_at=self._end(row.get("endtime"), "endtime", started_at, row_values.length(wait, talk)),
            trunk=trunk_of(row, direction),
            extension=extension,
            source=caller,
            destination=callee,
            wait=wait,
            talk=talk,
            recording=row_values.text(row.get("record"), "record"),
            note=row_values.text(row.get("comment"), "comment"),
            derived=frozenset(derived),
            raw=row,
        )


def trunk_of(row: Mapping[str, Any], direction: Direction | None) -> str | None:
    """Return the name of the trunk: for outgoing calls the one where the call left, else the one where it arrived."""
    names = ("outgoing_point", "entry_point") if direction is Direction.OUTGOING else ("entry_point", "outgoing_point")
    return next((trunk for name in names if (trunk := row_values.text(row.get(name), name))), None)


def extension_of(
    row: Mapping[str, Any], direction: Direction | None, source: str | None, destination: str | None
) -> str | None:
    """Return the extension that took part. No field names it, so it is derived from the numbers.

    For an incoming call it is the telephone that rang (`dstchannel`), or the called number unless that is the number of
    the line itself (`did`).
    """
    if direction is Direction.INCOMING:
        rang = numbers.extension_of_channel(row.get("dstchannel"))
        called_number = row_values.text(row.get("did"), "did")
        if rang is None and numbers.is_extension(destination) and destination != called_number:
            return destination
        return rang
    if direction is not None and numbers.is_extension(source):
        return source
    return destination if direction is Direction.INTERNAL and numbers.is_extension(destination) else None


def _ends(source: str | None, destination: str | None, clid: object) -> tuple[Party, Party]:
    """Return both ends. The name in the caller ID belongs to the end with the number beside it."""
    name, number = numbers.caller_id(clid)
    is_name_of_destination = number == destination != source
    return (
        Party(number=source, e164=numbers.full_number(source), name=None if is_name_of_destination else name),
        Party(number=destination, e164=numbers.full_number(destination), name=name if is_name_of_destination else None),
    )
