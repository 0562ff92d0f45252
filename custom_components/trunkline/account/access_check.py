"""Tests the connection to a provider when a user says that it should work now."""

from __future__ import annotations

from dataclasses import dataclass
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

    from trunkline.providers import Account
    from trunkline.transport import ClockReading

    from .inventory import Resource

# A person waits for the form.
LIMITS = Limits(connect=5.0, total=15.0, attempts=2, patience=20.0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a test: why the account can't be read, if it can't, and the provider's clock, if it told it."""

    error: TrunklineError | None
    clock: ClockReading | None


async def async_try_connection(hass: HomeAssistant, entry: ConfigEntry) -> Attempt:
    """Ask the provider whose account this is, with a connection of its own: the account need not be loaded."""
    account: Account | None = None
    try:
        await async_load_provider(hass, provider_info(entry))
        async with open_entry(hass, entry, LIMITS) as account:
            await known_key(account, [entry.unique_id], moved=True)
    except TrunklineError as error:
        LOGGER.debug("%s: the connection was tested without success: %s", entry.title, error)
        return Attempt(error, account.clock if account else None)
    return Attempt(None, account.clock)


async def async_check_access(hass: HomeAssistant, entry: ConfigEntry) -> TrunklineError | None:
    """Return why an account can't be read; None if it can. The account is up to date, or loaded, afterwards."""
    attempt = await async_try_connection(hass, entry)
    if attempt.error is not None or hass.config_entries.async_get_entry(entry.entry_id) is None:
        return attempt.error
    if entry.state is not ConfigEntryState.LOADED:
        is_loaded = await hass.config_entries.async_reload(entry.entry_id)
        # Home Assistant keeps why it could not be loaded, and tries again.
        return None if is_loaded else TrunklineError(entry.reason or "")
    runtime = entry.runtime_data
    runtime.inventory.make_due()
    if await runtime.coordinator.async_poll():
        return None
    failure = runtime.coordinator.last_exception
    cause = failure.__cause__ if failure else None
    return cause if isinstance(cause, TrunklineError) else TrunklineError(str(failure))


def denied_error(entry: ConfigEntry, resource: Resource) -> PermissionDeniedError | None:
    """Return the error of a resource that may still not be read while the rest of the account works."""
    error: PermissionDeniedError | None = entry.runtime_data.inventory.denied.get(resource)
    return error


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
