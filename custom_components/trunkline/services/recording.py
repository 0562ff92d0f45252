"""The action that saves the recording of a call in the media folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import voluptuous as vol
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import slugify

from ..account.archive_damage import damage_reported
from ..const import DOMAIN
from ..errors import action_errors, placeholders
from ..media.files import async_file, file_name
from ..media.identifiers import RecordingId
from ..media.saving import content_id, media_folder, save
from .fields import ENTRY, TEXT, parse_text
from .target import async_check_may_see_calls, check_support, get_entry, validation_error

if TYPE_CHECKING:
    from homeassistant.core import ServiceCall, ServiceResponse

from trunkline.model import Capability

ATTR_CALL_ID: Final = "call_id"

GET_RECORDING_SCHEMA: Final = vol.Schema({**ENTRY, vol.Required(ATTR_CALL_ID): TEXT})


async def async_get_recording(call: ServiceCall) -> ServiceResponse:
    """Save a recording in the media folder; return where it is and its media content id."""
    entry = get_entry(call)
    await async_check_may_see_calls(call, entry)
    recording = RecordingId(parse_text(call.data, ATTR_CALL_ID))
    check_support(entry, Capability.RECORDING)
    if (folder := media_folder(call.hass.config.media_dirs)) is None:
        raise validation_error("no_media_folder")
    folder_name, folder_path = folder
    with action_errors(entry.title), damage_reported(call.hass):
        file = await async_file(entry.runtime_data, recording)
    name = f"{slugify(entry.title, separator='-')}-{file_name(entry.runtime_data, recording, file)}"
    try:
        path = await call.hass.async_add_executor_job(save, file.content, name, Path(folder_path, DOMAIN))
    except OSError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="recording_not_saved",
            translation_placeholders=placeholders(account=entry.title, error=error.strerror or type(error).__name__),
        ) from error
    return {
        "media_content_id": content_id(folder_name, path.name),
        "path": str(path),
        "media_type": file.media_type.name,
        "size": len(file.content),
    }
