"""The actions: for calls and the archive, for what else the provider can do, the search, and call routing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.core import SupportsResponse, callback

from ..const import DOMAIN
from .calls import CALL_ACTIONS
from .contacts import IMPORT_CONTACTS_ACTION
from .provider_actions import PROVIDER_ACTIONS
from .routing import ROUTE_CALL_ACTION
from .search import SEARCH_ACTION
from .target import async_check_may_control

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse

ACTIONS: Final = (*CALL_ACTIONS, IMPORT_CONTACTS_ACTION, *PROVIDER_ACTIONS, ROUTE_CALL_ACTION, SEARCH_ACTION)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all accounts."""
    for action in ACTIONS:
        only_reads = action.supports_response is SupportsResponse.ONLY
        run = action.async_run if only_reads else _for_who_may_control(action.async_run)
        hass.services.async_register(
            DOMAIN, action.name, run, schema=action.schema, supports_response=action.supports_response
        )


def _for_who_may_control(
    run: Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]],
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Refuse a user who may only look; Home Assistant itself checks this for the actions of entities alone."""

    async def check_and_run(call: ServiceCall) -> ServiceResponse:
        await async_check_may_control(call)
        return await run(call)

    return check_and_run
