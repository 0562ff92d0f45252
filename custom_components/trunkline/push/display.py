"""Updates the entities when the push counters change, but not with each of many deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers.debounce import Debouncer

from ..const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import HomeAssistant

    from .health import PushHealth

# Changed counters are shown at most this often, in seconds.
INTERVAL = 5.0


class PushDisplay:
    """Calls `update` when the health of the push has changed: at once for a new state, counters less often."""

    def __init__(self, hass: HomeAssistant, health: PushHealth, update: Callable[[], None]) -> None:
        """Wait for the first change."""
        self._health = health
        self._update = update
        self._state = health.state
        self._debouncer = Debouncer(hass, LOGGER, cooldown=INTERVAL, immediate=True, function=self._async_show)

    @callback
    def async_changed(self) -> None:
        """Show the change now or soon."""
        if self._health.state is not self._state:
            # Cancelling ends the cooldown, so that the call below is immediate.
            self._debouncer.async_cancel()
        self._debouncer.async_schedule_call()

    @callback
    def async_stop(self) -> None:
        """Show nothing more."""
        self._debouncer.async_shutdown()

    @callback
    def _async_show(self) -> None:
        self._state = self._health.state
        self._update()
