"""Telefonchy's JSON as the model; each peculiarity of a field is handled by the function that reads the field.

Sources: "Telefonchy web service", sections Response Structure, Services, Calls, Server date, Locations and CDR.
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from trunkline.calendars import WallClock, end_of, parse_local
from trunkline.errors import (
    DataError,
    ProviderError,
    TooLargeError,
)
from trunkline.memo import Memo
from trunkline.model import (
    Call,
    City,
    Contact,
    Direction,
    Extension,
    Location,
    Money,
    Party,
    Service,
    Status,
    Trunk,
)
from trunkline.numbers import e164, trunk_id
from trunkline.providers.common import fields
from trunkline.providers.common.paging import NumberedPage
from trunkline.providers.common.rows import Rows, read_in_turns, read_rows
from trunkline.providers.common.statuses import Advice, raise_for_status
from trunkline.transport import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

REGION = "IR"

_INCOMING = Direction.INCOMING

_DIRECTIONS: dict[Any, Direction] = {
    "incoming": Direction.INCOMING,
    "outgoing": Direction.OUTGOING,
    "local": Direction.INTERNAL,
}
_STATUSES = {
    "ANSWERED": Status.ANSWERED,
    "BUSY": Status.BUSY,
    "NO ANSWER": Status.NO_ANSWER,
    "CONGESTION": Status.CONGESTION,
    "FAILED": Status.FAILED,
}
_NO_FILE = frozenset({"", "0", "null"})
_LONGEST_PUSH = 1 << 20


def envelope(reply: Reply) -> dict[str, Any]:
    """Return the envelope of a successful reply, or raise what its code means (section Response Structure).

    The code inside counts, because the document doesn't state whether the HTTP status follows it; both occur.
    """
    try:
        body = fields.mapping(reply.json(), "body")
        code = fields.integer(body.get("code"), "code")
    except DataError:
        # A proxy or web server in front answers without the envelope; its status still says what is wrong.
        raise_for_code(reply.status, None, reply)
        raise
    if code is None:
        raise_for_code(reply.status, None, reply)
        raise fields.missing("code")
    raise_for_code(code, body.get("message"), reply)
    if not HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        raise fields.wrong("code", "a known code")
    return body


def unclear(reply: Reply) -> str | None:
    """Return why a reply doesn't show whether a request was carried out; None if it does, or if `envelope` does.

    A timeout or an internal error says nothing of it. 402 does: it is the document's code for what couldn't be done.
    """
    try:
        code = fields.integer(fields.mapping(reply.json(), "body").get("code"), "code")
    except DataError:
        return None
    if code is None:
        return None
    if code == HTTPStatus.REQUEST_TIMEOUT or code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"code {code}"
    if reply.status >= HTTPStatus.BAD_REQUEST and HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES:
        return f"HTTP {reply.status} and a code that says success"
    return None


_ADVICE = Advice(
    credentials="the token",
    renew="make a new one in the customer panel and enter it",
    permit="check the token's rights and allowed addresses",
)


def raise_for_code(code: int, message: object, reply: Reply) -> None:
    """Raise the exception for a code of the envelope, or for the HTTP status if there is no code."""
    reason = fields.safe_text(message)
    if code == HTTPStatus.PAYMENT_REQUIRED:
        # The document calls it Failed, an unexpected error of the system.
        raise ProviderError(f"{reply.label} reported an error ({reason})")
    raise_for_status(code, reply, _ADVICE, reason)


def read_services(data: object, *, zone: ZoneInfo, currency: str) -> tuple[Service, ...]:
    """Return the services with their trunks and extensions (section Services)."""
    return tuple(_service(fields.mapping(row, "data"), zone, currency) for row in fields.rows(data, "data"))


def _service(row: Mapping[str, Any], zone: ZoneInfo, currency: str) -> Service:
    service_id = fields.required_text(row.get("service_id"), "service_id")
    return Service(
        service_id=service_id,
        trunks=tuple(
            _trunk(fields.mapping(trunk, "trunks"), service_id, zone, currency)
            for trunk in fields.rows(row.get("trunks"), "trunks")
        ),
        extensions=tuple(
            _extension(fields.mapping(exten, "extens"), service_id)
            for exten in fields.rows(row.get("extens"), "extens")
        ),
    )


def _trunk(row: Mapping[str, Any], service_id: str, zone: ZoneInfo, currency: str) -> Trunk:
    number = fields.required_text(row.get("number"), "trunks.number")
    credit = row.get("credit")
    credit = {} if credit is None else fields.mapping(credit, "trunks.credit")
    expires_at = credit.get("expired_at")
    return Trunk(
        # The id that the field list names is in no sample, and calls name the trunk by its number.
        trunk_id=trunk_id(number),
        number=number,
        e164=e164(number, REGION),
        credit=fields.money(credit.get("value"), currency, "trunks.credit.value"),
        credit_expires_at=parse_local(expires_at, zone, field="trunks.credit.expired_at") if expires_at else None,
        stream=service_id,
    )


def _extension(row: Mapping[str, Any], service_id: str) -> Extension:
    return Extension(
        number=fields.required_text(row.get("number"), "extens.number"),
        name=fields.text(row.get("name"), "extens.name"),
        stream=service_id,
    )


async def read_page(body: Mapping[str, Any], reader: CallReader, *, asked: int) -> NumberedPage:
    """Return a page of `/calls`. The paginator stands beside `data`, not in it (sections Calls and Paginator)."""
    data = body.get("data")
    data = {"calls": []} if data == [] else fields.mapping(data, "data")
    calls, unreadable = await read_in_turns(fields.listed(data.get("calls"), "data.calls"), reader.calls)
    paginator = body.get("paginator")
    if paginator is None and asked == 1:
        # The Paginator section: only long lists are paged. Nothing shows then that the list is whole.
        return NumberedPage(number=1, calls=calls, total=None, pages=1, unreadable=unreadable)
    paginator = fields.mapping(paginator, "paginator")
    current, total, pages = (
        fields.count(paginator.get(name), f"paginator.{name}") for name in ("current", "total_items", "total_pages")
    )
    if pages is None:
        raise fields.missing("paginator.total_pages")
    if current not in {None, 0, asked} and not pages == current < asked:
        # Continuing from a page that wasn't requested would skip others, or never end.
        raise fields.wrong("paginator.current", "the requested page")
    return NumberedPage(number=current or asked, calls=calls, total=total, pages=pages, unreadable=unreadable)


class CallReader:
    """Reads one account's call records, from the list and from pushes, which name the same fields differently.

    Most fields have few different values, so each is read once and remembered.
    """

    def __init__(self, *, account: str, zone: ZoneInfo, currency: str, extensions: frozenset[str]) -> None:
        """Take what records don't state: the account's key, time zone, currency and extensions."""
        self.account = account
        self.extensions = extensions
        self._zone = zone
        self._utc = WallClock(zone).utc
        self._parties = Memo[Any, Party](read_plain_party)

        def prices(field: str) -> Memo[object, Money | None]:
            return Memo(lambda value: fields.money(value, currency, field))

        # Lists have it as a number, and a memo keeps no results for those: 1 and true are one key.
        self._price = Memo[tuple[type, object], Money | None](lambda key: fields.money(key[1], currency, "price"))
        self._price_wait = prices("price_wait")
        self._price_talk = prices("price_talk")
        self._price_record = prices("price_record")
        self._price_saved = prices("price_saved")
        self._wait = Memo[object, int | None](lambda value: fields.seconds(value, "time_wait"))
        self._talk = Memo[object, int | None](lambda value: fields.seconds(value, "time_talk"))
        self._status = Memo(read_status)
        self._trunk = Memo(read_trunk)
        self._service = Memo[object, str](lambda value: fields.text(value, "service_id") or "")

    def calls(self, records: Sequence[Any]) -> Rows:
        """Return the calls of a page, and the records that make no sense."""
        try:
            return Rows(tuple([self._call(record) for record in records]))
        except (TypeError, AttributeError, DataError):
            return read_rows(records, self.call, row_id="call_id")

    def call(self, record: object) -> Call:
        """Return the call of one record; raises `DataError`, which names the field, for an invalid one."""
        row = fields.mapping(record, "call")
        try:
            return self._call(row)
        except TypeError:
            # Lists and objects where a plain value belongs can't be looked up.
            looked_up = (name for name in _LOOKED_UP if isinstance(row.get(name), (dict, list)))
            raise fields.wrong(next(looked_up, "call"), "a plain value") from None

    def _call(self, row: dict[str, Any]) -> Call:
        get = row.get
        source = self._party(get("call_source"), "call_source")
        destination = self._party(get("call_dest"), "call_dest")
        direction = _DIRECTIONS.get(get("type"))
        exten = get("exten")
        if exten is not None:
            extension, derived = read_extension(exten), _NOTHING
        else:
            # Older records don't name the extension, but one end of the call may be one.
            first, second = (destination, source) if direction is _INCOMING else (source, destination)
            known = self.extensions
            extension = first.number if first.number in known else second.number if second.number in known else None
            derived = _NOTHING if extension is None else _EXTENSION
        # Newer records may say started_at, cuid and file_record instead.
        started_at = get("created_at") or get("started_at")
        call_id = get("call_id") or get("cuid")
        file_id = get("file_id") or get("file_record")
        ended_at = get("ended_at")
        note = get("note")
        price = get("price")
        started = self._utc(started_at, "created_at") if started_at else None
        wait, talk = self._wait[get("time_wait")], self._talk[get("time_talk")]
        return Call(
            account=self.account,
            call_id=fields.identifier(call_id, "call_id"),
            direction=direction,
            status=self._status[get("status")],
            started_at=started,
            ended_at=self._ended(ended_at, started, wait, talk) if ended_at else None,
            trunk=self._trunk[get("trunk")],
            extension=extension,
            source=source,
            destination=destination,
            wait=wait,
            talk=talk,
            price=self._price[type(price), price],
            price_wait=self._price_wait[get("price_wait")],
            price_talk=self._price_talk[get("price_talk")],
            price_record=self._price_record[get("price_record")],
            price_saved=self._price_saved[get("price_saved")],
            recording=None if file_id is None else read_recording(file_id),
            note=None if note is None else fields.text(note, "note"),
            stream=self._service[get("service_id")],
            derived=derived,
            raw=row,
        )

    def _ended(self, text: object, started: datetime | None, wait: int | None, talk: int | None) -> datetime:
        seconds = None if wait is None or talk is None else wait + talk
        return end_of(self._utc(text, "ended_at"), started, seconds, self._zone)

    def _party(self, value: Any, field: str) -> Party:
        """Return one end of a call: an object with `number` and a nullable `contact`."""
        if type(value) is not dict:
            if value is None:
                return _NO_PARTY
            raise fields.wrong(field, "an object")
        contact = value.get("contact")
        if not contact:
            return self._parties[value.get("number")]
        return read_party(value.get("number"), fields.mapping(contact, field))


# The fields of a record that are objects.
_OBJECTS = frozenset({"call_source", "call_dest", "exten"})
# The fields whose values are looked up, which lists and objects can't be.
_LOOKED_UP = (
    *("service_id", "type", "trunk", "status", "time_wait", "time_talk"),
    *("price_wait", "price_talk", "price_record", "price_saved", "price"),
)
_NOTHING: frozenset[str] = frozenset()
_EXTENSION = frozenset({"extension"})


def read_status(value: object) -> Status:
    """Return the status; one that the document doesn't list is unknown, not an error."""
    if isinstance(value, str):
        return _STATUSES.get(value) or _STATUSES.get(value.strip().upper(), Status.UNKNOWN)
    return Status.UNKNOWN


def read_trunk(value: object) -> str | None:
    """Return the trunk's id: calls write it without the leading zero that the services have."""
    number = fields.text(value, "trunk")
    return trunk_id(number) if number else None


def read_extension(value: object) -> str | None:
    """Return the extension of newer records: an object with `number`, or the bare number."""
    if isinstance(value, dict):
        value = value.get("number")
    return fields.text(value, "exten") or None


def read_recording(value: object) -> str | None:
    """Return the recording's file id; pushed records say "0" or "null" where they have none."""
    content = fields.text(value, "file_id")
    return None if content in _NO_FILE else content


def read_plain_party(number: object) -> Party:
    """Return one end of a call that isn't in the phonebook."""
    known = fields.text(number, "number")
    return Party(number=known, e164=e164(known, REGION))


def read_party(number: object, contact: Mapping[str, Any]) -> Party:
    """Return one end of a call that is in the phonebook."""
    known = fields.text(number, "number")
    who = _contact(contact, "contact")
    return Party(number=known, e164=e164(known, REGION), name=who.name or who.company, contact=who)


_NO_PARTY = Party()


def _contact(row: Mapping[str, Any], field: str) -> Contact:
    numbers = fields.rows(row.get("numbers"), f"{field}.numbers")
    get = row.get
    return Contact(
        contact_id=fields.text(get("contact_id"), f"{field}.contact_id"),
        name=fields.text(get("name"), f"{field}.name"),
        company=fields.text(get("company"), f"{field}.company"),
        email=fields.text(get("email"), f"{field}.email"),
        address=fields.text(get("address"), f"{field}.address"),
        location=fields.text(get("location"), f"{field}.location"),
        note=fields.text(get("note"), f"{field}.note"),
        numbers=tuple(
            number
            for entry in numbers
            if (number := fields.text(fields.mapping(entry, f"{field}.numbers").get("number"), f"{field}.numbers"))
        ),
    )


def read_date(data: object) -> datetime:
    """Return the server's time from its Unix seconds, which unlike the two calendars' texts need no zone."""
    unix = fields.integer(fields.mapping(data, "data").get("unix"), "unix")
    if unix is None:
        raise fields.missing("unix")
    try:
        return datetime.fromtimestamp(unix, UTC)
    except (ValueError, OverflowError, OSError):
        raise fields.wrong("unix", "a time") from None


def complete_json(body: bytes) -> bytes:
    """Return the body with the closing brace that the document's own sample of the locations lacks."""
    try:
        Reply(HTTPStatus.OK, {}, body).json()
    except TooLargeError:
        return body
    except DataError:
        return body + b"}"
    return body


def read_locations(data: object) -> tuple[Location, ...]:
    """Return the provinces with their cities (section Locations)."""
    provinces = fields.rows(fields.mapping(data, "data").get("locations"), "locations")
    return tuple(_location(fields.mapping(row, "locations")) for row in provinces)


def _location(row: Mapping[str, Any]) -> Location:
    cities = [fields.mapping(city, "cities") for city in fields.rows(row.get("cities"), "cities")]
    return Location(
        province=fields.required_text(row.get("province"), "province"),
        cities=tuple(
            City(
                location_id=fields.required_text(city.get("location_id"), "location_id"),
                name=fields.required_text(city.get("name"), "cities.name"),
            )
            for city in cities
        ),
    )


def read_push_body(payload: Mapping[str, Any] | bytes) -> dict[str, Any]:
    """Return the record of a push (section CDR): JSON, or the same as form fields, as some receivers report.

    In a form the two ends are JSON text or PHP's brackets (`call_source[number]`).
    """
    if isinstance(payload, bytes):
        if len(payload) > _LONGEST_PUSH:
            raise fields.wrong("body", "within the size limit")
        try:
            return fields.mapping(orjson.loads(payload), "body")
        except orjson.JSONDecodeError:
            payload = _form(payload)
    record: dict[str, Any] = {}
    for name, value in payload.items():
        if "[" in name:
            _put(record, name.replace("]", "").split("["), value)
        elif name in _OBJECTS and isinstance(value, str) and value.startswith("{"):
            record[name] = _decoded(value, name)
        else:
            record[name] = value
    return record


def _form(payload: bytes) -> dict[str, str]:
    try:
        pairs = dict(parse_qsl(payload.decode("utf-8"), strict_parsing=True, max_num_fields=100))
    except ValueError:
        pairs = {}
    if not pairs:
        raise fields.wrong("body", "JSON or a form")
    return pairs


def _decoded(value: str, field: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise fields.wrong(field, "JSON") from None


def _put(record: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        inner = record.setdefault(name, {})
        if not isinstance(inner, dict):
            # The name is whatever somebody sent, so it isn't shown.
            raise fields.wrong("body", "a form of which each field is either text or brackets")
        record = inner
    record[path[-1]] = value
