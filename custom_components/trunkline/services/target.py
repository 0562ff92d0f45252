"""Which account an action is for, and whether its provider supports the action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import ServiceCall

    from trunkline.model import Capability

    from ..runtime import TrunklineConfigEntry

ATTR_CONFIG_ENTRY: Final = "config_entry"


def misuse(key: str, **placeholders: str) -> ServiceValidationError:
    """Return what is raised for an action that can't be meant like this."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )


def get_entry(call: ServiceCall) -> TrunklineConfigEntry:
    """Return the account that an action is for: the one that it names, or the only one there is."""
    entries = call.hass.config_entries
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY)
    if entry_id is None:
        loaded: list[TrunklineConfigEntry] = [
            entry for entry in entries.async_entries(DOMAIN) if entry.state is ConfigEntryState.LOADED
        ]
        if not loaded:
            raise misuse("no_account")
        if len(loaded) > 1:
            raise misuse("several_accounts")
        return loaded[0]
    entry = entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise misuse("account_not_found")
    if entry.state is not ConfigEntryState.LOADED:
        raise misuse("account_not_loaded", account=entry.title)
    return entry


def check_support(entry: TrunklineConfigEntry, capability: Capability) -> None:
    """Refuse what the provider can't do, before anything is sent or counted."""
    if not entry.runtime_data.account.supports(capability):
        raise misuse("unsupported", account=entry.title)
