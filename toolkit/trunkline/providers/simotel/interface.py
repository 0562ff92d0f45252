"""Requests to a Simotel server: which may be repeated, and what its replies and refusals mean.

Source: "Simotel API", sections Authentication and the table of common messages.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from trunkline.errors import (
    AuthenticationError,
    DataError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
)
from trunkline.model import Recording
from trunkline.providers.common import fields
from trunkline.transport import Limits, Upload, retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.errors import TrunklineError
    from trunkline.transport import Reply, Transport

PING = "setting/ping/act"
ORIGINATE = "call/originate/act"
AUDIO = "reports/audio/download"

# The last words of the paths that change nothing. A ping makes the server send an event, which does no harm twice.
_READS = ("/search", "/info", "/ordered/id", "/download")
_PATH = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*", re.ASCII)
# The document writes "dose not exist" in one language and "does not exist" in the other.
_ABSENT = re.compile(r"(?:do(?:es|se)|did)\s+not\s+exist|doesn't exist|not\s+found|no\s+such", re.IGNORECASE)
_SHORT = 300
_NO_TYPE = "application/octet-stream"
_MEDIA_TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "tif": "image/tiff", "tiff": "image/tiff"}
_NAME_LETTERS = re.compile(r"[^\w.\-]", re.ASCII)


def is_read(path: str) -> bool:
    """Tell whether a request to this path may be repeated, because it changes nothing."""
    return path == PING or path.endswith(_READS)


def checked_path(path: str) -> str:
    """Return a path below the base URL, without slashes around it; `RequestError` for what can't be one."""
    plain = path.strip("/")
    if not _PATH.fullmatch(plain):
        msg = "Simotel's paths look like pbx/users/search: small letters, digits, _ and / alone"
        raise RequestError(msg)
    return plain


class Interface:
    """Sends to one server. Reads are repeated with back-off; everything else goes out once."""

    def __init__(self, transport: Transport) -> None:
        """Take the connection."""
        self._transport = transport

    async def ask(self, path: str, body: Mapping[str, Any] | None = None, *, method: str = "POST") -> dict[str, Any]:
        """Return the envelope of a request that changes nothing."""
        return await self._judged(await self._transport.read(method, path, json=dict(body or {})), path)

    async def change(
        self, path: str, body: Mapping[str, Any], *, effect: str = "and the change is made", method: str = "POST"
    ) -> dict[str, Any]:
        """Return the envelope of a request that changes something, which is sent once.

        `OutcomeUnknownError` also where the answer makes no sense.
        """
        reply = await self._transport.send_once(method, path, json=dict(body), effect=effect)
        return await self._judged_change(reply, path, effect)

    async def upload(self, path: str, upload: Upload) -> dict[str, Any]:
        """Return the envelope of a file that was sent, once."""
        effect = "and the file is there"
        return await self._judged_change(
            await self._transport.send_once("POST", path, upload=upload, effect=effect), path, effect
        )

    async def download(self, path: str, body: Mapping[str, Any], *, filename: str) -> Recording:
        """Return a file; `NotFoundError` for one that isn't there."""
        anything = {"Accept": "*/*"}
        reply = await self._transport.read("POST", path, json=dict(body), headers=anything, cap=Limits().audio)
        if reply.status >= HTTPStatus.BAD_REQUEST or "json" in reply.media_type or not _is_file(reply.body):
            await self._judged(reply, path)
            raise fields.wrong("file", "there")
        name = _NAME_LETTERS.sub("_", filename)
        return Recording(content=reply.body, media_type=_media_type(reply.media_type, name), filename=name)

    async def _judged(self, reply: Reply, path: str) -> dict[str, Any]:
        address = await self._transport.local_address() if _refuses_address(reply) else None
        return envelope(reply, path, address=address)

    async def _judged_change(self, reply: Reply, path: str, effect: str) -> dict[str, Any]:
        try:
            return await self._judged(reply, path)
        except (DataError, ProviderError) as error:
            raise unknown(error, effect) from None


def unknown(error: TrunklineError, effect: str) -> OutcomeUnknownError:
    """Return the error for an answer to a change that makes no sense."""
    msg = (
        f"Simotel's answer makes no sense ({error}): nobody knows whether the request was carried out {effect}. "
        "It was not repeated; look there before trying again"
    )
    return OutcomeUnknownError(msg)


def envelope(reply: Reply, path: str, *, address: str | None = None) -> dict[str, Any]:
    """Return the envelope of a successful reply, or raise what its status, `success` and message say.

    `address` is our own, for the message where the server doesn't permit it. A user that was added is told in another
    shape (`status` is "success"), which is taken everywhere.
    """
    body = _object(reply)
    if body is None:
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise _refusal(reply, path, None, address)
        raise reply.wrong("JSON")
    success, status = body.get("success"), body.get("status")
    refused = success in (0, "0") or (success is None and status in ("error", "fail", "failed"))
    if reply.status >= HTTPStatus.BAD_REQUEST or refused:
        raise _refusal(reply, path, body.get("message"), address)
    if success in (1, "1") or (success is None and status == "success"):
        return body
    raise fields.wrong("success", "1 or 0")


def _is_file(body: bytes) -> bool:
    """Tell sound and pictures from JSON, from a page of the web server, and from nothing."""
    return body[:_SHORT].lstrip()[:1] not in (b"", b"{", b"[", b"<")


def _media_type(declared: str, filename: str) -> str:
    """Return the declared media type, or that of the name's ending: what the server declares isn't documented."""
    if declared and declared != _NO_TYPE and not declared.startswith("text/"):
        return declared
    return _MEDIA_TYPES.get(filename.rpartition(".")[2].lower(), _NO_TYPE)


def _object(reply: Reply) -> dict[str, Any] | None:
    """Return the reply's JSON object, None where it isn't one."""
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _refuses_address(reply: Reply) -> bool:
    short = reply.status == HTTPStatus.FORBIDDEN or len(reply.body) <= _SHORT
    return short and b"ip is not permitted" in reply.body[:_SHORT].lower()


def _refusal(reply: Reply, path: str, message: object, address: str | None) -> TrunklineError:
    """Return the error for a refused request: the message tells more than the status, which may be 200."""
    status = reply.status
    word = message[:_SHORT].lower() if isinstance(message, str) else ""
    shown = fields.shown(word and str(message)[:_SHORT])
    if status == HTTPStatus.UNAUTHORIZED or "basicauth or apikey" in word:
        msg = (
            f"Simotel refuses the login ({shown}): check user name, password and API key of the API account, "
            "and that it is enabled (Maintenance > API Accounts)"
        )
        return AuthenticationError(msg)
    if "ip is not permitted" in word:
        return _address_refused(address)
    if status == HTTPStatus.FORBIDDEN or "access denied" in word:
        where = "Maintenance > API Accounts > Request"
        msg = f"Simotel: the API account isn't allowed to use /{path}: permit it under {where}"
        return PermissionDeniedError(msg)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitedError("Simotel asks for fewer requests", retry_after=retry_after(reply.headers))
    if status == HTTPStatus.NOT_IMPLEMENTED or "requested service" in word:
        msg = f"this Simotel has no service /{path}: the base URL must end with /api/v4, and the server must be recent"
        return NotFoundError(msg)
    if status == HTTPStatus.NOT_FOUND:
        msg = f"Simotel has nothing at /{path}: the file that was asked for isn't there, or the base URL is wrong"
        return NotFoundError(msg)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ProviderError(f"Simotel reports a failure of its own (HTTP {status})")
    if _ABSENT.search(word):
        return NotFoundError(f"Simotel knows no such thing: {shown}")
    why = shown if word.strip() else f"HTTP {status}"
    return RequestError(f"Simotel refused the request to /{path}: {why}")


def _address_refused(address: str | None) -> PermissionDeniedError:
    which = f"the address {address} (behind a router it sees the router's)" if address else "this machine's address"
    msg = f"Simotel doesn't permit requests from here: allow {which} under Maintenance > Settings > Simotel API"
    return PermissionDeniedError(msg, address=address)
