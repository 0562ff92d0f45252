"""The archive that all accounts share: opened for the first account, closed after the last."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.util.hass_dict import HassKey

from trunkline.archive import Archive

from ..const import ARCHIVE_FILE, DOMAIN
from .names import Names

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from trunkline.archive import Repaired
    from trunkline.providers import Account


class SharedArchive:
    """Opens the archive once and counts the accounts that use it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Leave the archive closed until the first account needs it."""
        self._hass = hass
        self._lock = asyncio.Lock()
        self._archive: Archive | None = None
        self._names: Names | None = None
        self._accounts = 0

    @property
    def names(self) -> Names:
        """The names in the archive, which is open."""
        if self._names is None:
            msg = "the archive is closed"
            raise RuntimeError(msg)
        return self._names

    async def open(self) -> Archive:
        """Return the archive for one more account; raises `ArchiveError` if it can't be opened."""
        async with self._lock:
            if self._archive is None:
                self._archive = await self._hass.async_add_executor_job(Archive.open, _url(self._hass))
                self._names = Names(self._archive, self._hass.async_add_executor_job)
            self._accounts += 1
            return self._archive

    async def close(self) -> None:
        """Count one account less; close the archive after the last."""
        async with self._lock:
            self._accounts -= 1
            if self._accounts == 0 and self._archive is not None:
                archive, self._archive, self._names = self._archive, None, None
                await self._hass.async_add_executor_job(archive.close)

    async def repair(self) -> Repaired:
        """Save what can be read in a new file, for which an account that is set up meanwhile waits.

        Locks of the file don't keep this process itself out of it. Raises `ArchiveError`, also if an account uses it.
        """
        async with self._lock:
            return await self._hass.async_add_executor_job(_repair, _url(self._hass))


DATA_ARCHIVE: HassKey[SharedArchive] = HassKey(f"{DOMAIN}_archive")


def shared_archive(hass: HomeAssistant) -> SharedArchive:
    """Return the shared archive of this Home Assistant."""
    return hass.data.setdefault(DATA_ARCHIVE, SharedArchive(hass))


async def async_repair_archive(hass: HomeAssistant) -> Repaired:
    """Save what can be read of the archive in a new file; the accounts are unloaded meanwhile, and loaded again.

    Raises `ArchiveError` if nothing can be saved, or another program uses the archive.
    """
    entries = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=False, include_ignore=False)
        if entry.state.recoverable
    ]
    try:
        for entry in entries:
            if hass.config_entries.async_get_entry(entry.entry_id) is not None:
                await hass.config_entries.async_unload(entry.entry_id)
        return await shared_archive(hass).repair()
    finally:
        for entry in entries:
            is_there = hass.config_entries.async_get_entry(entry.entry_id) is not None
            if is_there and entry.state is ConfigEntryState.NOT_LOADED:
                await hass.config_entries.async_setup(entry.entry_id)


def _repair(url: str) -> Repaired:
    from trunkline.archive import repair_archive  # noqa: PLC0415  (only a damaged archive needs it)

    return repair_archive(url)


def _url(hass: HomeAssistant) -> str:
    return f"sqlite:///{Path(hass.config.path(ARCHIVE_FILE))}"


def register_in_archive(archive: Archive, account_key: str, account: Account, title: str) -> None:
    """Add the account to the archive unless it is there already; raises `ArchiveError`. Runs in the executor."""
    if any(archived.account == account_key for archived in archive.accounts()):
        return
    archive.register(
        account_key,
        provider=account.info.provider_id,
        title=title,
        zone=account.zone.key,
        currency=account.currency,
    )
