"""What Home Assistant offers to fix: a damaged archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .account.archive_repair import ArchiveRepairFlow

if TYPE_CHECKING:
    from typing import Any

    from homeassistant.components.repairs import RepairsFlow
    from homeassistant.core import HomeAssistant


async def async_create_fix_flow(_hass: HomeAssistant, _issue_id: str, _data: dict[str, Any] | None) -> RepairsFlow:
    """Return the steps that fix an issue."""
    return ArchiveRepairFlow()
