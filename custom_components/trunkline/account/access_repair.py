"""The fix flow of what a provider does not permit: what to permit, and a test once that is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.errors import PermissionDeniedError

from ..const import CONF_PROVIDER
from .access_check import async_check_access, denied_error, error_key
from .repair_flow import AccountRepairFlow

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.data_entry_flow import FlowResult

    from .inventory import Resource


class AccessRepairFlow(AccountRepairFlow):
    """Says what to permit at the provider, and tests the connection when the user has done so."""

    def __init__(self, data: dict[str, str], resource: Resource | None = None) -> None:
        """Test that the account can be read, and this resource with it."""
        super().__init__(data)
        self._resource = resource

    async def _async_first_step(self, entry: ConfigEntry) -> FlowResult[Any, Any]:
        if self._resource is None and entry.data[CONF_PROVIDER] == "simotel":
            return await self.async_step_simotel()
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Say what to permit, then test the connection."""
        return await self._async_step("confirm", user_input)

    async def async_step_simotel(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Say where Simotel permits addresses, then test the connection."""
        return await self._async_step("simotel", user_input)

    async def _async_step(self, step_id: str, user_input: dict[str, Any] | None) -> FlowResult[Any, Any]:
        if user_input is None:
            return self._form(step_id)
        entry = self._entry()
        if entry is None:
            return self._removed()
        error = await async_check_access(self.hass, entry)
        if self._entry() is None:
            return self._removed()
        if error is None and self._resource is not None:
            error = denied_error(entry, self._resource)
        if error is None:
            return self.async_create_entry(data={})
        texts = {"error": str(error)}
        if isinstance(error, PermissionDeniedError) and error.address:
            texts["address"] = error.address
        return self._form(step_id, texts, error=error_key(error))
