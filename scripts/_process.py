"""Child processes of the demo: started in their own group and ended in order, so that none is left."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Mapping
    from pathlib import Path


class DemoError(Exception):
    """An error that ends the demo; its text is printed."""


def free_port(preferred: int = 0) -> int:
    """Return a free port of the loopback interface, the preferred one if it is free."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    message = "no free port on 127.0.0.1"
    raise DemoError(message)


def tail(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""


@contextlib.asynccontextmanager
async def running(
    *command: str, log: Path, environment: Mapping[str, str], grace: float = 45, cwd: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a child whose errors go to a log; at the end ask it to stop, and insist after `grace` seconds."""
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=dict(environment),
            cwd=cwd,
            # a terminal's Ctrl-C would reach every process of the group at once: the demo ends its children itself
            start_new_session=True,
        )
    try:
        yield process
    finally:
        await _end(process, grace)


async def until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Do several things until one of them ends, and cancel the others; what that one raised is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await next(iter(done))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process, grace: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(asyncio.shield(process.wait()), grace)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
