"""Receives pushed records over HTTP: at Home Assistant's webhook, and at an address that may end in an event's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.components import webhook
from homeassistant.core import callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .addresses import PUSH_PATH
from .reception import async_answer

if TYPE_CHECKING:
    from aiohttp import web
    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from .handler import PushHandler

_HANDLERS: HassKey[dict[str, PushHandler]] = HassKey(f"{DOMAIN}_push_handlers")


class PushView(HomeAssistantView):
    """Works like a webhook, for telephone systems that append the name of the event to the address."""

    url = PUSH_PATH + "/{webhook_id}"
    extra_urls = [PUSH_PATH + "/{webhook_id}/{kind}"]  # noqa: RUF012  (as Home Assistant declares it)
    name = f"api:{DOMAIN}:push"
    requires_auth = False

    async def get(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:
        """Receive a record in the query."""
        return await self._handle(request, webhook_id, kind)

    async def post(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:
        """Receive a record in the body."""
        return await self._handle(request, webhook_id, kind)

    async def head(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:
        """Let a sender test the address."""
        return await self._handle(request, webhook_id, kind)

    async def put(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:
        """Answer as Home Assistant's webhooks do."""
        return await self._handle(request, webhook_id, kind)

    async def _handle(self, request: web.Request, webhook_id: str, kind: str | None) -> web.Response:
        hass = request.app[KEY_HASS]
        handler = hass.data.get(_HANDLERS, {}).get(webhook_id)
        if handler is None:
            return await async_answer(request)
        return await handler.async_handle(hass, webhook_id, request, kind)


@callback
def async_setup_push_view(hass: HomeAssistant) -> None:
    """Serve the addresses of our own, once for all accounts."""
    hass.http.register_view(PushView)


@callback
def async_receive(hass: HomeAssistant, webhook_id: str, handler: PushHandler) -> CALLBACK_TYPE:
    """Pass what is pushed to the address on to the handler until the returned function is called."""
    handlers = hass.data.setdefault(_HANDLERS, {})
    handlers[webhook_id] = handler
    webhook.async_register(
        hass,
        DOMAIN,
        "Trunkline",
        webhook_id,
        handler.async_handle,
        local_only=False,
        # All that Home Assistant answers for an address that doesn't exist.
        allowed_methods=("GET", "HEAD", "POST", "PUT"),
    )

    @callback
    def stop() -> None:
        webhook.async_unregister(hass, webhook_id)
        handlers.pop(webhook_id, None)
        handler.async_stop()

    return stop
