"""The demo's Home Assistant as a process: started, started again when its user interface asks for that, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from typing import TYPE_CHECKING

import aiohttp

from ._process import DemoError, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from ._hass import Client, Socket

# The exit status with which Home Assistant asks to be started again (`homeassistant.const.RESTART_EXIT_CODE`).
_RESTART = 100


class HomeAssistant:
    """The process that runs now, with its API and its WebSocket.

    A restart keeps the directory, the port and the API, and replaces the process and the WebSocket.
    """

    socket: Socket

    def __init__(self, client: Client, config: Path, log: Path, environment: Mapping[str, str]) -> None:
        """Prepare to run a configuration directory, of which `client` knows the port."""
        self.client = client
        self.config = config
        self.log = log
        self._environment = environment
        self._process: asyncio.subprocess.Process
        self._parts = contextlib.AsyncExitStack()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run until the context ends; `DemoError` if it can't start."""
        try:
            await self.start()
            yield
        finally:
            await self._parts.aclose()

    async def start(self) -> None:
        """Start, also after it has ended; return when it runs."""
        while True:
            await self._parts.aclose()
            # Home Assistant itself keeps a log of the start before.
            self.log.write_text("")
            # Everything is installed already (see _first_start): what is missing must fail now, not be downloaded.
            command = (sys.executable, "-m", "homeassistant", "--config", str(self.config), "--skip-pip")
            child = running(*command, log=self.log, environment=self._environment)
            self._process = await self._parts.enter_async_context(child)
            self.client.forget_token()
            try:
                await self._until_up()
            except DemoError:
                if self._process.returncode != _RESTART:
                    raise
            else:
                break
        self.socket = await self._parts.enter_async_context(self.client.connected())

    async def until_restart(self) -> None:
        """Wait until it ends to be started again; `DemoError` if it ends for another reason."""
        status = await self._process.wait()
        if status == _RESTART:
            return
        message = "Home Assistant was stopped" if status == 0 else f"Home Assistant crashed (exit status {status})"
        raise DemoError(message)

    async def in_safe_mode(self) -> bool:
        """Return whether it runs without custom integrations, as the dialog for a restart offers."""
        return bool((await self.client.request("GET", "/api/config"))["safe_mode"])

    async def _until_up(self, patience: float = 180) -> None:
        """Wait until it runs, and log in. Raises `DemoError` as soon as it is clear that it won't run."""
        try:
            async with asyncio.timeout(patience):
                while True:
                    if (status := self._process.returncode) is not None:
                        error = first_error(self.log.read_text(errors="replace")) or f"exit status {status}"
                        message = f"Home Assistant stopped while it was starting: {error}"
                        raise DemoError(message)
                    if (why := failure(self.log)) is not None:
                        message = f"Home Assistant could not start: {why}"
                        raise DemoError(message)
                    if await _is_running(self.client):
                        return
                    await asyncio.sleep(0.5)
        except TimeoutError:
            message = f"Home Assistant was not ready after {patience:.0f} s"
            raise DemoError(message) from None


def failure(log: Path) -> str | None:
    """Return why Home Assistant failed to start, in one line, as far as its log says so yet; None if it didn't fail."""
    text = log.read_text(errors="replace") if log.exists() else ""
    if not re.search(r"Activating recovery mode|failed to initialize", text):
        return None
    return first_error(text) or "it went into recovery mode"


def first_error(text: str) -> str:
    """Return the message of the first error in a log of Home Assistant, "" where there is none."""
    found = re.search(r" (?:ERROR|CRITICAL) \([^)]*\) \[[^]]*\] (.+)", text)
    return found[1].strip() if found else ""


async def _is_running(client: Client) -> bool:
    """Return whether Home Assistant has started; log in as soon as that is possible."""
    try:
        if not client.logged_in:
            await client.log_in()
        config = await client.request("GET", "/api/config")
    except (aiohttp.ClientError, DemoError):
        # It isn't listening yet, or not everything is set up.
        return False
    return bool(config["state"] == "RUNNING")
