"""Voip24h's partner wire: the provider's document and its edition 1.1 (docs/providers/voip24h.md).

What neither says is marked [INFER] with the reason for the choice.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from trunkline.sandbox.faults import ListForm
from trunkline.sandbox.settings import check_setting
from trunkline.sandbox.wire import (
    JsonWire,
    Reply,
    Request,
    SandboxAccount,
    to_json,
)
from trunkline.sandbox.world import Criteria, Direction, Outcome

from . import localization

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trunkline.sandbox.world import Office, World

OK, NOT_FOUND, WRONG_METHOD = 200, 404, 405
_LISTS = frozenset({"getUser", "getDate", "getUserDate"})
_STATUSES = {
    Outcome.ANSWERED: "ANSWERED",
    Outcome.BUSY: "BUSY",
    Outcome.NO_ANSWER: "NO ANSWER",
    Outcome.CONGESTION: "CONGESTION",
}
_LEAST_DIGITS, _MOST_DIGITS = 3, 15
_HTML = "text/html; charset=UTF-8"
GSM_TYPE = "audio/x-gsm"
# GSM 06.10: a frame of 20 ms is 33 bytes; its first half byte is 0xD, then the filter, then four equal sub-frames.
_GSM_FRAME = bytes.fromhex("d820a2e15a") + bytes.fromhex("50004924924924") * 4
_GSM_FRAMES_A_SECOND = 50


class _RefusedError(Exception):
    """A request that gets `respCode` -1, with the message."""


@dataclass(slots=True)
class Switches:
    """Ways in which the service can differ, each a setting that control can change (`{"do": "set", ...}`).

    `edition` "1.0" has no `duration` and no `getCallData`. `date_needs_user` refuses `getDate` without `user`, which
    the request of edition 1.0 has and that of 1.1 hasn't. `link_host` "sample" lets links to recordings lead to
    `localhost:8000`, as in the samples. `failure_status` is the HTTP status of refusals.
    """

    edition: str = "1.1"
    date_needs_user: bool = False
    link_host: str = "own"
    failure_status: int = OK


_CHOICES: dict[str, tuple[object, ...]] = {
    "edition": ("1.0", "1.1"),
    "date_needs_user": (False, True),
    "link_host": ("own", "sample"),
    "failure_status": (200, 400, 500),
}


class Voip24hPartner(JsonWire):
    """Two accounts, one for each office, behind a single address that takes POST."""

    name = "voip24h"
    prefix = "/voip24h"
    base_path = "/api/v1/partner/voip24h"
    calls_at = "data"
    status_at = "data[].callStatus"
    list_form = ListForm(
        rows="data",
        ids=("callId",),
        fields={
            "date": ("callDate",),
            "duration": ("duration",),
            "status": ("callStatus",),
            "direction": ("callType",),
        },
        words=tuple(_STATUSES.values()),
    )
    secrets = frozenset({"partnerSecret"})
    endless = (
        b'{"respCode":0,"respMsg":"Success","data":[',
        b'{"callId":"","user":"","phoneNumber":""},' * 1600,
    )

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self.switches = Switches()
        self._draw = Random("voip24h")  # noqa: S311 -- secrets of a sandbox open nothing
        self._secrets = [self._new_secret() for _ in world.offices]
        self._requests: dict[str, Callable[[Mapping[str, Any], Office, str], Any]] = {
            "getUser": self._of_user,
            "getDate": self._of_dates,
            "getUserDate": self._of_user_and_dates,
            "getCallData": self._of_call,
            "recordingDownload": self._download_link,
            "recordingListen": self._listen_link,
            "makeDial": self._dial,
        }

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request to the one address, or for a recording that a link leads to."""
        if request.path in {"/api/recording/download", "/recording/listen"}:
            return self._recording(request)
        if request.path != self.base_path:
            return _page(NOT_FOUND, "404 Not Found")
        if request.method != "POST":
            return _page(WRONG_METHOD, "405 Method Not Allowed")
        try:
            return self._envelope(0, "Success", self._carry_out(request))
        except _RefusedError as refused:
            return self._refusal(str(refused))

    def unauthorized(self) -> Reply:
        """Return the reply to a wrong secret. [INFER] The document has one code for every failure, and no messages."""
        return self._refusal("partnerSecret is invalid")

    def account_of(self, request: Request) -> int | None:
        """Return the account of the secret in the body."""
        secret = _object(request).get("partnerSecret")
        return self._secrets.index(secret) if secret in self._secrets else None

    def page_of(self, request: Request) -> int | None:
        """Return 1 for a list of calls, which always has one page."""
        wanted = _object(request).get("requestType")
        return 1 if isinstance(wanted, str) and wanted in _LISTS else None

    def elsewhere(self, request: Request, by: int) -> Request:
        """Ask for an earlier period."""
        body = _object(request)
        data = body.get("data")
        if not isinstance(data, dict):
            return request
        try:
            first, last = _day(data, "fromDate"), _day(data, "toDate")
        except _RefusedError:
            return request
        days = (last.date() - first.date() + timedelta(days=1)) * by
        period = {"fromDate": f"{first - days:%d/%m/%Y}", "toDate": f"{last - days:%d/%m/%Y}"}
        return request.having_json({**body, "data": {**data, **period}})

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        return [
            replace(
                SandboxAccount.of_offices(
                    [office],
                    provider="voip24h",
                    dialect="partner",
                    base_url=f"{url}{self.prefix}{self.base_path}",
                    credentials={"partner_secret": secret, "account": name},
                    service_ids=(name,),
                    title=title,
                ),
                trunks=tuple(localization.turned(trunk.number) for trunk in office.trunks),
            )
            for office, secret, name, title in zip(
                self.world.offices, self._secrets, localization.ACCOUNT_NAMES, localization.OFFICE_NAMES, strict=True
            )
        ]

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's secret and return the new one."""
        self._secrets[account] = self._new_secret()
        return {"partner_secret": self._secrets[account], "account": localization.ACCOUNT_NAMES[account]}

    def change(self, setting: str, value: object) -> None:
        """Change a setting."""
        check_setting(self.name, _CHOICES, setting, value)
        setattr(self.switches, setting, value)

    # The requests.

    def _carry_out(self, request: Request) -> Any:
        try:
            body = request.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            msg = "Request body is invalid"
            raise _RefusedError(msg)
        action = self._requests.get(_text(body, "requestType"))
        if action is None or (action == self._of_call and self.switches.edition == "1.0"):
            msg = "requestType is invalid"
            raise _RefusedError(msg)
        account = self.account_of(request)
        if account is None and action == self._of_call and "partnerSecret" not in body:
            account = self._account_of_call(body.get("data"))
        if account is None:
            msg = "partnerSecret is invalid"
            raise _RefusedError(msg)
        data = body.get("data")
        if not isinstance(data, dict):
            msg = "data is required"
            raise _RefusedError(msg)
        return action(data, self.world.offices[account], request.headers.get("Host", ""))

    def _account_of_call(self, data: object) -> int | None:
        """Return the account that has a call: the sample of getCallData leaves the secret out.

        [INFER] A unique id is hard to guess, so that knowing one may be enough; a wrong secret is refused nevertheless.
        """
        unique_id = _text(data, "uniqueId") if isinstance(data, dict) else ""
        offices = self.world.offices
        having = (at for at, office in enumerate(offices) if localization.position_of(office, unique_id) is not None)
        return next(having, None)

    def _of_user(self, data: Mapping[str, Any], office: Office, _: str) -> list[dict[str, Any]]:
        return self._rows(office, self._calls_of(office, _text(data, "user")))

    def _of_dates(self, data: Mapping[str, Any], office: Office, _: str) -> list[dict[str, Any]]:
        user = data.get("user")
        if self.switches.date_needs_user and not user:
            msg = "user is required"
            raise _RefusedError(msg)
        period = _period(data)
        return self._rows(office, self._calls_of(office, _text(data, "user")) if user else Criteria(), period)

    def _of_user_and_dates(self, data: Mapping[str, Any], office: Office, _: str) -> list[dict[str, Any]]:
        return self._rows(office, self._calls_of(office, _text(data, "user")), _period(data))

    def _of_call(self, data: Mapping[str, Any], office: Office, _: str) -> dict[str, Any]:
        position = localization.position_of(office, _text(data, "uniqueId"))
        if position is None:
            msg = "Call not found"
            raise _RefusedError(msg)
        return self._row(office, position)

    def _download_link(self, data: Mapping[str, Any], office: Office, host: str) -> dict[str, str]:
        return self._link(data, office, host, "/api/recording/download")

    def _listen_link(self, data: Mapping[str, Any], office: Office, host: str) -> dict[str, str]:
        return self._link(data, office, host, "/recording/listen")

    def _dial(self, data: Mapping[str, Any], office: Office, _: str) -> dict[str, str]:
        extension, phone = _text(data, "extension"), _text(data, "phone")
        position = office.extension(extension)
        if position is None:
            msg = "Extension not found"
            raise _RefusedError(msg)
        digits = phone.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS):
            msg = "phone is invalid"
            raise _RefusedError(msg)
        to = localization.in_world(phone)
        if office.extension(to) is None and not any(trunk.credit > 0 for trunk in office.trunks):
            # [INFER] The interface knows no money, but a call costs some.
            msg = "Balance is not enough"
            raise _RefusedError(msg)
        self.world.place(office, extension=position, to=to)
        return {"extension": extension, "phone": phone}

    # Recordings.

    def _link(self, data: Mapping[str, Any], office: Office, host: str, path: str) -> dict[str, str]:
        position = localization.position_of(office, _text(data, "callId"))
        if position is None or not office.calls.file_id[position]:
            msg = "Recording not found"
            raise _RefusedError(msg)
        name = f"{localization.recording_name(self.world, office, position)}.gsm"
        where = f"http://{host}{self.prefix}" if self.switches.link_host == "own" else "http://localhost:8000"
        # The samples leave the signs = and / of the parameter as they are.
        return {"link": f"{where}{path}?host={quote(self._sealed(office, path), safe='=/')}&recordingFile={name}"}

    def _sealed(self, office: Office, path: str) -> str:
        """Return what stands for the exchange in a link: JSON in base64 with the three fields of the samples."""
        digest = hashlib.sha256(f"{self._secrets[office.position]}{path}".encode()).digest()
        parts = {
            "iv": base64.b64encode(digest[:16]).decode(),
            "value": base64.b64encode(digest[16:]).decode(),
            "mac": digest.hex(),
        }
        return base64.b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode()

    def _recording(self, request: Request) -> Reply:
        """Serve the recording of a link, which needs no other credentials."""
        if request.method != "GET":
            return _page(WRONG_METHOD, "405 Method Not Allowed")
        wanted = request.query.get("recordingFile", "").removesuffix(".gsm")
        for office in self.world.offices:
            if request.query.get("host") != self._sealed(office, request.path):
                continue
            position = localization.position_of(office, wanted.rpartition("-")[2])
            if position is None or not office.calls.file_id[position]:
                break
            if wanted != localization.recording_name(self.world, office, position):
                break
            if request.path == "/recording/listen":
                # [INFER] Edition 1.1 calls it a link to listen on the web: a page with a player.
                return _page(OK, "<audio controls></audio>")
            return Reply(OK, _GSM_FRAME * (_GSM_FRAMES_A_SECOND * max(1, office.calls.talk[position])), GSM_TYPE)
        return _page(NOT_FOUND, "404 Not Found")

    # From the world to the wire.

    def _calls_of(self, office: Office, user: str) -> Criteria | None:
        """Return the criteria for an extension; None if there is no such extension, so that no call matches."""
        extension = office.extension(user)
        return None if extension is None else Criteria(extension=extension)

    def _rows(
        self, office: Office, criteria: Criteria | None, period: tuple[int, int] | None = None
    ) -> list[dict[str, Any]]:
        """Write the calls of a list, newest first; an unknown extension has none."""
        if criteria is None:
            return []
        listed = office.calls.listed(criteria)
        window: Iterable[int] = range(len(listed)) if period is None else office.calls.between(listed, *period)
        return [self._row(office, listed[at]) for at in reversed(list(window))]

    def _row(self, office: Office, position: int) -> dict[str, Any]:
        """Write one call in the document's field order.

        [INFER] EXTERNAL is a call from outside that rang an extension, as in the samples; INBOUND one that rang none,
        and OUTBOUND everything that an extension dials, other extensions included.
        """
        row = office.calls[position]
        extension, caller, called = localization.ends(self.world, office, position)
        incoming = row.direction == Direction.INCOMING
        kind = ("EXTERNAL" if extension else "INBOUND") if incoming else "OUTBOUND"
        record: dict[str, Any] = {
            "callId": localization.unique_id(office, position),
            "user": extension,
            "phoneNumber": caller if incoming else called,
            "callType": kind,
            "callStatus": _STATUSES[Outcome(row.outcome)],
        }
        if self.switches.edition == "1.1":
            record["duration"] = row.talk
        record["callDate"] = localization.local(row.started_at)
        return record

    def _refusal(self, message: str) -> Reply:
        # [INFER] The `data` of a refusal is not documented: null.
        reply = self._envelope(-1, message, None)
        reply.status = self.switches.failure_status
        return reply

    def _envelope(self, code: int, message: str, data: Any) -> Reply:
        return Reply(OK, to_json({"respCode": code, "respMsg": message, "data": data}))

    def _new_secret(self) -> str:
        return base64.urlsafe_b64encode(self._draw.randbytes(15)).decode()


def _object(request: Request) -> dict[str, Any]:
    try:
        body = request.json() if request.body else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    """Read a field that must be there; numbers are taken as their text, as PHP would."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        msg = f"{name} is required"
        raise _RefusedError(msg)
    return value.strip()


def _period(data: Mapping[str, Any]) -> tuple[int, int]:
    """Read `fromDate` and `toDate`, `dd/mm/yyyy`, as the first and the last second of the period."""
    first, last = _day(data, "fromDate"), _day(data, "toDate") + timedelta(days=1)
    return int(first.timestamp()), int(last.timestamp()) - 1


def _day(data: Mapping[str, Any], name: str) -> datetime:
    text = _text(data, name)
    try:
        day = datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=localization.ZONE)
    except ValueError:
        day = None
    if day is None or len(text) != len("dd/mm/yyyy"):
        msg = f"{name} must be dd/mm/yyyy"
        raise _RefusedError(msg)
    return day


def _page(status: int, title: str) -> Reply:
    return Reply(status, f"<html><head><title>{title}</title></head><body>{title}</body></html>".encode(), _HTML)
