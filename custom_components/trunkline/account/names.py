"""The names of callers and called numbers: those in the archive, kept in memory, and those that the calls carry."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from trunkline.model import with_names
from trunkline.numbers import e164

from .events import visible

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from trunkline.archive import Archive
    from trunkline.model import Call, Party


class Names:
    """Knows the names of numbers, for all accounts of one archive. All methods are for the event loop.

    Looking a name up takes a dictionary: `async_refresh` reads the archive again if its names have changed.
    """

    def __init__(self, archive: Archive, offload: Callable[..., Awaitable[Any]]) -> None:
        """Know no names until `async_refresh`. `offload` runs a function in the executor."""
        self._archive = archive
        self._offload = offload
        self._lock = asyncio.Lock()
        self._state: tuple[object, ...] | None = None
        self._known: Mapping[str, str] = {}

    async def async_refresh(self) -> None:
        """Read the names again if they have changed, also in another program; raises `ArchiveError`."""
        async with self._lock:
            self._state, self._known = await self._offload(_read, self._archive, self._state, self._known)

    def of(self, party: Party) -> str | None:
        """Return the name of a party, made safe to show, or None if nobody has named it."""
        known = self._known.get(party.e164 or "")
        contact = party.contact.name if party.contact else None
        return visible(known or contact or party.name)

    def of_number(self, number: str | None, region: str) -> str | None:
        """Return the name of a number in E.164 or of the country `region`, made safe to show; None without one."""
        return visible(self._known.get(e164(number, region) or ""))

    def named(self, call: Call) -> Call:
        """Return the call with the names that are known of its numbers."""
        return with_names(call, self._known)


def _read(
    archive: Archive, state: tuple[object, ...] | None, known: Mapping[str, str]
) -> tuple[tuple[object, ...], Mapping[str, str]]:
    """Return the state of the archive's names, and the names; those that are known if the state is still the same."""
    now = archive.contacts.state()
    return (now, known) if now == state else (now, archive.contacts.names())
