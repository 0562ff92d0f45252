"""The control endpoint over HTTP: its commands, and the replies to invalid ones."""

from __future__ import annotations

import pytest

from trunkline.sandbox import Sandbox


async def test_call_appears_as_requested(start):
    client = await start(calls=0)
    status, answer = await client.control(
        do="call",
        account=1,
        type="outgoing",
        status="ANSWERED",
        wait=12,
        talk=61,
        number="09120000042",
        exten="2513",
        trunk="05100000010",
        recorded=True,
        note="پیگیری شود",
    )
    assert (status, answer["ok"]) == (200, True)
    (call,), _ = await client.calls(account=1)
    assert [call["call_id"]] == answer["call_ids"]
    assert (call["type"], call["status"], call["trunk"]) == ("outgoing", "ANSWERED", "5100000010")
    assert (call["call_source"]["number"], call["call_dest"]["number"]) == ("2513", "9120000042")
    assert (call["time_wait"], call["time_talk"], call["note"]) == ("12", "61", "پیگیری شود")
    # 12 s of waiting at 17 for 6 s; two started minutes at 950 and at 25.
    assert (call["price_wait"], call["price_talk"], call["price_record"], call["price"]) == ("34", "1900", "50", 1984)
    assert call["file_id"]
    assert (await client.calls(account=0))[1]["total_items"] == 0


async def test_landline_call_is_paid_by_the_package_of_the_first_trunk(start):
    client = await start(calls=0)
    for trunk in ("2100000010", "2100000011"):
        await client.control(do="call", type="outgoing", wait=0, talk=60, number="03100000001", trunk=trunk)
    (second, first), _ = await client.calls()
    assert (first["price_talk"], first["price_saved"], first["price"]) == ("420", "420", 0)
    assert (second["price_talk"], second["price_saved"], second["price"]) == ("420", "0", 420)


async def test_many_calls_at_once(start):
    client = await start(calls=0)
    _, answer = await client.control(do="call", count=25, status="BUSY")
    assert len(set(answer["call_ids"])) == 25
    assert (await client.calls(status="BUSY"))[1]["total_items"] == 25


async def test_local_call_between_two_extensions(start):
    client = await start(calls=0)
    await client.control(do="call", type="local", exten="1510", number="1516")
    (call,), _ = await client.calls()
    assert (call["call_source"]["number"], call["call_dest"]["number"], call["price"]) == ("1510", "1516", 0)


async def test_clock_is_set_moved_frozen_and_released(start):
    client = await start(calls=0)
    _, answer = await client.control(do="clock", set="2026-01-01T00:00:00+03:30", freeze=True)
    # 2026-01-01 00:00 at +03:30 is 2025-12-31 20:30 UTC.
    assert answer == {"ok": True, "now": 1767213000.0, "frozen": True}
    assert (await client.control(do="clock", move=-60))[1]["now"] == 1767212940.0
    assert (await client.ask("/current/date"))[1]["data"]["unix"] == 1767212940
    _, answer = await client.control(do="clock", freeze=False)
    assert answer["frozen"] is False


async def test_credit_is_topped_up(start):
    client = await start(calls=0)
    trunk = client.sandbox.world.offices[0].trunks[0]
    before = trunk.credit
    _, answer = await client.control(do="top_up", account=0, amount=250_000)
    assert answer == {"ok": True, "trunk": "2100000010", "credit": before + 250_000}
    _, envelope = await client.ask("/services")
    assert envelope["data"][0]["trunks"][0]["credit"]["value"] == before + 250_000


async def test_price_is_corrected_and_the_credit_with_it(start):
    client = await start(calls=0)
    _, placed = await client.control(do="call", type="incoming", wait=6, talk=30, trunk="2100000010")
    trunk = client.sandbox.world.offices[0].trunks[0]
    before = trunk.credit
    _, answer = await client.control(do="correct", call_id=placed["call_ids"][0], price_talk=100, price_saved=7)
    # 17 for the waiting + 100 - 7; it was 17 + 170.
    assert answer["price"] == 110
    assert trunk.credit - before == 77
    (call,), _ = await client.calls()
    assert (call["price_talk"], call["price_saved"], call["price"]) == ("100", "7", 110)


async def test_local_call_can_be_corrected_without_a_trunk_to_charge(start):
    client = await start(calls=0)
    _, placed = await client.control(do="call", type="local")
    assert (await client.control(do="correct", call_id=placed["call_ids"][0], price_talk=5))[1]["price"] == 5


async def test_callers_and_extensions_get_any_name(start):
    client = await start(calls=0)
    name = "<img src=x>\n\x1b[2J"
    extension = client.sandbox.world.offices[0].extensions[0].number
    await client.control(do="name", number="9120000777", name=name)
    await client.control(do="name", exten=extension, name=name)
    await client.control(do="call", type="incoming", number="9120000777")
    (call,), _ = await client.calls()
    assert call["call_source"]["contact"]["name"] == name
    _, services = await client.ask("/services")
    assert services["data"][0]["extens"][0] == {"number": extension, "name": name}


async def test_hidden_call_is_gone_from_the_list_and_the_count(start):
    client = await start()
    calls, paginator = await client.calls()
    await client.control(do="hide", call_id=calls[0]["call_id"])
    await client.control(do="hide", call_id=calls[0]["call_id"])
    after, less = await client.calls()
    assert less["total_items"] == paginator["total_items"] - 1
    assert after[0] == calls[1]


async def test_rotated_token_replaces_the_old_one(start):
    client = await start(calls=0)
    old = client.account().credentials["token"]
    _, answer = await client.control(do="rotate_token", account=0)
    new = answer["credentials"]["token"]
    assert new != old
    assert (await client.ask("/services", headers={"webservice-token": old}))[0] == 401
    assert (await client.ask("/services", headers={"webservice-token": new}))[0] == 200
    assert client.account().credentials["token"] == new
    assert (await client.ask("/services", account=1))[0] == 200


async def test_switches_are_turned(start):
    client = await start()
    await client.control(do="set", setting="dialect", value="newer")
    assert "started_at" in (await client.calls())[0][0]
    await client.control(do="set", provider="telefonchy", setting="always_200", value=True)
    assert (await client.ask("/nowhere"))[0] == 200


async def test_placed_calls_follow_the_settings(start):
    client = await start(calls=0)
    await client.control(do="placed", delay=1, wait=20, talk=0, status="BUSY")
    await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="09120000001")
    await client.control(do="clock", move=22)
    (call,), _ = await client.calls()
    assert (call["status"], call["time_wait"], call["time_talk"]) == ("BUSY", "20", "0")


async def test_fault_is_turned_on_and_cleared_from_outside(start):
    client = await start(calls=0)
    await client.control(do="fault", kind="status", code=502, path="/services", provider="telefonchy", account=0)
    assert (await client.raw())[0] == 502
    assert (await client.raw(account=1))[0] == 200
    assert (await client.control(do="clear", kind="delay"))[1]["cleared"] == 0
    assert (await client.control(do="clear"))[1]["cleared"] == 1
    assert (await client.raw())[0] == 200


async def test_live_calls_are_turned_on_from_outside(start):
    client = await start(calls=0)
    assert (await client.control(do="live", per_minute=60_000))[0] == 200
    while not (await client.calls())[1]["total_items"]:
        pass


async def test_state_counts_calls_credit_requests_and_faults(start):
    client = await start()
    await client.calls()
    await client.calls(page=2)
    await client.ask("/services")
    await client.control(do="fault", kind="delay", path="/x")
    _, state = await client.control(do="state")
    world = client.sandbox.world
    assert state["requests"] == {"telefonchy /calls": 2, "telefonchy /services": 1}
    assert state["faults"] == [{"kind": "delay", "path": "/x", "hits": 0}]
    assert [item["calls"] for item in state["accounts"]["telefonchy"]] == [140, 60]
    assert state["accounts"]["telefonchy"][1]["trunks"] == [
        {"number": "5100000010", "credit": world.offices[1].trunks[0].credit}
    ]
    assert state["frozen"] is False
    tokens = [account.credentials["token"] for account in client.sandbox.accounts["telefonchy"]]
    assert not any(token in str(state) for token in tokens)


async def test_requests_are_remembered_without_their_secrets(start):
    client = await start()
    token = client.account(1).credentials["token"]
    service = client.account(1).service_id
    await client.ask("/calls", account=1, service_id=service, page=2)
    await client.ask("/calls", account=1, method="POST", form={"service_id": service, "webservice-token": token})
    await client.ask("/services", headers={}, token=token)
    first, second, third = client.sandbox.requests
    assert (first.method, first.path, first.account) == ("GET", "/calls", 1)
    assert first.query == {"service_id": service, "page": "2"}
    assert (second.method, second.query) == ("POST", {"service_id": service})
    assert (third.query, third.account) == ({}, None)
    assert token not in repr(client.sandbox.requests) + repr(client.sandbox.accounts)


async def test_memory_of_requests_is_bounded(start, monkeypatch):
    monkeypatch.setattr("trunkline.sandbox.server._MOST_REQUESTS", 10)
    client = await start(calls=0)
    for at in range(25):
        await client.ask("/services", at=at)
    assert len(client.sandbox.requests) <= 10
    assert client.sandbox.requests[-1].query == {"at": "24"}


async def test_call_that_begins_is_listed_and_paid_when_it_ends(start):
    client = await start(calls=0)
    await client.control(do="clock", freeze=True)
    credit = client.sandbox.world.offices[0].trunks[0].credit
    call = {"type": "outgoing", "number": "03100000001", "trunk": "2100000010", "wait": 6, "talk": 61}
    _, answer = await client.control(do="call", begins=True, **call)
    assert answer["number"] == "3100000001"
    _, state = await client.control(do="state")
    assert (state["under_way"], state["accounts"]["telefonchy"][0]["calls"]) == (1, 0)

    await client.control(do="clock", move=67)
    (listed,), _ = await client.calls()
    assert (listed["time_wait"], listed["time_talk"]) == ("6", "61")
    _, state = await client.control(do="state")
    assert state["under_way"] == 0
    # the document's 17 for 6 seconds of waiting; the talk to a landline is in the trunk's package
    assert client.sandbox.world.offices[0].trunks[0].credit == credit - 17


NONSENSE = [
    (b"", "JSON object"),
    (b"\xff", "JSON object"),
    (b"[" * 100_000, "JSON object"),
    (b'{"do": "clock", "move": NaN}', "JSON object"),
    (b"[1]", "do must be one of"),
    (b"{}", "do must be one of"),
    (b'{"do": "dance"}', "do must be one of"),
    (b'{"do": ["call"]}', "do must be one of"),
    (b'{"do": "call", "colour": 1}', "no option 'colour'"),
    (b'{"do": "state", "x": 1}', "its options: none"),
    (b'{"do": "call", "account": 2}', "account must be"),
    (b'{"do": "call", "account": true}', "account must be"),
    (b'{"do": "call", "provider": "nobody"}', "provider must be one of"),
    (b'{"do": "call", "service_id": "sv71002"}', "service_id must be one of"),
    (b'{"do": "call", "type": "internal"}', "type must be one of"),
    (b'{"do": "call", "status": "answered"}', "status must be one of"),
    (b'{"do": "call", "number": "abc"}', "number must be digits"),
    (b'{"do": "call", "number": 912}', "number must be text"),
    (b'{"do": "call", "type": "local", "number": "9"}', "number must be an extension"),
    (b'{"do": "call", "exten": "9"}', "unknown extension"),
    (b'{"do": "call", "trunk": "9"}', "unknown trunk"),
    (b'{"do": "call", "wait": -1}', "wait must be"),
    (b'{"do": "call", "talk": "long"}', "talk must be"),
    (b'{"do": "call", "count": 0}', "count must be"),
    (b'{"do": "call", "begins": 1}', "begins must be"),
    (b'{"do": "call", "begins": true, "age": 5}', "a call that begins takes no"),
    (b'{"do": "call", "recorded": "yes"}', "recorded must be"),
    (b'{"do": "fault"}', "needs a kind"),
    (b'{"do": "fault", "kind": "flood"}', "unknown fault 'flood'"),
    (b'{"do": "fault", "kind": "delay", "provider": "nobody"}', "provider must be one of"),
    (b'{"do": "fault", "kind": "delay", "hits": 3}', "no option 'hits'"),
    (b'{"do": "clock", "set": "noon"}', "set must be"),
    (b'{"do": "clock", "set": "2026-01-01T00:00:00"}', "with an offset"),
    (b'{"do": "clock", "set": null}', "set must be"),
    (b'{"do": "clock", "move": "x"}', "move must be a number"),
    (b'{"do": "clock", "set": 1e300}', "years 1970 and 2100"),
    (b'{"do": "clock", "move": -1e12}', "years 1970 and 2100"),
    (b'{"do": "fault", "kind": "delay", "self": 3}', "no option 'self'"),
    (b'{"do": "top_up", "amount": 1000000000000000000}', "amount must be"),
    (b'{"do": "clock", "freeze": 1}', "freeze must be"),
    (b'{"do": "push_to", "url": "http://example.com/hook"}', "loopback"),
    (b'{"do": "push_to", "url": "file:///etc/passwd"}', "loopback"),
    (b'{"do": "push_to", "url": 5}', "loopback"),
    (b'{"do": "push_to", "url": "http://[::1"}', "loopback"),
    (b'{"do": "push_to", "url": "http://127.0.0.1/", "copies": 0}', "copies must be"),
    (b'{"do": "push_to", "url": "http://127.0.0.1/", "delay": -1}', "delay must be"),
    (b'{"do": "push_to", "url": "http://127.0.0.1/", "file_id": "maybe"}', "file_id must be"),
    (b'{"do": "top_up"}', "amount must be"),
    (b'{"do": "top_up", "amount": 1.5}', "amount must be"),
    (b'{"do": "correct", "call_id": "1", "price_talk": 1}', "no call with that call_id"),
    (b'{"do": "name", "number": "9120000001"}', "name needs a name"),
    (b'{"do": "name", "name": "x"}', "name needs a name"),
    (b'{"do": "name", "name": "x", "number": "1", "exten": "1"}', "name needs a name"),
    (b'{"do": "name", "name": "x", "number": "abc"}', "number must be digits"),
    (b'{"do": "name", "name": "x", "exten": "9"}', "unknown extension"),
    (b'{"do": "hide"}', "no call with that call_id"),
    (b'{"do": "set"}', "needs a setting"),
    (b'{"do": "set", "setting": "colour", "value": 1}', "no setting 'colour'"),
    (b'{"do": "set", "setting": "dialect", "value": "old"}', "dialect must be one of"),
    (b'{"do": "set", "setting": "always_200", "value": 1}', "always_200 must be one of false, true"),
    (b'{"do": "live", "per_minute": -5}', "per_minute must be"),
    (b'{"do": "live", "per_minute": 1e999}', "per_minute must be"),
    (b'{"do": "live", "per_minute": 1%s}' % (b"0" * 400), "per_minute must be"),
    (b'{"do": "clock", "move": 1%s}' % (b"0" * 400), "move must be"),
    (b'{"do": "clock", "set": 1%s}' % (b"0" * 400), "the clock must stay"),
    (b'{"do": "name", "name": "x", "number": "\xc2\xb2"}', "number must be digits"),
    (b'{"do": "call", "number": "++12"}', "number must be digits"),
    (b'{"do": "push_to", "url": "http://127.0.0.1:99999/"}', "url must be"),
    (b'{"do": "push_to", "url": "http://127.0.0.1:1/", "delay": 1e999}', "delay must be"),
    (b'{"do": "fault", "kind": "delay", "seconds": 1e999}', "seconds of delay must be"),
    (b'{"do": "fault", "kind": "wrong_clock", "seconds": 1e300}', "seconds of wrong_clock must be"),
    (b'{"do": "fault", "kind": "drip", "bytes": 1.5}', "bytes of drip must be"),
    (b'{"do": "fault", "kind": "status", "code": 503.5}', "code of status must be"),
    (b'{"do": "fault", "kind": "status", "headers": {"A": "b\\r\\nc"}}', "headers of status must be"),
    (b'{"do": "fault", "kind": "rate_limit", "retry_after": "1\\n"}', "retry_after of rate_limit must be"),
    (b'{"do": "fault", "kind": "content_type", "value": "a\\r\\nb"}', "value of content_type must be"),
]


@pytest.mark.parametrize(("body", "says"), NONSENSE)
async def test_invalid_command_gets_400_and_one_line(start, body, says):
    client = await start(calls=20)
    before = await client.control(do="state")
    async with client.session.post(f"{client.sandbox.url}/control", data=body) as response:
        answer = await response.json()
        assert response.status == 400
    assert list(answer) == ["ok", "error"]
    assert says in answer["error"]
    assert "\n" not in answer["error"]
    after = await client.control(do="state")
    assert before[1]["accounts"] == after[1]["accounts"]


async def test_note_that_is_no_text_doesnt_spoil_the_list(start):
    client = await start(calls=0)
    async with client.session.post(
        f"{client.sandbox.url}/control", data=b'{"do": "call", "note": "\\ud800x"}'
    ) as response:
        assert response.status == 200
    assert (await client.calls())[0][0]["note"] == "?x"


async def test_correction_needs_a_price(start):
    client = await start()
    call = (await client.calls())[0][0]
    status, answer = await client.control(do="correct", call_id=call["call_id"])
    assert (status, answer["error"].split(" of ")[0]) == (400, "correct needs at least one")


async def test_control_is_for_post_and_other_addresses_are_not_found(start):
    client = await start(calls=0)
    async with client.session.get(f"{client.sandbox.url}/control") as response:
        assert response.status == 405
    async with client.session.get(f"{client.sandbox.url}/elsewhere") as response:
        assert response.status == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", "", "127.0.0.1.example.com"])
def test_it_listens_on_loopback_only(host):
    with pytest.raises(ValueError, match="loopback"):
        Sandbox(host=host)
