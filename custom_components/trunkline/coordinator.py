"""Polls one account."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from trunkline.errors import LONGEST_PAUSE, PermissionDeniedError, RateLimitedError, TrunklineError

from .account.archive_damage import damage_reported
from .account.data import AccountData
from .account.inventory import Resource
from .const import CONF_POLL_INTERVAL, DEFAULT_POLL_INTERVAL, LOGGER, PUSHED_POLL_INTERVAL
from .errors import update_failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

type DeniedListener = Callable[[Resource, PermissionDeniedError], None]


class TrunklineCoordinator(DataUpdateCoordinator[AccountData]):
    """Polls one account: reads what is new at the provider, then the data that follows from it."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        *,
        steps: Mapping[Resource, Callable[[], Awaitable[None]]],
        read_data: Callable[[], Awaitable[AccountData]],
    ) -> None:
        """Poll by taking the steps in their order; a failure is reported for the resource that the step reads."""
        self._interval = timedelta(seconds=entry.options.get(CONF_POLL_INTERVAL, DEFAULT_POLL_INTERVAL))
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title, update_interval=self._interval)
        self._steps = steps
        self._read_data = read_data
        self._not_before: datetime | None = None
        self._denied_listeners: list[DeniedListener] = []
        self.polling = False
        """Whether a poll is under way."""
        self._stopped = False

    @override
    async def async_shutdown(self) -> None:
        """Poll no more. A poll that is under way ends without an error: nobody is left whom it concerns."""
        self._stopped = True
        await super().async_shutdown()

    @override
    async def _async_update_data(self) -> AccountData:
        self.polling = True
        resource = next(iter(self._steps))
        try:
            self._check_pause()
            with damage_reported(self.hass):
                for resource, step in self._steps.items():  # noqa: B007  (the resource of a step that fails)
                    await step()
                return await self._read_data()
        except TrunklineError as error:
            if self._stopped and self.data is not None:
                return self.data
            self._async_failed(resource, error)
            raise update_failure(error, self.config_entry.title) from error
        finally:
            self.polling = False

    def _check_pause(self) -> None:
        """Send nothing before the time that the provider asked for; before 2025.12 Home Assistant polls regardless."""
        if self._not_before is None:
            return
        wait = (self._not_before - dt_util.utcnow()).total_seconds()
        # A longer one than any provider is granted means that the clock was set back.
        if 0 < wait <= LONGEST_PAUSE:
            msg = "the provider asked for a pause between requests"
            raise RateLimitedError(msg, retry_after=wait)
        self._not_before = None

    @callback
    def _async_failed(self, resource: Resource, error: TrunklineError) -> None:
        if isinstance(error, RateLimitedError) and error.retry_after and self._not_before is None:
            self._not_before = dt_util.utcnow() + timedelta(seconds=error.retry_after)
        if isinstance(error, PermissionDeniedError):
            for listener in list(self._denied_listeners):
                listener(resource, error)

    @callback
    def async_add_denied_listener(self, listener: DeniedListener) -> CALLBACK_TYPE:
        """Call `listener(resource, error)` for each poll that fails because the provider does not permit it."""
        self._denied_listeners.append(listener)
        return partial(self._denied_listeners.remove, listener)

    @callback
    def async_publish(self, data: AccountData) -> None:
        """Show new data. Unlike `async_set_updated_data`, this does not claim that the provider can be reached."""
        self.data = data
        self.async_update_listeners()

    @callback
    def async_set_push_trusted(self, *, trusted: bool) -> None:
        """Poll less often while every call is pushed: then a poll only has to find what the push has lost."""
        self.update_interval = max(self._interval, PUSHED_POLL_INTERVAL) if trusted else self._interval

    async def async_poll(self) -> bool:
        """Poll now, and return whether that worked."""
        await self.async_refresh()
        return self.last_update_success
