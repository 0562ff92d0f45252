"""Shows new figures between polls: after a pushed call, at midnight, while a long history is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.core import callback

from trunkline.errors import ArchiveError

from ..const import LOGGER
from .tasks import Rerun

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .data import AccountData
    from .tasks import Spawn

# While a long history is read, figures are shown this often, in seconds.
HISTORY_INTERVAL = 10.0


class Publisher:
    """Reads an account's data and hands it to `publish`, one reading at a time. All methods are for the event loop."""

    def __init__(
        self,
        title: str,
        *,
        read: Callable[[], Awaitable[AccountData]],
        publish: Callable[[AccountData], None],
        age: Callable[[], float],
        spawn: Spawn,
    ) -> None:
        """Publish on request only; `title` names the account in the log, `age` is that of the data in seconds."""
        self._title = title
        self._read = read
        self._publish = publish
        self._age = age
        self._rerun = Rerun(self._async_publish, spawn)

    @callback
    def async_request(self) -> None:
        """Publish soon."""
        self._rerun.async_request()

    @callback
    def async_history_read(self, *, running: bool) -> None:
        """Publish because another page of the history was read; while it goes on, only now and then."""
        if not running or self._age() >= HISTORY_INTERVAL:
            self._rerun.async_request()

    async def async_publish(self) -> None:
        """Publish now, and wait until that is done."""
        await self._rerun.async_run()

    async def async_stop(self) -> None:
        """Stop publishing."""
        await self._rerun.async_stop()

    async def _async_publish(self) -> None:
        try:
            data = await self._read()
        except ArchiveError as error:
            # The next poll fails for the same reason, and logs it once.
            LOGGER.debug("%s: the figures could not be read: %s", self._title, error)
            return
        self._publish(data)
