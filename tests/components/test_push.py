"""Pushed call records over a real socket: taken or refused with the same answer, and never logged."""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import sys
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType, ModuleType
from unittest.mock import AsyncMock, Mock, patch

import homeassistant.components
import pytest
from homeassistant.components import webhook as ha_webhook
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntryState
from homeassistant.util import dt as dt_util
from homeassistant.util.aiohttp import MockRequest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.push import addresses, admission
from trunkline.calendars import jalali_text
from trunkline.errors import ArchiveError
from trunkline.sandbox.world import Direction, Outcome

SERVICE = "sv71001"
CALLER = "9120000999"


@pytest.fixture
async def client(hass, loaded, hass_client_no_auth):
    """Return a client from outside, which knows nothing but the address."""
    return await hass_client_no_auth()


@pytest.fixture
def address(loaded):
    return f"/api/webhook/{loaded.data['webhook_id']}"


@pytest.fixture
def push(loaded):
    return loaded.runtime_data.push


def record(**changes):
    """Return a record in the form of the document's section CDR, of a call that has just ended."""
    started = dt_util.utcnow() - timedelta(seconds=6)
    zone = dt_util.get_time_zone("Asia/Tehran")
    content = {
        "service_id": SERVICE,
        "call_id": "999001",
        "type": "incoming",
        "trunk": "2100000010",
        "status": "NO ANSWER",
        "note": None,
        "call_source": {"number": CALLER, "contact": None},
        "call_dest": {"number": "1510", "contact": None},
        "time_wait": "6",
        "time_talk": "0",
        "price_wait": 17,
        "price_talk": 0,
        "price_record": 0,
        "price_saved": 0,
        "price": 17,
        "created_at": jalali_text(started, zone),
        "ended_at": jalali_text(started + timedelta(seconds=6), zone),
    }
    return content | changes


def world_call(sandbox, **how):
    """Let a call happen in the world and return the record that the provider pushes of it."""
    office = sandbox.world.offices[0]
    position = sandbox.world.record(office, direction=Direction.INCOMING, outcome=Outcome.NO_ANSWER, **how)
    return json.loads(sandbox.wires["telefonchy"].push(office, position, {}))


async def archived(hass, loaded, call_id="999001"):
    runtime = loaded.runtime_data
    return await hass.async_add_executor_job(runtime.archive.get, runtime.account_key, call_id)


async def pushed_calls(hass, loaded):
    """Return the pushed calls that wait for the list, by id."""
    runtime = loaded.runtime_data
    pushed = await hass.async_add_executor_job(runtime.archive.pushed, runtime.account_key)
    return {record.call.call_id: record.call for record in pushed if record.withdrawn_at is None}


async def deliver(hass, client, address, body=None, method="POST", **how):
    """Send a delivery and wait until it was handled; whatever it is, the answer is an empty 200."""
    given = how if body is None else {"json": body} | how
    response = await client.request(method, address, **given)
    assert (response.status, await response.read()) == (200, b"")
    await hass.async_block_till_done()
    return response


# What is taken


async def test_a_pushed_call_is_kept_and_shown_at_once(hass, loaded, client, address, push):
    events = async_capture_events(hass, "trunkline_call")
    await deliver(hass, client, address, record())
    call = (await pushed_calls(hass, loaded))["999001"]
    assert (call.status, call.wait, str(call.price)) == ("no_answer", 6, "17 IRR")
    assert await archived(hass, loaded) is None
    assert [(event.data["type"], event.data["source"], event.data["backfilled"]) for event in events] == [
        ("missed", CALLER, False)
    ]
    assert (push.deliveries, push.refusals.total()) == (1, 0)
    assert push.last_delivery == dt_util.utcnow()


async def test_a_duplicate_record_is_one_call_and_one_event(hass, loaded, client, address, push):
    events = async_capture_events(hass, "trunkline_call")
    for _ in range(3):
        await deliver(hass, client, address, record())
    assert len(events) == 1
    assert push.deliveries == 3


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
async def test_json_is_read_whatever_its_content_type(hass, loaded, client, address, content_type):
    await deliver(hass, client, address, data=json.dumps(record()), headers={"Content-Type": content_type})
    assert "999001" in await pushed_calls(hass, loaded)


def flat(content, prefix=""):
    """Return the fields as a form of PHP has them: `call_source[number]`, and nothing for null."""
    pairs = {}
    for name, value in content.items():
        key = f"{prefix}[{name}]" if prefix else name
        if isinstance(value, dict):
            pairs |= flat(value, key)
        elif value is not None:
            pairs[key] = str(value)
    return pairs


async def test_a_form_is_read_like_json(hass, loaded, client, address):
    await deliver(hass, client, address, data=flat(record()))
    call = (await pushed_calls(hass, loaded))["999001"]
    assert (call.source.number, str(call.price)) == (CALLER, "17 IRR")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_is_read_where_there_is_no_body(hass, loaded, client, address, method):
    await deliver(hass, client, address, method=method, params=flat(record()))
    assert (await pushed_calls(hass, loaded))["999001"].source.number == CALLER


async def test_the_cloud_delivers_too(hass, loaded):
    request = MockRequest(json.dumps(record()).encode(), "cloud", method="POST")
    response = await async_handle_webhook(hass, loaded.data["webhook_id"], request)
    assert response.status == 200
    assert "999001" in await pushed_calls(hass, loaded)


# What is refused


def text(**fields):
    return json.dumps({"service_id": SERVICE, "call_id": "1"} | fields).encode()


def at(**how):
    """Return the wall clock in Tehran, so much from now, as the records have it."""
    return jalali_text(dt_util.utcnow() + timedelta(**how), dt_util.get_time_zone("Asia/Tehran"))


WRONG = {
    "nothing": (b"", "no call record"),
    "no JSON": (b"not json", "malformed"),
    "cut JSON": (b'{"service_id": "sv71001"', "malformed"),
    "a list": (b"[]", "malformed"),
    "null": (b"null", "malformed"),
    "no text": (b"\xff\xfe\x00", "malformed"),
    "empty": (b"{}", "malformed"),
    "deep": (b"[" * 5000, "malformed"),
    "no service": (text(service_id=None, created_at="1404-12-19 12:00:00"), "malformed"),
    "no time": (text(), "malformed"),
    "no such time": (text(created_at="1404-13-01 25:00:00"), "malformed"),
    "a year ago": (text(created_at="1404-01-01 12:00:00"), "not now"),
    "next year": (text(created_at="1405-01-01 12:00:00"), "not now"),
    "long id": (text(call_id="1" * 201, created_at="1404-12-19 12:00:00"), "malformed"),
    "long text": (text(note="x" * 9000, created_at="1404-12-19 12:00:00"), "too large"),
    "foreign": (text(service_id="sv71002"), "foreign"),
    "huge": (b"x" * (admission.MAX_BODY + 1), "too large"),
}


@pytest.mark.parametrize(("body", "reason"), WRONG.values(), ids=WRONG)
async def test_an_invalid_delivery_is_refused_for_a_reason_that_only_the_diagnostics_tell(
    hass, loaded, client, address, push, body, reason
):
    events = async_capture_events(hass, "trunkline_call")
    await deliver(hass, client, address, data=body, headers={"Content-Type": "application/json"})
    assert push.refusals == {reason: 1}
    assert push.deliveries == 0
    assert events == []
    assert await pushed_calls(hass, loaded) == {}


@pytest.mark.parametrize("field", ["price", "time_wait", "call_source", "created_at"])
async def test_an_invalid_field_makes_the_record_malformed(hass, client, address, push, field):
    await deliver(hass, client, address, record(**{field: [CALLER]}))
    assert push.refusals == {"malformed": 1}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (-13, -13),
        (-25, 0),
        (2, 2),
        (0, 2),
    ],
    ids=["ended long ago", "lasts too long", "starts in the future", "ends in the future"],
)
async def test_a_call_that_can_not_have_ended_just_now_is_refused(hass, client, address, push, start, end):
    await deliver(hass, client, address, record(created_at=at(hours=start), ended_at=at(hours=end)))
    assert push.refusals == {"not now": 1}


async def test_a_record_that_the_archive_can_not_store_is_malformed(hass, loaded, client, address, push):
    await deliver(hass, client, address, record(price="1e30"))
    assert push.refusals == {"malformed": 1}


async def test_the_largest_record_that_is_allowed_is_read(hass, client, address, push):
    content = record()
    padding = admission.MAX_BODY - len(json.dumps(content | {"pad": ""}))
    await deliver(hass, client, address, data=json.dumps(content | {"pad": "x" * padding}))
    assert (push.deliveries, push.refusals) == (1, {})
    await deliver(hass, client, address, data=json.dumps(content | {"pad": "x" * (padding + 1)}))
    assert (push.deliveries, push.refusals) == (1, {"too large": 1})


async def test_an_endless_body_is_read_only_up_to_the_limit(hass, loaded, push):
    class Endless:
        read_so_far = 0

        async def read(self, size):
            self.read_so_far += size
            return b"x" * size

    class Request:
        content = Endless()
        query = MappingProxyType({})
        headers = MappingProxyType({})
        method = "POST"
        remote = "127.0.0.1"

    response = await async_handle_webhook(hass, loaded.data["webhook_id"], Request())
    assert response.status == 200
    assert push.refusals == {"too large": 1}
    assert Request.content.read_so_far == admission.MAX_BODY + 1


async def test_a_slow_sender_times_out(hass, loaded, push, freezer):
    class Request:
        method = "POST"
        remote = "127.0.0.1"
        query = MappingProxyType({})
        headers = MappingProxyType({})

        class content:  # noqa: N801
            @staticmethod
            async def read(_size):
                await asyncio.Event().wait()

    handling = asyncio.create_task(async_handle_webhook(hass, loaded.data["webhook_id"], Request()))
    await asyncio.sleep(0)
    freezer.tick(admission.BODY_TIMEOUT + 1)
    assert (await handling).status == 200
    assert push.refusals == {"too slow": 1}


async def test_a_flood_is_refused_and_logged_once(hass, client, address, push, caplog):
    # The test's clock stands still, so that nothing comes on top of the burst.
    for _ in range(admission.CALLS_BURST + 20):
        response = await client.post(address, json=record())
        assert response.status == 200
    await hass.async_block_till_done()
    assert (push.deliveries, push.refusals) == (admission.CALLS_BURST, {"too many": 20})
    assert caplog.text.count("more records are pushed than") == 1


def test_the_rate_limit_allows_a_burst_then_a_steady_rate():
    rate = admission.RateLimit(burst=3, per_second=2, now=100.0)
    assert [rate.allows(100.0) for _ in range(4)] == [True, True, True, False]
    assert (rate.should_report(), rate.should_report()) == (True, False)
    # Half a second gives one more, and no two.
    assert [rate.allows(100.5), rate.allows(100.5)] == [True, False]
    assert not rate.should_report()
    # After a rest the whole burst is free again, and no more; a new flood is told anew.
    assert [rate.allows(200.0) for _ in range(4)] == [True, True, True, False]
    assert rate.should_report()


async def test_a_record_that_the_archive_refuses_is_left_to_the_next_sync(
    hass, client, address, loaded, push, monkeypatch, caplog
):
    monkeypatch.setattr(
        loaded.runtime_data.push_handler._calls, "async_store", AsyncMock(side_effect=ArchiveError("disk full"))
    )
    await deliver(hass, client, address, record())
    assert push.refusals == {"archive": 1}
    assert "a pushed call can't be stored in the archive; the next sync will find it" in caplog.text
    assert CALLER not in caplog.text


async def test_neither_a_record_nor_an_address_is_logged(hass, loaded, client, address, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    caplog.clear()
    for body in (record(), record(call_id=[CALLER]), record(service_id=CALLER), record(created_at=CALLER)):
        await deliver(hass, client, address, body)
    await deliver(hass, client, address, data=f"garbage {CALLER}")
    await deliver(hass, client, address, data=CALLER * 10_000)
    monkeypatch.setattr(
        loaded.runtime_data.push_handler._calls, "async_store", AsyncMock(side_effect=RuntimeError(CALLER))
    )
    await deliver(hass, client, address, record(call_id="999002"))
    # The test's own web server keeps an access log, Home Assistant's doesn't.
    log = "\n".join(item.getMessage() for item in caplog.records if item.name != "aiohttp.access")
    assert CALLER not in caplog.text
    assert loaded.data["webhook_id"] not in log
    assert "handling a pushed record failed (RuntimeError)" in log


# Life


async def test_the_address_is_gone_with_the_entry(hass, loaded, client, address, push):
    await deliver(hass, client, address, record())
    await hass.config_entries.async_unload(loaded.entry_id)
    await deliver(hass, client, address, record())
    assert push.deliveries == 1
    assert loaded.data["webhook_id"] not in hass.data["webhook"]


async def test_a_provider_that_pushes_nothing_gets_no_address(hass, entry, setup):
    with patch("trunkline.providers.base.Account.supports", return_value=False):
        await setup(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["webhook_id"] not in hass.data.get("webhook", {})


async def test_the_sandboxs_pushes_are_accepted(hass, sandbox, loaded, hass_client_no_auth, address, push):
    from trunkline.sandbox.push import Target

    client = await hass_client_no_auth()
    sandbox.pusher.target("telefonchy", 0, Target(url=str(client.make_url(address)), copies=2))
    office = sandbox.world.offices[0]
    position = sandbox.world.record(office)
    await sandbox.pusher.idle()
    await hass.async_block_till_done()
    assert [delivery.status for delivery in sandbox.pushed] == [200, 200]
    assert str(office.calls.call_id[position]) in await pushed_calls(hass, loaded)
    assert push.deliveries == 2


# The address to enter


async def test_without_an_external_address_there_is_none_to_enter(hass, loaded):
    hass.config.internal_url = "http://192.168.1.2:8123"
    assert await addresses.async_push_url(hass, loaded) is None


async def test_the_external_address_is_the_one_to_enter(hass, loaded):
    await hass.config.async_update(external_url="https://home.example.com")
    expected = f"https://home.example.com/api/webhook/{loaded.data['webhook_id']}"
    assert await addresses.async_push_url(hass, loaded) == expected


async def test_the_options_show_the_address_to_enter(hass, loaded):
    await hass.config.async_update(external_url="https://home.example.com")
    form = await hass.config_entries.options.async_init(loaded.entry_id)
    assert form["description_placeholders"]["push_url"] == await addresses.async_push_url(hass, loaded)


CLOUD_NAMES = {"async_active_subscription", "async_get_or_create_cloudhook", "async_delete_cloudhook"}


def test_the_cloud_has_the_functions_that_are_used_of_it():
    """Its requirements are too many to import it here, so that the tests below replace it: look at its source."""
    folder = Path(homeassistant.components.__path__[0]) / "cloud"
    tree = ast.parse((folder / "__init__.py").read_text())
    defined = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    assert defined >= CLOUD_NAMES | {"CloudNotAvailable"}
    assert {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)} >= CLOUD_NAMES - {
        "async_active_subscription"
    }


class CloudNotAvailable(Exception):  # noqa: N818  (its name there)
    """What the cloud raises when it is away."""


@pytest.fixture
def cloud(hass, monkeypatch):
    """Pretend a subscription to the cloud, which no test can have."""
    stand_in = ModuleType("homeassistant.components.cloud")
    stand_in.CloudNotAvailable = CloudNotAvailable
    stand_in.async_active_subscription = Mock(return_value=True)
    stand_in.async_get_or_create_cloudhook = AsyncMock(return_value="https://hooks.example.com/abc")
    stand_in.async_delete_cloudhook = AsyncMock()
    monkeypatch.setitem(sys.modules, "homeassistant.components.cloud", stand_in)
    monkeypatch.setattr(homeassistant.components, "cloud", stand_in, raising=False)
    hass.config.components.add("cloud")
    return stand_in


async def test_with_a_subscription_the_clouds_address_is_the_one_to_enter(hass, loaded, cloud):
    assert await addresses.async_push_url(hass, loaded) == "https://hooks.example.com/abc"
    cloud.async_get_or_create_cloudhook.assert_awaited_once_with(hass, loaded.data["webhook_id"])


async def test_the_external_address_is_used_while_the_cloud_is_unreachable(hass, loaded, cloud):
    cloud.async_get_or_create_cloudhook.side_effect = CloudNotAvailable
    await hass.config.async_update(external_url="https://home.example.com")
    assert (await addresses.async_push_url(hass, loaded)).startswith("https://home.example.com/")


async def test_removing_the_account_deletes_the_clouds_address(hass, loaded, cloud):
    await addresses.async_delete_cloud_url(hass, loaded)
    cloud.async_delete_cloudhook.assert_awaited_once_with(hass, loaded.data["webhook_id"])
    for away in (ValueError, CloudNotAvailable):
        cloud.async_delete_cloudhook.side_effect = away
        await addresses.async_delete_cloud_url(hass, loaded)


async def test_a_cloud_without_a_subscription_is_not_used(hass, loaded, cloud):
    cloud.async_active_subscription.return_value = False
    assert await addresses.async_push_url(hass, loaded) is None
    cloud.async_get_or_create_cloudhook.assert_not_awaited()


async def test_an_account_can_be_removed_without_a_cloud(hass, loaded):
    assert "cloud" not in hass.config.components
    await addresses.async_delete_cloud_url(hass, loaded)


def test_an_address_is_too_long_to_guess():
    assert len(ha_webhook.async_generate_id()) == 64
