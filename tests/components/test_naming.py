"""Names tell accounts, lines and plans apart, and show no more of a number than that takes."""

from __future__ import annotations

import pytest
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from custom_components.trunkline.account.naming import ending, plan_name, unused_title
from trunkline.model import Plan
from trunkline.sandbox import Sandbox

from .conftest import make_entry
from .flows import fields, filled, go_on, set_up, start_wire, unload


@pytest.mark.parametrize(
    ("number", "others", "shown"),
    [
        ("02155550001", [], "0001"),
        ("02155550001", ["02155550001", "02155550002"], "0001"),
        # The last four digits are the same, the fifth isn't.
        ("02155550001", ["02155560001"], "50001"),
        ("02155550001", ["02155560001", "02166650001"], "550001"),
        ("+982155550001", ["+982155560001"], "50001"),
        # One ends in the other.
        ("5550001", ["02155550001"], "5550001"),
        ("02155550001", ["5550001"], "55550001"),
        ("101", ["102"], "101"),
        ("1001", [], "1001"),
        ("Main line", ["02155550001"], "Main line"),
    ],
)
def test_a_number_is_shown_by_as_many_digits_as_it_takes(number, others, shown):
    assert ending(number, others) == shown


def plan(plan_id: str, name: str, number: str | None = None) -> Plan:
    return Plan(plan_id=plan_id, name=name, number=number)


def test_plans_of_the_same_name_are_told_apart():
    alone, first, second = plan("1", "Basic"), plan("2", "Office", "02155550001"), plan("3", "Office", "02155550002")
    plans = [alone, first, second]
    assert [plan_name(each, plans) for each in plans] == ["Basic", "Office 0001", "Office 0002"]
    # Without numbers, or with the same one, the provider's ids are left.
    assert plan_name(second, [plan("2", "Office"), second]) == "Office 3"
    assert plan_name(second, [plan("2", "Office", "02155550002"), second]) == "Office 3"
    assert plan_name(plan("4", ""), []) == "4"


@pytest.mark.parametrize(
    ("taken", "title"),
    [
        ([], "MOR user"),
        ([("MOR other", ("API", "a.example", ""))], "MOR user"),
        # Another interface of the provider.
        ([("MOR user", ("pages", "a.example", ""))], "MOR user (API)"),
        # The same interface of another server.
        ([("MOR user", ("API", "b.example", ""))], "MOR user (a.example)"),
        # Both are taken.
        (
            [("MOR user", ("pages", "b.example", "")), ("MOR user (API)", ("API", "c.example", ""))],
            "MOR user (a.example)",
        ),
        # Nothing distinguishes them.
        ([("MOR user", ("API", "a.example", ""))], "MOR user 2"),
        ([("MOR user", ("API", "a.example", "")), ("MOR user 2", ("API", "a.example", ""))], "MOR user 3"),
    ],
)
def test_a_title_that_is_taken_gets_what_differs(taken, title):
    assert unused_title("MOR user", ("API", "a.example", ""), taken) == title


def test_a_detail_that_the_title_has_says_nothing_new():
    assert unused_title("Simotel a.example", ("", "a.example"), [("Simotel a.example", ("", "b"))]) == (
        "Simotel a.example 2"
    )


async def proposed(hass, sandbox, wire, which=0, **more):
    """Return the form that asks for the name of an account of the sandbox, with the name that it proposes."""
    result = await go_on(hass, await start_wire(hass, sandbox, wire), filled(sandbox, which, wire, **more))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "name")
    return result, fields(result)["name"].default()


async def test_an_account_of_another_interface_gets_another_name(hass, sandbox):
    first = await set_up(hass, sandbox, "voip24h", account="main")
    assert first.title == "Voip24h main"
    form, name = await proposed(hass, sandbox, "voip24h-v3", account="main")
    assert name == "Voip24h main (v3)"
    # The name at the provider is the same.
    assert form["description_placeholders"]["account"] == "Voip24h main"
    await unload(hass)


async def test_accounts_with_the_same_plan_get_two_names(hass, sandbox, monkeypatch):
    monkeypatch.setattr("trunkline.sandbox.voipano.wire._PACKAGES", ((2, "Office", "a"), (3, "Office", "b")))
    first = await set_up(hass, sandbox, "voipano")
    form, name = await proposed(hass, sandbox, "voipano", 1)
    second = (await go_on(hass, form, {}))["result"]
    assert first.title == "VoIPano Office"
    assert name == second.title == f"VoIPano Office ({second.unique_id.removeprefix('voipano:')})"
    # Each account has two lines with this plan.
    plans = {
        state.attributes["friendly_name"]
        for state in hass.states.async_all("sensor")
        if "Days left of Office" in state.attributes["friendly_name"]
    }
    assert len(plans) == sum(len(entry.runtime_data.coordinator.data.plans) for entry in (first, second)) > 2
    await unload(hass)


async def test_the_title_of_an_account_whose_provider_is_gone_is_taken_too(hass, sandbox):
    own = f"Telefonchy {sandbox.accounts['telefonchy'][0].service_id}"
    gone = make_entry(sandbox, 1)
    gone.add_to_hass(hass)
    hass.config_entries.async_update_entry(gone, title=own, data={**gone.data, "provider": "carrier-pigeon"})
    _, name = await proposed(hass, sandbox, "telefonchy")
    assert name == f"{own} 2"


def devices(hass, entry):
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


def entity_ids(hass, entry):
    return {entity.entity_id for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}


async def test_trunks_of_two_accounts_are_named_after_account_and_line(hass, sandbox):
    names: list[str] = []
    for which in (0, 1):
        form, _ = await proposed(hass, sandbox, "telefonchy", which)
        entry = (await go_on(hass, form, {"name": f"Office {'AB'[which]}"}))["result"]
        numbers = sandbox.accounts["telefonchy"][which].trunks
        trunks = [device.name for device in devices(hass, entry) if device.via_device_id]
        assert sorted(trunks) == sorted(f"Office {'AB'[which]} trunk {number[-4:]}" for number in numbers)
        assert f"sensor.office_{'ab'[which]}_trunk_{numbers[0][-4:]}_credit" in entity_ids(hass, entry)
        assert f"sensor.office_{'ab'[which]}_calls_today" in entity_ids(hass, entry)
        # No entity id or device name shows more of a number.
        for number in numbers:
            assert not any(number[-5:] in text for text in (*trunks, *entity_ids(hass, entry)))
        names += trunks
    assert len(set(names)) == len(names) == 3
    await unload(hass)


async def test_balances_of_two_accounts_are_named_after_them(hass, sandbox):
    for which, name in enumerate(("Home", "Shop")):
        form, _ = await proposed(hass, sandbox, "mor-api", which)
        entry = (await go_on(hass, form, {"name": name}))["result"]
        assert [device.name for device in devices(hass, entry) if device.via_device_id] == [f"{name} balance"]
        assert f"sensor.{name.lower()}_balance_credit" in entity_ids(hass, entry)
    await unload(hass)


async def test_a_renamed_account_renames_its_devices_at_once(hass, sandbox):
    entry = await set_up(hass, sandbox, "telefonchy")
    before, runtime = entity_ids(hass, entry), entry.runtime_data
    hass.config_entries.async_update_entry(entry, title="Front desk")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data is not runtime
    runtime = entry.runtime_data
    # Nothing else that changes of an entry loads it again.
    hass.config_entries.async_update_entry(entry, data={**entry.data, "registered_push": "http://192.0.2.1"})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data is runtime
    assert all(device.name.startswith("Front desk") for device in devices(hass, entry))
    # Entity ids are in automations, and stay.
    assert entity_ids(hass, entry) == before
    await unload(hass)


async def test_a_second_line_with_the_same_last_digits_is_told_apart(hass, socket_enabled, now):
    async with Sandbox(seed=7, calls=60, days=4, now=now) as sandbox:
        first, second = sandbox.world.offices[0].trunks
        second.number = first.number[:-5] + str((int(first.number[-5]) + 1) % 10) + first.number[-4:]
        entry = await set_up(hass, sandbox, "telefonchy")
        names = {device.name for device in devices(hass, entry) if device.via_device_id}
        assert names == {f"{entry.title} trunk {number[-5:]}" for number in (first.number, second.number)}
        await unload(hass)


async def test_an_account_of_before_keeps_the_names_of_its_trunks(hass, sandbox, loaded):
    names = {device.name for device in devices(hass, loaded) if device.via_device_id}
    assert names == {f"Trunk 0{trunk.number}" for trunk in sandbox.world.offices[0].trunks}
