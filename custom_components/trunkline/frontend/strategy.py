"""A dashboard of Home Assistant that a strategy generates in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.lovelace.dashboard import LovelaceConfig
from homeassistant.helpers.json import json_bytes, json_fragment

from ..const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

CONFIG: Final[dict[str, Any]] = {"strategy": {"type": f"custom:{DOMAIN}"}}


class StrategyDashboard(LovelaceConfig):
    """Has the strategy as its configuration, and can't be edited."""

    def __init__(self, hass: HomeAssistant, url_path: str, title: str, config: dict[str, Any]) -> None:
        """Be listed under the title, as `config` says."""
        super().__init__(hass, url_path, {"title": title, **config})
        self.title = title

    @property
    @override
    def mode(self) -> str:
        return "yaml"

    @override
    async def async_get_info(self) -> dict[str, Any]:
        """Return what Home Assistant lists of a dashboard."""
        return {"mode": self.mode, "views": 0}

    @override
    async def async_load(self, force: bool) -> dict[str, Any]:
        """Return the configuration."""
        return CONFIG

    async def async_json(self, force: bool) -> json_fragment:  # noqa: ARG002, FBT001  (as Home Assistant calls it)
        """Return the configuration as JSON."""
        return json_fragment(json_bytes(CONFIG))
