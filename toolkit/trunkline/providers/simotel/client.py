"""Requests to a Simotel server: which may be repeated, and which are sent once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from trunkline.errors import DataError, ProviderError, RequestError
from trunkline.model import File
from trunkline.providers.common import fields
from trunkline.transport import Limits, Upload, outcome_unknown

from .replies import contradicts_itself, is_file, media_type, read_envelope, refuses_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.errors import OutcomeUnknownError
    from trunkline.transport import Reply, Transport

PING = "setting/ping/act"

# The ends of the paths that change nothing. A ping makes the server send an event, which is harmless.
_READS = ("/search", "/info", "/ordered/id", "/download")
_PATH = re.compile(r"[a-z0-9_]+(?:/[a-z0-9_]+)*", re.ASCII)
_NOT_IN_FILENAMES = re.compile(r"[^\w.\-]", re.ASCII)
_UPLOADED = "The file may have been uploaded. Check the list"


def is_read(path: str) -> bool:
    """Return whether a request to this path may be repeated, because it changes nothing."""
    return path == PING or path.endswith(_READS)


def checked_path(path: str) -> str:
    """Return a path below the base URL without slashes around it; `RequestError` for anything that isn't one."""
    plain = path.strip("/")
    if not _PATH.fullmatch(plain):
        msg = "Simotel's paths look like pbx/users/search: only lower-case letters, digits, _ and /"
        raise RequestError(msg)
    return plain


class SimotelClient:
    """Requests to one server. Reads are repeated with back-off; everything else is sent once."""

    def __init__(self, transport: Transport) -> None:
        """Keep the transport."""
        self._transport = transport

    async def read(self, path: str, body: Mapping[str, Any] | None = None, *, method: str = "POST") -> dict[str, Any]:
        """Return the envelope of a request that changes nothing."""
        return await self._envelope(await self._transport.read(method, path, json=dict(body or {})), path)

    async def change(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        effect: str = "The change may have been made. Check the result",
        method: str = "POST",
    ) -> dict[str, Any]:
        """Return the envelope of a request that changes something, which is sent once.

        Raises `OutcomeUnknownError` if the reply is missing or can't be read.
        """
        reply = await self._transport.send_once(method, path, json=dict(body), effect=effect)
        return await self._envelope_of_change(reply, path, effect)

    async def upload(self, path: str, upload: Upload) -> str:
        """Send a file once and return the name that the server gives it."""
        reply = await self._transport.send_once("POST", path, upload=upload, effect=_UPLOADED)
        envelope = await self._envelope_of_change(reply, path, _UPLOADED)
        try:
            return fields.required_text(fields.mapping(envelope.get("data"), "data").get("filename"), "filename")
        except DataError as error:
            raise unreadable(error, _UPLOADED) from None

    async def download(self, path: str, body: Mapping[str, Any], *, filename: str) -> File:
        """Return a file; `NotFoundError` if the server doesn't have it."""
        anything = {"Accept": "*/*"}
        reply = await self._transport.read("POST", path, json=dict(body), headers=anything, cap=Limits().audio)
        if not is_file(reply):
            await self._envelope(reply, path)
            raise fields.missing("file")
        name = _NOT_IN_FILENAMES.sub("_", filename)
        return File(content=reply.body, media_type=media_type(reply.media_type, name), filename=name)

    async def _envelope(self, reply: Reply, path: str) -> dict[str, Any]:
        address = await self._transport.local_address() if refuses_address(reply) else None
        return read_envelope(reply, path, address=address)

    async def _envelope_of_change(self, reply: Reply, path: str, effect: str) -> dict[str, Any]:
        if contradicts_itself(reply):
            raise outcome_unknown(f"Simotel answered with HTTP {reply.status} and a body that says success", effect)
        try:
            return await self._envelope(reply, path)
        except (DataError, ProviderError) as error:
            raise unreadable(error, effect) from None


def unreadable(error: DataError | ProviderError, effect: str) -> OutcomeUnknownError:
    """Return the error for a reply to a change that can't be read."""
    return outcome_unknown(f"Simotel's reply can't be read ({error})", effect)
