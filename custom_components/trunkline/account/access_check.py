"""Tests whether a provider lets an account in, when a user says that it should now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState

from trunkline.errors import (
    ConnectionFailedError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    TrunklineError,
)
from trunkline.transport import Limits

from ..const import LOGGER
from .identity import async_load_provider, known_key, provider_info
from .opening import open_entry

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from ..runtime import AccountRuntime
    from .inventory import Resource

# A person waits for the form.
LIMITS = Limits(connect=5.0, total=15.0, attempts=2, patience=20.0)


async def async_check_access(hass: HomeAssistant, entry: ConfigEntry) -> TrunklineError | None:
    """Return why an account can't be read; None if it can. The account is up to date, or loaded, afterwards.

    A connection of its own is tried first: it says at once what is wrong, also while the account isn't loaded.
    """
    try:
        await async_load_provider(hass, provider_info(entry))
        async with open_entry(hass, entry, LIMITS) as account:
            await known_key(account, [entry.unique_id], moved=True)
    except TrunklineError as error:
        LOGGER.debug("%s: the connection was tested without success: %s", entry.title, error)
        return error
    if entry.state is not ConfigEntryState.LOADED:
        await hass.config_entries.async_reload(entry.entry_id)
        # Home Assistant says why it could not be loaded, and tries again.
        return None if entry.state is ConfigEntryState.LOADED else TrunklineError(entry.reason or "")
    runtime: AccountRuntime = entry.runtime_data
    runtime.inventory.make_due()
    if await runtime.coordinator.async_poll():
        return None
    failure = runtime.coordinator.last_exception
    cause = failure.__cause__ if failure else None
    return cause if isinstance(cause, TrunklineError) else TrunklineError(str(failure))


def denied_error(entry: ConfigEntry, resource: Resource) -> PermissionDeniedError | None:
    """Return the error of a resource that may still not be read while the rest of the account works."""
    runtime: AccountRuntime = entry.runtime_data
    return runtime.inventory.denied.get(resource)


def error_key(error: TrunklineError) -> str:
    """Return the key of the error that a fix flow shows."""
    match error:
        case PermissionDeniedError():
            return "still_denied"
        case RateLimitedError():
            return "rate_limited"
        case ConnectionFailedError() | ProviderError():
            return "cannot_connect"
        case _:
            return "failed"
