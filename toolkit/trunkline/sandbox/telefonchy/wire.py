"""Telefonchy's wire: the provider's document and what is known beyond it (docs/providers/telefonchy.md).

What neither says is marked [INFER] with the reason for the choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from trunkline.sandbox.settings import check_setting
from trunkline.sandbox.wire import Delivery, JsonWire, Reply, Request, SandboxAccount, to_json
from trunkline.sandbox.world import (
    TEHRAN,
    CallRow,
    Criteria,
    Direction,
    Outcome,
    audio,
    from_jalali,
    jalali,
    names,
)

from .call_list import CALL_LIST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trunkline.sandbox.world import Contact, Office, World

OK, INVALID, UNAUTHORIZED, FAILED, NOT_FOUND = 200, 400, 401, 402, 404
# The document's table of codes: status text and description.
STATUS_TEXTS = {
    OK: "Ok",
    INVALID: "Validations-Error",
    UNAUTHORIZED: "Unauthorized",
    FAILED: "Failed",
    NOT_FOUND: "Not-Found",
}
_DESCRIPTIONS = {
    INVALID: "خطای اعتبار سنجی پارامترهای ارسالی",
    UNAUTHORIZED: "خطای احراز هویت با توکن وب سرویس",
    FAILED: "خطای ناخواسته در سیستم",
    NOT_FOUND: "مسیر یافت نشد",
}
_TYPES = {"incoming": Direction.INCOMING, "outgoing": Direction.OUTGOING, "local": Direction.LOCAL}
_TYPE_TEXTS = tuple(sorted(_TYPES, key=_TYPES.__getitem__))
_STATUSES = {
    "ANSWERED": Outcome.ANSWERED,
    "BUSY": Outcome.BUSY,
    "NO ANSWER": Outcome.NO_ANSWER,
    "CONGESTION": Outcome.CONGESTION,
}
_STATUS_NAMES = tuple(sorted(_STATUSES, key=_STATUSES.__getitem__))
_SERVICE_IDS = ("sv71001", "sv71002")
# [INFER] The document's page size is unknown; 20 is what such panels show.
_PER_PAGE, _MOST_PER_PAGE = 20, 500
_LEAST_DIGITS, _MOST_DIGITS = 3, 15
_TIME_TEXT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII)
_FIRST_GREGORIAN_YEAR = 1700


class _RefusedError(Exception):
    """A request that gets one of the document's error envelopes."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(slots=True)
class Switches:
    """Ways in which the service can differ, each a setting that control can change (`{"do": "set", ...}`).

    `always_200` sends HTTP 200 whatever the envelope's code says. `underscore_header` accepts the header as
    `webservice_token` too. `dialect` "newer" adds the later fields to calls and pushes.
    `contact_numbers` gives a contact the list of its numbers, which the document describes but doesn't show.
    `push_file_id` is what a push has there: "absent", "zero", "null" or "real" (docs/providers/telefonchy.md, 9).
    """

    always_200: bool = False
    underscore_header: bool = True
    dialect: str = "document"
    contact_numbers: bool = False
    push_file_id: str = "absent"


_CHOICES: dict[str, tuple[object, ...]] = {
    "always_200": (False, True),
    "underscore_header": (False, True),
    "dialect": ("document", "newer"),
    "contact_numbers": (False, True),
    "push_file_id": ("absent", "zero", "null", "real"),
}


class Telefonchy(JsonWire):
    """Two accounts (one for each office, or one that holds both) over a world."""

    name = "telefonchy"
    prefix = "/telefonchy"
    base_path = "/webservice/v1"
    calls_at = "data.calls"
    status_at = "data.calls[].status"
    list_form = CALL_LIST
    page_parameter = "page"
    secrets = frozenset({"webservice-token", "webservice_token", "token"})
    endless = (
        b'{"status":"Ok","code":200,"message":null,"data":{"calls":[',
        b'{"number":"","contact":null},' * 2260,
    )
    push_options: ClassVar[Mapping[str, tuple[str, ...]]] = {"file_id": ("absent", "zero", "null", "real")}

    def __init__(self, world: World, *, one_token: bool = False, **switches: Any) -> None:
        """Serve a world; `one_token` puts both services under the first account."""
        self.world = world
        self.switches = Switches()
        for name, value in switches.items():
            self.change(name, value)
        self._draw = Random("telefonchy")  # noqa: S311 -- tokens of a sandbox open nothing
        everything = tuple(range(len(world.offices)))
        self._owned = [everything] if one_token else [(at,) for at in everything]
        self._tokens = [self._new_token() for _ in self._owned]
        self._routes: dict[tuple[str, str], Callable[[Mapping[str, str], tuple[int, ...]], Reply]] = {
            ("GET", "/webservice/v1/services"): self._services,
            ("GET", "/webservice/v1/calls"): self._calls,
            ("POST", "/webservice/v1/calls"): self._calls,
            ("GET", "/webservice/v1/current/date"): self._current_date,
            ("GET", "/webservice/v1/locations"): self._locations,
            ("GET", "/webservice/v1/smartcall"): self._smartcall,
            ("GET", "/webservice/v1/calls/record"): self._record,
            ("GET", "/my/calls/voice"): self._record,
            # Here the file's id is called `record_id`. [INFER] Its directions and their mixture are the same silence.
            **{("GET", f"/webservice/v1/calls/record-quality/{way}"): self._record for way in ("merged", "rx", "tx")},
        }

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request; an unknown path or method is the document's 404 ("path not found")."""
        route = self._routes.get((request.method, request.path))
        if route is None:
            return self._envelope(NOT_FOUND, _DESCRIPTIONS[NOT_FOUND], [])
        account = self.account_of(request)
        if account is None:
            return self.unauthorized()
        try:
            return route(request.params, self._owned[account])
        except _RefusedError as refused:
            detail = f": {refused.detail}" if refused.detail else ""
            return self._envelope(refused.code, _DESCRIPTIONS[refused.code] + detail, [])

    def unauthorized(self) -> Reply:
        """Return the reply to a wrong token."""
        return self._envelope(UNAUTHORIZED, _DESCRIPTIONS[UNAUTHORIZED], [])

    def account_of(self, request: Request) -> int | None:
        """Return the account of a token, in either spelling of the header (docs/providers/telefonchy.md, 1)."""
        token = request.headers.get("webservice-token")
        if token is None and self.switches.underscore_header:
            token = request.headers.get("webservice_token")
        return self._tokens.index(token) if token in self._tokens else None

    def page_of(self, request: Request) -> int | None:
        """Return which page of the call list a request asks for; None for any other request."""
        if request.path != "/webservice/v1/calls":
            return None
        page = request.params.get("page") or "1"
        return int(page) if page.isascii() and page.isdigit() else 1

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        described = []
        for owned, token in zip(self._owned, self._tokens, strict=True):
            offices = [self.world.offices[at] for at in owned]
            described.append(
                SandboxAccount.of_offices(
                    offices,
                    provider=self.name,
                    base_url=f"{url}{self.prefix}{self.base_path}",
                    credentials={"token": token},
                    service_ids=tuple(_SERVICE_IDS[office.position] for office in offices),
                )
            )
        return described

    def offices_of(self, account: int) -> tuple[Office, ...]:
        """Return the offices of an account."""
        return tuple(self.world.offices[at] for at in self._owned[account])

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's token and return the new one."""
        self._tokens[account] = self._new_token()
        return {"token": self._tokens[account]}

    def change(self, setting: str, value: object) -> None:
        """Change a setting."""
        check_setting(self.name, _CHOICES, setting, value)
        setattr(self.switches, setting, value)

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Push the record of the call."""
        return [Delivery(self.push(office, position, options))]

    def push(self, office: Office, position: int, options: Mapping[str, object]) -> bytes:
        """Write the document's CDR: the call as in the list, but with prices as numbers and without `file_id`."""
        record = self._call(office, position)
        for name in ("price_wait", "price_talk", "price_record", "price_saved"):
            record[name] = int(record[name])
        real = record.pop("file_id")
        form = options.get("file_id", self.switches.push_file_id)
        if form != "absent":
            record["file_id"] = {"zero": "0", "null": None}.get(str(form), real)
        return to_json(record)

    # The endpoints.

    def _services(self, _: Mapping[str, str], owned: tuple[int, ...]) -> Reply:
        return self._ok(
            [
                {
                    "service_id": _SERVICE_IDS[office.position],
                    "trunks": [
                        {
                            "number": f"0{trunk.number}",
                            "credit": {"value": trunk.credit, "expired_at": jalali(trunk.expires_at)},
                        }
                        for trunk in office.trunks
                    ],
                    "extens": [{"number": extension.number, "name": extension.name} for extension in office.extensions],
                }
                for office in (self.world.offices[at] for at in owned)
            ]
        )

    def _calls(self, params: Mapping[str, str], owned: tuple[int, ...]) -> Reply:
        office = self._office(params, owned)
        page = _positive(params, "page", 1)
        size = min(_positive(params, "per_page", _PER_PAGE), _MOST_PER_PAGE)
        order = params.get("sort") or "DESC"
        if order not in {"DESC", "ASC"}:
            raise _RefusedError(INVALID, "sort")
        since = _latest(_instant(params, "started_at_from"), _instant(params, "date_from"))
        until = _earliest(_instant(params, "started_at_to"), _instant(params, "date_to"))
        criteria = self._criteria(params, office)
        if criteria is None:
            positions: list[int] = []
            total = 0
        else:
            listed = office.calls.listed(criteria)
            window = office.calls.between(listed, since, until)
            total = len(window)
            if order == "DESC":
                window = window[::-1]
            positions = [listed[at] for at in window[(page - 1) * size : page * size]]
        last = max(1, -(-total // size))
        paginator = {
            "current": page,
            # [INFER] Past the end: no calls, and the neighbours stay within the pages that there are.
            "before": min(max(1, page - 1), last),
            "next": min(page + 1, last),
            "last": last,
            "total_pages": last,
            "total_items": total,
        }
        return self._ok({"calls": [self._call(office, at) for at in positions]}, paginator)

    def _current_date(self, _: Mapping[str, str], __: tuple[int, ...]) -> Reply:
        unix = int(self.world.clock.now())
        local = datetime.fromtimestamp(unix, TEHRAN)
        texts = {"persian": jalali(unix), "gregorian": local.strftime("%Y-%m-%d %H:%M:%S")}
        return self._ok({"unix": unix, **{name: _date_parts(text) for name, text in texts.items()}})

    def _locations(self, _: Mapping[str, str], __: tuple[int, ...]) -> Reply:
        ids = iter(range(1, 10000))
        return self._ok(
            {
                "locations": [
                    {"province": province, "cities": [{"location_id": str(next(ids)), "name": city} for city in cities]}
                    for province, cities in names.PROVINCES
                ]
            }
        )

    def _smartcall(self, params: Mapping[str, str], owned: tuple[int, ...]) -> Reply:
        office = self._office(params, owned)
        extension = office.extension(params.get("exten", ""))
        if extension is None:
            raise _RefusedError(INVALID, "exten")
        to = params.get("to", "").removeprefix("+")
        if not (to.isascii() and to.isdigit() and _LEAST_DIGITS <= len(to) <= _MOST_DIGITS):
            raise _RefusedError(INVALID, "to")
        if office.extension(to) is None and not any(trunk.credit > 0 for trunk in office.trunks):
            # [INFER] The document has one code for "could not be done": 402 Failed.
            raise _RefusedError(FAILED, "اعتبار کافی نیست")
        return self._ok({"request_id": str(self.world.place(office, extension=extension, to=to))})

    def _record(self, params: Mapping[str, str], owned: tuple[int, ...]) -> Reply:
        name = "record_id" if "record_id" in params else "file_id"
        file_id, call_id = _positive(params, name, 0), _positive(params, "cuid", 0)
        for office in (self.world.offices[at] for at in owned):
            position = office.calls.position(call_id)
            if position is not None and office.calls.file_id[position] == file_id:
                return Reply(OK, audio.silence(office.calls.talk[position]), audio.MEDIA_TYPE)
        raise _RefusedError(NOT_FOUND)

    # From the world to the wire.

    def _call(self, office: Office, position: int) -> dict[str, Any]:
        """Write one call in the document's field order, with its mixture of text and numbers."""
        row = office.calls[position]
        newer = self.switches.dialect == "newer"
        started = jalali(row.started_at)
        record: dict[str, Any] = {"service_id": _SERVICE_IDS[office.position], "call_id": str(row.call_id)}
        if newer:
            # [INFER] The newer clients name these fields; their place and the exact form of `exten` vary.
            record["object_id"] = f"{row.started_at:08x}{office.position + 1:08x}{row.call_id:08x}"
        record["type"] = _TYPE_TEXTS[row.direction]
        # [INFER] A local call uses no trunk; the document shows none.
        record["trunk"] = office.trunks[row.trunk].number if row.trunk >= 0 else None
        if newer:
            extension = office.extensions[row.extension] if row.extension >= 0 else None
            record["exten"] = None if extension is None else {"number": extension.number, "caller_id": extension.name}
        record["status"] = _STATUS_NAMES[row.outcome]
        record["note"] = office.calls.notes.get(position)
        record["call_source"], record["call_dest"] = self._ends(office, row, position)
        record["time_wait"] = str(row.wait)
        record["time_talk"] = str(row.talk)
        record["file_id"] = str(row.file_id) if row.file_id else None
        record["price_wait"] = str(row.price_wait)
        record["price_talk"] = str(row.price_talk)
        record["price_record"] = str(row.price_record)
        record["price_saved"] = str(row.price_saved)
        record["price"] = row.price
        if newer:
            record["started_at"] = started
        record["created_at"] = started
        record["ended_at"] = jalali(row.ended_at)
        return record

    def _ends(self, office: Office, row: CallRow, position: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Write the calling and the called end.

        [INFER] Our end of an incoming call is the extension that rang (the mobile that it is forwarded to, as in
        the sample), or the trunk if none rang; of an outgoing or local call the extension that dialled.
        """
        if row.direction == Direction.LOCAL:
            extensions = office.extensions
            return _end(extensions[row.extension].number), _end(extensions[row.peer].number)
        party = self.world.parties[row.peer]
        outside = _end(party.number, party.contact)
        if self.switches.contact_numbers and party.contact is not None:
            kind = "mobile" if party.mobile else "phone"
            number = {"number_id": str(party.contact.contact_id + 10000), "number": party.number, "type": kind}
            outside["contact"]["numbers"] = [number]
        if row.direction == Direction.OUTGOING:
            return _end(self.world.caller(office, position)), outside
        if row.extension < 0:
            return outside, _end(office.trunks[row.trunk].number)
        extension = office.extensions[row.extension]
        return outside, _end(extension.forwarded_to or extension.number)

    def _office(self, params: Mapping[str, str], owned: tuple[int, ...]) -> Office:
        service_id = params.get("service_id", "")
        for at in owned:
            if _SERVICE_IDS[at] == service_id:
                return self.world.offices[at]
        # [INFER] Unknown as well as missing: 400 is for a parameter that is wrong, while the document's 404 is
        # "path not found", and the path is right.
        raise _RefusedError(INVALID, "service_id")

    def _criteria(self, params: Mapping[str, str], office: Office) -> Criteria | None:
        """Read the newer filters; None where nothing can match (a trunk, extension or number that isn't there)."""
        direction = _choice(params, "type", _TYPES)
        outcome = _choice(params, "status", _STATUSES)
        trunk = extension = None
        if params.get("trunk"):
            trunk = office.trunk(params["trunk"])
            if trunk is None:
                return None
        if params.get("exten"):
            extension = office.extension(params["exten"])
            if extension is None:
                return None
        ends: list[tuple[str, int] | None] = []
        for name in ("call_source", "call_dest"):
            found = self._end_of(params[name], office) if params.get(name) else None
            if params.get(name) and found is None:
                return None
            ends.append(found)
        return Criteria(direction, outcome, trunk, extension, ends[0], ends[1])

    def _end_of(self, number: str, office: Office) -> tuple[str, int] | None:
        """Find the end of a call that has a number, as `CallTable` identifies it."""
        bare = number.lstrip("0")
        for at, extension in enumerate(office.extensions):
            if number == extension.number or bare == extension.forwarded_to:
                return ("extension", at)
        trunk = office.trunk(number)
        if trunk is not None:
            return ("trunk", trunk)
        party = self.world.find_party(number)
        return None if party is None else ("party", party)

    def _ok(self, data: Any, paginator: dict[str, int] | None = None) -> Reply:
        return self._envelope(OK, None, data, paginator)

    def _envelope(self, code: int, message: str | None, data: Any, paginator: dict[str, int] | None = None) -> Reply:
        """Write the envelope; `paginator` stands beside `data`, not in it."""
        body = {"status": STATUS_TEXTS[code], "code": code, "message": message, "data": data}
        if paginator is not None:
            body["paginator"] = paginator
        # [INFER] Whether the HTTP status equals the code is not stated: equal, with a switch.
        return Reply(OK if self.switches.always_200 else code, to_json(body))

    def _new_token(self) -> str:
        return f"sandbox{self._draw.getrandbits(128):032x}"


def _end(number: str, contact: Contact | None = None) -> dict[str, Any]:
    if contact is None:
        return {"number": number, "contact": None}
    return {
        "number": number,
        "contact": {
            "location": contact.location,
            "contact_id": str(contact.contact_id),
            "name": contact.name,
            "company": contact.company,
            "email": contact.email,
            "address": contact.address,
            "note": contact.note,
        },
    }


def _date_parts(text: str) -> dict[str, Any]:
    """Write a date and time as `/current/date` does: as one text, in two texts, and in numbers."""
    date, time = text.split(" ")
    year, month, day = map(int, date.split("-"))
    hour, minute, second = map(int, time.split(":"))
    return {
        "full": text,
        "date": {"string": date, "day": day, "month": month, "year": year},
        "time": {"string": time, "hour": hour, "min": minute, "sec": second},
    }


def _positive(params: Mapping[str, str], name: str, default: int) -> int:
    """Read a positive integer; 0 as the default makes the parameter required."""
    text = params.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > len("999999999999") or int(text) < 1:
        raise _RefusedError(INVALID, name)
    return int(text)


def _choice[T](params: Mapping[str, str], name: str, choices: Mapping[str, T]) -> T | None:
    text = params.get(name)
    if not text:
        return None
    if text not in choices:
        raise _RefusedError(INVALID, name)
    return choices[text]


def _instant(params: Mapping[str, str], name: str) -> int | None:
    """Read a point in time: Jalali in Tehran, `-` or `/` between the numbers, the time optional.

    [INFER] Gregorian text is accepted too, recognised by its year: the tutorial that names `started_at_from`
    doesn't say which calendar it wants.
    """
    text = params.get(name)
    if not text:
        return None
    match = _TIME_TEXT.fullmatch(text)
    if match is None:
        raise _RefusedError(INVALID, name)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        if year < _FIRST_GREGORIAN_YEAR:
            return from_jalali(year, month, day, (hour, minute, second))
        return int(datetime(year, month, day, hour, minute, second, tzinfo=TEHRAN).astimezone(UTC).timestamp())
    except ValueError:
        raise _RefusedError(INVALID, name) from None


def _latest(*instants: int | None) -> int | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _earliest(*instants: int | None) -> int | None:
    return min((instant for instant in instants if instant is not None), default=None)
