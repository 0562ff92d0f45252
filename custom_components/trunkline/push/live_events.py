"""Live events of a telephone system: fired on the event bus and passed on to the event entity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..account.events import line_attributes
from ..const import EVENT_LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import CALLBACK_TYPE, HomeAssistant

    from trunkline.model import LineEvent

    from ..account.names import Names

type LiveEventListener = Callable[[LineEvent], None]


class LiveEvents:
    """The live events of one account. All methods are for the event loop."""

    def __init__(self, hass: HomeAssistant, *, entry_id: str, device_id: str, region: str, names: Names) -> None:
        """Fire events that name the entry and its device; numbers without a country code belong to `region`."""
        self._hass = hass
        self._entry_id = entry_id
        self._device_id = device_id
        self._region = region
        self._names = names
        self._listeners: list[LiveEventListener] = []

    @callback
    def async_add_listener(self, listener: LiveEventListener) -> CALLBACK_TYPE:
        """Call `listener(event)` for each live event until the returned function is called."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def async_fire(self, event: LineEvent) -> None:
        """Fire an event that was just received."""
        self._hass.bus.async_fire(
            EVENT_LINE,
            {
                "config_entry": self._entry_id,
                "device_id": self._device_id,
                **line_attributes(event, self._region, self._names.of_number(event.number, self._region)),
            },
        )
        for listener in list(self._listeners):
            listener(event)
