"""The triggers of the devices: the account's, and each trunk's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import HassJob, callback

from trunkline.errors import ConfigError

from .account.identity import provider_info
from .automations.kinds import KINDS, EventKind
from .automations.options import checked
from .automations.scope import async_scope
from .automations.watching import async_watch, loaded_entry
from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
    from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
    from homeassistant.helpers.typing import ConfigType


def _validated(config: ConfigType) -> ConfigType:
    """Return a trigger with checked options, which are beside what every device trigger has."""
    # What asks for this has loaded it; without automations it is not there.
    from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA  # noqa: PLC0415

    base_schema = DEVICE_TRIGGER_BASE_SCHEMA.extend({vol.Required(CONF_TYPE): vol.In(KINDS)}, extra=vol.ALLOW_EXTRA)
    of_every_device = {str(marker) for marker in base_schema.schema}
    found: ConfigType = base_schema(config)
    kind = KINDS[found[CONF_TYPE]]
    base = {name: value for name, value in found.items() if name in of_every_device}
    options = {name: value for name, value in found.items() if name not in of_every_device}
    return base | checked(kind.fields, options, caller_required=kind.caller_required)


# Checked by itself, so that a mistake is also found while the account is not set up.
TRIGGER_SCHEMA = vol.Schema(_validated)


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, Any]]:
    """Return the triggers of a device, as far as its provider has them."""
    scope = async_scope(hass, {CONF_DEVICE_ID: [device_id]})
    entry_ids = scope.accounts or {entry_id for entry_id, _ in scope.trunks}
    found: list[dict[str, Any]] = []
    for entry_id in entry_ids:
        entry = hass.config_entries.async_get_entry(entry_id)
        try:
            info = None if entry is None else provider_info(entry)
        except ConfigError:
            continue
        found += [
            {CONF_PLATFORM: "device", CONF_DOMAIN: DOMAIN, CONF_DEVICE_ID: device_id, CONF_TYPE: kind.key}
            for kind in KINDS.values()
            if info is not None
            and kind.exists(info)
            and (kind.of_trunks or scope.accounts)
            and (isinstance(kind, EventKind) or not kind.of_trunks or _may_have_credit(hass, entry_id))
        ]
    return found


def _may_have_credit(hass: HomeAssistant, entry_id: str) -> bool:
    """Return whether the credit of a trunk is known, or could be once the account is set up."""
    entry = loaded_entry(hass, entry_id)
    if entry is None:
        return True
    return any(data.trunk.credit is not None for data in entry.runtime_data.coordinator.data.trunks.values())


async def async_get_trigger_capabilities(_hass: HomeAssistant, config: ConfigType) -> dict[str, vol.Schema]:
    """Return the options of a trigger."""
    kind = KINDS.get(config[CONF_TYPE])
    return {"extra_fields": vol.Schema(kind.fields)} if kind and kind.fields else {}


async def async_attach_trigger(
    hass: HomeAssistant, config: ConfigType, action: TriggerActionType, trigger_info: TriggerInfo
) -> CALLBACK_TYPE:
    """Run an automation until the returned function is called."""
    kind = KINDS[config[CONF_TYPE]]
    base = {**trigger_info["trigger_data"], "platform": "device", "type": kind.key, "description": kind.description}

    job = HassJob(action)

    @callback
    def run(told: dict[str, Any], context: Context | None) -> None:
        hass.async_run_hass_job(job, {"trigger": {**base, **told}}, context)

    return async_watch(hass, kind, config, {CONF_DEVICE_ID: [config[CONF_DEVICE_ID]]}, run)
