"""Telefonchy's document from top to bottom: each request over a socket gives its answer, and the client its meaning.

What the provider added later (click-to-call, recordings, filters and fields) follows the document's own sections.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from tests.providers.telefonchy_samples import sample, text
from tests.sandbox.sandbox_hook import listening
from tests.sandbox.sandbox_shapes import check_shape, with_contacts, with_file_id
from trunkline import open_account
from trunkline.errors import (
    AuthenticationError,
    DataError,
    ForeignRecordError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import City, Direction, Extension, Location, Money, Party, Status
from trunkline.sandbox import Sandbox
from trunkline.sandbox.push import Target

NUMBER = "02155500123"
HYPHEN, UNDERSCORE = "webservice-token", "webservice_token"
# The document's own moment, /current/date: 2020-07-13 16:16:23 in Tehran, four and a half hours ahead of UTC.
DOCUMENTED = datetime(2020, 7, 13, 11, 46, 23, tzinfo=UTC)


@pytest.fixture
async def sandbox():
    async with Sandbox(seed=5, calls=320, days=20, now=DOCUMENTED) as sandbox:
        sandbox.world.clock.freeze()
        sandbox.world.clock.set(DOCUMENTED.timestamp())
        yield sandbox


@pytest.fixture
def described(sandbox):
    return sandbox.accounts["telefonchy"][0]


@pytest.fixture
async def account(described, limits):
    async with open_account(
        "telefonchy", base_url=described.base_url, limits=limits, **described.credentials
    ) as account:
        yield account


@pytest.fixture
async def ask(described):
    """Ask as `curl -i` would: (status, media type, body)."""
    async with aiohttp.ClientSession() as session:

        async def _ask(path, *, method="GET", header=HYPHEN, token=None, form=None, **params):
            headers = {header: token or described.credentials["token"]} if header else {}
            address = described.base_url + path if path.startswith("/") else path
            async with session.request(method, address, headers=headers, params=params, data=form) as response:
                return response.status, response.content_type, await response.read()

        yield _ask


@pytest.fixture
async def reply_to(ask):
    """Ask for what must succeed, and return the decoded envelope."""

    async def _reply_to(path, **more):
        status, media_type, body = await ask(path, **more)
        assert (status, media_type) == (200, "application/json")
        envelope = json.loads(body)
        assert list(envelope)[:4] == ["status", "code", "message", "data"]
        assert (envelope["status"], envelope["code"], envelope["message"]) == ("Ok", 200, None)
        return envelope

    return _reply_to


@pytest.fixture
def office(sandbox):
    return sandbox.world.offices[0]


@pytest.fixture
def make(sandbox, office):
    """Let a call end now, as the world's control does; return its row."""

    def _make(**what):
        return office.calls[sandbox.world.record(office, **what)]

    return _make


def rial(amount):
    return Money(Decimal(amount), "IRR")


def at(unix):
    return datetime.fromtimestamp(unix, UTC)


def calls_sample(*extra):
    """Return the document's envelope of calls with both ends' contacts and `file_id`, which its later page adds."""
    envelope = sample("calls")
    envelope["data"]["calls"] = [with_contacts(with_file_id(envelope["data"]["calls"][0]))]
    return envelope


# Response Structure: the table of codes.


def penniless(sandbox, office):
    for at, trunk in enumerate(office.trunks):
        sandbox.world.charge(office, at, trunk.credit)


@pytest.mark.parametrize("always_200", [False, True])
@pytest.mark.parametrize(
    ("code", "word", "path", "params", "error"),
    [
        (400, "Validations-Error", "calls", {"service_id": "nobody"}, RequestError),
        (401, "Unauthorized", "services", {}, AuthenticationError),
        (402, "Failed", "smartcall", {"exten": "1510", "to": NUMBER}, ProviderError),
        (404, "Not-Found", "call", {}, NotFoundError),
    ],
)
async def test_each_code_of_the_table(
    sandbox, office, described, limits, ask, always_200, code, word, path, params, error
):
    sandbox.wires["telefonchy"].change("always_200", always_200)
    token = "wrong-token" if code == 401 else described.credentials["token"]
    if path == "smartcall":
        penniless(sandbox, office)
        params = {"service_id": described.service_id, **params}
    status, media_type, body = await ask(f"/{path}", token=token, **params)
    envelope = json.loads(body)
    assert (status, media_type) == (200 if always_200 else code, "application/json")
    assert list(envelope) == ["status", "code", "message", "data"]
    assert (envelope["status"], envelope["code"], envelope["data"]) == (word, code, [])

    async with open_account("telefonchy", base_url=described.base_url, limits=limits, token=token) as account:
        doing = {
            "smartcall": lambda: account.click_to_call(source="1510", destination=NUMBER),
            "calls": lambda: account.call_page("nobody"),
            "services": account.services,
            "call": lambda: account.request("GET", "call"),
        }
        with pytest.raises(error) as caught:
            await doing[path]()
        assert type(caught.value) is error
        assert token not in str(caught.value)
        assert NUMBER not in str(caught.value)


READS = ["services", "trunks", "server_time", "locations", "calls", "recording"]


async def do_read(account, what):
    if what == "calls":
        return await account.call_page("sv71001")
    if what == "recording":
        return await account.request("GET", "calls/record", file_id=1, cuid=1)
    return await getattr(account, what)()


@pytest.mark.parametrize(
    ("code", "error", "paid_error"),
    [
        (400, RequestError, RequestError),
        (401, AuthenticationError, AuthenticationError),
        (402, ProviderError, ProviderError),
        (403, PermissionDeniedError, PermissionDeniedError),
        (404, NotFoundError, NotFoundError),
        (405, RequestError, RequestError),
        (429, RateLimitedError, RateLimitedError),
        (500, ProviderError, OutcomeUnknownError),
        (503, ProviderError, OutcomeUnknownError),
    ],
)
async def test_a_server_in_front_says_the_same_by_its_status_alone(sandbox, account, code, error, paid_error):
    await account.services()
    sandbox.faults.add("status", provider="telefonchy", code=code)
    for what in READS:
        with pytest.raises(error) as caught:
            await do_read(account, what)
        assert type(caught.value) is error
    sandbox.requests.clear()
    with pytest.raises(paid_error) as caught:
        await account.click_to_call(source="1510", destination=NUMBER)
    assert type(caught.value) is paid_error
    assert NUMBER not in str(caught.value)
    assert [request.path for request in sandbox.requests] == ["/smartcall"]


# Paginator.


async def test_paginator(sandbox, office, described, account, reply_to):
    total = len(office.calls)
    last = -(-total // 50)
    assert last > 2
    neighbours = {1: (1, 2), 2: (1, 3), last: (last - 1, last)}
    for number, (before, after) in neighbours.items():
        envelope = await reply_to("/calls", service_id=described.service_id, page=number, per_page=50)
        # It stands beside `data`, and is spelled in this order.
        assert list(envelope) == ["status", "code", "message", "data", "paginator"]
        assert list(envelope["paginator"].items()) == [
            ("current", number),
            ("before", before),
            ("next", after),
            ("last", last),
            ("total_pages", last),
            ("total_items", total),
        ]
        page = await account.call_page(described.service_id, page=number, per_page=50)
        assert (page.number, page.pages, page.total) == (number, last, total)
        assert [call.call_id for call in page.calls] == [row["call_id"] for row in envelope["data"]["calls"]]


# Services.


async def test_services(sandbox, office, account, described, reply_to):
    envelope = await reply_to("/services")
    check_shape(sample("services"), envelope)
    assert [item["service_id"] for item in envelope["data"]] == [described.service_id]

    (service,) = await account.services()
    assert sandbox.requests[-1].query == {}
    assert service.service_id == described.service_id
    assert [
        (trunk.trunk_id, trunk.number, trunk.e164, trunk.credit, trunk.credit_expires_at, trunk.stream)
        for trunk in service.trunks
    ] == [
        (
            item.number,
            f"0{item.number}",
            f"+98{item.number}",
            rial(item.credit),
            at(item.expires_at),
            described.service_id,
        )
        for item in office.trunks
    ]
    assert service.extensions == tuple(
        Extension(extension.number, extension.name, described.service_id) for extension in office.extensions
    )
    assert service.extensions[0] == Extension("1510", "کارشناس1", described.service_id)
    assert await account.trunks() == service.trunks
    assert await account.extensions() == service.extensions
    assert (await account.identity()).account_id == described.service_id


# Calls.


async def test_calls_by_get_and_by_post_as_the_document_writes_them(described, account, reply_to):
    # The document writes the header with an underscore here, and in the section before with a hyphen.
    asked = {"service_id": described.service_id, "page": "1", "sort": "DESC"}
    by_get = await reply_to("/calls", header=UNDERSCORE, **asked)
    by_post = await reply_to("/calls", header=UNDERSCORE, method="POST", form=asked)
    check_shape(calls_sample(), by_get)
    assert json.dumps(by_get) == json.dumps(by_post)
    assert await account.request("GET", "calls", **asked) == by_get
    assert await account.request("POST", "calls", **asked) == by_get


async def test_calls_without_what_is_optional_are_the_first_page_newest_first(described, reply_to):
    plain = await reply_to("/calls", service_id=described.service_id)
    assert plain == await reply_to("/calls", service_id=described.service_id, page=1, sort="DESC")
    oldest = await reply_to("/calls", service_id=described.service_id, page=1, sort="ASC")
    starts = [call["created_at"] for call in oldest["data"]["calls"]]
    assert starts == sorted(starts)
    assert plain["data"]["calls"][0]["created_at"] > starts[-1]


async def test_the_php_sample_of_the_post_names_the_path_of_the_services_by_mistake(described, ask):
    asked = {"service_id": described.service_id, "page": "1"}
    status, _, body = await ask("/services", method="POST", form={**asked, "sort": "DESC"}, **asked)
    assert (status, json.loads(body)["status"]) == (404, "Not-Found")


DIRECTIONS = {0: Direction.INCOMING, 1: Direction.OUTGOING, 2: Direction.INTERNAL}
STATUSES = {0: Status.ANSWERED, 1: Status.BUSY, 2: Status.NO_ANSWER, 3: Status.CONGESTION}


async def test_every_call_that_happened_is_read_as_it_happened(sandbox, office, described, account):
    calls = [call async for call in account.calls()]
    happened = {str(row.call_id): row for row in office.calls}
    assert {call.call_id for call in calls} == happened.keys()
    for call in calls:
        row = happened[call.call_id]
        assert call.account == f"telefonchy:{described.service_id}"
        assert call.stream == described.service_id
        assert (call.direction, call.status) == (DIRECTIONS[row.direction], STATUSES[row.outcome])
        assert (call.started_at, call.ended_at) == (at(row.started_at), at(row.ended_at))
        assert (call.wait, call.talk) == (row.wait, row.talk)
        assert [call.price_wait, call.price_talk, call.price_record, call.price_saved, call.price] == [
            rial(amount) for amount in (row.price_wait, row.price_talk, row.price_record, row.price_saved, row.price)
        ]
        assert call.trunk == (office.trunks[row.trunk].number if row.trunk >= 0 else None)
        assert call.recording == (str(row.file_id) if row.file_id else None)
        outside = {Direction.INCOMING: call.source, Direction.OUTGOING: call.destination}.get(call.direction)
        if outside:
            party = sandbox.world.parties[row.peer]
            assert (outside.number, outside.e164) == (party.number, f"+98{party.number}")
            known = party.contact
            assert (outside.contact is None) == (known is None)
            if known:
                assert (outside.contact.contact_id, outside.contact.location) == (str(known.contact_id), known.location)
                assert (outside.contact.name, outside.contact.company) == (known.name, known.company)
                assert outside.name == (known.name or known.company)
        # The document's records don't name the extension; ours is derived where an end of the call is one.
        ends = {call.source.number, call.destination.number} & {extension.number for extension in office.extensions}
        assert call.extension in (ends or {None})
        assert call.derived == ({"extension"} if ends else set())
    assert {call.direction for call in calls} == set(Direction)
    assert any(call.recording for call in calls)


async def test_the_documents_call(sandbox, described, account, make, reply_to):
    # 1399-04-21 12:02:24 is 2020-07-11, and Tehran was four and a half hours ahead of UTC.
    sandbox.world.clock.set(datetime(2020, 7, 11, 7, 32, 24, tzinfo=UTC).timestamp())
    row = make(direction=0, outcome=1, wait=6, talk=0)
    envelope = await reply_to("/calls", service_id=described.service_id, started_at_to="1399-04-21 12:02:18")
    listed = next(item for item in envelope["data"]["calls"] if item["call_id"] == str(row.call_id))
    expected = sample("calls")["data"]["calls"][0]
    for name in expected.keys() - {"service_id", "call_id", "trunk", "call_source", "call_dest"}:
        assert listed[name] == expected[name], name

    page = await account.call_page(described.service_id, until=datetime(2020, 7, 11, 7, 32, 19, tzinfo=UTC))
    call = next(item for item in page.calls if item.call_id == listed["call_id"])
    assert (call.direction, call.status) == (Direction.INCOMING, Status.BUSY)
    assert call.started_at == datetime(2020, 7, 11, 7, 32, 18, tzinfo=UTC)
    assert call.ended_at == datetime(2020, 7, 11, 7, 32, 24, tzinfo=UTC)
    assert (call.wait, call.talk, call.note) == (6, 0, None)
    assert (call.price, call.price_wait, call.price_talk) == (rial(17), rial(17), rial(0))
    assert (call.price_record, call.price_saved) == (rial(0), rial(0))


async def test_the_list_of_a_contacts_numbers_which_no_sample_shows(sandbox, described, account, reply_to):
    sandbox.wires["telefonchy"].change("contact_numbers", True)
    envelope = await reply_to("/calls", service_id=described.service_id, type="incoming", per_page=100)
    contacts = {
        row["call_id"]: row["call_source"]["contact"]
        for row in envelope["data"]["calls"]
        if row["call_source"]["contact"]
    }
    assert contacts
    for contact in contacts.values():
        assert list(contact)[-1] == "numbers"
        assert [list(number) for number in contact["numbers"]] == [["number_id", "number", "type"]]
    page = await account.call_page(described.service_id, direction=Direction.INCOMING)
    read = {call.call_id: call.source.contact.numbers for call in page.calls if call.source.contact}
    assert read == {
        call_id: tuple(number["number"] for number in contact["numbers"]) for call_id, contact in contacts.items()
    }


# Server date.


async def test_current_date(account, reply_to):
    envelope = await reply_to("/current/date", header=UNDERSCORE)
    assert json.dumps(envelope) == json.dumps(sample("current_date"))
    assert await account.server_time() == DOCUMENTED


# Locations.


async def test_locations(account, reply_to):
    envelope = await reply_to("/locations", header=UNDERSCORE)
    check_shape(sample("locations"), envelope)
    locations = await account.locations()
    assert locations == tuple(
        Location(location["province"], tuple(City(city["location_id"], city["name"]) for city in location["cities"]))
        for location in envelope["data"]["locations"]
    )
    assert (locations[0].province, locations[0].cities[0]) == ("آذربایجان شرقی", City("1", "آذرشهر"))


# The document's samples as they are printed, served by a server that knows nothing else.


@pytest.fixture
async def printed(limits):
    """Open an account at a server that answers each request with the text of the document."""
    pages = {"services": "services", "calls": "calls", "current/date": "current_date", "locations": "locations"}

    async def answer(request):
        assert request.headers[HYPHEN] == request.headers[UNDERSCORE] == "printed-token"
        return web.Response(text=text(pages[request.match_info["path"]]), content_type="application/json")

    app = web.Application()
    app.router.add_get("/webservice/v1/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/webservice/v1"
    async with open_account("telefonchy", base_url=base_url, limits=limits, token="printed-token") as account:
        yield account
    await runner.cleanup()


async def test_the_samples_as_printed_are_read_over_a_socket(printed):
    (service,) = await printed.services()
    assert (service.service_id, service.trunks[0].credit) == ("{ANY_STRING}", rial(21064))
    # 1399-06-15 15:41:27 is 2020-09-05 in summer time.
    assert service.trunks[0].credit_expires_at == datetime(2020, 9, 5, 11, 11, 27, tzinfo=UTC)
    assert await printed.extensions() == (Extension("1510", "کارشناس1", "{ANY_STRING}"),)
    (call,) = [item async for item in printed.calls()]
    assert (call.account, call.call_id, call.stream) == ("telefonchy:{ANY_STRING}", "71966", "{YOUR_SERVICE_ID}")
    assert (call.source.number, call.source.contact.location) == ("91xxxxxxxx", "مشهد")
    assert call.destination == Party(number="91xxxxxxxx")
    assert (call.price, call.started_at) == (rial(17), datetime(2020, 7, 11, 7, 32, 18, tzinfo=UTC))
    assert await printed.server_time() == DOCUMENTED
    # The sample of the places lacks its closing brace.
    with pytest.raises(json.JSONDecodeError):
        json.loads(text("locations"))
    assert await printed.locations() == (Location("آذربایجان شرقی", (City("1", "آذرشهر"),)),)
    # No service of the account has the sample's record, so nobody can push it.
    with pytest.raises(ForeignRecordError):
        printed.parse_push(text("push").encode())


# CDR: the record that is pushed when a call has ended.


@pytest.fixture
async def hook(sandbox):
    async with listening() as hook:
        sandbox.pusher.target("telefonchy", 0, Target(hook.url))
        yield hook


async def test_the_pushed_record(sandbox, described, account, make, hook):
    await account.services()
    for direction in (0, 1, 2):
        make(direction=direction, outcome=0, wait=4, talk=61)
        sandbox.world.clock.move(200)
    await sandbox.pusher.idle()
    assert [(method, kind) for method, kind, _ in hook.received] == [("POST", "application/json")] * 3
    page = await account.call_page(described.service_id)
    listed = {call.call_id: call for call in page.calls}
    expected = with_contacts(sample("push"))
    for _, _, body in hook.received:
        record = json.loads(body)
        check_shape({"data": {"calls": [expected]}}, {"data": {"calls": [record]}})
        assert (record["time_wait"], record["time_talk"]) == ("4", "61")
        pushed = account.parse_push(body)
        # The same call as the list's, whose prices are text.
        assert pushed == listed[pushed.call_id]
        assert pushed.raw == record
        assert (pushed.wait, pushed.talk) == (4, 61)


async def test_the_documents_push_is_read_where_the_service_is_known(account, described):
    await account.services()
    call = account.parse_push({**sample("push"), "service_id": described.service_id})
    prices = [call.price_wait, call.price_talk, call.price_record, call.price_saved, call.price]
    assert prices == [rial(1), rial(2), rial(2), rial(3), rial(3)]
    assert (call.call_id, call.stream, call.account) == ("71966", "sv71001", "telefonchy:sv71001")
    assert (call.wait, call.talk, call.status) == (6, 0, Status.BUSY)
    assert call.started_at == datetime(2020, 7, 11, 7, 32, 18, tzinfo=UTC)
    with pytest.raises(ForeignRecordError):
        account.parse_push(sample("push"))


async def test_a_push_is_the_same_call_as_json_as_a_form_and_as_its_fields(sandbox, account, make, hook):
    await account.services()
    make(direction=0, outcome=0, wait=4, talk=61)
    await sandbox.pusher.idle()
    ((_, _, body),) = hook.received
    record = json.loads(body)
    plain = {name: "" if value is None else value for name, value in record.items()}
    nested = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in plain.items()}
    call = account.parse_push(body)
    assert account.parse_push(record) == call
    assert account.parse_push(urlencode(nested).encode()) == call
    assert account.parse_push(urlencode(list(brackets(record))).encode()) == call


def brackets(record, path=""):
    """Write a record's fields as PHP's `http_build_query` does: nested names in brackets, null left out."""
    for name, value in record.items():
        full = f"{path}[{name}]" if path else name
        if isinstance(value, dict):
            yield from brackets(value, full)
        elif value is not None:
            yield full, value


@pytest.mark.parametrize("form", ["absent", "zero", "null", "real"])
async def test_the_recording_of_a_pushed_call_is_found_in_the_list(sandbox, account, make, hook, form):
    await account.services()
    sandbox.wires["telefonchy"].change("push_file_id", form)
    row = make(direction=0, outcome=0, wait=4, talk=61, recorded=True)
    await sandbox.pusher.idle()
    call = account.parse_push(hook.received[0][2])
    assert call.recording == (str(row.file_id) if form == "real" else None)
    sandbox.requests.clear()
    audio = await account.recording(call)
    assert (audio.media_type, audio.filename) == ("audio/mpeg", f"{row.call_id}.mp3")
    asked = [request.path for request in sandbox.requests]
    assert asked == (["/calls/record"] if form == "real" else ["/calls", "/calls/record"])
    assert sandbox.requests[-1].query == {"file_id": str(row.file_id), "cuid": str(row.call_id)}


# Click-to-call.


async def test_smartcall(sandbox, described, account, reply_to):
    asked = {"service_id": described.service_id, "exten": "1510", "to": NUMBER}
    envelope = await reply_to("/smartcall", **asked)
    assert list(envelope["data"]) == ["request_id"]
    first = envelope["data"]["request_id"]
    assert isinstance(first, str)

    placed = await account.click_to_call(source="1510", destination="(021) 5550-0123")
    assert (sandbox.requests[-1].method, sandbox.requests[-1].path) == ("GET", "/smartcall")
    assert sandbox.requests[-1].query == asked
    assert placed.request_id not in {None, first}
    assert (placed.status, placed.charged, placed.remaining_credit) == ("accepted", None, None)
    assert sandbox.world.under_way == 2
    sandbox.world.clock.move(120)
    page = await account.call_page(described.service_id)
    for call in page.calls[:2]:
        assert (call.direction, call.extension, call.source.number) == (Direction.OUTGOING, "1510", "1510")
        assert call.destination.e164 == "+982155500123"


@pytest.mark.parametrize(
    "asked",
    [
        {"exten": "1510", "to": NUMBER},
        {"service_id": "sv71002", "exten": "1510", "to": NUMBER},
        {"service_id": "sv71001", "to": NUMBER},
        {"service_id": "sv71001", "exten": "9999", "to": NUMBER},
        {"service_id": "sv71001", "exten": "1510"},
        {"service_id": "sv71001", "exten": "1510", "to": "call me"},
    ],
)
async def test_smartcall_with_something_missing_or_unknown_places_nothing(sandbox, ask, asked):
    status, _, body = await ask("/smartcall", **asked)
    assert (status, json.loads(body)["status"]) == (400, "Validations-Error")
    assert sandbox.world.under_way == 0


async def test_smartcall_with_another_services_extension_or_by_post_is_refused(sandbox, account, ask, described):
    with pytest.raises(RequestError):
        await account.click_to_call(source="1510", destination=NUMBER, stream="sv71002")
    asked = {"service_id": described.service_id, "exten": "1510", "to": NUMBER}
    assert (await ask("/smartcall", method="POST", form=asked))[0] == 404
    assert sandbox.world.under_way == 0


@pytest.mark.parametrize("value", [None, [], "accepted", {"request_id": ["1"]}])
async def test_smartcall_that_succeeds_without_making_sense_is_an_unknown_outcome(sandbox, account, value):
    await account.services()
    sandbox.faults.add("field", path="/smartcall", at="data", action="set", value=value)
    with pytest.raises(OutcomeUnknownError):
        await account.click_to_call(source="1510", destination=NUMBER)
    assert [request.path for request in sandbox.requests].count("/smartcall") == 1


# Recordings.


async def test_calls_record_and_its_older_address(sandbox, described, account, make, ask):
    row = make(direction=0, outcome=0, talk=61, recorded=True)
    asked = {"file_id": str(row.file_id), "cuid": str(row.call_id)}
    status, media_type, audio = await ask("/calls/record", **asked)
    assert (status, media_type) == (200, "audio/mpeg")
    # An MPEG audio frame begins with eleven ones, or an ID3 tag stands before it.
    assert audio[:3] == b"ID3" or (audio[0] == 0xFF and audio[1] & 0xE0 == 0xE0)
    older = described.base_url.removesuffix("/webservice/v1") + "/my/calls/voice"
    assert await ask(older, **asked) == (200, "audio/mpeg", audio)

    call = next(item for item in (await account.call_page(described.service_id)).calls if item.call_id == asked["cuid"])
    recording = await account.recording(call)
    assert sandbox.requests[-1].query == asked
    assert (recording.content, recording.media_type) == (audio, "audio/mpeg")
    assert recording.filename == f"{row.call_id}.mp3"


async def test_calls_record_needs_the_token_and_a_call_with_that_file(make, ask):
    one, other = (make(direction=0, outcome=0, talk=61, recorded=True) for _ in range(2))
    assert (await ask("/calls/record", header=None, file_id=one.file_id, cuid=one.call_id))[0] == 401
    status, _, body = await ask("/calls/record", file_id=one.file_id, cuid=other.call_id)
    assert (status, json.loads(body)["status"]) == (404, "Not-Found")
    assert (await ask("/calls/record", cuid=one.call_id))[0] == 400


async def test_a_recording_that_is_refused_or_is_no_audio(sandbox, described, account, make):
    make(direction=0, outcome=0, talk=61, recorded=True)
    call = next(item for item in (await account.call_page(described.service_id)).calls if item.recording)
    other = type(call)(
        account=call.account, call_id="1", direction=None, status=Status.UNKNOWN, started_at=None, recording="1"
    )
    for always_200 in (False, True):
        sandbox.wires["telefonchy"].change("always_200", always_200)
        with pytest.raises(NotFoundError):
            await account.recording(other)
    sandbox.faults.add("content_type", path="/calls/record", value="application/json")
    with pytest.raises(DataError):
        await account.recording(call)


# The filters and fields of the newer edition.


@pytest.mark.parametrize(
    ("asked", "chosen", "fits"),
    [
        ({"type": "incoming"}, {"direction": Direction.INCOMING}, lambda call: call.direction is Direction.INCOMING),
        ({"type": "outgoing"}, {"direction": Direction.OUTGOING}, lambda call: call.direction is Direction.OUTGOING),
        ({"type": "local"}, {"direction": Direction.INTERNAL}, lambda call: call.direction is Direction.INTERNAL),
        ({"status": "ANSWERED"}, {"status": Status.ANSWERED}, lambda call: call.status is Status.ANSWERED),
        ({"status": "BUSY"}, {"status": Status.BUSY}, lambda call: call.status is Status.BUSY),
        ({"status": "NO ANSWER"}, {"status": Status.NO_ANSWER}, lambda call: call.status is Status.NO_ANSWER),
        ({"status": "CONGESTION"}, {"status": Status.CONGESTION}, lambda call: call.status is Status.CONGESTION),
        ({"trunk": "2100000010"}, {"trunk": "2100000010"}, lambda call: call.trunk == "2100000010"),
        ({"call_source": "1511"}, {"source": "1511"}, lambda call: call.source.number == "1511"),
        ({"call_dest": "1511"}, {"destination": "1511"}, lambda call: call.destination.number == "1511"),
        (
            {"exten": "1511"},
            {"extension": "1511"},
            lambda call: "1511" in {call.source.number, call.destination.number},
        ),
    ],
)
async def test_each_filter(sandbox, described, account, reply_to, asked, chosen, fits):
    everything = [call async for call in account.calls()]
    expected = [call for call in everything if fits(call)]
    assert 0 < len(expected) < len(everything)
    page = await account.call_page(described.service_id, per_page=500, **chosen)
    common = {"service_id": described.service_id, "page": "1", "sort": "DESC", "per_page": "500"}
    assert sandbox.requests[-1].query == {**common, **asked}
    assert {call.call_id for call in page.calls} == {call.call_id for call in expected}
    assert page.total == len(expected)
    envelope = await reply_to("/calls", **common, **asked)
    check_shape(calls_sample(), envelope)
    assert [row["call_id"] for row in envelope["data"]["calls"]] == [call.call_id for call in page.calls]


@pytest.mark.parametrize(
    "names", [("started_at_from", "started_at_to"), ("date_from", "date_to")], ids=["newer names", "older names"]
)
async def test_a_period_under_both_its_names(sandbox, described, account, reply_to, names):
    # 1399-04-15 to 1399-04-20 in Tehran, which was four and a half hours ahead of UTC.
    since, until = datetime(2020, 7, 4, 19, 30, tzinfo=UTC), datetime(2020, 7, 9, 19, 30, tzinfo=UTC)
    texts = ("1399/04/15 00:00", "1399/04/20 00:00")
    envelope = await reply_to(
        "/calls", service_id=described.service_id, per_page=500, **dict(zip(names, texts, strict=True))
    )
    read = [call async for call in account.calls(since=since, until=until)]
    assert read
    # The provider's end is part of its period, ours is not.
    slack = [row for row in envelope["data"]["calls"] if row["created_at"] == "1399-04-20 00:00:00"]
    assert {call.call_id for call in read} == {row["call_id"] for row in envelope["data"]["calls"] if row not in slack}
    assert all(since <= call.started_at < until for call in read)
    query = sandbox.requests[-1].query
    # The older names know minutes only, so the end is a minute later than asked, and cut again afterwards.
    assert (query["started_at_to"], query["date_to"]) == ("1399-04-20 00:01:00", "1399/04/20 00:01")


async def test_newer_fields(sandbox, office, described, account, reply_to):
    before = [call async for call in account.calls()]
    sandbox.wires["telefonchy"].change("dialect", "newer")
    envelope = await reply_to("/calls", service_id=described.service_id, per_page=100)
    row = envelope["data"]["calls"][0]
    assert list(row)[:6] == ["service_id", "call_id", "object_id", "type", "trunk", "exten"]
    after = [call async for call in account.calls()]
    happened = {str(item.call_id): item for item in office.calls}
    for older, newer in zip(before, after, strict=True):
        at_desk = happened[newer.call_id].extension
        # The record names the extension itself, also where the call was forwarded; nothing is derived then.
        if at_desk >= 0:
            assert newer.extension == office.extensions[at_desk].number
            assert newer.derived == set()
        else:
            assert (newer.extension, newer.derived) == (older.extension, older.derived)
        for name in ("call_id", "started_at", "ended_at", "direction", "status", "trunk", "price", "recording"):
            assert getattr(newer, name) == getattr(older, name)


async def test_newer_fields_are_pushed_too(sandbox, account, make, hook):
    await account.services()
    sandbox.wires["telefonchy"].change("dialect", "newer")
    row = make(direction=1, outcome=0, wait=4, talk=61, extension=1)
    await sandbox.pusher.idle()
    call = account.parse_push(hook.received[0][2])
    assert (call.call_id, call.extension, call.derived) == (str(row.call_id), "1511", set())
    assert call.started_at == at(row.started_at)
