"""The event entity: each call, once it is known how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from .entity import TrunklineEntity
from .events import EVENT_TYPES, call_attributes, event_type

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.model import Call

    from .coordinator import TrunklineConfigEntry

PARALLEL_UPDATES = 0

CALL = EventEntityDescription(key="call", translation_key="call", event_types=EVENT_TYPES)


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the account's event entity."""
    async_add_entities([CallEvent(entry.runtime_data, CALL)])


class CallEvent(TrunklineEntity, EventEntity):
    """Fires once for each call, with how it went as the type."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for calls while the entity is there."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_call_listener(self._async_call))

    @callback
    def _async_call(self, call: Call, backfilled: bool) -> None:  # noqa: FBT001  (the listener's signature)
        attributes = call_attributes(call, backfilled=backfilled)
        del attributes["type"]
        self._trigger_event(event_type(call), attributes)
        # Written each time: of two calls in one update both have to show.
        self.async_write_ha_state()
