"""Simotel's replies: the JSON envelope, and the exceptions for a status, `success` or message.

Source: "Simotel API", section Authentication and the table of common messages.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from trunkline.errors import (
    AuthenticationError,
    DataError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
    TooLargeError,
)
from trunkline.providers.common import fields
from trunkline.transport import retry_after

if TYPE_CHECKING:
    from trunkline.errors import TrunklineError
    from trunkline.transport import Reply

# The document writes "dose not exist" in one language and "does not exist" in the other.
_NOT_FOUND = re.compile(r"(?:do(?:es|se)|did)\s+not\s+exist|doesn't exist|not\s+found|no\s+such", re.IGNORECASE)
_LONGEST_MESSAGE = 300
_UNKNOWN_TYPE = "application/octet-stream"
_MEDIA_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "tif": "image/tiff", "tiff": "image/tiff"}


def read_envelope(reply: Reply, path: str, *, address: str | None = None) -> dict[str, Any]:
    """Return the envelope of a successful reply, or raise the error of any other.

    `address` is this machine's own, for the message where the server doesn't permit it. The reply to adding a user has
    another shape (`status` is "success"), which is accepted everywhere.
    """
    body = _json_object(reply)
    if body is None:
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise _error(reply, path, None, address)
        raise reply.wrong("JSON")
    success, status = body.get("success"), body.get("status")
    refused = success in (0, "0") or (success is None and status in ("error", "fail", "failed"))
    if reply.status >= HTTPStatus.BAD_REQUEST or refused:
        raise _error(reply, path, body.get("message"), address)
    if _succeeded(body):
        return body
    raise fields.wrong("success", "1 or 0")


def contradicts_itself(reply: Reply) -> bool:
    """Return whether the HTTP status is an error and the envelope says success."""
    body = _json_object(reply)
    return reply.status >= HTTPStatus.BAD_REQUEST and body is not None and _succeeded(body)


def _succeeded(body: dict[str, Any]) -> bool:
    success = body.get("success")
    return success in (1, "1") or (success is None and body.get("status") == "success")


def refuses_address(reply: Reply) -> bool:
    """Return whether the server doesn't permit requests from this machine's address."""
    is_short = reply.status == HTTPStatus.FORBIDDEN or len(reply.body) <= _LONGEST_MESSAGE
    return is_short and b"ip is not permitted" in reply.body[:_LONGEST_MESSAGE].lower()


def is_file(reply: Reply) -> bool:
    """Return whether a reply is sound or a picture rather than JSON, a page of the web server, or empty."""
    if reply.status >= HTTPStatus.BAD_REQUEST or "json" in reply.media_type:
        return False
    return reply.body[:_LONGEST_MESSAGE].lstrip()[:1] not in (b"", b"{", b"[", b"<")


def media_type(declared: str, filename: str) -> str:
    """Return the declared media type, or that of the file's extension if the declared one is generic."""
    if declared and declared != _UNKNOWN_TYPE and not declared.startswith("text/"):
        return declared
    return _MEDIA_TYPES.get(filename.rpartition(".")[2].lower(), _UNKNOWN_TYPE)


def _json_object(reply: Reply) -> dict[str, Any] | None:
    try:
        body = reply.json()
    except DataError as error:
        # The status of an error says more than its page.
        if isinstance(error, TooLargeError) and reply.status < HTTPStatus.BAD_REQUEST:
            raise
        return None
    return body if isinstance(body, dict) else None


def _error(reply: Reply, path: str, message: object, address: str | None) -> TrunklineError:
    """Return the error of a refused request. The message says more than the status, which may be 200."""
    status = reply.status
    text = message[:_LONGEST_MESSAGE].lower() if isinstance(message, str) else ""
    reason = fields.safe_text(text and str(message)[:_LONGEST_MESSAGE])
    if status == HTTPStatus.UNAUTHORIZED or "basicauth or apikey" in text:
        msg = (
            f"Simotel refused the login ({reason}): check user name, password and API key of the API account, "
            "and that it is enabled (Maintenance > API Accounts)"
        )
        return AuthenticationError(msg)
    if "ip is not permitted" in text:
        return _address_refused(address)
    if status == HTTPStatus.FORBIDDEN or "access denied" in text:
        where = "Maintenance > API Accounts > Request"
        msg = f"Simotel: the API account doesn't have access to /{path}: allow it under {where}"
        return PermissionDeniedError(msg)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError("Simotel limits requests: try again later", retry_after=retry_after(reply.headers))
    if status == HTTPStatus.NOT_IMPLEMENTED or "requested service" in text:
        msg = f"this Simotel has no service /{path}: the base URL must end with /api/v4, and the server must be recent"
        return NotFoundError(msg)
    if status == HTTPStatus.NOT_FOUND:
        msg = f"Simotel has nothing at /{path}: the requested file doesn't exist, or the base URL is wrong"
        return NotFoundError(msg)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProviderError(f"Simotel reports an internal error (HTTP {status})")
    if _NOT_FOUND.search(text):
        return NotFoundError(f"Simotel didn't find this: {reason}")
    why = reason if text.strip() else f"HTTP {status}"
    return RequestError(f"Simotel refused the request to /{path}: {why}")


def _address_refused(address: str | None) -> PermissionDeniedError:
    which = (
        f"the address {address} (or, behind a router, the router's address)" if address else "this machine's address"
    )
    msg = f"Simotel doesn't permit requests from here: allow {which} under Maintenance > Settings > Simotel API"
    return PermissionDeniedError(msg, address=address)
