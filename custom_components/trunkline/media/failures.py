"""What it means if a file can't be had: the message in the media browser, and the status over HTTP.

The messages say nothing of what the provider sent, which may contain its address. One row for each exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from homeassistant.exceptions import HomeAssistantError

from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    ConnectionFailedError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    TooLargeError,
    TrunklineError,
    UnsupportedError,
)

from ..const import DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class _Row:
    error: type[TrunklineError]
    key: str
    status: HTTPStatus


# From narrow to wide: the first row that matches is used.
_ROWS: Final = (
    _Row(NotFoundError, "media_not_found", HTTPStatus.NOT_FOUND),
    _Row(UnsupportedError, "media_not_found", HTTPStatus.NOT_FOUND),
    _Row(AuthenticationError, "media_refused", HTTPStatus.BAD_GATEWAY),
    _Row(PermissionDeniedError, "media_refused", HTTPStatus.BAD_GATEWAY),
    _Row(RateLimitedError, "media_later", HTTPStatus.SERVICE_UNAVAILABLE),
    _Row(ConnectionFailedError, "media_unreachable", HTTPStatus.GATEWAY_TIMEOUT),
    _Row(TooLargeError, "media_too_large", HTTPStatus.BAD_GATEWAY),
    _Row(ArchiveError, "media_archive", HTTPStatus.SERVICE_UNAVAILABLE),
    _Row(TrunklineError, "media_failed", HTTPStatus.BAD_GATEWAY),
)


def status_of(error: TrunklineError) -> HTTPStatus:
    """Return the status with which a request for a file is answered."""
    return _row(error).status


def failure[E: HomeAssistantError](kind: type[E], error: TrunklineError, account: str) -> E:
    """Return a translated exception of a kind for a file that can't be had; `account` is the title of its entry."""
    return translated(kind, _row(error).key, account=account)


def translated[E: HomeAssistantError](kind: type[E], key: str, **texts: str) -> E:
    """Return a translated exception of a kind."""
    filled: Mapping[str, str] = placeholders(**texts)
    return kind(translation_domain=DOMAIN, translation_key=key, translation_placeholders=dict(filled) or None)


def _row(error: TrunklineError) -> _Row:
    return next(row for row in _ROWS if isinstance(error, row.error))
