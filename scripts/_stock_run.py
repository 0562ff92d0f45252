"""Runs a stock installation with the sandbox beside it, each as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from . import _hass
from ._demo_start import locked
from ._home_assistant import failure, first_error
from ._process import DemoError, free_port, running, tail
from ._stock_installation import OWNER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ._stock_installation import Installation

# Calls of the past and the days that they cover.
CALLS, DAYS = 1500, 50


@dataclass(frozen=True, slots=True)
class Running:
    """A stock installation that runs, and the sandbox's addresses and accounts."""

    installation: Installation
    url: str
    sandbox: dict[str, Any]

    def account(self, wire: str) -> dict[str, Any]:
        """Return the first account of a wire."""
        account: dict[str, Any] = self.sandbox[wire]["accounts"][0]
        return account


@contextlib.asynccontextmanager
async def run(installation: Installation, port: int = 0) -> AsyncIterator[Running]:
    """Prepare and start an installation with an owner, until the context ends; `DemoError` if it can't start."""
    with locked(installation.directory):
        async with _run(installation, free_port(port)) as running_installation:
            yield running_installation


@contextlib.asynccontextmanager
async def _run(installation: Installation, port: int) -> AsyncIterator[Running]:
    await asyncio.to_thread(installation.prepare, port)
    log = installation.log
    log.write_text("")
    # Not `python -m`, nor from here: the checkout would be on the path, and its settings would be uv's.
    command = (str(installation.environment / "bin" / "hass"), "--config", str(installation.config))
    environment = await asyncio.to_thread(installation.variables)
    async with (
        _sandbox(installation.directory / "sandbox.log") as sandbox,
        running(*command, log=log, environment=environment, cwd=installation.config) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        await _until_up(process, url, log)
        yield Running(installation, url, sandbox)


@contextlib.asynccontextmanager
async def _sandbox(log: Path) -> AsyncIterator[dict[str, Any]]:
    await asyncio.to_thread(log.write_text, "")
    words = ("--calls", str(CALLS), "--days", str(DAYS))
    command = (sys.executable, "-m", "trunkline.sandbox", *words)
    async with running(*command, log=log, environment=os.environ) as process:
        assert process.stdout is not None  # noqa: S101  (it was asked for a pipe)
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        if not line:
            message = f"the sandbox didn't start:\n{tail(log)}"
            raise DemoError(message)
        yield json.loads(line)


async def _until_up(process: asyncio.subprocess.Process, url: str, log: Path, patience: float = 900) -> None:
    """Wait until it runs, and make its owner. The first start is long: Home Assistant installs what it needs."""
    owner = {**OWNER, "client_id": f"{url}/"}
    async with asyncio.timeout(patience), aiohttp.ClientSession() as session:
        client = _hass.Client(session, url)
        while True:
            if process.returncode is not None or failure(log):
                error = first_error(await asyncio.to_thread(log.read_text, errors="replace"))
                message = f"Home Assistant could not start: {error} (see {log})"
                raise DemoError(message)
            with contextlib.suppress(aiohttp.ClientError, DemoError):
                await client.request("POST", "/api/onboarding/users", owner)
                return
            await asyncio.sleep(0.5)
