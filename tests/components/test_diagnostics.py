"""The diagnostics tell how everything works, and nothing about who called whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohasupervisor  # noqa: F401  (can't be imported while the clock is stopped)
import pytest
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.trunkline.diagnostics import (
    async_get_config_entry_diagnostics,
    async_get_device_diagnostics,
)
from custom_components.trunkline.push.repair import async_create_push_issue
from custom_components.trunkline.push.stopped import PUSH_STOPPED
from trunkline.errors import ConnectionFailedError, DamagedArchiveError

from .conftest import make_entry

if TYPE_CHECKING:
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator


def secrets(sandbox, entry):
    """Return every token, number and name of the world, and the entry's own secrets."""
    world = sandbox.world
    found = {entry.data["webhook_id"], entry.title, *entry.data["credentials"].values(), entry.data["base_url"]}
    for account in sandbox.accounts["telefonchy"]:
        found |= {*account.credentials.values(), *account.service_ids, *account.trunks, account.title}
    for party in world.parties:
        found.add(party.number)
        if party.contact:
            found |= {party.contact.name, party.contact.company, party.contact.email, party.contact.note}
    for office in world.offices:
        found |= {text for extension in office.extensions for text in (extension.number, extension.name)}
    return {text for text in found if text}


def leaks(sandbox, entry, diagnostics):
    text = json.dumps(diagnostics, ensure_ascii=False)
    return {secret for secret in secrets(sandbox, entry) if f'"{secret}' in text or f"{secret}" in strings(diagnostics)}


def strings(tree):
    if isinstance(tree, dict):
        return "\n".join([*tree, *(strings(branch) for branch in tree.values())])
    if isinstance(tree, list):
        return "\n".join(strings(branch) for branch in tree)
    return tree if isinstance(tree, str) else ""


@pytest.fixture
async def full(hass, sandbox, setup):
    """Set up an account that is full of calls, with a speed dial and options, and a title with a number."""
    entry = make_entry(sandbox, options={"poll_interval": 90, "low_credit": 1_000_000})
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="Office of +98 21 0000 0010")
    return await setup(entry)


async def test_the_diagnostics_of_a_full_account_tell_nothing_private(hass, sandbox, full):
    coordinator = full.runtime_data.coordinator
    full.runtime_data.push.add_refused("malformed")
    coordinator.last_exception = ConnectionFailedError("9120000001 could not be reached")
    diagnostics = await async_get_config_entry_diagnostics(hass, full)
    assert diagnostics["archive"]["calls"] == len(sandbox.world.offices[0].calls)
    assert leaks(sandbox, full, diagnostics) == set()
    assert "9120000001" not in json.dumps(diagnostics)


async def test_the_search_for_secrets_finds_one(sandbox, full):
    """Prove that the test above can fail."""
    token = next(iter(full.data["credentials"].values()))
    number = sandbox.world.parties[3].number
    assert leaks(sandbox, full, {"a": [token], "b": f"call from {number}"}) == {token, number}


async def test_the_diagnostics_tell_how_everything_works(hass, sandbox, full):
    full.runtime_data.push.add_refused("malformed")
    diagnostics = await async_get_config_entry_diagnostics(hass, full)
    assert diagnostics["version"] == "0.1.0"
    assert diagnostics["entry"] == {
        "provider": "telefonchy",
        "dialect": "",
        "version": "1.1",
        "own_base_url": True,
        "options": {"poll_interval": 90, "low_credit": 1_000_000},
        "speed_dials": 0,
        "voice_codes": 0,
    }
    account = diagnostics["account"]
    assert (account["zone"], account["currency"], account["services"]) == ("Asia/Tehran", "IRR", 1)
    assert account["extensions"] == len(sandbox.world.offices[0].extensions)
    assert account["requests"] == len(sandbox.requests)
    assert "click_to_call" in account["capabilities"]
    assert "invoices" not in account["capabilities"]
    polling = diagnostics["polling"]
    assert (polling["interval_s"], polling["last_update_success"], polling["last_error"]) == (90.0, True, None)
    assert polling["history"]["complete"] is True
    assert diagnostics["push"]["refusals"] == {"malformed": 1}
    assert diagnostics["push"]["external_address"] is False
    assert diagnostics["call_limit"] == {"calls_per_hour": 20, "used": 0}
    assert len(diagnostics["trunks"]) == len(sandbox.world.offices[0].trunks) == 2
    assert diagnostics["trunks"][0]["credit_known"] is True
    assert len(diagnostics["archive"]["streams"]) == 1
    assert diagnostics["today"]["calls"] >= diagnostics["today"]["answered"]


async def test_the_last_errors_kind_is_told_and_not_its_words(hass, sandbox, full):
    sandbox.faults.add("status", code=503)
    await full.runtime_data.coordinator.async_refresh()
    polling = (await async_get_config_entry_diagnostics(hass, full))["polling"]
    assert polling["last_update_success"] is False
    assert polling["last_error"] == "UpdateFailed"
    assert polling["last_error_cause"] == "ProviderError"


async def test_an_account_that_can_not_name_its_lists_has_diagnostics_all_the_same(hass, full, monkeypatch):
    async def fail():
        msg = "down"
        raise ConnectionFailedError(msg)

    monkeypatch.setattr(full.runtime_data.account, "streams", fail)
    diagnostics = await async_get_config_entry_diagnostics(hass, full)
    assert diagnostics["archive"]["streams"] == []


async def test_an_account_whose_archive_can_not_be_read_has_diagnostics_all_the_same(hass, full, monkeypatch):
    def fail(*_):
        msg = "damaged"
        raise DamagedArchiveError(msg)

    monkeypatch.setattr(full.runtime_data.archive, "coverage", fail)
    diagnostics = await async_get_config_entry_diagnostics(hass, full)
    assert diagnostics["archive"] == {"error": "DamagedArchiveError"}


async def test_an_account_that_could_not_be_set_up_has_diagnostics(hass, sandbox, entry, setup):
    sandbox.faults.add("status", code=503)
    await setup(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["state"] == "setup_retry"
    assert diagnostics["entry"]["provider"] == "telefonchy"
    assert not leaks(sandbox, entry, diagnostics)


async def test_an_account_that_was_unloaded_has_diagnostics(hass, sandbox, full):
    device = devices(hass, full)[0]
    assert await hass.config_entries.async_unload(full.entry_id)
    for diagnostics in (
        await async_get_config_entry_diagnostics(hass, full),
        await async_get_device_diagnostics(hass, full, device),
    ):
        assert (diagnostics["state"], diagnostics["reason"]) == ("not_loaded", None)
        assert not leaks(sandbox, full, diagnostics)


async def test_an_external_address_is_told_as_being_there(hass, full):
    await hass.config.async_update(external_url="https://home.example.com")
    diagnostics = await async_get_config_entry_diagnostics(hass, full)
    assert diagnostics["push"]["external_address"] is True
    assert "home.example.com" not in json.dumps(diagnostics)


def devices(hass, entry: MockConfigEntry):
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


def trunks_of(hass, entry):
    key = entry.runtime_data.account_key
    return [device for device in devices(hass, entry) if ("trunkline", key) not in device.identifiers]


async def test_a_trunk_has_diagnostics_without_its_number(hass, sandbox, full):
    trunks = trunks_of(hass, full)
    assert len(trunks) == 2
    for device in trunks:
        diagnostics = await async_get_device_diagnostics(hass, full, device)
        assert (diagnostics["kind"], diagnostics["at_provider"], diagnostics["trunks_listed"]) == ("trunk", True, True)
        assert diagnostics["trunk"]["currency"] == "IRR"
        assert diagnostics["entry"]["provider"] == "telefonchy"
        assert diagnostics["polling"]["last_update_success"] is True
        assert {"platform": "sensor", "key": "credit", "enabled": True, "state": "known"} in diagnostics["entities"]
        assert leaks(sandbox, full, diagnostics) == set()


async def test_the_diagnostics_of_a_trunk_tell_that_the_provider_does_not_list_it(hass, full):
    device = trunks_of(hass, full)[0]
    full.runtime_data.coordinator.data.trunks.clear()
    diagnostics = await async_get_device_diagnostics(hass, full, device)
    assert (diagnostics["at_provider"], diagnostics["trunk"]) == (False, None)


async def test_the_accounts_own_device_tells_everything_about_the_account(hass, sandbox, full):
    key = full.runtime_data.account_key
    account = next(device for device in devices(hass, full) if ("trunkline", key) in device.identifiers)
    diagnostics = await async_get_device_diagnostics(hass, full, account)
    of_entry = await async_get_config_entry_diagnostics(hass, full)
    assert diagnostics["kind"] == "account"
    assert {name: diagnostics[name] for name in of_entry} == of_entry
    found = {(entity["platform"], entity["key"]): entity for entity in diagnostics["entities"]}
    assert found["sensor", "calls"] == {"platform": "sensor", "key": "calls", "enabled": True, "state": "known"}
    assert found["sensor", "last_sync"]["enabled"] is False
    assert found["sensor", "last_sync"]["state"] is None
    assert found["button", "sync_now"]["state"] == "unknown"
    assert leaks(sandbox, full, diagnostics) == set()


async def test_unavailable_entities_are_told_as_such(hass, sandbox, full):
    sandbox.faults.add("status", code=503)
    await full.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()
    diagnostics = await async_get_device_diagnostics(hass, full, trunks_of(hass, full)[0])
    states = {entity["state"] for entity in diagnostics["entities"]}
    assert states == {"unavailable"}


@pytest.mark.parametrize(
    ("extension", "number", "told"),
    [
        (None, "+982155500009", {"extension_known": True, "international": True}),
        ("9999", "02155500009", {"extension_known": False, "international": False}),
    ],
)
async def test_a_speed_dial_has_diagnostics_without_its_name_and_numbers(hass, sandbox, setup, extension, number, told):
    data = {"from": extension or sandbox.accounts["telefonchy"][0].extensions[0], "to": number}
    dial = ConfigSubentryData(data=data, subentry_type="speed_dial", title="Workshop", unique_id=None)
    entry = await setup(make_entry(sandbox, subentries_data=[dial]))
    device = next(device for device in devices(hass, entry) if device.name == "Workshop")
    diagnostics = await async_get_device_diagnostics(hass, entry, device)
    assert (diagnostics["kind"], diagnostics["speed_dial"]) == ("speed_dial", told)
    assert diagnostics["call_limit"] == {"calls_per_hour": 20, "used": 0}
    assert [entity["key"] for entity in diagnostics["entities"]] == ["speed_dial"]
    assert leaks(sandbox, entry, diagnostics) == set()
    assert not {"Workshop", data["from"], number, number[-4:]} & set(strings(diagnostics).split("\n"))

    hass.config_entries.async_remove_subentry(entry, next(iter(entry.subentries)))
    assert (await async_get_device_diagnostics(hass, entry, device))["speed_dial"] is None


async def test_home_assistant_hands_those_of_a_device_out_as_a_download(
    hass, sandbox, full, hass_client: ClientSessionGenerator
):
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()
    for device in devices(hass, full):
        response = await client.get(f"/api/diagnostics/config_entry/{full.entry_id}/device/{device.id}")
        assert response.status == 200
        data = (await response.json())["data"]
        assert data["kind"] in {"account", "trunk"}
        assert leaks(sandbox, full, data) == set()


async def test_home_assistant_hands_them_out_as_a_download(hass, sandbox, full, hass_client: ClientSessionGenerator):
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{full.entry_id}")
    assert response.status == 200
    data = (await response.json())["data"]
    assert data["entry"]["provider"] == "telefonchy"
    assert leaks(sandbox, full, data) == set()


async def test_what_home_assistant_adds_to_the_download_has_no_number(
    hass, sandbox, full, hass_client: ClientSessionGenerator
):
    async_create_push_issue(hass, full, full.runtime_data.account, PUSH_STOPPED, is_persistent=True)
    issue = ir.async_get(hass).async_get_issue("trunkline", f"{full.entry_id}_{PUSH_STOPPED}")
    assert issue.translation_placeholders["account"] == "Office of +98210•••0010"
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), full.entry_id):
        path = f"/api/diagnostics/config_entry/{full.entry_id}"
        for url in (path, f"{path}/device/{device.id}"):
            payload = await (await client.get(url)).json()
            # Home Assistant 2026.10 has these.
            assert leaks(sandbox, full, payload.get("issues", [])) == set()
            assert "21 0000 0010" not in json.dumps(payload["data"])
