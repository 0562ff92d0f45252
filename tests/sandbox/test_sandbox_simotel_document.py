"""Every endpoint of the provider's documentation answers in the sample's shape: names, order, types and messages."""

from __future__ import annotations

import json

import pytest
from simotel_client import DOCUMENT, EVER, UNKNOWN, Exchange, check_shape

_DOWNLOADS = {"/reports/audio/download", "/pbx/faxes/download"}
_AGENT = {"queue": "901", "agent": "1510"}
_UPLOADS = [path for path in DOCUMENT if path.endswith("/upload")]
_ORDERED = [path for path in DOCUMENT if path.endswith("/ordered/id")]
_SEARCHES = [path for path in DOCUMENT if path.endswith("/search")]
_REMOVALS = [path for path in DOCUMENT if path.endswith("/remove")]
_UPDATES = [path for path in DOCUMENT if path.endswith("/update")]
_ADDITIONS = [path for path in DOCUMENT if path.endswith("/add")]
_AGENTS = [path for path in DOCUMENT if path.endswith("agent")]


@pytest.fixture
async def exchange(start):
    return Exchange(await start(calls=1500))


async def first_id(exchange, path):
    """Return the id of the first object of a collection."""
    collection = path.rpartition("/")[0]
    found = await exchange.data(f"{collection}/search", alike="true", date_range=EVER)
    return (found["data"] if isinstance(found, dict) else found)[0]["_id"]


def messages(path, answer):
    assert answer["message"] == DOCUMENT[path]["response"]["message"]


def test_there_are_79_endpoints():
    assert len(DOCUMENT) == 79
    covered = {*_UPLOADS, *_ORDERED, *_SEARCHES, *_REMOVALS, *_UPDATES, *_ADDITIONS, *_AGENTS, *_DOWNLOADS}
    rest = {"/setting/ping/act", "/call/originate/act", "/reports/quick/info", "/autodialer/reports/info"}
    assert set(DOCUMENT) == covered | rest


async def test_ping_is_the_sample_word_for_word(exchange):
    assert await exchange.ask("/setting/ping/act") == DOCUMENT["/setting/ping/act"]["response"]


async def test_ping_takes_put_too_as_its_page_has_it(exchange):
    status, _, body = await exchange.raw("/setting/ping/act", method="PUT")
    assert (status, json.loads(body)) == (200, DOCUMENT["/setting/ping/act"]["response"])


async def test_originate_has_the_samples_shape(exchange):
    request = DOCUMENT["/call/originate/act"]["request"] | {"caller": "1510", "callee": "1511"}
    answer = await exchange.ask("/call/originate/act", **request)
    check_shape(DOCUMENT["/call/originate/act"]["response"], answer)
    assert answer["message"] is None


@pytest.mark.parametrize("path", _SEARCHES)
async def test_search_has_the_samples_shape_and_shows_something(exchange, path):
    request = DOCUMENT[path]["request"] | {"conditions": {}}
    if "date_range" in request:
        request["date_range"] = EVER
    # A blacklist begins empty.
    if path in {"/pbx/blacklists/search", "/pbx/whitelists/search"}:
        await exchange.data(path.replace("search", "add"), number="09120000001", labels=["a"])
    answer = await exchange.ask(path, **request)
    sample = DOCUMENT[path]["response"]
    rows = answer["data"]["data"] if isinstance(answer["data"], dict) else answer["data"]
    assert rows
    if path == "/pbx/users/search":
        # The sample's list of queues is empty; what is in it isn't shown.
        assert all(isinstance(queue, str) for row in rows for queue in row["queues"])
    if path == "/voicemails/inbox/search":
        saved, broken = sample["data"]["data"]
        for row in rows:
            check_shape(broken if "error" in row else saved, row, path)
            assert ("error" in row) != ("filename" in row)
            assert ("duration" in row) == ("filename" in row)
        assert {"error" in row for row in rows} == {True, False}
        sample = json.loads(json.dumps(sample))
        sample["data"]["data"] = []
    check_shape(sample, answer, path)
    messages(path, answer)
    if isinstance(answer["data"], dict):
        paging = answer["data"]["pagination"]
        assert paging["sorting"] == sample["data"]["pagination"]["sorting"]
        assert (paging["start"], paging["count"]) == (0, 20)
        assert len(rows) == min(20, paging["total"])
        for name in ("target", "useGroupBy"):
            assert answer["data"].get(name) == sample["data"].get(name)


@pytest.mark.parametrize("path", _ORDERED)
async def test_ordered_list_has_the_samples_shape(exchange, path):
    answer = await exchange.ask(path, **DOCUMENT[path]["request"])
    sample = json.loads(json.dumps(DOCUMENT[path]["response"]))
    rows = answer["data"]["data"]
    assert len(rows) == 20
    if path == "/reports/queue/ordered/id":
        # The missed ones have `data` further up.
        answered = [row for row in rows if row["disposition"] == "ANSWERED"]
        assert answered
        missed = [row for row in rows if row["disposition"] != "ANSWERED"]
        assert missed
        names = list(missed[0])
        assert names[:5] == ["_id", "endtime", "src", "data", "dst"]
        answer["data"]["data"] = answered
    if path == "/reports/queue_details/ordered/id":
        assert {row["disposition"] for row in rows} >= {"ANSWERED", "NO ANSWER"}
        for row in rows:
            if row["disposition"] == "NO ANSWER":
                assert list(row).index("NO ANSWER") == list(row).index("comment") + 1
    check_shape(sample, answer, path)
    messages(path, answer)


@pytest.mark.parametrize("path", _ADDITIONS)
async def test_addition_has_the_samples_shape(exchange, path):
    answer = await exchange.ask(path, **DOCUMENT[path]["request"])
    check_shape(DOCUMENT[path]["response"], answer, path)
    if path == "/pbx/users/add":
        assert answer == DOCUMENT[path]["response"]
        return
    messages(path, answer)
    null = {"/pbx/blacklists/add", "/pbx/whitelists/add", "/autodialer/contacts/add"}
    assert (answer["data"]["_id"] is None) == (path in null)


@pytest.mark.parametrize("path", _ADDITIONS)
async def test_what_was_added_is_found_with_its_fields(exchange, path):
    request = DOCUMENT[path]["request"]
    await exchange.ask(path, **request)
    collection = path.removesuffix("/add")
    found = await exchange.data(f"{collection}/search", alike="true")
    row = (found["data"] if isinstance(found, dict) else found)[-1]
    found = found["data"] if isinstance(found, dict) else found
    key = "number" if "number" in request else "name"
    if path == "/pbx/faxes/add":
        row = next(item for item in found if item["dst"] == request["to"])
        assert (row["ext"], row["trunk"], row["channel"]) == ("112233", "Cisco", "SIP/Cisco/112233")
        assert (row["type"], row["status"], row["file"]) == ("outbox", "SENDING", request["file"])
        return
    row = next(item for item in found if item[key] == request[key])
    for name, value in request.items():
        if name in {"secret", "start", "end"} or name not in row:
            continue
        assert row[name] == value, name


@pytest.mark.parametrize("path", _UPDATES)
async def test_update_has_the_samples_shape_and_changes_the_object(exchange, path):
    if path in {"/pbx/blacklists/update", "/pbx/whitelists/update"}:
        await exchange.data(path.replace("update", "add"), number="09120000001", labels=["a"])
    row_id = await first_id(exchange, path)
    request = DOCUMENT[path]["request"] | {"_id": row_id}
    answer = await exchange.ask(path, **request)
    check_shape(DOCUMENT[path]["response"], answer, path)
    messages(path, answer)
    if not isinstance(DOCUMENT[path]["response"]["data"], dict):
        assert answer["data"] == ""
    collection = path.removesuffix("/update")
    found = await exchange.data(f"{collection}/search", alike="true")
    (row,) = [item for item in (found["data"] if isinstance(found, dict) else found) if item["_id"] == row_id]
    for name, value in request.items():
        if name in row and name not in {"secret", "start", "end"}:
            assert row[name] == value, name


@pytest.mark.parametrize("path", _REMOVALS)
async def test_removal_has_the_samples_shape_and_takes_the_object_away(exchange, path):
    if path in {"/pbx/blacklists/remove", "/pbx/whitelists/remove"}:
        await exchange.data(path.replace("remove", "add"), number="09120000001")
    row_id = await first_id(exchange, path)
    assert await exchange.ask(path, _id=row_id) == DOCUMENT[path]["response"]
    found = await exchange.data(path.replace("/remove", "/search"), alike="true")
    rows = found["data"] if isinstance(found, dict) else found
    assert row_id not in {row["_id"] for row in rows}
    assert await exchange.refusal(path, _id=row_id) == "Requested operation failed"


@pytest.mark.parametrize("path", _AGENTS)
async def test_agent_service_has_the_samples_shape(exchange, path):
    sample = DOCUMENT[path]
    if "add" in path:
        for agent in ("1510", "1511"):
            await exchange.data("/pbx/queues/removeagent", queue="901", agent=agent)
    request = dict(sample["request"])
    if "agents" in request:
        both = zip(request["agents"], ("1510", "1511"), strict=True)
        request["agents"] = [{**one, "queue": "901", "agent": agent, "source": agent} for one, agent in both]
    else:
        request |= {**_AGENT, "source": "1510"}
    answer = await exchange.ask(path, **request)
    check_shape(sample["response"], answer, path)
    messages(path, answer)
    said = answer["data"]["Data"][0] if "Data" in answer["data"] else answer["data"]
    expected = sample["response"]["data"]
    assert said["message"] == (expected["Data"][0] if "Data" in expected else expected)["message"]
    assert said["ok"] == answer["data"]["ok"] == 1


@pytest.mark.parametrize(
    ("path", "sent", "begins", "ends"),
    [
        ("/pbx/announcements/upload", "announce.mp3", "file-20260520083000-", "-announcemp3_.wav"),
        ("/pbx/faxes/upload", "simotel5128edition.tif", "sen_file-20260520083000-", "-simotel5128editi_.tiff"),
        ("/autodialer/groups/upload", "book1.csv", "file-20260520083000-", "-book1csv.csv"),
        ("/autodialer/announcements/upload", "bbc-farsi-pargar.mp3", "file-20260520083000-", "-bbc-farsi-pargar_.wav"),
    ],
)
async def test_upload_has_the_samples_shape_and_kind_of_name(exchange, path, sent, begins, ends):
    await exchange.client.control(do="clock", freeze=True, set=1779265800)
    answer = await exchange.upload(path, sent)
    check_shape(DOCUMENT[path]["response"], answer, path)
    messages(path, answer)
    name = answer["data"]["filename"]
    assert name.startswith(begins)
    assert name.endswith(ends)


@pytest.mark.parametrize("path", _UPLOADS)
async def test_upload_without_its_field_is_refused(exchange, path):
    answer = await exchange.upload(path, field="other")
    assert (answer["success"], answer["message"]) == (0, "Field 'file':value is missing")


async def test_quick_information_has_the_samples_shape(exchange):
    details = await exchange.search("/reports/queue_details/search")
    twice = next(row["cuid"] for row in details if sum(detail["cuid"] == row["cuid"] for detail in details) > 1)
    answer = await exchange.ask("/reports/quick/info", cuid=twice)
    check_shape(DOCUMENT["/reports/quick/info"]["response"], answer)
    messages("/reports/quick/info", answer)
    assert {row["_id"] for row in answer["data"]} == {row["_id"] for row in details if row["cuid"] == twice}


async def test_quick_information_knows_calls_in_queues_only(exchange):
    (row, *_) = [item for item in await exchange.search("/reports/cdr/search") if item["type"] == "local"]
    for cuid in (row["cuid"], "1.1", "1624299033.x", "nonsense"):
        assert await exchange.data("/reports/quick/info", cuid=cuid) == []


async def test_autodialers_information_is_on_a_try(exchange):
    (row, *_) = await exchange.search("/autodialer/reports/search")
    path = "/autodialer/reports/info"
    answer = await exchange.ask(path, _id=row["tries"][0]["cdr_id"]["$oid"])
    check_shape(DOCUMENT[path]["response"], answer)
    messages(path, answer)
    assert answer["data"]["wait"] == row["wait"]
    assert await exchange.refusal(path, _id=UNKNOWN) == "Requested operation failed"
    assert await exchange.refusal(path, _id=row["_id"]) == "Requested operation failed"


def without(request, name):
    """Return a request that lacks one field, as the document's tables name it."""
    if name.startswith("date_range"):
        end = name.rpartition(">")[2]
        kept = {other: text for other, text in request["date_range"].items() if other != end}
        return request | {"date_range": kept, "conditions": {}}
    lacking = {key: value for key, value in request.items() if key != name}
    if "agents" in lacking:
        first = {key: value for key, value in request["agents"][0].items() if key != name}
        lacking["agents"] = [first, *request["agents"][1:]]
    return lacking


REQUIRED = [(path, name) for path, page in DOCUMENT.items() for name in page["required"] if page["request"] != "upload"]


@pytest.mark.parametrize(("path", "name"), REQUIRED)
async def test_what_the_document_requires_is_required(exchange, path, name):
    # The tables write `id_` where the requests have `_id`.
    name = "_id" if name == "id_" else name
    lacking = without(DOCUMENT[path]["request"], name)
    assert await exchange.refusal(path, **lacking) == f"Field '{name}':value is missing"


@pytest.mark.parametrize("path", [path for path in _AGENTS if "batch" in path])
async def test_batch_needs_its_agents(exchange, path):
    assert await exchange.refusal(path) == "Field 'agents':value is missing"
    for wrong in ("1510", ["1510"], [[]], 5):
        assert await exchange.refusal(path, agents=wrong) == "Requested operation failed"
