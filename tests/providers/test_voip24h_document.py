"""Voip24h's partner document from top to bottom: every request, sent to the sandbox over a socket and by the client.

data/voip24h/partner.json holds the document's own samples; getDate and getUserDate have the one of getUser.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Direction, PlacedCall, Status
from trunkline.sandbox import Sandbox

# A Wednesday noon in Tehran: what lies before it is the same on every day that the tests are run.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
SAMPLES = json.loads((Path(__file__).parent / "data" / "voip24h" / "partner.json").read_text(encoding="utf-8"))
SAMPLES |= {name: {"response": SAMPLES["getUser"]["response"]} for name in ("getDate", "getUserDate")}
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NUMBER = "0950000999"
WHOLE_TIME = {"fromDate": "01/01/2020", "toDate": "31/12/2035"}


@pytest.fixture
async def sandbox():
    # Edition 1.0 is the document; what 1.1 adds is tested at the end.
    async with Sandbox(seed=5, calls=400, days=20, now=NOON, switches={"voip24h": {"edition": "1.0"}}) as sandbox:
        yield sandbox


@pytest.fixture
async def ask(sandbox):
    """Ask as any HTTP client would; return the HTTP status and the decoded reply."""
    async with aiohttp.ClientSession() as session:

        async def _ask(request_type, data, *, at=0, secret=None, method="POST", **more):
            where = sandbox.accounts["voip24h"][at]
            given = where.credentials["partner_secret"] if secret is None else secret
            body = {"requestType": request_type, "partnerSecret": given, "data": data, **more}
            async with session.request(method, where.base_url, json=body) as response:
                return response.status, await response.read()

        yield _ask


@pytest.fixture
async def account(sandbox, limits):
    async with opened(sandbox, limits) as account:
        yield account


def opened(sandbox, limits, **changed):
    where = sandbox.accounts["voip24h"][0]
    return open_account("voip24h", base_url=where.base_url, limits=limits, **{**where.credentials, **changed})


def extension_of(sandbox):
    return sandbox.accounts["voip24h"][0].extensions[0]


def sent(sandbox, request_type):
    return [request for request in sandbox.requests if request.query.get("requestType") == request_type]


def check_shape(sample, actual):
    """Demand the sample's fields in its order, and its types, of a reply or any part of one."""
    assert type(actual) is type(sample)
    if isinstance(sample, dict):
        assert list(actual) == list(sample)
        for name in sample:
            check_shape(sample[name], actual[name])
    elif isinstance(sample, list):
        assert actual
        for item in actual:
            check_shape(sample[0], item)


async def recorded_call(sandbox, account):
    """Return a call that has a recording, as the client has it."""
    office = sandbox.world.offices[0]
    position = next(at for at in reversed(office.calls.listed()) if office.calls.file_id[at])
    return await account.user_calls(office.extensions[office.calls.extension[position]].number), position, office


# I. Introduction: one address, POST.


async def test_one_address_takes_every_request_as_post_and_without_a_slash_at_its_end(sandbox, account):
    await account.identity()
    assert [(request.method, request.path) for request in sandbox.requests] == [("POST", "")]
    assert account.base_url.endswith("/api/v1/partner/voip24h")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_every_other_method_is_refused(ask, method):
    status, _ = await ask("getUser", {"user": "1510"}, method=method)
    assert status == 405


async def test_every_other_path_is_unknown(sandbox, limits):
    where = sandbox.accounts["voip24h"][0]
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/getUser"):
            async with session.post(where.base_url + path, json={}) as response:
                assert response.status == 404
    async with open_account("voip24h", base_url=f"{where.base_url}/v2", limits=limits, **where.credentials) as account:
        with pytest.raises(NotFoundError, match="check the id, or the base URL"):
            await account.identity()


# II. Summary: the envelope and its codes.


async def test_success_and_failure_have_the_codes_of_the_document(ask):
    status, body = await ask("getUser", {"user": "1510"})
    reply = json.loads(body)
    assert (status, list(reply), reply["respCode"], reply["respMsg"]) == (
        200,
        ["respCode", "respMsg", "data"],
        0,
        "Success",
    )
    status, body = await ask("getUser", {"user": "1510"}, secret="wrong")
    reply = json.loads(body)
    assert (list(reply), reply["respCode"]) == (["respCode", "respMsg", "data"], -1)
    assert reply["respMsg"]


@pytest.mark.parametrize(
    ("request_type", "data"),
    [
        ("getEverything", {}),
        ("", {}),
        ("getCallData", {"uniqueId": "1532857052.131132"}),
        ("getUser", {}),
        ("getUser", {"user": ""}),
        ("getUser", []),
        ("getDate", {"fromDate": "01/01/2018"}),
        ("getDate", {"fromDate": "2018-01-01", "toDate": "2018-01-02"}),
        ("getDate", {"fromDate": "31/02/2018", "toDate": "01/03/2018"}),
        ("getDate", {"fromDate": "1/1/2018", "toDate": "01/03/2018"}),
        ("getUserDate", WHOLE_TIME),
        ("recordingDownload", {}),
        ("recordingDownload", {"callId": "1531709393.4472"}),
        ("recordingListen", {"callId": "x"}),
        ("makeDial", {"extension": "1510"}),
        ("makeDial", {"phone": NUMBER}),
        ("makeDial", {"extension": "9999", "phone": NUMBER}),
        ("makeDial", {"extension": "1510", "phone": "a friend"}),
    ],
)
async def test_what_is_wrong_or_missing_is_a_failure_with_a_message(sandbox, ask, request_type, data):
    _, body = await ask(request_type, data)
    reply = json.loads(body)
    assert reply["respCode"] == -1
    assert reply["respMsg"] != "Success"
    assert sandbox.world.under_way == 0


@pytest.mark.parametrize("status", [200, 400])
async def test_failures_are_told_apart_by_their_message_whatever_the_http_status(sandbox, limits, status):
    sandbox.wires["voip24h"].change("failure_status", status)
    async with opened(sandbox, limits) as account:
        with pytest.raises(NotFoundError):
            await account.recording_link("1531709393.4472")
        with pytest.raises(NotFoundError):
            await account.click_to_call(source="9999", destination=NUMBER)
        with pytest.raises(RequestError) as caught:
            await account.request("POST", "getDate", fromDate="2018-01-01", toDate="2018-01-02")
        assert type(caught.value) is RequestError
        assert "fromDate must be dd/mm/yyyy" in str(caught.value)
    async with opened(sandbox, limits, partner_secret="wrong-secret") as account:
        with pytest.raises(AuthenticationError) as caught:
            await account.identity()
        assert "wrong-secret" not in str(caught.value)


# 1. getUser.


async def test_get_user_has_the_documents_rows_newest_first(sandbox, ask):
    extension = extension_of(sandbox)
    _, body = await ask("getUser", {"user": extension})
    reply = json.loads(body)
    check_shape(SAMPLES["getUser"]["response"], reply)
    rows = reply["data"]
    assert {row["callType"] for row in rows} <= {"INBOUND", "OUTBOUND", "EXTERNAL"}
    assert {"ANSWERED", "NO ANSWER"} <= {row["callStatus"] for row in rows}
    assert all(later["callDate"] >= earlier["callDate"] for later, earlier in pairwise(rows))
    for row in rows:
        # As in the samples: the seconds in the id are the wall clock of Vietnam.
        begun = datetime.fromtimestamp(int(row["callId"].partition(".")[0]), HANOI)
        assert row["callDate"] == begun.strftime("%Y-%m-%d %H:%M:%S")
        assert row["user"] == extension or len(row["phoneNumber"]) == 4


async def test_an_unknown_user_has_no_calls(ask, account):
    _, body = await ask("getUser", {"user": "9999"})
    assert json.loads(body)["data"] == []
    assert await account.user_calls("9999") == ()


async def test_the_client_turns_the_rows_of_a_user_into_calls(sandbox, account):
    extension = extension_of(sandbox)
    calls = await account.user_calls(extension)
    assert len(sent(sandbox, "getUser")) == 1
    office = sandbox.world.offices[0]
    rows = [office.calls[at] for at in office.calls.listed() if office.calls._reaches(at, 0)]
    assert [call.started_at.timestamp() for call in calls] == [row.started_at for row in reversed(rows)]
    assert {call.direction for call in calls} == {Direction.INCOMING, Direction.OUTGOING}
    for call in calls:
        own = call.destination if call.direction is Direction.INCOMING else call.source
        assert own.number == call.extension
        assert call.talk is None


# 2. getDate.


@pytest.mark.parametrize("with_user", [False, True])
async def test_get_date_takes_a_user_or_none(sandbox, ask, with_user):
    user = {"user": extension_of(sandbox)} if with_user else {}
    _, body = await ask("getDate", {**user, **WHOLE_TIME})
    reply = json.loads(body)
    check_shape(SAMPLES["getDate"]["response"], reply)
    assert (len(reply["data"]) == len(sandbox.world.offices[0].calls)) is not with_user


async def test_days_are_vietnams_and_both_are_included(sandbox, ask):
    office = sandbox.world.offices[0]
    day = datetime.fromtimestamp(office.calls.started_at[office.calls.listed()[-1]], HANOI).date()
    text = day.strftime("%d/%m/%Y")
    _, body = await ask("getDate", {"fromDate": text, "toDate": text})
    expected = [at for at in office.calls.started_at if datetime.fromtimestamp(at, HANOI).date() == day]
    assert len(json.loads(body)["data"]) == len(expected) > 0


async def test_all_calls_of_the_account_are_listed_once_newest_first(sandbox, account):
    calls = [call async for call in account.calls()]
    assert len(calls) == len({call.call_id for call in calls}) == len(sandbox.world.offices[0].calls)
    assert all(later.started_at >= earlier.started_at for later, earlier in pairwise(calls))
    assert {call.status for call in calls} <= set(Status)
    assert not sent(sandbox, "getUser")
    (first, *_) = sent(sandbox, "getDate")
    assert set(json.loads(first.query["data"])) == {"fromDate", "toDate"}
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", json.loads(first.query["data"])["fromDate"])


async def test_a_server_that_insists_on_the_user_is_asked_for_the_extensions_that_are_known(sandbox, limits):
    everything = {row.call_id for row in [call async for call in opened(sandbox, limits).calls()]}
    sandbox.wires["voip24h"].change("date_needs_user", value=True)
    async with opened(sandbox, limits) as account:
        with pytest.raises(RequestError, match="lists calls by extension only: enter the extensions"):
            await account.identity()
    extensions = sandbox.accounts["voip24h"][0].extensions
    async with opened(sandbox, limits, users=", ".join(extensions)) as account:
        calls = [call async for call in account.calls()]
    assert len(calls) == len({call.call_id for call in calls})
    # A call that rang nobody's extension is in nobody's list.
    without = {call for call in everything if call not in {item.call_id for item in calls}}
    office = sandbox.world.offices[0]
    assert len(without) == sum(1 for row in office.calls if row.extension < 0)
    assert not [
        item for item in sent(sandbox, "getUserDate") if json.loads(item.query["data"])["user"] not in extensions
    ]


# 3. getUserDate.


async def test_get_user_date_has_a_users_calls_of_a_period(sandbox, ask, account):
    extension = extension_of(sandbox)
    _, body = await ask("getUserDate", {"user": extension, **WHOLE_TIME})
    check_shape(SAMPLES["getUserDate"]["response"], json.loads(body))
    everything = await account.user_calls(extension)
    since, until = everything[-3].started_at, everything[2].started_at
    expected = [call for call in everything if since <= call.started_at < until]
    assert list(await account.user_calls(extension, since=since, until=until)) == expected
    assert list(await account.user_calls(extension, since=since)) == [
        call for call in everything if call.started_at >= since
    ]
    assert await account.user_calls(extension, until=since - timedelta(days=400)) == ()
    assert len(sent(sandbox, "getUserDate")) == 4


# 4. and 5. recordingDownload and recordingListen.


@pytest.mark.parametrize("request_type", ["recordingDownload", "recordingListen"])
async def test_links_look_like_the_documents(sandbox, ask, account, request_type):
    calls, position, office = await recorded_call(sandbox, account)
    call = next(item for item in calls if item.started_at.timestamp() == office.calls.started_at[position])
    sandbox.wires["voip24h"].change("link_host", "sample")
    _, body = await ask(request_type, {"callId": call.call_id})
    reply = json.loads(body)
    check_shape(SAMPLES[request_type]["response"], reply)
    form = re.compile(
        r"(http://localhost:8000/[a-z/]+)\?host=(eyJ[A-Za-z0-9+/=%]+)"
        r"&recordingFile=(?:in|external|out|internal)-\d+-\d+-\d{8}-\d{6}-(\d+\.\d+)\.gsm"
    )
    mine, documents = (
        form.fullmatch(reply["data"]["link"]),
        form.fullmatch(SAMPLES[request_type]["response"]["data"]["link"]),
    )
    assert mine[1] == documents[1]
    assert mine[3] == call.call_id
    assert documents[3] == SAMPLES[request_type]["request"]["callId"]
    assert await account.recording_link(call.call_id, listen=request_type == "recordingListen") == reply["data"]["link"]


async def test_a_recording_is_audio_and_the_secret_does_not_go_with_the_link(sandbox, account):
    calls, position, office = await recorded_call(sandbox, account)
    call = next(item for item in calls if item.started_at.timestamp() == office.calls.started_at[position])
    audio = await account.recording(call)
    assert (audio.media_type, audio.filename) == ("audio/x-gsm", f"{call.call_id}.gsm")
    # GSM 06.10: 33 bytes every 20 ms, each frame beginning with 0xD.
    assert len(audio.content) == 33 * 50 * office.calls.talk[position]
    assert {frame >> 4 for frame in audio.content[::33]} == {0xD}
    (followed,) = [request for request in sandbox.requests if request.path == "/api/recording/download"]
    assert (followed.method, followed.account, set(followed.query)) == ("GET", None, {"host", "recordingFile"})


async def test_links_to_another_host_are_not_followed(sandbox, account):
    calls, position, office = await recorded_call(sandbox, account)
    call = next(item for item in calls if item.started_at.timestamp() == office.calls.started_at[position])
    sandbox.wires["voip24h"].change("link_host", "sample")
    with pytest.raises(RequestError, match="another server than the account's, so it wasn't opened"):
        await account.recording(call)


async def test_a_call_without_a_recording_has_none(sandbox, account):
    office = sandbox.world.offices[0]
    position = next(
        at for at in office.calls.listed() if not office.calls.file_id[at] and office.calls.extension[at] >= 0
    )
    calls = await account.user_calls(office.extensions[office.calls.extension[position]].number)
    call = next(item for item in calls if item.started_at.timestamp() == office.calls.started_at[position])
    with pytest.raises(NotFoundError):
        await account.recording(call)


# 6. makeDial.


async def test_make_dial_repeats_what_was_asked_for(sandbox, ask):
    wish = {**SAMPLES["makeDial"]["request"], "extension": extension_of(sandbox)}
    _, body = await ask("makeDial", wish)
    reply = json.loads(body)
    check_shape(SAMPLES["makeDial"]["response"], reply)
    assert reply["data"] == wish
    assert sandbox.world.under_way == 1


async def test_a_call_that_is_placed_happens_costs_and_is_listed(sandbox, account):
    extension = extension_of(sandbox)
    before = sum(trunk.credit for trunk in sandbox.world.offices[0].trunks)
    assert await account.click_to_call(source=extension, destination="(095) 000-0999") == PlacedCall(request_id=None)
    (request,) = sent(sandbox, "makeDial")
    assert json.loads(request.query["data"]) == {"extension": extension, "phone": NUMBER}
    sandbox.world.clock.move(60)
    newest, *_ = [call async for call in account.calls()]
    assert (newest.direction, newest.extension, newest.destination.e164) == (
        Direction.OUTGOING,
        extension,
        "+84950000999",
    )
    assert sum(trunk.credit for trunk in sandbox.world.offices[0].trunks) < before


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut", {"processed": False}),
        ("cut", {"processed": True}),
        ("cut_body", {"share": 0.3}),
        ("bad_json", {"form": "truncated"}),
        ("bad_json", {"form": "array"}),
        ("field", {"at": "respCode", "action": "missing"}),
        ("field", {"at": "respCode", "action": "set", "value": "maybe"}),
        ("status", {"code": 500}),
        # A gateway's own words: it waited in vain, or saw the connection to the server go.
        ("status", {"code": 408}),
        ("status", {"code": 501}),
        ("status", {"code": 520}),
        ("status", {"code": 524}),
        ("huge", {}),
    ],
)
async def test_a_call_whose_outcome_is_unknown_was_asked_for_once(sandbox, account, kind, options):
    sandbox.faults.add(kind, provider="voip24h", **options)
    with pytest.raises(OutcomeUnknownError) as caught:
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert NUMBER not in str(caught.value)
    assert len(sent(sandbox, "makeDial")) == 1
    assert sandbox.world.under_way == (0 if kind == "status" or options == {"processed": False} else 1)


async def test_a_connection_that_is_cut_after_the_whole_answer_changes_nothing(sandbox, account):
    sandbox.faults.add("cut_body", provider="voip24h", share=1.0)
    assert await account.click_to_call(source=extension_of(sandbox), destination=NUMBER) == PlacedCall(request_id=None)
    assert (len(sent(sandbox, "makeDial")), sandbox.world.under_way) == (1, 1)


@pytest.mark.parametrize(
    ("source", "destination"), [("1510", "call me"), ("", NUMBER), ("15;10", NUMBER), ("1510", "")]
)
async def test_what_cannot_be_dialled_is_never_sent(sandbox, account, source, destination):
    with pytest.raises(RequestError, match="can't be dialled"):
        await account.click_to_call(source=source, destination=destination)
    assert not sandbox.requests


async def test_a_call_that_is_refused_is_no_unknown_outcome(sandbox, account):
    for trunk, line in enumerate(sandbox.world.offices[0].trunks):
        sandbox.world.top_up(sandbox.world.offices[0], trunk, -line.credit)
    with pytest.raises(RequestError, match="Balance is not enough"):
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    sandbox.faults.add("rate_limit", provider="voip24h", retry_after=9)
    with pytest.raises(RateLimitedError) as caught:
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)
    assert caught.value.retry_after == 9
    sandbox.faults.clear()
    sandbox.faults.add("address", provider="voip24h")
    with pytest.raises(PermissionDeniedError):
        await account.click_to_call(source=extension_of(sandbox), destination=NUMBER)


# Edition 1.1.


@pytest.fixture
async def newer(sandbox, limits):
    sandbox.wires["voip24h"].change("edition", "1.1")
    async with opened(sandbox, limits) as account:
        yield account


async def test_rows_have_their_duration_before_the_date(sandbox, ask, newer):
    _, body = await ask("getDate", WHOLE_TIME)
    rows = json.loads(body)["data"]
    order = ["callId", "user", "phoneNumber", "callType", "callStatus", "duration", "callDate"]
    assert {tuple(row) for row in rows} == {tuple(order)}
    assert {row["duration"] for row in rows if row["callStatus"] != "ANSWERED"} == {0}
    office = sandbox.world.offices[0]
    calls = [call async for call in newer.calls()]
    assert sum(call.talk for call in calls) == sum(row.talk for row in office.calls)
    assert {(call.wait, call.ended_at) for call in calls} == {(None, None)}


async def test_one_call_is_an_object_and_not_a_list(sandbox, ask, newer):
    first, *_ = [call async for call in newer.calls()]
    _, body = await ask("getCallData", {"uniqueId": first.call_id})
    data = json.loads(body)["data"]
    assert list(data) == ["callId", "user", "phoneNumber", "callType", "callStatus", "duration", "callDate"]
    assert await newer.call(first.call_id) == first
    with pytest.raises(NotFoundError):
        await newer.call("1532857052.131132")


async def test_one_call_is_answered_without_the_secret_as_in_the_sample(sandbox, newer):
    where = sandbox.accounts["voip24h"][0]
    first, *_ = [call async for call in newer.calls()]

    async def asked(request_type, **more):
        body = {"requestType": request_type, "data": {"uniqueId": first.call_id}, **more}
        async with aiohttp.ClientSession() as session, session.post(where.base_url, json=body) as response:
            return json.loads(await response.read())

    told = await asked("getCallData")
    assert (told["respCode"], told["data"]["callId"]) == (0, first.call_id)
    assert (await asked("getCallData", partnerSecret="wrong"))["respCode"] == -1
    assert (await asked("recordingDownload"))["respCode"] == -1


async def test_any_other_request_and_no_way_around_the_guard_of_calls(sandbox, newer):
    reply = await newer.request("POST", "getUser", user=extension_of(sandbox))
    assert (reply["respCode"], type(reply["data"])) == (0, list)
    with pytest.raises(RequestError, match="click_to_call"):
        await newer.request("POST", "MakeDial", extension="1510", phone=NUMBER)
    with pytest.raises(RequestError, match="POST only"):
        await newer.request("GET", "getUser")
    assert not sent(sandbox, "makeDial")


async def test_a_request_that_the_document_does_not_name_is_sent_once(sandbox, newer):
    sandbox.faults.add("cut", provider="voip24h")
    with pytest.raises(OutcomeUnknownError, match="The request may have been carried out"):
        await newer.request("POST", "sendMessage", phone=NUMBER)
    assert len(sent(sandbox, "sendMessage")) == 1
    sandbox.faults.clear()
    sandbox.faults.add("bad_json", provider="voip24h", form="html")
    with pytest.raises(OutcomeUnknownError):
        await newer.request("POST", "sendMessage", phone=NUMBER)
    sandbox.faults.clear()
    sandbox.faults.add("cut", provider="voip24h")
    with pytest.raises(ConnectionFailedError):
        await newer.request("POST", "getUser", user="1510")
    # A read is tried three times by these limits.
    assert len(sent(sandbox, "getUser")) == 3


async def test_a_failure_of_the_servers_own_is_said_after_the_last_try(sandbox, newer):
    sandbox.wires["voip24h"].change("failure_status", 500)
    with pytest.raises(ProviderError):
        await newer.call("1532857052.131132")


async def test_the_period_is_cut_to_the_second(sandbox, newer):
    calls = [call async for call in newer.calls()]
    since, until = calls[20].started_at, calls[5].started_at
    wanted = [call for call in calls if since <= call.started_at < until]
    assert [call async for call in newer.calls(since=since, until=until)] == wanted
