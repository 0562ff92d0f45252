"""Triggers in the form that Home Assistant has before 2025.12: functions for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    CONF_PLATFORM,
)
from homeassistant.core import HassJob, callback
from homeassistant.helpers import config_validation as cv

from .kinds import KINDS
from .options import OPTIONS, TARGET, checked
from .watching import async_watch

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
    from homeassistant.helpers.trigger import TriggerActionType, TriggerInfo
    from homeassistant.helpers.typing import ConfigType

_IDS: Final = vol.All(cv.ensure_list, [str])
_TARGET: Final = vol.Schema(
    {vol.Optional(name): _IDS for name in (ATTR_ENTITY_ID, ATTR_DEVICE_ID, ATTR_AREA_ID, ATTR_FLOOR_ID, ATTR_LABEL_ID)}
)
_BASE: Final = cv.TRIGGER_BASE_SCHEMA.extend(
    {vol.Optional(OPTIONS, default=dict): dict, vol.Optional(TARGET): _TARGET}, extra=vol.ALLOW_EXTRA
)
_OF_EVERY_TRIGGER: Final = {str(marker) for marker in _BASE.schema}


async def async_validate_trigger_config(_hass: HomeAssistant, config: ConfigType) -> ConfigType:
    """Return a trigger with checked options, which may be in `options` or at the top."""
    found: ConfigType = _BASE(config)
    kind = KINDS.get(_key(found))
    if kind is None:
        msg = f"there is no trigger {found[CONF_PLATFORM]}"
        raise vol.Invalid(msg)
    options = found[OPTIONS] | {name: value for name, value in found.items() if name not in _OF_EVERY_TRIGGER}
    base = {name: value for name, value in found.items() if name in _OF_EVERY_TRIGGER}
    return base | {OPTIONS: checked(kind.fields, options, caller_required=kind.caller_required)}


async def async_attach_trigger(
    hass: HomeAssistant, config: ConfigType, action: TriggerActionType, trigger_info: TriggerInfo
) -> CALLBACK_TYPE:
    """Run an automation until the returned function is called."""
    kind = KINDS[_key(config)]
    base = {
        **trigger_info["trigger_data"],
        CONF_PLATFORM: config[CONF_PLATFORM],
        "description": kind.description,
    }
    job = HassJob(action)

    @callback
    def run(told: dict[str, Any], context: Context | None) -> None:
        hass.async_run_hass_job(job, {"trigger": {**base, **told}}, context)

    return async_watch(hass, kind, config[OPTIONS], config.get(TARGET), run)


def _key(config: ConfigType) -> str:
    """Return the part of `trunkline.call_missed` behind the dot."""
    return str(config[CONF_PLATFORM]).partition(".")[2]
