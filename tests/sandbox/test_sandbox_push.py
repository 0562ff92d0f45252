"""Pushed call records: the document's CDR, on time, late, twice and not at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sandbox_hook import listening
from sandbox_shapes import check_shape, with_contacts

from tests.patience import PATIENCE
from trunkline.sandbox import Sandbox
from trunkline.sandbox.push import Target


@pytest.fixture
async def hook():
    async with listening() as one:
        yield one


def by_id(records):
    return sorted(records, key=lambda record: int(record["call_id"]))


async def test_record_is_the_documents_with_prices_as_numbers(start, hook, sample):
    client = await start(calls=0)
    await client.control(do="push_to", account=0, url=hook.url)
    for direction in ("incoming", "outgoing", "local"):
        await client.control(do="call", type=direction, recorded=True)
    await client.sandbox.pusher.idle()
    assert [(method, kind) for method, kind, _ in hook.received] == [("POST", "application/json")] * 3
    expected = with_contacts(sample("push"))
    for record in hook.records:
        check_shape({"data": {"calls": [expected]}}, {"data": {"calls": [record]}})
    listed, _ = await client.calls()
    for record, call in zip(by_id(hook.records), by_id(listed), strict=True):
        assert {name: str(value) for name, value in record.items()} == {
            name: str(value) for name, value in call.items() if name != "file_id"
        }
    assert [item.status for item in client.sandbox.pushed] == [200, 200, 200]


async def test_only_the_accounts_own_calls_are_pushed(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", account=1, url=hook.url)
    await client.control(do="call", account=0)
    await client.control(do="call", account=1)
    await client.sandbox.pusher.idle()
    assert [record["service_id"] for record in hook.records] == [client.account(1).service_id]


async def test_placed_call_is_pushed_when_it_ends(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url)
    await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="09120000001")
    await client.sandbox.pusher.idle()
    assert hook.records == []
    await client.control(do="clock", move=60)
    await client.sandbox.pusher.idle()
    assert [record["type"] for record in hook.records] == ["outgoing"]


async def test_record_comes_late(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url, delay=0.15)
    await client.control(do="call")
    assert hook.records == []
    async with asyncio.timeout(PATIENCE):
        await hook.arrived.wait()
    assert len(hook.records) == 1


async def test_record_comes_twice(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url, copies=2)
    await client.control(do="call")
    await client.sandbox.pusher.idle()
    first, second = hook.records
    assert first == second


async def test_some_records_never_come(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url, drop_every=3)
    await client.control(do="call", count=7)
    await client.sandbox.pusher.idle()
    calls, _ = await client.calls()
    expected = [call["call_id"] for at, call in enumerate(by_id(calls), 1) if at % 3]
    assert [record["call_id"] for record in by_id(hook.records)] == expected
    assert client.sandbox.pusher.dropped == 2


async def test_call_can_happen_without_a_push(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url)
    await client.control(do="call", push=False)
    await client.sandbox.pusher.idle()
    assert hook.records == []


@pytest.mark.parametrize(("form", "expected"), [("absent", ...), ("zero", "0"), ("null", None), ("real", "real")])
async def test_recordings_id_is_in_the_push_as_people_saw_it(start, hook, form, expected):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url, file_id=form)
    await client.control(do="call", recorded=True)
    await client.sandbox.pusher.idle()
    (call,), _ = await client.calls()
    (record,) = hook.records
    wanted = call["file_id"] if expected == "real" else expected
    assert record.get("file_id", ...) == wanted


async def test_newer_dialect_is_pushed_too(start, hook):
    client = await start(calls=0, telefonchy={"dialect": "newer", "push_file_id": "zero"})
    await client.control(do="push_to", url=hook.url)
    await client.control(do="call")
    await client.sandbox.pusher.idle()
    assert {"object_id", "exten", "started_at", "file_id"} <= hook.records[0].keys()


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_refused_record_is_not_sent_again_nor_elsewhere(start, hook, status):
    client = await start(calls=0)
    hook.status = status
    await client.control(do="push_to", url=hook.url)
    await client.control(do="call")
    await client.sandbox.pusher.idle()
    assert len(hook.received) == 1
    assert [item.status for item in client.sandbox.pushed] == [status]


async def test_delivery_without_a_receiver_is_recorded(start, unused_tcp_port):
    client = await start(calls=0)
    await client.control(do="push_to", url=f"http://127.0.0.1:{unused_tcp_port}/")
    await client.control(do="call")
    await client.sandbox.pusher.idle()
    assert [item.status for item in client.sandbox.pushed] == [None]


async def test_pushing_ends_without_an_address(start, hook):
    client = await start(calls=0)
    await client.control(do="push_to", url=hook.url)
    await client.control(do="push_to", url=None)
    await client.control(do="call")
    await client.sandbox.pusher.idle()
    assert hook.records == []


async def test_late_record_dies_with_the_sandbox(hook):
    async with Sandbox(calls=0, now=datetime(2026, 5, 20, tzinfo=UTC)) as sandbox:
        sandbox.pusher.target("telefonchy", 0, Target(hook.url, delay=60))
        sandbox.world.record(sandbox.world.offices[0])
    sandbox.world.record(sandbox.world.offices[0])
    assert hook.records == []
