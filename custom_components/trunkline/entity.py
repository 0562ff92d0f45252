"""What the entities have in common: names, devices, availability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, override

from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .account.amounts import display_unit
from .const import DOMAIN
from .coordinator import TrunklineCoordinator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.const import Platform
    from homeassistant.helpers.entity import Entity, EntityDescription
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.providers import ProviderInfo

    from .account.amounts import AmountUnit
    from .account.data import AccountData
    from .account.figures import TrunkData
    from .runtime import AccountRuntime, TrunklineConfigEntry


class TrunklineEntity(CoordinatorEntity[TrunklineCoordinator]):
    """An entity of the account."""

    _attr_has_entity_name = True

    def __init__(self, runtime: AccountRuntime, description: EntityDescription, item_id: str = "") -> None:
        """Belong to the account's device; `item_id` distinguishes entities of the same description."""
        super().__init__(runtime.coordinator)
        self._runtime = runtime
        self.entity_description = description
        self._attr_unique_id = "_".join(filter(None, (runtime.account_key, description.key, item_id)))
        self._attr_device_info = runtime.devices.account()

    @property
    def _data(self) -> AccountData:
        return self.coordinator.data


class TrunkEntity(CoordinatorEntity[TrunklineCoordinator]):
    """An entity of one trunk."""

    _attr_has_entity_name = True

    def __init__(self, runtime: AccountRuntime, trunk_id: str, description: EntityDescription) -> None:
        """Belong to the trunk's device."""
        super().__init__(runtime.coordinator)
        self._runtime = runtime
        self.entity_description = description
        self._trunk_id = trunk_id
        self._attr_unique_id = _trunk_unique_id(runtime.account_key, trunk_id, description.key)
        trunks = [data.trunk for data in runtime.coordinator.data.trunks.values()]
        self._attr_device_info = runtime.devices.trunk(self._trunk_data.trunk, trunks)

    @property
    def _trunk_data(self) -> TrunkData:
        return self.coordinator.data.trunks[self._trunk_id]

    @property
    @override
    def available(self) -> bool:
        """Whether the provider can be reached, lists its trunks, and still has this one."""
        data = self.coordinator.data
        return super().available and data.trunks_listed and self._trunk_id in data.trunks


def display_unit_of(runtime: AccountRuntime) -> AmountUnit:
    """Return the unit in which the account's amounts are displayed."""
    coordinator = runtime.coordinator
    return display_unit(runtime.account.info, coordinator.data.currency, coordinator.config_entry.options)


def _trunk_unique_id(account_key: str, trunk_id: str, key: str) -> str:
    return f"{account_key}_{trunk_id}_{key}"


class TrunkDescription(Protocol):
    """Describes when a trunk gets this entity."""

    @property
    def key(self) -> str:
        """The entity's key, unique for each trunk."""

    @property
    def exists_fn(self) -> Callable[[TrunkData, ProviderInfo], bool]:
        """Whether the trunk has something to show."""


def add_trunk_entities[D: TrunkDescription](
    platform: Platform,
    entry: TrunklineConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[D],
    make: Callable[[str, D], Entity],
) -> None:
    """Add the entities of each trunk as soon as there is something to show, and of each trunk that is added later.

    An entity that existed before, also before a restart, stays until its trunk is removed: its state is unknown while
    the provider doesn't state it.
    """
    runtime = entry.runtime_data
    registry = er.async_get(runtime.coordinator.hass)
    known: set[tuple[str, str]] = set()

    def existed(trunk_id: str, description: D) -> bool:
        unique_id = _trunk_unique_id(runtime.account_key, trunk_id, description.key)
        return registry.async_get_entity_id(platform, DOMAIN, unique_id) is not None

    def add_new() -> None:
        trunks = runtime.coordinator.data.trunks
        known.intersection_update({(trunk_id, key) for trunk_id, key in known if trunk_id in trunks})
        new = {
            (trunk_id, description.key): description
            for trunk_id in sorted(trunks)
            for description in descriptions
            if (trunk_id, description.key) not in known
            and (description.exists_fn(trunks[trunk_id], runtime.account.info) or existed(trunk_id, description))
        }
        known.update(new)
        if new:
            async_add_entities(make(trunk_id, description) for (trunk_id, _), description in new.items())

    add_new()
    entry.async_on_unload(runtime.coordinator.async_add_listener(add_new))


def has_credit(data: TrunkData, _: ProviderInfo) -> bool:
    """Return whether the credit of the trunk is known."""
    return data.trunk.credit is not None


def has_costs(data: TrunkData, provider: ProviderInfo) -> bool:
    """Return whether the credit of the trunk is known, and what calls cost."""
    return data.trunk.credit is not None and provider.prices
