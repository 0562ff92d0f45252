"""The reader of MOR's call rows, given rows of the API, of its webhook and of the web pages."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trunkline.errors import DataError
from trunkline.model import CallerId, Device, Direction, Money, Status
from trunkline.providers.mor.call_rows import API, WEB, CallReader
from trunkline.providers.mor.derived_ids import DerivedIds
from trunkline.providers.mor.devices import numbers_of_devices_and_caller_ids

VILNIUS = ZoneInfo("Europe/Vilnius")


def usd(text):
    return Money(Decimal(text), "USD")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# Rows of the API.

ROWS = CallReader(
    API,
    account="mor:a",
    zone=VILNIUS,
    currency="EUR",
    trunk="2",
    own_numbers={"101": "101", "102": "102", "37052000009": ""},
)
DATE = {"calldate2": "2008-03-10 05:45:31"}


def test_a_row_of_an_administrator():
    call = ROWS.call(
        {
            **DATE,
            "billsec": "36",
            "timezone": "GMT +02:00",
            "clid": '"Jonas Pavyzdys" <101>',
            "did": None,
            "disposition": "ANSWERED",
            "dst": "12129989282",
            "duration": "40",
            "id": "855",
            "src": "101",
            "user_price": "0.049",
            "uniqueid": "1205120731.855",
        },
        currency="USD",
    )
    assert (call.call_id, call.status, call.direction) == ("855", Status.ANSWERED, Direction.OUTGOING)
    assert (call.started_at, call.ended_at) == (utc(2008, 3, 10, 3, 45, 31), utc(2008, 3, 10, 3, 46, 11))
    assert (call.talk, call.wait, call.price) == (36, 4, usd("0.049"))
    assert (call.source.number, call.source.name, call.source.e164) == ("101", "Jonas Pavyzdys", None)
    assert (call.destination.e164, call.extension, call.trunk) == ("+12129989282", "101", "2")
    assert call.derived == {"direction", "extension", "wait", "ended_at"}
    assert call.raw["uniqueid"] == "1205120731.855"


def test_the_documents_row_has_talk_and_no_wait():
    call = ROWS.call(
        {
            "date": "2008-03-10 05:45:31",
            "called_from": "12129989282",
            "called_to": "101",
            "duration": "00:00:36",
            "hangup_cause": "Answered",
            "price": "0.049",
        }
    )
    assert (call.talk, call.wait, call.ended_at, call.status) == (36, None, None, Status.ANSWERED)
    assert (call.direction, call.extension, call.price) == (Direction.INCOMING, "101", Money(Decimal("0.049"), "EUR"))


@pytest.mark.parametrize(
    ("cause", "talk", "wait", "derived"),
    [("No Answer", 0, 36, {"talk", "wait"}), ("Answered", 36, None, set()), ("Atsiliepta", None, None, set())],
)
def test_the_duration_of_a_web_row_is_talk_only_for_answered_calls(cause, talk, wait, derived):
    # The document's missed call has a duration of 36 s and the cause "No Answer".
    row = {"date": "2008-03-10 05:45:31", "called_from": "12129989282", "duration": "00:00:36", "hangup_cause": cause}
    call = ROWS.call(row)
    assert (call.talk, call.wait, call.ended_at) == (talk, wait, None)
    assert call.derived == {"call_id", *derived}


@pytest.mark.parametrize(
    ("row", "direction"),
    [
        ({"src": "101", "dst": "102"}, Direction.INTERNAL),
        ({"src": "101", "dst": "12129989282"}, Direction.OUTGOING),
        ({"src": "12129989282", "dst": "101"}, Direction.INCOMING),
        ({"src": "12129989282", "dst": "37052000001", "did": "37052000001"}, Direction.INCOMING),
        ({"src": "12129989282", "dst": "37052000001", "did": None}, Direction.OUTGOING),
        ({"src": "12129989282", "dst": "37052000001"}, None),
        ({"src": "12129989282", "dst": "999", "did": ""}, None),
        ({"src": "37052000009", "dst": "12129989282"}, Direction.OUTGOING),
        ({"direction": "in"}, Direction.INCOMING),
        ({}, None),
    ],
)
def test_direction(row, direction):
    call = ROWS.call({**DATE, **row})
    assert call.direction is direction
    assert ("direction" in call.derived) == (direction is not None and "direction" not in row)


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"disposition": "NO ANSWER"}, Status.NO_ANSWER),
        ({"disposition": "no_answer"}, Status.NO_ANSWER),
        ({"dispod": "BUSY (17)"}, Status.BUSY),
        ({"disposition": "FAILED"}, Status.FAILED),
        ({"disposition": "FAILED", "hangupcause": "34"}, Status.CONGESTION),
        ({"disposition": "FAILED", "hangupcause": 42}, Status.CONGESTION),
        ({"disposition": "PARKED"}, Status.UNKNOWN),
        ({"disposition": 5}, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
    ],
)
def test_status(row, status):
    assert ROWS.call({**DATE, **row}).status is status


@pytest.mark.parametrize(
    ("clid", "name"),
    [
        ('"Jonas" <12129989282>', "Jonas"),
        ("Jonas <12129989282>", "Jonas"),
        ('"12129989282" <12129989282>', None),
        ("12129989282", None),
        ("<12129989282>", None),
        ("", None),
        ('"Ona" <anonymous>', "Ona"),
        ("UAB „Gervė“ <Vilnius>", "UAB „Gervė“ <Vilnius>"),
    ],
)
def test_caller_name(clid, name):
    assert ROWS.call({**DATE, "src": "12129989282", "clid": clid}).source.name == name


def test_a_webhooks_row_may_have_unix_time_and_a_number_as_destination():
    call = ROWS.call({"calltime": "1205120731", "destination": "12129989282", "direction": "outgoing"})
    assert call.started_at == utc(2008, 3, 10, 3, 45, 31)
    assert (call.destination.number, call.direction, call.derived) == ("12129989282", Direction.OUTGOING, {"call_id"})
    assert ROWS.call({**DATE, "destination": "United States"}).destination.number is None


@pytest.mark.parametrize("row", [{}, {"calldate2": None}, {"calldate2": "0000-00-00 00:00:00"}, {"calldate2": "soon"}])
def test_a_row_without_a_time_is_a_data_error(row):
    with pytest.raises(DataError, match="calldate2"):
        ROWS.call(row)


# Derived ids.


def test_two_rows_with_the_same_uniqueid_are_two_calls():
    row = {**DATE, "src": "101", "dst": "12129989282", "uniqueid": "1205120731.855"}
    failed, answered, other = ROWS.calls(
        [{**row, "disposition": "FAILED"}, {**row, "disposition": "ANSWERED"}, {**row, "dst": "1"}]
    )
    assert answered.call_id == f"{failed.call_id}-2"
    assert other.call_id != failed.call_id
    assert [call.call_id for call in ROWS.calls([row, row])] == [failed.call_id, answered.call_id]


def test_a_derived_id_does_not_change_with_a_price_or_the_zones_spelling():
    row = {**DATE, "src": "101", "dst": "1", "timezone": "GMT +02:00"}
    assert ROWS.call({**row, "user_price": "1"}).call_id == ROWS.call({**DATE, "src": "101", "dst": "1"}).call_id


def test_derived_ids_differ_for_missing_and_empty_parts():
    ids = DerivedIds()
    derived = [ids.next("a", None), ids.next("a", ""), ids.next("a"), ids.next("a", None)]
    assert len(set(derived)) == 4
    assert derived[3] == f"{derived[0]}-2"


# Rows of the web pages.


def web_reader(own_numbers=None):
    return CallReader(
        WEB, account="mor:1@mor.example", zone=VILNIUS, currency="EUR", trunk="1", own_numbers=own_numbers or {}
    )


WEB_ROW = {
    "date": "2026-06-10 08:45:31",
    "called_from": "101",
    "called_to": "37060000001",
    "duration": "01:00:05",
    "hangup_cause": "Answered",
    "price": "0.5",
}
OWN_WEB_NUMBERS = numbers_of_devices_and_caller_ids(
    [Device("1", "SIP", None, "101", "desk-101"), Device("2", "IAX2", None, None, "102"), Device("3")],
    [CallerId("1", "37052000001", None, "SIP/desk-101"), CallerId("2", "37052000002"), CallerId("3")],
)


@pytest.mark.parametrize(
    ("source", "destination", "direction", "extension"),
    [
        ("101", "37060000001", Direction.OUTGOING, "101"),
        ("desk-101", "37060000001", Direction.OUTGOING, "101"),
        ("37052000001", "37060000001", Direction.OUTGOING, "101"),
        ("37052000002", "37060000001", Direction.OUTGOING, None),
        ("37060000001", "102", Direction.INCOMING, "102"),
        ("101", "102", Direction.INTERNAL, "101"),
        ("37052000002", "102", Direction.INTERNAL, "102"),
        ("37060000001", "37060000002", None, None),
        (None, None, None, None),
    ],
)
def test_the_direction_of_a_web_row_by_the_accounts_own_numbers(source, destination, direction, extension):
    call = web_reader(OWN_WEB_NUMBERS).call({**WEB_ROW, "called_from": source, "called_to": destination})
    assert (call.direction, call.extension) == (direction, extension)
    assert ("direction" in call.derived, "extension" in call.derived) == (direction is not None, extension is not None)


@pytest.mark.parametrize(
    ("cause", "status"),
    [
        ("Answered", Status.ANSWERED),
        ("ANSWERED", Status.ANSWERED),
        ("No Answer", Status.NO_ANSWER),
        ("no_answer", Status.NO_ANSWER),
        ("Busy", Status.BUSY),
        ("Failed", Status.FAILED),
        ("Congestion", Status.CONGESTION),
        ("Atsiliepta", Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
def test_hangup_causes(cause, status):
    call = web_reader().call({**WEB_ROW, "hangup_cause": cause})
    assert call.status is status
    # One hour and five seconds.
    expected = {Status.ANSWERED: (3605, None), Status.UNKNOWN: (None, None)}.get(status, (0, 3605))
    assert (call.talk, call.wait) == expected


def test_derived_ids_depend_on_what_identifies_a_row():
    call_id = web_reader().call(WEB_ROW).call_id
    for name, other in (("price", "0.6"), ("hangup_cause", "Atsiliepta"), ("destination", "Lithuania")):
        assert web_reader().call({**WEB_ROW, name: other}).call_id == call_id, name
    for name, other in (
        ("date", "2026-06-10 08:45:32"),
        ("called_from", "102"),
        ("called_to", None),
        ("duration", "01:00:06"),
    ):
        assert web_reader().call({**WEB_ROW, name: other}).call_id != call_id, name
    assert [call.call_id for call in web_reader().calls([WEB_ROW, WEB_ROW, WEB_ROW])] == [
        call_id,
        f"{call_id}-2",
        f"{call_id}-3",
    ]


def test_times_follow_the_accounts_zone():
    # Lithuania: two hours ahead of UTC in winter, three in summer; on 2026-10-25 the hour from 3:00 happened twice.
    for text, moment in (
        ("2026-01-15 12:00:00", utc(2026, 1, 15, 10)),
        ("2026-07-15 12:00:00", utc(2026, 7, 15, 9)),
        ("2026-10-25 03:30:00", utc(2026, 10, 25, 0, 30)),
    ):
        assert web_reader().call({**WEB_ROW, "date": text}).started_at == moment


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("date", None),
        ("date", "yesterday"),
        ("date", "0000-00-00 00:00:00"),
        ("date", 5),
        ("duration", "an hour"),
        ("duration", "00:61:00"),
        ("price", "cheap"),
        ("price", "1e9"),
        ("called_from", ["101"]),
        ("destination", {"a": "b"}),
    ],
)
def test_a_data_error_names_the_column_of_a_web_row(name, nonsense):
    with pytest.raises(DataError) as caught:
        web_reader().call({**WEB_ROW, name: nonsense})
    assert caught.value.field == name
