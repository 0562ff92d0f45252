"""The action that imports the names of numbers from a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError, Unauthorized

from trunkline.errors import TrunklineError
from trunkline.numbers import is_region

from ..account.archive_damage import damage_reported
from ..account.contact_import import async_import
from ..const import DOMAIN
from ..errors import placeholders
from ..media.saving import media_folder
from .calls import CallAction
from .fields import ENTRY, TEXT, parse_text
from .target import get_entry, validation_error

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse

ATTR_COUNTRY: Final = "country"
ATTR_PATH: Final = "path"

_SCHEMA: Final = vol.Schema(
    {**ENTRY, vol.Required(ATTR_PATH): TEXT, vol.Optional(ATTR_COUNTRY): vol.All(TEXT, vol.Upper)}
)


class _NotAllowedError(Exception):
    """Home Assistant may not read the file."""


async def async_import_contacts(call: ServiceCall) -> ServiceResponse:
    """Import names from a vCard or CSV file; return how many there were."""
    entry = get_entry(call)
    await _async_check_admin(call)
    runtime = entry.runtime_data
    region = call.data.get(ATTR_COUNTRY, runtime.account.info.country)
    if not is_region(region):
        raise validation_error("invalid_country")
    path = parse_text(call.data, ATTR_PATH)
    try:
        with damage_reported(call.hass):
            counts = await async_import(
                call.hass, runtime.archive, runtime.names, region, partial(_read, call.hass, path)
            )
    except _NotAllowedError:
        raise validation_error("file_not_allowed") from None
    except (OSError, TrunklineError) as error:
        text = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="contacts_not_imported",
            translation_placeholders=placeholders(error=text),
        ) from error
    return {**counts}


async def _async_check_admin(call: ServiceCall) -> None:
    """Raise `Unauthorized` for a user who is no administrator: the names are shown to everybody."""
    if (user_id := call.context.user_id) is None:
        return
    user = await call.hass.auth.async_get_user(user_id)
    if user is None or not user.is_admin:
        raise Unauthorized(context=call.context)


def _read(hass: HomeAssistant, path: str, most: int) -> bytes:
    """Return a file of the media folder, or of another folder that Home Assistant may read."""
    folder = media_folder(hass.config.media_dirs)
    full = Path(folder[1] if folder else hass.config.config_dir, path)
    # No path has a null character.
    if "\0" in path or not hass.config.is_allowed_path(str(full)):
        raise _NotAllowedError
    with full.open("rb") as file:
        return file.read(most)


IMPORT_CONTACTS_ACTION: Final = CallAction(
    name="import_contacts",
    async_run=async_import_contacts,
    schema=_SCHEMA,
    supports_response=SupportsResponse.OPTIONAL,
)
