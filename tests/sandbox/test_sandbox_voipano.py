"""VoIPano's wire as a plain client sees it: refusals, charges, and the list of calls."""

from __future__ import annotations

import io
import json
import re
import wave

import pytest

from trunkline.sandbox.world import Direction
from trunkline.sandbox.world.audio import wave_silence

SOURCE, DESTINATION = "09120000789", "09120000543"
CALL = {"call_source": SOURCE, "call_destination": DESTINATION}
CODE = {"phone_number": SOURCE, "purpose": "login", "client_ref": "req-otp-1001"}
EVERY = [
    ("POST", "call-otp"),
    ("POST", "click-to-call"),
    ("POST", "secure-call"),
    ("GET", "call-reports"),
    ("GET", "services"),
    ("GET", "voicemail-inboxes"),
    ("GET", "call-recordings/67bc8ea2f8f8a7d1287995f1"),
    ("GET", "voicemail-recordings/1739558127.155"),
]


@pytest.fixture
async def ask(start):
    """Start a sandbox and return a function that asks VoIPano's wire: (status, headers, body)."""
    client = await start()
    client.sandbox.world.clock.freeze()

    async def _ask(method, path, *, account=0, headers=None, body=None, **params):
        where = client.sandbox.accounts["voipano"][account]
        own = {"Authorization": f"Bearer {where.credentials['token']}"} if headers is None else headers
        if body is not None and "Content-Type" not in own:
            own = {**own, "Content-Type": "application/json"}
        data = json.dumps(body) if isinstance(body, dict) else body
        url = f"{where.base_url}/{path}"
        async with client.session.request(method, url, headers=own, params=params, data=data) as response:
            content = await response.read()
            kind = response.content_type
            return response.status, response.headers, json.loads(content) if kind == "application/json" else content

    _ask.sandbox = client.sandbox
    return _ask


def refused(status, body, *wrong):
    expected = ["ok", "message", "errors"] if wrong else ["ok", "message"]
    assert list(body) == expected
    assert body["ok"] is False
    assert isinstance(body["message"], str)
    assert tuple(body.get("errors", ())) == wrong
    return status


@pytest.mark.parametrize(("method", "path"), EVERY)
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "{token}", "Basic {token}", "Token {token}"])
async def test_nothing_is_answered_without_the_bearer_token(ask, method, path, header):
    token = ask.sandbox.accounts["voipano"][0].credentials["token"]
    headers = {} if header is None else {"Authorization": header.format(token=token)}
    status, _, body = await ask(method, path, headers=headers, body=CALL if method == "POST" else None)
    assert refused(status, body) == 401
    assert ask.sandbox.world.under_way == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_is_known_in_any_case(ask, scheme):
    token = ask.sandbox.accounts["voipano"][0].credentials["token"]
    status, _, _ = await ask("GET", "services", headers={"Authorization": f"{scheme} {token}"})
    assert status == 200


@pytest.mark.parametrize(("method", "path"), EVERY)
async def test_each_path_has_one_method(ask, method, path):
    other = "GET" if method == "POST" else "POST"
    for wrong in (other, "PUT", "DELETE"):
        status, headers, body = await ask(wrong, path)
        assert refused(status, body) == 405
        assert headers["Allow"] == method


@pytest.mark.parametrize(
    "path", ["", "nowhere", "services/12", "call-recordings/", "call-recordings", "call-recordings/a/b", "../services"]
)
async def test_unknown_paths_are_not_found(ask, path):
    status, _, body = await ask("GET", path)
    assert refused(status, body) == 404


async def test_an_address_that_is_not_permitted_and_an_expired_token(ask):
    ask.sandbox.faults.add("address", provider="voipano", count=1)
    status, _, body = await ask("GET", "services")
    assert refused(status, body) == 403
    ask.sandbox.faults.add("expired_token", provider="voipano", count=1)
    status, _, body = await ask("GET", "services")
    assert refused(status, body) == 401
    fresh = ask.sandbox.wires["voipano"].rotate(0)
    assert ask.sandbox.accounts["voipano"][0].credentials == fresh
    status, _, _ = await ask("GET", "services")
    assert status == 200


# What costs money.


@pytest.mark.parametrize(
    ("path", "body", "price"), [("call-otp", CODE, 160), ("click-to-call", CALL, 80), ("secure-call", CALL, 120)]
)
async def test_prices_are_taken_from_the_first_line_until_nothing_is_left(ask, path, body, price):
    world = ask.sandbox.world
    first, second = world.offices[0].trunks
    untouched = second.credit
    world.top_up(world.offices[0], 0, 2 * price + price - 1 - first.credit)
    left = first.credit
    for _ in range(2):
        status, _, reply = await ask("POST", path, body=body)
        left -= price
        assert status == 200
        assert reply["billing"] == {"charged": price, "unit_price": price, "remaining_credit": left}
        assert first.credit == left
    under_way = world.under_way
    status, _, reply = await ask("POST", path, body=body)
    assert refused(status, reply) == 402
    assert (first.credit, second.credit, world.under_way) == (price - 1, untouched, under_way)


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("call-otp", {**CODE, "phone_number": None}, "phone_number"),
        ("call-otp", {**CODE, "phone_number": 9120000789}, "phone_number"),
        ("call-otp", {**CODE, "phone_number": "09123***789"}, "phone_number"),
        ("call-otp", {**CODE, "purpose": ""}, "purpose"),
        ("call-otp", {**CODE, "purpose": "x" * 101}, "purpose"),
        ("call-otp", {"phone_number": SOURCE, "purpose": "login"}, "client_ref"),
        ("click-to-call", {"call_destination": DESTINATION}, "call_source"),
        ("click-to-call", {"call_source": SOURCE}, "call_destination"),
        ("click-to-call", {**CALL, "call_source": "12"}, "call_source"),
        ("click-to-call", {**CALL, "call_source": "1" * 16}, "call_source"),
        ("secure-call", {**CALL, "call_destination": "call me"}, "call_destination"),
        ("secure-call", {**CALL, "timeout": 0}, "timeout"),
        ("secure-call", {**CALL, "timeout": "30"}, "timeout"),
        ("secure-call", {**CALL, "limit": True}, "limit"),
        ("secure-call", "{", "call_source"),
        ("secure-call", "[]", "call_source"),
        ("secure-call", "[" * 100_000, "call_source"),
        ("secure-call", "", "call_source"),
    ],
)
async def test_fields_that_are_missing_or_wrong_are_named_and_cost_nothing(ask, path, body, wrong):
    before = ask.sandbox.world.offices[0].trunks[0].credit
    status, _, reply = await ask("POST", path, body=body)
    assert refused(status, reply, wrong) == 422
    assert ask.sandbox.world.offices[0].trunks[0].credit == before
    assert ask.sandbox.world.under_way == 0


async def test_a_form_is_no_json(ask):
    token = ask.sandbox.accounts["voipano"][0].credentials["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-www-form-urlencoded"}
    status, _, reply = await ask("POST", "secure-call", headers=headers, body=f"call_source={SOURCE}")
    assert refused(status, reply, "call_source") == 422


@pytest.mark.parametrize(
    ("source", "destination", "listed", "direction"),
    [
        (SOURCE, DESTINATION, (SOURCE, DESTINATION), Direction.OUTGOING),
        ("+989120000789", "00989120000543", (SOURCE, DESTINATION), Direction.OUTGOING),
        ("1510", DESTINATION, ("1510", DESTINATION), Direction.OUTGOING),
        (SOURCE, "1511", (SOURCE, "1511"), Direction.LOCAL),
        ("1510", "1511", ("1510", "1511"), Direction.LOCAL),
    ],
)
async def test_what_is_placed_happens_and_is_listed_first(ask, source, destination, listed, direction):
    world = ask.sandbox.world
    office = world.offices[0]
    before = len(office.calls)
    status, _, _ = await ask("POST", "click-to-call", body={"call_source": source, "call_destination": destination})
    assert status == 200
    assert world.under_way == 1
    world.clock.move(60)
    assert len(office.calls) == before + 1
    _, _, reply = await ask("GET", "call-reports")
    newest = reply["data"]["items"][0]
    assert (newest["call_source"], newest["call_destination"]) == listed
    assert office.calls.direction[office.calls.recorded - 1] == direction


# What is asked.


async def test_reports_page_through_every_call_by_falling_id(ask):
    ids, page = [], 1
    while True:
        _, _, reply = await ask("GET", "call-reports", limit=30, page=page)
        ids += [item["id"] for item in reply["data"]["items"]]
        if page == reply["data"]["pagination"]["last_page"]:
            break
        page += 1
    assert len(ids) == len(set(ids)) == len(ask.sandbox.world.offices[0].calls)
    # The first eight digits are the seconds; within one second the order is the world's own.
    assert [call_id[:8] for call_id in ids] == sorted((call_id[:8] for call_id in ids), reverse=True)
    assert all(re.fullmatch(r"[0-9a-f]{24}", call_id) for call_id in ids)
    _, _, beyond = await ask("GET", "call-reports", limit=30, page=page + 1)
    assert beyond["data"]["items"] == []
    assert beyond["data"]["pagination"]["page"] == page + 1


async def test_ids_contain_the_end_of_the_call(ask):
    office = ask.sandbox.world.offices[0]
    ended = sorted(row.ended_at for row in office.calls)
    _, _, reply = await ask("GET", "call-reports", limit=100)
    assert [int(item["id"][:8], 16) for item in reply["data"]["items"]] == ended[::-1][:100]


async def test_the_list_is_the_sample_page_long_and_at_most_a_hundred(ask):
    for limit, size in ((None, 10), (100, 100), (101, 100), (100_000, 100)):
        _, _, reply = await ask("GET", "call-reports", **({} if limit is None else {"limit": limit}))
        assert reply["data"]["pagination"]["per_page"] == len(reply["data"]["items"]) == size


async def test_filter_separates_recorded_calls_from_the_others(ask):
    totals = {}
    for wanted in ("0", "1", ""):
        _, _, reply = await ask("GET", "call-reports", has_recording=wanted, limit=100)
        totals[wanted] = reply["data"]["pagination"]["total"]
        if wanted:
            assert {item["has_recording"] for item in reply["data"]["items"]} == {wanted == "1"}
            assert {item["recording_url"] is None for item in reply["data"]["items"]} == {wanted == "0"}
    assert totals["0"] + totals["1"] == totals[""] == len(ask.sandbox.world.offices[0].calls)


@pytest.mark.parametrize(
    ("path", "params", "wrong"),
    [
        ("call-reports", {"page": "0"}, "page"),
        ("call-reports", {"page": "first"}, "page"),
        ("call-reports", {"page": "9" * 30}, "page"),
        ("call-reports", {"limit": "-1"}, "limit"),
        ("call-reports", {"has_recording": "yes"}, "has_recording"),
        ("voicemail-inboxes", {"limit": "0"}, "limit"),
        ("call-recordings/67bc8ea2f8f8a7d1287995f1", {"call_details_record_id": "x"}, "call_details_record_id"),
        ("voicemail-recordings/1739558127.155", {"context": "voicemail-02100000010"}, "mailbox"),
        ("voicemail-recordings/1739558127.155", {"mailbox": "1001"}, "context"),
    ],
)
async def test_questions_that_make_no_sense_name_the_field(ask, path, params, wrong):
    status, _, body = await ask("GET", path, **params)
    assert refused(status, body, wrong) == 422


async def test_each_line_has_a_subscription_and_its_days(ask):
    world = ask.sandbox.world
    _, _, first = await ask("GET", "services")
    _, _, second = await ask("GET", "services", account=1)
    assert [item["subscription_id"] for item in first["data"]["items"] + second["data"]["items"]] == [12, 13, 14]
    days = first["data"]["items"][0]["remaining_days"]
    world.clock.move(86400)
    _, _, later = await ask("GET", "services")
    assert later["data"]["items"][0]["remaining_days"] == days - 1
    world.clock.move(days * 86400)
    _, _, gone = await ask("GET", "services")
    assert (gone["data"]["items"][0]["remaining_days"], gone["data"]["items"][0]["status"]) == (0, "expired")
    world.top_up(world.offices[0], 0, 1000)
    _, _, renewed = await ask("GET", "services")
    assert renewed["data"]["items"][0]["status"] == "active"


async def test_mailboxes_are_those_of_the_account_and_stay_the_same(ask):
    _, _, before = await ask("GET", "voicemail-inboxes")
    ask.sandbox.world.top_up(ask.sandbox.world.offices[0], 0, 1000)
    _, _, after = await ask("GET", "voicemail-inboxes")
    assert before == after
    _, _, other = await ask("GET", "voicemail-inboxes", account=1)
    assert not set(before["data"]["allowed_contexts"]) & set(other["data"]["allowed_contexts"])
    ids = [item["id"] for reply in (before, other) for item in reply["data"]["items"]]
    assert len(ids) == len(set(ids))
    _, _, few = await ask("GET", "voicemail-inboxes", limit=2)
    assert few["data"]["items"] == before["data"]["items"][:2]
    status, _, body = await ask("GET", "voicemail-inboxes", context=other["data"]["allowed_contexts"][0])
    assert refused(status, body) == 403


async def test_recordings_are_as_long_as_the_talk_and_only_ones_own(ask):
    office = ask.sandbox.world.offices[0]
    _, _, reply = await ask("GET", "call-reports", has_recording=1)
    call_id = reply["data"]["items"][0]["id"]
    position = office.calls.position(int(call_id[-6:], 16))
    status, headers, body = await ask("GET", f"call-recordings/{call_id}")
    assert status == 200
    assert headers["Content-Type"] == "audio/wav"
    with wave.open(io.BytesIO(body)) as file:
        assert file.getnframes() == office.calls.talk[position] * file.getframerate()
    _, _, silent = await ask("GET", "call-reports", has_recording=0)
    unknown = f"{call_id[:-6]}ffffff"
    for asked, account in ((call_id, 1), (silent["data"]["items"][0]["id"], 0), (unknown, 0), ("855", 0)):
        status, _, body = await ask("GET", f"call-recordings/{asked}", account=account)
        assert refused(status, body) == 404
    # The same call under another time is another id.
    status, _, body = await ask("GET", f"call-recordings/{'0' * 8}{call_id[8:]}")
    assert refused(status, body) == 404


async def test_voicemails_are_found_in_their_box_only(ask):
    messages = ask.sandbox.wires["voipano"].voicemails(0)
    assert len({message.unique_id for message in messages}) == len(messages)
    for message in messages:
        where = {"context": message.context, "mailbox": message.mailbox}
        status, headers, body = await ask("GET", f"voicemail-recordings/{message.unique_id}", **where)
        assert (status, headers["X-Billing-Charged"]) == (200, "0")
        with wave.open(io.BytesIO(body)) as file:
            assert file.getnframes() == 8000 * message.seconds
    for box in ("1002", "9999"):
        status, _, body = await ask(
            "GET", f"voicemail-recordings/{messages[0].unique_id}", context=messages[0].context, mailbox=box
        )
        assert refused(status, body) == 404
    status, _, body = await ask("GET", "voicemail-recordings/1.1", context="voicemail-user-16", mailbox="1001")
    assert refused(status, body) == 403


async def test_two_sandboxes_of_one_seed_say_the_same(start):
    said = []
    for _ in range(2):
        client = await start()
        client.sandbox.world.clock.freeze()
        where = client.sandbox.accounts["voipano"][0]
        headers = {"Authorization": f"Bearer {where.credentials['token']}"}
        async with client.session.post(f"{where.base_url}/secure-call", headers=headers, json=CALL) as response:
            placed = await response.json()
        async with client.session.get(f"{where.base_url}/call-reports", headers=headers) as response:
            said.append((where.credentials, placed, await response.json()))
    assert said[0] == said[1]


async def test_hidden_and_late_calls_change_the_list_at_once(ask):
    world = ask.sandbox.world
    office = world.offices[0]
    _, _, before = await ask("GET", "call-reports")
    position = world.record(office, age=0)
    _, _, grown = await ask("GET", "call-reports")
    assert grown["data"]["pagination"]["total"] == before["data"]["pagination"]["total"] + 1
    office.calls.hide(position)
    _, _, after = await ask("GET", "call-reports")
    assert after["data"] == before["data"]


@pytest.mark.parametrize("seconds", [0, 1, 61])
def test_a_wave_of_silence_plays_that_long(seconds):
    with wave.open(io.BytesIO(wave_silence(seconds))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 1, 8000)
        assert file.getnframes() == 8000 * max(1, seconds)
        # Eight-bit samples are unsigned; 128 is no sound.
        assert set(file.readframes(file.getnframes())) == {128}
