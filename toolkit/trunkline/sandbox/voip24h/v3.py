"""Voip24h's v3 wire: what clients of the live service read and write (docs/providers/voip24h.md, section v3).

The provider's own reference is not public, so that much here is a choice: each is marked [INFER] with its reason.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlencode

from trunkline.sandbox.faults import ListForm
from trunkline.sandbox.push import loopback_url
from trunkline.sandbox.settings import check_setting
from trunkline.sandbox.wire import (
    Delivery,
    JsonWire,
    Reply,
    Request,
    SandboxAccount,
    to_json,
)
from trunkline.sandbox.world import Direction, Outcome, audio

from . import localization

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.sandbox.world import Office, World

OK, INVALID, UNAUTHORIZED, NOT_FOUND, WRONG_METHOD = 200, 400, 401, 404, 405
_DAY = 86400
_LONG_LIFE = 7 * _DAY
# The older document's own word for success.
_DOCUMENTED_SUCCESS = 1000
_TYPES = {Direction.INCOMING: "inbound", Direction.OUTGOING: "outbound", Direction.LOCAL: "local"}
_STATUSES = {
    Outcome.ANSWERED: "ANSWERED",
    Outcome.BUSY: "BUSY",
    Outcome.NO_ANSWER: "NO ANSWER",
    # [INFER] The five words that are known have none for this.
    Outcome.CONGESTION: "FAILED",
}
# [INFER] How many rows come if none are asked for, and at most, is not stated.
_ROWS, _MOST_ROWS = 20, 200
_LEAST_DIGITS, _MOST_DIGITS = 3, 15
_MOST_ADDRESSES = 20
_RECORDINGS = "/recordings/"
_ID_LENGTH = 24


class _RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Switches:
    """Ways in which the service can differ, each a setting that control can change (`{"do": "set", ...}`).

    `authentication` "document" answers a login as the provider's document has it, "live" as the service was seen to.
    `token_life` is a short life for tokens, in seconds. `link_host` "elsewhere" lets links to recordings lead to
    another host. `push_form` is what a push by POST is: "json" or "form".
    """

    authentication: str = "live"
    token_life: int = _DAY
    link_host: str = "own"
    push_form: str = "json"


_CHOICES: dict[str, tuple[object, ...]] = {
    "authentication": ("live", "document"),
    "token_life": (60, 3600, _DAY),
    "link_host": ("own", "elsewhere"),
    "push_form": ("json", "form"),
}


class Voip24hV3(JsonWire):
    """Two accounts, one for each office, each with an API key and secret for which there are tokens."""

    name = "voip24h-v3"
    prefix = "/voip24h-v3"
    base_path = "/v3"
    calls_at = "data"
    status_at = "data[].status"
    list_form = ListForm(
        rows="data",
        ids=("id", "callId"),
        fields={
            "date": ("callDate",),
            "duration": ("billsec",),
            "status": ("status",),
            "direction": ("type",),
        },
        words=("ANSWERED", "BUSY", "NO ANSWER", "FAILED"),
    )
    secrets = frozenset({"apiKey", "apiSecret"})
    endless = (b'{"status":200,"message":"Success","data":[', b'{"id":"","caller":"","callee":""},' * 1800)
    push_options: ClassVar[Mapping[str, tuple[str, ...]]] = {"method": ("POST", "GET")}

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self.switches = Switches()
        self.registrations: dict[int, dict[str, dict[str, object]]] = {}
        self._draw = Random("voip24h-v3")  # noqa: S311 -- keys of a sandbox open nothing
        self._keys = [self._new_key() for _ in world.offices]
        self._tokens: dict[str, tuple[int, float]] = {}
        self._routes: dict[tuple[str, str], Callable[[Request, int], Any]] = {
            ("GET", "/v3/call/history"): self._history,
            ("GET", "/v3/call/recording"): self._recording_link,
            ("POST", "/v3/call/dial"): self._dial,
            ("POST", "/v3/webhook-call-log/"): self._register,
            ("DELETE", "/v3/webhook-call-log/"): self._unregister,
        }

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request."""
        if request.path.startswith(_RECORDINGS):
            return self._recording(request)
        try:
            # The web SDK asks with a slash at the end, the mobile one without.
            if request.path in {"/v3/authentication", "/v3/authentication/"}:
                return self._authenticate(request)
            route = self._routes.get((request.method, request.path))
            if route is None:
                known = any(path == request.path for _, path in self._routes)
                status, text = (WRONG_METHOD, "Method Not Allowed") if known else (NOT_FOUND, "Not Found")
                return _error(status, text)
            account = self.account_of(request)
            if account is None:
                return self.unauthorized()
            return Reply(OK, to_json({"status": OK, "message": "Success", **route(request, account)}))
        except _RefusedError as refused:
            return _error(refused.status, str(refused))

    def unauthorized(self) -> Reply:
        """Return the only reply to wrong credentials that the live service is known to send."""
        return _error(UNAUTHORIZED, "Account does not exist")

    def account_of(self, request: Request) -> int | None:
        """Return the account of a token that hasn't expired; the live service accepts one without the scheme too."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        account, until = self._tokens.get(token, (None, 0.0))
        return account if self.world.clock.now() < until else None

    def page_of(self, request: Request) -> int | None:
        """Return which page of the call list a request asks for; None for any other request."""
        if request.path != "/v3/call/history":
            return None
        try:
            offset, limit = _integer(request.params, "offset", 0), _integer(request.params, "limit", _ROWS)
        except _RefusedError:
            return 1
        return offset // max(1, limit) + 1

    def elsewhere(self, request: Request, by: int) -> Request:
        """Ask for a later place in the list."""
        try:
            offset, limit = _integer(request.params, "offset", 0), _integer(request.params, "limit", _ROWS)
        except _RefusedError:
            return request
        return request.having(offset=offset + by * limit)

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        return [
            replace(
                SandboxAccount.of_offices(
                    [office],
                    provider="voip24h",
                    dialect="v3",
                    base_url=f"{url}{self.prefix}{self.base_path}",
                    credentials={"api_key": key, "api_secret": secret, "account": name},
                    service_ids=(name,),
                    title=title,
                ),
                trunks=tuple(localization.turned(trunk.number) for trunk in office.trunks),
            )
            for office, (key, secret), name, title in zip(
                self.world.offices, self._keys, localization.ACCOUNT_NAMES, localization.OFFICE_NAMES, strict=True
            )
        ]

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's key and tokens and return the new key."""
        self._keys[account] = self._new_key()
        self._tokens = {token: owner for token, owner in self._tokens.items() if owner[0] != account}
        key, secret = self._keys[account]
        return {"api_key": key, "api_secret": secret, "account": localization.ACCOUNT_NAMES[account]}

    def change(self, setting: str, value: object) -> None:
        """Change a setting."""
        check_setting(self.name, _CHOICES, setting, value)
        setattr(self.switches, setting, value)

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Push the record of the call, unless the address was registered for other kinds or ends of calls."""
        record = self.push(office, position)
        kinds, ends = str(options.get("type") or ""), str(options.get("disposition") or "")
        if (kinds and record["type"] not in _list(kinds)) or (ends and record["disposition"] not in _list(ends)):
            return []
        if options.get("method", "POST") == "GET":
            return [Delivery(method="GET", query=record, content_type=None)]
        if self.switches.push_form == "form":
            return [Delivery(urlencode(record).encode(), content_type="application/x-www-form-urlencoded")]
        return [Delivery(to_json(record))]

    def push(self, office: Office, position: int) -> dict[str, str]:
        """Write a pushed record: its fields are known, all of them text as in a query.

        [INFER] `id` is the number of the record in the call log, not the id that the history has: nobody says that they
        are the same.
        """
        row = office.calls[position]
        _, caller, called = localization.ends(self.world, office, position)
        status = _STATUSES[Outcome(row.outcome)]
        return {
            "msgid": hashlib.sha256(f"push{row.call_id}".encode()).hexdigest()[:16],
            "id": str(row.call_id),
            "calldate": localization.local(row.started_at),
            "callid": localization.unique_id(office, position),
            "play": "",
            "eplay": "",
            "download": "",
            "did": localization.line(office, position),
            "src": caller,
            "dst": called,
            "status": status,
            "note": localization.note(office, position),
            "disposition": status,
            "billsec": str(row.talk),
            "duration": str(row.wait + row.talk),
            "type": _TYPES[Direction(row.direction)],
        }

    # The requests.

    def _authenticate(self, request: Request) -> Reply:
        if request.method != "POST":
            return _error(WRONG_METHOD, "Method Not Allowed")
        sent = _sent(request)
        key, secret = sent.get("apiKey"), sent.get("apiSecret")
        if not key or not secret:
            raise _RefusedError(INVALID, "apiKey and apiSecret are required")
        if (key, secret) not in self._keys:
            return self.unauthorized()
        long_lived = str(sent.get("isLonglive", sent.get("isLongLive", ""))).lower() in {"true", "1"}
        now = self.world.clock.now()
        life = _LONG_LIFE if long_lived and self.switches.token_life == _DAY else self.switches.token_life
        token = f"{self._draw.getrandbits(256):064x}"
        # [INFER] A new token leaves the older ones as they are.
        self._tokens = {token: owner for token, owner in self._tokens.items() if owner[1] > now}
        self._tokens[token] = (self._keys.index((key, secret)), now + life)
        times = {"createAt": localization.local(now)}
        until = localization.local(now + life)
        if self.switches.authentication == "document":
            data = {"token": token, **times, "expried": until, "isLonglive": long_lived}
            return Reply(OK, to_json({"message": "Success", "status": _DOCUMENTED_SUCCESS, "data": data}))
        data = {"token": token, **times, "expired": until, "isLongLive": long_lived}
        return Reply(OK, to_json({"message": "Success", "status": OK, "data": data}))

    def _history(self, request: Request, account: int) -> dict[str, Any]:
        office, params = self.world.offices[account], request.params
        offset = _integer(params, "offset", 0)
        limit = min(_integer(params, "limit", _ROWS), _MOST_ROWS)
        listed = office.calls.listed()
        window = office.calls.between(listed, _instant(params, "dateStart"), _instant(params, "dateEnd", last=True))
        # [INFER] Newest first, as the samples of the other interface are.
        newest_first = window[::-1]
        wanted = {name: set(_list(params[name])) for name in ("status", "type", "extension") if params.get(name)} | {
            row_name: {params[name]}
            for name, row_name in (
                ("did", "did"),
                ("callid", "callId"),
                ("id", "id"),
                ("caller", "caller"),
                ("callee", "callee"),
            )
            if params.get(name)
        }
        if not wanted:
            return {"data": [self._row(office, listed[at]) for at in newest_first[offset : offset + limit]]}
        rows = (self._row(office, listed[at]) for at in newest_first)
        fitting = [row for row in rows if all(row[name] in values for name, values in wanted.items())]
        return {"data": fitting[offset : offset + limit]}

    def _recording_link(self, request: Request, account: int) -> dict[str, Any]:
        office = self.world.offices[account]
        row_id = request.params.get("callId", "")
        if not row_id:
            raise _RefusedError(INVALID, "callId is required")
        position = _position(office, row_id)
        if position is None or not office.calls.file_id[position]:
            raise _RefusedError(NOT_FOUND, "Recording not found")
        host = request.headers.get("Host", "")
        own = self.switches.link_host == "own"
        where = f"http://{host}{self.prefix}" if own else "https://recordings.example"
        return {"data": {"media": {"wav": f"{where}{_RECORDINGS}{row_id}.wav?key={self._seal(row_id)}"}}}

    def _dial(self, request: Request, account: int) -> dict[str, Any]:
        office, sent = self.world.offices[account], _sent(request)
        extension, phone = str(sent.get("extension") or ""), str(sent.get("phone") or "")
        if not extension or not phone:
            raise _RefusedError(INVALID, "extension and phone are required")
        position = office.extension(extension)
        if position is None:
            raise _RefusedError(INVALID, "Extension does not exist")
        digits = phone.removeprefix("+")
        if not (digits.isascii() and digits.isdigit() and _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS):
            raise _RefusedError(INVALID, "Phone is invalid")
        to = localization.in_world(phone)
        if office.extension(to) is None and not any(trunk.credit > 0 for trunk in office.trunks):
            # [INFER] The interface knows no money, but a call costs some.
            raise _RefusedError(INVALID, "Balance is not enough")
        self.world.place(office, extension=position, to=to)
        return {}

    def _register(self, request: Request, account: int) -> dict[str, Any]:
        sent = _sent(request)
        url = self._address(sent)
        method, active, chosen = sent.get("method"), sent.get("active"), sent.get("param")
        if method not in {"GET", "POST"}:
            raise _RefusedError(INVALID, "method must be GET or POST")
        if not isinstance(active, bool):
            raise _RefusedError(INVALID, "active must be true or false")
        if not isinstance(chosen, dict):
            # The field table calls it a list, the samples have an object.
            chosen = {}
        addresses = self.registrations.setdefault(account, {})
        if active and url not in addresses and len(addresses) >= _MOST_ADDRESSES:
            raise _RefusedError(INVALID, "Too many addresses")
        addresses.pop(url, None)
        if active:
            filters = {name: str(chosen.get(name) or "") for name in ("type", "disposition")}
            addresses[url] = {"method": method, **filters}
        return {}

    def _unregister(self, request: Request, account: int) -> dict[str, Any]:
        url = self._address(_sent(request))
        if self.registrations.get(account, {}).pop(url, None) is None:
            raise _RefusedError(NOT_FOUND, "Address does not exist")
        return {}

    def _address(self, sent: Mapping[str, Any]) -> str:
        """Return the address to push to. [INFER] The sandbox's own limit: it pushes calls to this machine only."""
        try:
            return loopback_url(sent.get("url"))
        except ValueError as error:
            raise _RefusedError(INVALID, str(error)) from None

    # Recordings.

    def _recording(self, request: Request) -> Reply:
        """Serve the recording of a link, which needs no other credentials."""
        if request.method != "GET":
            return _error(WRONG_METHOD, "Method Not Allowed")
        row_id = request.path.removeprefix(_RECORDINGS).removesuffix(".wav")
        if hmac.compare_digest(request.query.get("key", "").encode(), self._seal(row_id).encode()):
            for office in self.world.offices:
                position = _position(office, row_id)
                if position is not None and office.calls.file_id[position]:
                    return Reply(OK, audio.wave_silence(office.calls.talk[position]), audio.WAVE_TYPE)
        return _error(NOT_FOUND, "Not Found")

    def _seal(self, row_id: str) -> str:
        return hashlib.sha256(f"recording{row_id}".encode()).hexdigest()[:32]

    # From the world to the wire.

    def _row(self, office: Office, position: int) -> dict[str, Any]:
        """Write one call. [INFER] The fields are known, their order is not."""
        row = office.calls[position]
        extension, caller, called = localization.ends(self.world, office, position)
        recorded = bool(row.file_id)
        return {
            "id": row_id(office, position),
            "callDate": localization.local(row.started_at),
            "caller": caller,
            "callee": called,
            "did": localization.line(office, position),
            "extension": extension,
            "type": _TYPES[Direction(row.direction)],
            "status": _STATUSES[Outcome(row.outcome)],
            "callId": localization.unique_id(office, position),
            "duration": row.wait + row.talk,
            "billsec": row.talk,
            "note": localization.note(office, position),
            "recordingFile": f"{localization.recording_name(self.world, office, position)}.wav" if recorded else "",
        }

    def _new_key(self) -> tuple[str, str]:
        return f"{self._draw.getrandbits(160):040x}", f"{self._draw.getrandbits(160):040x}"


def row_id(office: Office, position: int) -> str:
    """Return the 24 hexadecimal digits by which the history knows a call, made when it ended."""
    row = office.calls[position]
    return f"{row.ended_at:08x}{office.position + 1:08x}{row.call_id:08x}"


def _position(office: Office, wanted: str) -> int | None:
    try:
        position = office.calls.position(int(wanted[-8:], 16)) if len(wanted) == _ID_LENGTH else None
    except ValueError:
        return None
    return position if position is not None and row_id(office, position) == wanted else None


def _error(status: int, message: str) -> Reply:
    return Reply(status, to_json({"status": status, "message": message}))


def _sent(request: Request) -> Mapping[str, Any]:
    """Return what was sent, as a form or as JSON."""
    if not request.body:
        return request.params
    try:
        body = request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _RefusedError(INVALID, "Request body is invalid")
    return body


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _integer(params: Mapping[str, str], name: str, default: int) -> int:
    text = params.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > len("999999999"):
        raise _RefusedError(INVALID, f"{name} must be a number")
    return int(text)


def _instant(params: Mapping[str, str], name: str, *, last: bool = False) -> int | None:
    """Read a day or a time in Vietnam. [INFER] A day as the end means all of it."""
    text = params.get(name)
    if not text:
        return None
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d"):
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=localization.ZONE)
        except ValueError:
            continue
        until_midnight = last and form == "%Y-%m-%d"
        return int(moment.timestamp()) + (_DAY - 1 if until_midnight else 0)
    raise _RefusedError(INVALID, f"{name} must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS")
