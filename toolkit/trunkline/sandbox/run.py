"""Serves the sandbox as a command, until it is stopped; prints one JSON line with its addresses."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import TYPE_CHECKING, Any

from .server import Sandbox
from .wire import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def serve(  # noqa: PLR0917 -- the command's options, in their order
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 1,
    calls: int = 500,
    days: int = 30,
    live: float = 0.0,
    *,
    ready: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; print one JSON line on standard output when ready.

    `live` is in calls a minute. `ready` is called with the content of the line, as `announcement` makes it. ValueError
    if a setting isn't valid, OSError if the port is taken.
    """
    asyncio.run(_serve(Sandbox(host=host, port=port, seed=seed, calls=calls, days=days, live=live), ready))


def announcement(sandbox: Sandbox) -> dict[str, Any]:
    """Return the addresses and credentials: each wire's first account, and all of its accounts."""
    line: dict[str, Any] = {"url": sandbox.url, "control": f"{sandbox.url}/control"}
    for wire, accounts in sandbox.accounts.items():
        described = [
            {
                "provider": account.provider,
                "dialect": account.dialect,
                "base_url": account.base_url,
                "credentials": account.credentials,
                "service_id": account.service_id,
                "title": account.title,
                "trunks": account.trunks,
                "extensions": account.extensions,
            }
            for account in accounts
        ]
        line[wire] = {
            "provider": accounts[0].provider,
            "dialect": accounts[0].dialect,
            "base_url": accounts[0].base_url,
            "credentials": accounts[0].credentials,
            "accounts": described,
        }
    return line


async def _serve(sandbox: Sandbox, ready: Callable[[dict[str, Any]], None] | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with sandbox:
        line = announcement(sandbox)
        sys.stdout.write(to_json(line).decode() + "\n")
        sys.stdout.flush()
        if ready is not None:
            ready(line)
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command's options and serve; return 2 with one line on standard error if one isn't valid."""
    parser = argparse.ArgumentParser(prog="python -m trunkline.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0 chooses a free port (default)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed creates the same company")
    parser.add_argument("--calls", type=int, default=500, help="number of past calls (default: %(default)s)")
    parser.add_argument("--days", type=int, default=30, help="days that the past calls cover (default: %(default)s)")
    parser.add_argument("--live", type=float, default=0.0, help="live calls a minute (default: 0)")
    options = parser.parse_args(arguments)
    try:
        serve(options.host, options.port, options.seed, options.calls, options.days, options.live)
    except (ValueError, OSError, OverflowError) as error:
        sys.stderr.write(f"trunkline sandbox: {error}\n")
        return 2
    return 0
