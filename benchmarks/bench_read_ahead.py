"""How much sooner a first sync ends because it has several requests under way, where each reply takes 150 ms.

The peer reads the same list once, with one request after the other, and archives nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline import Archive, open_account
from trunkline.sandbox import Sandbox
from trunkline.sync import sync_account

if TYPE_CHECKING:
    from trunkline.providers import Account

DELAY = 0.15
# A third of the time, as long as there are enough requests for it.
LIMIT = 1 / 3
ENOUGH_REQUESTS = 60
# The first of the sandbox's two offices has this share of its calls.
FIRST_OFFICE = 0.7
WIRES = {
    "telefonchy": ("telefonchy", ""),
    "voipano": ("voipano", ""),
    "voip24h": ("voip24h", ""),
    "voip24h-v3": ("voip24h", "v3"),
    "simotel": ("simotel", ""),
    "mor": ("mor", ""),
    "mor-api": ("mor", "api"),
}


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return for each interface the time of a first sync of a tenth of `n` calls in seconds, and the peer's."""
    logging.disable(logging.WARNING)
    return asyncio.run(_measure(max(1000, n // 10)))


async def _measure(n: int) -> list[dict[str, Any]]:
    rows = []
    async with Sandbox(calls=round(n / FIRST_OFFICE), days=365) as sandbox:
        sandbox.faults.add("delay", seconds=DELAY)
        for wire, (provider, dialect) in WIRES.items():
            described = sandbox.accounts[wire][0]

            def opened(provider: str = provider, dialect: str = dialect, described: Any = described) -> Account:
                return open_account(
                    provider, dialect=dialect or None, base_url=described.base_url, **described.credentials
                )

            requests, peer = await _one_after_the_other(opened())
            calls, ours = await _synced(opened())
            rows.append(
                {
                    "name": f"first sync at 150 ms a request, {calls:,} calls, {wire}",
                    "ours": ours,
                    "peer": peer,
                    "ratio": ours / peer,
                    "unit": "s",
                    "limit": LIMIT,
                    "ok": ours / peer <= LIMIT or requests < ENOUGH_REQUESTS,
                    "requests": requests,
                }
            )
    return rows


async def _one_after_the_other(account: Account) -> tuple[int, float]:
    """Read a list once; return the number of requests and the time."""
    account.most_requests = 1  # type: ignore[misc]
    async with account:
        await account.identity()
        streams = await account.streams()
        before, began = account.requests, time.perf_counter()
        for stream in streams:
            async for _ in account.cursor_pages(stream) if account.ordered else account.pages(stream):
                pass
        return account.requests - before, time.perf_counter() - began


async def _synced(account: Account) -> tuple[int, float]:
    """Sync into a new archive; return the number of calls and the time."""
    with tempfile.TemporaryDirectory() as folder, Archive.open(f"sqlite:///{Path(folder) / 'archive.db'}") as archive:
        async with account:
            await account.identity()
            began = time.perf_counter()
            result = await sync_account(account, archive, credit=False)
            took = time.perf_counter() - began
        if not result.complete:
            raise AssertionError("the sync did not prove that it was complete")
        return result.new, took


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))
