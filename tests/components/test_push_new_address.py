"""The repair of a push address that somebody else knows: a new one."""

from __future__ import annotations

import pytest
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from custom_components.trunkline.push import addresses
from custom_components.trunkline.push.repair import push_issue_id
from custom_components.trunkline.repairs import async_create_fix_flow

from .conftest import DOMAIN
from .test_push import address, deliver, push, pushed_calls, record
from .test_push_confirmation import until_decided, withdrawn_issue

__all__ = ["address", "push", "until_decided"]


@pytest.fixture
async def client(hass, loaded, hass_client_no_auth):
    # All routes have to be there before the socket is.
    assert await async_setup_component(hass, REPAIRS, {})
    return await hass_client_no_auth()


@pytest.fixture
async def flow(hass, loaded, client, address, until_decided, hass_client):
    """Return a function that goes a step of the repair of a forged call, as the user interface does."""
    await deliver(hass, client, address, record())
    await until_decided()
    user = await hass_client()
    flow_id = None

    async def step():
        nonlocal flow_id
        if flow_id is None:
            given = {"handler": DOMAIN, "issue_id": push_issue_id(loaded.entry_id)}
            response = await user.post("/api/repairs/issues/fix", json=given)
        else:
            response = await user.post(f"/api/repairs/issues/fix/{flow_id}", json={})
        result = await response.json()
        await hass.async_block_till_done(wait_background_tasks=True)
        flow_id = result["flow_id"]
        return result

    return step


async def test_the_repair_gives_the_account_a_new_address_and_shows_it(hass, loaded, client, address, flow):
    hass.config.external_url = "https://home.example.com"
    result = await flow()
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "confirm")
    assert result["description_placeholders"] == {"account": loaded.title, "count": "1"}
    old = loaded.data["webhook_id"]
    result = await flow()
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "address")
    new = loaded.data["webhook_id"]
    assert new != old
    assert result["description_placeholders"]["push_url"] == await addresses.async_push_url(hass, loaded)
    assert result["description_placeholders"]["push_url"].endswith(new)
    assert withdrawn_issue(hass, loaded) is None
    assert (await flow())["type"] == FlowResultType.CREATE_ENTRY

    # Only the new address brings anything, also after another restart.
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert withdrawn_issue(hass, loaded) is None
    await deliver(hass, client, address, record(call_id="999002"))
    assert await pushed_calls(hass, loaded) == {}
    await deliver(hass, client, f"/api/webhook/{new}", record(call_id="999002"))
    assert set(await pushed_calls(hass, loaded)) == {"999002"}


async def test_a_call_that_is_forged_at_the_new_address_is_reported_again(hass, loaded, client, flow, until_decided):
    await flow()
    await flow()
    await deliver(hass, client, f"/api/webhook/{loaded.data['webhook_id']}", record(call_id="999002"))
    await until_decided()
    assert withdrawn_issue(hass, loaded).translation_placeholders["count"] == "1"


async def test_the_repair_of_an_account_that_was_removed_meanwhile_ends(hass):
    flow = await async_create_fix_flow(hass, push_issue_id("gone"), {"entry_id": "gone"})
    flow.hass = hass
    result = await flow.async_step_init()
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "account_removed")


async def test_an_account_that_is_removed_while_the_old_address_is_deleted_ends_the_repair(
    hass, loaded, flow, monkeypatch
):
    async def removing(hass, entry):
        monkeypatch.undo()
        await hass.config_entries.async_remove(entry.entry_id)

    await flow()
    monkeypatch.setattr(addresses, "async_delete_cloud_url", removing)
    result = await flow()
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "account_removed")
