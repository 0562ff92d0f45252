"""Sends recordings, voicemails and faxes to browsers and media players, without the provider's address or token."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.components.http import KEY_HASS_USER
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from trunkline.errors import RateLimitedError, TrunklineError

from ..account.access import may_see_calls
from ..const import DOMAIN
from .addresses import MEDIA_PATH, file_at
from .failures import failure, status_of, translated
from .files import async_file, file_name
from .ranges import UnsatisfiableRangeError, requested_range

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.core import HomeAssistant

    from ..account.files import MediaFile
    from ..runtime import TrunklineConfigEntry

_PIECE: Final = 256 * 1024
# What is sent with errors as well: nothing is stored, and nothing is taken for something else than it is said to be.
_HEADERS: Final = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


class MediaView(HomeAssistantView):
    """Answers requests for the addresses that the media source returns, whole or in part.

    Everything stands in the path, because a signature covers the path.
    """

    url = MEDIA_PATH + "/{entry_id}/{item}/{code}"
    name = f"api:{DOMAIN}:media"

    async def get(self, request: web.Request, entry_id: str, item: str, code: str) -> web.StreamResponse:
        """Send a file, or the part of it that is asked for."""
        return await self._answer(request, entry_id, item, code)

    async def head(self, request: web.Request, entry_id: str, item: str, code: str) -> web.StreamResponse:
        """Say what a file is, and how long."""
        return await self._answer(request, entry_id, item, code)

    async def _answer(self, request: web.Request, entry_id: str, item: str, code: str) -> web.StreamResponse:
        hass = request.app[KEY_HASS]
        file_id = file_at(hass, entry_id, item, code)
        entry = _loaded(hass, entry_id)
        if file_id is None or entry is None:
            return _error(HTTPStatus.NOT_FOUND, translated(HomeAssistantError, "media_address"))
        if not _may_play(entry, request[KEY_HASS_USER]):
            return _error(HTTPStatus.FORBIDDEN, translated(HomeAssistantError, "admins_only", account=entry.title))
        try:
            file = await async_file(entry.runtime_data, file_id)
        except TrunklineError as error:
            return _failed(error, entry.title)
        return await _send(request, file, file_name(entry.runtime_data, file_id, file))


@callback
def async_setup_media_view(hass: HomeAssistant) -> None:
    """Serve the addresses, once for all accounts."""
    hass.http.register_view(MediaView)


def _loaded(hass: HomeAssistant, entry_id: str) -> TrunklineConfigEntry | None:
    entry: TrunklineConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN or entry.state is not ConfigEntryState.LOADED:
        return None
    return entry


def _may_play(entry: TrunklineConfigEntry, user: User) -> bool:
    """Return whether a user may hear recordings. Home Assistant's own user signs for automations, as resolved."""
    return user.is_active and (user.system_generated or may_see_calls(entry, user))


async def _send(request: web.Request, file: MediaFile, name: str) -> web.StreamResponse:
    content = memoryview(file.content)
    tag = f'"{file.digest}"'
    headers = {
        **_HEADERS,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{name}"',
        "Content-Type": file.media_type.name,
        "ETag": tag,
    }
    # RFC 9110, section 14.2: only GET has parts.
    wanted = request.headers.get("Range") if request.method == "GET" else None
    if request.headers.get("If-Range", tag) != tag:
        # Another version of the file, or a date, which a file of a provider doesn't have.
        wanted = None
    try:
        part = requested_range(wanted, len(content))
    except UnsatisfiableRangeError:
        return web.Response(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={**_HEADERS, "Content-Range": f"bytes */{len(content)}"},
        )
    status = HTTPStatus.OK
    if part is not None:
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
        content = content[part.start : part.stop]
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(content)
    await response.prepare(request)
    if request.method != "HEAD":
        for start in range(0, len(content), _PIECE):
            await response.write(content[start : start + _PIECE])
    await response.write_eof()
    return response


def _failed(error: TrunklineError, account: str) -> web.Response:
    response = _error(status_of(error), failure(HomeAssistantError, error, account))
    if isinstance(error, RateLimitedError) and error.retry_after is not None:
        response.headers["Retry-After"] = str(round(error.retry_after))
    return response


def _error(status: HTTPStatus, reason: HomeAssistantError) -> web.Response:
    return web.Response(text=str(reason), status=status, headers=_HEADERS)
