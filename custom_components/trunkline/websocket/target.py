"""The accounts that a command is about, as far as its user may see their calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import Unauthorized

from ..account.access import may_control, may_see_calls
from ..const import DOMAIN
from ..services.target import validation_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.auth.models import User
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..runtime import TrunklineConfigEntry

ATTR_ENTRY_ID: Final = "entry_id"
ATTR_ENTRY_IDS: Final = "entry_ids"

MOST_ACCOUNTS: Final = 50

# The texts of errors are logged, so no error may repeat what was sent: the schemas check types only, the commands more.
ENTRY: Final[dict[vol.Marker, object]] = {vol.Required(ATTR_ENTRY_ID): str}
ENTRIES: Final[dict[vol.Marker, object]] = {vol.Optional(ATTR_ENTRY_IDS): vol.All([str], vol.Length(max=MOST_ACCOUNTS))}


def get_entry(hass: HomeAssistant, user: User, data: Mapping[str, Any]) -> TrunklineConfigEntry:
    """Return the account that is meant; raises a `ServiceValidationError` if the user may not see its calls."""
    entry: TrunklineConfigEntry | None = hass.config_entries.async_get_entry(data[ATTR_ENTRY_ID])
    if entry is None or entry.domain != DOMAIN:
        raise validation_error("account_not_found")
    if not may_see_calls(entry, user):
        raise validation_error("admins_only", account=entry.title)
    if entry.state is not ConfigEntryState.LOADED:
        raise validation_error("account_not_loaded", account=entry.title)
    return entry


def check_may_control(connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Raise `Unauthorized` for a user who may only look."""
    if not may_control(connection.user):
        raise Unauthorized(connection.context(msg))


def get_entries(hass: HomeAssistant, user: User, data: Mapping[str, Any]) -> list[TrunklineConfigEntry]:
    """Return the accounts that are meant, by default all, as far as they are loaded and the user may see the calls."""
    wanted = data.get(ATTR_ENTRY_IDS)
    loaded: list[TrunklineConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    return [entry for entry in loaded if (wanted is None or entry.entry_id in wanted) and may_see_calls(entry, user)]
