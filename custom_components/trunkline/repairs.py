"""What Home Assistant offers to fix: a push address that somebody else may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .push.new_address import NewPushAddressFlow

if TYPE_CHECKING:
    from homeassistant.components.repairs import RepairsFlow
    from homeassistant.core import HomeAssistant


async def async_create_fix_flow(
    _hass: HomeAssistant, _issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the steps that fix an issue."""
    return NewPushAddressFlow({name: str(value) for name, value in (data or {}).items()})
