"""The fix of a push address that could not be registered with the provider: another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .push_repair_flow import PushRepairFlow

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.data_entry_flow import FlowResult


class PushNotRegisteredFlow(PushRepairFlow):
    """Says what the provider answered, and tries again."""

    async def _async_first_step(self, entry: ConfigEntry) -> FlowResult[Any, Any]:  # noqa: ARG002  (of other flows)
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Say what the provider answered, then try again."""
        if obstacle := self._obstacle():
            return obstacle
        if user_input is None:
            return self._form("confirm")
        if failure := await self._async_registration_error():
            error, texts = failure
            return self._form("confirm", texts, error=error)
        return self.async_create_entry(data={})
