"""How long Home Assistant's event loop is ever held while a long call history is read, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 50.0
# The first of the sandbox's two offices has this share of its calls.
FIRST_OFFICE = 0.7
BEAT = 0.001
LONGEST_RUN = 3600.0
DOMAIN = "trunkline"

if TYPE_CHECKING:
    from collections.abc import Iterator

    from homeassistant.core import HomeAssistant

_SERVE = "import sys; from trunkline.sandbox import serve; serve(calls=int(sys.argv[1]), days=int(sys.argv[2]))"


def run(n: int = 100_000) -> list[dict[str, Any]]:
    """Return how long the loop was held at most, in milliseconds, while about `n` calls were synced.

    A heart beats every millisecond. What a beat is late by held the loop, but only as far as the process computed in
    that time: the rest is the machine being busy with something else. The provider is a process of its own.
    """
    # Home Assistant's own folder of test components must not hide ours.
    sys.path.insert(0, str(ROOT))
    import custom_components.trunkline  # noqa: F401, PLC0415

    with _provider(n) as account, tempfile.TemporaryDirectory() as folder:
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


@contextlib.contextmanager
def _provider(n: int) -> Iterator[dict[str, Any]]:
    calls, days = round(n / FIRST_OFFICE), 365
    command = [sys.executable, "-c", _SERVE, str(calls), str(days)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            account: dict[str, Any] = json.loads(process.stdout.readline())["telefonchy"]["accounts"][0]
            yield account
        finally:
            process.terminate()


async def _measure(account: dict[str, Any], folder: Path) -> tuple[list[tuple[float, float]], int, float]:
    from homeassistant.components import webhook  # noqa: PLC0415
    from homeassistant.loader import DATA_CUSTOM_COMPONENTS  # noqa: PLC0415
    from pytest_homeassistant_custom_component.common import (  # noqa: PLC0415
        MockConfigEntry,
        async_test_home_assistant,
    )

    logging.disable(logging.WARNING)
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        await _set_up_without_a_server(hass)
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Office",
            unique_id=f"telefonchy:{account['service_id']}",
            data={
                "provider": "telefonchy",
                "base_url": account["base_url"],
                "credentials": account["credentials"],
                "webhook_id": webhook.async_generate_id(),
            },
        )
        entry.add_to_hass(hass)
        if not await hass.config_entries.async_setup(entry.entry_id):
            raise AssertionError(f"the account could not be set up: {entry.reason}")
        beats, seconds = await _beat_until_read(entry)
        calls: int = entry.runtime_data.archive.count(accounts=[entry.unique_id])
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)
    return beats, calls, seconds


async def _set_up_without_a_server(hass: HomeAssistant) -> None:
    """Set up what the integration depends on; another Home Assistant may have the usual port."""
    from homeassistant.components.http import HomeAssistantHTTP  # noqa: PLC0415
    from homeassistant.setup import async_setup_component  # noqa: PLC0415

    async def nothing(_: HomeAssistantHTTP) -> None:
        return

    for name in ("async_bind", "start"):
        if hasattr(HomeAssistantHTTP, name):
            setattr(HomeAssistantHTTP, name, nothing)
    await async_setup_component(hass, "webhook", {})


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
