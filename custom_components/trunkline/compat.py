"""Differences between the Home Assistant versions that are supported, all in one place."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

from homeassistant import config_entries
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.update_coordinator import UpdateFailed

from .const import DOMAIN

if TYPE_CHECKING:
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
