"""The fix of pushes that have stopped: the address goes to the provider again, and a call shows whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.model import Capability

from ..account.identity import provider_info
from .health import PushState
from .push_repair_flow import PushRepairFlow

if TYPE_CHECKING:
    from collections import Counter

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.data_entry_flow import FlowResult

    from .health import PushHealth


class PushStoppedFlow(PushRepairFlow):
    """Shows the address to enter at the provider, or registers it, and checks whether a call was pushed since.

    Where the address is entered by hand, the user may have removed it on purpose and can say so.
    """

    _health: PushHealth | None = None
    """The health when the last form was shown, and what it had counted then."""
    _deliveries: int
    _refusals: Counter[str]

    async def _async_first_step(self, entry: ConfigEntry) -> FlowResult[Any, Any]:
        if obstacle := self._obstacle():
            return obstacle
        if Capability.REGISTER_PUSH in provider_info(entry).capabilities:
            return await self.async_step_register()
        return await self.async_step_choice()

    async def async_step_choice(self, _user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Ask whether calls shall be pushed at all."""
        return self._obstacle() or self.async_show_menu(
            step_id="choice", menu_options=["address", "not_used"], description_placeholders=self._texts
        )

    async def async_step_not_used(self, _user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Expect no more pushes, until one arrives."""
        if obstacle := self._obstacle():
            return obstacle
        self._loaded_entry().runtime_data.push.expect_none()
        return self.async_create_entry(data={})

    async def async_step_address(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Show the address, then check whether a call was pushed to it."""
        if obstacle := self._obstacle():
            return obstacle
        error = await self._async_address_error()
        if obstacle := self._obstacle():
            return obstacle
        if user_input is None or error:
            self._remember()
            return self._form("address", error=error)
        return await self._async_check("address")

    async def async_step_register(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Register the address."""
        if obstacle := self._obstacle():
            return obstacle
        if user_input is None:
            return self._form("register", error=await self._async_address_error())
        if failure := await self._async_registration_error():
            error, texts = failure
            return self._form("register", texts, error=error)
        return await self.async_step_check()

    async def async_step_check(self, user_input: dict[str, Any] | None = None) -> FlowResult[Any, Any]:
        """Check whether a call was pushed to the registered address."""
        if obstacle := self._obstacle():
            return obstacle
        if user_input is None:
            self._remember()
            return self._form("check")
        return await self._async_check("check")

    async def _async_check(self, step_id: str) -> FlowResult[Any, Any]:
        runtime = self._loaded_entry().runtime_data
        # Only the call list proves that what was pushed is a call.
        polled = await runtime.coordinator.async_poll()
        health: PushHealth = runtime.push
        if health.state is PushState.WORKING:
            return self.async_create_entry(data={})
        if health is not self._health:
            # The account was loaded again, and counts from there.
            self._deliveries, self._refusals = 0, type(health.refusals)()
        refused = health.refusals - self._refusals
        if health.deliveries > self._deliveries:
            return self._form(step_id, error="not_confirmed" if polled else "cannot_connect")
        if refused:
            return self._form(step_id, {"error": ", ".join(sorted(refused))}, error="rejected")
        return self._form(step_id, error="nothing_arrived")

    def _remember(self) -> None:
        self._health = self._loaded_entry().runtime_data.push
        self._deliveries, self._refusals = self._health.deliveries, self._health.refusals.copy()
