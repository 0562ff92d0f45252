"""Registers our push address with a provider whose interface takes it, and unregisters it when it has changed."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir

from trunkline.errors import (
    AuthenticationError,
    ConfigError,
    ConnectionFailedError,
    OutcomeUnknownError,
    ProviderError,
    RateLimitedError,
    TrunklineError,
)
from trunkline.model import Capability

from ..account.tasks import EarliestTimer, Rerun
from ..const import CONF_REGISTERED_PUSH, DOMAIN, LOGGER
from .addresses import async_push_url
from .repair import async_create_push_issue

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant

    from trunkline.providers import Account

# After a failure, in seconds; polls find the calls meanwhile.
RETRY_AFTER: Final = 3600.0
PUSH_NOT_REGISTERED: Final = "push_not_registered"
# These say nothing of the address. If they are all that comes of the next try too, somebody should know.
_OUTAGES: Final = (ConnectionFailedError, RateLimitedError, ProviderError, OutcomeUnknownError)


class PushRegistration:
    """Keeps one account's push address registered. Whatever fails here, the account works without."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, account: Account, *, reachable: Callable[[], bool]
    ) -> None:
        """Wait for `async_start`; `reachable` tells whether polls work."""
        self._hass = hass
        self._entry = entry
        self._account = account
        self._reachable = reachable
        self._failures = 0
        self._again = False
        self._turn = asyncio.Lock()
        self._runs = Rerun(self._async_try, partial(_spawn, hass, entry))
        self._retry = EarliestTimer(hass, self._runs.async_request)
        self._unsubscribe: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Register the address in the background, and again whenever Home Assistant's own address changes."""
        if self._account.supports(Capability.REGISTER_PUSH):
            self._unsubscribe = self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_config_updated)
            self._runs.async_request()

    @callback
    def async_stop(self) -> None:
        """Register nothing more; what is registered stays."""
        self._retry.async_stop()
        if self._unsubscribe is not None:
            self._unsubscribe()

    @callback
    def _async_config_updated(self, _event: Event) -> None:
        self._retry.async_cancel()
        self._runs.async_request()

    async def async_register_again(self) -> TrunklineError | None:
        """Register the address now, also if it should be registered already; return why that failed."""
        self._again = True
        return await self._async_try_once()

    async def _async_try(self) -> None:
        await self._async_try_once()

    async def _async_try_once(self) -> TrunklineError | None:
        try:
            async with self._turn:
                await self._async_register()
        except TrunklineError as error:
            self._failures += 1
            # Logged once: if the provider doesn't permit it, every attempt fails.
            LOGGER.log(
                logging.DEBUG if self._failures > 1 else logging.WARNING,
                "%s: the push address could not be registered with the provider, trying again every hour (%s)",
                self._entry.title,
                error,
            )
            self._retry.async_call_in(RETRY_AFTER)
            self._async_report(error)
            return error
        self._failures = 0
        self._retry.async_cancel()
        ir.async_delete_issue(self._hass, DOMAIN, f"{self._entry.entry_id}_{PUSH_NOT_REGISTERED}")
        return None

    @callback
    def _async_report(self, error: TrunklineError) -> None:
        if isinstance(error, AuthenticationError):
            # Home Assistant asks for new credentials.
            return
        if isinstance(error, _OUTAGES) and (self._failures == 1 or not self._reachable()):
            return
        async_create_push_issue(self._hass, self._entry, self._account, PUSH_NOT_REGISTERED, error=str(error))

    async def _async_register(self) -> None:
        registered: str | None = self._entry.data.get(CONF_REGISTERED_PUSH)
        url = await async_push_url(self._hass, self._entry)
        if url is None or (url == registered and not self._again):
            return
        if url == registered and await self._async_unregister(url):
            # Now it is not registered, whatever happens next.
            data = {name: value for name, value in self._entry.data.items() if name != CONF_REGISTERED_PUSH}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        await self._account.register_push(url)
        self._again = False
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, CONF_REGISTERED_PUSH: url})
        if registered is not None and registered != url:
            # Records that still go there are lost or arrive twice; neither does harm.
            await self._async_unregister(registered)

    async def _async_unregister(self, url: str) -> bool:
        if not self._account.supports(Capability.UNREGISTER_PUSH):
            return False
        try:
            await self._account.unregister_push(url)
        except TrunklineError as error:
            LOGGER.debug("%s: the previous push address could not be unregistered (%s)", self._entry.title, error)
            return False
        return True


def _spawn(hass: HomeAssistant, entry: ConfigEntry, work: Coroutine[Any, Any, None]) -> Any:
    return entry.async_create_background_task(hass, work, f"{DOMAIN} register push address")


async def async_unregister(entry: ConfigEntry, open_account: Callable[[], Account]) -> None:
    """Unregister our address when the account is removed; `open_account` may raise `ConfigError`."""
    url: str | None = entry.data.get(CONF_REGISTERED_PUSH)
    if url is None:
        return
    try:
        async with open_account() as account:
            if account.supports(Capability.UNREGISTER_PUSH):
                await account.unregister_push(url)
    except ConfigError:
        LOGGER.debug("%s: its settings are invalid, so that its push address was not unregistered", entry.title)
    except TrunklineError as error:
        LOGGER.warning(
            "%s: the push address could not be unregistered; delete it in the provider's panel (%s)",
            entry.title,
            error,
        )
