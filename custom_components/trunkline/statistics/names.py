"""The names of series, in the language of Home Assistant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_get_translations

from trunkline import inert

from ..account.devices import trunk_of
from ..account.naming import ending
from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from .series import Series

_CATEGORY: Final = "common"


@dataclass(frozen=True, slots=True)
class SeriesNames:
    """Names a series after its device, as entities are: `devices` are the names of the trunks, None is the account."""

    texts: Mapping[str, str]
    devices: Mapping[str | None, str]
    currency: str

    @classmethod
    async def async_load(cls, hass: HomeAssistant, entry: ConfigEntry, account_key: str, currency: str) -> Self:
        """Read the names of the devices, and the words."""
        texts = await async_get_translations(hass, hass.config.language, _CATEGORY, {DOMAIN})
        names: dict[str | None, str] = {None: entry.title}
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
            name = device.name_by_user or device.name
            trunk_id = trunk_of(device.identifiers, account_key)
            if name and (trunk_id is not None or (DOMAIN, account_key) in device.identifiers):
                names[trunk_id] = name
        return cls(texts, names, currency)

    def of(self, series: Series) -> str:
        """Return the name of a series. A trunk that the account no longer has is named by the end of its number."""
        device = self.devices.get(series.trunk) or f"{self.devices[None]} {inert.plain(ending(series.trunk or ''))}"
        text = self.texts[f"component.{DOMAIN}.{_CATEGORY}.statistic_{series.name}"]
        other = f" ({inert.plain(series.currency)})" if series.currency not in {None, self.currency} else ""
        return f"{device} {text}{other}"
