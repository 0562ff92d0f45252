"""Simotel's pushed events (SEA): a call that ended becomes a call, everything else an event of the line.

Source: the provider's pages on its web hooks. They come as JSON, as a form or as the parameters of a query.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import orjson

from trunkline.calendars import parse_local
from trunkline.model import Call, LineEvent, Party
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time

from . import values
from .calls import extension_of, trunk_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_UTC = ZoneInfo("UTC")
_LARGEST = 1 << 20
_EPOCH_SECONDS = re.compile(r"[0-9]{9,10}(?:\.[0-9]{1,9})?", re.ASCII)
# A string as it is, or a number with a leading zero, which JSON doesn't know and the document's own sample has.
_BARE_NUMBER = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)|(?<![\w.+-])0[0-9]+(?![\w.])', re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}", re.ASCII)
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])", re.ASCII)
# The clocks of a server and of its web hook agree within this, once the zone is right.
_NEAR = timedelta(hours=1)

CDR = "cdr"
# Every event by its name without regard to case; the names of the model are the same in snake case.
_KINDS = {
    name.replace("_", ""): name
    for name in (
        CDR,
        "cdr_queue",
        "new_state",
        "incoming_call",
        "outgoing_call",
        "transfer",
        "exten_added",
        "exten_removed",
        "voice_mail",
        "voice_mail_email",
        "survey",
        "incoming_fax",
        "outgoing_fax",
        "trunk_new_state",
        "trunk_added",
        "trunk_removed",
        "auto_dialer_report",
        "reserved_call_in_front",
        "ping",
    )
}
KINDS = frozenset(_KINDS.values())

# Where each field of the model stands, in the order in which they are looked for.
_EXTENSIONS = {
    "cdr_queue": ("dst",),
    "new_state": ("exten",),
    "exten_added": ("exten",),
    "exten_removed": ("exten",),
    "transfer": ("transferer", "transfer"),
    "survey": ("dst",),
}
_STATES = {"cdr_queue": ("disposition",), "auto_dialer_report": ("disposition",)}
_NUMBERS = {
    "cdr_queue": ("src",),
    "new_state": ("participant",),
    "incoming_call": ("number",),
    "outgoing_call": ("number",),
    "transfer": ("transferred_to",),
    "voice_mail": ("caller",),
    "survey": ("src",),
    "incoming_fax": ("src",),
    "outgoing_fax": ("dst",),
    "auto_dialer_report": ("number",),
    "reserved_call_in_front": ("caller_id",),
}
_TIMES = ("starttime", "start_time", "date", "last_time")


def read_event(
    payload: Mapping[str, Any] | bytes, *, kind: str | None, account: str, zone: ZoneInfo
) -> Call | LineEvent:
    """Return a pushed event; `DataError` for one that makes no sense.

    `Cdr` is the only one that becomes a call. `CdrQueue` tells of the same call once more, from its queue's side.
    """
    record = read_body(payload)
    name = kind_of(kind or record.get("event_name") or record.get("event"))
    clock = _Clock(record, zone)
    return _call(record, account, clock) if name == CDR else _line_event(name, record, clock)


def kind_of(name: object) -> str:
    """Return an event's name in snake case, whatever its spelling (`Cdr` is also seen as `CDR`).

    A name that the document doesn't list is an event of a newer server, and is put into snake case alike.
    """
    content = fields.required_text(name, "event_name").strip()
    if not _NAME.fullmatch(content):
        raise fields.wrong("event_name", "the name of an event")
    known = _KINDS.get(content.replace("_", "").lower())
    return known or _WORD_BEGINS.sub("_", content).lower()


def read_body(payload: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """Return the record of a delivery: JSON, also with bare numbers that begin with 0, or a form."""
    if not isinstance(payload, bytes):
        return dict(payload)
    if len(payload) > _LARGEST:
        raise fields.wrong("body", "of a sensible size")
    for body in (payload, _BARE_NUMBER.sub(_quoted, payload)):
        try:
            return fields.mapping(orjson.loads(body), "body")
        except orjson.JSONDecodeError:
            continue
    try:
        form = dict(parse_qsl(payload.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=200))
    except ValueError:
        form = {}
    if not form:
        raise fields.wrong("body", "JSON or a form")
    return dict(form)


def _quoted(match: re.Match[bytes]) -> bytes:
    return match[0] if match[0].startswith(b'"') else b'"' + match[0] + b'"'


class _Clock:
    """Reads the times of one event: text is in UTC, or in the server's own zone where it was set so.

    Nothing says which. The event's unique id holds the second in which its channel was made: the zone that brings the
    start near to it is the right one.
    """

    def __init__(self, record: Mapping[str, Any], zone: ZoneInfo) -> None:
        self._zone = _UTC
        made = next((at for name in ("unique_id", "cuid") if (at := unique_id_time(record.get(name)))), None)
        start = next((record[name] for name in ("starttime", "start_time") if record.get(name)), None)
        if made and isinstance(start, str) and not _EPOCH_SECONDS.fullmatch(start.strip()):
            in_utc, local = (parse_local(start, one, field="starttime") for one in (_UTC, zone))
            if abs(in_utc - made) > _NEAR >= abs(local - made):
                self._zone = zone

    def utc(self, value: object, field: str) -> datetime | None:
        """Return aware UTC, of text, of Mongo's dates, or of seconds since the epoch (trunks' events)."""
        if value is None or value == "":
            return None
        if isinstance(value, dict):
            return values.mongo_date(value, field)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = repr(value)
        if isinstance(value, str) and _EPOCH_SECONDS.fullmatch(value.strip()):
            whole, _, part = value.strip().partition(".")
            return values.since_epoch(int(whole) * 1_000_000 + int(part.ljust(6, "0")[:6]), field)
        return parse_local(value, self._zone, field=field).astimezone(UTC)


def _first(record: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of some fields that is there and isn't empty."""
    return next((found for name in names if (found := values.filled(record.get(name), name))), None)


def _call(record: Mapping[str, Any], account: str, clock: _Clock) -> Call:
    get = record.get
    call_id = fields.identifier(get("cuid") or get("unique_id"), "unique_id")
    direction = values.direction_of(get("type"))
    status = values.status_of(get("disposition"))
    talk, talk_derived = values.talk_of(status, get("billsec"))
    source, destination = _first(record, "src"), _first(record, "dst")
    extension = extension_of(record, direction, source, destination)
    derived = {name for name, is_so in (("extension", extension), ("talk", talk_derived)) if is_so}
    started_at = clock.utc(get("starttime") or get("start_time"), "starttime")
    if started_at is None:
        started_at = unique_id_time(call_id)
        derived.add("started_at")
    if started_at is None:
        raise fields.wrong("starttime", "there")
    return Call(
        account=account,
        call_id=call_id,
        direction=direction,
        status=status,
        started_at=started_at,
        ended_at=clock.utc(get("endtime") or get("end_time"), "endtime"),
        trunk=trunk_of(record, direction),
        extension=extension,
        source=Party(source, values.known_e164(source)),
        destination=Party(destination, values.known_e164(destination)),
        wait=fields.seconds(get("wait"), "wait"),
        talk=talk,
        recording=_first(record, "record"),
        derived=frozenset(derived),
        raw=record,
    )


def _line_event(kind: str, record: Mapping[str, Any], clock: _Clock) -> LineEvent:
    at = next((when for name in _times(kind) if (when := clock.utc(record.get(name), name))), None)
    return LineEvent(
        kind=kind,
        at=at,
        call_id=_first(record, "unique_id", "cuid"),
        extension=_first(record, *_EXTENSIONS.get(kind, ())),
        state=_first(record, *_STATES.get(kind, ("state",))),
        number=_first(record, *_NUMBERS.get(kind, ())),
        queue=_first(record, "queue", "queue_name"),
        data=record,
    )


def _times(kind: str) -> tuple[str, ...]:
    # A report of the dialler has its campaign's start and end, which may lie in the future.
    return () if kind == "auto_dialer_report" else _TIMES
