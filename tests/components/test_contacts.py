"""Names of numbers in Home Assistant: wherever a number is shown, the name that the archive has for it stands."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline import logbook
from custom_components.trunkline.account.names import Names
from trunkline.archive import Archive
from trunkline.model import ContactSource, LineEvent, Party

from .conftest import DOMAIN, NOW, entry_of, make_entry
from .test_services import act
from .test_websocket import CALLER, Client, store

E164 = "+989120000999"
NAME = "The shop"


async def learn(hass, loaded, names):
    """Import names as another program would, and poll."""
    archive = loaded.runtime_data.archive
    await hass.async_add_executor_job(archive.contacts.add, names)
    await loaded.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()


async def test_events_and_sensors_have_the_name(hass, loaded, state):
    heard = async_capture_events(hass, "trunkline_call")
    await learn(hass, loaded, {E164: NAME})
    call = store(loaded, source=Party(number=CALLER, e164=E164, name="carried"), started_at=NOW)
    loaded.runtime_data.call_events.async_add([call])
    await loaded.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()
    assert [(event.data["source"], event.data["source_name"]) for event in heard] == [(CALLER, NAME)]
    assert state("event", f"{loaded.unique_id}_call").attributes["source_name"] == NAME
    assert state("sensor", f"{loaded.unique_id}_last_call").attributes["source_name"] == NAME
    [caller] = [
        row
        for row in state("sensor", f"{loaded.unique_id}_open_missed_callers").attributes["callers"]
        if row["e164"] == E164
    ]
    assert caller["name"] == NAME
    response = await act(hass, "get_calls", limit=1)
    assert response["calls"][0]["source_name"] == NAME


async def test_cards_show_and_find_the_name(hass, loaded, hass_ws_client):
    assert await async_setup_component(hass, DOMAIN, {})
    client = Client(await hass_ws_client(hass))
    store(loaded)
    await learn(hass, loaded, {E164: NAME})
    for search in ("", "the sHOP"):
        calls = (await client.result("calls", search=search, limit=1))["calls"]
        assert [call["source"] for call in calls] == [{"name": NAME, "number": CALLER, "e164": E164}]
    callers = (await client.result("missed"))["callers"]
    assert [caller["name"] for caller in callers if caller["e164"] == E164] == [NAME]


async def test_live_events_say_who_is_ringing(hass, sandbox, setup, state):
    loaded = await setup(await entry_of(sandbox, "simotel"))
    await learn(hass, loaded, {E164: NAME})
    heard = async_capture_events(hass, "trunkline_event")
    loaded.runtime_data.live_events.async_fire(LineEvent(kind="incoming_call", number=CALLER, extension="101"))
    await hass.async_block_till_done()
    assert [event.data["name"] for event in heard] == [NAME]
    assert state("event", f"{loaded.unique_id}_line_event").attributes["name"] == NAME
    assert logbook._line_sentence(heard[0].data) == f"is receiving a call from {NAME} on extension 101"


async def test_phonebook_of_the_provider_is_read_once_a_day(hass, sandbox, setup, later):
    loaded = await setup(await entry_of(sandbox, "simotel"))
    archive = loaded.runtime_data.archive
    account = loaded.runtime_data.account
    known = archive.contacts.entries(ContactSource.PHONEBOOK)
    listed = await account.contacts()
    assert {contact.name for contact in known} == {
        contact.name for contact in listed if any(map(account.full_number, contact.numbers))
    }
    assert known[0].name == loaded.runtime_data.names.of(Party(e164=known[0].number))
    changed = replace(listed[0], name="New name")
    with patch.object(type(account), "contacts", return_value=(changed,)) as asked:
        await later(3600)
        assert asked.call_count == 0
        await later(23 * 3600)
        assert asked.call_count == 1
    assert [contact.name for contact in archive.contacts.entries(ContactSource.PHONEBOOK)] == ["New name"]


async def test_order_decides_and_removed_names_are_gone(hass, loaded):
    names = loaded.runtime_data.names
    party = Party(number=CALLER, e164=E164, name="carried")
    store(loaded, source=party)
    await learn(hass, loaded, {E164: NAME})
    assert names.of(party) == NAME
    archive = loaded.runtime_data.archive
    await hass.async_add_executor_job(archive.contacts.set_precedence, [ContactSource.CALLS])
    await names.async_refresh()
    assert names.of(party) == "carried"
    await hass.async_add_executor_job(archive.contacts.remove)
    await names.async_refresh()
    assert names.of(party) == "carried"
    assert names.of(replace(party, name=None)) is None


async def test_names_are_shared_by_the_accounts_and_read_again_only_after_a_change(hass, sandbox, setup):
    first, second = [await setup(make_entry(sandbox, which)) for which in (0, 1)]
    names = first.runtime_data.names
    assert names is second.runtime_data.names
    await learn(hass, first, {E164: NAME})
    with patch.object(type(first.runtime_data.archive.contacts), "names", side_effect=AssertionError):
        await names.async_refresh()
    assert names.of(Party(e164=E164)) == NAME


async def test_names_cannot_do_more_than_text(hass, tmp_path):
    with Archive.open(f"sqlite:///{tmp_path / 'x.db'}") as archive:
        archive.contacts.add({E164: "a\u202eb\x00c"})
        names = Names(archive, hass.async_add_executor_job)
        await names.async_refresh()
        assert names.of(Party(e164=E164)) == "ab c"
        assert names.of_number(CALLER, "IR") == "ab c"
        assert names.of_number("1510", "IR") is None
        assert names.of_number(None, "IR") is None


@pytest.mark.parametrize("text", [NAME, E164, CALLER])
async def test_names_and_numbers_are_not_logged(hass, loaded, caplog, text):
    await learn(hass, loaded, {E164: NAME})
    assert text not in caplog.text
