"""VoIPano's JSON as the model; each peculiarity of a field is handled by the function that reads the field.

Source: the provider's document "Web service" (docs/providers/voipano.md names its sections).
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from trunkline.errors import (
    DataError,
    ProviderError,
    RequestError,
)
from trunkline.model import (
    Billing,
    Call,
    Direction,
    Mailbox,
    Party,
    PlacedCall,
    Plan,
    Service,
    Status,
    Trunk,
)
from trunkline.numbers import e164, trunk_id
from trunkline.providers.common import fields
from trunkline.providers.common.ids import object_id_time
from trunkline.providers.common.paging import NumberedPage
from trunkline.providers.common.rows import read_in_turns, read_rows
from trunkline.providers.common.statuses import Advice, raise_for_status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.transport import Reply

REGION = "IR"
COUNTRY_CODE = "98"
_NATIONAL_DIGITS = 10
_YES_AND_NO = {"true": True, "1": True, "false": False, "0": False, "": False}


def billing_of(reply: Reply, *, at: datetime, currency: str) -> Billing | None:
    """Return what a reply says about money: in its `billing`, or in the header `X-Billing-Charged` of the audio.

    None where it says nothing. `DataError` for amounts that make no sense; those of an error reply are left out
    instead, since the error counts.
    """
    try:
        return _billing(reply, at, currency)
    except DataError:
        if reply.status >= HTTPStatus.BAD_REQUEST:
            return None
        raise


def _billing(reply: Reply, at: datetime, currency: str) -> Billing | None:
    header = reply.header("X-Billing-Charged").strip()
    body: object = None
    if not header or "json" in reply.media_type:
        # The body says more: the remaining credit.
        with suppress(DataError):
            body = reply.json()
    if isinstance(body, dict) and body.get("billing") is not None:
        return read_billing(body["billing"], at=at, currency=currency)
    return Billing(at=at, charged=fields.money(header, currency, "X-Billing-Charged")) if header else None


def read_billing(value: object, *, at: datetime, currency: str) -> Billing:
    """Return the amounts of a reply's `billing`; only requests that cost something state the remaining credit."""
    row = fields.mapping(value, "billing")
    return Billing(
        at=at,
        charged=fields.money(row.get("charged"), currency, "billing.charged"),
        unit_price=fields.money(row.get("unit_price"), currency, "billing.unit_price"),
        remaining_credit=fields.money(row.get("remaining_credit"), currency, "billing.remaining_credit"),
    )


def envelope(reply: Reply) -> dict[str, Any]:
    """Return the whole body of a successful reply, or raise the exception for its HTTP status or `ok`."""
    body: object = None
    try:
        body = reply.json()
    except DataError:
        _raise_for(reply, None)
        raise
    if not isinstance(body, dict):
        _raise_for(reply, None)
        raise reply.wrong("an object in JSON")
    message = body.get("message")
    _raise_for(reply, message)
    if not yes_or_no(body.get("ok"), "ok"):
        if body.get("ok") is None:
            raise fields.missing("ok")
        raise RequestError(f"{reply.label} refused the request ({fields.safe_text(message)})")
    return body


def unclear(reply: Reply, billing: Billing | None) -> str | None:
    """Return why a reply doesn't show whether a request was carried out; None if it does, or if `envelope` does.

    A timeout or an internal error says nothing of it, and neither does a refusal that was charged.
    """
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR or reply.status == HTTPStatus.REQUEST_TIMEOUT:
        return f"HTTP {reply.status}"
    says_yes = False
    with suppress(DataError):
        body = reply.json()
        says_yes = isinstance(body, dict) and yes_or_no(body.get("ok"), "ok")
    if reply.status >= HTTPStatus.BAD_REQUEST and says_yes:
        return f"HTTP {reply.status} and a body that says success"
    if not says_yes and billing is not None and billing.charged is not None and billing.charged.amount > 0:
        return "a refusal and a charge"
    return None


_ADVICE = Advice(
    credentials="the token",
    renew="make a new one in the customer panel and enter it",
    permit="check the token's rights and the plan",
)


def _raise_for(reply: Reply, message: object) -> None:
    """Raise the exception for an HTTP status; the document lists no errors, so only the status counts."""
    reason = fields.safe_text(message)
    if reply.status == HTTPStatus.PAYMENT_REQUIRED:
        msg = f"{reply.label} refused the request ({reason}): the credit is too low, top it up"
        raise RequestError(msg)
    raise_for_status(reply.status, reply, _ADVICE, reason)


def yes_or_no(value: object, field: str) -> bool:
    """Return a truth that was sent as such, as a number or as text; null is no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, int) and value in {0, 1}:
        return value == 1
    if isinstance(value, str) and value.strip().lower() in _YES_AND_NO:
        return _YES_AND_NO[value.strip().lower()]
    raise fields.wrong(field, "true or false")


def line_id(number: str) -> str:
    """Return the id by which a line is known: its national digits, however many zeros or +98 stand before them.

    The list of services writes `002191010001` for the line that every other reply calls `02191010001`.
    """
    digits = trunk_id(number)
    if len(digits) == _NATIONAL_DIGITS + len(COUNTRY_CODE):
        digits = digits.removeprefix(COUNTRY_CODE)
    return digits


def national(number: str) -> str:
    """Return a number as the document writes it: an Iranian one with its leading zero, any other as it is."""
    digits = number.removeprefix("+")
    if number.startswith(("+", "00")):
        digits = digits.removeprefix("00")
        if digits.startswith(COUNTRY_CODE) and len(digits) == _NATIONAL_DIGITS + len(COUNTRY_CODE):
            return "0" + digits.removeprefix(COUNTRY_CODE)
    return number


def party(value: object, field: str) -> Party:
    """Return one end of a call. A number that is masked with `*` has no E.164 form."""
    number = fields.text(value, field)
    if not number:
        return Party()
    return Party(number=number, e164=None if "*" in number else e164(number, REGION))


def endpoint(body: Mapping[str, Any]) -> str | None:
    """Return the line that a reply names as `endpoint_number`, by its id."""
    data = body.get("data")
    number = fields.text(data.get("endpoint_number"), "endpoint_number") if isinstance(data, dict) else None
    return line_id(number) if number and number.strip() else None


def read_services(data: object) -> tuple[tuple[Service, ...], tuple[Plan, ...]]:
    """Return the subscribed services, each with its line and without any credit, and what is left of their packages.

    Section "list of services".
    """
    found = [_service(fields.mapping(row, "items")) for row in _items(data)]
    return tuple(service for service, _ in found), tuple(plan for _, plan in found)


def _service(row: Mapping[str, Any]) -> tuple[Service, Plan]:
    number = fields.integer(row.get("subscription_id"), "subscription_id")
    if number is None or number < 0:
        raise fields.missing("subscription_id")
    service_id = str(number)
    package = row.get("package")
    package = {} if package is None else fields.mapping(package, "package")
    name = fields.text(package.get("name"), "package.name") or fields.text(package.get("slug"), "package.slug")
    trunk = _trunk(row.get("phone_number"))
    status = fields.text(row.get("status"), "status")
    plan = Plan(
        plan_id=service_id,
        name=name or fields.text(package.get("id"), "package.id") or service_id,
        days_left=fields.integer(row.get("remaining_days"), "remaining_days"),
        status=status,
        number=trunk.number if trunk else None,
        active=None if status is None else status.casefold() == "active",
    )
    return Service(service_id=service_id, trunks=(trunk,) if trunk else ()), plan


def _trunk(value: object) -> Trunk | None:
    """Return a service's line, its number written as in every other reply; None where the service has none."""
    number = fields.text(value, "phone_number")
    if not number or not number.strip():
        return None
    line = line_id(number)
    if not line:
        raise fields.wrong("phone_number", "a number")
    written = f"0{line}" if len(line) == _NATIONAL_DIGITS else number
    return Trunk(trunk_id=line, number=written, e164=None if "*" in written else e164(written, REGION))


async def read_page(body: Mapping[str, Any], *, account: str, lines: frozenset[str], asked: int) -> NumberedPage:
    """Return a page of call reports (section "call reports"). `lines` are the ids of the account's own lines."""
    data = body.get("data")
    data = {"items": []} if data == [] else fields.mapping(data, "data")
    read = partial(read_rows, read=partial(read_call, account=account, lines=lines), row_id="id")
    calls, unreadable = await read_in_turns(fields.listed(data.get("items"), "items"), read)
    paging = data.get("pagination")
    if paging is None and asked == 1:
        # Nothing shows that the list is whole.
        return NumberedPage(number=1, calls=calls, total=None, pages=1, unreadable=unreadable)
    paging = fields.mapping(paging, "pagination")
    page, size, total, last = (
        fields.count(paging.get(name), f"pagination.{name}") for name in ("page", "per_page", "total", "last_page")
    )
    if last is None:
        if total is None or not size:
            raise fields.missing("pagination.last_page")
        last = -(-total // size)
    if page not in {None, asked} and not page == last < asked:
        # Continuing from a page that wasn't requested would skip others, or never end.
        raise fields.wrong("pagination.page", "the requested page")
    return NumberedPage(
        number=page or asked, calls=calls, total=total, pages=last, unreadable=unreadable, odd=_has_odd_id(calls)
    )


def _has_odd_id(calls: tuple[Call, ...]) -> bool:
    """Return whether a report's id is no ObjectId although the id beside it is one: they should be the same."""
    return any(
        object_id_time(call.call_id) is None and object_id_time((call.raw or {}).get("call_details_record_id"))
        for call in calls
    )


def read_call(record: object, *, account: str, lines: frozenset[str]) -> Call:
    """Return the call of a report.

    A report has neither a time nor a length, a price, a direction or a status. The start is the time in its id where
    that is an ObjectId (when the record was made, to the second); direction and line follow from the end that is one
    of the account's own lines. `Call.derived` names them.
    """
    row = fields.mapping(record, "items")
    call_id, detail_id = fields.identifier(row.get("id"), "id"), row.get("call_details_record_id")
    audio_id = call_id if detail_id is None else fields.identifier(detail_id, "call_details_record_id")
    source, destination = (party(row.get(name), name) for name in ("call_source", "call_destination"))
    derived = set()
    started_at = object_id_time(call_id)
    if started_at is not None:
        derived.add("started_at")
    trunk, direction = _line(source, destination, lines)
    if direction is not None:
        derived |= {"direction", "trunk"}
    return Call(
        account=account,
        call_id=call_id,
        direction=direction,
        status=Status.UNKNOWN,
        started_at=started_at,
        trunk=trunk,
        source=source,
        destination=destination,
        recording=audio_id if yes_or_no(row.get("has_recording"), "has_recording") else None,
        derived=frozenset(derived),
        raw=row,
    )


def _line(source: Party, destination: Party, lines: frozenset[str]) -> tuple[str | None, Direction | None]:
    """Return the line of a call and its direction; None for both unless exactly one end is a line of the account."""
    first, second = (line_id(end.number) if end.number else None for end in (source, destination))
    if first in lines and second not in lines:
        return first, Direction.OUTGOING
    if second in lines and first not in lines:
        return second, Direction.INCOMING
    return None, None


def read_placed(body: Mapping[str, Any], billing: Billing | None) -> PlacedCall:
    """Return what was said to a request that costs money.

    `ProviderError` where the provider's own exchange (`provider`, click-to-call only) refused what it had accepted.
    """
    data = fields.mapping(body.get("data"), "data")
    exchange = data.get("provider")
    success = exchange.get("success") if isinstance(exchange, dict) else None
    # A null has no content, and the call was accepted.
    if success is not None and not yes_or_no(success, "provider.success"):
        msg = "VoIPano accepted the call, but its exchange refused it: check the credit and the call list"
        raise ProviderError(msg)
    return PlacedCall(
        request_id=fields.text(data.get("request_id"), "request_id"),
        status=fields.text(data.get("status"), "status") or "accepted",
        charged=billing.charged if billing else None,
        remaining_credit=billing.remaining_credit if billing else None,
    )


def read_mailboxes(data: object) -> tuple[tuple[Mailbox, ...], tuple[str, ...]]:
    """Return the voicemail boxes and the contexts that the account may ask for (section "voicemail inboxes")."""
    allowed = fields.rows(data.get("allowed_contexts") if isinstance(data, dict) else None, "allowed_contexts")
    boxes = tuple([_mailbox(fields.mapping(row, "items")) for row in _items(data)])
    return boxes, tuple([fields.required_text(context, "allowed_contexts") for context in allowed])


def _mailbox(row: Mapping[str, Any]) -> Mailbox:
    return Mailbox(
        mailbox=fields.required_text(row.get("mailbox"), "mailbox"),
        context=fields.text(row.get("context"), "context"),
        name=fields.text(row.get("fullname"), "fullname"),
        mailbox_id=fields.text(row.get("id"), "id"),
    )


def _items(data: object) -> list[Any]:
    """Return the rows of a list; PHP writes an empty object as an empty list."""
    if data == []:
        return []
    return fields.rows(fields.mapping(data, "data").get("items"), "items")
