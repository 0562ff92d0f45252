"""The v3 interface's JSON as the model; each peculiarity is handled by the function that reads the field.

Source: docs/providers/voip24h.md, section v3. The provider's reference is not public; the page describes what clients
of the live service send and receive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from trunkline.calendars import WallClock, in_calendar, parse_local
from trunkline.errors import DataError, NotFoundError
from trunkline.model import Call, Direction
from trunkline.numbers import e164, trunk_id
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time
from trunkline.providers.common.rows import Rows, read_rows
from trunkline.providers.common.statuses import raise_for_status
from trunkline.providers.voip24h import common

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from trunkline.transport import Reply

# 1000 is the provider's document, 200 the live service.
_SUCCESS = frozenset({200, 1000})
_DIRECTIONS = {
    "inbound": Direction.INCOMING,
    "outbound": Direction.OUTGOING,
    "local": Direction.INTERNAL,
    "internal": Direction.INTERNAL,
}
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
_LONGEST_PUSH = 1 << 20
_LONGEST_LIFE = timedelta(days=31)
_ADVICE = common.advice("API key and secret")
_NOTHING: frozenset[str] = frozenset()
_NO_RECORDING = frozenset({"", "null", "0"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the seconds that it lives from its making, None where the reply doesn't tell."""

    text: str = field(repr=False)
    life: float | None


def body_status(reply: Reply) -> int | None:
    """Return the status of the body, None where it has none: a fact of its own beside the HTTP status."""
    try:
        return fields.integer(fields.mapping(reply.json(), "body").get("status"), "status")
    except DataError:
        return None


def answer(reply: Reply) -> dict[str, Any]:
    """Return the body of a successful reply; both its HTTP status and the status in it must say that it is one."""
    try:
        body = fields.mapping(reply.json(), "body")
        status = fields.integer(body.get("status"), "status")
    except DataError:
        # A proxy or web server in front answers without the envelope; its status still says what is wrong.
        _raise_for(reply.status, None, reply)
        raise
    message = body.get("message")
    _raise_for(reply.status, message, reply)
    if status is not None:
        _raise_for(status, message, reply)
        if status not in _SUCCESS:
            raise fields.wrong("status", "a known status")
    return body


def _raise_for(status: int, message: object, reply: Reply) -> None:
    if status in _SUCCESS:
        return
    raise_for_status(status, reply, _ADVICE, fields.safe_text(message))


def read_token(body: Mapping[str, Any], zone: ZoneInfo, *, now: datetime) -> Token:
    """Return the token of a reply to `authentication`, in the spelling of the document or of the live service.

    Its life is what lies between `createAt` and `expired` (`expried`), which are by the same clock; where the first is
    missing, what is left at `now` of the second. Times are the provider's wall clock.
    """
    data = fields.mapping(body.get("data"), "data")
    token = data.get("token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise fields.wrong("token", "a token")
    until = data.get("expired") or data.get("expried")
    if not until:
        return Token(token, None)
    expires_at = parse_local(until, zone, field="expired")
    made = data.get("createAt")
    life = expires_at - (parse_local(made, zone, field="createAt") if made else now)
    return Token(token, max(timedelta(0), min(life, _LONGEST_LIFE)).total_seconds())


def history_rows(body: Mapping[str, Any]) -> list[Any]:
    """Return the rows of `call/history`, which stand in `data` itself."""
    return fields.listed(body.get("data"), "data")


def read_link(body: Mapping[str, Any]) -> str:
    """Return the address of the audio (`data.media.wav`); `NotFoundError` where there is none."""
    data = body.get("data")
    media = fields.mapping(data, "data").get("media") if data else None
    link = common.plain_text(fields.mapping(media, "media").get("wav"), "wav") if media else None
    if link is None:
        msg = "this call has no recording at Voip24h"
        raise NotFoundError(msg)
    return link


class CallReader:
    """Reads one account's calls from the history and from the push, which name the same things differently."""

    def __init__(self, *, account: str, zone: ZoneInfo) -> None:
        """Take what records don't state: the account's key and time zone."""
        self.account = account
        self._utc = WallClock(zone).utc

    def calls(self, rows: Sequence[Any]) -> Rows:
        """Return the calls of a page, and the rows that make no sense."""
        return read_rows(rows, self.call, row_id="id")

    def call(self, record: object) -> Call:
        """Return the call of a row of `call/history`; `DataError` names the field that makes no sense.

        `billsec` is the talk, and `duration` the whole call with the ringing, as in Asterisk's records: the wait and
        the end are derived of them.
        """
        row = fields.mapping(record, "data")
        return self._call(row, call_id=row.get("id"))

    def pushed(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed record, which must tell when it was; `DataError` for what makes no sense."""
        row = push_fields(payload)
        call = self._call(row, call_id=_first(row, "id", "callid", "callId"))
        if call.started_at is None:
            raise fields.missing("calldate")
        return call

    def _call(self, row: dict[str, Any], *, call_id: object) -> Call:
        """Read a record by its names in small letters: pushes write `src`, `dst` and `disposition`."""
        get = {str(name).lower(): value for name, value in row.items()}
        key = fields.identifier(call_id, "id").strip()
        kind = get.get("type")
        direction = _DIRECTIONS.get(kind.strip().lower()) if isinstance(kind, str) else None
        source = common.party(common.plain_text(_first(get, "caller", "src"), "caller"))
        destination = common.party(common.plain_text(_first(get, "callee", "dst"), "callee"))
        derived: set[str] = set()
        extension = common.plain_text(get.get("extension"), "extension")
        if extension is None and direction is not None:
            ours = (destination if direction is Direction.INCOMING else source).number
            if ours is not None and e164(ours, common.REGION) is None:
                extension = ours
                derived.add("extension")
        call_date = get.get("calldate")
        started_at = None if call_date is None or call_date == "" else self._utc(call_date, "callDate")
        if started_at is None and (started_at := unique_id_time(get.get("callid"))) is not None:
            derived.add("started_at")
        talk = fields.seconds(get.get("billsec"), "billsec")
        duration = fields.seconds(get.get("duration"), "duration")
        wait = ended_at = None
        if duration is not None and talk is not None and duration >= talk:
            wait = duration - talk
            derived.add("wait")
        if duration is not None and started_at is not None:
            try:
                ended_at = started_at + timedelta(seconds=duration)
            except OverflowError:
                raise fields.wrong("duration", "a duration") from None
            derived.add("ended_at")
        did = common.plain_text(get.get("did"), "did")
        recorded = common.plain_text(_first(get, "recordingfile", "recording", "download"), "recordingFile")
        return Call(
            account=self.account,
            call_id=key,
            direction=direction,
            status=common.read_status(_first(get, "disposition", "status")),
            started_at=started_at,
            ended_at=ended_at,
            trunk=trunk_id(did) if did else None,
            extension=extension,
            source=source,
            destination=destination,
            wait=wait,
            talk=talk,
            # The file is requested by the call's id. Anyone with its address can open it, so the address is not kept.
            recording=key if recorded and recorded.lower() not in _NO_RECORDING else None,
            note=common.plain_text(get.get("note"), "note"),
            derived=frozenset(derived) if derived else _NOTHING,
            raw=row,
        )


def _first(get: Mapping[str, Any], *names: str) -> Any:
    """Return the first of the fields that says something."""
    return next((value for name in names if (value := get.get(name)) not in (None, "")), None)


def push_fields(payload: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """Return the fields of a push: JSON, a form, or the query of a GET, as its receiver has them."""
    if not isinstance(payload, bytes):
        return dict(payload)
    if len(payload) > _LONGEST_PUSH:
        raise fields.wrong("body", "within the size limit")
    try:
        return fields.mapping(orjson.loads(payload), "body")
    except orjson.JSONDecodeError:
        pass
    try:
        pairs = dict(
            parse_qsl(payload.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=100)
        )
    except ValueError:
        pairs = {}
    if not pairs:
        raise fields.wrong("body", "JSON or a form")
    return dict(pairs)


def wall_clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return a time as `dateStart` and `dateEnd` take it, `YYYY-MM-DD HH:MM:SS` in the provider's zone."""
    return in_calendar(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def is_unauthorized(reply: Reply) -> bool:
    """Tell whether a reply says that the token was refused, in its HTTP status or in its body."""
    return HTTPStatus.UNAUTHORIZED in {reply.status, body_status(reply)}


def unclear(reply: Reply) -> str | None:
    """Return why a reply doesn't show whether a request was carried out; None if it does, or if `answer` does.

    A timeout of a gateway says nothing about the server behind it.
    """
    said = body_status(reply)
    if HTTPStatus.REQUEST_TIMEOUT in {reply.status, said}:
        return f"status {HTTPStatus.REQUEST_TIMEOUT:d}"
    if reply.status >= HTTPStatus.BAD_REQUEST and said in _SUCCESS:
        return f"HTTP {reply.status} and a body that says success"
    return None
