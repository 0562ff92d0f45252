"""The action that saves a recording in the media folder, and which actions are for administrators only."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.components.media_source import async_resolve_media
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.trunkline.push.provisional import Waiting
from custom_components.trunkline.services.provider_actions import PROVIDER_ACTIONS
from trunkline.errors import NotFoundError
from trunkline.model import Recording
from trunkline.sandbox.world import audio

from .conftest import NOW, make_entry
from .flows import set_up, unload
from .media import recorded, recording_id, set_up_media
from .test_services import act, refused

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def folder(hass, tmp_path):
    """Return the media folder, which doesn't exist yet."""
    hass.config.media_dirs = {"local": str(tmp_path / "media")}
    return tmp_path / "media"


@pytest.fixture
def call(loaded):
    return recorded(loaded)[0]


def saved(response):
    return Path(response["path"]).read_bytes()


def overwrite(response, content):
    Path(response["path"]).write_bytes(content)


async def test_a_recording_is_saved_in_the_media_folder(hass, hass_client, loaded, call, folder):
    await set_up_media(hass)
    response = await act(hass, "get_recording", call_id=call.call_id)
    local = call.started_at.astimezone(loaded.runtime_data.account.zone)
    name = f"office-1-call-{local:%Y-%m-%d-%H-%M-%S}.mp3"
    content = audio.silence(call.talk)
    assert response == {
        "media_content_id": f"media-source://media_source/local/trunkline/{name}",
        "path": str(folder / "trunkline" / name),
        "media_type": "audio/mpeg",
        "size": len(content),
    }
    json.dumps(response)
    assert (saved(response) == content) is True
    # Home Assistant plays it from there.
    media = await async_resolve_media(hass, response["media_content_id"], None)
    client = await hass_client()
    served = await client.get(media.url)
    assert (await served.read() == content) is True


async def test_the_same_recording_is_saved_once(hass, loaded, call, folder):
    responses = [await act(hass, "get_recording", call_id=call.call_id) for _ in range(2)]
    assert responses[0] == responses[1]
    assert len(list((folder / "trunkline").iterdir())) == 1


async def test_another_file_of_the_same_name_stays(hass, loaded, call, folder):
    first = await act(hass, "get_recording", call_id=call.call_id)
    overwrite(first, b"notes")
    second = await act(hass, "get_recording", call_id=call.call_id)
    assert second["path"] == first["path"].replace(".mp3", "-2.mp3")
    assert saved(first) == b"notes"


async def test_the_name_of_the_account_can_not_leave_the_folder(hass, sandbox, setup, folder):
    entry = make_entry(sandbox)
    await setup(entry)
    hass.config_entries.async_update_entry(entry, title="../../../etc/دفتر")
    await hass.async_block_till_done(wait_background_tasks=True)
    response = await act(hass, "get_recording", call_id=recorded(entry)[0].call_id)
    assert Path(response["path"]).parent == folder / "trunkline"


async def test_the_response_is_optional(hass, loaded, call, folder):
    await hass.services.async_call("trunkline", "get_recording", {"call_id": call.call_id}, blocking=True)
    assert len(list((folder / "trunkline").iterdir())) == 1


async def test_a_pushed_call_that_the_list_does_not_have_yet_is_found(hass, loaded, call, folder):
    with patch.object(type(loaded.runtime_data.archive), "get", return_value=None):
        key, _ = await refused(hass, "get_recording", HomeAssistantError, call_id=call.call_id)
        assert key == "action_not_found"
        loaded.runtime_data.provisional.waiting[call.call_id] = Waiting(call, NOW)
        assert (await act(hass, "get_recording", call_id=call.call_id))["size"] == len(audio.silence(call.talk))


async def test_an_unknown_call_is_reported(hass, loaded, folder):
    key, placeholders = await refused(hass, "get_recording", HomeAssistantError, call_id="none")
    assert (key, placeholders["account"]) == ("action_not_found", loaded.title)
    assert not folder.exists()


async def test_a_provider_without_the_recording_is_reported(hass, loaded, call, folder):
    with patch.object(type(loaded.runtime_data.account), "recording", side_effect=NotFoundError("none")):
        key, _ = await refused(hass, "get_recording", HomeAssistantError, call_id=call.call_id)
    assert key == "action_not_found"


async def test_a_page_instead_of_audio_is_not_saved(hass, loaded, call, folder):
    page = Recording(b"<html>", "audio/mpeg", "a.mp3")
    with patch.object(type(loaded.runtime_data.account), "recording", return_value=page):
        key, _ = await refused(hass, "get_recording", HomeAssistantError, call_id=call.call_id)
    assert key == "action_invalid_response"
    assert not folder.exists()


async def test_a_provider_without_recordings_is_reported(hass, sandbox, folder):
    await set_up(hass, sandbox, "mor")
    key, _ = await refused(hass, "get_recording", call_id="1")
    assert key == "unsupported"
    await unload(hass)


async def test_without_a_media_folder_nothing_is_downloaded(hass, sandbox, loaded, call):
    hass.config.media_dirs = {}
    key, _ = await refused(hass, "get_recording", call_id=call.call_id)
    assert key == "no_media_folder"
    assert not [request for request in sandbox.requests if request.path == "/calls/record"]


async def test_a_folder_that_can_not_be_written_is_reported(hass, loaded, call, folder):
    folder.write_text("not a folder")
    key, placeholders = await refused(hass, "get_recording", HomeAssistantError, call_id=call.call_id)
    assert key == "recording_not_saved"
    assert placeholders == {"account": "Office 1", "error": "Not a directory"}


@pytest.mark.parametrize("call_id", ["", "   "])
async def test_an_empty_id_is_refused(hass, loaded, folder, call_id):
    with pytest.raises(Exception, match="length|empty|must be"):
        await act(hass, "get_recording", call_id=call_id)


# Administrators only


async def run_as(hass, user_id, action, data):
    return await hass.services.async_call(
        "trunkline", action, data, blocking=True, return_response=True, context=Context(user_id=user_id)
    )


@pytest.fixture
async def simotel(hass, sandbox):
    yield await set_up(hass, sandbox, "simotel")
    await unload(hass)


READS = [("get_calls", {}), ("search", {"list": "calls"}), ("get_voicemails", {}), ("get_faxes", {})]


@pytest.mark.parametrize(("action", "data"), READS)
async def test_calls_are_for_administrators_if_the_option_says_so(
    hass, simotel, hass_admin_user, hass_read_only_user, action, data
):
    assert await run_as(hass, hass_read_only_user.id, action, data)
    hass.config_entries.async_update_entry(simotel, options={"admins_only": True})
    for user_id in (hass_read_only_user.id, "gone"):
        with pytest.raises(ServiceValidationError) as caught:
            await run_as(hass, user_id, action, data)
        assert caught.value.translation_key == "admins_only"
        assert caught.value.translation_placeholders == {"account": simotel.title}
    assert await run_as(hass, hass_admin_user.id, action, data)
    # An automation has no user.
    assert await run_as(hass, None, action, data)


async def test_a_recording_is_saved_by_administrators_only_if_the_option_says_so(
    hass, loaded, call, folder, hass_admin_user
):
    user = MockUser(groups=[await hass.auth.async_get_group(GROUP_ID_USER)]).add_to_hass(hass)
    hass.config_entries.async_update_entry(loaded, options={"admins_only": True})
    data = {"call_id": call.call_id}
    with pytest.raises(ServiceValidationError) as caught:
        await run_as(hass, user.id, "get_recording", data)
    assert caught.value.translation_key == "admins_only"
    assert not folder.exists()
    assert (await run_as(hass, hass_admin_user.id, "get_recording", data))["size"] > 0


def test_every_action_that_returns_calls_is_one_of_them():
    """What an action returns is seen from its name; those that return no calls are listed here."""
    others = {
        "get_contacts", "get_rates", "get_invoices", "get_payments", "get_subscriptions", "get_agents", "get_blocked",
        "get_allowed", "get_services", "get_trunks", "get_extensions", "get_plans", "get_devices", "get_caller_ids",
        "get_mailboxes", "get_destinations", "get_statistics", "get_quick_stats", "get_queues", "ping",
    }  # fmt: skip
    assert {action.name for action in PROVIDER_ACTIONS if action.reads and not action.shows_calls} == others
    assert {action.name for action in PROVIDER_ACTIONS if action.shows_calls} == {
        "get_missed_calls", "get_voicemails", "get_faxes", "get_recordings", "get_new_calls", "get_call_attempts",
    }  # fmt: skip


async def test_the_option_is_offered_for_every_account(hass, loaded):
    result = await hass.config_entries.options.async_init(loaded.entry_id)
    field = next(key for key in result["data_schema"].schema if key == "admins_only")
    assert field.default() is False
    given = {str(key): key.default() for key in result["data_schema"].schema if callable(key.default)}
    given |= {"admins_only": True}
    result = await hass.config_entries.options.async_configure(result["flow_id"], given)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.options["admins_only"] is True


async def test_media_ids_are_those_of_events(hass, loaded, call):
    """An automation writes the id of a recording with the data of the call's event."""
    assert recording_id(loaded, call) == f"media-source://trunkline/{loaded.entry_id}/call/{call.call_id}"
