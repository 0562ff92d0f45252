"""The media source: recordings of calls, voicemails and faxes of all accounts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, override

from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.config_entries import ConfigEntryState

from trunkline.errors import TrunklineError

from .account.archive_damage import damage_reported
from .const import DOMAIN
from .media.addresses import address_of
from .media.failures import failure, translated
from .media.files import async_file
from .media.identifiers import InvalidIdentifierError, is_file, parse
from .media.requester import async_requester_may_see_calls
from .media.texts import Texts
from .media.tree import AccountTree, has_media, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant
    from homeassistant.exceptions import HomeAssistantError

    from .media.identifiers import FileId, Folder
    from .runtime import TrunklineConfigEntry

NAME = "Trunkline"


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Return the media source."""
    return TrunklineMediaSource(hass)


class TrunklineMediaSource(MediaSource):
    """Shows and plays what the user may see, in all accounts."""

    name = NAME

    def __init__(self, hass: HomeAssistant) -> None:
        """Read nothing yet."""
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return a folder with what is in it; raises `BrowseError`."""
        texts = await Texts.async_load(self._hass)
        if not item.identifier:
            return root(NAME, [AccountTree(self._hass, entry, texts).closed() for entry in await self._accounts()])
        entry, what = await self._find(item, BrowseError)
        if is_file(what):
            raise translated(BrowseError, "media_identifier")
        with self._failures(BrowseError, entry):
            return await AccountTree(self._hass, entry, texts).async_browse(what)

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Download a file, and return its address at Home Assistant and its type; raises `Unresolvable`."""
        entry, what = await self._find(item, Unresolvable)
        if not is_file(what):
            raise translated(Unresolvable, "media_identifier")
        with self._failures(Unresolvable, entry):
            file = await async_file(entry.runtime_data, what)
        return PlayMedia(address_of(self._hass, entry.entry_id, what), file.media_type.name)

    async def _accounts(self) -> list[TrunklineConfigEntry]:
        """Return the accounts that have something to play which the user may see."""
        loaded: list[TrunklineConfigEntry] = self._hass.config_entries.async_loaded_entries(DOMAIN)
        return [
            entry for entry in loaded if has_media(entry) and await async_requester_may_see_calls(self._hass, entry)
        ]

    async def _find[E: HomeAssistantError](
        self, item: MediaSourceItem, kind: type[E]
    ) -> tuple[TrunklineConfigEntry, Folder | FileId | None]:
        """Return the account and what of it is meant, if the user may see it; raises a `kind`."""
        try:
            entry_id, what = parse(item.identifier)
        except InvalidIdentifierError:
            raise translated(kind, "media_identifier") from None
        entry: TrunklineConfigEntry | None = self._hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN:
            raise translated(kind, "account_not_found")
        if not await async_requester_may_see_calls(self._hass, entry):
            raise translated(kind, "admins_only", account=entry.title)
        if entry.state is not ConfigEntryState.LOADED:
            raise translated(kind, "account_not_loaded", account=entry.title)
        return entry, what

    @contextmanager
    def _failures(self, kind: type[HomeAssistantError], entry: TrunklineConfigEntry) -> Iterator[None]:
        try:
            with damage_reported(self._hass):
                yield
        except TrunklineError as error:
            raise failure(kind, error, entry.title) from error
