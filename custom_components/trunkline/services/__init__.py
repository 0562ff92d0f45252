"""The actions: registered once, whether an account is set up or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.core import SupportsResponse, callback

from ..const import DOMAIN
from .calls import (
    CLICK_TO_CALL_SCHEMA,
    GET_CALLS_SCHEMA,
    SYNC_NOW_SCHEMA,
    async_click_to_call,
    async_get_calls,
    async_sync_now,
)
from .provider_actions import ACTIONS

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all accounts."""
    register = hass.services.async_register
    optional, only = SupportsResponse.OPTIONAL, SupportsResponse.ONLY
    register(DOMAIN, "click_to_call", async_click_to_call, schema=CLICK_TO_CALL_SCHEMA, supports_response=optional)
    register(DOMAIN, "get_calls", async_get_calls, schema=GET_CALLS_SCHEMA, supports_response=only)
    register(DOMAIN, "sync_now", async_sync_now, schema=SYNC_NOW_SCHEMA, supports_response=optional)
    for action in ACTIONS:
        register(DOMAIN, action.name, action.async_run, schema=action.schema, supports_response=action.response)
