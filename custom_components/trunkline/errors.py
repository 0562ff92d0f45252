"""What an error of the toolkit means in Home Assistant: one row for each exception.

A new exception is one row of `ERRORS` and the texts under its keys.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError, ServiceValidationError

from trunkline import inert
from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    DataError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
    TrunklineError,
    UnsupportedError,
)

from .compat import update_failed
from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.helpers.update_coordinator import UpdateFailed


class Poll(Enum):
    """What happens after a poll failed."""

    TRY_AGAIN = auto()
    """The next poll is due as usual, or when the provider asked for it."""
    REAUTHENTICATE = auto()
    """Home Assistant asks for new credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMessages:
    """How one exception, with those derived from it, is reported. All keys but the form's are in `exceptions`.

    `change` is the key for an action that changes something without placing a call, where it differs from `action`.
    `action_raises` is the exception that an action raises: `ServiceValidationError` for a mistake of the caller.
    """

    error: type[TrunklineError]
    poll: str
    action: str
    form: str
    change: str = ""
    after_poll: Poll = Poll.TRY_AGAIN
    action_raises: type[HomeAssistantError] = HomeAssistantError


# From narrow to wide: the first row that matches is used.
ERRORS = (
    ErrorMessages(
        error=AuthenticationError,
        poll="update_authentication",
        action="action_authentication",
        form="invalid_auth",
        after_poll=Poll.REAUTHENTICATE,
    ),
    ErrorMessages(
        error=PermissionDeniedError,
        poll="update_not_permitted",
        action="action_not_permitted",
        form="not_permitted",
    ),
    ErrorMessages(
        error=RateLimitedError,
        poll="update_rate_limited",
        action="action_rate_limited",
        form="rate_limited",
    ),
    ErrorMessages(
        error=ConnectionFailedError,
        poll="update_unreachable",
        action="action_unreachable",
        form="cannot_connect",
    ),
    ErrorMessages(
        error=NotFoundError,
        poll="update_refused",
        action="action_not_found",
        form="invalid_response",
    ),
    ErrorMessages(
        error=RequestError,
        poll="update_refused",
        action="action_refused",
        form="refused",
    ),
    ErrorMessages(
        error=ProviderError,
        poll="update_provider",
        action="action_provider",
        form="cannot_connect",
    ),
    ErrorMessages(
        error=DataError,
        poll="update_invalid_response",
        action="action_invalid_response",
        form="invalid_response",
    ),
    ErrorMessages(
        error=ArchiveError,
        poll="update_archive",
        action="action_archive",
        form="refused",
    ),
    ErrorMessages(
        error=OutcomeUnknownError,
        poll="update_refused",
        action="call_outcome_unknown",
        change="change_outcome_unknown",
        form="refused",
    ),
    ErrorMessages(
        error=UnsupportedError,
        poll="update_refused",
        action="unsupported",
        action_raises=ServiceValidationError,
        form="refused",
    ),
    ErrorMessages(
        error=ConfigError,
        poll="update_refused",
        action="action_provider",
        form="invalid_settings",
    ),
    ErrorMessages(
        error=TrunklineError,
        poll="update_refused",
        action="action_provider",
        form="refused",
    ),
)


_LONGEST_TEXT = 1000


def placeholders(**texts: str) -> dict[str, str]:
    """Return the texts for a translated message, made inert.

    Home Assistant renders many messages as Markdown, which loads images; providers choose some of these texts.
    """
    return {name: inert.plain(text, _LONGEST_TEXT) for name, text in texts.items()}


def update_failure(error: TrunklineError, account: str) -> UpdateFailed | ConfigEntryAuthFailed:
    """Return what a failed poll of the account (its title) raises."""
    messages = _messages(error)
    texts = placeholders(account=account, error=str(error))
    if messages.after_poll is Poll.REAUTHENTICATE:
        return ConfigEntryAuthFailed(
            translation_domain=DOMAIN, translation_key=messages.poll, translation_placeholders=texts
        )
    retry_after = error.retry_after if isinstance(error, RateLimitedError) else None
    return update_failed(messages.poll, texts, retry_after=retry_after)


def form_error(error: TrunklineError) -> str:
    """Return the key of the error that a form shows."""
    return _messages(error).form


@contextmanager
def action_errors(account: str) -> Iterator[None]:
    """Report errors of an action that asks for calls or reads; `account` is the title of its entry."""
    try:
        yield
    except TrunklineError as error:
        messages = _messages(error)
        raise _action_error(messages, messages.action, account, error) from error


@contextmanager
def change_errors(account: str) -> Iterator[None]:
    """Report errors of an action that changes something at the provider; `account` is the title of its entry."""
    try:
        yield
    except TrunklineError as error:
        messages = _messages(error)
        raise _action_error(messages, messages.change or messages.action, account, error) from error


def _action_error(messages: ErrorMessages, key: str, account: str, error: TrunklineError) -> HomeAssistantError:
    return messages.action_raises(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders(account=account, error=str(error)),
    )


def _messages(error: TrunklineError) -> ErrorMessages:
    return next(row for row in ERRORS if isinstance(error, row.error))
