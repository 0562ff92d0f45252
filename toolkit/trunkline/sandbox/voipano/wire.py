"""VoIPano's wire: the provider's one document (docs/providers/voipano.md).

The document shows one reply for each request and no error. What it leaves open is marked [INFER] with the reason for
the choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from trunkline.sandbox.faults import ListForm
from trunkline.sandbox.wire import (
    JsonWire,
    Reply,
    Request,
    SandboxAccount,
    to_json,
)
from trunkline.sandbox.world import Criteria, Direction, audio

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.sandbox.world import Office, World

OTP_PRICE, CLICK_PRICE, SECURE_PRICE = 160, 80, 120
_BASE = "/api/v1/webservice"
_OK, _NO_CREDIT, _FORBIDDEN, _NOT_FOUND, _WRONG_METHOD, _INVALID = 200, 402, 403, 404, 405, 422
# [INFER] No error is in the document. Its replies are those of a PHP framework whose habit is an HTTP status with a
# message, and the wrong fields by name where a field is wrong; `ok` goes with the document's envelope.
_MESSAGES = {
    401: "توکن نامعتبر است.",
    _NO_CREDIT: "اعتبار کافی نیست.",
    _FORBIDDEN: "دسترسی مجاز نیست.",
    _NOT_FOUND: "یافت نشد.",
    _WRONG_METHOD: "متد درخواست مجاز نیست.",
    _INVALID: "اطلاعات ارسالی معتبر نیست.",
}
_OTP_SENT = "کد تایید ارسال شد."
# The document's sample package stands first.
_PACKAGES = ((2, "پلن پیوند", "peyvand"), (3, "پلن همراه", "hamrah"))
_FIRST_SUBSCRIPTION = 12
_FIRST_USER = 15
_DAY = 86400
# [INFER] The limits of a page aren't stated; the sample asks for 10.
_PER_PAGE, _MOST_PER_PAGE = 10, 100
_MAILBOXES = 20
_MACHINE = 0xF8F8A7D100
# When the sample's mailbox was made, by its id.
_MADE = 0x67BC8F2D
_OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9]{3,15}", re.ASCII)
_NATIONAL_DIGITS = 10
_LONGEST = 100
_SAMPLE_VOICEMAIL = "1739558127.155"
_MESSAGE_SECONDS = 7


@dataclass(frozen=True, slots=True)
class Message:
    """A voicemail: its Asterisk unique id, the box that it is in, and its length in seconds."""

    unique_id: str
    mailbox: str
    context: str
    seconds: int


class _RefusedError(Exception):
    """A request that is refused with a status, and the names of the wrong fields, if any."""

    def __init__(self, status: int, *wrong: str) -> None:
        super().__init__(str(status))
        self.status = status
        self.wrong = wrong


class Voipano(JsonWire):
    """Two accounts, one for each office, over a world."""

    name = "voipano"
    prefix = "/voipano"
    base_path = _BASE
    calls_at = "data.items"
    status_at = "data.items[].status"
    page_parameter = "page"
    # A report has neither a time nor a result.
    list_form = ListForm(
        rows="data.items",
        total="data.pagination.total",
        pages=("data.pagination.last_page",),
        size="data.pagination.per_page",
        page="data.pagination.page",
        counts=("data.pagination",),
        ids=("id", "call_details_record_id"),
    )
    secrets: frozenset[str] = frozenset()
    endless = (b'{"ok":true,"data":{"items":[', b'{"id":"","recording_url":null},' * 2260)

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self._draw = Random("voipano")  # noqa: S311 -- tokens of a sandbox open nothing
        self._tokens = [self._new_token() for _ in world.offices]
        self._subscriptions = self._number_lines()
        self._started = int(world.clock.now())
        self._listed: dict[tuple[int, bool | None], tuple[tuple[int, int], list[int]]] = {}
        self._routes: dict[str, tuple[str, Callable[[Request, Office], Reply]]] = {
            # [INFER] Only secure-call is documented with its method; the other two have a JSON body as well.
            "/call-otp": ("POST", self._otp),
            "/click-to-call": ("POST", self._click),
            "/secure-call": ("POST", self._secure),
            "/call-reports": ("GET", self._reports),
            "/services": ("GET", self._services),
            "/voicemail-inboxes": ("GET", self._inboxes),
            "/call-recordings/": ("GET", self._recording),
            "/voicemail-recordings/": ("GET", self._voicemail),
        }

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request; the path and the method are checked before the token."""
        path = request.path.removeprefix(_BASE) if request.path.startswith(f"{_BASE}/") else ""
        name, slash, rest = path[1:].partition("/")
        method, route = self._routes.get(f"/{name}{slash}", (None, None))
        if route is None or (slash and (not rest or "/" in rest)):
            return _refusal(_NOT_FOUND)
        if request.method != method:
            return _refusal(_WRONG_METHOD, headers={"Allow": str(method)})
        account = self.account_of(request)
        if account is None:
            return self.unauthorized()
        try:
            return route(request, self.world.offices[account])
        except _RefusedError as refused:
            return _refusal(refused.status, *refused.wrong)

    def unauthorized(self) -> Reply:
        """Return the reply to a wrong token."""
        return _refusal(401)

    def forbidden(self) -> Reply:
        """Return the reply to an address that isn't permitted."""
        return _refusal(_FORBIDDEN)

    def account_of(self, request: Request) -> int | None:
        """Return the account of a bearer token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        return self._tokens.index(token) if scheme.lower() == "bearer" and token in self._tokens else None

    def page_of(self, request: Request) -> int | None:
        """Return which page of the call reports a request asks for; None for any other request."""
        if request.path != f"{_BASE}/call-reports":
            return None
        page = request.query.get("page") or "1"
        return int(page) if page.isascii() and page.isdigit() and len(page) <= len("999999999") else 1

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        return [
            SandboxAccount.of_offices(
                [office],
                provider=self.name,
                base_url=f"{url}{self.prefix}{self.base_path}",
                credentials={"token": token},
                service_ids=tuple(str(subscription) for subscription in self._subscriptions[office.position]),
            )
            for office, token in zip(self.world.offices, self._tokens, strict=True)
        ]

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's token and return the new one."""
        self._tokens[account] = self._new_token()
        return {"token": self._tokens[account]}

    def voicemails(self, account: int) -> list[Message]:
        """Return the messages of an account's boxes, whose ids no request lists: a customer's own exchange knows them.

        Each box has two; the first box of the first account holds the document's sample besides.
        """
        found = []
        for at, box in enumerate(self._boxes(self.world.offices[account])):
            when = self._started - (at + 1) * 3600
            ids = [f"{when}.{100 + at}", f"{when - _DAY}.{200 + at}"]
            if account == 0 and at == 0:
                ids.append(_SAMPLE_VOICEMAIL)
            found += [Message(unique_id, box["mailbox"], box["context"], _MESSAGE_SECONDS + at) for unique_id in ids]
        return found

    # What costs money.

    def _otp(self, request: Request, office: Office) -> Reply:
        sent = _object(request)
        number = _phone(sent, "phone_number")
        # [INFER] What the two texts may be isn't said, nor what a repeated `client_ref` does: each request is one code.
        purpose = _text(sent, "purpose")
        _text(sent, "client_ref")
        billing = self._charge(office, OTP_PRICE)
        data = {"request_id": self._uuid(), "phone_number": number, "purpose": purpose, "message": _OTP_SENT}
        return _envelope(data, billing)

    def _click(self, request: Request, office: Office) -> Reply:
        billing = self._place(request, office, CLICK_PRICE)
        accepted = {**self._accepted(office), "provider": {"success": True, "status": 201}}
        return _envelope(accepted, billing)

    def _secure(self, request: Request, office: Office) -> Reply:
        billing = self._place(request, office, SECURE_PRICE)
        return _envelope(self._accepted(office), billing)

    def _accepted(self, office: Office) -> dict[str, Any]:
        return {"request_id": self._uuid(), "endpoint_number": f"0{office.trunks[0].number}", "status": "accepted"}

    def _place(self, request: Request, office: Office, price: int) -> dict[str, int]:
        """Place a call and take its price. The call itself then costs what every call of the office costs."""
        sent = _object(request)
        source, destination = _phone(sent, "call_source"), _phone(sent, "call_destination")
        # [INFER] Neither the unit nor the bounds of the two are stated; both may be left out.
        for name in ("timeout", "limit"):
            _number(sent, name)
        billing = self._charge(office, price)
        # [INFER] An extension of the customer's own exchange can be rung like any number.
        extension = office.extension(source)
        if extension is None:
            self.world.place(office, to=destination, caller=_bare(source))
        else:
            self.world.place(office, to=destination, extension=extension)
        return billing

    def _charge(self, office: Office, price: int) -> dict[str, int]:
        """Take a price out of the credit, which is that of the endpoint number's line."""
        if office.trunks[0].credit < price:
            raise _RefusedError(_NO_CREDIT)
        self.world.charge(office, 0, price)
        return {"charged": price, "unit_price": price, "remaining_credit": office.trunks[0].credit}

    # What is asked.

    def _reports(self, request: Request, office: Office) -> Reply:
        query = request.query
        page = _positive(query, "page", 1)
        size = min(_positive(query, "limit", _PER_PAGE), _MOST_PER_PAGE)
        wanted = query.get("has_recording") or None
        if wanted not in {None, "0", "1"}:
            raise _RefusedError(_INVALID, "has_recording")
        positions = self._newest_first(office, None if wanted is None else wanted == "1")
        data = {
            "endpoint_number": f"0{office.trunks[0].number}",
            "items": [self._report(office, at) for at in positions[(page - 1) * size : page * size]],
            "pagination": {
                "page": page,
                "per_page": size,
                "total": len(positions),
                "last_page": max(1, -(-len(positions) // size)),
            },
        }
        return _envelope(data)

    def _services(self, _: Request, office: Office) -> Reply:
        now = int(self.world.clock.now())
        items = []
        for at, (subscription, trunk) in enumerate(
            zip(self._subscriptions[office.position], office.trunks, strict=True)
        ):
            package = dict(zip(("id", "name", "slug"), _PACKAGES[min(at, len(_PACKAGES) - 1)], strict=True))
            # [INFER] A started day counts; a package that has run out has none left.
            days = max(0, -(-(trunk.expires_at - now) // _DAY))
            items.append(
                {
                    "subscription_id": subscription,
                    "status": "active" if days else "expired",
                    "remaining_days": days,
                    "package": package,
                    # The document writes this one number with two zeros.
                    "phone_number": f"00{trunk.number}",
                }
            )
        return _envelope({"items": items, "total": len(items)})

    def _inboxes(self, request: Request, office: Office) -> Reply:
        limit = _positive(request.query, "limit", _MAILBOXES)
        allowed = list(self._contexts(office))
        context = request.query.get("context")
        if context is not None and context not in allowed:
            # [INFER] A context that isn't among the allowed ones is somebody else's.
            raise _RefusedError(_FORBIDDEN)
        boxes = [box for box in self._boxes(office) if context is None or box["context"] == context]
        return _envelope({"items": boxes[:limit], "allowed_contexts": allowed})

    def _recording(self, request: Request, office: Office) -> Reply:
        asked = request.path.rpartition("/")[2]
        again = request.query.get("call_details_record_id")
        if again is not None and again != asked:
            raise _RefusedError(_INVALID, "call_details_record_id")
        position = self._find(office, asked)
        if position is None or not office.calls.file_id[position]:
            raise _RefusedError(_NOT_FOUND)
        return _sound(f"recording-{asked}.wav", office.calls.talk[position])

    def _voicemail(self, request: Request, office: Office) -> Reply:
        asked = request.path.rpartition("/")[2]
        missing = [name for name in ("context", "mailbox") if not request.query.get(name)]
        if missing:
            raise _RefusedError(_INVALID, *missing)
        context, mailbox = request.query["context"], request.query["mailbox"]
        if context not in self._contexts(office):
            raise _RefusedError(_FORBIDDEN)
        for message in self.voicemails(office.position):
            if (message.unique_id, message.mailbox, message.context) == (asked, mailbox, context):
                return _sound(f"voicemail-{asked}.wav", message.seconds)
        raise _RefusedError(_NOT_FOUND)

    # From the world to the wire.

    def _report(self, office: Office, position: int) -> dict[str, Any]:
        """Write one call in the document's field order; it has no time, duration or result."""
        call_id = self._object_id(office, position)
        recorded = bool(office.calls.file_id[position])
        source, destination = self._ends(office, position)
        # The sample's address is that of another host, which a client must not follow.
        url = f"https://example.com{_BASE}/call-recordings/{call_id}?call_details_record_id={call_id}"
        return {
            "id": call_id,
            "call_details_record_id": call_id,
            "call_source": source,
            "call_destination": destination,
            "has_recording": recorded,
            # [INFER] A call without a recording isn't in the sample.
            "recording_url": url if recorded else None,
        }

    def _ends(self, office: Office, position: int) -> tuple[str, str]:
        """Write the calling and the called end.

        [INFER] Our end is the line, which is all that the provider knows of the office behind it; of a placed call it
        is the number that was rung first, as in the sample, and of a local call both ends are extensions.
        """
        row = office.calls[position]
        if row.direction == Direction.LOCAL:
            return self._caller(office, position), office.extensions[row.peer].number
        line, outside = f"0{office.trunks[row.trunk].number}", _national(self.world.parties[row.peer].number)
        if row.direction == Direction.INCOMING:
            return outside, line
        return (self._caller(office, position) if position in office.calls.requests else line), outside

    def _caller(self, office: Office, position: int) -> str:
        return _national(self.world.caller(office, position))

    def _object_id(self, office: Office, position: int) -> str:
        """Make a call's id: when its record was made, which is when it ended, the office, and its number in the world.

        [INFER] The document's ids have the form of a MongoDB ObjectId: seconds, five bytes of a machine, a counter.
        """
        row = office.calls[position]
        return f"{row.ended_at & 0xFFFFFFFF:08x}{_MACHINE + office.position:010x}{row.call_id & 0xFFFFFF:06x}"

    def _find(self, office: Office, call_id: str) -> int | None:
        if not _OBJECT_ID.fullmatch(call_id):
            return None
        position = office.calls.position(int(call_id[-6:], 16))
        return position if position is not None and self._object_id(office, position) == call_id else None

    def _newest_first(self, office: Office, recorded: bool | None) -> list[int]:  # noqa: FBT001
        """Return the positions in the order of their ids, latest first, made anew when calls came or went.

        [INFER] The document doesn't say how reports are ordered; by id, latest first, is what such lists do.
        """
        calls = office.calls
        key, state = (office.position, recorded), (calls.recorded, len(calls))
        known = self._listed.get(key)
        if known is None or known[0] != state:
            fits = [at for at in calls.listed(Criteria()) if recorded is None or bool(calls.file_id[at]) == recorded]
            fits.sort(key=lambda at: (calls.started_at[at] + calls.wait[at] + calls.talk[at], calls.call_id[at]))
            fits.reverse()
            known = self._listed[key] = (state, fits)
        return known[1]

    def _contexts(self, office: Office) -> tuple[str, str]:
        return f"voicemail-0{office.trunks[0].number}", f"voicemail-user-{_FIRST_USER + office.position}"

    def _boxes(self, office: Office) -> list[dict[str, Any]]:
        """Write the voicemail boxes: the line's is the document's 1001, and each of the first extensions has one."""
        line, user = self._contexts(office)
        boxes = [("1001", line, office.name)]
        boxes += [
            (extension.number, user if at % 2 else line, extension.name)
            for at, extension in enumerate(office.extensions[:4])
        ]
        return [
            {
                "id": f"{_MADE:08x}{_MACHINE + office.position:010x}{0x960F + at:06x}",
                "mailbox": number,
                "context": context,
                "fullname": name,
            }
            for at, (number, context, name) in enumerate(boxes)
        ]

    def _number_lines(self) -> list[list[int]]:
        """Give every line of the world a subscription, beginning with the document's number."""
        numbers = iter(range(_FIRST_SUBSCRIPTION, 10_000))
        return [[next(numbers) for _ in office.trunks] for office in self.world.offices]

    def _uuid(self) -> str:
        return str(UUID(int=self._draw.getrandbits(128), version=4))

    def _new_token(self) -> str:
        return f"sandbox{self._draw.getrandbits(128):032x}"


def _envelope(data: dict[str, Any], billing: dict[str, int] | None = None) -> Reply:
    """Write the document's envelope; what costs nothing doesn't state the remaining credit."""
    return Reply(_OK, to_json({"ok": True, "data": data, "billing": billing or {"charged": 0, "unit_price": 0}}))


def _refusal(status: int, *wrong: str, headers: dict[str, str] | None = None) -> Reply:
    body: dict[str, Any] = {"ok": False, "message": _MESSAGES[status]}
    if wrong:
        body["errors"] = {name: [_MESSAGES[_INVALID]] for name in wrong}
    return Reply(status, to_json(body), headers=dict(headers or {}))


def _sound(filename: str, seconds: int) -> Reply:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "X-Billing-Charged": "0"}
    return Reply(_OK, audio.wave_silence(seconds), audio.WAVE_TYPE, headers)


def _object(request: Request) -> dict[str, Any]:
    """Read the JSON body. [INFER] A body that isn't a JSON object has no fields."""
    try:
        sent = request.json() if request.media_type == "application/json" else None
    except ValueError:
        sent = None
    return sent if isinstance(sent, dict) else {}


def _phone(sent: Mapping[str, Any], name: str) -> str:
    """Read a number to call. [INFER] Digits as text, a plus before them or not: masked ones can't be called."""
    number = sent.get(name)
    if not isinstance(number, str) or not _PHONE.fullmatch(number):
        raise _RefusedError(_INVALID, name)
    return number


def _text(sent: Mapping[str, Any], name: str) -> str:
    text = sent.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise _RefusedError(_INVALID, name)
    return text


def _number(sent: Mapping[str, Any], name: str) -> None:
    value = sent.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise _RefusedError(_INVALID, name)


def _positive(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > len("999999999") or int(text) < 1:
        raise _RefusedError(_INVALID, name)
    return int(text)


def _bare(number: str) -> str:
    """Return a number as the world keeps it: national, without its leading zero."""
    digits = number.removeprefix("+")
    digits = digits.removeprefix("00")
    if digits.startswith("98") and len(digits) > _NATIONAL_DIGITS:
        digits = digits.removeprefix("98")
    return digits.lstrip("0") or digits


def _national(number: str) -> str:
    """Write a number of the world as the document does: with its leading zero, short ones as they are."""
    return f"0{number}" if len(number) == _NATIONAL_DIGITS else number
