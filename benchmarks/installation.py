"""A real Home Assistant with one account at a provider that is a process of its own, for benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = "trunkline"

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from homeassistant.core import HomeAssistant

_SERVE = "import sys; from trunkline.sandbox import serve; serve(calls=int(sys.argv[1]), days=int(sys.argv[2]))"


@contextlib.contextmanager
def provider(calls: int, days: int) -> Iterator[dict[str, Any]]:
    """Yield what the sandbox announces: its control address and, by provider, its accounts."""
    # Home Assistant's own folder of test components must not hide ours.
    sys.path.insert(0, str(ROOT))
    import custom_components.trunkline  # noqa: F401, PLC0415

    command = [sys.executable, "-c", _SERVE, str(calls), str(days)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            announced: dict[str, Any] = json.loads(process.stdout.readline())
            yield announced
        finally:
            process.terminate()


@contextlib.asynccontextmanager
async def home_assistant(folder: Path) -> AsyncIterator[HomeAssistant]:
    """Yield a Home Assistant with the webhooks that the integration depends on, and without an HTTP server."""
    from homeassistant.components.http import HomeAssistantHTTP  # noqa: PLC0415
    from homeassistant.loader import DATA_CUSTOM_COMPONENTS  # noqa: PLC0415
    from homeassistant.setup import async_setup_component  # noqa: PLC0415
    from pytest_homeassistant_custom_component.common import async_test_home_assistant  # noqa: PLC0415

    logging.disable(logging.WARNING)

    async def nothing(_: HomeAssistantHTTP) -> None:
        return

    # another Home Assistant may have the usual port
    for name in ("async_bind", "start"):
        if hasattr(HomeAssistantHTTP, name):
            setattr(HomeAssistantHTTP, name, nothing)
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        await async_setup_component(hass, "webhook", {})
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        yield hass
        await hass.async_stop(force=True)


async def add_entry(hass: HomeAssistant, account: dict[str, Any]) -> Any:
    """Set up an account of the sandbox, and return its config entry."""
    from homeassistant.components import webhook  # noqa: PLC0415
    from pytest_homeassistant_custom_component.common import MockConfigEntry  # noqa: PLC0415

    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Office",
        unique_id=f"{account['provider']}:{account['service_id']}",
        data={
            "provider": account["provider"],
            "base_url": account["base_url"],
            "credentials": account["credentials"],
            "webhook_id": webhook.async_generate_id(),
        },
    )
    entry.add_to_hass(hass)
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise AssertionError(f"the account could not be set up: {entry.reason}")
    return entry


async def all_read(entry: Any) -> None:
    """Wait until the whole history is in the archive."""
    while not entry.runtime_data.coordinator.data.history.complete:  # noqa: ASYNC110  (nothing tells when it is)
        await asyncio.sleep(0.1)
