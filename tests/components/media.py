"""What the tests of media share: calls with recordings, and how they are played."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.media_player import async_process_play_media_url
from homeassistant.components.media_source import async_browse_media, async_resolve_media
from homeassistant.setup import async_setup_component

from trunkline.model import Capability

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.model import Call

ROOT = "media-source://trunkline"


async def set_up_media(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_block_till_done()


def recorded(entry: ConfigEntry) -> list[Call]:
    """Return the calls with a recording, newest first."""
    runtime = entry.runtime_data
    assert runtime.account.supports(Capability.RECORDING)
    return [call for call in runtime.archive.calls(accounts=runtime.account_key) if call.recording is not None]


def recording_id(entry: ConfigEntry, call: Call) -> str:
    """Return the media content id of a recording, written as an automation would."""
    return f"{ROOT}/{entry.entry_id}/call/{call.call_id}"


async def resolved(hass: HomeAssistant, media_content_id: str) -> str:
    """Return the path at which a file is served."""
    return (await async_resolve_media(hass, media_content_id, None)).url


async def signed(hass: HomeAssistant, media_content_id: str) -> str:
    """Return the signed path that an automation gives to a media player."""
    return async_process_play_media_url(hass, await resolved(hass, media_content_id), allow_relative_url=True)


async def titles(hass: HomeAssistant, media_content_id: str = ROOT) -> dict[str, Any]:
    """Return what is in a folder, by title."""
    folder = await async_browse_media(hass, media_content_id)
    return {child.title: child for child in folder.children or ()}


def downloads(sandbox: Any, path: str = "/calls/record") -> int:
    """Return how many requests for a recording the provider received."""
    return sum(request.path == path for request in sandbox.requests)
