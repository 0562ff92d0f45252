"""Names of numbers in Home Assistant: wherever a number is shown, the name that the archive has for it stands."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from aiohttp import FormData
from homeassistant.core import Context
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.account.names import Names
from trunkline.archive import Archive
from trunkline.errors import ArchiveError, RequestError
from trunkline.model import ContactSource, LineEvent, Party

from .conftest import DOMAIN, NOW, entry_of, make_entry
from .test_logbook import ENGLISH
from .test_services import act, refused
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
    assert ENGLISH.line(heard[0].data) == f"is receiving a call from {NAME} on extension 101"


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


async def test_a_phonebook_that_can_not_be_read_costs_no_calls_and_is_tried_an_hour_later(hass, sandbox, setup, later):
    sandbox.faults.add("status", code=503, path="/autodialer/contacts/search", provider="simotel")
    loaded = await setup(await entry_of(sandbox, "simotel"))
    account = type(loaded.runtime_data.account)
    with patch.object(account, "contacts", side_effect=RequestError("no")) as asked:
        await later(3700)
        await later(3700)
    assert asked.call_count == 2
    assert loaded.runtime_data.coordinator.last_update_success
    assert loaded.runtime_data.archive.contacts.entries(ContactSource.PHONEBOOK) == []
    broken = type(loaded.runtime_data.archive.contacts)
    with (
        patch.object(account, "contacts", return_value=()),
        patch.object(broken, "replace_phonebook", side_effect=ArchiveError("full")),
    ):
        await later(3700)
    assert not loaded.runtime_data.coordinator.last_update_success


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


# Importing a file

CARDS = """BEGIN:VCARD
VERSION:3.0
FN:The shop
TEL;TYPE=CELL:0912 000 0999
TEL:1510
END:VCARD
"""
COUNTS = {"numbers": 1, "new_or_changed": 1, "without_name": 0, "unusable_numbers": 1}


@pytest.fixture
def folder(hass, tmp_path):
    """The media folder, the only one that Home Assistant may read."""
    path = tmp_path / "media"
    path.mkdir()
    hass.config.media_dirs = {"local": str(path)}
    hass.config.allowlist_external_dirs = {str(path)}
    (path / "contacts.vcf").write_text(CARDS)
    return path


def known(loaded):
    return loaded.runtime_data.names.of(Party(e164=E164))


async def test_action_imports_a_file_of_the_media_folder(hass, loaded, folder, state):
    store(loaded, started_at=NOW)
    await loaded.runtime_data.coordinator.async_refresh()
    assert await act(hass, "import_contacts", path="contacts.vcf") == COUNTS
    assert known(loaded) == NAME
    await hass.async_block_till_done(wait_background_tasks=True)
    # Shown without waiting for the next poll.
    assert state("sensor", f"{loaded.unique_id}_last_call").attributes["source_name"] == NAME
    again = await act(hass, "import_contacts", path=str(folder / "contacts.vcf"))
    assert again == COUNTS | {"new_or_changed": 0}


async def test_action_reads_numbers_of_another_country(hass, loaded, folder):
    (folder / "lt.csv").write_text("name,number\nKavinė,8 612 55504\n")
    assert (await act(hass, "import_contacts", path="lt.csv", country="lt"))["numbers"] == 1
    assert loaded.runtime_data.names.of(Party(e164="+37061255504")) == "Kavinė"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"path": "../secret.vcf"}, "file_not_allowed"),
        ({"path": "/etc/passwd"}, "file_not_allowed"),
        ({"path": "contacts\0.vcf"}, "file_not_allowed"),
        ({"path": " "}, "empty_text"),
        ({"path": "contacts.vcf", "country": "XX"}, "invalid_country"),
    ],
)
async def test_action_refuses_other_folders_and_countries(hass, loaded, folder, data, key):
    (folder.parent / "secret.vcf").write_text(CARDS)
    assert (await refused(hass, "import_contacts", ServiceValidationError, **data))[0] == key
    assert known(loaded) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("absent.vcf", "No such file or directory"),
        ("notes.txt", "neither a vCard file nor a CSV file"),
        (".", "Is a directory"),
    ],
)
async def test_action_says_what_is_wrong_with_a_file(hass, loaded, folder, name, said):
    (folder / "notes.txt").write_text(f"call {CALLER} at The shop")
    key, texts = await refused(hass, "import_contacts", HomeAssistantError, path=name)
    assert key == "contacts_not_imported"
    assert said in texts["error"]
    assert NAME not in texts["error"]


async def test_action_is_for_administrators(hass, loaded, folder, hass_read_only_user, hass_admin_user):
    data = {"path": "contacts.vcf"}
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN, "import_contacts", data, blocking=True, context=Context(user_id=hass_read_only_user.id)
        )
    assert known(loaded) is None
    await hass.services.async_call(
        DOMAIN, "import_contacts", data, blocking=True, context=Context(user_id=hass_admin_user.id)
    )
    assert known(loaded) == NAME


@pytest.fixture
async def upload(hass, now, hass_client):
    """Return a function that uploads a file as the form does, and returns its id."""
    assert await async_setup_component(hass, DOMAIN, {})
    assert await async_setup_component(hass, "file_upload", {})
    client = await hass_client()

    async def send(content: str) -> str:
        form = FormData()
        form.add_field("file", content.encode(), filename="contacts.vcf")
        answer = await client.post("/api/file_upload", data=form)
        assert answer.status == 200
        return (await answer.json())["file_id"]

    return send


async def configure(hass, entry, contacts):
    result = await hass.config_entries.options.async_init(entry.entry_id)
    return await hass.config_entries.options.async_configure(result["flow_id"], {"contacts": contacts})


async def test_options_import_a_file_and_set_the_order(hass, upload, loaded):
    store(loaded, source=Party(number=CALLER, e164=E164, name="carried"))
    file_id = await upload(CARDS)
    result = await configure(hass, loaded, {"contacts_file": file_id, "name_order": ["imported"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "contacts" not in loaded.options
    await hass.async_block_till_done(wait_background_tasks=True)
    assert known(loaded) == NAME
    await configure(hass, loaded, {"name_order": ["calls", "phonebook"]})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert known(loaded) == "carried"
    result = await hass.config_entries.options.async_init(loaded.entry_id)
    (section,) = (field for key, field in result["data_schema"].schema.items() if key == "contacts")
    (order,) = (key.default() for key in section.schema.schema if key == "name_order")
    assert order == ["calls", "phonebook", "imported"]


async def test_options_say_what_is_wrong_with_a_file(hass, upload, loaded):
    result = await configure(hass, loaded, {"contacts_file": await upload("nothing")})
    assert result["errors"] == {"contacts": "contacts_not_imported"}
    assert "neither a vCard file" in result["description_placeholders"]["error"]
    result = await configure(hass, loaded, {"contacts_file": "00000000-0000-4000-8000-000000000000"})
    assert result["errors"] == {"contacts": "file_gone"}
    # The form can be saved without the file.
    result = await hass.config_entries.options.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_options_of_an_account_that_is_not_loaded_have_no_names(hass, entry):
    entry.add_to_hass(hass)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert "contacts" not in result["data_schema"].schema
