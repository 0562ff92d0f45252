"""The files of an account: recordings of its calls, voicemails and faxes, downloaded when somebody asks for one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from trunkline.errors import NotFoundError, UnsupportedError
from trunkline.model import Capability, Status

from .file_cache import FileCache
from .media_types import AUDIO, DOCUMENTS, MediaType, media_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import Call, Fax, File, Voicemail
    from trunkline.providers import Account

    from .requests import AccountRequests
    from .tasks import Spawn

LISTED_PERIOD: Final = timedelta(days=366)
"""How far back voicemails and faxes are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A whole file, with the type that it really has. `at` is when the call or message was, in UTC."""

    content: bytes = field(repr=False)
    media_type: MediaType
    digest: str
    """Tells two contents apart."""
    at: datetime | None


def has_recordings(account: Account) -> bool:
    """Return whether the calls of the account can have recordings that can be downloaded."""
    return account.supports(Capability.RECORDING)


def has_voicemails(account: Account) -> bool:
    """Return whether the account lists voicemails whose audio can be downloaded."""
    return account.supports(Capability.VOICEMAILS) and account.supports(Capability.VOICEMAIL_AUDIO)


def has_faxes(account: Account) -> bool:
    """Return whether the account lists faxes whose documents can be downloaded."""
    return account.supports(Capability.FAXES) and account.supports(Capability.FAX_DOCUMENT)


def may_be_recorded(account: Account, call: Call) -> bool:
    """Return whether a call has a recording, as far as its provider says which calls have one."""
    if call.recording is not None:
        return True
    return not account.info.lists_recordings and call.status is Status.ANSWERED


class AccountFiles:
    """Finds and downloads the files of one account. All methods raise `TrunklineError`, `NotFoundError` included."""

    def __init__(
        self,
        hass: HomeAssistant,
        account: Account,
        archive: Archive,
        account_key: str,
        *,
        requests: AccountRequests,
        find_pushed: Callable[[str], Call | None],
        spawn: Spawn,
    ) -> None:
        """Download nothing yet. `find_pushed` returns a pushed call that the call list doesn't have yet."""
        self._account = account
        self._archive = archive
        self._account_key = account_key
        self._requests = requests
        self._cache = FileCache[MediaFile](hass, spawn)
        self._offload = hass.async_add_executor_job
        self._find_pushed = find_pushed
        self._voicemails: dict[str, Voicemail] = {}
        self._faxes: dict[str, Fax] = {}

    @callback
    def async_close(self) -> None:
        """Drop what is kept, and stop what is being downloaded."""
        self._cache.async_close()

    async def async_call(self, call_id: str) -> Call:
        """Return a call of the archive, or one that was pushed and is not there yet."""
        call = await self._offload(self._archive.get, self._account_key, call_id)
        call = call or self._find_pushed(call_id)
        if call is None:
            msg = "there is no call with this id"
            raise NotFoundError(msg)
        return call

    async def async_voicemails(self) -> tuple[Voicemail, ...]:
        """Return the voicemails of the last year that were saved, newest first, from the provider."""
        if not has_voicemails(self._account):
            raise _none("voicemails")
        listed = await self._requests.async_send(partial(self._account.voicemails, since=_first_listed()))
        saved = tuple(voicemail for voicemail in listed if voicemail.problem is None)
        self._voicemails = {voicemail.voicemail_id: voicemail for voicemail in saved}
        return saved

    async def async_faxes(self) -> tuple[Fax, ...]:
        """Return the faxes of the last year that have a document, newest first, from the provider."""
        if not has_faxes(self._account):
            raise _none("faxes")
        listed = await self._requests.async_send(partial(self._account.faxes, since=_first_listed()))
        self._faxes = {fax.fax_id: fax for fax in listed if fax.fax_id is not None}
        return tuple(self._faxes.values())

    async def async_recording(self, call_id: str) -> MediaFile:
        """Return the recording of a call."""

        async def download() -> MediaFile:
            call = await self.async_call(call_id)
            return await self._download(partial(self._account.recording, call), AUDIO, call.started_at)

        return await self._cache.async_get(("call", call_id), download)

    async def async_voicemail(self, voicemail_id: str) -> MediaFile:
        """Return the audio of a voicemail."""

        async def download() -> MediaFile:
            if voicemail_id not in self._voicemails:
                await self.async_voicemails()
            if (voicemail := self._voicemails.get(voicemail_id)) is None:
                msg = "there is no voicemail with this id"
                raise NotFoundError(msg)
            return await self._download(partial(self._account.voicemail_audio, voicemail), AUDIO, voicemail.received_at)

        return await self._cache.async_get(("voicemail", voicemail_id), download)

    async def async_fax(self, fax_id: str) -> MediaFile:
        """Return the document of a fax."""

        async def download() -> MediaFile:
            if fax_id not in self._faxes:
                await self.async_faxes()
            if (fax := self._faxes.get(fax_id)) is None:
                msg = "there is no fax with this id"
                raise NotFoundError(msg)
            return await self._download(partial(self._account.fax_document, fax), DOCUMENTS, fax.at)

        return await self._cache.async_get(("fax", fax_id), download)

    async def _download(
        self, request: Callable[[], Awaitable[File]], allowed: frozenset[MediaType], at: datetime | None
    ) -> MediaFile:
        file = await self._requests.async_send(request)
        found = media_type(file.content, file.media_type, allowed)
        digest = await self._offload(_digest, file.content)
        return MediaFile(content=file.content, media_type=found, digest=digest, at=at)


def _first_listed() -> datetime:
    return dt_util.utcnow() - LISTED_PERIOD


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _none(what: str) -> UnsupportedError:
    msg = f"this account has no {what} that can be played"
    return UnsupportedError(msg)
