"""Every event that Simotel pushes: as JSON, as a form and as the parameters of a query.

The document's tables name the fields; the values here are invented, with times that can be checked by hand:
1624340875 seconds since the epoch are 2021-06-22 05:47:55 UTC, 10:17:55 in Tehran.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from trunkline.errors import DataError
from trunkline.model import Call, Direction, LineEvent, Status
from trunkline.providers import open_account
from trunkline.providers.simotel import SIMOTEL
from trunkline.providers.simotel.push_events import read_event

TEHRAN = ZoneInfo("Asia/Tehran")
ACCOUNT = "simotel:pbx.example"
UID = "1624340875.75933"

CDR = {
    "event_name": "Cdr",
    "starttime": "2021-06-22 05:47:56.120000",
    "endtime": "2021-06-22 05:49:07.977000",
    "src": "562",
    "dst": "09000008573",
    "type": "outgoing",
    "disposition": "ANSWERED",
    "billsec": 54,
    "wait": 14,
    "record": "20210622_1624340875.75933.mp3",
    "unique_id": UID,
}
CDR_QUEUE = {
    "event_name": "CdrQueue",
    "unique_id": UID,
    "src": "09000004567",
    "dst": "560",
    "queue": "901",
    "billsec": "31",
    "wait": "9",
    "duration": "40",
    "agent_wait": "9",
    "disposition": "ANSWERED",
    "hangup": "caller",
    "queue_status": "",
    "record": "",
    "answeredtime": "2021-06-22 05:48:05.000000",
    "ringtime": "2021-06-22 05:47:56.000000",
    "starttime": "2021-06-22 05:47:55.500000",
    "endtime": "2021-06-22 05:48:36.000000",
    "detail": [
        {
            "src": "09000004567",
            "dst": "560",
            "billsec": "31",
            "wait": "9",
            "disposition": "ANSWERED",
            "comment": "",
            "tries": "1",
        }
    ],
}


def event(payload, kind=None):
    return read_event(payload, kind=kind, event_types=SIMOTEL.event_types, account=ACCOUNT, zone=TEHRAN)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_an_answered_call():
    call = event(json.dumps(CDR).encode())
    assert isinstance(call, Call)
    assert (call.account, call.call_id) == (ACCOUNT, UID)
    assert (call.direction, call.status) == (Direction.OUTGOING, Status.ANSWERED)
    assert call.started_at == utc(2021, 6, 22, 5, 47, 56, 120000)
    assert call.ended_at == utc(2021, 6, 22, 5, 49, 7, 977000)
    assert (call.wait, call.talk, call.extension) == (14, 54, "562")
    assert call.recording == "20210622_1624340875.75933.mp3"
    assert call.destination.e164 == "+989000008573"
    assert call.derived == {"extension"}


def test_an_unanswered_call_has_a_duration_and_no_billsec():
    record = {
        "event_name": "Cdr",
        "starttime": "2021-06-22 05:47:55.000000",
        "endtime": "2021-06-22 05:48:10.000000",
        "src": "09000004567",
        "dst": "560",
        "type": "incoming",
        "disposition": "NO ANSWER",
        "duration": 15,
        "wait": 15,
        "unique_id": UID,
        "entry_point": "t1541",
    }
    call = event(record)
    assert (call.status, call.wait, call.talk, call.trunk, call.extension) == (
        Status.NO_ANSWER,
        15,
        None,
        "t1541",
        "560",
    )


@pytest.mark.parametrize("name", ["Cdr", "CDR", "cdr"])
def test_the_name_of_the_call_event_comes_in_several_spellings(name):
    assert isinstance(event({**CDR, "event_name": name}), Call)


def test_the_same_call_as_a_form_and_as_a_query():
    as_json = event(json.dumps(CDR).encode())
    assert event(urlencode(CDR).encode()) == as_json
    assert event({name: str(value) for name, value in CDR.items()}) == as_json


def test_the_field_names_of_the_documents_table_are_read():
    record = {**CDR, "start_time": CDR["starttime"], "end_time": CDR["endtime"], "cuid": "1624340875.75900"}
    del record["starttime"], record["endtime"]
    call = event(record)
    assert (call.call_id, call.started_at) == ("1624340875.75900", utc(2021, 6, 22, 5, 47, 56, 120000))


def test_the_unique_id_shows_that_a_server_is_set_to_local_time():
    call = event({**CDR, "starttime": "2021-06-22 10:17:56.120000", "endtime": "2021-06-22 10:19:07.977000"})
    assert call.started_at == utc(2021, 6, 22, 5, 47, 56, 120000)
    assert call.ended_at == utc(2021, 6, 22, 5, 49, 7, 977000)
    # 1400-04-01 is the same day of the other calendar.
    assert event({**CDR, "starttime": "1400-04-01 10:17:56"}).started_at == utc(2021, 6, 22, 5, 47, 56)


def test_a_time_that_fits_neither_zone_is_read_as_the_document_says():
    assert event({**CDR, "starttime": "2021-06-22 20:00:00"}).started_at == utc(2021, 6, 22, 20, 0, 0)
    assert event({**CDR, "unique_id": "call-7", "starttime": "2021-06-22 10:17:56"}).started_at == utc(
        2021, 6, 22, 10, 17, 56
    )


def test_a_pushed_call_ends_after_its_start_also_when_clocks_are_turned_back():
    # 19:20 UTC, when Tehran's clocks showed 23:50 for the first time; they were turned back at midnight.
    started = utc(2021, 9, 21, 19, 20)
    times = {"starttime": "2021-09-21 23:50:00", "endtime": "2021-09-21 23:05:00"}
    call = event({**CDR, **times, "unique_id": f"{started.timestamp():.0f}.7", "wait": "10", "billsec": "890"})
    assert (call.started_at, call.ended_at) == (started, utc(2021, 9, 21, 19, 35))


def test_a_pushed_call_in_the_second_of_two_equal_hours_is_known_by_its_unique_id():
    # 20:20 UTC, when Tehran's clocks showed 23:50 for the second time.
    started = utc(2021, 9, 21, 20, 20)
    times = {"starttime": "2021-09-21 23:50:00", "endtime": "2021-09-21 23:55:00"}
    call = event({**CDR, **times, "unique_id": f"{started.timestamp():.0f}.7", "wait": "10", "billsec": "290"})
    assert (call.started_at, call.ended_at) == (started, utc(2021, 9, 21, 20, 25))


def test_a_missing_start_comes_from_the_unique_id():
    call = event({**CDR, "starttime": ""})
    assert call.started_at == utc(2021, 6, 22, 5, 47, 55)
    assert "started_at" in call.derived
    with pytest.raises(DataError, match="starttime"):
        event({**CDR, "starttime": "", "unique_id": "call-7"})


def test_a_call_in_a_queue_is_an_event_because_cdr_reports_the_call():
    found = event(CDR_QUEUE)
    assert found == LineEvent(
        kind="cdr_queue",
        at=utc(2021, 6, 22, 5, 47, 55, 500000),
        call_id=UID,
        extension="560",
        state="ANSWERED",
        number="09000004567",
        queue="901",
    )
    assert found.data == CDR_QUEUE


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (
            {
                "event_name": "NewState",
                "exten": "560",
                "state": "Ringing",
                "participant": "09000004567",
                "direction": "in",
                "queue": "901",
                "unique_id": UID,
            },
            LineEvent(
                "new_state",
                call_id=UID,
                extension="560",
                state="Ringing",
                number="09000004567",
                queue="901",
                direction=Direction.INCOMING,
            ),
        ),
        (
            {"event_name": "IncomingCall", "number": "09000002233", "unique_id": UID, "entry_point": "t1541"},
            LineEvent("incoming_call", call_id=UID, number="09000002233", direction=Direction.INCOMING),
        ),
        (
            {
                "event_name": "OutgoingCall",
                "number": "09000002233",
                "unique_id": UID,
                "outgoing_point": "t1541",
                "originated_call_id": "orig.call.1.2",
            },
            LineEvent(
                "outgoing_call",
                call_id=UID,
                number="09000002233",
                placed_call_id="orig.call.1.2",
                direction=Direction.OUTGOING,
            ),
        ),
        (
            {
                "event_name": "Transfer",
                "unique_id": UID,
                "transferer": "560",
                "transferred_from": "09000002233",
                "transferred_to": "561",
            },
            LineEvent("transfer", call_id=UID, extension="560", number="561"),
        ),
        (
            {"event_name": "Transfer", "unique_id": UID, "transfer": "560", "transferred_to": "561"},
            LineEvent("transfer", call_id=UID, extension="560", number="561"),
        ),
        (
            {"event_name": "ExtenAdded", "exten": "570", "state": "Idle"},
            LineEvent("exten_added", extension="570", state="Idle"),
        ),
        (
            {"event_name": "ExtenRemoved", "exten": "570", "state": "Unavailable"},
            LineEvent("exten_removed", extension="570", state="Unavailable"),
        ),
        (
            {
                "event_name": "VoiceMail",
                "id": "60c856c88b2427f7c61c55b6",
                "number": "400",
                "state": "SUCCESS",
                "date": "2021-06-15 07:29:12.000000",
                "caller": "570",
                "filename": "400_1.wav",
                "duration": "2",
            },
            LineEvent("voice_mail", at=utc(2021, 6, 15, 7, 29, 12), extension="400", state="SUCCESS", number="570"),
        ),
        (
            {
                "event_name": "VoiceMailEmail",
                "id": "60c856c88b2427f7c61c55b6",
                "number": "400",
                "state": "FAILED",
                "date": "2021-06-15 07:29:12",
                "message": "no route",
                "receiver": "pbx@example.com",
                "active": "True",
                "attached_file": "False",
            },
            LineEvent("voice_mail_email", at=utc(2021, 6, 15, 7, 29, 12), extension="400", state="FAILED"),
        ),
        (
            {
                "event": "Survey",
                "unique_id": "1612858371.2269",
                "src": "09000004567",
                "dst": "555",
                "queue": "900",
                "date": "2021-02-09 08:15:37.000000",
                "point": 15,
                "label": "sale",
            },
            LineEvent(
                "survey",
                at=utc(2021, 2, 9, 8, 15, 37),
                call_id="1612858371.2269",
                extension="555",
                number="09000004567",
                queue="900",
            ),
        ),
        (
            {
                "event_name": "IncomingFax",
                "fax_id": "1",
                "entry_point": "t1541",
                "unique_id": UID,
                "date": "2021-06-22 05:48:00",
                "src": "09000002233",
                "dst": "100",
                "state": "SUCCESS",
                "description": {"FAXPAGES": "1"},
            },
            LineEvent("incoming_fax", at=utc(2021, 6, 22, 5, 48), call_id=UID, state="SUCCESS", number="09000002233"),
        ),
        (
            {
                "event_name": "OutgoingFax",
                "fax_id": "1",
                "unique_id": UID,
                "date": "2021-06-22 05:48:00",
                "src": "100",
                "dst": "09000002233",
                "state": "FAILED",
                "description": {"REASON": "busy"},
            },
            LineEvent("outgoing_fax", at=utc(2021, 6, 22, 5, 48), call_id=UID, state="FAILED", number="09000002233"),
        ),
        (
            {
                "event_name": "TrunkNewState",
                "trunk_name": "t1541",
                "trunk_type": "SIP",
                "state": "Unavailable",
                "last_time": 1624340875.5,
                "last_time_sec": 12.5,
                "date": 1624340888.25,
            },
            LineEvent("trunk_new_state", at=utc(2021, 6, 22, 5, 48, 8, 250000), state="Unavailable"),
        ),
        (
            {"event_name": "TrunkAdded", "trunk_name": "t1541", "state": "Ok", "date": "1624340888.25"},
            LineEvent("trunk_added", at=utc(2021, 6, 22, 5, 48, 8, 250000), state="Ok"),
        ),
        (
            {"event_name": "TrunkRemoved", "trunk_name": "t1541", "state": "Deactivate", "last_time": 1624340888},
            LineEvent("trunk_removed", at=utc(2021, 6, 22, 5, 48, 8), state="Deactivate"),
        ),
        (
            {
                "event_name": "AutoDialerReport",
                "start": "1399-12-01 15:17:00",
                "end": "1400-12-04 15:17:00",
                "campaign_id": "60c74cec7d2c21279a295b4e",
                "number": "09000001239",
                "disposition": "LOST",
                "try": 1,
                "tries": [],
            },
            LineEvent("auto_dialer_report", state="LOST", number="09000001239"),
        ),
        (
            # The sample of the document, which has no name.
            {
                "start": "2023-02-07 19:09:34.201000",
                "end": "2023-02-10 19:09:00",
                "campaign_id": "63e24b3e3ba6c708b7612152",
                "campaign": "test12",
                "interface_context": "1111",
                "interface_text": "2222",
                "number": "09000002312",
                "disposition": "ANSWERED",
                "try": 1,
                "repeat": 27,
                "billsec": 5,
                "wait": 2,
                "tries": [{"cdr_id": "63e2a1f743a08d4ed9966fdb", "cause": "16", "disposition": "ANSWERED", "wait": 2}],
            },
            LineEvent("auto_dialer_report", state="ANSWERED", number="09000002312"),
        ),
        (
            {
                "event_name": "ReservedCallInFront",
                "event": "ReservedCallInFront",
                "queue_name": "901",
                "caller_id": "09000004567",
                "date": "2021-06-22 05:48:00",
            },
            LineEvent("reserved_call_in_front", at=utc(2021, 6, 22, 5, 48), number="09000004567", queue="901"),
        ),
        ({"event_name": "Ping"}, LineEvent("ping")),
    ],
    ids=lambda value: value.kind if isinstance(value, LineEvent) else "",
)
def test_every_event_of_the_document(record, expected):
    for payload in (record, json.dumps(record).encode()):
        found = event(payload)
        assert found == expected
        assert found.data == record


def test_the_kind_may_be_in_the_address_instead_of_the_record():
    record = {"exten": "560", "state": "Idle", "unique_id": UID}
    for kind in ("NewState", "newstate", "new_state"):
        assert event(record, kind).kind == "new_state"
    with pytest.raises(DataError, match="event_name"):
        event(record)
    for nonsense in ("two words", "9", "x" * 61, "Café"):
        with pytest.raises(DataError, match="event_name"):
            event(record, nonsense)


def test_an_event_of_a_newer_server_keeps_its_name():
    found = event({"event_name": "QueueNewState", "queue": "901", "state": "Full", "unique_id": UID})
    assert found == LineEvent("queue_new_state", call_id=UID, state="Full", queue="901")
    assert event({}, "SMSReceived").kind == "smsreceived"


def test_the_documents_own_sample_with_a_bare_number():
    payload = b'{"event_name": "IncomingCall", "number": 09000002233, "unique_id": "1624340875.1", "entry_point": "a 0900, \\" b"}'
    found = event(payload)
    assert found.number == "09000002233"
    assert found.data["entry_point"] == 'a 0900, " b'


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'"Cdr"',
        b"\xff\xfe",
        b'{"event_name": ',
        b'{"event_name": "Cdr"',
        b"just text",
        b'"' + b'\\"' * 50_000,
        b'{"a":' * 5000,
        b" " * ((1 << 20) + 1),
    ],
)
def test_a_body_that_is_not_an_event_is_an_error(payload):
    with pytest.raises(DataError):
        event(payload)


@pytest.mark.parametrize(
    ("field", "value"),
    [("starttime", "soon"), ("wait", "long"), ("unique_id", ["x"]), ("src", {}), ("starttime", 5), ("starttime", True)],
)
def test_an_unreadable_field_is_named(field, value):
    with pytest.raises(DataError) as caught:
        event({**CDR, field: value})
    assert caught.value.field == field


async def test_parse_push_accepts_only_calls():
    async with open_account("simotel", base_url="http://pbx.example/api/v4", api_key="k" * 20) as account:
        assert not account.push_has_key
        call = account.parse_push(json.dumps(CDR).encode())
        assert call.account == ACCOUNT
        with pytest.raises(DataError, match="Cdr"):
            account.parse_push({"event_name": "Ping"})
        assert account.parse_event({}, kind="Ping") == LineEvent("ping")


def test_times_may_be_mongos_dates():
    moment = {"$date": {"$numberLong": "1624340876120"}}
    assert event({**CDR, "starttime": moment}).started_at == utc(2021, 6, 22, 5, 47, 56, 120000)
