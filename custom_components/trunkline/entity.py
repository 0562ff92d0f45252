"""What the entities have in common: their names, their devices, and when they are available."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, override

from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account.devices import account_device, trunk_device
from .const import DOMAIN
from .coordinator import TrunklineCoordinator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.const import Platform
    from homeassistant.helpers.entity import Entity, EntityDescription
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .account.figures import TrunkData
    from .coordinator import TrunklineConfigEntry


class TrunklineEntity(CoordinatorEntity[TrunklineCoordinator]):
    """An entity of the account."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: TrunklineCoordinator, description: EntityDescription, which: str = "") -> None:
        """Stand on the account's device; `which` tells entities of one description apart."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = "_".join(filter(None, (coordinator.account_key, description.key, which)))
        self._attr_device_info = account_device(coordinator)


class TrunkEntity(CoordinatorEntity[TrunklineCoordinator]):
    """An entity of one trunk."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: TrunklineCoordinator, trunk_id: str, description: EntityDescription) -> None:
        """Stand on the trunk's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._trunk_id = trunk_id
        self._attr_unique_id = _trunk_unique_id(coordinator, trunk_id, description.key)
        self._attr_device_info = trunk_device(coordinator, self._data.trunk)

    @property
    def _data(self) -> TrunkData:
        return self.coordinator.data.trunks[self._trunk_id]

    @property
    @override
    def available(self) -> bool:
        """Whether the provider answers, tells of trunks, and still has this one."""
        data = self.coordinator.data
        return super().available and data.equipment.trunks is not None and self._trunk_id in data.trunks


def _trunk_unique_id(coordinator: TrunklineCoordinator, trunk_id: str, key: str) -> str:
    return f"{coordinator.account_key}_{trunk_id}_{key}"


class TrunkDescription(Protocol):
    """What says of a trunk's entity whether there is anything to it."""

    @property
    def key(self) -> str:
        """Its name, which each trunk has once."""

    @property
    def exists_fn(self) -> Callable[[TrunkData, TrunklineCoordinator], bool]:
        """Whether the trunk has such a thing."""


def add_trunk_entities[D: TrunkDescription](
    platform: Platform,
    entry: TrunklineConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[D],
    make: Callable[[str, D], Entity],
) -> None:
    """Add the entities of each trunk as soon as there is something to show, and of each trunk that comes later.

    What was there once, before a restart too, stays until its trunk is gone: what can't be told for a while is unknown.
    """
    coordinator = entry.runtime_data
    registry = er.async_get(coordinator.hass)
    known: set[tuple[str, str]] = set()

    def was_there(trunk_id: str, description: D) -> bool:
        unique_id = _trunk_unique_id(coordinator, trunk_id, description.key)
        return registry.async_get_entity_id(platform, DOMAIN, unique_id) is not None

    def add_new() -> None:
        trunks = coordinator.data.trunks
        known.intersection_update({one for one in known if one[0] in trunks})
        new = {
            (trunk_id, description.key): description
            for trunk_id in sorted(trunks)
            for description in descriptions
            if (trunk_id, description.key) not in known
            and (description.exists_fn(trunks[trunk_id], coordinator) or was_there(trunk_id, description))
        }
        known.update(new)
        if new:
            async_add_entities(make(trunk_id, description) for (trunk_id, _), description in new.items())

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))


def has_credit(data: TrunkData, _: TrunklineCoordinator) -> bool:
    """Return whether the provider tells what is left on the trunk."""
    return data.trunk.credit is not None


def has_costs(data: TrunkData, coordinator: TrunklineCoordinator) -> bool:
    """Return whether calls with prices draw on a credit of the trunk."""
    return data.trunk.credit is not None and coordinator.account.info.prices
