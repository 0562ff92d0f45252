"""Simotel's document from top to bottom: every request that it names, sent to the sandbox over a socket.

The answer has the document's shape (fields, their order, types and words), and the client turns it into the model.
"""

from __future__ import annotations

import base64
import copy
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from simotel_pages import PAGES, response

from trunkline import open_account
from trunkline.errors import AuthenticationError, ConfigError, NotFoundError, PermissionDeniedError, RequestError
from trunkline.model import Call, Direction, LineEvent, Status
from trunkline.providers.simotel.list_kinds import LISTS
from trunkline.sandbox import Sandbox

# A Wednesday noon in Tehran: what lies before it is the same on every day that the tests are run.
NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
ALL_TIME = {"from": "2000-01-01 00:00", "to": "2099-12-31 23:59"}
ENVELOPE = ["success", "message", "data"]
# Rows of calls have these only where there is something to say ("always" and "optional" were counted over the samples).
OPTIONAL = {
    *(
        "route",
        "originated_call_id",
        "outgoing_point",
        "did",
        "entry_point",
        "record",
        "details",
        "hangup",
        "duration_hhmmss",
    ),
    *("ANSWERED", "NO ANSWER", "BUSY", "FAILED", "MISSED", "LOST", "incoming", "outgoing", "local"),
    *("answeredtime", "queue_status", "answered_time", "filename", "duration", "error", "REASON"),
}
# Fields whose samples hold nothing, or hold it in two forms.
LOOSE = {"endtime", "cause", "cause-txt", "queues", "trunk_id", "groups", "numbers", "labels", "active_times", "read"}
NUMBER = "09120000001"
FILES = {"reports/audio/download", "pbx/faxes/download"}


class Client:
    """Asks as `curl` would."""

    def __init__(self, sandbox, session):
        self.sandbox = sandbox
        self.session = session
        self.described = sandbox.accounts["simotel"][0]

    def headers(self):
        own = self.described.credentials
        pair = base64.b64encode(f"{own['username']}:{own['password']}".encode()).decode()
        return {"Authorization": f"Basic {pair}", "X-APIKEY": own["api_key"], "Content-Type": "application/json"}

    async def raw(self, path, body=None, *, method="POST", headers=None, **more):
        given = self.headers() if headers is None else headers
        if body is not None:
            more["data"] = body if isinstance(body, bytes) else json.dumps(body)
        url = f"{self.described.base_url}/{path}"
        async with self.session.request(method, url, headers=given, **more) as reply:
            return reply.status, reply.content_type, await reply.read()

    async def ask(self, path, body=None, **more):
        status, kind, content = await self.raw(path, {} if body is None else body, **more)
        assert kind == "application/json", content[:200]
        return status, json.loads(content)

    async def rows(self, path, **body):
        body = {"alike": "true", "conditions": {}, "date_range": ALL_TIME, **body}
        status, envelope = await self.ask(path, body)
        assert (status, envelope["success"]) == (200, 1), envelope
        data = envelope["data"]
        return data["data"] if isinstance(data, dict) else data

    async def upload(self, path):
        form = aiohttp.FormData()
        form.add_field("file", b"1111", filename="Book 1.csv", content_type="text/csv")
        headers = {name: value for name, value in self.headers().items() if name != "Content-Type"}
        status, _, content = await self.raw(path, headers=headers, data=form)
        return status, json.loads(content)


@pytest.fixture
async def client():
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(Sandbox(seed=5, calls=400, days=12, now=NOON))
        yield Client(sandbox, await stack.enter_async_context(aiohttp.ClientSession()))


@pytest.fixture
async def account(client, limits):
    async with opened(client, limits) as account:
        yield account


def opened(client, limits, **changed):
    described = client.described
    credentials = {**described.credentials, **changed}
    return open_account("simotel", base_url=described.base_url, limits=limits, **credentials)


def assert_like(sample, answer, where="reply"):
    """Check fields, their order and the types of their values, for rows against the sample's first."""
    if sample is None or answer is None:
        return
    assert type(answer) is type(sample), where
    if isinstance(sample, dict):
        if where.endswith("sorting") or "$date" in sample:
            assert list(answer) == list(sample), where
            return
        surplus, missing = set(answer) - set(sample), set(sample) - set(answer)
        assert not (surplus | missing) - OPTIONAL, f"{where}: {surplus} {missing}"
        shared = [name for name in sample if name in answer]
        # Rows of another disposition have other fields, and some of them stand elsewhere.
        if not missing - {"ANSWERED", "NO ANSWER", "BUSY", "LOST", "MISSED"} or "lastapp" in sample:
            assert [name for name in answer if name in sample] == shared, where
        for name in shared:
            if name not in LOOSE:
                assert_like(sample[name], answer[name], f"{where}.{name}")
    elif isinstance(sample, list):
        assert answer or not sample, where
        for row in answer:
            assert_like(sample[0], row, f"{where}[]") if sample else None


# Account, addresses and authentication.


@pytest.mark.parametrize("auth", ["basic", "key", "both"])
async def test_each_of_the_three_ways_of_authentication(client, limits, auth):
    client.sandbox.wires["simotel"].change("auth", auth)
    own = client.described.credentials
    ways = {
        "basic": {"username": own["username"], "password": own["password"]},
        "key": {"api_key": own["api_key"]},
        "both": dict(own),
    }
    async with open_account("simotel", base_url=client.described.base_url, limits=limits, **ways[auth]) as account:
        assert "Ping" in await account.ping()
    if auth == "both":
        for lacking in ("basic", "key"):
            half = open_account("simotel", base_url=client.described.base_url, limits=limits, **ways[lacking])
            async with half:
                with pytest.raises(AuthenticationError, match="invalid"):
                    await half.ping()


async def test_a_login_in_the_address_works_at_the_server_but_is_refused_here(client, limits):
    client.sandbox.wires["simotel"].change("auth", "basic")
    own = client.described.credentials
    address = client.described.base_url.replace("://", f"://{own['username']}:{own['password']}@")
    async with client.session.post(f"{address}/setting/ping/act", json={}) as reply:
        assert (await reply.json())["success"] == 1
    with pytest.raises(ConfigError, match="must not contain credentials") as caught:
        open_account("simotel", base_url=address, limits=limits, **own)
    assert own["password"] not in str(caught.value)


async def test_a_withdrawn_login_is_refused(client, account):
    await account.identity()
    client.sandbox.wires["simotel"].rotate(0)
    with pytest.raises(AuthenticationError):
        await account.trunks()


# The table of common messages.


async def test_the_table_of_messages_row_by_row(client, account):
    trunk = (await client.rows("pbx/trunks/search"))[0]
    wire = client.sandbox.wires["simotel"]
    asked = {"alike": "true", "conditions": {}}
    table = [
        # 200 and 1: done. 200 and 0: the service was right, its work went wrong.
        (await client.ask("pbx/trunks/search", asked), 200, 1, ""),
        (await client.ask("pbx/trunks/add", {"name": trunk["name"]}), 200, 0, "This trunk already exists"),
        (await client.ask("pbx/trunks/add", {}), 200, 0, "Field 'name':value is missing"),
        (await client.ask("pbx/trunks/remove", {"_id": "0" * 24}), 200, 0, "Requested operation failed"),
        (await client.ask("pbx/trunks/search", b"{"), 400, 0, "Unable to parse content"),
        (
            await client.ask("pbx/trunks/search", asked, headers={"Content-Type": "application/json"}),
            401,
            0,
            "BasicAuth or ApiKey is missing",
        ),
        (
            await client.ask("pbx/trunks/search", asked, headers=client.headers() | {"X-APIKEY": "wrong"}),
            401,
            0,
            "BasicAuth or ApiKey is invalid",
        ),
        (await client.ask("pbx/trunks/search", method="GET"), 405, 0, "Method not allowed"),
        (
            await client.ask("pbx/trunks/search", b"a=1", headers=client.headers() | {"Content-Type": "text/plain"}),
            415,
            0,
            "Unsupported Media Type",
        ),
        (await client.ask("pbx/nothing/search", {}), 501, 0, "Requested service dose not exist"),
    ]
    wire.change("permitted", ["/setting/ping/act"])
    table.append((await client.ask("pbx/trunks/search", asked), 403, 0, '"/pbx/trunks/search";Access denied'))
    with pytest.raises(PermissionDeniedError, match="/pbx/trunks/search"):
        await account.trunks()
    wire.change("permitted", "all")
    client.sandbox.faults.add("address", provider="simotel")
    table.append((await client.ask("pbx/trunks/search", asked), 403, 0, "IP is not permitted"))
    with pytest.raises(PermissionDeniedError) as caught:
        await account.trunks()
    assert caught.value.address == "127.0.0.1"
    client.sandbox.faults.clear()
    for (status, envelope), code, success, message in table:
        assert list(envelope) == ENVELOPE
        assert (status, envelope["success"], envelope["message"]) == (code, success, message)
    with pytest.raises(NotFoundError, match="no service"):
        await account.request("POST", "pbx/nothing/search")
    with pytest.raises(RequestError, match="already exists"):
        await account.request("POST", "pbx/trunks/add", name=trunk["name"])
    with pytest.raises(RequestError, match="Method not allowed"):
        await account.request("DELETE", "pbx/trunks/search")


async def test_a_wrong_address_and_a_missing_file_come_from_the_web_server(client, account, limits):
    status, kind, _ = await client.raw("../v9/pbx/trunks/search", {})
    assert (status, kind) == (404, "text/html")
    wrong = open_account(
        "simotel", base_url=client.described.base_url[:-1] + "9", limits=limits, **client.described.credentials
    )
    async with wrong:
        with pytest.raises(NotFoundError, match="base URL"):
            await wrong.trunks()
    status, kind, _ = await client.raw("reports/audio/download", {"file": "gone.mp3"})
    assert (status, kind) == (404, "text/html")
    with pytest.raises(NotFoundError):
        await account.recording(a_call(recording="gone.mp3"))


def a_call(**fields):
    return Call(account="a", call_id="1", direction=None, status=Status.ANSWERED, started_at=None, **fields)


async def test_numbers_and_queues_that_already_exist(client):
    users = await client.rows("pbx/users/search", status="all")
    queues = await client.rows("pbx/queues/search")
    _, envelope = await client.ask("pbx/users/add", {"name": "x", "number": users[0]["number"], "secret": "x"})
    assert (envelope["success"], envelope["message"]) == (0, "This number already exists")
    _, envelope = await client.ask("pbx/queues/add", {"name": "x", "number": queues[0]["number"]})
    assert (envelope["success"], envelope["message"]) == (0, "this queue already exists")


# The parameters of pagination, and the lists that have them.


async def test_the_documents_example_of_pagination(client, account):
    for number in range(7):
        await client.ask("autodialer/groups/add", {"name": f"group {number}", "numbers": ["1111"], "description": ""})
    body = {
        "alike": "true",
        "conditions": {"name": "", "description": ""},
        "pagination": {"start": 4, "count": 2, "sorting": {"date": 1}},
    }
    _, envelope = await client.ask("autodialer/groups/search", body)
    pagination = envelope["data"]["pagination"]
    assert (pagination["start"], pagination["count"], pagination["sorting"]) == (4, 2, {"date": 1})
    everything = await account.dial_groups(sorting={"date": 1}, count=100)
    piece = await account.dial_groups(sorting={"date": 1}, start=4, count=2)
    assert piece.rows == everything.rows[4:6]
    assert piece.total == pagination["total"] == len(everything.rows)


@pytest.mark.parametrize("what", LISTS)
async def test_each_of_the_twelve_lists_by_conditions_pages_and_sorting(client, account, what):
    await filled(client)
    everything = await account.search(what, count=10_000)
    assert everything.rows
    assert everything.total == len(everything.rows)
    some = await account.search(what, start=1, count=1)
    assert some.rows == everything.rows[1:2]
    sample = response(f"{what}/search")["data"]
    ((by, way),) = sample["pagination"]["sorting"].items()
    if by == "date" or by in {"starttime", "end"}:
        values = [row[by] for row in everything.rows]
        assert values == sorted(values, reverse=way < 0)
        upside_down = await account.search(what, count=10_000, sorting={by: -way})
        assert [row[by] for row in upside_down.rows] == values[::-1]
    # Who called whom is no part of an agent's hours, though the page names the conditions.
    without_meaning = {"from", "to"} if what == "reports/agent" else set()
    for condition in set(LISTS[what].conditions) - without_meaning:
        nothing = await account.search(what, conditions={condition: "no such thing"})
        assert nothing.rows == ()


@pytest.mark.parametrize("what", [what for what, kind in LISTS.items() if kind.takes_period])
async def test_each_list_that_takes_a_period_returns_its_rows(client, account, what):
    await filled(client)
    now = datetime.fromtimestamp(client.sandbox.world.clock.now(), UTC)
    for since, until, empty in ((now + timedelta(hours=2), None, True), (None, now + timedelta(days=2), False)):
        found = await account.search(what, since=since, until=until)
        assert (found.rows == ()) is empty


async def filled(client):
    """Put entries into the lists that are empty when an exchange is new."""
    for name in ("a", "b"):
        await client.ask("autodialer/contacts/add", {"name": name, "number": "112233"})
        await client.ask("autodialer/groups/add", {"name": name, "numbers": ["1111"]})
        campaign = dict(PAGES["autodialer/campaigns/add"]["request"]) | {"name": name}
        assert (await client.ask("autodialer/campaigns/add", campaign))[1]["success"] == 1
        fax = dict(PAGES["pbx/faxes/add"]["request"]) | {"trunk_name": client.described.trunks[0]}
        assert (await client.ask("pbx/faxes/add", fax))[1]["success"] == 1


async def test_a_search_without_a_required_field_names_it(client):
    for path, page in PAGES.items():
        if "alike" in page["required"]:
            _, envelope = await client.ask(path, {"conditions": {}, "date_range": ALL_TIME})
            assert (envelope["success"], envelope["message"]) == (0, "Field 'alike':value is missing"), path
        if "date_range->from" in page["required"]:
            _, envelope = await client.ask(path, {"alike": "true", "conditions": {}})
            assert (envelope["success"], envelope["message"]) == (0, "Field 'date_range->from':value is missing"), path


# Every page, as curl sees it.


async def adapted(client, path):
    """Return a page's own request, with ids, numbers and times that this exchange knows."""
    body = copy.deepcopy(PAGES[path]["request"])
    desk, other = client.described.extensions[:2]
    family, _, act = path.rpartition("/")
    if path == "call/originate/act":
        return body | {"caller": desk, "callee": other, "caller_id": desk}
    if family == "pbx/queues" and act.endswith("agent"):
        return await for_agents(client, act, body)
    if act in {"update", "remove"} and path != "autodialer/trunks/update":
        added = await adapted(client, f"{family}/add")
        _, envelope = await client.ask(f"{family}/add", added)
        assert envelope.get("success") == 1 or envelope.get("status") == "success", envelope
        name = "number" if family.endswith("lists") else "name"
        found = [row for row in await client.rows(f"{family}/search", status="all") if row[name] == added[name]]
        return body | {"_id": found[-1]["_id"]}
    if path == "autodialer/trunks/update":
        return body | {"_id": (await client.rows("autodialer/trunks/search"))[0]["_id"]}
    if path == "pbx/faxes/add":
        return body | {"trunk_name": client.described.trunks[0]}
    if path == "reports/quick/info":
        return {"cuid": (await client.rows("reports/queue_details/search"))[0]["cuid"]}
    if path == "autodialer/reports/info":
        return {"_id": (await client.rows("autodialer/reports/search"))[0]["tries"][0]["cdr_id"]["$oid"]}
    if act == "search":
        await filled(client)
        if path in {"pbx/blacklists/search", "pbx/whitelists/search", "pbx/announcements/search"}:
            await client.ask(f"{family}/add", PAGES[f"{family}/add"]["request"])
        return (
            body
            | {"conditions": dict.fromkeys(body["conditions"], "")}
            | ({"date_range": ALL_TIME} if "date_range" in body else {})
        )
    return body


async def for_agents(client, act, body):
    queue = (await client.rows("pbx/queues/search"))[0]["number"]
    members = client.described.extensions[:2]
    verb = act.removeprefix("batch").removesuffix("agent")
    if verb == "add":
        for member in members:
            await client.ask("pbx/queues/removeagent", {"queue": queue, "agent": member})
    entries = [
        {"queue": queue, "source": member, "agent": member, "penalty": ""}
        if verb == "add"
        else {"queue": queue, "agent": member}
        for member in members
    ]
    return {"agents": entries} if act.startswith("batch") else {**body, **{k: v for k, v in entries[0].items() if v}}


@pytest.mark.parametrize("path", [path for path in PAGES if path not in FILES])
async def test_every_page_answers_as_its_sample_does(client, path):
    page = PAGES[path]
    if page["request"] == "upload":
        status, envelope = await client.upload(path)
    else:
        status, envelope = await client.ask(path, await adapted(client, path) if page["request"] else {})
    assert status == 200
    sample = response(path)
    assert list(envelope) == list(sample)
    assert envelope.get("success") == sample.get("success"), envelope
    assert envelope["message"] == sample["message"]
    assert_like(sample, envelope)


async def test_the_pages_of_files(client):
    calls = await client.rows("reports/cdr/search", pagination={"start": 0, "count": 400})
    record = next(row["record"] for row in calls if "record" in row)
    status, kind, content = await client.raw("reports/audio/download", {"file": record})
    assert (status, kind.partition("/")[0]) == (200, "audio")
    assert content
    messages = await client.rows("voicemails/inbox/search")
    saved = next(row for row in messages if "filename" in row)
    assert (await client.raw("reports/audio/download", {"file": saved["filename"]}))[0] == 200
    fax = (await client.rows("pbx/faxes/search"))[0]
    status, kind, content = await client.raw("pbx/faxes/download", {"_id": fax["_id"]})
    assert status == 200
    assert "json" not in kind
    assert content


@pytest.mark.parametrize(
    "path", [path for path, page in PAGES.items() if page["required"] and page["request"] != "upload"]
)
async def test_every_page_names_the_first_missing_field(client, path):
    body = {} if path.startswith("pbx/queues/batch") else {"conditions": {}}
    _, envelope = await client.ask(path, body)
    assert envelope["success"] == 0
    # The tables call the id `id_`; the bodies have `_id`.
    names = {name.replace("id_", "_id") if name == "id_" else name for name in PAGES[path]["required"]} | {"agents"}
    assert envelope["message"] in {f"Field '{name}':value is missing" for name in names}, envelope


# Every page, as the client sees it.


async def test_ping_and_originate(client, account):
    assert await account.ping() == response_message("setting/ping/act")
    desk = client.described.extensions[0]
    placed = await account.click_to_call(source=desk, destination=NUMBER)
    assert placed.request_id.startswith("orig.call.")
    client.sandbox.world.clock.move(600)
    calls = [call async for call in account.calls()]
    newest = calls[0]
    assert (newest.direction, newest.extension, newest.destination.number) == (Direction.OUTGOING, desk, NUMBER)
    assert newest.note == f"originated call: {placed.request_id}"
    outside = await account.click_to_call(source="02155500123", destination=desk, trunk=client.described.trunks[0])
    assert outside.request_id != placed.request_id
    with pytest.raises(RequestError):
        await account.click_to_call(source="02155500123", destination=desk, trunk="no such trunk")


def response_message(path):
    return response(path)["message"]


async def test_users_trunks_queues_and_their_agents(client, account):
    described = client.described
    assert {extension.number for extension in await account.extensions()} == set(described.extensions)
    trunks = await account.trunks()
    assert {trunk.trunk_id for trunk in trunks} == set(described.trunks)
    assert all(trunk.credit is None and trunk.number for trunk in trunks)
    queues = await account.queues()
    agents = await account.agents()
    assert {agent.queue for agent in agents} == {queue.number for queue in queues}
    queue, desk = queues[0].number, agents[0].extension
    assert (await account.pause_agent(queue=queue, extension=desk)).message == "Paused successfully"
    assert (await account.resume_agent(queue=queue, extension=desk)).message == "UnPaused successfully"
    assert (await account.remove_agent(queue=queue, extension=desk)).done
    assert desk not in {agent.extension for agent in await account.agents(queue=queue)}
    assert (await account.add_agent(queue=queue, extension=desk, penalty=1)).done
    assert desk in {agent.extension for agent in await account.agents(queue=queue)}
    results = await account.remove_agents([(queue, desk), (queue, "99999")])
    assert [(result.extension, result.queue, result.done) for result in results] == [
        (desk, queue, True),
        ("99999", queue, False),
    ]
    assert [result.done for result in await account.add_agents([(queue, desk)])] == [True]
    assert [result.done for result in await account.pause_agents([(queue, desk)])] == [True]
    assert [result.done for result in await account.resume_agents([(queue, desk)])] == [True]
    with pytest.raises(RequestError, match="failed"):
        await account.pause_agent(queue="no such queue", extension=desk)


async def test_both_lists_of_numbers(account):
    await account.block(NUMBER, note="spam")
    (entry,) = [entry for entry in await account.blocked() if entry.number == NUMBER]
    assert (entry.note, entry.labels) == ("spam", ())
    await account.unblock("+989120000001")
    assert NUMBER not in {entry.number for entry in await account.blocked()}
    with pytest.raises(NotFoundError):
        await account.unblock(NUMBER)
    await account.allow(NUMBER, labels=("family",), note="home")
    (entry,) = [entry for entry in await account.allowed() if entry.number == NUMBER]
    assert (entry.note, entry.labels) == ("home", ("family",))
    await account.disallow(NUMBER)
    assert NUMBER not in {entry.number for entry in await account.allowed()}


async def test_voicemails_faxes_and_the_phonebook(client, account):
    boxes = await account.mailboxes()
    messages = await account.voicemails()
    assert {voicemail.mailbox for voicemail in messages} <= {box.mailbox for box in boxes}
    assert [voicemail.received_at for voicemail in messages] == sorted(
        (voicemail.received_at for voicemail in messages), reverse=True
    )
    saved = next(voicemail for voicemail in messages if voicemail.filename)
    audio = await account.voicemail_audio(saved)
    assert audio.content
    assert audio.media_type.startswith("audio/")
    assert (await account.search_voicemails(conditions={"number": saved.mailbox})).rows
    faxes = await account.faxes()
    assert (await account.search_faxes()).total == len(faxes)
    assert (await account.fax_document(faxes[0])).content
    half = messages[len(messages) // 2].received_at
    assert await account.voicemails(since=half) == tuple(
        voicemail for voicemail in messages if voicemail.received_at >= half
    )
    await account.add_contact(name="لاک‌پشت", number=NUMBER)
    (entry,) = [contact for contact in await account.contacts() if contact.numbers == (NUMBER,)]
    assert entry.name == "لاک‌پشت"
    assert entry in (await account.search_contacts(conditions={"name": "لاک‌پشت"})).rows
    await account.remove_contact(entry.contact_id)
    assert entry not in await account.contacts()


async def test_calls_by_search_by_cursor_and_quickly_are_the_same(client, account):
    searched = [call async for call in account.calls()]
    by_cursor = [call async for page in pages_of(account) for call in page.calls]
    quick = (await account.quick_calls(count=10_000)).rows
    piece = (await account.search_calls(count=10_000)).rows
    assert len(searched) == len(client.sandbox.world.offices[0].calls)
    plain = {call.call_id: (call.started_at, call.status, call.talk, call.extension) for call in searched}
    for others in (by_cursor, quick, piece):
        assert {call.call_id: (call.started_at, call.status, call.talk, call.extension) for call in others} == plain
    # The order in which rows were made is the order of their ends.
    assert [call.call_id for call in by_cursor] == sorted(call.call_id for call in by_cursor)
    assert {call.extension for call in searched} <= {*client.described.extensions, None}
    assert {call.trunk for call in searched} <= {*client.described.trunks, None}
    assert {call.direction for call in searched} == set(Direction)
    recorded = next(call for call in searched if call.recording)
    assert (await account.recording(recorded)).media_type.startswith("audio/")


async def pages_of(account):
    async for page in account.cursor_pages(""):
        yield page


async def test_a_cursor_for_a_time_starts_there(client, account):
    calls = [call async for page in pages_of(account) for call in page.calls]
    middle = calls[len(calls) // 2]
    cursor = account.cursor_at(middle.ended_at.replace(microsecond=0))
    later = [call.call_id async for page in account.cursor_pages("", after=cursor) for call in page.calls]
    assert middle.call_id in later
    assert len(later) < len(calls)
    assert account.cursor_time(middle.call_id) >= middle.ended_at.replace(microsecond=0)


async def test_the_reports_of_queues(client, account):
    calls = {call.raw["cuid"]: call async for call in account.calls()}
    rows = (await account.queue_calls(count=10_000)).rows
    assert rows
    for row in rows:
        call = calls[row.call_id]
        assert (row.started_at, row.status is Status.ANSWERED) == (call.started_at, call.status is Status.ANSWERED)
        assert (row.agent, row.talk) == (call.extension, call.talk)
    ordered = [row async for page in rows_in_order(account, "reports/queue") for row in page.rows]
    assert {row.row_id for row in ordered} == {row.row_id for row in rows}
    attempts = (await account.queue_attempts(count=10_000)).rows
    assert {row.call_id for row in attempts} == {row.call_id for row in rows}
    in_order = [row async for page in rows_in_order(account, "reports/queue_details") for row in page.rows]
    assert {row.row_id for row in in_order} == {row.row_id for row in attempts}
    told = await account.quick_info(attempts[0].call_id)
    assert {row.row_id for row in told} == {row.row_id for row in attempts if row.call_id == attempts[0].call_id}
    activity = (await account.agent_activity(count=10_000)).rows
    assert all((row.ended_at - row.started_at).total_seconds() == row.duration for row in activity)
    answers = (await account.survey_answers(count=10_000)).rows
    assert all(1 <= row.points <= 5 and row.call_id in calls and row.queue for row in answers)


async def rows_in_order(account, what):
    async for page in account.cursor_rows(what):
        yield page


async def test_the_dialler(client, account):
    await filled(client)
    campaigns = (await account.campaigns()).rows
    assert {campaign.name for campaign in campaigns} >= {"a", "b"}
    # 2021-02-19 15:17 in Tehran's winter.
    assert next(campaign for campaign in campaigns if campaign.name == "a").starts_at == datetime(
        2021, 2, 19, 11, 47, tzinfo=UTC
    )
    assert all(group.count is not None for group in (await account.dial_groups()).rows)
    reports = (await account.dial_reports(count=10_000)).rows
    ordered = [row async for page in rows_in_order(account, "autodialer/reports") for row in page.rows]
    assert {row.row_id for row in ordered} == {row.row_id for row in reports}
    assert {row.campaign_id for row in reports} <= {campaign.campaign_id for campaign in campaigns}
    info = await account.request(
        "POST",
        "autodialer/reports/info",
        _id=(await client.rows("autodialer/reports/search"))[0]["tries"][0]["cdr_id"]["$oid"],
    )
    assert_like(response("autodialer/reports/info"), info)


@pytest.mark.parametrize(
    "family",
    ["pbx/users", "pbx/trunks", "pbx/queues", "pbx/announcements", "voicemails/voicemails", "autodialer/groups"],
)
async def test_request_reaches_every_path_without_its_own_method(client, account, family):
    before = len(await client.rows(f"{family}/search", status="all"))
    added = PAGES[f"{family}/add"]["request"]
    await account.request("POST", f"{family}/add", **added)
    rows = await client.rows(f"{family}/search", status="all")
    (row,) = [row for row in rows if row["name"] == added["name"]]
    await account.request("POST", f"{family}/update", **{**added, "name": "another", "_id": row["_id"]})
    await account.request("POST", f"{family}/remove", _id=row["_id"])
    assert len(await client.rows(f"{family}/search", status="all")) == before
    with pytest.raises(RequestError, match="failed"):
        await account.request("POST", f"{family}/remove", _id=row["_id"])


@pytest.mark.parametrize("path", [path for path, page in PAGES.items() if page["request"] == "upload"])
async def test_uploads(account, path):
    name = await account.upload(path, b"1111", filename="Book 1.csv", media_type="text/csv")
    assert name


async def test_a_server_set_to_the_gregorian_calendar_is_read_equally(client, account):
    jalali = [call async for call in account.calls()]
    client.sandbox.wires["simotel"].change("calendar", "gregorian")
    assert [call async for call in account.calls()] == jalali
    assert jalali[0].raw["starttime"].startswith("1")


async def test_an_added_user_in_the_standard_envelope_is_a_success_too(client, account):
    client.sandbox.wires["simotel"].change("users_add", "standard")
    found = await account.request("POST", "pbx/users/add", name="x", number="977", secret="x")
    assert found["success"] == 1


# Events.


class Receiver:
    """An address of one's own that takes whatever is pushed."""

    def __init__(self):
        self.taken = []

    async def handle(self, request):
        self.taken.append(
            (request.method, request.path, await request.read(), dict(request.query), dict(request.headers))
        )
        return web.Response()


@pytest.fixture
async def receiver():
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def control(client, **wish):
    async with client.session.post(f"{client.sandbox.url}/control", json={"provider": "simotel", **wish}) as reply:
        assert reply.status == 200, await reply.text()
        return await reply.json()


def parsed(account, delivery):
    method, path, body, query, _ = delivery
    kind = path.removeprefix("/hook").strip("/") or None
    return account.parse_event(body if method == "POST" else query, kind=kind)


EVENTS = [
    *("Cdr", "CdrQueue", "NewState", "IncomingCall", "OutgoingCall", "Transfer", "ExtenAdded", "ExtenRemoved"),
    *("VoiceMail", "VoiceMailEmail", "Survey", "IncomingFax", "OutgoingFax", "TrunkNewState", "TrunkAdded"),
    *("TrunkRemoved", "AutoDialerReport", "ReservedCallInFront", "Ping"),
]


@pytest.mark.parametrize("version", ["G", "Rest"])
@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("auth", ["none", "basic"])
async def test_every_event_arrives_whatever_the_settings(client, account, receiver, version, method, auth):
    await control(client, do="push_to", url=receiver.url, version=version, method=method, auth=auth)
    for kind in EVENTS:
        await control(client, do="event", kind=kind)
    await client.sandbox.pusher.idle()
    assert len(receiver.taken) == len(EVENTS)
    found = {}
    for delivery in receiver.taken:
        event = parsed(account, delivery)
        found["cdr" if isinstance(event, Call) else event.kind] = event
        assert ("Authorization" in delivery[4]) == (auth == "basic")
    assert {kind.replace("_", "") for kind in found} == {kind.lower() for kind in EVENTS}
    assert found["survey"].data["point"] in (5, "5")
    newest = [call async for call in account.calls()]
    told = found["cdr"]
    (call,) = [call for call in newest if call.raw["cuid"] == told.call_id]
    same = ("direction", "status", "trunk", "extension", "source", "destination", "wait", "recording")
    assert {name: getattr(told, name) for name in same} == {name: getattr(call, name) for name in same}
    assert told.started_at.replace(microsecond=0) == call.started_at


@pytest.mark.parametrize("spelling", ["Cdr", "CDR"])
async def test_a_call_that_ends_is_pushed(client, account, receiver, spelling):
    await control(client, do="push_to", url=receiver.url, event_name=spelling, live="all")
    await control(client, do="call", type="incoming", status="ANSWERED", wait=3, talk=20)
    client.sandbox.world.clock.move(60)
    await client.sandbox.pusher.idle()
    told = [parsed(account, delivery) for delivery in receiver.taken]
    (call,) = [event for event in told if isinstance(event, Call)]
    assert (call.direction, call.status, call.talk, call.wait) == (Direction.INCOMING, Status.ANSWERED, 20, 3)
    assert (
        account.parse_push(
            next(body for _, _, body, _, _ in receiver.taken if b'"event_name":"' + spelling.encode() + b'"' in body)
        )
        == call
    )
    kinds = {event.kind for event in told if isinstance(event, LineEvent)}
    assert {"incoming_call", "new_state"} <= kinds


@pytest.mark.parametrize(
    ("status", "expected"),
    [("ANSWERED", Status.ANSWERED), ("NO ANSWER", Status.NO_ANSWER), ("BUSY", Status.BUSY)],
)
async def test_a_call_that_ends_in_a_word_of_the_tables(client, account, receiver, status, expected):
    await control(client, do="push_to", url=receiver.url, words="tables")
    await control(client, do="call", type="local", status=status)
    client.sandbox.world.clock.move(60)
    await client.sandbox.pusher.idle()
    (delivery,) = receiver.taken
    told = parsed(account, delivery)
    assert told.raw["disposition"].title() == told.raw["disposition"]
    assert told.status is expected


async def test_a_dialers_report_without_a_name(client, account, receiver):
    await control(client, do="push_to", url=receiver.url, dialer_name="missing")
    await control(client, do="event", kind="AutoDialerReport")
    await client.sandbox.pusher.idle()
    (delivery,) = receiver.taken
    assert "event_name" not in json.loads(delivery[2])
    assert parsed(account, delivery).kind == "auto_dialer_report"


async def test_a_quick_search_for_one_call_has_no_period(client, account):
    call = [call async for call in account.calls()][3]
    cuid = call.raw["cuid"]
    assert [found.call_id for found in (await account.quick_calls(conditions={"cuid": cuid}, alike=False)).rows] == [
        call.call_id
    ]
    assert [found.call_id for found in (await account.search_calls(conditions={"cuid": cuid}, alike=False)).rows] == [
        call.call_id
    ]
    client.sandbox.requests.clear()
    with pytest.raises(RequestError, match="can't have a period"):
        await account.quick_calls(conditions={"cuid": cuid}, since=call.started_at)
    assert not client.sandbox.requests


async def test_the_samples_unquoted_number(client, account, receiver):
    await control(client, do="push_to", url=receiver.url, number="unquoted")
    await control(client, do="event", kind="IncomingCall", fields={"number": "09000002233"})
    await client.sandbox.pusher.idle()
    (delivery,) = receiver.taken
    with pytest.raises(json.JSONDecodeError):
        json.loads(delivery[2])
    assert parsed(account, delivery).number == "09000002233"


async def test_a_ping_sends_its_event(client, account, receiver):
    await control(client, do="push_to", url=receiver.url)
    await account.ping()
    await client.sandbox.pusher.idle()
    (delivery,) = receiver.taken
    assert parsed(account, delivery) == LineEvent("ping")
