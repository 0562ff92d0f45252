"""Simotel's pushed events (SEA): calls that ended, and other events of a line.

Source: the provider's pages about its webhooks. Events come as JSON, as a form or as the parameters of a query.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from trunkline.model import Call, Direction, LineEvent, Party
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time

from . import numbers, row_values
from .call_rows import extension_of, trunk_of
from .dates import EventDates

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

_LARGEST = 1 << 20
# A string, or a number with a leading zero, which JSON doesn't allow but the document's own sample has.
_BARE_NUMBER = re.compile(rb'"(?:[^"\\]|\\.?)*+(?:"|\Z)|(?<![\w.+-])0[0-9]+(?![\w.])', re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}", re.ASCII)
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])", re.ASCII)

CDR = "cdr"
# The fields of the record, in the order of preference, for each field of the model.
_EXTENSIONS = {
    "cdr_queue": ("dst",),
    "new_state": ("exten",),
    "exten_added": ("exten",),
    "exten_removed": ("exten",),
    "transfer": ("transferer", "transfer"),
    # The mailbox.
    "voice_mail": ("number",),
    "voice_mail_email": ("number",),
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
_DIRECTIONS = {"in": Direction.INCOMING, "out": Direction.OUTGOING}
_DIRECTION_OF_KIND = {"incoming_call": Direction.INCOMING, "outgoing_call": Direction.OUTGOING}
# The document's sample of a dialler's report, alone, has no name. No other event has these fields.
_DIALLER_REPORT = frozenset({"campaign_id", "disposition", "tries"})
_TIME_FIELDS = ("starttime", "start_time", "date", "last_time")


def read_event(
    payload: Mapping[str, Any] | bytes,
    *,
    kind: str | None,
    event_types: tuple[str, ...],
    account: str,
    zone: ZoneInfo,
) -> Call | LineEvent:
    """Return a pushed event; `DataError` for one that can't be read.

    Only `Cdr` becomes a call. `CdrQueue` reports the same call again, as its queue saw it. `event_types` are the other
    documented events in snake case.
    """
    record = read_body(payload)
    stated = kind or record.get("event_name") or record.get("event")
    if not stated and record.keys() >= _DIALLER_REPORT:
        stated = "AutoDialerReport"
    name = kind_of(stated, (CDR, *event_types))
    dates = EventDates(record, zone)
    return _call(record, account, dates) if name == CDR else _line_event(name, record, dates)


def kind_of(name: object, documented: tuple[str, ...]) -> str:
    """Return an event's name in snake case, however it is written (`Cdr` also occurs as `CDR`).

    An event of a newer server, whose name isn't documented, is converted in the same way.
    """
    content = fields.required_text(name, "event_name").strip()
    if not _NAME.fullmatch(content):
        raise fields.wrong("event_name", "the name of an event")
    plain = content.replace("_", "").lower()
    known = next((kind for kind in documented if kind.replace("_", "") == plain), None)
    return known or _WORD_BEGINS.sub("_", content).lower()


def read_body(payload: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """Return the record of a pushed event: JSON, in which numbers may start with 0, or a form."""
    if not isinstance(payload, bytes):
        return dict(payload)
    if len(payload) > _LARGEST:
        raise fields.wrong("body", "within the size limit")
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


def _first(record: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of several fields that isn't empty."""
    return next((text for name in names if (text := row_values.text(record.get(name), name))), None)


def _call(record: Mapping[str, Any], account: str, dates: EventDates) -> Call:
    get = record.get
    call_id = fields.identifier(get("cuid") or get("unique_id"), "unique_id")
    direction = row_values.direction(get("type"))
    status = row_values.status(get("disposition"))
    talk, talk_derived = row_values.talk(status, get("billsec"))
    source, destination = _first(record, "src"), _first(record, "dst")
    extension = extension_of(record, direction, source, destination)
    derived = {name for name, is_derived in (("extension", extension), ("talk", talk_derived)) if is_derived}
    started_at = dates.start(get("starttime") or get("start_time"), "starttime")
    if started_at is None:
        started_at = unique_id_time(call_id)
        derived.add("started_at")
    if started_at is None:
        raise fields.missing("starttime")
    wait = fields.seconds(get("wait"), "wait")
    return Call(
        account=account,
        call_id=call_id,
        direction=direction,
        status=status,
        started_at=started_at,
        ended_at=dates.end(get("endtime") or get("end_time"), "endtime", started_at, row_values.length(wait, talk)),
        trunk=trunk_of(record, direction),
        extension=extension,
        source=Party(source, numbers.full_number(source)),
        destination=Party(destination, numbers.full_number(destination)),
        wait=wait,
        talk=talk,
        recording=_first(record, "record"),
        derived=frozenset(derived),
        raw=record,
    )


def _line_event(kind: str, record: Mapping[str, Any], dates: EventDates) -> LineEvent:
    at = next((moment for name in _time_fields(kind) if (moment := dates.utc(record.get(name), name))), None)
    return LineEvent(
        kind=kind,
        at=at,
        call_id=_first(record, "unique_id", "cuid"),
        extension=_first(record, *_EXTENSIONS.get(kind, ())),
        state=_first(record, *_STATES.get(kind, ("state",))),
        number=_first(record, *_NUMBERS.get(kind, ())),
        queue=_first(record, "queue", "queue_name"),
        placed_call_id=_first(record, "originated_call_id"),
        direction=_DIRECTION_OF_KIND.get(kind) or _DIRECTIONS.get(_first(record, "direction") or ""),
        data=record,
    )


def _time_fields(kind: str) -> tuple[str, ...]:
    # The times in a report of the dialler are the start and end of its campaign, which may be in the future.
    return () if kind == "auto_dialer_report" else _TIME_FIELDS
