"""Serves the module with the cards and the dashboard strategy, and lets every page load it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig

from ..const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

MODULE: Final = Path(__file__).parent / "trunkline.js"
FRONTEND: Final = "frontend"


async def async_setup_module(hass: HomeAssistant) -> None:
    """Serve the module, once for all accounts. Browsers keep it, so its address changes with its content."""
    if FRONTEND not in hass.config.components:
        return
    digest = await hass.async_add_executor_job(_digest)
    url = f"/{DOMAIN}_static/{digest}/{MODULE.name}"
    await hass.http.async_register_static_paths([StaticPathConfig(url, str(MODULE), cache_headers=True)])
    add_extra_js_url(hass, url)


def _digest() -> str:
    return hashlib.sha256(MODULE.read_bytes()).hexdigest()[:12]
