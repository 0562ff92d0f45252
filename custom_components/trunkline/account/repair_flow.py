"""What the fix flows of an account's issues have in common: its entry, and the texts of their forms."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow

from ..errors import placeholders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.data_entry_flow import FlowResult


class AccountRepairFlow(RepairsFlow):
    """Fixes an issue whose data name the account's entry (`entry_id`) and what else its texts mention."""

    def __init__(self, data: Mapping[str, str]) -> None:
        """Keep the data of the issue, which may be gone before the flow ends."""
        self._entry_id = data.get("entry_id", "")
        self._texts = {name: text for name, text in data.items() if name != "entry_id"}

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Start."""
        entry = self._entry()
        return self._removed() if entry is None else await self._async_first_step(entry)

    @abstractmethod
    async def _async_first_step(self, entry: ConfigEntry) -> FlowResult[Any, Any]:
        """Show the first form."""

    def _entry(self) -> ConfigEntry | None:
        return self.hass.config_entries.async_get_entry(self._entry_id)

    def _removed(self) -> FlowResult[Any, Any]:
        return self.async_abort(reason="account_removed")

    def _form(
        self, step_id: str, texts: Mapping[str, str] | None = None, *, error: str | None = None
    ) -> FlowResult[Any, Any]:
        """Show a form with the texts of the issue, newer ones, and the error with this key."""
        self._texts |= placeholders(**texts or {})
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            errors={"base": error} if error else None,
            description_placeholders=self._texts,
        )
