"""Whom an action asks, and what becomes of an answer that is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestError,
    TrunklineError,
    UnsupportedError,
)

from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from homeassistant.core import ServiceCall

    from trunkline.model import Capability

    from ..coordinator import TrunklineConfigEntry

ATTR_CONFIG_ENTRY: Final = "config_entry"

# From narrow to wide: the first that fits is taken.
_KEYS: Final[tuple[tuple[type[TrunklineError], str], ...]] = (
    (AuthenticationError, "action_authentication"),
    (PermissionDeniedError, "action_not_permitted"),
    (RateLimitedError, "action_rate_limited"),
    (ConnectionFailedError, "action_unreachable"),
    (NotFoundError, "action_not_found"),
    (RequestError, "action_refused"),
    (DataError, "action_nonsense"),
    (ArchiveError, "action_archive"),
    (TrunklineError, "action_provider"),
)


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


async def async_translated[T](
    entry: TrunklineConfigEntry, work: Callable[[], Awaitable[T]], *, unknown: str = "call_outcome_unknown"
) -> T:
    """Do the work; what goes wrong becomes an error that Home Assistant shows in the person's language.

    `unknown` is the message for a request that got no answer, so that nobody knows what became of it.
    """
    try:
        return await work()
    except UnsupportedError as error:
        raise misuse("unsupported", account=entry.title) from error
    except TrunklineError as error:
        key = unknown if isinstance(error, OutcomeUnknownError) else _key_of(error)
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"account": entry.title, "error": str(error)},
        ) from error


def _key_of(error: TrunklineError) -> str:
    return next(key for kind, key in _KEYS if isinstance(error, kind))
