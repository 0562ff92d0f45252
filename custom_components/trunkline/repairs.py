"""What Home Assistant offers to fix: a damaged archive, and a push address that somebody else may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .account.archive_damage import ARCHIVE_DAMAGED
from .account.archive_repair import ArchiveRepairFlow
from .push.new_address import NewPushAddressFlow

if TYPE_CHECKING:
    from homeassistant.components.repairs import RepairsFlow
    from homeassistant.core import HomeAssistant


async def async_create_fix_flow(
    _hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the steps that fix an issue."""
    if issue_id == ARCHIVE_DAMAGED:
        return ArchiveRepairFlow()
    return NewPushAddressFlow({name: str(value) for name, value in (data or {}).items()})
