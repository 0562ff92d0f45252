"""Simotel's events: what is pushed when a call has ended, and every other event of the document, in all its forms."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from aiohttp import web
from simotel_client import Exchange, check_shape

NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
# The document's samples.
SAMPLES = {
    "CdrQueue": {
        "event_name": "CdrQueue",
        "unique_id": "1610782193.391",
        "src": "992",
        "dst": "993",
        "queue": "902",
        "billsec": "31",
        "wait": "3",
        "duration": "34",
        "agent_wait": "3",
        "disposition": "ANSWERED",
        "hangup": "agent",
        "queue_status": "CONTINUE",
        "record": "20210116_1610782193.391.mp3",
        "answeredtime": "2021-01-16 07:29:56.819506",
        "ringtime": "2021-01-16 07:29:53.382906",
        "starttime": "2021-01-16 07:29:53.310319",
        "endtime": "2021-01-16 07:30:28.794906",
        "detail": [
            {
                "src": "992",
                "dst": "993",
                "billsec": "31",
                "wait": "3",
                "disposition": "ANSWERED",
                "comment": "",
                "tries": "1",
            }
        ],
    },
    "NewState": {"event_name": "NewState", "exten": "991", "state": "Idle", "unique_id": "1610778618.378"},
    "IncomingCall": {
        "event_name": "IncomingCall",
        "number": "09000002233",
        "unique_id": "1812081675.213",
        "entry_point": "to_simo_51_20",
    },
    "OutgoingCall": {
        "event_name": "OutgoingCall",
        "number": "999",
        "unique_id": "1610781425.388",
        "outgoing_point": "to_simo_51_20",
    },
    "Transfer": {
        "event_name": "Transfer",
        "unique_id": "1613906376.30",
        "transferer": "993",
        "transferred_from": "991",
        "transferred_to": "993",
    },
    "ExtenAdded": {"event_name": "ExtenAdded", "exten": "77777", "state": "Unavailable"},
    "ExtenRemoved": {"event_name": "ExtenRemoved", "exten": "77777", "state": "Unavailable"},
    "VoiceMail": {
        "event_name": "VoiceMail",
        "id": "5fedc3b31b05af9835bbcfdd",
        "number": "5555",
        "state": "SUCCESS",
        "date": "2020-12-31 12:27:31.752195",
        "filename": "5555_1609417639-vm-record-file-8766.wav",
        "duration": "1",
        "caller": "992",
    },
    "VoiceMailEmail": {
        "event_name": "VoiceMailEmail",
        "id": "5fedc3b31b05af9835bbcfdd",
        "number": "5555",
        "state": "SUCCESS",
        "date": "2020-12-31 12:27:38.290333",
        "receiver": "sample@example.com",
        "active": "True",
        "attached_file": "False",
    },
    "Survey": {
        "event": "Survey",
        "unique_id": "1610178448.217",
        "src": "991",
        "dst": "993",
        "queue": "902",
        "date": "2021-01-09 07:47:45.483185",
        "point": 5,
        "label": "MySurvey",
    },
    "TrunkNewState": {
        "event_name": "TrunkNewState",
        "trunk_name": "SimotelTrunk",
        "trunk_type": "SIP",
        "state": "Ok",
        "last_time": 1675683148.9228208,
        "last_time_sec": 0,
        "date": 1675683148.9241338,
    },
    "AutoDialerReport": {
        "event_name": "AutoDialerReport",
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
        "tries": [
            {
                "cdr_id": "63e2a1f743a08d4ed9966fdb",
                "cause": "16",
                "cause-txt": "Normal Clearing",
                "starttime": "2023-02-07 10:39:34",
                "disposition": "ANSWERED",
                "wait": 2,
            }
        ],
    },
    "ReservedCallInFront": {
        "event_name": "ReservedCallInFront",
        "event": "ReservedCallInFront",
        "queue_name": "1010",
        "caller_id": "09000006789",
        "date": "2025-03-11 13:10:12.712188",
    },
    "Ping": {"event_name": "Ping"},
}
SAMPLES["TrunkAdded"] = SAMPLES["TrunkNewState"] | {"event_name": "TrunkAdded"}
SAMPLES["TrunkRemoved"] = SAMPLES["TrunkNewState"] | {"event_name": "TrunkRemoved"}
FAX = {"REMOTESTATIONID", "FAXRESOLUTION", "FAXBITRATE", "FAXERROR", "FAXSTATUS", "FAXPAGES", "FAXSTATUSSTRING"}
KINDS = [*SAMPLES, "Cdr", "IncomingFax", "OutgoingFax"]


class Hook:
    """A receiver that keeps what came: method, path, query, headers and body."""

    def __init__(self):
        self.received = []
        self.url = ""

    async def take(self, request):
        body = await request.read()
        self.received.append((request.method, request.path, dict(request.query), request.headers.copy(), body))
        return web.Response()

    @property
    def events(self):
        return [json.loads(body) for *_, body in self.received]


@pytest.fixture
async def hook():
    one = Hook()
    app = web.Application()
    app.router.add_route("*", "/{anything:.*}", one.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield one
    await runner.cleanup()


@pytest.fixture
async def pushed(start, hook):
    """Return what lets things happen and tells what was pushed of them."""
    client = await start(calls=0)
    await client.control(do="clock", freeze=True, set=NOON.timestamp())
    exchange = Exchange(client)

    class Pushed:
        async def to(self, **options):
            status, told = await client.control(do="push_to", provider="simotel", url=hook.url, **options)
            assert status == 200, told
            return self

        async def call(self, **fields):
            hook.received.clear()
            await client.control(do="call", provider="simotel", **fields)
            await client.sandbox.pusher.idle()
            return hook.events

        async def event(self, kind, **fields):
            hook.received.clear()
            status, told = await client.control(do="event", provider="simotel", kind=kind, fields=fields)
            await client.sandbox.pusher.idle()
            return status, told

    one = Pushed()
    one.exchange, one.client, one.hook = exchange, client, hook
    return await one.to()


def kinds(events):
    return sorted(event["event_name"] for event in events)


# Calls.


async def test_answered_call_has_talk_time_and_missed_call_has_duration(pushed):
    """Fields as in the two samples; times are UTC, to the microsecond."""
    (answered,) = await pushed.call(type="local", number="1513", exten="1512", wait=11, talk=9)
    assert list(answered) == [
        *("event_name", "starttime", "endtime", "src", "dst", "type", "disposition", "billsec", "wait", "unique_id"),
    ]
    assert answered == {
        "event_name": "Cdr",
        "starttime": "2026-05-20 08:29:40.000000",
        "endtime": "2026-05-20 08:30:00.000000",
        "src": "1512",
        "dst": "1513",
        "type": "local",
        "disposition": "ANSWERED",
        "billsec": 9,
        "wait": 11,
        "unique_id": "1779265780.1",
    }
    (missed,) = await pushed.call(type="local", number="1513", exten="1512", wait=1, status="NO ANSWER")
    assert list(missed) == [
        *("event_name", "starttime", "endtime", "src", "dst", "type", "disposition", "duration", "wait", "unique_id"),
    ]
    assert (missed["disposition"], missed["duration"], missed["wait"]) == ("NO ANSWER", 1, 1)


async def test_points_and_recording_are_sent_if_there_are_any(pushed):
    (event,) = await pushed.call(type="outgoing", trunk="2100000011", recorded=True, wait=1, talk=9)
    assert event["outgoing_point"] == "2100000011"
    assert event["record"] == f"20260520_{event['unique_id']}.mp3"
    events = await pushed.call(trunk="2100000010", wait=1, talk=9)
    event = next(item for item in events if item["event_name"] == "Cdr")
    assert event["entry_point"] == "2100000010"
    assert "record" not in event


async def test_pushed_call_is_the_listed_one(pushed):
    for _ in range(3):
        for direction in ("incoming", "outgoing", "local"):
            events = await pushed.call(type=direction, recorded=True)
            event = next(item for item in events if item["event_name"] == "Cdr")
            (row, *_) = await pushed.exchange.search("/reports/cdr/search", cuid=event["unique_id"], alike="false")
            assert row["cuid"] == event["unique_id"]
            for name in ("src", "dst", "type", "disposition", "wait", "billsec"):
                assert row[name] == event[name]
            assert row.get("record") == event.get("record")


async def test_call_in_a_queue_has_an_event_of_its_own(pushed):
    seen = [await pushed.call(recorded=True, wait=8, talk=5) for _ in range(8)]
    rows = {row["cuid"]: row for row in await pushed.exchange.search("/reports/queue/search")}
    told = [event for events in seen for event in events if event["event_name"] == "CdrQueue"]
    assert {event["unique_id"] for event in told} == set(rows)
    # The first, the fifth … go to a desk directly.
    assert [kinds(events) for events in seen] == [["Cdr"], *([["Cdr", "CdrQueue"]] * 3)] * 2
    for event in told:
        check_shape(SAMPLES["CdrQueue"], event)
        assert event["queue"] == rows[event["unique_id"]]["qnum"]
        assert (event["wait"], event["billsec"], event["duration"]) == ("8", "5", "13")
        assert event["starttime"].startswith("2026-05-20 08:29:47.")
        assert event["answeredtime"].startswith("2026-05-20 08:29:55.")
    assert {len(event["detail"]) for event in told} == {1, 2}


async def test_missed_call_in_a_queue_has_no_time_of_answer(pushed):
    await pushed.call()
    _, event = sorted(await pushed.call(status="NO ANSWER", wait=8), key=lambda item: item["event_name"])
    assert event["event_name"] == "CdrQueue"
    assert (event["disposition"], event["queue_status"], event["hangup"]) == ("MISSED", "TIMEOUT", "caller")
    assert not event.keys() & {"answeredtime", "record"}


async def test_live_option_adds_events_of_the_telephones(pushed):
    await pushed.to(live="all")
    events = await pushed.call(type="outgoing", number="09120000001", exten="1512")
    assert kinds(events) == ["Cdr", "NewState", "NewState", "OutgoingCall"]
    events = {(event["event_name"], event.get("state")): event for event in events}
    check_shape(SAMPLES["OutgoingCall"], events["OutgoingCall", None])
    assert events["OutgoingCall", None]["number"] == "09120000001"
    busy = events["NewState", "InUse"]
    assert list(busy) == ["event_name", "exten", "state", "participant", "direction", "unique_id"]
    assert (busy["exten"], busy["participant"], busy["direction"]) == ("1512", "09120000001", "out")
    check_shape(SAMPLES["NewState"], events["NewState", "Idle"])
    events = await pushed.call(number="09120000001", exten="1512")
    assert kinds(events) == ["Cdr", "CdrQueue", "IncomingCall", "NewState", "NewState"]
    busy = next(event for event in events if event.get("state") == "InUse")
    assert (busy["exten"], busy["participant"], busy["direction"]) == ("1512", "09120000001", "in")
    assert list(busy)[5] == "queue"
    assert kinds(await pushed.call(type="local")) == ["Cdr", "NewState", "NewState"]


@pytest.mark.parametrize(
    ("status", "told"), [("ANSWERED", True), ("BUSY", True), ("NO ANSWER", False), ("CONGESTION", False)]
)
async def test_placed_call_is_pushed_unless_the_first_party_did_not_answer(pushed, status, told):
    await pushed.to(live="all")
    await pushed.client.control(do="placed", status=status)
    placed = await pushed.exchange.data(
        "/call/originate/act", caller="1510", callee="09120000001", context="main_routing", caller_id="1510"
    )
    await pushed.client.control(do="clock", move=60)
    await pushed.client.sandbox.pusher.idle()
    assert len(await pushed.exchange.search("/reports/cdr/search")) == 1
    named = [event for event in pushed.hook.events if event["event_name"] in {"Cdr", "OutgoingCall"}]
    assert [event["originated_call_id"] for event in named] == [placed["originated_call_id"]] * (2 if told else 0)
    assert bool(pushed.hook.events) == told


# Calls that go on.


def states(events):
    """Return the state that each telephone got, and the kinds of all other events."""
    return {event.get("exten", event["event_name"]): event.get("state") for event in events}


@pytest.fixture
async def going_on(pushed):
    """Return what begins a call or lets time pass, and tells what was pushed then."""
    await pushed.to(live="stages")

    async def going_on(**fields):
        pushed.hook.received.clear()
        status, answer = await pushed.client.control(provider="simotel", **fields)
        assert status == 200, answer
        await pushed.client.control(do="state")
        await pushed.client.sandbox.pusher.idle()
        return pushed.hook.events

    return going_on


async def test_incoming_call_rings_is_answered_and_ends_under_one_id(pushed, going_on):
    call = {"number": "09120000001", "exten": "1512", "trunk": "02100000010", "wait": 5, "talk": 20}
    events = {event["event_name"]: event for event in await going_on(do="call", begins=True, recorded=True, **call)}
    assert events.keys() == {"IncomingCall", "NewState"}
    check_shape(SAMPLES["IncomingCall"], events["IncomingCall"])
    assert (events["IncomingCall"]["number"], events["IncomingCall"]["entry_point"]) == ("09120000001", "2100000010")
    rings = events["NewState"]
    assert (rings["exten"], rings["state"], rings["participant"]) == ("1512", "Ringing", "09120000001")
    assert rings["direction"] == "in"
    assert await pushed.exchange.search("/reports/cdr/search") == []

    assert await going_on(do="clock", move=4) == []
    (answered,) = await going_on(do="clock", move=1)
    assert answered == {**rings, "state": "InUse"}

    ended = {event["event_name"]: event for event in await going_on(do="clock", move=20)}
    assert ended.keys() == {"NewState", "Cdr", "CdrQueue"}
    assert (ended["NewState"]["exten"], ended["NewState"]["state"]) == ("1512", "Idle")
    assert (ended["Cdr"]["wait"], ended["Cdr"]["billsec"]) == (5, 20)
    assert ended["CdrQueue"]["queue"] == rings["queue"]
    (row,) = await pushed.exchange.search("/reports/cdr/search")
    told = [*events.values(), answered, *ended.values()]
    assert {event["unique_id"] for event in told} == {row["cuid"]}
    rows = (await pushed.exchange.ask("/reports/quick/info", cuid=row["cuid"]))["data"]
    assert {each["cuid"] for each in rows} == {row["cuid"]}


async def test_missed_call_rings_until_it_ends(going_on):
    call = {"number": "09120000001", "exten": "1512", "status": "NO ANSWER", "wait": 5}
    assert states(await going_on(do="call", begins=True, **call)) == {"IncomingCall": None, "1512": "Ringing"}
    ended = await going_on(do="clock", move=5)
    assert states(ended) == {"1512": "Idle", "Cdr": None, "CdrQueue": None}
    assert await going_on(do="clock", move=60) == []


async def test_telephone_that_dials_is_in_use_at_once(going_on):
    call = {"type": "outgoing", "number": "09120000001", "exten": "1512", "wait": 5, "talk": 20}
    assert states(await going_on(do="call", begins=True, **call)) == {"OutgoingCall": None, "1512": "InUse"}
    assert await going_on(do="clock", move=5) == []
    assert states(await going_on(do="clock", move=20)) == {"1512": "Idle", "Cdr": None}


async def test_both_telephones_of_a_local_call_are_told_of(going_on):
    call = {"type": "local", "number": "1513", "exten": "1512", "wait": 5, "talk": 20}
    assert states(await going_on(do="call", begins=True, **call)) == {"1512": "InUse", "1513": "Ringing"}
    assert states(await going_on(do="clock", move=5)) == {"1513": "InUse"}
    assert states(await going_on(do="clock", move=20)) == {"1512": "Idle", "1513": "Idle", "Cdr": None}


@pytest.mark.parametrize("status", ["ANSWERED", "NO ANSWER"])
async def test_placed_call_rings_its_caller_first(pushed, going_on, status):
    await going_on(do="placed", status=status, wait=5, talk=20)
    placed = await pushed.exchange.data(
        "/call/originate/act", caller="1510", callee="09120000001", context="main_routing", caller_id="1510"
    )
    # the first event may come before it is looked for: nothing is cleared
    await pushed.client.control(do="state")
    await pushed.client.sandbox.pusher.idle()
    assert states(pushed.hook.events) == {"1510": "Ringing"}
    events = await going_on(do="clock", move=5)
    if status == "ANSWERED":
        assert states(events) == {"OutgoingCall": None, "1510": "InUse"}
        (named,) = [event for event in events if event["event_name"] == "OutgoingCall"]
        assert named["originated_call_id"] == placed["originated_call_id"]
        assert states(await going_on(do="clock", move=20)) == {"1510": "Idle", "Cdr": None}
    else:
        assert states(events) == {"1510": "Idle"}


async def test_call_that_was_only_recorded_has_all_its_events_at_its_end(pushed):
    await pushed.to(live="stages")
    assert kinds(await pushed.call(type="local")) == ["Cdr", "NewState", "NewState"]


# How it is sent.


async def test_rest_events_have_addresses_of_their_own(pushed):
    await pushed.to(version="Rest")
    await pushed.call(type="local")
    assert [(method, path) for method, path, *_ in pushed.hook.received] == [("POST", "/hook/Cdr")]
    await pushed.event("Survey")
    assert pushed.hook.received[0][1] == "/hook/Survey"


async def test_events_can_be_got_instead_of_posted(pushed):
    await pushed.to(method="GET")
    await pushed.event("AutoDialerReport")
    ((method, path, query, headers, body),) = pushed.hook.received
    assert (method, path, body) == ("GET", "/hook", b"")
    assert "Content-Type" not in headers
    assert (query["event_name"], query["try"]) == ("AutoDialerReport", "1")
    check_shape(SAMPLES["AutoDialerReport"]["tries"], json.loads(query["tries"]))


async def test_a_dialers_report_can_lack_its_name_as_in_the_sample(pushed):
    await pushed.to(dialer_name="missing")
    await pushed.event("AutoDialerReport")
    ((*_, body),) = pushed.hook.received
    assert list(json.loads(body)) == [name for name in SAMPLES["AutoDialerReport"] if name != "event_name"]


@pytest.mark.parametrize(("status", "word"), [("ANSWERED", "Answered"), ("NO ANSWER", "No Answered"), ("BUSY", "Busy")])
async def test_calls_can_end_in_the_words_of_the_tables(pushed, status, word):
    await pushed.to(words="tables")
    await pushed.call(type="local", status=status)
    ((*_, body),) = pushed.hook.received
    assert json.loads(body)["disposition"] == word


async def test_events_can_bear_credentials(pushed):
    await pushed.call(type="local")
    assert "Authorization" not in pushed.hook.received[0][3]
    await pushed.to(auth="basic")
    await pushed.call(type="local")
    credentials = pushed.exchange.account.credentials
    pair = base64.b64encode(f"{credentials['username']}:{credentials['password']}".encode()).decode()
    assert pushed.hook.received[0][3]["Authorization"] == f"Basic {pair}"


async def test_name_of_a_calls_event_can_be_in_capitals(pushed):
    await pushed.to(event_name="CDR", version="Rest")
    (event,) = await pushed.call(type="local")
    assert event["event_name"] == "CDR"
    assert pushed.hook.received[0][1] == "/hook/CDR"


async def test_number_can_be_unquoted_as_in_the_documents_sample(pushed):
    await pushed.to(number="unquoted")
    await pushed.event("IncomingCall", number="09000002233")
    body = pushed.hook.received[0][-1].decode()
    assert '"number":09000002233,' in body
    assert json.loads(body.replace("09000002233", '"09000002233"'))["number"] == "09000002233"
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    # What has no number is as it is.
    await pushed.event("Ping")
    assert pushed.hook.events == [{"event_name": "Ping"}]


@pytest.mark.parametrize("option", ["version", "method", "auth", "number", "event_name", "live"])
async def test_options_take_their_values_only(pushed, option):
    status, told = await pushed.client.control(
        do="push_to", provider="simotel", url=pushed.hook.url, **{option: "nonsense"}
    )
    assert status == 400
    assert option in told["error"]


# Every event of the document.


@pytest.mark.parametrize("calls", [0, 3])
@pytest.mark.parametrize("kind", KINDS)
async def test_event_has_the_documents_fields(pushed, kind, calls):
    for _ in range(calls):
        await pushed.client.control(do="call", provider="simotel", recorded=True)
    await pushed.client.sandbox.pusher.idle()
    assert await pushed.event(kind) == (200, {"ok": True, "sent": True})
    (event,) = pushed.hook.events
    if kind == "Cdr":
        assert event["event_name"] == "Cdr"
        assert {"starttime", "endtime", "src", "dst", "type", "disposition", "wait", "unique_id"} <= event.keys()
        assert ("billsec" in event) != ("duration" in event)
    elif kind in {"IncomingFax", "OutgoingFax"}:
        names = {"fax_id", "entry_point", "unique_id", "date", "description", "event_name", "src", "state", "dst"}
        assert event.keys() == names
        assert event["description"].keys() == FAX | ({"REASON"} if kind == "OutgoingFax" else set())
    else:
        if kind == "CdrQueue" and not calls:
            assert event.pop("detail") == []
            event["detail"] = SAMPLES[kind]["detail"]
        check_shape(SAMPLES[kind], event)
        name = "event" if kind == "Survey" else "event_name"
        assert event[name] == kind


async def test_any_field_of_an_event_can_be_given(pushed):
    await pushed.event("NewState", exten="1512", state="Ringing", participant="09120000001", direction="in")
    (event,) = pushed.hook.events
    assert (event["exten"], event["state"], event["participant"]) == ("1512", "Ringing", "09120000001")


@pytest.mark.parametrize("kind", ["VoiceMail", "VoiceMailEmail"])
async def test_failed_voice_message_has_a_reason_instead_of_a_file(pushed, kind):
    await pushed.event(kind, state="FAILED")
    (event,) = pushed.hook.events
    assert (event["state"], event["message"]) == ("FAILED", "Hangup call")
    assert not event.keys() & {"filename", "duration"}


@pytest.mark.parametrize("kind", ["Nothing", "cdr", ""])
async def test_event_that_the_document_has_not_is_refused(pushed, kind):
    status, told = await pushed.event(kind)
    assert status == 400
    assert "Cdr, CdrQueue, NewState" in told["error"]
    assert pushed.hook.received == []


async def test_ping_is_answered_by_an_event(pushed):
    await pushed.exchange.ask("/setting/ping/act")
    await pushed.client.sandbox.pusher.idle()
    assert pushed.hook.events == [{"event_name": "Ping"}]


async def test_ping_without_an_address_is_no_event(start):
    exchange = Exchange(await start(calls=0))
    await exchange.ask("/setting/ping/act")
    await exchange.sandbox.pusher.idle()
    assert exchange.sandbox.pushed == []
