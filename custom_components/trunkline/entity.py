"""What the entities have in common: their names, their devices, and when they are available."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import TrunklineCoordinator
from .devices import account_device, trunk_device

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.helpers.entity import Entity, EntityDescription
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .coordinator import TrunklineConfigEntry
    from .figures import TrunkData


class TrunklineEntity(CoordinatorEntity[TrunklineCoordinator]):
    """An entity of the account."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: TrunklineCoordinator, description: EntityDescription) -> None:
        """Stand on the account's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.account_key}_{description.key}"
        self._attr_device_info = account_device(coordinator)


class TrunkEntity(CoordinatorEntity[TrunklineCoordinator]):
    """An entity of one trunk."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: TrunklineCoordinator, trunk_id: str, description: EntityDescription) -> None:
        """Stand on the trunk's device."""
        super().__init__(coordinator)
        self.entity_description = description
        self._trunk_id = trunk_id
        self._attr_unique_id = f"{coordinator.account_key}_{trunk_id}_{description.key}"
        self._attr_device_info = trunk_device(coordinator, self._data.trunk)

    @property
    def _data(self) -> TrunkData:
        return self.coordinator.data.trunks[self._trunk_id]

    @property
    @override
    def available(self) -> bool:
        """Whether the provider answers and still has the trunk."""
        return super().available and self._trunk_id in self.coordinator.data.trunks


def add_trunk_entities(
    entry: TrunklineConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    make: Callable[[str], Iterable[Entity]],
) -> None:
    """Add the entities of each trunk that is there, and of each that comes later."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    def add_new() -> None:
        there = set(coordinator.data.trunks)
        new = there - known
        known.intersection_update(there)
        known.update(new)
        if new:
            async_add_entities(entity for trunk_id in sorted(new) for entity in make(trunk_id))

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
