"""The warnings of each trunk: its credit is low, or it costs more than usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform

from .account.amounts import display_currency, shown
from .account.repairs import is_low
from .entity import TrunkEntity, add_trunk_entities, has_costs, has_credit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .account.figures import TrunkData
    from .coordinator import TrunklineConfigEntry, TrunklineCoordinator

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TrunkBinaryDescription(BinarySensorEntityDescription):
    """A warning of a trunk."""

    value_fn: Callable[[TrunkData, TrunklineCoordinator], bool | None]
    exists_fn: Callable[[TrunkData, TrunklineCoordinator], bool] = has_credit
    attributes_fn: Callable[[TrunkData, TrunklineCoordinator], Mapping[str, Any]] | None = None


def _spend(data: TrunkData, coordinator: TrunklineCoordinator) -> dict[str, Any]:
    if data.spend is None:
        return {}
    currency = display_currency(coordinator)
    amounts = {"this_hour": shown(data.spend.spend, currency), "usual": shown(data.spend.usual, currency)}
    # Home Assistant's JSON has no Decimal: one in an attribute would break its whole list of states.
    plain = {name: None if amount is None else float(amount) for name, amount in amounts.items()}
    return {**plain, "weeks": data.spend.weeks}


TRUNK_BINARY_SENSORS: tuple[TrunkBinaryDescription, ...] = (
    TrunkBinaryDescription(
        key="low_credit",
        translation_key="low_credit",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda data, coordinator: is_low(data.trunk, coordinator.config_entry.options),
    ),
    TrunkBinaryDescription(
        key="unusual_spend",
        translation_key="unusual_spend",
        device_class=BinarySensorDeviceClass.PROBLEM,
        exists_fn=has_costs,
        value_fn=lambda data, _: data.spend.unusual if data.spend else None,
        attributes_fn=_spend,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the warnings of each trunk."""
    coordinator = entry.runtime_data
    add_trunk_entities(
        Platform.BINARY_SENSOR,
        entry,
        async_add_entities,
        TRUNK_BINARY_SENSORS,
        lambda trunk_id, description: TrunkBinarySensor(coordinator, trunk_id, description),
    )


class TrunkBinarySensor(TrunkEntity, BinarySensorEntity):
    """A warning of a trunk."""

    entity_description: TrunkBinaryDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.value_fn(self._data, self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes_fn
        return attributes(self._data, self.coordinator) if attributes else None
