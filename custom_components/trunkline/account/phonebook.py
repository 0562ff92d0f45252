"""Keeps the names of a provider's phonebook in the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trunkline.errors import ArchiveError, TrunklineError
from trunkline.model import Capability
from trunkline.sync import sync_phonebook

from ..const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.archive import Archive
    from trunkline.providers import Account

    from .tasks import Offload

# In seconds.
DAILY: Final = 86400.0
AGAIN: Final = 3600.0


class Phonebook:
    """Reads the phonebook of one account, whose title in Home Assistant is `title`. `clock` returns seconds."""

    def __init__(
        self, title: str, account: Account, archive: Archive, *, offload: Offload, clock: Callable[[], float]
    ) -> None:
        """Read nothing yet."""
        self._title = title
        self._account = account
        self._archive = archive
        self._offload = offload
        self._clock = clock
        self._due = float("-inf")

    async def read_due(self) -> None:
        """Read the phonebook once a day, where there is one; raises `ArchiveError`.

        Calls are worth more than names: if the provider doesn't return its phonebook, the next try is an hour later.
        """
        if not self._account.supports(Capability.CONTACTS) or self._clock() < self._due:
            return
        self._due = self._clock() + AGAIN
        try:
            await sync_phonebook(self._account, self._archive, offload=self._offload)
        except ArchiveError:
            raise
        except TrunklineError as error:
            LOGGER.debug("%s: the phonebook could not be read: %s", self._title, error)
            return
        self._due = self._clock() + DAILY
