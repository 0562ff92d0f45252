"""The addresses that providers push to: Home Assistant's webhook, and one of ours that may end in an event's name."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.hass_dict import HassKey

from trunkline.model import Capability

from ..account.identity import described
from ..const import DOMAIN, LOGGER
from .handler import Receiver

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account

    from ..coordinator import TrunklineConfigEntry

PUSH_PATH: Final = f"/api/{DOMAIN}/push"

_RECEIVERS: HassKey[dict[str, Receiver]] = HassKey(f"{DOMAIN}_receivers")


class PushView(HomeAssistantView):
    """The same as a webhook, for telephone systems that add the name of the event to the address."""

    url = PUSH_PATH + "/{webhook_id}"
    extra_urls = [PUSH_PATH + "/{webhook_id}/{kind}"]  # noqa: RUF012  (as Home Assistant declares it)
    name = f"api:{DOMAIN}:push"
    requires_auth = False

    async def get(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:
        """Take a delivery in the query."""
        return await self._handle(request, webhook_id, kind)

    async def post(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:
        """Take a delivery in the body."""
        return await self._handle(request, webhook_id, kind)

    async def head(self, request: web.Request, webhook_id: str, kind: str | None = None) -> web.Response:  # noqa: ARG002
        """Let a sender see that there is something."""
        return web.Response(status=HTTPStatus.OK)

    async def _handle(self, request: web.Request, webhook_id: str, kind: str | None) -> web.Response:
        hass = request.app[KEY_HASS]
        receiver = hass.data.get(_RECEIVERS, {}).get(webhook_id)
        if receiver is None:
            # As Home Assistant does, so that nobody learns which addresses exist.
            return web.Response(status=HTTPStatus.OK)
        return await receiver.async_handle(hass, webhook_id, request, kind)


@callback
def async_setup_push_view(hass: HomeAssistant) -> None:
    """Serve our own addresses, once for all accounts."""
    hass.http.register_view(PushView)


@callback
def async_setup_webhook(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Listen for what is pushed to the account until the entry is unloaded."""
    if not takes_pushes(entry.runtime_data.account):
        return
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    receiver = Receiver(hass, entry)
    receivers = hass.data.setdefault(_RECEIVERS, {})
    receivers[webhook_id] = receiver
    webhook.async_register(
        hass,
        DOMAIN,
        "Trunkline",
        webhook_id,
        receiver.async_handle,
        local_only=False,
        allowed_methods=("POST", "GET"),
    )

    @callback
    def stop() -> None:
        webhook.async_unregister(hass, webhook_id)
        receivers.pop(webhook_id, None)
        receiver.async_stop()

    entry.async_on_unload(stop)


def takes_pushes(account: Account) -> bool:
    """Tell whether the provider can push anything that is understood here."""
    return account.supports(Capability.PARSE_PUSH) or account.supports(Capability.PARSE_EVENT)


def _tells_events(entry: TrunklineConfigEntry) -> bool:
    """Tell whether the provider tells of events, also while the account isn't running."""
    coordinator = getattr(entry, "runtime_data", None)
    if coordinator is None:
        return Capability.PARSE_EVENT in described(entry).capabilities
    return bool(coordinator.account.supports(Capability.PARSE_EVENT))


async def async_push_url(hass: HomeAssistant, entry: TrunklineConfigEntry) -> str | None:
    """Return the address to enter at the provider, or None where there is none that can be reached.

    For call records the cloud's where that is active, else the external one. A telephone system of one's own that tells
    of events too gets one that may have their names at its end, on the local network if there is no other.
    """
    webhook_id: str = entry.data[CONF_WEBHOOK_ID]
    if _tells_events(entry):
        try:
            return f"{get_url(hass, allow_cloud=False, prefer_external=True)}{PUSH_PATH}/{webhook_id}"
        except NoURLAvailableError:
            return await _async_cloud_url(hass, webhook_id)
    cloud_url = await _async_cloud_url(hass, webhook_id)
    if cloud_url is not None:
        return cloud_url
    try:
        return webhook.async_generate_url(hass, webhook_id, allow_internal=False)
    except NoURLAvailableError:
        return None


async def _async_cloud_url(hass: HomeAssistant, webhook_id: str) -> str | None:
    if "cloud" not in hass.config.components:
        return None
    from homeassistant.components import cloud  # noqa: PLC0415  (optional, and heavy)

    if not cloud.async_active_subscription(hass):
        return None
    try:
        return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
    except cloud.CloudNotAvailable:
        LOGGER.debug("The cloud can't be reached: the external address stands in")
        return None


async def async_remove_webhook(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Give back the cloud's address when the account is removed for good."""
    if "cloud" not in hass.config.components:
        return
    from homeassistant.components import cloud  # noqa: PLC0415  (optional, and heavy)

    try:
        await cloud.async_delete_cloudhook(hass, entry.data[CONF_WEBHOOK_ID])
    except (cloud.CloudNotAvailable, ValueError):
        LOGGER.debug("There was no address in the cloud to give back")
