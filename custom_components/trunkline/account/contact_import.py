"""Imports a file of contacts into the archive, and shows the names in all accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState

from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive

    from .names import Names


async def async_import(
    hass: HomeAssistant, archive: Archive, names: Names, region: str, read: Callable[[int], bytes]
) -> dict[str, int]:
    """Import the contacts of a file and return how many numbers there were, new names, and what is of no use.

    `read` returns the file, at most so many bytes of it; it runs in the executor. `region` is the country of numbers
    without a country code. Raises `TrunklineError` and what `read` raises.
    """
    counts: dict[str, int] = await hass.async_add_executor_job(_import, archive, region, read)
    await async_show(hass, names)
    return counts


async def async_show(hass: HomeAssistant, names: Names) -> None:
    """Read the names again, and show them in all accounts; raises `ArchiveError`."""
    await names.async_refresh()
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.publisher.async_request()


def _import(archive: Archive, region: str, read: Callable[[int], bytes]) -> dict[str, int]:
    from trunkline.contacts import MAX_BYTES, read_contacts  # noqa: PLC0415  (files are imported seldom)

    found = read_contacts(read(MAX_BYTES + 1), region)
    changed = archive.contacts.add(found.names)
    return {
        "numbers": len(found.names),
        "new_or_changed": changed,
        "without_name": found.unnamed,
        "unusable_numbers": found.unusable,
    }
