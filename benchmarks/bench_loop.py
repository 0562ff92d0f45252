"""How long Home Assistant's event loop is ever held while a long call history is read, over a real socket."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import installation

LIMIT_MS = 50.0
# The first of the sandbox's two offices has this share of its calls.
FIRST_OFFICE = 0.7
BEAT = 0.001
LONGEST_RUN = 3600.0


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return how long the loop was held at most, in milliseconds, while about `n` calls were synced.

    A heart beats every millisecond. What a beat is late by held the loop, but only as far as the process computed in
    that time: the rest is the machine being busy with something else. The provider is a process of its own.
    """
    with installation.provider(round(n / FIRST_OFFICE), 365) as announced, tempfile.TemporaryDirectory() as folder:
        account = announced["telefonchy"]["accounts"][0]
        beats, calls, seconds = asyncio.run(_measure(account, Path(folder)))
    longest = max(min(late, computed) for late, computed in beats) * 1000
    return [
        {
            "name": f"longest hold of the event loop, {calls:,} calls",
            "ours": longest,
            "unit": "ms",
            "limit": LIMIT_MS,
            "ok": longest <= LIMIT_MS,
            "clock_ms": max(late for late, _ in beats) * 1000,
            "median_ms": statistics.median(late for late, _ in beats) * 1000,
            "seconds": seconds,
        }
    ]


async def _measure(account: dict[str, Any], folder: Path) -> tuple[list[tuple[float, float]], int, float]:
    async with installation.home_assistant(folder) as hass:
        entry = await installation.add_entry(hass, account)
        beats, seconds = await _beat_until_read(entry)
        calls: int = entry.runtime_data.archive.count(accounts=[entry.unique_id])
        await hass.config_entries.async_unload(entry.entry_id)
    return beats, calls, seconds


async def _beat_until_read(entry: Any) -> tuple[list[tuple[float, float]], float]:
    """Beat until the whole history is in; return by how much each beat was late and what was computed, in seconds.

    The second value is how long it all took.
    """
    beats: list[tuple[float, float]] = []
    began = before = time.perf_counter()
    computed_before = time.process_time()
    while not entry.runtime_data.coordinator.data.history.complete:
        await asyncio.sleep(BEAT)
        now, computed = time.perf_counter(), time.process_time()
        beats.append((max(0.0, now - before - BEAT), computed - computed_before))
        before, computed_before = now, computed
        if now - began > LONGEST_RUN:
            raise AssertionError("the history was not read within an hour")
        if not entry.runtime_data.coordinator.last_update_success:
            raise AssertionError("the provider failed")
    return beats, time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))
