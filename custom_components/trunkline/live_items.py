"""The phones and queues of an account as they come and go, each with its sensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
    from homeassistant.core import HomeAssistant

    from .runtime import TrunklineConfigEntry


@dataclass(frozen=True, slots=True)
class Items:
    """The phones or queues of an account: the name of each by its number.

    If the list is `complete`, others are gone; if it isn't, those that were known before a restart stay.
    """

    names: Mapping[str, str]
    complete: bool


class ItemSensors[S: SensorEntity]:
    """Adds the sensors of phones or queues when these appear, and removes them when they are gone."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: TrunklineConfigEntry,
        make: Callable[..., S],
        descriptions: Sequence[SensorEntityDescription],
        *,
        limit: int,
    ) -> None:
        """Describe the sensors of each item; those beyond the first `limit` items are disabled by default.

        A sensor is made of the runtime, its description, and the item's number and name.
        """
        self._registry = er.async_get(hass)
        self._entry = entry
        self._descriptions = descriptions
        self._make = make
        self._limit = limit
        self._known: set[str] = set()
        self._before: Items | None = None

    @callback
    def async_update(self, items: Items) -> list[S]:
        """Remove the sensors of items that are gone, and return those of new ones."""
        if items == self._before:
            return []
        self._before = items
        names = dict(items.names)
        for entity in er.async_entries_for_config_entry(self._registry, self._entry.entry_id):
            item_id = self._item_of(entity.unique_id)
            if item_id is None or item_id in names:
                continue
            if items.complete:
                self._registry.async_remove(entity.entity_id)
            else:
                names[item_id] = item_id
        self._known.intersection_update(names)
        new: list[S] = []
        for item_id in [item_id for item_id in names if item_id not in self._known]:
            enabled = len(self._known) < self._limit
            self._known.add(item_id)
            new += [
                self._make(self._entry.runtime_data, description, item_id, names[item_id], enabled=enabled)
                for description in self._descriptions
            ]
        return new

    def _item_of(self, unique_id: str) -> str | None:
        for description in self._descriptions:
            prefix = f"{self._entry.runtime_data.account_key}_{description.key}_"
            if unique_id.startswith(prefix):
                return unique_id.removeprefix(prefix)
        return None
