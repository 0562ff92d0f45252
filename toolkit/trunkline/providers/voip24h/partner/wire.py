"""The partner interface's JSON as the model; each peculiarity is handled by the function that reads the field.

Source: "Voip24h API Document" v1.0, and its edition 1.1 for `duration` and `getCallData`.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from trunkline.calendars import WallClock
from trunkline.errors import (
    AuthenticationError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    RequestError,
)
from trunkline.model import Call, Direction
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time
from trunkline.providers.common.rows import Rows, read_rows
from trunkline.providers.common.statuses import raise_for_status
from trunkline.providers.voip24h import common

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from trunkline.transport import Reply

_DIRECTIONS = {"INBOUND": Direction.INCOMING, "OUTBOUND": Direction.OUTGOING, "EXTERNAL": Direction.INCOMING}
_ADVICE = common.advice("partner secret")
_NOTHING: frozenset[str] = frozenset()
_START = frozenset({"started_at"})
_ENDS = frozenset({"source", "destination"})
_EXTERNAL = _ENDS | {"direction"}

# All failures have the same code, so only the message identifies them. An unknown message is a refused request.
_ABOUT_CREDENTIALS = re.compile(
    r"secret|unauthori[sz]ed|unauthenticated|authenticat|credential|api.?key|partner.{0,20}(?:not|invalid|wrong|exist)"
    r"|(?:invalid|wrong|unknown).{0,10}partner|xác thực",
    re.IGNORECASE,
)
_ABOUT_RIGHTS = re.compile(r"permission|forbidden|not (?:allowed|permitted)|denied|whitelist|quyền", re.IGNORECASE)
_NO_DATA = re.compile(
    r"no (?:data|records?|results?)|(?:data|records?) (?:is |are )?(?:empty|not found)|không có dữ liệu", re.IGNORECASE
)
_NOT_THERE = re.compile(
    r"not (?:found|exist)|n't exist|no such|unknown(?! error)|không (?:tìm thấy|tồn tại)", re.IGNORECASE
)
_USER_MISSING = re.compile(
    r"\buser\b.{0,30}(?:required|missing|empty|null|invalid)|(?:missing|require|need).{0,20}\buser\b", re.IGNORECASE
)


class NoDataError(NotFoundError):
    """The server replied to a list request that there is nothing."""


class UserNeededError(RequestError):
    """The server requires an extension, but all calls were requested."""


def answer(reply: Reply) -> Any:
    """Return the `data` of a successful reply, or raise what it says (section Summary).

    `respCode` decides: 0 is success, -1 failure, with the reason in `respMsg`. The HTTP status of a failure is stated
    nowhere, so both are looked at, and an HTTP error is one whatever the code says.
    """
    try:
        body = fields.mapping(reply.json(), "body")
        code = fields.integer(body.get("respCode"), "respCode")
    except DataError:
        # A proxy or web server in front answers without the envelope; its status still says what is wrong.
        raise_for_status(reply.status, reply, _ADVICE, "no reason given")
        raise
    message = body.get("respMsg")
    if code == 0 and reply.status < HTTPStatus.BAD_REQUEST:
        return body.get("data")
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS} or code in {
        0,
        None,
    }:
        raise_for_status(reply.status, reply, _ADVICE, fields.safe_text(message))
    if code is None:
        raise fields.missing("respCode")
    raise failure(message, reply.label)


def unclear(reply: Reply) -> str | None:
    """Return why a reply doesn't show whether a call was placed; None if it does, or if `answer` does.

    A timeout or failure of a gateway says nothing about the server behind it.
    """
    if reply.status == HTTPStatus.REQUEST_TIMEOUT or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"HTTP {reply.status}"
    try:
        body = fields.mapping(reply.json(), "body")
        code = fields.integer(body.get("respCode"), "respCode")
    except DataError:
        return None
    if code == 0 and reply.status >= HTTPStatus.BAD_REQUEST:
        return f"HTTP {reply.status} and a code that says success"
    return None


def failure(message: object, who: str) -> Exception:
    """Return the exception for a failure, which only the message identifies."""
    content = message if isinstance(message, str) else ""
    reason = fields.safe_text(message)
    if _ABOUT_CREDENTIALS.search(content):
        return AuthenticationError(
            f"{who} refuses the partner secret ({reason}): ask Voip24h for a valid one, and enter it"
        )
    if _ABOUT_RIGHTS.search(content):
        return PermissionDeniedError(f"{who} does not permit this ({reason}): ask Voip24h about the account's rights")
    if _USER_MISSING.search(content):
        return UserNeededError(f"{who} refused the request ({reason})")
    if _NO_DATA.search(content):
        return NoDataError(f"{who} has nothing of the kind ({reason})")
    if _NOT_THERE.search(content):
        return NotFoundError(f"{who} didn't find this ({reason}): check the id, extension or number")
    return RequestError(f"{who} refused the request ({reason})")


def day(moment: date) -> str:
    """Return a day as `fromDate` and `toDate` want it, `dd/mm/yyyy` (section getDate)."""
    return f"{moment.day:02d}/{moment.month:02d}/{moment.year:04d}"


def call_rows(data: object) -> list[Any]:
    """Return the rows of a list reply; the first editions of the document have the list inside another one."""
    found = fields.listed(data, "data")
    return [row for entry in found for row in (entry if isinstance(entry, list) else (entry,))]


def read_link(data: object) -> str:
    """Return the link of `recordingDownload` and `recordingListen`; `NotFoundError` where there is none."""
    link = common.plain_text(fields.mapping(data, "data").get("link") if data else None, "link")
    if link is None:
        msg = "this call has no recording at Voip24h"
        raise NotFoundError(msg)
    return link


def each_once(rows: Rows) -> Rows:
    """Return the same rows with each call once."""
    found: dict[str, Call] = {}
    for call in rows.calls:
        found.setdefault(call.call_id, call)
    return Rows(tuple(found.values()), rows.unreadable)


class CallReader:
    """Reads one account's call records (sections getUser, getDate, getUserDate; `getCallData` of edition 1.1)."""

    def __init__(self, *, account: str, zone: ZoneInfo) -> None:
        """Take what records don't state: the account's key and time zone."""
        self.account = account
        self._utc = WallClock(zone).utc

    def calls(self, data: object) -> Rows:
        """Return the calls of a list reply, each once, in its order, and the rows that make no sense."""
        return each_once(read_rows(call_rows(data), self.call, row_id="callId"))

    def call(self, record: object) -> Call:
        """Return the call of one record; `DataError` names the field that makes no sense.

        `user` is the extension, at the end that the direction leaves to it. EXTERNAL is read as a call from outside
        that rang the extension itself (docs/providers/voip24h.md, 5), and then direction and ends are derived ones.
        `duration` is 0 for unanswered calls, so it is the talk time without the ringing.
        """
        row: Mapping[str, Any] = fields.mapping(record, "data")
        call_id = fields.identifier(row.get("callId"), "callId")
        user = common.plain_text(row.get("user"), "user")
        ours = common.party(user)
        theirs = common.party(common.plain_text(row.get("phoneNumber"), "phoneNumber"))
        kind = row.get("callType")
        kind = kind.strip().upper() if isinstance(kind, str) else ""
        direction = _DIRECTIONS.get(kind)
        derived = _EXTERNAL if kind == "EXTERNAL" else _NOTHING
        if direction is None and (ours.number or theirs.number):
            derived |= _ENDS
        call_date = row.get("callDate")
        started_at = None if call_date is None or call_date == "" else self._utc(call_date, "callDate")
        if started_at is None and (started_at := unique_id_time(call_id)) is not None:
            derived |= _START
        source, destination = (theirs, ours) if direction is Direction.INCOMING else (ours, theirs)
        return Call(
            account=self.account,
            call_id=call_id,
            direction=direction,
            status=common.read_status(row.get("callStatus")),
            started_at=started_at,
            extension=user,
            source=source,
            destination=destination,
            talk=fields.seconds(row.get("duration"), "duration"),
            derived=derived,
            raw=row,
        )
