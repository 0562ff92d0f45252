"""The fix flow of clocks that differ: both times, and a new measurement once one of them was set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .access_check import async_try_connection
from .clock import clock_texts, differs
from .repair_flow import AccountRepairFlow

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.data_entry_flow import FlowResult


class ClockRepairFlow(AccountRepairFlow):
    """Shows both times, and measures again: neither clock can be set from here."""

    async def _async_first_step(self, entry: ConfigEntry) -> FlowResult[Any, Any]:  # noqa: ARG002  (of other flows)
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Show both times, then measure."""
        if user_input is None:
            return self._form("confirm")
        entry = self._entry()
        if entry is None:
            return self._removed()
        # Also a reply that refuses the request tells the time.
        reading = (await async_try_connection(self.hass, entry)).clock
        if reading is None:
            return self._form("confirm", error="not_measured")
        if differs(reading):
            return self._form("confirm", clock_texts(reading), error="still_differ")
        return self.async_create_entry(data={})
