"""The exceptions that Trunkline raises.

A message says what happened, to which account or provider, and what to do. It never contains a token, a password or a
phone number.
"""

from __future__ import annotations

import math

LONGEST_PAUSE = 3600.0
"""The longest time in seconds that a provider's request to wait is followed.

A provider that still wants no requests after an hour can say so again. Without a limit, one wrong answer would stop an
account for years.
"""


class TrunklineError(Exception):
    """The base class of all errors that Trunkline raises on purpose."""


class ConnectionFailedError(TrunklineError):
    """The provider could not be reached, the connection was lost, or a read was not answered in time."""


class AuthenticationError(TrunklineError):
    """The provider refused the credentials: they are wrong, expired or revoked."""


class PermissionDeniedError(TrunklineError):
    """The credentials are valid but don't permit this request, or not from this IP address."""

    def __init__(self, message: str, *, address: str | None = None) -> None:
        """Store the IP address that the provider must permit, if it states one."""
        super().__init__(message)
        self.address = address


class RateLimitedError(TrunklineError):
    """The provider received too many requests.

    `retry_after` is the time to wait in seconds, from 0 to an hour (`LONGEST_PAUSE`); None if the provider stated none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Store how long the provider asks to wait; a longer time becomes an hour, a negative one 0."""
        super().__init__(message)
        self.retry_after = (
            None if retry_after is None or math.isnan(retry_after) else min(max(0.0, retry_after), LONGEST_PAUSE)
        )


class RequestError(TrunklineError):
    """The provider refused the request: an invalid number, an unknown id, insufficient credit."""


class NotFoundError(RequestError):
    """The requested item does not exist at the provider."""


class ProviderError(TrunklineError):
    """The provider failed to process a request (a server error)."""


class DataError(TrunklineError):
    """A reply, a pushed record, a file or an argument has an invalid value; `field` names it."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Store the name of the invalid field, as the provider spells it."""
        super().__init__(message)
        self.field = field


class TooLargeError(DataError):
    """A reply is larger than is read, or has more values. Ask for less at once: a smaller page or a shorter period."""


class ForeignRecordError(DataError):
    """A pushed record belongs to a service that the account doesn't have."""


class OutcomeUnknownError(TrunklineError):
    """A request that may cost money or change something got no conclusive reply. The phone may be ringing.

    It is never repeated automatically. Check the provider's call list before you try again.
    """


class UnsupportedError(TrunklineError):
    """The provider lacks the capability; check with `account.supports(...)` beforehand."""


class ArchiveError(TrunklineError):
    """The archive can't be opened, read or written, or a newer version of Trunkline wrote it."""


class DamagedArchiveError(ArchiveError):
    """The file or a row of the archive is damaged. `trunkline archive repair` saves what can be read."""


class ConfigError(TrunklineError):
    """A setting or argument is missing or invalid: an account, a credential, an option, a date."""
