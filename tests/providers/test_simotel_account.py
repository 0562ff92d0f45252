"""A Simotel account against a server that answers with the document's samples, whatever it is asked.

What the sandbox's exchange answers is in test_simotel_document.py; here is what goes out, and what it can't be made to say.
"""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime

import pytest
from aiohttp import web
from simotel_pages import PAGES, first_row, response

from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    ConfigError,
    DataError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Call, CallPage, Fax, Status, Voicemail
from trunkline.providers.simotel.account import server_name
from trunkline.providers.simotel.client import is_read

KEY = "vZKtIKWsld0egNlkzHo8i5LVBqLNBSWARCQsPOSgDjFmAHM3tG"
BASIC = {"username": "test", "password": "Aa123456"}
NUMBER = "02155500123"


class Exchange:
    """Answers by path, with the document's sample unless something else is given; keeps what it was asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.url = ""

    async def handle(self, request):
        path = request.path.removeprefix("/api/v4/")
        body = await request.read()
        is_json = request.content_type == "application/json"
        sent = await request.json() if is_json and body else body
        self.asked.append((request.method, path, sent, dict(request.headers)))
        answer = self.answers.get(path, PAGES.get(path, {}).get("response"))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer = answer(sent)
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is None:
            return web.Response(status=404, text="<h1>Not Found</h1>", content_type="text/html")
        if answer == "cut":
            request.transport.abort()
            return web.Response()
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return web.json_response(body, status=status)

    def bodies(self, path):
        return [sent for _, asked, sent, _ in self.asked if asked == path]


@pytest.fixture
async def exchange():
    exchange = Exchange()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", exchange.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    exchange.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v4"
    yield exchange
    await runner.cleanup()


@pytest.fixture
async def account(exchange, limits):
    async with opened(exchange, limits) as account:
        yield account


def opened(exchange, limits, **more):
    settings = {**BASIC, "api_key": KEY, **more}
    return open_account("simotel", base_url=exchange.url, limits=limits, **settings)


def refused(message, status=200):
    return status, {"success": 0, "message": message, "data": ""}


def wire(**more):
    return web.Response(body=b"RIFF....", content_type="audio/wav", **more)


def call_with(**fields):
    return Call(account="a", call_id="1", direction=None, status=Status.ANSWERED, started_at=None, **fields)


# The way in.


@pytest.mark.parametrize(
    ("credentials", "basic", "key"),
    [
        (BASIC, True, False),
        ({"api_key": KEY}, False, True),
        ({**BASIC, "api_key": KEY}, True, True),
    ],
)
async def test_three_ways_of_login(exchange, limits, credentials, basic, key):
    async with open_account("simotel", base_url=exchange.url, limits=limits, **credentials) as account:
        await account.ping()
    ((method, path, _, headers),) = exchange.asked
    assert (method, path, headers["Content-Type"]) == ("POST", "setting/ping/act", "application/json")
    # The document's own example of the header.
    assert headers.get("Authorization") == ("Basic " + base64.b64encode(b"test:Aa123456").decode() if basic else None)
    assert headers.get("X-APIKEY") == (KEY if key else None)


@pytest.mark.parametrize(
    ("credentials", "match"),
    [
        ({}, "needs the user name and password"),
        ({"username": "test"}, "password is missing"),
        ({"password": "Aa123456", "api_key": KEY}, "user name is missing"),
        ({"username": "te:st", "password": "x"}, "colon"),
        ({"api_key": "two words"}, "API key"),
        ({"api_key": "key\u200c"}, "API key"),
    ],
)
async def test_an_incomplete_login_is_refused_before_anything_is_sent(exchange, credentials, match):
    with pytest.raises(ConfigError, match=match):
        open_account("simotel", base_url=exchange.url, **credentials)
    assert not exchange.asked


async def test_the_identity_is_the_server_and_the_login_is_checked(exchange, account):
    identity = await account.identity()
    host = exchange.url.removeprefix("http://").removesuffix("/api/v4")
    assert (identity.account_id, identity.title) == (host, f"Simotel {host}")
    assert [path for _, path, _, _ in exchange.asked] == ["reports/cdr/search"]
    exchange.answers["reports/cdr/search"] = refused("BasicAuth or ApiKey is invalid", 401)
    account._identity = None
    with pytest.raises(AuthenticationError):
        await account.identity()
    assert await account.streams() == ("",)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://192.0.2.10/api/v4", "192.0.2.10"),
        ("https://pbx.example/api/v4/", "pbx.example"),
        ("https://pbx.example:443/api/v4", "pbx.example"),
        ("http://pbx.example:8080/api/v4", "pbx.example:8080"),
        ("https://gate.example/branch-2/api/v4", "gate.example/branch-2"),
    ],
)
def test_the_id_of_a_server_is_its_address(url, name):
    assert server_name(url) == name


# Refusals.


@pytest.mark.parametrize(
    ("answer", "error", "match"),
    [
        (refused("Unable to parse content", 400), RequestError, "unable to parse"),
        (refused("BasicAuth or ApiKey is missing", 401), AuthenticationError, "missing"),
        (refused("BasicAuth or ApiKey is invalid", 401), AuthenticationError, "API Accounts"),
        (refused("BasicAuth or ApiKey is invalid"), AuthenticationError, "enabled"),
        (refused('"....";Access denied', 403), PermissionDeniedError, "/pbx/trunks/search"),
        (refused("Access denied"), PermissionDeniedError, "/pbx/trunks/search"),
        (refused("IP is not permitted", 403), PermissionDeniedError, "127.0.0.1"),
        (refused("IP is not permitted"), PermissionDeniedError, "127.0.0.1"),
        (refused("Method not allowed", 405), RequestError, "method not allowed"),
        (refused("Unsupported Media Type", 415), RequestError, "unsupported media"),
        (refused("Requested service dose not exist", 501), NotFoundError, "/api/v4"),
        (refused("Requested service does not exist", 501), NotFoundError, "/api/v4"),
        (refused("Requested service does not exist"), NotFoundError, "/api/v4"),
        (refused("This number already exists"), RequestError, "already exists"),
        (refused("Field 'alike':value is missing"), RequestError, "alike"),
        (refused("This trunk does not exist"), NotFoundError, "does not exist"),
        (refused("User not found"), NotFoundError, "not found"),
        (refused(None), RequestError, "HTTP 200"),
        (refused("", 418), RequestError, "HTTP 418"),
        ((200, {"status": "error", "message": "no"}), RequestError, "no"),
        ((429, {"success": 0}), RateLimitedError, "too many requests"),
        ((500, {"success": 0}), ProviderError, "500"),
        ((507, {"success": 0}), ProviderError, "507"),
        ((200, {"data": []}), DataError, "success"),
        ((200, {"success": 5}), DataError, "success"),
        ((200, []), DataError, "JSON"),
        (None, NotFoundError, "base URL"),
    ],
)
async def test_every_refusal_is_its_error(exchange, account, answer, error, match):
    exchange.answers["pbx/trunks/search"] = answer
    if answer is None:
        apache = web.Response(status=404, text="<h1>Not Found</h1>", content_type="text/html")
        exchange.answers["pbx/trunks/search"] = lambda _: apache
    with pytest.raises(error, match=f"(?i){match}") as caught:
        await account.trunks()
    assert type(caught.value) is error
    assert KEY not in str(caught.value)


async def test_an_address_that_is_not_permitted_is_named(exchange, account):
    exchange.answers["pbx/queues/search"] = refused("IP is not permitted", 403)
    with pytest.raises(PermissionDeniedError, match="Maintenance > Settings") as caught:
        await account.queues()
    assert caught.value.address == "127.0.0.1"


async def test_an_unknown_local_address_is_not_named(exchange, account, monkeypatch):
    async def nowhere(*_, **__):
        raise OSError

    exchange.answers["pbx/queues/search"] = refused("IP is not permitted", 403)
    monkeypatch.setattr(asyncio.get_running_loop(), "create_datagram_endpoint", nowhere)
    with pytest.raises(PermissionDeniedError, match="this machine's address") as caught:
        await account.queues()
    assert caught.value.address is None


async def test_a_refusal_shows_no_number(exchange, account):
    exchange.answers["pbx/blacklists/add"] = refused(f"The number {NUMBER} already exists")
    with pytest.raises(RequestError) as caught:
        await account.block(NUMBER)
    assert NUMBER not in str(caught.value)


async def test_the_other_envelope_of_an_added_user_is_a_success(exchange, account):
    told = await account.request("POST", "pbx/users/add", name="User2", number="999", secret="999")
    assert told == {"status": "success", "message": "User created successfully", "user_id": "999"}


# Reads and changes.


@pytest.mark.parametrize("path", PAGES)
def test_only_paths_that_change_nothing_are_repeated(path):
    ends = path.rsplit("/", 1)[-1]
    changes = ends in {"add", "update", "remove", "upload"} or ends.endswith("agent") or path == "call/originate/act"
    assert is_read(path) == (not changes)


async def test_reads_are_repeated_and_changes_are_not(exchange, account):
    exchange.answers["pbx/queues/search"] = ["cut", (502, {}), response("pbx/queues/search")]
    assert len(await account.queues()) == 1
    assert len(exchange.bodies("pbx/queues/search")) == 3
    exchange.answers["pbx/trunks/add"] = ["cut", response("pbx/trunks/add")]
    with pytest.raises(OutcomeUnknownError):
        await account.request("POST", "pbx/trunks/add", name="t1")
    assert len(exchange.bodies("pbx/trunks/add")) == 1


@pytest.mark.parametrize("answer", ["cut", (502, {}), (505, {}), (200, []), (200, {"success": 9}), (200, {"data": 1})])
async def test_a_change_with_an_unreadable_reply_has_an_unknown_outcome(exchange, account, answer):
    for path in ("pbx/queues/pauseagent", "pbx/whitelists/add", "autodialer/contacts/remove", "pbx/faxes/upload"):
        exchange.answers[path] = answer
    acts = (
        account.pause_agent(queue="901", extension="560"),
        account.allow("557"),
        account.remove_contact("60461561095d840c2e477098"),
        account.upload("pbx/faxes/upload", b"II*", filename="a.tiff"),
    )
    for act in acts:
        with pytest.raises(OutcomeUnknownError, match="before you try again"):
            await act
    assert len(exchange.asked) == len(acts)


async def test_request_sends_its_parameters_as_json(exchange, account):
    found = await account.request("post", "/autodialer/trunks/search/", alike="true", conditions={"title": ""})
    assert found["data"][0]["title"] == "autodialer"
    assert exchange.bodies("autodialer/trunks/search") == [{"alike": "true", "conditions": {"title": ""}}]
    removed = await account.request("POST", "pbx/users/remove", _id="6033876dc92de036d1390923")
    assert removed["data"] == ""
    exchange.answers["pbx/faxes/download"] = lambda _: wire()
    file = await account.request("POST", "pbx/faxes/download", _id="5fe7b083b6e91a5ef2bbf7bb")
    assert (file.content, file.media_type, file.filename) == (b"RIFF....", "audio/wav", "5fe7b083b6e91a5ef2bbf7bb")


@pytest.mark.parametrize(
    ("path", "match"),
    [
        ("call/originate/act", "click_to_call"),
        ("pbx/faxes/upload", "upload"),
        ("../v3/pbx", "look like"),
        ("CALL/ORIGINATE/ACT", "look like"),
        ("call/originate/act?x=/search", "look like"),
        ("", "look like"),
    ],
)
async def test_request_refuses_paths_with_their_own_methods_and_invalid_paths(exchange, account, path, match):
    with pytest.raises(RequestError, match=match):
        await account.request("POST", path)
    assert not exchange.asked


async def test_files_are_sent_as_forms(exchange, account):
    for path in ("pbx/announcements", "pbx/faxes", "autodialer/groups", "autodialer/announcements"):
        name = await account.upload(f"{path}/upload", b"1111,Ana", filename="book.csv", media_type="text/csv")
        assert name == response(f"{path}/upload")["data"]["filename"]
    _, _, sent, headers = exchange.asked[-1]
    assert headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="file"; filename="book.csv"' in sent
    with pytest.raises(RequestError, match="/upload"):
        await account.upload("pbx/faxes/add", b"", filename="x")
    exchange.answers["pbx/faxes/upload"] = {"success": 1, "message": "", "data": ""}
    with pytest.raises(OutcomeUnknownError):
        await account.upload("pbx/faxes/upload", b"", filename="x")


async def test_ping_returns_the_servers_message(account):
    assert "'Ping' event" in await account.ping()


# Placing a call.


async def test_a_placed_call_is_sent_like_the_sample(exchange, account):
    placed = await account.click_to_call(source="557", destination="552", limit=30)
    assert placed.request_id == "orig.call.1703145054.787335"
    expected = dict(PAGES["call/originate/act"]["request"])
    assert exchange.bodies("call/originate/act") == [expected]
    await account.click_to_call(
        source="557",
        destination="(021) 5550-0123",
        context="night",
        caller_id="02155500000",
        trunk="t1",
        ring_seconds=10,
    )
    assert exchange.bodies("call/originate/act")[1] == {
        "caller": "557",
        "callee": NUMBER,
        "context": "night",
        "caller_id": "02155500000",
        "trunk_name": "t1",
        "timeout": "10",
    }


async def test_a_callers_number_can_be_hidden(exchange, account):
    # The body of the document's scenario "Originate Call", whose trunk it leaves out.
    await account.click_to_call(source="570", destination="553", caller_id="masking")
    (sent,) = exchange.bodies("call/originate/act")
    assert {name: text for name, text in sent.items() if name != "trunk_name"} == {
        "caller": "570",
        "callee": "553",
        "context": "main_routing",
        "caller_id": "masking",
        "timeout": "30",
    }


async def test_an_outside_telephone_is_reached_by_the_accounts_trunk(exchange, account, limits):
    with pytest.raises(RequestError, match="name the trunk"):
        await account.click_to_call(source=NUMBER, destination="552")
    assert not exchange.asked
    async with opened(exchange, limits, trunk="t1541", context="office") as configured:
        await configured.click_to_call(source=NUMBER, destination="552")
        await configured.click_to_call(source="557", destination="552")
    first, second = exchange.bodies("call/originate/act")
    assert (first["trunk_name"], first["context"], first["caller_id"]) == ("t1541", "office", NUMBER)
    assert second["trunk_name"] == ""


@pytest.mark.parametrize("name", ["ring_seconds", "limit"])
@pytest.mark.parametrize("value", [0, -30, True, 2.5, "30"])
async def test_a_limit_that_no_call_has_is_never_sent(exchange, account, name, value):
    with pytest.raises(RequestError, match="whole number above 0"):
        await account.click_to_call(source="557", destination="552", **{name: value})
    assert not exchange.asked


@pytest.mark.parametrize(
    "numbers",
    [
        {"source": "557", "destination": "call me"},
        {"source": "", "destination": NUMBER},
        {"source": "557;1", "destination": NUMBER},
        {"source": "557", "destination": NUMBER, "caller_id": "Ana"},
        {"source": "557", "destination": NUMBER, "stream": "other"},
    ],
)
async def test_numbers_that_cannot_be_dialled_are_never_sent(exchange, account, numbers):
    with pytest.raises(RequestError):
        await account.click_to_call(**numbers)
    assert not exchange.asked


@pytest.mark.parametrize(
    "answer",
    [
        "cut",
        (500, {}),
        (503, {"success": 0, "message": "busy"}),
        (200, []),
        (200, {"success": 1, "message": None, "data": None}),
        (200, {"success": 1, "message": None, "data": {"originated_call_id": ""}}),
        (401, {"success": 1, "message": None, "data": {"originated_call_id": "orig.call.1.2"}}),
        (404, {"success": 1, "message": None, "data": {"originated_call_id": "orig.call.1.2"}}),
        (200, {"message": None}),
    ],
)
async def test_a_call_is_placed_once_whatever_the_reply(exchange, account, answer):
    exchange.answers["call/originate/act"] = answer
    with pytest.raises(OutcomeUnknownError, match="phone may be ringing") as caught:
        await account.click_to_call(source="557", destination=NUMBER)
    assert NUMBER not in str(caught.value)
    assert len(exchange.asked) == 1


async def test_a_refused_call_is_an_error(exchange, account):
    exchange.answers["call/originate/act"] = refused("Requested operation failed")
    with pytest.raises(RequestError, match="failed"):
        await account.click_to_call(source="557", destination=NUMBER)


# Calls.


def rows_of(count, first=1):
    """Return call rows, newest first, a second apart."""
    row = first_row("reports/cdr/search")
    return [
        {
            **row,
            "_id": f"{number:024x}",
            "starttime": f"1400-04-01 10:{number // 60:02d}:{number % 60:02d}",
            "endtime": "",
        }
        for number in reversed(range(first, first + count))
    ]


class MovingList:
    """A list that is searched by offset, and may be changed between two searches."""

    def __init__(self, rows, *, total=True, at_most=1000):
        self.rows, self.total, self.at_most = rows, total, at_most
        self.changes = []

    def __call__(self, sent):
        pages = sent["pagination"]
        start, count = pages["start"], min(pages["count"], self.at_most)
        pagination = {"start": start, "count": count, "sorting": pages["sorting"]}
        if self.total:
            pagination["total"] = len(self.rows)
        found = self.rows[start : start + count]
        if self.changes:
            self.changes.pop(0)(self.rows)
        return {"success": 1, "message": "", "data": {"pagination": pagination, "data": found}}


async def ids(account, **period):
    return [call.call_id async for call in account.calls(**period)]


@pytest.mark.parametrize("settings", [{}, {"at_most": 20}, {"total": False}, {"total": False, "at_most": 7}])
async def test_all_calls_are_read_whatever_the_page_size(exchange, account, settings):
    rows = rows_of(250)
    exchange.answers["reports/cdr/search"] = MovingList(rows, **settings)
    assert await ids(account) == [row["_id"] for row in rows]
    sent = exchange.bodies("reports/cdr/search")[0]
    assert sent["pagination"] == {"start": 0, "count": 100, "sorting": {"starttime": -1}}
    assert sent["conditions"] == {"from": "", "to": "", "cuid": ""}
    assert (sent["alike"], sent["date_range"]["from"]) == ("true", "2000-01-01 00:00")


async def test_reading_ends_if_the_server_ignores_the_offset_and_states_no_total(exchange, account):
    rows = rows_of(20)
    exchange.answers["reports/cdr/search"] = {"success": 1, "message": "", "data": {"data": rows}}
    assert await ids(account) == [row["_id"] for row in rows]
    assert len(exchange.asked) == 2


async def test_no_call_is_lost_when_others_vanish_between_pages(exchange, account):
    rows = rows_of(250)
    kept = [row["_id"] for row in rows[5:]]
    moving = exchange.answers["reports/cdr/search"] = MovingList(rows)
    moving.changes = [lambda rows: rows.__delitem__(slice(0, 5))]
    assert set(kept) <= set(await ids(account))


async def test_no_call_is_lost_when_others_are_sent_twice(exchange, account):
    rows = rows_of(250)
    wanted = [row["_id"] for row in rows]
    rows.insert(40, rows[40])
    exchange.answers["reports/cdr/search"] = MovingList(rows)
    assert await ids(account) == wanted


@pytest.mark.parametrize("skip", [0, 30, 249, 250, 5000])
async def test_skip_starts_there_or_above(exchange, account, skip):
    rows = rows_of(250)
    exchange.answers["reports/cdr/search"] = MovingList(rows)
    pages = [page async for page in account.pages("", skip=skip)]
    assert pages[0].offset <= skip
    assert [call.call_id for page in pages for call in page.calls] == [row["_id"] for row in rows][pages[0].offset :]
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]


async def test_skip_in_a_list_that_is_empty(exchange, account):
    exchange.answers["reports/cdr/search"] = MovingList([])
    assert [page async for page in account.pages("", skip=40)] == [CallPage((), total=0, offset=0, last=True)]


async def test_a_period_is_sent_in_minutes_and_returned_exactly(exchange, account):
    exchange.answers["reports/cdr/search"] = MovingList(rows_of(250))
    # 10:00:30 and 10:02:00 of 1400-04-01 in Tehran, which was 04:30 ahead.
    since, until = datetime(2021, 6, 22, 5, 30, 30, tzinfo=UTC), datetime(2021, 6, 22, 5, 32, 0, tzinfo=UTC)
    assert await ids(account, since=since, until=until) == [f"{number:024x}" for number in reversed(range(30, 120))]
    sent = exchange.bodies("reports/cdr/search")[0]
    assert sent["date_range"] == {"from": "2021-06-22 10:00", "to": "2021-06-22 10:03"}


async def test_the_cursor_reads_calls_in_the_order_of_recording(exchange, account):
    rows = rows_of(45)[::-1]

    def ordered(sent):
        found = [row for row in rows if row["_id"] > sent["_id"]][:20]
        return {"success": 1, "message": "", "data": {"last_id": found[-1]["_id"] if found else "", "data": found}}

    exchange.answers["reports/cdr/ordered/id"] = ordered
    pages = [page async for page in account.cursor_pages("")]
    assert [len(page.calls) for page in pages] == [20, 20, 5, 0]
    assert [page.last for page in pages] == [False, False, False, True]
    assert [call.call_id for page in pages for call in page.calls] == [row["_id"] for row in rows]
    assert pages[-1].cursor == rows[-1]["_id"]
    rows += rows_of(3, first=46)[::-1]
    more = [page async for page in account.cursor_pages("", after=pages[-1].cursor)]
    assert [call.call_id for page in more for call in page.calls] == [f"{number:024x}" for number in (46, 47, 48)]


@pytest.mark.parametrize(
    ("told", "read"),
    [
        # The same cursor again, one that lies before, and ids without an order that go round.
        (["2" * 24, "2" * 24], 1),
        (["2" * 24, "1" * 24], 1),
        (["7", "31", "7", "31"], 2),
        (["", "", ""], 1),
    ],
)
async def test_a_cursor_that_repeats_is_an_error(exchange, account, told, read):
    row = rows_of(1)[0]
    exchange.answers["reports/cdr/ordered/id"] = [
        {"success": 1, "message": "", "data": {"last_id": cursor, "data": [row]}} for cursor in told
    ]
    pages = account.cursor_pages("")
    for _ in range(read):
        assert [call.call_id for call in (await anext(pages)).calls] == [row["_id"]]
    with pytest.raises(DataError, match="last_id"):
        await anext(pages)


async def test_an_empty_page_ends_the_list_and_keeps_the_cursor(exchange, account):
    row = rows_of(1)[0]
    exchange.answers["reports/cdr/ordered/id"] = [
        {"success": 1, "message": "", "data": {"last_id": row["_id"], "data": [row, row]}},
        {"success": 1, "message": "", "data": {"last_id": "f" * 24, "data": []}},
    ]
    pages = [page async for page in account.cursor_pages("")]
    # A row that is sent twice is handed on twice: whoever keeps it knows it by its id.
    assert [(len(page.calls), page.cursor, page.last) for page in pages] == [
        (2, row["_id"], False),
        (0, row["_id"], True),
    ]
    assert exchange.bodies("reports/cdr/ordered/id") == [{"_id": ""}, {"_id": row["_id"]}]


def test_a_cursor_is_a_time():
    account = open_account("simotel", base_url="http://pbx.example/api/v4", api_key=KEY)
    assert account.ordered
    # 0x60d179d3 is 1624340947, 2021-06-22 05:49:07 UTC.
    moment = datetime(2021, 6, 22, 5, 49, 7, tzinfo=UTC)
    assert account.cursor_time("60d179d3895b44fe5bbc66e2") == moment
    assert account.cursor_at(moment) == "60d179d30000000000000000"
    assert account.cursor_time("") is None


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("reports/queue", Status.ANSWERED),
        ("/reports/queue_details/", Status.ANSWERED),
        ("autodialer/reports", Status.ANSWERED),
    ],
)
async def test_three_more_lists_have_a_cursor(exchange, account, what, status):
    path = f"{what.strip('/')}/ordered/id"
    exchange.answers[path] = [response(path), {"success": 1, "message": "", "data": {"last_id": "", "data": []}}]
    pages = [page async for page in account.cursor_rows(what)]
    assert [len(page.rows) for page in pages] == [1, 0]
    assert pages[0].rows[0].status is status
    assert exchange.bodies(path) == [{"_id": ""}, {"_id": response(path)["data"]["last_id"]}]


@pytest.mark.parametrize("what", ["reports/cdr", "reports/poll", "nonsense"])
async def test_other_lists_have_no_cursor_or_their_own_method(account, what):
    with pytest.raises(RequestError):
        [page async for page in account.cursor_rows(what)]


# Searches.


async def test_a_search_is_sent_with_all_criteria(exchange, account):
    since, until = datetime(2020, 6, 15, 10, 46, tzinfo=UTC), datetime(2022, 6, 22, 10, 45, tzinfo=UTC)
    page = await account.search(
        "reports/queue",
        conditions={"cuid": "1623762811.55413", "qnum": "901"},
        since=since,
        until=until,
        start=4,
        count=2,
        sorting={"starttime": 1},
        alike=False,
    )
    assert page.rows == (first_row("reports/queue/search"),)
    # Tehran was 04:30 ahead on both days; the end is a minute later, so that nothing of it is cut off.
    assert exchange.bodies("reports/queue/search") == [
        {
            "alike": "false",
            "conditions": {"from": "", "to": "", "cuid": "1623762811.55413", "qnum": "901"},
            "pagination": {"start": 4, "count": 2, "sorting": {"starttime": 1}},
            "date_range": {"from": "2020-06-15 15:16", "to": "2022-06-22 15:16"},
        }
    ]


@pytest.mark.parametrize(
    ("what", "criteria", "match"),
    [
        ("reports/nothing", {}, "its lists are pbx/faxes"),
        ("reports/cdr", {"conditions": {"qnum": "901"}}, "no condition qnum"),
        ("autodialer/groups", {"since": datetime(2021, 1, 1, tzinfo=UTC)}, "period"),
        ("reports/cdr", {"start": -1}, "starts at 0"),
        ("reports/cdr", {"count": 0}, "at least one"),
    ],
)
async def test_criteria_that_a_list_does_not_have_are_never_sent(exchange, account, what, criteria, match):
    with pytest.raises(RequestError, match=match):
        await account.search(what, **criteria)
    assert not exchange.asked


@pytest.mark.parametrize("name", ["start", "total"])
async def test_negative_counts_are_an_error(exchange, account, name):
    exchange.answers["pbx/faxes/search"] = {"success": 1, "data": {"pagination": {name: -1}, "data": []}}
    with pytest.raises(DataError, match=name):
        await account.search("pbx/faxes")


async def test_a_row_that_is_not_an_object_is_an_error(exchange, account):
    exchange.answers["pbx/faxes/search"] = {"success": 1, "data": {"data": [5]}}
    with pytest.raises(DataError, match="not an object"):
        await account.search("pbx/faxes")


async def test_whole_lists_are_read_to_their_end(exchange, account):
    row = first_row("pbx/faxes/search")
    rows = [{**row, "_id": f"{number:024x}", "date": "1402-04-28 19:59:55"} for number in range(130)]
    exchange.answers["pbx/faxes/search"] = MovingList(rows)
    assert len(await account.faxes()) == 130
    sent = exchange.bodies("pbx/faxes/search")[0]
    assert sent["pagination"]["sorting"] == {"date": -1}
    assert "date_range" not in sent
    # 1402-04-28 19:59:55 in Tehran is 16:29:55 UTC.
    edge = datetime(2023, 7, 19, 16, 29, 55, tzinfo=UTC)
    assert len(await account.faxes(since=edge)) == 130
    assert await account.faxes(until=edge) == ()


# Files.


async def test_files_are_requested_by_name(exchange, account):
    for path in ("reports/audio/download", "pbx/faxes/download"):
        exchange.answers[path] = lambda _: wire()
    audio = await account.recording(call_with(recording="20210622_1624340875.75933.mp3"))
    assert (audio.content, audio.media_type, audio.filename) == (
        b"RIFF....",
        "audio/wav",
        "20210622_1624340875.75933.mp3",
    )
    await account.voicemail_audio(Voicemail("1", filename="../400_1.wav"))
    assert exchange.bodies("reports/audio/download") == [
        {"file": "20210622_1624340875.75933.mp3"},
        {"file": "../400_1.wav"},
    ]
    fax = await account.fax_document(Fax("64b801737ec8cb8899ee28a4"))
    assert fax.filename == "64b801737ec8cb8899ee28a4.tiff"
    assert exchange.bodies("pbx/faxes/download") == [{"_id": "64b801737ec8cb8899ee28a4"}]


async def test_nothing_is_requested_if_there_is_no_file(exchange, account):
    for asking in (
        account.recording(call_with()),
        account.voicemail_audio(Voicemail("1", problem="This file has not been saved properly")),
        account.fax_document(Fax(None)),
    ):
        with pytest.raises(NotFoundError):
            await asking
    assert not exchange.asked


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, NotFoundError),
        (refused("Requested operation failed"), RequestError),
        ((200, {"success": 1, "message": "", "data": ""}), DataError),
    ],
)
async def test_a_missing_file_is_an_error(exchange, account, answer, error):
    exchange.answers["reports/audio/download"] = answer
    with pytest.raises(error):
        await account.recording(call_with(recording="gone.mp3"))


# The office.


async def test_an_agent_is_changed_by_queue_and_extension(exchange, account):
    added = await account.add_agent(queue="999", extension="557", penalty=1)
    assert exchange.bodies("pbx/queues/addagent") == [PAGES["pbx/queues/addagent"]["request"]]
    assert (added.extension, added.queue, added.done, added.message) == ("557", "999", True, "Added successfully")
    for verb in ("pause", "resume", "remove"):
        result = await getattr(account, f"{verb}_agent")(queue="999", extension="557")
        assert result.done
        assert exchange.bodies(f"pbx/queues/{verb}agent") == [PAGES[f"pbx/queues/{verb}agent"]["request"]]


async def test_agents_are_changed_many_at_once(exchange, account):
    members = [("10000", "570"), ("10000", "553")]
    for verb in ("add", "pause", "resume", "remove"):
        path = f"pbx/queues/batch{verb}agent"
        (told,) = response(path)["data"]["Data"]
        name = "agents" if verb == "add" else "agent"
        second = {**told, name: "553", "ok": 0, "message": "Not in this queue"}
        exchange.answers[path] = {"success": 1, "message": "", "data": {"Data": [told, second], "ok": 1}}
        results = await getattr(account, f"{verb}_agents")(members)
        assert [(result.extension, result.queue, result.done) for result in results] == [
            ("570", "10000", True),
            ("553", "10000", False),
        ]
        assert exchange.bodies(path) == [PAGES[path]["request"]]
        assert await getattr(account, f"{verb}_agents")([]) == ()


async def test_a_batch_with_a_reply_of_another_length_has_an_unknown_outcome(exchange, account):
    with pytest.raises(OutcomeUnknownError):
        await account.pause_agents([("10000", "570"), ("10000", "553")])


async def test_an_entry_is_removed_by_the_id_that_the_list_has(exchange, account):
    await account.block("(021) 555-00123", note="spam")
    assert exchange.bodies("pbx/blacklists/add") == [{"number": NUMBER, "comment": "spam"}]
    row = first_row("pbx/blacklists/search")
    exchange.answers["pbx/blacklists/search"] = {
        "success": 1,
        "data": [row, {**row, "_id": "2", "number": NUMBER}, {**row, "_id": "3", "number": "+982155500123"}],
    }
    await account.unblock(NUMBER)
    assert exchange.bodies("pbx/blacklists/remove") == [{"_id": "2"}, {"_id": "3"}]
    with pytest.raises(NotFoundError, match="isn't on Simotel's blacklist"):
        await account.unblock("02155500999")
    await account.allow(NUMBER, labels=("family",))
    assert exchange.bodies("pbx/whitelists/add") == [{"number": NUMBER, "labels": ["family"], "comment": ""}]
    with pytest.raises(NotFoundError, match="isn't on Simotel's whitelist"):
        await account.disallow(NUMBER)
    for act in (account.block("everyone"), account.allow(""), account.add_contact(name="x", number="y")):
        with pytest.raises(RequestError, match="can't be dialled"):
            await act


async def test_empty_lists_may_be_empty_text(exchange, account):
    exchange.answers["pbx/blacklists/search"] = {"success": 1, "message": "", "data": ""}
    assert await account.blocked() == ()


async def test_mailboxes_belong_to_no_context(account):
    assert len(await account.mailboxes()) == 1
    assert await account.mailboxes(context="default") == ()


async def test_the_agents_of_a_queue_are_read_from_the_users(exchange, account):
    user = first_row("pbx/users/search")
    exchange.answers["pbx/users/search"] = {
        "success": 1,
        "data": [{**user, "queues": ["901", "902"]}, {**user, "number": "102", "queues": ["902"]}],
    }
    assert [(agent.extension, agent.queue, agent.paused) for agent in await account.agents()] == [
        ("101", "901", None),
        ("101", "902", None),
        ("102", "902", None),
    ]
    assert [agent.extension for agent in await account.agents(queue="902")] == ["101", "102"]
    sent = exchange.bodies("pbx/users/search")[0]
    assert sent == {"status": "all", "alike": True, "conditions": {"name": "", "number": "", "mapped": ""}}


async def test_an_unreadable_reply_to_an_agent_change_has_an_unknown_outcome(exchange, account):
    exchange.answers["pbx/queues/pauseagent"] = {"success": 1, "message": "", "data": ""}
    with pytest.raises(OutcomeUnknownError, match="The agent may have been changed"):
        await account.pause_agent(queue="901", extension="560")


async def test_iranian_numbers_are_sent_like_the_samples(exchange, account):
    await account.click_to_call(source="557", destination="+98 21 5550 0123")
    await account.block("00989120000001")
    await account.add_contact(name="x", number="+442079460000")
    assert exchange.bodies("call/originate/act")[0]["callee"] == NUMBER
    assert exchange.bodies("pbx/blacklists/add")[0]["number"] == "09120000001"
    assert exchange.bodies("autodialer/contacts/add") == [{"name": "x", "number": "+442079460000", "description": ""}]


async def test_only_download_paths_can_be_downloaded(exchange, account):
    with pytest.raises(RequestError, match="/download"):
        await account.download("call/originate/act", caller="557")
    assert not exchange.asked


@pytest.mark.parametrize(
    ("declared", "name", "media_type"),
    [
        ("audio/mpeg", "a.wav", "audio/mpeg"),
        ("text/html", "a.mp3", "audio/mpeg"),
        ("application/octet-stream", "a.WAV", "audio/wav"),
        ("text/plain", "a.bin", "application/octet-stream"),
    ],
)
async def test_the_media_type_is_that_of_the_name_if_the_declared_one_says_nothing(
    exchange, account, declared, name, media_type
):
    exchange.answers["reports/audio/download"] = lambda _: web.Response(body=b"RIFF....", content_type=declared)
    assert (await account.recording(call_with(recording=name))).media_type == media_type


@pytest.mark.parametrize("body", [b"", b"  ", b"<html>", b'{"success":1}'])
async def test_a_body_that_is_not_a_file_is_an_error_whatever_its_type(exchange, account, body):
    exchange.answers["reports/audio/download"] = lambda _: web.Response(body=body, content_type="audio/mpeg")
    with pytest.raises(DataError):
        await account.recording(call_with(recording="a.mp3"))


async def test_a_period_that_starts_or_ends_in_a_repeated_hour_is_an_hour_wider(exchange, account):
    exchange.answers["reports/cdr/search"] = MovingList([])
    # Clocks in Tehran went back from 24:00 to 23:00 on 2021-09-21: 23:30 was at 19:00 and at 20:00 UTC.
    for hour in (19, 20):
        moment = datetime(2021, 9, 21, hour, 0, tzinfo=UTC)
        await ids(account, since=moment, until=moment)
        assert exchange.bodies("reports/cdr/search")[-1]["date_range"] == {
            "from": "2021-09-21 22:30",
            "to": "2021-09-22 00:31",
        }
