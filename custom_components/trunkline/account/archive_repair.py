"""The fix flow of a damaged archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components.repairs import RepairsFlow
from homeassistant.helpers import issue_registry as ir

from trunkline.errors import ArchiveError

from ..errors import placeholders
from .archive import async_repair_archive

if TYPE_CHECKING:
    from homeassistant.data_entry_flow import FlowResult

    from trunkline.archive import Repaired

_NOTHING = vol.Schema({})


class ArchiveRepairFlow(RepairsFlow):
    """Asks, repairs the archive while no account uses it, and shows how many calls were saved."""

    _repaired: Repaired

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Start with the question."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Ask whether to repair the archive, then do it."""
        if user_input is None:
            issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
            texts = issue.translation_placeholders if issue else None
            return self.async_show_form(
                step_id="confirm", data_schema=_NOTHING, description_placeholders=texts or {"error": "?"}
            )
        try:
            self._repaired = await async_repair_archive(self.hass)
        except ArchiveError as error:
            return self.async_abort(reason="repair_failed", description_placeholders=placeholders(error=str(error)))
        return await (self.async_step_complete() if self._repaired.complete else self.async_step_incomplete())

    async def async_step_complete(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Show that nothing is lost."""
        return self._show("complete") if user_input is None else self.async_create_entry(data={})

    async def async_step_incomplete(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Show how many calls were saved; the rest is read from the providers again."""
        return self._show("incomplete") if user_input is None else self.async_create_entry(data={})

    def _show(self, step_id: str) -> FlowResult[Any, Any]:
        texts = {"calls": f"{self._repaired.calls:,}", "file": self._repaired.kept.name}
        return self.async_show_form(step_id=step_id, data_schema=_NOTHING, description_placeholders=texts)
