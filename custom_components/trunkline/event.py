"""The event entities: each call once its outcome is known, and the live events of a telephone system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import callback

from trunkline.model import Capability

from .account.attributes import shortened
from .account.events import (
    EVENT_TYPES,
    OTHER,
    call_attributes,
    event_type,
    line_attributes,
    line_event_types,
)
from .entity import TrunklineEntity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.model import LineEvent

    from .account.call_events import CallEvent
    from .runtime import AccountRuntime, TrunklineConfigEntry

PARALLEL_UPDATES = 0

CALL = EventEntityDescription(key="call", translation_key="call", event_types=EVENT_TYPES)
LIVE_EVENT = EventEntityDescription(key="line_event", translation_key="line_event")


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the account's event entities."""
    runtime = entry.runtime_data
    async_add_entities([CallEventEntity(runtime, CALL)])
    if runtime.account.supports(Capability.PARSE_EVENT):
        async_add_entities([LiveEvent(runtime)])


class _LineEntity(TrunklineEntity, EventEntity):
    """An event entity whose events carry the device, as those on the bus do."""

    @callback
    def _trigger(self, kind: str, attributes: Mapping[str, Any]) -> None:
        reports = self._runtime.reports
        self._trigger_event(kind, {"device_id": reports.device_id, **shortened(reports.shown(attributes))})
        # Written for each event: one update may bring several.
        self.async_write_ha_state()


class CallEventEntity(_LineEntity):
    """Fires once for each call that the call list has; the type is the call's status, or `missed`."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for calls until the entity is removed."""
        await super().async_added_to_hass()
        self.async_on_remove(self._runtime.call_events.async_add_listener(self._async_call))

    @callback
    def _async_call(self, event: CallEvent) -> None:
        if not event.confirmed:
            # An automation that is triggered by the entity acts on the world: a forged record must not.
            return
        attributes = call_attributes(event.call, backfilled=event.backfilled)
        for name in ("type", "confirmed", "repeated"):
            del attributes[name]
        self._trigger(event_type(event.call), attributes)


class LiveEvent(_LineEntity):
    """Fires for each live event of a telephone system; the type is the event's kind, or `other`."""

    def __init__(self, runtime: AccountRuntime) -> None:
        """Have the event types of the provider."""
        super().__init__(runtime, LIVE_EVENT)
        self._attr_event_types = line_event_types(runtime.account.info)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for live events until the entity is removed."""
        await super().async_added_to_hass()
        self.async_on_remove(self._runtime.live_events.async_add_listener(self._async_event))

    @callback
    def _async_event(self, event: LineEvent) -> None:
        region = self._runtime.account.info.country
        attributes = line_attributes(event, region, self._runtime.names.of_number(event.number, region))
        # The fields as sent differ from kind to kind: they are for automations that listen on the bus.
        del attributes["fields"]
        self._trigger(event.kind if event.kind in self.event_types else OTHER, attributes)
