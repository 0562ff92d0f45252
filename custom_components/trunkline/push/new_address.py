"""The fix of a push address that somebody else may know: a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow

from .addresses import async_push_url, async_renew_address

if TYPE_CHECKING:
    from homeassistant.data_entry_flow import FlowResult


class NewPushAddressFlow(RepairsFlow):
    """Gives an account a new push address, and shows it."""

    def __init__(self, texts: dict[str, str]) -> None:
        """Name the account (`entry_id`, `account`) and the number of calls (`count`)."""
        self._texts = texts

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:  # noqa: ARG002
        """Start."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Ask whether to replace the address."""
        entry = self.hass.config_entries.async_get_entry(self._texts.get("entry_id", ""))
        if entry is None:
            return self.async_abort(reason="account_removed")
        if user_input is None:
            return self.async_show_form(
                step_id="confirm", data_schema=vol.Schema({}), description_placeholders=self._placeholders
            )
        await async_renew_address(self.hass, entry)
        return await self.async_step_address()

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Show the new address."""
        if user_input is not None:
            return self.async_create_entry(data={})
        entry = self.hass.config_entries.async_get_entry(self._texts["entry_id"])
        if entry is None:
            return self.async_abort(reason="account_removed")
        url = await async_push_url(self.hass, entry)
        return self.async_show_form(
            step_id="address",
            data_schema=vol.Schema({}),
            description_placeholders={**self._placeholders, "push_url": url or "—"},
        )

    @property
    def _placeholders(self) -> dict[str, str]:
        return {"account": self._texts.get("account", ""), "count": self._texts.get("count", "")}
