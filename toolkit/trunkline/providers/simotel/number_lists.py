"""Simotel's blacklist, whitelist, and the phonebook of its dialler. Each change is sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import NotFoundError

from . import numbers
from .pbx import search_all
from .pbx_rows import read_listed_number

if TYPE_CHECKING:
    from trunkline.model import ListedNumber

    from .client import SimotelClient
    from .dates import RowDates

_BLACKLIST, _WHITELIST = "pbx/blacklists", "pbx/whitelists"
_ADDED = "The entry may have been added. Check the list"
_REMOVED = "The entry may have been removed. Check the list"


class NumberLists:
    """The lists of numbers of one server."""

    def __init__(self, client: SimotelClient, dates: RowDates) -> None:
        """Keep the client and the reader of times."""
        self._client = client
        self._dates = dates

    async def blocked(self) -> tuple[ListedNumber, ...]:
        """Return the blacklist."""
        return await self._entries(_BLACKLIST, "name", "number")

    async def block(self, number: str, *, note: str) -> None:
        """Add a number to the blacklist."""
        body = {"number": numbers.checked(number, "number"), "comment": note}
        await self._client.change(f"{_BLACKLIST}/add", body, effect=_ADDED)

    async def unblock(self, number: str) -> None:
        """Remove a number from the blacklist."""
        found = _with_number(await self.blocked(), number)
        if not found:
            msg = "this number isn't on Simotel's blacklist"
            raise NotFoundError(msg)
        await self._remove(_BLACKLIST, found)

    async def allowed(self) -> tuple[ListedNumber, ...]:
        """Return the whitelist."""
        return await self._entries(_WHITELIST, "number")

    async def allow(self, number: str, *, labels: tuple[str, ...], note: str) -> None:
        """Add a number to the whitelist."""
        body = {"number": numbers.checked(number, "number"), "labels": list(labels), "comment": note}
        await self._client.change(f"{_WHITELIST}/add", body, effect=_ADDED)

    async def disallow(self, number: str) -> None:
        """Remove a number from the whitelist."""
        found = _with_number(await self.allowed(), number)
        if not found:
            msg = "this number isn't on Simotel's whitelist"
            raise NotFoundError(msg)
        await self._remove(_WHITELIST, found)

    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the dialler's phonebook."""
        body = {"name": name, "number": numbers.checked(number, "number"), "description": ""}
        await self._client.change("autodialer/contacts/add", body, effect=_ADDED)

    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry from the dialler's phonebook."""
        await self._client.change("autodialer/contacts/remove", {"_id": contact_id}, effect=_REMOVED)

    async def _entries(self, path: str, *conditions: str) -> tuple[ListedNumber, ...]:
        rows = await search_all(self._client, path, *conditions)
        return tuple(read_listed_number(row, self._dates) for row in rows)

    async def _remove(self, path: str, entry_ids: list[str]) -> None:
        for entry_id in entry_ids:
            await self._client.change(f"{path}/remove", {"_id": entry_id}, effect=_REMOVED)


def _with_number(entries: tuple[ListedNumber, ...], number: str) -> list[str]:
    """Return the ids of all entries of a number, by which the server removes them."""
    dialled = numbers.dialled(number)
    full = numbers.full_number(dialled)
    return [
        entry.entry_id
        for entry in entries
        if entry.entry_id and (entry.number == dialled or (full and numbers.full_number(entry.number) == full))
    ]
