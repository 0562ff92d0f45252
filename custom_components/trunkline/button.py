"""The buttons: sync now, and one for each speed dial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from trunkline.errors import OutcomeUnknownError, TrunklineError

from .account.dialling import DialResult, dial_attributes
from .const import CONF_FROM, CONF_TO, EVENT_SPEED_DIAL, SUBENTRY_SPEED_DIAL
from .coordinator import TrunklineCoordinator
from .entity import TrunklineEntity
from .errors import action_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .runtime import AccountRuntime, TrunklineConfigEntry

# One press at a time: pressing a button twice doesn't make two phones ring at once.
PARALLEL_UPDATES = 1

SYNC_NOW = ButtonEntityDescription(key="sync_now", translation_key="sync_now")


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the account's button and those of its speed dials."""
    runtime = entry.runtime_data
    async_add_entities([SyncButton(runtime, SYNC_NOW)])
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_SPEED_DIAL:
            async_add_entities([SpeedDialButton(runtime, subentry)], config_subentry_id=subentry.subentry_id)


class SyncButton(TrunklineEntity, ButtonEntity):
    """Syncs calls and credit now."""

    @override
    async def async_press(self) -> None:
        """Sync."""
        with action_errors(self.coordinator.config_entry.title):
            await self._runtime.async_sync()


class SpeedDialButton(CoordinatorEntity[TrunklineCoordinator], ButtonEntity):
    """Rings the extension, then the number of a speed dial, and tells what came of it."""

    _attr_has_entity_name = True
    _attr_name = None
    _attr_translation_key = "speed_dial"

    def __init__(self, runtime: AccountRuntime, subentry: ConfigSubentry) -> None:
        """Belong to the speed dial's own device, and have its name."""
        super().__init__(runtime.coordinator)
        self._requests = runtime.requests
        self._subentry = subentry
        self._result: DialResult | None = None
        self._attr_unique_id = f"{runtime.account_key}_speed_dial_{subentry.subentry_id}"
        self._attr_device_info = runtime.devices.speed_dial(subentry)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """What came of the last press; None before the first one."""
        return {"result": self._result}

    @override
    async def async_press(self) -> None:
        """Place the call, within the hourly limit."""
        self._show(DialResult.REQUESTED)
        # What is left if the press is cancelled.
        result = DialResult.UNKNOWN
        try:
            with action_errors(self.coordinator.config_entry.title):
                try:
                    await self._requests.async_place_call(
                        source=self._subentry.data[CONF_FROM], destination=self._subentry.data[CONF_TO]
                    )
                    result = DialResult.ACCEPTED
                except OutcomeUnknownError:
                    raise
                except (TrunklineError, HomeAssistantError):
                    result = DialResult.FAILED
                    raise
        finally:
            self._show(result)
            self._report(result)

    def _show(self, result: DialResult) -> None:
        self._result = result
        self.async_write_ha_state()

    def _report(self, result: DialResult) -> None:
        place = {
            "config_entry": self.coordinator.config_entry.entry_id,
            "device_id": self.device_entry.id if self.device_entry else None,
            "entity_id": self.entity_id,
        }
        self.hass.bus.async_fire(
            EVENT_SPEED_DIAL, place | dial_attributes(self._subentry, result), context=self._context
        )
