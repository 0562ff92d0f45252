"""Brings an account up to date: what it has beside calls, then its calls; for polls and for the sync action."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from homeassistant.exceptions import ConfigEntryError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..errors import placeholders
from .archive import register_in_archive
from .identity import known_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from trunkline.archive import Archive
    from trunkline.model import Trunk
    from trunkline.providers import Account
    from trunkline.sync import SyncResult

    from .credit import CreditReadings
    from .history import HistorySync
    from .inventory import Inventory, InventoryReader
    from .phonebook import Phonebook
    from .tasks import Offload


class AccountSync:
    """Syncs one account, whose title in Home Assistant is `title`. All methods are for the event loop."""

    def __init__(
        self,
        title: str,
        account_key: str,
        account: Account,
        archive: Archive,
        *,
        inventory: InventoryReader,
        credit: CreditReadings,
        history: HistorySync,
        phonebook: Phonebook,
        offload: Offload,
    ) -> None:
        """Read nothing yet, and no calls before `start_calls`."""
        self._title = title
        self._account_key = account_key
        self._account = account
        self._archive = archive
        self._inventory = inventory
        self._credit = credit
        self._history = history
        self._phonebook = phonebook
        self._offload = offload
        self._lock = asyncio.Lock()
        self._is_registered = False
        self._inventory_is_new = False
        self._reads_calls = False
        self.trunks: tuple[Trunk, ...] = ()
        """The trunks with the last known credit of each."""
        self.last_sync: datetime | None = None

    def start_calls(self) -> None:
        """Read calls from now on. The inventory, which the setup has just read, is not read again by the next poll."""
        self._reads_calls = True
        self._inventory_is_new = True

    async def poll_inventory(self) -> None:
        """Read what is due beside the calls.

        Raises `TrunklineError`, and `ConfigEntryError` if the credentials belong to another account.
        """
        async with self._lock:
            if self._inventory_is_new:
                self._inventory_is_new = False
                return
            await self._read_inventory(self._inventory.read_due)

    async def poll_calls(self) -> None:
        """Read new calls, once `start_calls` was called; raises `TrunklineError`."""
        if self._reads_calls:
            await self._history.poll()
            self.last_sync = dt_util.utcnow()
            await self._phonebook.read_due()

    async def sync(self, *, full: bool = False) -> SyncResult:
        """Read all calls that are missing, with `full` all there are, and the whole inventory; raises as polls do."""
        result = await self._history.run(full=full)
        self.last_sync = dt_util.utcnow()
        async with self._lock:
            await self._read_inventory(self._inventory.read_all)
        return result

    async def _read_inventory(self, read: Callable[[], Awaitable[Inventory]]) -> None:
        inventory = await read()
        key = await known_key(self._account, [self._account_key], services=inventory.services, moved=True)
        if key != self._account_key:
            raise ConfigEntryError(
                translation_domain=DOMAIN,
                translation_key="other_account",
                translation_placeholders=placeholders(account=self._title),
            )
        if not self._is_registered:
            title = (await self._account.identity()).title
            await self._offload(register_in_archive, self._archive, self._account_key, self._account, title)
            await self._history.load_state(self._account_key)
            self._is_registered = True
        if inventory.trunks is not None:
            self.trunks = await self._offload(self._credit.record, inventory.trunks, self._account.billing)
