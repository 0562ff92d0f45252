"""Telefonchy's document from top to bottom: each sample and each quirk, turned into the model.

The files under data/telefonchy are the document's own samples. The expected values are read off them by hand.
"""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson
import pytest
from at_once import at_once

from tests.providers.telefonchy_samples import sample, text
from trunkline.errors import (
    AuthenticationError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Call, City, Contact, Direction, Extension, Location, Money, Party, Status
from trunkline.providers.telefonchy import wire
from trunkline.transport import Reply

TEHRAN = ZoneInfo("Asia/Tehran")


def read_page(*arguments, **options):
    return at_once(wire.read_page(*arguments, **options))


def reader(extensions=()):
    return wire.CallReader(account="telefonchy:A", zone=TEHRAN, currency="IRR", extensions=frozenset(extensions))


def rial(amount):
    return Money(Decimal(amount), "IRR")


def answer(body, status=200, **headers):
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Reply(status, headers, raw, "Telefonchy")


def test_the_services_of_the_document():
    (service,) = wire.read_services(sample("services")["data"], zone=TEHRAN, currency="IRR")
    assert service.service_id == "{ANY_STRING}"
    (trunk,) = service.trunks
    assert trunk.credit == rial(21064)
    # 1399-06-15 is 2020-09-05, in Iran's summer time (+04:30).
    assert trunk.credit_expires_at == datetime(2020, 9, 5, 11, 11, 27, tzinfo=UTC)
    assert trunk.stream == service.service_id
    assert service.extensions == (Extension("1510", "کارشناس1", "{ANY_STRING}"),)


def test_the_call_of_the_document():
    page = read_page(sample("calls"), reader(), asked=1)
    assert (page.number, page.total, page.pages) == (1, 1, 1)
    (call,) = page.calls
    assert call == Call(
        account="telefonchy:A",
        call_id="71966",
        direction=Direction.INCOMING,
        status=Status.BUSY,
        # 12:02:18 in Tehran's summer time, on 2020-07-11.
        started_at=datetime(2020, 7, 11, 7, 32, 18, tzinfo=UTC),
        ended_at=datetime(2020, 7, 11, 7, 32, 24, tzinfo=UTC),
        trunk="21xxxxxxxx",
        source=Party(number="91xxxxxxxx", contact=Contact(contact_id="24626", location="مشهد")),
        destination=Party(number="91xxxxxxxx"),
        wait=6,
        talk=0,
        price=rial(17),
        price_wait=rial(17),
        price_talk=rial(0),
        price_record=rial(0),
        price_saved=rial(0),
        stream="{YOUR_SERVICE_ID}",
    )
    assert call.raw == sample("calls")["data"]["calls"][0]


def test_the_pushed_record_of_the_document_has_numbers_where_the_list_has_text():
    pushed = reader().call(wire.read_push_body(text("push").encode()))
    assert [pushed.price_wait, pushed.price_talk, pushed.price_record, pushed.price_saved, pushed.price] == [
        rial(1),
        rial(2),
        rial(2),
        rial(3),
        rial(3),
    ]
    assert (pushed.wait, pushed.talk, pushed.call_id) == (6, 0, "71966")


def test_the_date_of_the_document():
    assert wire.read_date(sample("current_date")["data"]) == datetime(2020, 7, 13, 11, 46, 23, tzinfo=UTC)


def test_the_locations_of_the_document_lack_a_closing_brace():
    body = text("locations").strip().encode()
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    whole = json.loads(wire.complete_json(body))
    assert wire.read_locations(whole["data"]) == (Location("آذربایجان شرقی", (City("1", "آذرشهر"),)),)
    assert wire.complete_json(b'{"a": 1}') == b'{"a": 1}'


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        (400, "Validations-Error", RequestError),
        (401, "Unauthorized", AuthenticationError),
        (402, "Failed", ProviderError),
        (403, "Forbidden", PermissionDeniedError),
        (404, "Not-Found", NotFoundError),
        (429, "Too-Many", RateLimitedError),
        (500, "Failed", ProviderError),
        ("401", "Unauthorized", AuthenticationError),
    ],
)
@pytest.mark.parametrize("http", [200, "same"])
def test_each_code_of_the_envelope_is_its_exception_whatever_the_http_status(code, status, error, http):
    body = {"status": status, "code": code, "message": "توکن", "data": []}
    with pytest.raises(error) as caught:
        wire.envelope(answer(body, status=int(code) if http == "same" else http))
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (200, DataError),
        (405, RequestError),
    ],
)
@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"", b"[]", b'{"ok": true}', b'{"code": "x"}'])
def test_an_answer_without_the_envelope_goes_by_its_http_status(status, error, body):
    with pytest.raises(error):
        wire.envelope(answer(body, status=status))


def test_a_message_of_the_provider_is_shown_without_numbers_and_secrets():
    body = {"code": 400, "message": "شماره 09120000123 با tok_0123456789abcdef درست نیست"}
    with pytest.raises(RequestError) as caught:
        wire.envelope(answer(body))
    assert "0912" not in str(caught.value)
    assert "tok_" not in str(caught.value)
    assert "شماره" in str(caught.value)


def record(**changes):
    row = copy.deepcopy(sample("calls")["data"]["calls"][0])
    row.update(changes)
    return row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ANSWERED", Status.ANSWERED),
        ("BUSY", Status.BUSY),
        ("NO ANSWER", Status.NO_ANSWER),
        ("CONGESTION", Status.CONGESTION),
        ("answered", Status.ANSWERED),
        ("SOMETHING NEW", Status.UNKNOWN),
        (None, Status.UNKNOWN),
        (7, Status.UNKNOWN),
    ],
)
def test_statuses(text, expected):
    assert reader().call(record(status=text)).status is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("incoming", Direction.INCOMING),
        ("outgoing", Direction.OUTGOING),
        ("local", Direction.INTERNAL),
        ("x", None),
        (None, None),
    ],
)
def test_types(text, expected):
    assert reader().call(record(type=text)).direction is expected


def test_numbers_arrive_as_text_and_as_numbers():
    as_text = reader().call(record(time_wait="6", time_talk="61", price="1700", price_talk="12.50"))
    as_numbers = reader().call(record(time_wait=6, time_talk=61.0, price=1700, price_talk=12.5, call_id=71966))
    assert as_text == as_numbers
    assert as_text.price_talk == rial("12.50")
    assert as_text.talk == 61


@pytest.mark.parametrize("missing", sorted(set(sample("calls")["data"]["calls"][0]) - {"call_id"}))
def test_a_field_that_is_missing_or_null_is_not_guessed(missing):
    row = record()
    del row[missing]
    without = reader().call(row)
    assert without == reader().call(record(**{missing: None}))
    names = {
        "service_id": ("stream", ""),
        "type": ("direction", None),
        "created_at": ("started_at", None),
        "call_source": ("source", Party()),
        "call_dest": ("destination", Party()),
        "time_wait": ("wait", None),
        "time_talk": ("talk", None),
        "status": ("status", Status.UNKNOWN),
    }
    name, value = names.get(missing, (missing, None))
    assert getattr(without, name) == value


def test_a_call_ends_after_its_start_also_when_clocks_are_turned_back():
    # On 21 September 2021 Tehran repeated 23:00 to 24:00: first from 18:30, then from 19:30 UTC.
    times = {"created_at": "1400-06-30 23:50:00", "ended_at": "1400-06-30 23:05:00"}
    for lengths in ({"time_wait": "10", "time_talk": "890"}, {"time_wait": None, "time_talk": None}):
        call = reader().call(record(**times, **lengths))
        assert call.started_at == datetime(2021, 9, 21, 19, 20, tzinfo=UTC)
        assert call.ended_at == datetime(2021, 9, 21, 19, 35, tzinfo=UTC)


def test_newer_records_say_the_start_the_extension_and_the_file_otherwise():
    newer = record(
        exten={"number": "1510", "caller_id": "x"}, started_at="1399-04-21 12:02:18", file_record="88", cuid="71966"
    )
    del newer["created_at"], newer["call_id"]
    call = reader().call(newer)
    assert (call.extension, call.recording, call.call_id) == ("1510", "88", "71966")
    assert call.started_at == datetime(2020, 7, 11, 7, 32, 18, tzinfo=UTC)
    assert not call.derived
    assert reader().call(record(exten="1511", object_id="x")).extension == "1511"
    assert reader().call(record(exten=1511)).extension == "1511"
    assert reader().call(record(exten={"caller_id": None})).extension is None


@pytest.mark.parametrize(
    ("value", "expected"), [("0", None), ("null", None), ("", None), (None, None), (0, None), ("88", "88"), (88, "88")]
)
def test_recordings_that_there_are_not_have_several_spellings(value, expected):
    assert reader().call(record(file_id=value)).recording == expected


def test_an_extension_that_older_records_leave_out_is_derived_from_the_ends():
    known = reader(extensions=["1510", "1511"])
    outgoing = known.call(record(type="outgoing", call_source={"number": "1510", "contact": None}))
    incoming = known.call(record(type="incoming", call_dest={"number": "1511", "contact": None}))
    local = known.call(record(type="local", call_source={"number": "1510"}, call_dest={"number": "1511"}))
    assert [(call.extension, call.derived) for call in (outgoing, incoming, local)] == [
        ("1510", {"extension"}),
        ("1511", {"extension"}),
        ("1510", {"extension"}),
    ]
    assert known.call(record()).extension is None


def test_trunks_and_parties_meet_in_one_spelling():
    call = reader().call(
        record(
            trunk="2155512345",
            call_source={
                "number": "9120000123",
                "contact": {
                    "name": None,
                    "company": "شرکت آزمون",
                    "numbers": [{"number_id": "1", "number": "09120000123", "type": "mobile"}],
                },
            },
        )
    )
    assert call.trunk == "2155512345"
    assert call.source.e164 == "+989120000123"
    assert call.source.name == "شرکت آزمون"
    assert call.source.contact.numbers == ("09120000123",)
    services = [{"service_id": "A", "trunks": [{"number": "02155512345", "credit": None}], "extens": None}]
    (service,) = wire.read_services(services, zone=TEHRAN, currency="IRR")
    assert service.trunks[0].trunk_id == call.trunk
    assert service.trunks[0].credit is None
    assert service.trunks[0].e164 == "+982155512345"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("call_id", ""),
        ("call_id", None),
        ("call_id", []),
        ("call_id", "7" * 201),
        ("time_talk", "long"),
        ("time_talk", -1),
        ("time_wait", True),
        ("price", "free"),
        ("price", {"value": 1}),
        ("price", float("inf")),
        ("price_saved", [1]),
        ("created_at", "1399-13-41 00:00:00"),
        ("ended_at", 17),
        ("call_source", "91"),
        ("trunk", ["21"]),
        ("note", {"a": 1}),
        ("note", "x" * 20000),
    ],
)
def test_a_field_that_makes_no_sense_is_named(field, value):
    with pytest.raises(DataError) as caught:
        reader().call(record(**{field: value}))
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["price", "price_talk", "time_wait", "time_talk", "service_id", "trunk"])
@pytest.mark.parametrize(("number", "value"), [(1, True), (0, False)])
def test_true_and_false_are_no_numbers_after_a_row_with_1_and_0(field, number, value):
    calls = [record(**{field: number}), record(call_id="9", **{field: value})]
    page = read_page({"data": {"calls": calls}}, reader(), asked=1)
    assert [(row.call_id, row.field) for row in page.unreadable] == [("9", field)]


def test_a_paginator_may_write_its_counts_as_text_and_leave_out_the_total():
    paginator = {"current": "2", "total_pages": "5", "total_items": "99"}
    for total, sent in ((99, paginator), (None, {**paginator, "total_items": None})):
        page = read_page({"data": {"calls": []}, "paginator": sent}, reader(), asked=2)
        assert (page.number, page.pages, page.total) == (2, 5, total)


@pytest.mark.parametrize("body", [{"paginator": {}}, {"paginator": {"current": 2, "total_items": 99}}, {}])
def test_a_further_page_without_the_number_of_pages_is_an_error(body):
    with pytest.raises(DataError, match="paginator"):
        read_page({"data": {"calls": []}, **body}, reader(), asked=2)


@pytest.mark.parametrize("data", [None, {}, {"calls": None}])
def test_null_instead_of_a_list_is_an_error(data):
    with pytest.raises(DataError, match="data"):
        read_page({"data": data}, reader(), asked=1)


def test_a_row_that_makes_no_sense_is_kept_apart():
    page = read_page({"data": {"calls": [record(), record(call_id="9", price="many"), "nothing"]}}, reader(), asked=1)
    assert [call.call_id for call in page.calls] == [record()["call_id"]]
    assert [(row.field, row.call_id) for row in page.unreadable] == [("price", "9"), ("call", None)]
    assert page.unreadable[1].record == "nothing"


def test_only_past_the_end_another_page_than_the_one_asked_for_is_taken():
    body = {"data": {"calls": []}, "paginator": {"current": 5, "total_pages": 5, "total_items": 99}}
    assert [read_page(body, reader(), asked=asked).number for asked in (5, 7)] == [5, 5]
    for asked in (1, 4):
        with pytest.raises(DataError) as caught:
            read_page(body, reader(), asked=asked)
        assert caught.value.field == "paginator.current"


def test_a_list_without_a_paginator_states_no_total():
    page = read_page({"data": {"calls": [record()]}}, reader(), asked=1)
    assert (page.total, page.pages) == (None, 1)
    assert read_page({"data": []}, reader(), asked=1).calls == ()


def test_a_push_may_come_as_a_form():
    row = sample("push")
    as_json = {**row, "call_source": json.dumps(row["call_source"]), "call_dest": json.dumps(row["call_dest"])}
    assert reader().call(wire.read_push_body(as_json)).source == reader().call(row).source
    brackets = b"service_id=A&call_id=71966&call_source[number]=9120000123&call_source[contact][name]=x&time_talk=5"
    call = reader().call(wire.read_push_body(brackets))
    assert (call.source.number, call.source.name, call.talk) == ("9120000123", "x", 5)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"nonsense", b"[1,2]", b"17", b"{", b"a=1&a[b]=2", b"call_source={x", b"x" * (1 << 20) + b"="],
)
def test_a_push_that_is_not_a_record_is_refused(body):
    with pytest.raises(DataError):
        wire.read_push_body(body)
