"""VoIPano's records field by field: spellings, nulls, and what is told by what stands in a record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from at_once import at_once

from trunkline.errors import DataError, RequestError
from trunkline.model import Direction, Money
from trunkline.providers.voipano import wire
from trunkline.transport import Reply

LINE, OTHER_LINE = "2100000010", "2100000011"
CALL = {
    "id": "67bc8ea2f8f8a7d1287995f1",
    "call_details_record_id": "67bc8ea2f8f8a7d1287995f1",
    "call_source": "09120000789",
    "call_destination": "09120000543",
    "has_recording": True,
    "recording_url": "https://example.com/x",
}
SERVICE = {
    "subscription_id": 12,
    "status": "active",
    "remaining_days": 26,
    "package": {"id": 2, "name": "پلن پیوند", "slug": "peyvand"},
    "phone_number": "002100000010",
}


def read_page(*arguments, **options):
    return at_once(wire.read_page(*arguments, **options))


def call(**changes):
    return wire.read_call({**CALL, **changes}, account="voipano:12", lines=frozenset({LINE, OTHER_LINE}))


def service(**changes):
    (one,), (plan,) = wire.read_services({"items": [{**SERVICE, **changes}]})
    return one, plan


@pytest.mark.parametrize(
    ("source", "destination", "direction", "trunk"),
    [
        ("02100000010", "09120000543", Direction.OUTGOING, LINE),
        ("002100000010", "09120000543", Direction.OUTGOING, LINE),
        ("09120000789", "02100000011", Direction.INCOMING, OTHER_LINE),
        ("09120000789", "+982100000011", Direction.INCOMING, OTHER_LINE),
        ("09120000789", 2100000010, Direction.INCOMING, LINE),
        ("02100000010", "02100000011", None, None),
        ("02100000010", "02100000010", None, None),
        ("09120000789", "09120000543", None, None),
        (None, "09120000543", None, None),
        (None, "02100000010", Direction.INCOMING, LINE),
    ],
)
def test_the_end_that_is_a_line_tells_the_direction(source, destination, direction, trunk):
    one = call(call_source=source, call_destination=destination)
    assert (one.direction, one.trunk) == (direction, trunk)
    assert one.derived == ({"started_at", "direction", "trunk"} if direction else {"started_at"})


@pytest.mark.parametrize(
    ("number", "full"),
    [
        ("09120000789", "+989120000789"),
        (9120000789, "+989120000789"),
        ("+37060000000", "+37060000000"),
        ("1510", None),
        ("09123***789", None),
        ("", None),
        (None, None),
    ],
)
def test_ends_are_numbers_as_sent_and_in_full_where_that_can_be_known(number, full):
    party = call(call_source=number).source
    assert party.e164 == full
    assert party.number == (str(number) if number else None)


@pytest.mark.parametrize(
    ("told", "there"),
    [
        *((told, True) for told in (True, 1, "1", "true", "TRUE ")),
        *((told, False) for told in (False, 0, "0", "false", "", None)),
    ],
)
def test_a_recording_is_there_where_the_record_says_so_in_any_spelling(told, there):
    assert call(has_recording=told).recording == (CALL["id"] if there else None)


@pytest.mark.parametrize("told", [2, -1, "yes", [], {}, 0.5])
def test_what_is_neither_true_nor_false_is_an_error(told):
    with pytest.raises(DataError, match="has_recording"):
        call(has_recording=told)


def test_the_recording_goes_by_the_details_id_and_never_by_an_address():
    assert call(call_details_record_id="67bc8ea2f8f8a7d1287995f2").recording == "67bc8ea2f8f8a7d1287995f2"
    assert call(call_details_record_id=None).recording == CALL["id"]
    assert call(has_recording=None).recording is None


@pytest.mark.parametrize(
    ("call_id", "started_at"),
    [
        # 0x67bc8ea2 = 1740410530 s: 2025-02-24 15:22:10 UTC.
        ("67bc8ea2f8f8a7d1287995f1", datetime(2025, 2, 24, 15, 22, 10, tzinfo=UTC)),
        ("67BC8EA2F8F8A7D1287995F1", datetime(2025, 2, 24, 15, 22, 10, tzinfo=UTC)),
        ("67bc8ea2f8f8a7d1287995f", None),
        ("855", None),
        (855, None),
        # The start of the epoch and 2106 are no times of calls.
        ("00000000f8f8a7d1287995f1", None),
        ("fffffffff8f8a7d1287995f1", None),
    ],
)
def test_the_start_is_the_time_of_an_object_id_and_of_nothing_else(call_id, started_at):
    one = call(id=call_id)
    assert one.call_id == str(call_id)
    assert one.started_at == started_at
    assert one.derived == ({"started_at"} if started_at else frozenset())


@pytest.mark.parametrize("call_id", [None, "", " ", [], True, "x" * 201])
def test_a_record_without_an_id_is_an_error(call_id):
    with pytest.raises(DataError) as caught:
        call(id=call_id)
    assert caught.value.field == "id"


@pytest.mark.parametrize(
    ("number", "line", "shown", "full"),
    [
        ("002100000010", LINE, "02100000010", "+982100000010"),
        ("02100000010", LINE, "02100000010", "+982100000010"),
        (2100000010, LINE, "02100000010", "+982100000010"),
        ("00982100000010", LINE, "02100000010", "+982100000010"),
        ("+982100000010", LINE, "02100000010", "+982100000010"),
        ("021***0010", "21***0010", "021***0010", None),
        ("1510", "1510", "1510", None),
    ],
)
def test_lines_have_one_spelling(number, line, shown, full):
    one, plan = service(phone_number=number)
    (trunk,) = one.trunks
    assert (trunk.trunk_id, trunk.number, trunk.e164, trunk.credit) == (line, shown, full, None)
    assert plan.number == shown


@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_service_without_a_number_has_no_line(number):
    one, plan = service(phone_number=number)
    assert one.trunks == ()
    assert plan.number is None


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "پلن پیوند"),
        ({"package": {"name": None, "slug": "peyvand"}}, "peyvand"),
        ({"package": {"id": 2}}, "2"),
        ({"package": {}}, "12"),
        ({"package": None}, "12"),
    ],
)
def test_a_plan_is_named_by_what_its_package_has(changes, name):
    _, plan = service(**changes)
    assert (plan.plan_id, plan.name) == ("12", name)


def test_numbers_come_as_text_and_may_be_missing():
    one, plan = service(subscription_id="12", remaining_days="26")
    assert (one.service_id, plan.days_left) == ("12", 26)
    _, plan = service(remaining_days=None, status=None)
    assert (plan.days_left, plan.status) == (None, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subscription_id": None}, "subscription_id"),
        ({"subscription_id": -1}, "subscription_id"),
        ({"subscription_id": "peyvand"}, "subscription_id"),
        ({"remaining_days": "many"}, "remaining_days"),
        ({"package": "peyvand"}, "package"),
        ({"phone_number": ["02100000010"]}, "phone_number"),
        ({"phone_number": "+"}, "phone_number"),
        ({"status": {}}, "status"),
    ],
)
def test_a_service_that_makes_no_sense_names_its_field(changes, field):
    with pytest.raises(DataError) as caught:
        service(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize("data", [[], {}, {"items": None}, {"items": {}}, {"items": []}])
def test_empty_lists_are_empty_in_any_spelling(data):
    assert wire.read_services(data) == ((), ())
    assert wire.read_mailboxes(data) == ((), ())


@pytest.mark.parametrize("data", [[], {"items": {}}, {"items": []}])
def test_a_page_of_reports_may_be_empty(data):
    page = read_page({"data": data}, account="voipano:12", lines=frozenset(), asked=1)
    assert (page.calls, page.total, page.pages) == ((), None, 1)


@pytest.mark.parametrize("data", [None, {}, {"items": None}])
def test_null_instead_of_reports_is_an_error(data):
    with pytest.raises(DataError):
        read_page({"data": data}, account="voipano:12", lines=frozenset(), asked=1)


@pytest.mark.parametrize(
    ("pagination", "page"),
    [
        ({"page": 2, "per_page": 10, "total": 32, "last_page": 4}, (2, 32, 4)),
        ({"page": "2", "per_page": "10", "total": "32", "last_page": "4"}, (2, 32, 4)),
        ({"page": None, "total": 32, "last_page": 4}, (2, 32, 4)),
        # Past the end: the provider may stay at its last page.
        ({"page": 1, "total": 5, "last_page": 1}, (1, 5, 1)),
        # 32 rows at 10 a page fill three pages and a part of a fourth.
        ({"page": 2, "per_page": 10, "total": 32}, (2, 32, 4)),
        ({"page": 2, "last_page": 4}, (2, None, 4)),
    ],
)
def test_pages_are_numbered(pagination, page):
    found = read_page(
        {"data": {"items": [], "pagination": pagination}}, account="voipano:12", lines=frozenset(), asked=2
    )
    assert (found.number, found.total, found.pages) == page


@pytest.mark.parametrize(
    ("pagination", "field"),
    [
        ({"page": 3, "last_page": 9}, "pagination.page"),
        # The last page in place of the second would leave seven out.
        ({"page": 9, "last_page": 9}, "pagination.page"),
        ({"page": 1, "last_page": 9}, "pagination.page"),
        ({"page": -2, "last_page": 9}, "pagination.page"),
        ({"page": 2, "total": -1}, "pagination.total"),
        ({"page": 2, "last_page": "four"}, "pagination.last_page"),
        ("2 of 4", "pagination"),
    ],
)
def test_pages_that_make_no_sense_name_their_field(pagination, field):
    with pytest.raises(DataError) as caught:
        read_page({"data": {"items": [], "pagination": pagination}}, account="voipano:12", lines=frozenset(), asked=2)
    assert caught.value.field == field


def test_billing_is_exact_in_any_spelling_and_unknown_where_it_is_missing():
    at = datetime(2026, 5, 20, tzinfo=UTC)
    for charged in (160, "160", 160.0):
        billing = wire.read_billing({"charged": charged, "unit_price": "0.1"}, at=at, currency="IRR")
        assert billing.charged.amount == 160
        assert billing.unit_price == Money(Decimal("0.1"), "IRR")
        assert billing.remaining_credit is None
    with pytest.raises(DataError, match=r"billing\.charged"):
        wire.read_billing({"charged": True}, at=at, currency="IRR")


@pytest.mark.parametrize("ok", [b"false", b"0", b'"false"'])
def test_a_reply_that_is_not_ok_is_a_refusal(ok):
    with pytest.raises(RequestError, match="refused"):
        wire.envelope(Reply(200, {}, b'{"ok":' + ok + b"}", "VoIPano"))


@pytest.mark.parametrize("content", [b"{}", b'{"ok":null}', b'{"ok":"perhaps"}', b"[]", b"1", b"", b"<html>"])
def test_a_reply_without_the_envelope_is_an_error(content):
    with pytest.raises(DataError):
        wire.envelope(Reply(200, {"Content-Type": "text/html"}, content, "VoIPano"))


def test_a_header_about_the_charge_does_not_hide_the_credit_in_the_body():
    # The numbers of the document's reply to a click-to-call.
    headers = {"Content-Type": "application/json", "X-Billing-Charged": "80"}
    body = b'{"ok": true, "data": {}, "billing": {"charged": 80, "unit_price": 80, "remaining_credit": 9920}}'
    said = wire.billing_of(Reply(200, headers, body), at=datetime(2026, 1, 1, tzinfo=UTC), currency="IRT")
    assert (said.charged, said.remaining_credit) == (Money(Decimal(80), "IRT"), Money(Decimal(9920), "IRT"))
    audio = Reply(200, {"Content-Type": "audio/wav", "X-Billing-Charged": "0"}, b"RIFF")
    said = wire.billing_of(audio, at=datetime(2026, 1, 1, tzinfo=UTC), currency="IRT")
    assert (said.charged, said.remaining_credit) == (Money(Decimal(0), "IRT"), None)
