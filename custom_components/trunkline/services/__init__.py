"""The actions: for calls and the archive, for what else the provider can do, the search, and call routing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.core import callback

from ..const import DOMAIN
from .calls import CALL_ACTIONS
from .contacts import IMPORT_CONTACTS_ACTION
from .provider_actions import PROVIDER_ACTIONS
from .routing import ROUTE_CALL_ACTION
from .search import SEARCH_ACTION

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

ACTIONS: Final = (*CALL_ACTIONS, IMPORT_CONTACTS_ACTION, *PROVIDER_ACTIONS, ROUTE_CALL_ACTION, SEARCH_ACTION)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all accounts."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN, action.name, action.async_run, schema=action.schema, supports_response=action.supports_response
        )
