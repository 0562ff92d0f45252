"""Keeps downloaded files for a while, so that playing from another position doesn't download them again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later

from trunkline.errors import ConnectionFailedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .tasks import Spawn

MAX_BYTES: Final = 32 * 1024 * 1024
"""The most bytes that are kept for an account. A single larger file is kept alone."""
MAX_IDLE: Final = 600.0
"""A file that nobody asked for during so many seconds is dropped."""


class Sized(Protocol):
    """A file that is kept."""

    @property
    def content(self) -> bytes:
        """The content of the file."""


class FileCache[F: Sized]:
    """The files of one account that were played last, in memory. All methods are for the event loop.

    A file is downloaded once, however many ask for it at the same time. It goes on if one of them gives up.
    """

    def __init__(self, hass: HomeAssistant, spawn: Spawn) -> None:
        """Start empty; downloads run as tasks of `spawn`."""
        self._hass = hass
        self._spawn = spawn
        self._files: dict[Hashable, F] = {}
        self._timers: dict[Hashable, CALLBACK_TYPE] = {}
        self._downloads: dict[Hashable, tuple[asyncio.Task[None], asyncio.Future[F]]] = {}
        self._closed = False

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return sum(len(file.content) for file in self._files.values())

    async def async_get(self, key: Hashable, download: Callable[[], Awaitable[F]]) -> F:
        """Return the file with this key, downloaded unless it is kept; raises what `download` raises.

        Raises `ConnectionFailedError` if the account is unloaded meanwhile.
        """
        if (file := self._files.get(key)) is not None:
            self._keep(key, file)
            return file
        if self._closed:
            raise _unloaded()
        if key not in self._downloads:
            result: asyncio.Future[F] = self._hass.loop.create_future()
            self._downloads[key] = self._spawn(self._download(key, download, result)), result
        task, result = self._downloads[key]
        # Unlike a plain await, this leaves the download alone if the request that waits for it is cancelled.
        await asyncio.wait({task})
        if not result.done():
            raise _unloaded()
        return result.result()

    @callback
    def async_close(self) -> None:
        """Drop all files, and stop what is being downloaded."""
        self._closed = True
        for task, _ in self._downloads.values():
            task.cancel()
        for key in list(self._files):
            self._drop(key)

    async def _download(self, key: Hashable, download: Callable[[], Awaitable[F]], result: asyncio.Future[F]) -> None:
        try:
            file = await download()
        except Exception as error:  # noqa: BLE001  (whoever asked for the file gets it)
            result.set_exception(error)
            # Nobody may be left to ask.
            result.exception()
        else:
            result.set_result(file)
            if not self._closed:
                self._keep(key, file)
        finally:
            del self._downloads[key]

    def _keep(self, key: Hashable, file: F) -> None:
        """Put a file at the end of those that are dropped first, and drop as many as necessary."""
        self._drop(key)
        self._files[key] = file

        @callback
        def elapsed(_now: datetime) -> None:
            self._drop(key)

        self._timers[key] = async_call_later(self._hass, MAX_IDLE, elapsed)
        for oldest in list(self._files)[:-1]:
            if self.size <= MAX_BYTES:
                break
            self._drop(oldest)

    def _drop(self, key: Hashable) -> None:
        if self._files.pop(key, None) is not None:
            self._timers.pop(key)()


def _unloaded() -> ConnectionFailedError:
    return ConnectionFailedError("the account was unloaded before the file had arrived")
