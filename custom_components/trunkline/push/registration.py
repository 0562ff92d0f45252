"""Tells a provider that takes it through its interface where to push to: once for each address, and takes it back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import callback
from homeassistant.helpers.event import async_call_later

from trunkline.errors import ConfigError, TrunklineError
from trunkline.model import Capability

from ..const import CONF_REGISTERED_PUSH, DOMAIN, LOGGER
from .views import async_push_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant

    from trunkline.providers import Account

    from ..coordinator import TrunklineConfigEntry

# After a failure, in seconds: calls are found by polls meanwhile.
RETRY_AFTER: Final = 3600.0


@callback
def async_setup_registration(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Keep the provider informed of our address until the entry is unloaded; whatever fails, the account works."""
    if entry.runtime_data.account.supports(Capability.REGISTER_PUSH):
        registration = _Registration(hass, entry)
        entry.async_on_unload(registration.async_stop)
        registration.async_start()


class _Registration:
    """One account's address at its provider."""

    def __init__(self, hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._account = entry.runtime_data.account
        self._timer: CALLBACK_TYPE | None = None
        self._running = False
        self._again = False
        self._told = False
        self._unlisten: CALLBACK_TYPE = hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._async_changed)

    @callback
    def async_start(self) -> None:
        """Look in the background whether the provider knows the address."""
        self._cancel()
        if self._running:
            self._again = True
            return
        self._running = True
        self._entry.async_create_background_task(self._hass, self._async_run(), f"{DOMAIN} register push address")

    @callback
    def async_stop(self) -> None:
        """Do nothing more."""
        self._cancel()
        self._unlisten()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _async_changed(self, _event: Event) -> None:
        self.async_start()

    @callback
    def _async_retry(self, _now: datetime) -> None:
        self._timer = None
        self.async_start()

    async def _async_run(self) -> None:
        try:
            await self._async_register()
        except TrunklineError as error:
            # Told once: where it isn't permitted it goes on like that for ever.
            LOGGER.log(
                logging.DEBUG if self._told else logging.WARNING,
                "%s: the provider could not be told where to push call records to; it is tried again every hour (%s)",
                self._entry.title,
                error,
            )
            self._told = True
            self._timer = async_call_later(self._hass, RETRY_AFTER, self._async_retry)
        finally:
            self._running = False
        if self._again:
            self._again = False
            self.async_start()

    async def _async_register(self) -> None:
        known: str | None = self._entry.data.get(CONF_REGISTERED_PUSH)
        url = await async_push_url(self._hass, self._entry)
        if url is None or url == known:
            return
        await self._account.register_push(url)
        self._hass.config_entries.async_update_entry(self._entry, data={**self._entry.data, CONF_REGISTERED_PUSH: url})
        if known is not None and self._account.supports(Capability.UNREGISTER_PUSH):
            try:
                await self._account.unregister_push(known)
            except TrunklineError as error:
                # What still goes there arrives nowhere, or twice: neither does harm.
                LOGGER.debug("%s: the former push address could not be taken back (%s)", self._entry.title, error)


async def async_unregister(entry: TrunklineConfigEntry, open_account: Callable[[], Account]) -> None:
    """Take our address back when the account is removed for good; `open_account` may raise `ConfigError`."""
    url: str | None = entry.data.get(CONF_REGISTERED_PUSH)
    if url is None:
        return
    try:
        async with open_account() as account:
            if account.supports(Capability.UNREGISTER_PUSH):
                await account.unregister_push(url)
    except ConfigError:
        LOGGER.debug("%s: its settings can't work, so that no address could be taken back", entry.title)
    except TrunklineError as error:
        LOGGER.warning(
            "%s: the provider could not be told to push nothing more; delete the address in its panel (%s)",
            entry.title,
            error,
        )
