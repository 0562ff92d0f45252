"""The exceptions for HTTP statuses, and for codes of the same meaning in a reply's body, with advice."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from trunkline.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.transport import retry_after

if TYPE_CHECKING:
    from trunkline.transport import Reply


@dataclass(frozen=True, slots=True)
class Advice:
    """The names of a provider's credentials, and the advice for each refusal.

    `credentials` is what it checks (`the token`), `renew` what to do about wrong ones, `permit` about what isn't
    permitted, `find` about what isn't there.
    """

    credentials: str
    renew: str
    permit: str
    find: str = "check the id, or the base URL"


def raise_for_status(status: int, reply: Reply, advice: Advice, reason: str | None = None) -> None:
    """Raise the exception for a status of 400 or more. `reason` is the provider's message, from `safe_text`."""
    who, words = reply.label, f"HTTP {status}" if reason is None else reason
    match status:
        case HTTPStatus.UNAUTHORIZED:
            raise AuthenticationError(f"{who} refused {advice.credentials} ({words}): {advice.renew}")
        case HTTPStatus.FORBIDDEN:
            raise PermissionDeniedError(f"{who} does not permit this ({words}): {advice.permit}")
        case HTTPStatus.NOT_FOUND:
            raise NotFoundError(f"{who} didn't find this ({words}): {advice.find}")
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimitedError(f"{who} limits requests: try again later", retry_after=retry_after(reply.headers))
    both = words if reason is None else f"code {status}, {words}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ProviderError(f"{who} reports an internal error ({both})")
    if status >= HTTPStatus.BAD_REQUEST:
        raise RequestError(f"{who} refused the request ({both})")
