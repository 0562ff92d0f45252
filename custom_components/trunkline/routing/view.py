"""Serves the addresses at which telephone systems ask how to handle a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .addresses import ROUTE_PATH
from .handler import reply

if TYPE_CHECKING:
    from aiohttp import web
    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .handler import RouteHandler

_HANDLERS: HassKey[dict[str, RouteHandler]] = HassKey(f"{DOMAIN}_route_handlers")


class RouteView(HomeAssistantView):
    """The addresses of all accounts. One that doesn't exist answers like one that refuses."""

    url = ROUTE_PATH + "/{address_id}"
    name = f"api:{DOMAIN}:route"
    requires_auth = False

    async def get(self, request: web.Request, address_id: str) -> web.Response:
        """Answer a request whose fields are in the query."""
        return await self._handle(request, address_id)

    async def post(self, request: web.Request, address_id: str) -> web.Response:
        """Answer a request whose fields are in the body."""
        return await self._handle(request, address_id)

    async def _handle(self, request: web.Request, address_id: str) -> web.Response:
        handler = request.app[KEY_HASS].data.get(_HANDLERS, {}).get(address_id)
        return reply() if handler is None else await handler.async_handle(request)


@callback
def async_setup_route_view(hass: HomeAssistant) -> None:
    """Serve the addresses, once for all accounts."""
    hass.http.register_view(RouteView)


@callback
def async_serve(hass: HomeAssistant, address_id: str, handler: RouteHandler) -> CALLBACK_TYPE:
    """Let the handler answer what is asked at the address until the returned function is called."""
    handlers = hass.data.setdefault(_HANDLERS, {})
    handlers[address_id] = handler

    @callback
    def stop() -> None:
        handlers.pop(address_id, None)
        handler.async_stop()

    return stop
