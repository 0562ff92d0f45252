"""Selects the account that an action uses, and checks that its provider supports the action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from homeassistant.core import ServiceCall

    from trunkline.model import Capability

    from ..runtime import TrunklineConfigEntry

ATTR_CONFIG_ENTRY: Final = "config_entry"


def validation_error(key: str, **texts: str) -> ServiceValidationError:
    """Return the translated error for an action that was called with wrong data."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders(**texts) or None
    )


def get_entry(call: ServiceCall) -> TrunklineConfigEntry:
    """Return the selected account, or the only one that is loaded if none is selected."""
    entries = call.hass.config_entries
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY)
    if entry_id is None:
        loaded: list[TrunklineConfigEntry] = entries.async_loaded_entries(DOMAIN)
        if not loaded:
            raise validation_error("no_account")
        if len(loaded) > 1:
            raise validation_error("several_accounts")
        return loaded[0]
    entry = entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise validation_error("account_not_found")
    if entry.state is not ConfigEntryState.LOADED:
        raise validation_error("account_not_loaded", account=entry.title)
    return entry


def check_support(entry: TrunklineConfigEntry, capability: Capability) -> None:
    """Raise a `ServiceValidationError` if the provider doesn't support the capability."""
    if not entry.runtime_data.account.supports(capability):
        raise validation_error("unsupported", account=entry.title)
