"""A day at ten calls a minute, and many reloads: the memory they leave, state writes, and the time of a start."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks import installation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import HomeAssistant

MINUTES = 24 * 60
CALLS_A_MINUTE = 10
RELOADS = 1000
# Caches fill and pools grow during the first part, in any program.
WARM_UP = 0.2
GROWTH_LIMIT = 1.05
# An integration of Home Assistant's own that polls one thing and has many sensors (46), too.
PEER = "systemmonitor"
STARTS = 10
# The account's set-up asks its provider over a socket, and reads the archive; the peer asks the kernel.
SETUP_LIMIT = 3


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return the growth of memory after a day's polls and after 1,000 reloads, the state writes and the start.

    With a smaller `n` than 100,000 there are fewer minutes and reloads. Memory is what the process has in use after
    everything that can be freed was freed, compared with the same after the first fifth.
    """
    share = min(n / 100_000, 1)
    with installation.provider(700, 30) as announced, tempfile.TemporaryDirectory() as folder:
        account = announced["telefonchy"]["accounts"][0]
        return asyncio.run(_measure(account, announced["control"], Path(folder), share))


class _Memory:
    """The memory in use, in MiB, after the first part of some repetitions and after the last of them."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.before = self.after = 0.0

    def sample(self, at: int) -> None:
        """Measure after the repetition `at`, counted from 0, if it is one of the two."""
        if at == round(self.times * WARM_UP):
            self.before = _in_use()
        if at == self.times - 1:
            self.after = _in_use()


async def _measure(account: dict[str, Any], control: str, folder: Path, share: float) -> list[dict[str, Any]]:
    async with installation.home_assistant(folder) as hass, aiohttp.ClientSession() as session:
        entry = await installation.add_entry(hass, account)
        await installation.all_read(entry)
        peer = await _set_up_peer(hass)
        rows = [await _starts(hass, entry, peer)]
        writes, day = await _day(hass, entry, session, control, round(MINUTES * share))
        rows += [await _writes(hass, writes, peer), _growth("minutes with calls", day)]
        rows.append(_growth("reloads", await _reloads(hass, entry, round(RELOADS * share))))
    return rows


async def _set_up_peer(hass: HomeAssistant) -> Any:
    from homeassistant.helpers import entity_registry as er  # noqa: PLC0415
    from pytest_homeassistant_custom_component.common import MockConfigEntry  # noqa: PLC0415

    entry = MockConfigEntry(domain=PEER, title="Peer", version=1, minor_version=3)
    entry.add_to_hass(hass)
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise AssertionError(f"{PEER} could not be set up: {entry.reason}")
    # its entities are for the user to choose from: none is enabled by itself
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    return entry


async def _starts(hass: HomeAssistant, entry: Any, peer: Any) -> dict[str, Any]:
    """Set both up by turns; compare the processor's time."""
    took: dict[str, list[float]] = {}
    for _ in range(STARTS):
        for which in (entry, peer):
            await hass.config_entries.async_unload(which.entry_id)
            began = time.process_time()
            await hass.config_entries.async_setup(which.entry_id)
            await hass.async_block_till_done()
            took.setdefault(which.domain, []).append((time.process_time() - began) * 1000)
    ours, theirs = (statistics.median(took[which.domain]) for which in (entry, peer))
    return {
        "name": f"to set up an account, beside {PEER}",
        "ours": ours,
        "peer": theirs,
        "unit": "ms",
        "ratio": ours / theirs,
        "limit": SETUP_LIMIT,
        "ok": ours / theirs <= SETUP_LIMIT,
    }


async def _day(
    hass: HomeAssistant, entry: Any, session: aiohttp.ClientSession, control: str, minutes: int
) -> tuple[float, _Memory]:
    """Poll each minute after ten calls; return the state writes a minute, and the memory."""
    writes = _count_writes(hass, entry.entry_id)
    memory = _Memory(minutes)
    for minute in range(minutes):
        async with session.post(
            control, json={"do": "call", "count": CALLS_A_MINUTE, "status": "ANSWERED", "push": False}
        ) as reply:
            reply.raise_for_status()
        await entry.runtime_data.coordinator.async_refresh()
        await hass.async_block_till_done()
        if not entry.runtime_data.coordinator.last_update_success:
            raise AssertionError("a poll failed")
        memory.sample(minute)
    return writes() / minutes, memory


async def _writes(hass: HomeAssistant, ours: float, peer: Any) -> dict[str, Any]:
    writes = _count_writes(hass, peer.entry_id)
    await asyncio.sleep(60)
    theirs = writes()
    return {
        "name": f"state writes a minute at {CALLS_A_MINUTE} calls and a poll a minute, beside {PEER}",
        "ours": ours,
        "peer": theirs,
        "unit": "writes",
        "ratio": ours / theirs,
        "limit": 1,
        "ok": ours <= theirs,
    }


def _count_writes(hass: HomeAssistant, entry_id: str) -> Callable[[], int]:
    """Count the writes of the states of an entry's entities, changed or not, until the count is read."""
    from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED  # noqa: PLC0415
    from homeassistant.core import callback  # noqa: PLC0415
    from homeassistant.helpers import entity_registry as er  # noqa: PLC0415

    entities = {entity.entity_id for entity in er.async_entries_for_config_entry(er.async_get(hass), entry_id)}
    count = 0

    @callback
    def ours(data: Mapping[str, Any]) -> bool:
        return data["entity_id"] in entities

    @callback
    def written(_: object) -> None:
        nonlocal count
        count += 1

    stops = [
        hass.bus.async_listen(EVENT_STATE_CHANGED, written, event_filter=ours),
        hass.bus.async_listen(EVENT_STATE_REPORTED, written, event_filter=ours),
    ]

    def read() -> int:
        for stop in stops:
            stop()
        return count

    return read


async def _reloads(hass: HomeAssistant, entry: Any, reloads: int) -> _Memory:
    memory = _Memory(reloads)
    for reload in range(reloads):
        if not await hass.config_entries.async_reload(entry.entry_id):
            raise AssertionError("a reload failed")
        await hass.async_block_till_done()
        memory.sample(reload)
    return memory


def _in_use() -> float:
    """Return the process's memory in MiB after everything that can be freed was freed (Linux)."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the system doesn't tell the process's memory")


def _growth(of: str, memory: _Memory) -> dict[str, Any]:
    growth = memory.after / memory.before
    return {
        "name": f"memory after {memory.times:,} {of}, beside that after the first fifth",
        "ours": memory.after,
        "peer": memory.before,
        "unit": "MiB",
        "ratio": growth,
        "limit": GROWTH_LIMIT,
        "ok": growth <= GROWTH_LIMIT,
    }


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))
