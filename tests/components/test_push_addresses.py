"""The addresses that are pushed to: ours beside Home Assistant's, with the event's name at the end, and with a password."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from unittest.mock import AsyncMock

import pytest
from homeassistant.components import webhook as ha_webhook
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.util.aiohttp import MockRequest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.trunkline.push import addresses, admission, handler
from trunkline.errors import DataError
from trunkline.model import Capability, LineEvent
from trunkline.providers import PROVIDERS, registry
from trunkline.providers.base import Account
from trunkline.providers.telefonchy.account import TelefonchyAccount

from .conftest import make_entry
from .test_push import deliver, pushed_calls, record


@pytest.fixture
async def client(hass, loaded, hass_client_no_auth):
    return await hass_client_no_auth()


@pytest.fixture
def address(loaded):
    return f"/api/trunkline/push/{loaded.data['webhook_id']}"


def extra_capabilities(monkeypatch, *more):
    """Let a Telefonchy account do more than it can."""
    supports = Account.supports
    monkeypatch.setattr(
        TelefonchyAccount, "supports", lambda self, capability: capability in more or supports(self, capability)
    )


@pytest.fixture
def with_events(monkeypatch):
    """Let a Telefonchy account tell of live events as Simotel does, and return what it was given."""
    given = []

    def parse_event(self, payload, *, kind=None):
        given.append((payload, kind))
        if isinstance(payload, bytes):
            payload = json.loads(payload)
        if "call_id" in payload:
            return self.parse_push(payload)
        if payload.get("event_name") == "nonsense":
            raise DataError("event_name", field="event_name")
        return LineEvent(
            kind=kind or payload["event_name"],
            extension=payload.get("exten"),
            state=payload.get("state"),
            number=payload.get("number"),
            data=payload,
        )

    extra_capabilities(monkeypatch, Capability.PARSE_EVENT)
    info = replace(PROVIDERS["telefonchy"], event_types=("incoming_call", "new_state"))
    monkeypatch.setitem(registry._PROVIDERS, "telefonchy", info)
    monkeypatch.setattr(TelefonchyAccount, "parse_event", parse_event)
    return given


# Our own address


async def test_a_record_is_accepted_at_our_own_address_too(hass, loaded, client, address):
    await deliver(hass, client, address, record())
    await deliver(hass, client, address, record())
    assert set(await pushed_calls(hass, loaded)) == {"999001"}


async def test_both_addresses_share_rate_limit_and_counters(hass, loaded, client, address):
    for path in (address, f"/api/webhook/{loaded.data['webhook_id']}"):
        await deliver(hass, client, path, data=b"x")
    assert loaded.runtime_data.push.refusals == {"malformed": 2}


@pytest.mark.parametrize("method", ["HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/api/trunkline/push/", "/api/webhook/"])
async def test_a_test_of_the_address_is_answered_and_not_counted(hass, loaded, client, path, method):
    await deliver(hass, client, path + loaded.data["webhook_id"], record(), method=method)
    push = loaded.runtime_data.push
    assert (push.deliveries, push.refusals) == (0, {})


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
async def test_other_methods_are_not_served(client, address, method):
    assert (await client.request(method, address, json=record())).status == 405


async def test_the_address_works_after_a_reload_and_not_after_an_unload(hass, loaded, client, address):
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    push = loaded.runtime_data.push
    await deliver(hass, client, address, record())
    assert push.deliveries == 1
    await hass.config_entries.async_unload(loaded.entry_id)
    await deliver(hass, client, address, record(call_id="999002"))
    assert push.deliveries == 1


async def test_a_large_body_is_refused_at_our_own_address_too(hass, loaded, client, address):
    await deliver(hass, client, address, data=b"x" * (admission.MAX_BODY + 1))
    assert loaded.runtime_data.push.refusals == {"too large": 1}


async def test_an_account_without_live_events_ignores_a_name_at_the_end(hass, loaded, client, address):
    await deliver(hass, client, f"{address}/Cdr", record())
    assert set(await pushed_calls(hass, loaded)) == {"999001"}


# Events by their name at the end


@pytest.fixture
async def events(hass, with_events, loaded):
    """Return what is fired on the bus while live events are understood."""
    return async_capture_events(hass, "trunkline_event")


async def test_the_end_of_the_address_names_the_event(hass, events, with_events, client, address, loaded):
    response = await client.get(f"{address}/NewState", params={"exten": "101", "state": "Ringing"})
    assert response.status == 200
    assert with_events == [({"exten": "101", "state": "Ringing"}, "NewState")]
    await hass.async_block_till_done()
    assert [(event.data["kind"], event.data["extension"]) for event in events] == [("NewState", "101")]
    assert events[0].data["config_entry"] == loaded.entry_id
    assert events[0].data["device_id"] == loaded.runtime_data.devices.device_id


async def test_the_end_of_the_address_names_an_event_without_fields(hass, events, loaded, client, address):
    await deliver(hass, client, f"{address}/ping")
    assert [event.data["kind"] for event in events] == ["ping"]
    await deliver(hass, client, address)
    assert loaded.runtime_data.push.refusals == {"no call record": 1}


@pytest.mark.parametrize("how", ["json", "query", "webhook", "cloud"])
async def test_an_event_is_accepted_whichever_way_it_is_sent(hass, events, client, address, loaded, how):
    fields = {"event_name": "incoming_call", "number": "9120000999"}
    match how:
        case "json":
            status = (await client.post(address, json=fields)).status
        case "query":
            status = (await client.get(address, params=fields)).status
        case "webhook":
            status = (await client.post(f"/api/webhook/{loaded.data['webhook_id']}", json=fields)).status
        case _:
            request = MockRequest(json.dumps(fields).encode(), "cloud", method="POST")
            status = (await async_handle_webhook(hass, loaded.data["webhook_id"], request)).status
    assert status == 200
    await hass.async_block_till_done()
    assert [event.data["number_e164"] for event in events] == ["+989120000999"]


async def test_a_call_among_the_events_is_kept_as_a_call(hass, events, client, address, loaded):
    await deliver(hass, client, address, record())
    assert events == []
    assert set(await pushed_calls(hass, loaded)) == {"999001"}


@pytest.mark.parametrize(
    "fields",
    [
        {"event_name": "nonsense"},
        {"event_name": "x" * 61},
        {"event_name": "new_state", "exten": "1" * 201},
        {"event_name": "new_state", "state": "1" * 201},
        {"event_name": "incoming_call", "number": "1" * 201},
    ],
    ids=["nonsense", "long kind", "long extension", "long state", "long number"],
)
async def test_an_invalid_event_is_refused_and_not_fired(hass, events, client, address, loaded, fields):
    await deliver(hass, client, address, fields)
    assert events == []
    push = loaded.runtime_data.push
    assert (push.deliveries, push.refusals) == (0, {"malformed": 1})


async def test_the_rate_limit_of_events_is_higher_than_that_of_calls(hass, events, client, address, loaded):
    # The test's clock stands still, so that nothing comes on top of the burst.
    for _ in range(admission.EVENTS_BURST + 1):
        assert (await client.get(address, params={"event_name": "new_state"})).status == 200
    await hass.async_block_till_done()
    push = loaded.runtime_data.push
    assert (push.deliveries, push.refusals) == (admission.EVENTS_BURST, {"too many": 1})
    assert admission.EVENTS_BURST > admission.CALLS_BURST


# User name and password


@pytest.fixture
async def protected(sandbox, setup):
    """Return an account whose deliveries must bring a user name and a password."""
    return await setup(make_entry(sandbox, options={"push_username": "pbx", "push_password": "pass:wörd"}))


def basic(text):
    return {"Authorization": "Basic " + b64encode(text.encode()).decode()}


@pytest.mark.parametrize("path", ["/api/trunkline/push/", "/api/webhook/"])
async def test_a_record_with_the_right_user_name_and_password_is_accepted(hass, protected, hass_client_no_auth, path):
    client = await hass_client_no_auth()
    address = path + protected.data["webhook_id"]
    right = basic("pbx:pass:wörd")["Authorization"]
    await deliver(hass, client, address, record(), headers={"Authorization": right})
    again = right.replace("Basic", "bAsIc")
    await deliver(hass, client, address, record(), headers={"Authorization": again})
    assert set(await pushed_calls(hass, protected)) == {"999001"}
    assert protected.runtime_data.push.deliveries == 2


WRONG = {
    "none": {},
    "another password": basic("pbx:password"),
    "another user": basic("pb:pass:wörd"),
    "only the user": basic("pbx"),
    "empty": basic(""),
    "no base64": {"Authorization": "Basic ???"},
    "not ASCII": {"Authorization": "Basic ü"},
    "another scheme": {"Authorization": "Bearer " + b64encode("pbx:pass:wörd".encode()).decode()},
    "nothing": {"Authorization": ""},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
async def test_a_record_without_them_is_neither_read_nor_kept(
    hass, protected, hass_client_no_auth, headers, monkeypatch
):
    read = AsyncMock()
    monkeypatch.setattr(handler, "read_body", read)
    client = await hass_client_no_auth()
    address = f"/api/webhook/{protected.data['webhook_id']}"
    response = await deliver(hass, client, address, record(), headers=headers)
    # A challenge would tell that the address exists.
    assert "WWW-Authenticate" not in response.headers
    assert protected.runtime_data.push.refusals == {"unauthorized": 1}
    read.assert_not_awaited()
    assert await pushed_calls(hass, protected) == {}


async def test_guessing_passwords_is_rate_limited(hass, protected, hass_client_no_auth):
    client = await hass_client_no_auth()
    address = f"/api/webhook/{protected.data['webhook_id']}"
    for _ in range(admission.CALLS_BURST + 1):
        assert (await client.post(address, headers=basic("a:b"))).status == 200
    assert protected.runtime_data.push.refusals == {"unauthorized": admission.CALLS_BURST, "too many": 1}


@pytest.mark.parametrize("options", [{}, {"push_username": "", "push_password": ""}, {"push_username": None}])
async def test_credentials_are_ignored_where_none_are_required(hass, sandbox, setup, hass_client_no_auth, options):
    entry = await setup(make_entry(sandbox, options=options))
    client = await hass_client_no_auth()
    await deliver(hass, client, f"/api/webhook/{entry.data['webhook_id']}", record(), headers=basic("a:b"))
    assert entry.runtime_data.push.deliveries == 1


async def test_a_password_can_be_required_without_a_user_name(hass, sandbox, setup, hass_client_no_auth):
    entry = await setup(make_entry(sandbox, options={"push_password": "secret"}))
    client = await hass_client_no_auth()
    address = f"/api/webhook/{entry.data['webhook_id']}"
    await deliver(hass, client, address, record(), headers=basic("pbx:secret"))
    assert entry.runtime_data.push.refusals == {"unauthorized": 1}
    await deliver(hass, client, address, record(), headers=basic(":secret"))
    assert entry.runtime_data.push.deliveries == 1


# The address to enter


@pytest.fixture
def telephone_system():
    return MockConfigEntry(domain="trunkline", data={"provider": "simotel", "webhook_id": "an-id"})


async def test_a_telephone_system_gets_our_own_address_on_the_local_network(hass, telephone_system):
    hass.config.internal_url = "http://192.168.1.2:8123"
    expected = "/api/trunkline/push/an-id"
    assert await addresses.async_push_url(hass, telephone_system) == "http://192.168.1.2:8123" + expected
    hass.config.external_url = "https://home.example.com"
    assert await addresses.async_push_url(hass, telephone_system) == "https://home.example.com" + expected


async def test_a_telephone_system_gets_no_address_if_home_assistant_has_none(hass, telephone_system, monkeypatch):
    def none(*_, **__):
        raise addresses.NoURLAvailableError

    monkeypatch.setattr(addresses, "get_url", none)
    assert await addresses.async_push_url(hass, telephone_system) is None


async def test_home_assistants_own_address_is_registered_beside_ours(hass, loaded):
    assert loaded.data["webhook_id"] in hass.data[ha_webhook.DOMAIN]
