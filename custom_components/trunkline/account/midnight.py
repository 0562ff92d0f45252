"""The start of each day in an account's time zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant


class Midnight:
    """Calls `action` at each midnight of the zone."""

    def __init__(self, hass: HomeAssistant, zone: ZoneInfo, action: Callable[[], None]) -> None:
        """Wait for `async_start`."""
        self._hass = hass
        self._zone = zone
        self._action = action
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Wait for the next midnight."""
        today = dt_util.utcnow().astimezone(self._zone).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), self._zone)
        self._cancel = async_track_point_in_utc_time(self._hass, self._async_new_day, dt_util.as_utc(midnight))

    @callback
    def async_stop(self) -> None:
        """Wait no longer."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _async_new_day(self, _now: datetime) -> None:
        self.async_start()
        self._action()
