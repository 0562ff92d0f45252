"""The one small tree of exceptions that everything here raises.

Every message is written for the person who meets it: what happened, to which
account, what to do. None ever holds a token, a password or a phone number.
"""

from __future__ import annotations


class TrunklineError(Exception):
    """Anything that Trunkline can say went wrong."""


class ConnectionFailedError(TrunklineError):
    """The provider could not be reached, was cut off, or took too long to answer a read."""


class AuthenticationError(TrunklineError):
    """The provider refuses the credentials: they are wrong, expired or withdrawn."""


class PermissionDeniedError(TrunklineError):
    """The credentials are right, but not allowed to do this, or not from this address."""

    def __init__(self, message: str, *, address: str | None = None) -> None:
        """Remember the address that the provider would have to allow, where it says which."""
        super().__init__(message)
        self.address = address


class RateLimitedError(TrunklineError):
    """The provider wants fewer requests; `retry_after` is in seconds, if it said."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the wait that the provider asked for."""
        super().__init__(message)
        self.retry_after = retry_after


class RequestError(TrunklineError):
    """The provider understood the request and refused it (a bad number, an unknown id, no credit)."""


class NotFoundError(RequestError):
    """What was asked for does not exist at the provider."""


class ProviderError(TrunklineError):
    """The provider reports a failure of its own."""


class DataError(TrunklineError):
    """A reply, a pushed record or a file makes no sense; names the field, never a secret's value."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Name the field that could not be read, in the provider's spelling."""
        super().__init__(message)
        self.field = field


class ForeignRecordError(DataError):
    """A pushed record of a service that the account hasn't: it is refused, whoever sent it."""


class OutcomeUnknownError(TrunklineError):
    """A request that may cost money got no answer: nobody knows whether the phone rings.

    It is never repeated on its own. Look at the provider's call list before trying again.
    """


class UnsupportedError(TrunklineError):
    """The provider has no such service; `account.supports(...)` says so beforehand."""


class ArchiveError(TrunklineError):
    """The archive cannot be opened, is newer than this version, or refused a write."""


class ConfigError(TrunklineError):
    """Settings that cannot work: a missing account, credential, option or file."""
