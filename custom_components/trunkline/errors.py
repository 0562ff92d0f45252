"""What a failure of the core means to Home Assistant: which translated message, and whether to ask for credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.exceptions import ConfigEntryAuthFailed

from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    TrunklineError,
)

from .compat import update_failed
from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.helpers.update_coordinator import UpdateFailed

# From narrow to wide: the first that fits is taken.
_UPDATE_KEYS: tuple[tuple[type[TrunklineError], str], ...] = (
    (RateLimitedError, "update_rate_limited"),
    (PermissionDeniedError, "update_not_permitted"),
    (ConnectionFailedError, "update_unreachable"),
    (ProviderError, "update_provider"),
    (DataError, "update_nonsense"),
    (ArchiveError, "update_archive"),
    (TrunklineError, "update_refused"),
)
_FLOW_KEYS: tuple[tuple[type[TrunklineError], str], ...] = (
    (AuthenticationError, "invalid_auth"),
    (PermissionDeniedError, "not_permitted"),
    (ConfigError, "invalid_settings"),
    (DataError, "invalid_response"),
    (NotFoundError, "invalid_response"),
    (ConnectionFailedError, "cannot_connect"),
    (RateLimitedError, "rate_limited"),
    (ProviderError, "cannot_connect"),
    (TrunklineError, "refused"),
)


def update_failure(error: TrunklineError, account: str) -> UpdateFailed | ConfigEntryAuthFailed:
    """Return what a poll raises: one line in the log, or a reauthentication."""
    placeholders = {"account": account, "error": str(error)}
    if isinstance(error, AuthenticationError):
        return ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key="update_authentication", translation_placeholders=placeholders
        )
    retry_after = error.retry_after if isinstance(error, RateLimitedError) else None
    return update_failed(_key(error, _UPDATE_KEYS), placeholders, retry_after=retry_after)


def flow_error(error: TrunklineError) -> str:
    """Return the key of the message that a form shows."""
    return _key(error, _FLOW_KEYS)


def _key(error: TrunklineError, keys: tuple[tuple[type[TrunklineError], str], ...]) -> str:
    return next(key for kind, key in keys if isinstance(error, kind))
