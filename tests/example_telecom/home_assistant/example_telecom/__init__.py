"""Registers Example Telecom with Trunkline, whose forms, entities and actions then know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.helpers import config_validation as cv

from tests.example_telecom import INFO
from trunkline.providers import register

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import ConfigType

CONFIG_SCHEMA = cv.empty_config_schema("example_telecom")


async def async_setup(_hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the provider."""
    register(INFO)
    return True
