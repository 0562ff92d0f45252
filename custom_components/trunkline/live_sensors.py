"""The sensors of a phone system with live events: what each phone is doing, who waits in the queues, who is ringing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.core import callback

from trunkline import inert
from trunkline.model import Capability, Party
from trunkline.numbers import e164

from .account.attributes import first_rows, short_text, shortened
from .account.events import visible
from .account.live_queues import agents_of, free_agents, queue_names
from .account.live_view import Activity
from .entity import TrunklineEntity
from .live_items import Items, ItemSensors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .account.live_queues import LiveAgent
    from .account.live_view import LivePhone, LiveView
    from .runtime import AccountRuntime, TrunklineConfigEntry

# More are disabled by default.
MAX_ENABLED_PHONES: Final = 50
MAX_ENABLED_QUEUES: Final = 10
# Phones and queues that events mention and the provider does not list: whoever knows the push address can make them up.
MAX_MENTIONED: Final = 20
MAX_LISTED_PHONES: Final = 10

PHONES = SensorEntityDescription(
    key="phones",
    translation_key="phones",
    device_class=SensorDeviceClass.ENUM,
    options=[Activity.IDLE, Activity.RINGING, Activity.TALKING],
)
PHONE = SensorEntityDescription(
    key="phone",
    translation_key="phone",
    device_class=SensorDeviceClass.ENUM,
    options=list(Activity),
)
QUEUE_WAITING = SensorEntityDescription(
    key="queue_waiting", translation_key="queue_waiting", state_class=SensorStateClass.MEASUREMENT
)
QUEUE_LONGEST_WAIT = SensorEntityDescription(
    key="queue_longest_wait", translation_key="queue_longest_wait", device_class=SensorDeviceClass.TIMESTAMP
)
QUEUE_AGENTS = SensorEntityDescription(
    key="queue_agents", translation_key="queue_agents", state_class=SensorStateClass.MEASUREMENT
)
QUEUE_AVAILABLE = SensorEntityDescription(
    key="queue_available", translation_key="queue_available", state_class=SensorStateClass.MEASUREMENT
)
QUEUE_SENSORS: Final = (QUEUE_WAITING, QUEUE_LONGEST_WAIT, QUEUE_AGENTS, QUEUE_AVAILABLE)
ITEM_KEYS: Final = frozenset({PHONE.key, *(description.key for description in QUEUE_SENSORS)})
"""The keys of which an account has several sensors."""


def add_live_sensors(
    hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of an account with live events, and those of its phones and queues as they come and go."""
    runtime = entry.runtime_data
    live = runtime.live
    if not runtime.account.supports(Capability.PARSE_EVENT):
        return
    async_add_entities([PhonesSensor(runtime, PHONES)])
    mentioned: set[str] = set()

    def phones() -> Items:
        listed = {extension.number: extension.number for extension in runtime.coordinator.data.extensions}
        others = [extension for extension in live.view.phones if extension not in listed]
        return Items({**listed, **{other: other for other in others[:MAX_MENTIONED]}}, complete=bool(listed))

    def queues() -> Items:
        data = runtime.coordinator.data
        mentioned.update(call.queue for call in live.view.calls if call.queue and len(mentioned) < MAX_MENTIONED)
        names = queue_names(data.queues, data.agents, mentioned)
        listed = data.queues is not None
        return Items({number: name or number for number, name in names.items()}, complete=listed)

    for read, descriptions, make, limit in (
        (phones, (PHONE,), PhoneSensor, MAX_ENABLED_PHONES),
        (queues, QUEUE_SENSORS, QueueSensor, MAX_ENABLED_QUEUES),
    ):
        sensors = ItemSensors(hass, entry, make, descriptions, limit=limit)
        update = partial(_update, sensors, read, async_add_entities)
        update()
        entry.async_on_unload(runtime.coordinator.async_add_listener(update))
        entry.async_on_unload(live.async_add_listener(update))


@callback
def _update(
    sensors: ItemSensors[ItemSensor], read: Callable[[], Items], async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    if new := sensors.async_update(read()):
        async_add_entities(new)


class LiveSensor(TrunklineEntity, SensorEntity):
    """A sensor that follows the live events. They arrive also while the provider can't be polled."""

    def __init__(self, runtime: AccountRuntime, description: SensorEntityDescription, item_id: str = "") -> None:
        """Show what the account's events tell."""
        super().__init__(runtime, description, item_id)
        self._live = runtime.live
        self._shown: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the live events until the entity is removed."""
        await super().async_added_to_hass()
        self.async_on_remove(self._live.async_add_listener(self._async_changed))

    @callback
    def _async_changed(self) -> None:
        """Write the state if it is another: each event concerns a few of many sensors."""
        value = (self.native_value, self.extra_state_attributes)
        if value != self._shown:
            self._shown = value
            self.async_write_ha_state()

    @property
    @override
    def available(self) -> bool:
        return True

    @property
    def _view(self) -> LiveView:
        return self._live.view

    def _party(self, number: str | None) -> dict[str, Any]:
        """Return who a number is: as sent, in E.164, and by name."""
        party = Party(number=number, e164=e164(number, self._runtime.account.info.country) if number else None)
        return {"number": visible(number), "e164": party.e164, "name": self._runtime.names.of(party)}


class PhonesSensor(LiveSensor):
    """Whether any call rings or is under way, and who is ringing."""

    _unrecorded_attributes = frozenset({"callers"})

    @property
    @override
    def native_value(self) -> str | None:
        return self._view.state

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        calls = self._view.calls
        ringing = [call for call in calls if call.state is Activity.RINGING]
        return self._runtime.reports.shown({
            "calls": len(calls),
            "ringing": len(ringing),
            "callers": first_rows(
                {
                    **self._party(call.number),
                    "phones": list(call.phones[:MAX_LISTED_PHONES]),
                    "queue": visible(call.queue),
                    "since": call.since.isoformat(),
                }
                for call in ringing
            ),
        })  # fmt: skip


class ItemSensor(LiveSensor):
    """A sensor of a phone or of a queue."""

    def __init__(
        self,
        runtime: AccountRuntime,
        description: SensorEntityDescription,
        item_id: str,
        name: str,
        *,
        enabled: bool,
    ) -> None:
        """Have the name of the item."""
        super().__init__(runtime, description, item_id)
        self._item_id = item_id
        self._attr_entity_registry_enabled_default = enabled
        self._attr_translation_placeholders = {"name": short_text(inert.plain(name))}


class PhoneSensor(ItemSensor):
    """What a phone is doing, and with whom."""

    @property
    def _phone(self) -> LivePhone | None:
        return self._view.phones.get(self._item_id)

    @property
    @override
    def native_value(self) -> str | None:
        return self._phone.state if self._phone else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        phone = self._phone
        if phone is None or phone.since is None:
            return None
        attributes = {
            **self._party(phone.number),
            "direction": phone.direction,
            "queue": visible(phone.queue),
            "since": phone.since.isoformat(),
            "calls": phone.calls,
        }
        return shortened(self._runtime.reports.shown(attributes))


class QueueSensor(ItemSensor):
    """How many wait in a queue, since when, and who takes their calls. The agents are polled."""

    @property
    @override
    def available(self) -> bool:
        if self.entity_description.key in {QUEUE_AGENTS.key, QUEUE_AVAILABLE.key}:
            return self.coordinator.last_update_success
        return super().available

    @property
    @override
    def native_value(self) -> int | datetime | None:
        match self.entity_description.key:
            case QUEUE_WAITING.key:
                waiting = self._view.waiting(self._item_id)
                return None if waiting is None else len(waiting)
            case QUEUE_LONGEST_WAIT.key:
                waiting = self._view.waiting(self._item_id)
                return waiting[0].since if waiting else None
            case QUEUE_AGENTS.key:
                return None if self._agents is None else len(self._agents)
            case _:
                return free_agents(self._agents)

    @property
    def _agents(self) -> tuple[LiveAgent, ...] | None:
        return agents_of(self._item_id, self._data.agents, self._view)
