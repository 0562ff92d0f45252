"""Differences between the Home Assistant versions that are supported, all in one place."""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any, cast

from homeassistant import config_entries
from homeassistant.core import ServiceCall, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import service
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import UpdateFailed

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlow
    from homeassistant.core import HomeAssistant

    OptionsFlowWithReload = OptionsFlow
elif hasattr(config_entries, "OptionsFlowWithReload"):
    OptionsFlowWithReload = config_entries.OptionsFlowWithReload
else:  # before 2025.8

    class OptionsFlowWithReload(config_entries.OptionsFlow):
        """An options flow that reloads its entry when the options have changed."""

        @callback
        def async_create_entry(self, **kwargs: Any) -> ConfigFlowResult:
            """Finish the flow and reload the entry with its new options."""
            if kwargs.get("data") != dict(self.config_entry.options):
                reload_soon(self.hass, self.config_entry)
            return super().async_create_entry(**kwargs)


@callback
def reload_soon(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Reload an entry once the flow that changes it has stored the changes."""
    hass.async_create_task(
        hass.config_entries.async_reload(entry.entry_id), f"reload {DOMAIN} {entry.entry_id}", eager_start=False
    )


_SUPPORTS_RETRY_AFTER = "retry_after" in inspect.signature(UpdateFailed.__init__).parameters  # since 2025.12


def update_failed(
    translation_key: str, placeholders: dict[str, str], *, retry_after: float | None = None
) -> UpdateFailed:
    """Return a translated `UpdateFailed`; `retry_after` (seconds) delays the next poll where that is supported."""
    later: dict[str, Any] = {"retry_after": retry_after} if _SUPPORTS_RETRY_AFTER and retry_after is not None else {}
    return UpdateFailed(
        translation_domain=DOMAIN, translation_key=translation_key, translation_placeholders=placeholders, **later
    )


_SUPPORTS_VIA_DEVICE_ID = "via_device_id" in DeviceInfo.__annotations__  # since 2026.8


def device_through(device: DeviceInfo, identifier: tuple[str, str], device_id: str) -> DeviceInfo:
    """Return a device that is reached through another, named by its registry id where that is supported."""
    through = {"via_device_id": device_id} if _SUPPORTS_VIA_DEVICE_ID else {"via_device": identifier}
    return DeviceInfo(**cast("DeviceInfo", {**device, **through}))


try:
    _TARGET: Any = importlib.import_module("homeassistant.helpers.target")
except ImportError:  # before 2025.7
    _TARGET = None


@callback
def target_devices(hass: HomeAssistant, target: Mapping[str, Any]) -> set[str]:
    """Return the ids of the devices that a target names, also by their entities, areas, floors or labels."""
    found = _targeted(hass, target)
    registry = er.async_get(hass)
    entities = [registry.async_get(entity_id) for entity_id in found.referenced | found.indirectly_referenced]
    of_entities = {entity.device_id for entity in entities if entity is not None and entity.device_id is not None}
    return {*of_entities, *found.referenced_devices}


def _targeted(hass: HomeAssistant, target: Mapping[str, Any]) -> Any:
    if _TARGET is None:
        call = ServiceCall(hass, DOMAIN, "target", dict(target))
        return cast("Any", service).async_extract_referenced_entity_ids(hass, call)
    selection = getattr(_TARGET, "TargetSelection", None) or _TARGET.TargetSelectorData
    return _TARGET.async_extract_referenced_entity_ids(hass, selection(target))
