"""The binary sensors of each trunk: low credit, and unusual spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.util import dt as dt_util

from .account.low_credit import is_low
from .entity import TrunkEntity, add_trunk_entities, display_unit_of, has_costs, has_credit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from trunkline.providers import ProviderInfo

    from .account.figures import TrunkData
    from .runtime import AccountRuntime, TrunklineConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class TrunkBinaryDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a trunk."""

    value_fn: Callable[[TrunkData, AccountRuntime], bool | None]
    exists_fn: Callable[[TrunkData, ProviderInfo], bool] = has_credit
    attributes_fn: Callable[[TrunkData, AccountRuntime], Mapping[str, Any]] | None = None


def _spend(data: TrunkData, runtime: AccountRuntime) -> dict[str, Any]:
    spend = data.spend
    if spend is None:
        return {}
    unit = display_unit_of(runtime)
    amounts = {"today": spend.spend, "usual": spend.usual, "excess": spend.excess, "minimum": spend.least}
    shown = {name: unit.amount(amount) for name, amount in amounts.items()}
    # Home Assistant's JSON has no Decimal: one in an attribute would break the whole list of states.
    plain = {name: None if amount is None else round(float(amount), 4) for name, amount in shown.items()}
    return {**plain, "probability": float(f"{spend.probability:.2g}"), "days_of_history": spend.days}


TRUNK_BINARY_SENSORS: tuple[TrunkBinaryDescription, ...] = (
    TrunkBinaryDescription(
        key="low_credit",
        translation_key="low_credit",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda data, runtime: is_low(
            data,
            runtime.coordinator.config_entry.options,
            dt_util.utcnow(),
            currency=runtime.coordinator.data.currency,
        ),
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
    """Add the binary sensors of each trunk."""
    runtime = entry.runtime_data
    add_trunk_entities(
        Platform.BINARY_SENSOR,
        entry,
        async_add_entities,
        TRUNK_BINARY_SENSORS,
        lambda trunk_id, description: TrunkBinarySensor(runtime, trunk_id, description),
    )


class TrunkBinarySensor(TrunkEntity, BinarySensorEntity):
    """A binary sensor of a trunk."""

    entity_description: TrunkBinaryDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.value_fn(self._trunk_data, self._runtime)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        attributes = self.entity_description.attributes_fn
        return attributes(self._trunk_data, self._runtime) if attributes else None
