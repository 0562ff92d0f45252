"""The actions: one table for calls and the archive, one for what else the provider can do, and the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..const import DOMAIN
from .calls import CALL_ACTIONS
from .provider_actions import PROVIDER_ACTIONS
from .search import SEARCH_ACTION

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all accounts."""
    for action in (*CALL_ACTIONS, *PROVIDER_ACTIONS, SEARCH_ACTION):
        hass.services.async_register(
            DOMAIN, action.name, action.async_run, schema=action.schema, supports_response=action.supports_response
        )
