"""The archive that all accounts share: opened for the first, closed after the last."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.util.hass_dict import HassKey

from trunkline.archive import Archive

from ..const import ARCHIVE_FILE, DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


class ArchiveHolder:
    """Opens the archive once and counts who uses it."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Hold nothing yet."""
        self._hass = hass
        self._lock = asyncio.Lock()
        self._archive: Archive | None = None
        self._users = 0

    async def acquire(self) -> Archive:
        """Return the archive; raises `ArchiveError` if it can't be opened."""
        async with self._lock:
            if self._archive is None:
                path = Path(self._hass.config.path(ARCHIVE_FILE))
                self._archive = await self._hass.async_add_executor_job(Archive.open, f"sqlite:///{path}")
            self._users += 1
            return self._archive

    async def release(self) -> None:
        """Close the archive if nobody else uses it."""
        async with self._lock:
            self._users -= 1
            if self._users == 0 and self._archive is not None:
                archive, self._archive = self._archive, None
                await self._hass.async_add_executor_job(archive.close)


DATA_HOLDER: HassKey[ArchiveHolder] = HassKey(f"{DOMAIN}_archive")


def archive_holder(hass: HomeAssistant) -> ArchiveHolder:
    """Return the one holder."""
    return hass.data.setdefault(DATA_HOLDER, ArchiveHolder(hass))
