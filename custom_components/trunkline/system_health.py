"""System information: accounts, the size of the archive, and whether providers can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback

from trunkline.providers import BUILT_IN

from .const import ARCHIVE_FILE, DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.core import HomeAssistant

    from trunkline.providers import ProviderInfo

_MEBIBYTE = 1024 * 1024


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:  # noqa: ARG001
    """Register the information."""
    register.async_register_info(async_info, "/config/integrations/integration/trunkline")


async def async_info(hass: HomeAssistant) -> dict[str, Any]:
    """Return the information, with a check for each provider in use that is finished later."""
    entries = hass.config_entries.async_entries(DOMAIN)
    loaded = [entry for entry in entries if entry.state is ConfigEntryState.LOADED]
    addresses: dict[str, set[str]] = {}
    for entry in loaded:
        account = entry.runtime_data.account
        addresses.setdefault(_reach_key(account.info), set()).add(account.base_url)
    size = await hass.async_add_executor_job(_size, Path(hass.config.path(ARCHIVE_FILE)))
    return {
        "accounts": f"{len(loaded)}/{len(entries)}",
        "archive_size": f"{size / _MEBIBYTE:.1f} MiB",
        **{key: _reachable(hass, urls) for key, urls in sorted(addresses.items())},
    }


def _reach_key(info: ProviderInfo) -> str:
    """Return the key of a provider's check. The keys of built-in providers are translated, others are shown as is."""
    return f"can_reach_{info.provider_id}" if info.provider_id in BUILT_IN else f"Reach {info.name}"


async def _reachable(hass: HomeAssistant, urls: Iterable[str]) -> str | dict[str, str]:
    """Return "ok", or the error of the first address that can't be reached."""
    result: str | dict[str, str] = "ok"
    for url in sorted(urls):
        result = await system_health.async_check_can_reach_url(hass, url)
        if result != "ok":
            break
    return result


def _size(archive: Path) -> int:
    """Return the size of the archive and its journal in bytes; 0 before there is one."""
    files = (archive, archive.with_name(f"{archive.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
