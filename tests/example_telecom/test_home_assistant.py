"""In Home Assistant: a second integration registers the provider, and everything of ours works with it."""

from __future__ import annotations

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.components.conftest import DOMAIN, rows_since
from tests.components.flows import accept_name, fields, go_on, start
from trunkline.sandbox import PlacedCalls


def entered(sandbox):
    account = sandbox.accounts["example_telecom"][0]
    return {"base_url": account.base_url, **account.credentials}


async def added(hass, sandbox):
    """Add the first account by its form."""
    assert await async_setup_component(hass, "example_telecom", {})
    result = await go_on(hass, await start(hass, "example_telecom"), entered(sandbox))
    result = await accept_name(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    return result["result"]


async def test_the_form_asks_for_the_address_and_the_credentials(hass, sandbox, setup):
    assert await async_setup_component(hass, "example_telecom", {})
    listed = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert "Example Telecom" in str([field.config for field in listed["data_schema"].schema.values()])
    form = await start(hass, "example_telecom")
    assert set(fields(form)) == {"base_url", "username", "api_key"}
    refused = await go_on(hass, form, {**entered(sandbox), "api_key": "wrong"})
    assert refused["errors"] == {"base": "invalid_auth"}


async def test_its_sensors_show_the_calls_the_cost_and_the_credit(hass, sandbox, setup, state):
    entry = await added(hass, sandbox)
    office = sandbox.world.offices[0]
    assert entry.unique_id == "example_telecom:EX1"
    midnight = entry.runtime_data.coordinator.data.midnight
    today = rows_since(office, midnight)
    assert state("sensor", "example_telecom:EX1_calls").state == str(len(today))
    assert float(state("sensor", "example_telecom:EX1_cost_today").state) == sum(row.price for row in today)
    trunk = office.trunks[0]
    credit = state("sensor", f"example_telecom:EX1_{trunk.number}_credit")
    assert (float(credit.state), credit.attributes["unit_of_measurement"]) == (trunk.credit, "IRR")
    # The first of Esfand 1404 in Tehran: the provider's calendar is Jalali.
    assert entry.runtime_data.coordinator.data.month_start.isoformat() == "2026-02-19T20:30:00+00:00"


async def test_its_amounts_can_be_displayed_in_its_second_unit(hass, sandbox, setup, state):
    entry = await added(hass, sandbox)
    hass.config_entries.async_update_entry(entry, options={**entry.options, "display_currency": "toman"})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    trunk = sandbox.world.offices[0].trunks[0]
    credit = state("sensor", f"example_telecom:EX1_{trunk.number}_credit")
    assert (float(credit.state), credit.attributes["unit_of_measurement"]) == (trunk.credit / 10, "IRT")


async def test_a_call_is_placed_by_action_and_found(hass, sandbox, setup, later):
    entry = await added(hass, sandbox)
    sandbox.world.placed = PlacedCalls(delay=0, wait=1, talk=2)
    events = []
    hass.bus.async_listen("trunkline_call", lambda event: events.append(event.data))
    placed = await hass.services.async_call(
        DOMAIN,
        "click_to_call",
        {
            "config_entry": entry.entry_id,
            "from": sandbox.world.offices[0].extensions[0].number,
            "to": "09120000123",
        },
        blocking=True,
        return_response=True,
    )
    assert placed["request_id"]
    sandbox.world.clock.move(30)
    sandbox.world.settle()
    await later(30)
    assert [event["type"] for event in events] == ["answered"]


async def test_an_account_waits_for_its_provider_after_a_restart(hass, sandbox, setup):
    account = sandbox.accounts["example_telecom"][0]
    entry = await setup(
        MockConfigEntry(
            domain=DOMAIN,
            title="Office",
            unique_id="example_telecom:EX1",
            data={
                "provider": "example_telecom",
                "dialect": "",
                "base_url": account.base_url,
                "credentials": dict(account.credentials),
            },
        )
    )
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert await async_setup_component(hass, "example_telecom", {})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.account.info.provider_id == "example_telecom"
