"""Voip24h's v3 interface: every request that is known of it, over a socket and by the client, and its expiring token."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from zoneinfo import ZoneInfo

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.patience import PATIENCE
from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Call, Capability, Direction, Party, PlacedCall, Status
from trunkline.providers import PROVIDERS, Account
from trunkline.providers.common.rows import Rows
from trunkline.providers.voip24h.v3 import account as v3
from trunkline.providers.voip24h.v3 import wire
from trunkline.sandbox import Sandbox
from trunkline.transport import Reply

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NUMBER = "0950000999"
INFO = PROVIDERS["voip24h"].in_dialect("v3")
# As the service was seen to answer, and as the provider's document has it.
LIVE = {
    "message": "Success",
    "status": 200,
    "data": {
        "token": "t0",
        "createAt": "2026-09-17 10:39:53",
        "expired": "2026-09-18 10:39:53",
        "isLongLive": False,
    },
}
DOCUMENTED = {
    "message": "Success",
    "status": 1000,
    "data": {
        "token": "t0",
        "createAt": "2024-10-04 16:35:36",
        "expried": "2024-10-11 16:35:36",
        "isLonglive": True,
    },
}
ROW = {
    "id": "65f9b4aa4336cbd1158b4567",
    "callDate": "2024-03-19 22:52:10",
    "caller": "0950000720",
    "callee": "205",
    "did": "02400000010",
    "extension": "205",
    "type": "inbound",
    "status": "ANSWERED",
    "callId": "1710863530.1071",
    "duration": 40,
    "billsec": 31,
    "note": "Cần gọi lại",
    "recordingFile": "https://pbx1.voip24h.vn/external-205-0950000720-20240319-225210-1710863530.1071.wav",
}
PUSH = {
    "msgid": "m1",
    "id": "9071",
    "calldate": "2024-03-19 22:52:10",
    "callid": "1710863530.1071",
    "play": "",
    "eplay": "",
    "download": "",
    "did": "02400000010",
    "src": "205",
    "dst": "0950000720",
    "status": "NO ANSWER",
    "note": "",
    "disposition": "NO ANSWER",
    "billsec": "0",
    "duration": "12",
    "type": "outbound",
}


def reader():
    return wire.CallReader(account="voip24h:api.voip24h.vn/v3/main", zone=HANOI)


def answer(body, status=200, **headers):
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return Reply(status, {"Content-Type": "application/json", **headers}, raw, "Voip24h")


# Readers.


def test_a_row_of_the_history():
    call = reader().call(ROW)
    assert call == Call(
        account="voip24h:api.voip24h.vn/v3/main",
        call_id="65f9b4aa4336cbd1158b4567",
        direction=Direction.INCOMING,
        status=Status.ANSWERED,
        # 22:52:10 in Vietnam; 1710863530 seconds since the epoch are the same.
        started_at=datetime(2024, 3, 19, 15, 52, 10, tzinfo=UTC),
        ended_at=datetime(2024, 3, 19, 15, 52, 50, tzinfo=UTC),
        trunk="2400000010",
        extension="205",
        source=Party(number="0950000720", e164="+84950000720"),
        destination=Party(number="205"),
        wait=9,
        talk=31,
        recording="65f9b4aa4336cbd1158b4567",
        note="Cần gọi lại",
        derived=frozenset({"wait", "ended_at"}),
    )
    assert call.started_at == datetime.fromtimestamp(1710863530, UTC)


@pytest.mark.parametrize(
    ("kind", "direction"),
    [
        ("inbound", Direction.INCOMING),
        ("OUTBOUND", Direction.OUTGOING),
        ("local", Direction.INTERNAL),
        ("internal", Direction.INTERNAL),
        ("conference", None),
        (None, None),
        (3, None),
    ],
)
def test_types(kind, direction):
    assert reader().call({**ROW, "type": kind}).direction is direction


@pytest.mark.parametrize(
    ("changes", "extension"),
    [
        ({"extension": None}, "205"),
        ({"extension": ""}, "205"),
        ({"extension": None, "type": "outbound"}, None),
        ({"extension": None, "callee": "02400000010"}, None),
        ({"extension": None, "type": None}, None),
    ],
)
def test_an_extension_that_is_not_told_is_the_short_number_at_our_end(changes, extension):
    call = reader().call({**ROW, **changes})
    assert call.extension == extension
    assert ("extension" in call.derived) is (extension is not None)


@pytest.mark.parametrize(
    ("talk", "whole", "expected"),
    [
        (31, 40, (31, 9)),
        (0, 12, (0, 12)),
        ("31", "40", (31, 9)),
        (None, 40, (None, None)),
        (31, None, (31, None)),
        (40, 31, (40, None)),
    ],
)
def test_the_wait_is_what_the_talk_leaves_of_the_whole(talk, whole, expected):
    call = reader().call({**ROW, "billsec": talk, "duration": whole})
    assert (call.talk, call.wait) == expected
    assert (call.ended_at is None) is (whole is None)


@pytest.mark.parametrize("file", ["", None, "null", "0", " "])
def test_a_call_without_a_file_has_no_recording(file):
    assert reader().call({**ROW, "recordingFile": file}).recording is None


def test_a_row_without_a_date_has_the_time_of_the_exchanges_id():
    call = reader().call({**ROW, "callDate": None})
    assert call.started_at == datetime(2024, 3, 19, 15, 52, 10, tzinfo=UTC)
    assert "started_at" in call.derived
    assert reader().call({**ROW, "callDate": "", "callId": None}).started_at is None


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("id", None, "id"),
        ("id", {}, "id"),
        ("callDate", "yesterday", "callDate"),
        ("caller", [], "caller"),
        ("billsec", -1, "billsec"),
        ("duration", "9" * 17, "duration"),
        ("note", {"a": 1}, "note"),
    ],
)
def test_what_makes_no_sense_is_named(field, value, named):
    with pytest.raises(DataError) as caught:
        reader().call({**ROW, field: value})
    assert caught.value.field == named


@pytest.mark.parametrize(
    "payload",
    [
        PUSH,
        orjson.dumps(PUSH),
        "&".join(f"{name}={value.replace(' ', '+')}" for name, value in PUSH.items()).encode(),
    ],
)
def test_a_push_is_json_a_form_or_a_query(payload):
    call = reader().pushed(payload)
    assert (call.call_id, call.direction, call.status) == ("9071", Direction.OUTGOING, Status.NO_ANSWER)
    assert (call.source.number, call.destination.number, call.extension) == ("205", "0950000720", "205")
    assert (call.talk, call.wait, call.trunk) == (0, 12, "2400000010")
    assert call.started_at == datetime(2024, 3, 19, 15, 52, 10, tzinfo=UTC)
    assert call.derived == {"extension", "wait", "ended_at"}
    assert (call.note, call.recording) == (None, None)


def test_a_pushs_disposition_goes_before_its_status_and_any_spelling_of_a_name_does():
    assert reader().pushed({**PUSH, "disposition": "MISSED", "status": "ANSWERED"}).status is Status.NO_ANSWER
    assert reader().pushed({**PUSH, "disposition": "", "status": "ANSWERED"}).status is Status.ANSWERED
    assert reader().pushed(ROW) == reader().call(ROW)
    assert reader().pushed({**PUSH, "id": ""}).call_id == "1710863530.1071"
    assert reader().pushed({**PUSH, "recording": "https://x.example/a.wav"}).recording == "9071"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"hello",
        b"[]",
        b"7",
        b"\xff\xfe=1",
        b"x" * (1 << 20) + b"x",
        b"&".join(b"a%d=1" % at for at in range(200)),
        {},
        {**PUSH, "id": "", "callid": ""},
        {**PUSH, "calldate": "", "callid": "x"},
    ],
)
def test_a_push_that_makes_no_sense_is_a_data_error(payload):
    with pytest.raises(DataError):
        reader().pushed(payload)


# Both statuses.


@pytest.mark.parametrize("status", [200, 1000, "200", None])
def test_a_reply_is_a_success_if_both_statuses_say_so(status):
    body = {"status": status, "message": "Success", "data": []}
    assert wire.answer(answer(body)) == body


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (400, RequestError),
        (422, RequestError),
        (429, RateLimitedError),
        (500, ProviderError),
    ],
)
def test_either_status_can_say_that_it_is_none(status, error):
    for reply in (
        answer({"status": status, "message": "no"}),
        answer({"status": status, "message": "no"}, status),
        answer({"status": 200, "message": "Success"}, status),
        answer({"message": "no"}, status),
        answer(b"<html>", status),
    ):
        with pytest.raises(error) as caught:
            wire.answer(reply)
        assert type(caught.value) is error


@pytest.mark.parametrize("body", [b"<html>", b"[]", {"status": "fine"}, {"status": 7}, {"status": 302}])
def test_a_reply_without_sense_is_a_data_error(body):
    with pytest.raises(DataError):
        wire.answer(answer(body))


# Tokens.


def test_the_life_of_a_token_in_both_spellings():
    now = datetime(2026, 9, 17, 4, 0, tzinfo=UTC)
    assert wire.read_token(LIVE, HANOI, now=now) == wire.Token("t0", 86400.0)
    assert wire.read_token(DOCUMENTED, HANOI, now=now) == wire.Token("t0", 7 * 86400.0)
    # Without the time of its making, what is left now: 10:39:53 in Vietnam is 03:39:53, twenty minutes and 7 s ago.
    left = {**LIVE, "data": {**LIVE["data"], "createAt": None}}
    assert wire.read_token(left, HANOI, now=now) == wire.Token("t0", 86400.0 - 1207)
    untold = {**LIVE, "data": {"token": "t0"}}
    assert wire.read_token(untold, HANOI, now=now) == wire.Token("t0", None)
    over = {**LIVE, "data": {**LIVE["data"], "expired": "2026-09-17 10:39:52"}}
    assert wire.read_token(over, HANOI, now=now).life == 0
    assert "t0" not in repr(wire.read_token(LIVE, HANOI, now=now))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"token": ""},
        {"token": 7},
        {"token": "a b"},
        {"token": "a\r\nX: y"},
        {"token": "t" * 5000},
        {"token": "t", "expired": "tomorrow"},
        {"token": "t", "expired": "2026-09-17 10:39:53", "createAt": 7},
    ],
)
def test_a_token_that_is_none_is_a_data_error(data):
    with pytest.raises(DataError):
        wire.read_token({"data": data}, HANOI, now=datetime(2026, 9, 17, tzinfo=UTC))


@pytest.mark.parametrize(("life", "used"), [(86400.0, 86100.0), (3000.0, 2700.0), (60.0, 54.0), (0.0, 0.0)])
def test_a_token_is_renewed_before_its_end(life, used):
    assert v3._usable(life) == used
    assert v3._usable(None) == float("inf")


# Over a socket.


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=5, calls=600, days=20) as sandbox:
        yield sandbox


@pytest.fixture
async def account(sandbox, limits):
    async with opened(sandbox, limits) as account:
        yield account


@pytest.fixture
async def ask(sandbox):
    """Ask as any HTTP client would; return the HTTP status and the decoded reply."""
    where = sandbox.accounts["voip24h-v3"][0]
    async with aiohttp.ClientSession() as session:
        login = {"apiKey": where.credentials["api_key"], "apiSecret": where.credentials["api_secret"]}
        async with session.post(f"{where.base_url}/authentication", data=login) as response:
            token = (await response.json())["data"]["token"]

        async def _ask(method, path, *, authorization=f"Bearer {token}", **more):
            headers = {"Authorization": authorization} if authorization else {}
            async with session.request(method, where.base_url + path, headers=headers, **more) as response:
                return response.status, json.loads(await response.read())

        yield _ask


def opened(sandbox, limits, **changed):
    where = sandbox.accounts["voip24h-v3"][0]
    given = {**where.credentials, **changed}
    return open_account("voip24h", dialect="v3", base_url=where.base_url, limits=limits, **given)


def extension_of(sandbox):
    return sandbox.accounts["voip24h-v3"][0].extensions[0]


def sent(sandbox, path):
    return [request for request in sandbox.requests if request.path == path]


async def read_all(account, **period):
    return [call async for call in account.calls(**period)]


@pytest.mark.parametrize(
    ("shape", "sample"),
    [("live", LIVE), ("document", DOCUMENTED)],
)
async def test_a_login_is_answered_in_either_shape_and_understood(sandbox, limits, ask, shape, sample):
    sandbox.wires["voip24h-v3"].change("authentication", shape)
    where = sandbox.accounts["voip24h-v3"][0]
    login = {"apiKey": where.credentials["api_key"], "apiSecret": where.credentials["api_secret"]}
    for more in ({"data": login}, {"json": login}, {"json": {**login, "isLonglive": "true"}}):
        status, reply = await ask("POST", "/authentication", authorization=None, **more)
        assert (status, list(reply), reply["status"]) == (200, list(sample), sample["status"])
        assert [(name, type(value)) for name, value in reply["data"].items()] == [
            (name, type(value)) for name, value in sample["data"].items()
        ]
    async with opened(sandbox, limits) as account:
        assert (await account.identity()).account_id == "127.0.0.1/v3/main"
        assert await account.key() == "voip24h:127.0.0.1/v3/main"


async def test_a_wrong_key_is_refused_in_the_services_own_words(sandbox, limits, ask):
    status, reply = await ask("POST", "/authentication", json={"apiKey": "x", "apiSecret": "y"})
    assert (status, reply) == (401, {"status": 401, "message": "Account does not exist"})
    async with opened(sandbox, limits, api_secret="wrong-secret") as account:
        with pytest.raises(AuthenticationError, match="Account does not exist") as caught:
            await account.identity()
        assert "wrong-secret" not in str(caught.value)
        with pytest.raises(AuthenticationError):
            await account.click_to_call(source="1510", destination=NUMBER)
    assert not sent(sandbox, "/call/dial")


async def test_the_history_is_a_list_of_rows(ask, sandbox):
    status, reply = await ask("GET", "/call/history", params={"offset": 0, "limit": 5})
    assert (status, list(reply), len(reply["data"])) == (200, ["status", "message", "data"], 5)
    for row in reply["data"]:
        assert [(name, type(value)) for name, value in row.items()] == [
            (name, type(value)) for name, value in ROW.items()
        ]
        assert len(row["id"]) == 24
    # Without its scheme the token is taken too.
    token = sandbox.wires["voip24h-v3"]._tokens
    assert (await ask("GET", "/call/history", authorization=next(iter(token))))[0] == 200


async def test_all_calls_are_there_once_newest_first_with_one_login(sandbox, account):
    calls = await read_all(account)
    assert len(calls) == len({call.call_id for call in calls}) == len(sandbox.world.offices[0].calls)
    assert all(later.started_at >= earlier.started_at for later, earlier in pairwise(calls))
    assert {call.direction for call in calls} == set(Direction)
    office = sandbox.world.offices[0]
    assert sum(call.talk for call in calls) == sum(row.talk for row in office.calls)
    assert sum(call.wait for call in calls) == sum(row.wait for row in office.calls)
    assert len(sent(sandbox, "/authentication")) == 1
    since, until = calls[200].started_at, calls[5].started_at
    wanted = [call for call in calls if since <= call.started_at < until]
    assert await read_all(account, since=since, until=until) == wanted


async def test_busy_days_are_read_in_pages_whatever_their_greatest_length_is(sandbox, account, monkeypatch):
    office = sandbox.world.offices[0]
    for _ in range(450):
        sandbox.world.record(office)
    monkeypatch.setattr("trunkline.sandbox.voip24h.v3._MOST_ROWS", 37)
    assert len(await read_all(account)) == len(office.calls)
    assert len(sent(sandbox, "/call/history")) > 450 / 37


async def test_rows_that_come_and_go_between_pages_lose_nothing(sandbox, account):
    office = sandbox.world.offices[0]
    for _ in range(450):
        sandbox.world.record(office)
    before = {call.call_id for call in await read_all(account)}
    sandbox.faults.add("shift", provider="voip24h-v3", insert=3, count=2)
    sandbox.faults.add("shift", provider="voip24h-v3", insert=0, remove=7, skip=2, count=2)
    read = [call.call_id for call in await read_all(account)]
    assert len(read) == len(set(read))
    left = {call.call_id for call in await read_all(account)}
    assert left & before <= set(read)


async def test_a_list_that_changes_with_every_request_is_given_up(account, monkeypatch):
    rows = count()

    async def history(_):
        return Rows(tuple(reader().call({**ROW, "id": f"{next(rows):024x}"}) for _ in range(6)))

    monkeypatch.setattr(account, "_history", history)
    day = datetime(2024, 3, 19, tzinfo=HANOI).date()
    with pytest.raises(DataError, match="changes with every request"):
        await account._listed(day, day)


async def test_the_history_can_be_asked_for_by_everything_that_it_knows(sandbox, account):
    calls = await read_all(account)
    one = next(call for call in calls if call.direction is Direction.INCOMING and call.extension)
    number = one.source.number
    asked = {
        "status": (
            await account.call_page(limit=200, status=Status.NO_ANSWER),
            lambda call: call.status is Status.NO_ANSWER,
        ),
        "type": (
            await account.call_page(limit=200, direction=Direction.INTERNAL),
            lambda call: call.direction is Direction.INTERNAL,
        ),
        "extension": (
            await account.call_page(limit=200, extensions=("1510", "1511")),
            lambda call: call.extension in {"1510", "1511"},
        ),
        "did": (await account.call_page(limit=200, did=f"0{one.trunk}"), lambda call: call.trunk == one.trunk),
        "caller": (await account.call_page(limit=200, caller=number), lambda call: call.source.number == number),
        "callee": (
            await account.call_page(limit=200, callee=one.extension),
            lambda call: call.destination.number == one.extension,
        ),
        "id": (await account.call_page(limit=200, call_id=one.call_id), lambda call: call.call_id == one.call_id),
        "callid": (await account.call_page(limit=200, exchange_id=one.raw["callId"]), lambda call: call == one),
    }
    for name, (found, fits) in asked.items():
        assert list(found) == [call for call in calls if fits(call)][:200], name
        assert found, name
    assert await account.call_page(offset=3, limit=4) == tuple(calls[3:7])
    with pytest.raises(RequestError, match="unknown"):
        await account.call_page(status=Status.UNKNOWN)
    queries = [request.query for request in sent(sandbox, "/call/history")]
    assert {"1510,1511", "NO ANSWER,MISSED"} <= {value for query in queries for value in query.values()}


@pytest.mark.parametrize(
    "params",
    [{"offset": "-1"}, {"limit": "many"}, {"dateStart": "19/03/2024"}, {"dateEnd": "2024-02-30"}],
)
async def test_what_the_history_is_asked_wrongly_it_refuses(ask, params):
    status, reply = await ask("GET", "/call/history", params=params)
    assert (status, reply["status"]) == (400, 400)


async def test_the_end_of_a_period_includes_its_day(sandbox, ask):
    office = sandbox.world.offices[0]
    day = datetime.fromtimestamp(office.calls.started_at[office.calls.listed()[-1]], HANOI).date().isoformat()
    for end in (day, f"{day} 23:59:59"):
        _, reply = await ask("GET", "/call/history", params={"dateStart": day, "dateEnd": end, "limit": 200})
        assert reply["data"]
        assert {row["callDate"][:10] for row in reply["data"]} == {day}


async def test_a_recording_is_audio_and_no_token_goes_with_the_link(sandbox, account, ask):
    call = next(call for call in await read_all(account) if call.recording)
    status, reply = await ask("GET", "/call/recording", params={"callId": call.call_id})
    assert (status, list(reply["data"]), list(reply["data"]["media"])) == (200, ["media"], ["wav"])
    audio = await account.recording(call)
    assert (audio.media_type, audio.filename, audio.content[:4]) == ("audio/wav", f"{call.call_id}.wav", b"RIFF")
    (followed,) = [request for request in sandbox.requests if request.path.startswith("/recordings/")]
    assert followed.account is None
    silent = next(call for call in await read_all(account) if not call.recording)
    with pytest.raises(NotFoundError):
        await account.recording(silent)
    sandbox.wires["voip24h-v3"].change("link_host", "elsewhere")
    with pytest.raises(RequestError, match="wasn't opened"):
        await account.recording(call)


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {}}, {"data": {"media": None}}, {"data": {"media": {"wav": ""}}}]
)
def test_a_reply_without_a_link_is_no_recording(body):
    with pytest.raises(NotFoundError):
        wire.read_link(body)


@pytest.mark.parametrize("body", [{"data": 7}, {"data": {"media": "x"}}, {"data": {"media": {"wav": ["x"]}}}])
def test_a_link_that_is_none_is_a_data_error(body):
    with pytest.raises(DataError):
        wire.read_link(body)


async def test_any_other_read_request_and_no_way_around_the_guards(sandbox, account):
    reply = await account.request("GET", "call/history", limit=2)
    assert len(reply["data"]) == 2
    with pytest.raises(NotFoundError):
        await account.request("GET", "extension/list")
    with pytest.raises(NotFoundError):
        await account.request("POST", "no/such/path", a="b")
    for path in ("call/dial", "Call/Dial", "webhook-call-log/"):
        with pytest.raises(RequestError, match="click_to_call"):
            await account.request("POST", path, extension="1510", phone=NUMBER)
    assert not sent(sandbox, "/call/dial")


async def test_any_other_request_that_may_change_something_is_sent_once(sandbox, account):
    await account.identity()
    sandbox.faults.add("cut", provider="voip24h-v3", path="/campaign")
    with pytest.raises(OutcomeUnknownError, match="The request may have been carried out"):
        await account.request("POST", "campaign/start", phone=NUMBER)
    assert len(sent(sandbox, "/campaign/start")) == 1
    before = account.requests
    with pytest.raises(ConnectionFailedError):
        await account.request("GET", "campaign/start")
    # A read is tried three times by these limits.
    assert account.requests == before + 3


async def test_wrong_methods_and_paths_are_refused(ask):
    assert (await ask("GET", "/call/dial"))[0] == 405
    assert (await ask("PUT", "/webhook-call-log/"))[0] == 405
    assert (await ask("GET", "/authentication"))[0] == 405
    assert (await ask("POST", "/webhook-call-log", json={}))[0] == 404
    assert (await ask("GET", "/call/history", authorization=None))[0] == 401
    assert (await ask("GET", "/call/history", authorization="Bearer nonsense"))[0] == 401


# The token's end.


async def test_an_expired_token_is_renewed_once_and_the_question_asked_again(sandbox, account):
    before = len(await read_all(account))
    sandbox.world.clock.move(7 * 86400 + 1)
    sandbox.requests.clear()
    assert len(await account.call_page(limit=10)) == 10
    assert [request.path for request in sandbox.requests] == ["/call/history", "/authentication", "/call/history"]
    assert len(await read_all(account)) == before
    assert len(sent(sandbox, "/authentication")) == 1


async def test_a_token_that_is_always_refused_is_not_renewed_in_a_loop(sandbox, account):
    await account.identity()
    sandbox.requests.clear()
    sandbox.faults.add("expired_token", provider="voip24h-v3", path="/call")
    with pytest.raises(AuthenticationError):
        await account.call_page()
    assert [request.path for request in sandbox.requests] == ["/call/history", "/authentication", "/call/history"]


async def test_a_withdrawn_key_is_an_authentication_error(sandbox, account):
    await account.identity()
    sandbox.wires["voip24h-v3"].rotate(0)
    with pytest.raises(AuthenticationError, match="Account does not exist"):
        await account.call_page()


async def test_a_short_lived_token_is_renewed_before_its_end(sandbox, account):
    sandbox.wires["voip24h-v3"].change("token_life", 60)
    await account.identity()
    # As if 54 of its 60 seconds were over.
    account._renew_at = asyncio.get_running_loop().time()
    await account.call_page()
    assert [request.path for request in sandbox.requests] == ["/authentication", "/authentication", "/call/history"]


async def test_questions_that_are_asked_at_once_share_one_login(sandbox, account):
    await asyncio.gather(*(account.call_page(limit=1) for _ in range(8)))
    assert len(sent(sandbox, "/authentication")) == 1
    sandbox.world.clock.move(7 * 86400 + 1)
    await asyncio.gather(*(account.call_page(limit=1) for _ in range(8)))
    assert len(sent(sandbox, "/authentication")) == 2


# Dialling.


async def test_a_call_that_is_placed_happens_and_is_listed(sandbox, account):
    extension = extension_of(sandbox)
    assert await account.click_to_call(source=extension, destination="+84 95 0000 999") == PlacedCall(request_id=None)
    (request,) = sent(sandbox, "/call/dial")
    assert (request.method, request.query) == ("POST", {"extension": extension, "phone": "+84950000999"})
    sandbox.world.clock.move(60)
    newest, *_ = await read_all(account)
    assert (newest.direction, newest.extension, newest.destination.e164) == (
        Direction.OUTGOING,
        extension,
        "+84950000999",
    )


async def test_the_token_is_renewed_before_a_dial_and_not_after_it(sandbox, account):
    await account.identity()
    # The token has expired, which the account can't know.
    sandbox.world.clock.move(7 * 86400 + 1)
    sandbox.requests.clear()
    await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert [request.path for request in sandbox.requests] == ["/authentication", "/call/dial"]
    assert sandbox.world.under_way == 1


async def test_a_dial_whose_new_token_is_refused_is_sent_once(sandbox, account):
    await account.identity()
    sandbox.faults.add("expired_token", provider="voip24h-v3", path="/call/dial")
    with pytest.raises(OutcomeUnknownError, match="phone may be ringing") as caught:
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert "nothing was done" not in str(caught.value)
    assert len(sent(sandbox, "/call/dial")) == 1
    sandbox.faults.clear()
    await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert sandbox.world.under_way == 1


async def test_a_key_that_was_withdrawn_before_a_dial_sends_no_dial(sandbox, account):
    await account.identity()
    sandbox.wires["voip24h-v3"].rotate(0)
    with pytest.raises(AuthenticationError, match="Account does not exist"):
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert not sent(sandbox, "/call/dial")


async def test_dials_at_once_wait_for_each_other_so_that_each_uses_the_newest_token(sandbox, account):
    extension = extension_of(sandbox)
    await asyncio.gather(*(account.click_to_call(source=extension, destination=NUMBER) for _ in range(3)))
    assert [request.path for request in sandbox.requests] == ["/authentication", "/call/dial"] * 3


class Exchange:
    """A server of the v3 interface whose answers to what changes something are scripted; it counts what it did."""

    def __init__(self):
        self.dialled = 0
        self.logins = 0
        self.answers = []

    async def handle(self, request):
        if request.path.endswith("/authentication"):
            self.logins += 1
            return web.json_response({**LIVE, "data": {**LIVE["data"], "token": f"t{self.logins}"}})
        status, body, rings = self.answers.pop(0)
        self.dialled += rings
        return web.Response(status=status, text=body, content_type="application/json")


@pytest.fixture
async def exchange():
    exchange = Exchange()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", exchange.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    exchange.url = f"http://127.0.0.1:{server.port}/v3"
    yield exchange
    await server.close()


REFUSED = '{"status":401,"message":"Account does not exist"}'
DONE = '{"status":200,"message":"Success"}'


@pytest.mark.parametrize(
    ("answers", "outcome", "dialled", "logins"),
    [
        # A refused token doesn't prove that no phone rings.
        ([(401, REFUSED, 0)], OutcomeUnknownError, 0, 1),
        ([(401, REFUSED, 1)], OutcomeUnknownError, 1, 1),
        ([(401, "", 1)], OutcomeUnknownError, 1, 1),
        ([(401, "<html>", 1)], OutcomeUnknownError, 1, 1),
        ([(401, DONE, 1)], OutcomeUnknownError, 1, 1),
        ([(200, REFUSED, 1)], OutcomeUnknownError, 1, 1),
        ([(403, DONE, 1)], OutcomeUnknownError, 1, 1),
        # A time-out on the way tells nothing of what lies behind it.
        ([(408, "", 1)], OutcomeUnknownError, 1, 1),
        ([(200, '{"status":408,"message":"time-out"}', 1)], OutcomeUnknownError, 1, 1),
        ([(520, "<html>", 1)], OutcomeUnknownError, 1, 1),
        ([(302, "", 1)], OutcomeUnknownError, 1, 1),
        ([(200, "<html>", 1)], OutcomeUnknownError, 1, 1),
        ([(200, '{"status":500,"message":"busy"}', 1)], OutcomeUnknownError, 1, 1),
        ([(200, '{"status":7}', 1)], OutcomeUnknownError, 1, 1),
        ([(200, "[]", 1)], OutcomeUnknownError, 1, 1),
        ([(502, "", 1)], OutcomeUnknownError, 1, 1),
        ([(400, '{"status":400,"message":"Extension does not exist"}', 0)], RequestError, 0, 1),
        ([(200, '{"message":"Success"}', 1)], None, 1, 1),
    ],
)
async def test_exactly_one_dial_reaches_the_exchange(exchange, limits, answers, outcome, dialled, logins):
    exchange.answers = list(answers)
    async with open_account(
        "voip24h", dialect="v3", base_url=exchange.url, limits=limits, api_key="k", api_secret="s"
    ) as account:
        if outcome is None:
            assert (await account.click_to_call(source="205", destination=NUMBER)).status == "accepted"
        else:
            with pytest.raises(outcome) as caught:
                await account.click_to_call(source="205", destination=NUMBER)
            assert type(caught.value) is outcome
            assert NUMBER not in str(caught.value)
    assert (exchange.dialled, exchange.logins, exchange.answers) == (dialled, logins, [])


async def test_after_a_refusal_that_was_not_certain_the_next_dial_begins_with_a_new_token(exchange, limits):
    exchange.answers = [(401, REFUSED, 0), (200, DONE, 1)]
    async with open_account(
        "voip24h", dialect="v3", base_url=exchange.url, limits=limits, api_key="k", api_secret="s"
    ) as account:
        with pytest.raises(OutcomeUnknownError):
            await account.click_to_call(source="205", destination=NUMBER)
        await account.click_to_call(source="205", destination=NUMBER)
    assert (exchange.dialled, exchange.logins) == (1, 2)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut", {"processed": False}),
        ("cut", {"processed": True}),
        ("cut_body", {"share": 0.5}),
        ("bad_json", {"form": "truncated"}),
        ("status", {"code": 503}),
        ("huge", {}),
    ],
)
async def test_a_call_whose_outcome_is_unknown_was_asked_for_once(sandbox, account, kind, options):
    await account.identity()
    sandbox.faults.add(kind, provider="voip24h-v3", path="/call/dial", **options)
    with pytest.raises(OutcomeUnknownError, match="before you try again"):
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert len(sent(sandbox, "/call/dial")) == 1


async def test_a_connection_that_is_cut_after_the_whole_answer_changes_nothing(sandbox, account):
    sandbox.faults.add("cut_body", provider="voip24h-v3", path="/call/dial", share=1.0)
    assert await account.click_to_call(source=extension_of(sandbox), destination=NUMBER) == PlacedCall(request_id=None)
    assert (len(sent(sandbox, "/call/dial")), sandbox.world.under_way) == (1, 1)


async def test_a_login_that_fails_before_a_dial_sends_no_dial(sandbox, account):
    sandbox.faults.add("cut", provider="voip24h-v3", path="/authentication")
    with pytest.raises(ConnectionFailedError):
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert not sent(sandbox, "/call/dial")


@pytest.mark.parametrize(
    ("source", "destination"), [("1510", "call me"), ("", NUMBER), ("15;10", NUMBER), ("1510", "")]
)
async def test_what_cannot_be_dialled_is_never_sent(sandbox, account, source, destination):
    with pytest.raises(RequestError, match="can't be dialled"):
        await account.click_to_call(source=source, destination=destination)
    assert not sandbox.requests


async def test_a_call_that_is_refused_is_no_unknown_outcome(sandbox, account):
    with pytest.raises(RequestError, match="Extension does not exist"):
        await account.click_to_call(source="9999", destination=NUMBER)
    for trunk, line in enumerate(sandbox.world.offices[0].trunks):
        sandbox.world.top_up(sandbox.world.offices[0], trunk, -line.credit)
    with pytest.raises(RequestError, match="Balance"):
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)


# Pushes.


class Receiver:
    def __init__(self):
        self.received = []
        self.came = asyncio.Event()

    async def handle(self, request):
        self.received.append((request.method, dict(request.query), request.content_type, await request.read()))
        self.came.set()
        return web.Response()


@pytest.fixture
async def receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/hook", receiver.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    receiver.url = f"http://127.0.0.1:{server.port}/hook"
    yield receiver
    await server.close()


@pytest.mark.parametrize(("method", "form"), [("POST", "json"), ("POST", "form"), ("GET", "json")])
async def test_an_address_that_is_registered_gets_each_call_that_ends(sandbox, account, receiver, method, form):
    sandbox.wires["voip24h-v3"].change("push_form", form)
    await account.register_push(receiver.url, method=method)
    (request,) = sent(sandbox, "/webhook-call-log/")
    assert (request.method, request.query["url"], request.query["method"]) == ("POST", receiver.url, method)
    assert json.loads(request.query["param"]) == {"auth": "", "type": "", "disposition": ""}
    sandbox.world.record(sandbox.world.offices[0])
    async with asyncio.timeout(PATIENCE):
        await receiver.came.wait()
    await sandbox.pusher.idle()
    ((came, query, _, body),) = receiver.received
    assert came == method
    call = account.parse_push(query if method == "GET" else body)
    newest, *_ = await read_all(account)
    # What a push has for an id is not what the list has.
    assert call.call_id != newest.call_id
    assert not account.push_has_key
    alike = ("started_at", "ended_at", "direction", "status", "source", "destination", "wait", "talk", "trunk")
    assert [getattr(call, name) for name in alike] == [getattr(newest, name) for name in alike]
    await account.unregister_push(receiver.url)
    sandbox.world.record(sandbox.world.offices[0])
    await sandbox.pusher.idle()
    assert len(receiver.received) == 1


async def test_calls_of_others_are_not_pushed_and_what_was_placed_is(sandbox, account, receiver):
    await account.register_push(receiver.url)
    sandbox.world.record(sandbox.world.offices[1])
    await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    sandbox.world.clock.move(60)
    async with asyncio.timeout(PATIENCE):
        await receiver.came.wait()
    await sandbox.pusher.idle()
    (pushed,) = [json.loads(body) for _, _, _, body in receiver.received]
    assert pushed["dst"] == NUMBER
    assert list(pushed) == list(PUSH)
    assert {type(value) for value in pushed.values()} == {str}


async def test_what_cannot_be_registered_is_refused(sandbox, account, ask):
    for url in ("https://example.com/hook", "nonsense"):
        with pytest.raises(RequestError):
            await account.register_push(url)
    with pytest.raises(NotFoundError):
        await account.unregister_push("http://127.0.0.1:1/hook")
    with pytest.raises(RequestError):
        await account.register_push("http://127.0.0.1:1/hook", method="PUT")
    good = {"url": "http://127.0.0.1:1/hook", "method": "GET", "active": True}
    for change in ({"active": "yes"}, {"method": None}, {"url": None}):
        assert (await ask("POST", "/webhook-call-log/", json={**good, **change}))[0] == 400
    # The field table calls `param` a list.
    assert await ask("POST", "/webhook-call-log/", json={**good, "param": []}) == (
        200,
        {"status": 200, "message": "Success"},
    )
    assert (await ask("POST", "/webhook-call-log/", json={**good, "active": False}))[0] == 200
    assert sandbox.wires["voip24h-v3"].registrations == {0: {}}


@pytest.mark.parametrize("act", ["register_push", "unregister_push"])
async def test_a_registration_without_an_answer_is_said_to_be_unknown_and_is_not_repeated(sandbox, account, act):
    await account.identity()
    sandbox.faults.add("cut", provider="voip24h-v3", path="/webhook-call-log")
    with pytest.raises(OutcomeUnknownError, match="The address may have been re"):
        await getattr(account, act)("http://127.0.0.1:1/hook")
    assert len(sent(sandbox, "/webhook-call-log/")) == 1


def test_capabilities_are_the_methods_that_there_are():
    for capability in Capability:
        if capability is Capability.CALLS:
            continue
        own = getattr(INFO.load(), capability) is not getattr(Account, capability)
        assert own == (capability in INFO.capabilities), capability


async def test_the_secrets_show_nowhere(sandbox, account):
    await account.identity()
    where = sandbox.accounts["voip24h-v3"][0].credentials
    shown = f"{account!r} {await account.identity()!r} {account._token!r}"
    assert where["api_key"] not in shown
    assert where["api_secret"] not in shown
    assert account._token.text not in shown
    assert timedelta(days=6) < timedelta(seconds=account._token.life) <= timedelta(days=7)


async def test_rows_that_go_away_above_a_page_pull_no_row_past_it(limits, monkeypatch):
    rows = [reader().call({**ROW, "id": f"{at:024x}"}) for at in range(20)]
    held, asked = list(rows), []

    async def history(chosen):
        offset = chosen["offset"]
        asked.append(offset)
        page = tuple(held[offset : offset + 6])
        if len(asked) == 2:
            # All that was read so far goes away: what stood next stands at the top now.
            del held[:11]
        return Rows(page)

    account = open_account(
        "voip24h", dialect="v3", base_url="http://127.0.0.1:1/v3", limits=limits, api_key="k", api_secret="s"
    )
    monkeypatch.setattr(account, "_history", history)
    day = datetime(2024, 3, 19, tzinfo=HANOI).date()
    assert {call.call_id for call in (await account._listed(day, day)).calls} == {call.call_id for call in rows}
    # From the eleventh row on, then from the top until a row is met that is known.
    assert asked[:3] == [0, 5, 10]
    assert min(asked[3:]) < 10
    assert account.requests == 0


def listing(monkeypatch, rows, *, vanish_at=0, vanish=slice(0)):
    """Return an account at a server with six rows on a page; some vanish before the request `vanish_at`."""
    held, asked = list(rows), []

    async def history(chosen):
        asked.append(chosen["offset"])
        if len(asked) == vanish_at:
            del held[vanish]
        return reader().calls(held[chosen["offset"] : chosen["offset"] + 6])

    account = open_account("voip24h", dialect="v3", base_url="http://127.0.0.1:1/v3", api_key="k", api_secret="s")
    monkeypatch.setattr(account, "_history", history)
    return account


def numbered(*, count=30, unreadable=()):
    return [{**ROW, "id": f"{at:024x}", **({"callDate": "soon"} if at in unreadable else {})} for at in range(count)]


async def listed(account):
    day = datetime(2024, 3, 19, tzinfo=HANOI).date()
    calls, unreadable = await account._listed(day, day)
    return [int(call.call_id, 16) for call in calls], [int(row.record["id"], 16) for row in unreadable]


@pytest.mark.parametrize("unreadable", [{5}, {10}, {4, 5, 6}, set(range(5, 12)), set(range(30))])
async def test_a_row_that_cannot_be_read_at_the_end_of_a_page_does_not_end_the_list(monkeypatch, unreadable):
    account = listing(monkeypatch, numbered(unreadable=unreadable))
    calls, aside = await listed(account)
    assert calls == [at for at in range(30) if at not in unreadable]
    assert aside == sorted(unreadable)


@pytest.mark.parametrize("vanish_at", [2, 3, 4])
@pytest.mark.parametrize("vanished", [1, 2, 5])
async def test_rows_that_vanish_while_the_list_is_read_do_not_end_it(monkeypatch, vanish_at, vanished):
    account = listing(monkeypatch, numbered(), vanish_at=vanish_at, vanish=slice(vanished))
    assert sorted((await listed(account))[0]) == list(range(30))


async def test_a_row_that_is_sent_twice_does_not_end_the_list(monkeypatch):
    rows = numbered()
    account = listing(monkeypatch, [*rows[:8], rows[7], *rows[8:]])
    assert (await listed(account))[0] == list(range(30))
