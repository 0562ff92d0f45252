"""Live events of a telephone system: fired on the bus and handed to the entity that shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback

from ..account.events import line_attributes
from ..const import EVENT_LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import CALLBACK_TYPE

    from trunkline.model import LineEvent

    from ..coordinator import TrunklineCoordinator

type LineListener = Callable[[LineEvent], None]


class LineEvents:
    """Tells of one account's live events. All methods are for the event loop."""

    def __init__(self, coordinator: TrunklineCoordinator) -> None:
        """Tell nobody yet."""
        self._coordinator = coordinator
        self._listeners: list[LineListener] = []

    @callback
    def async_add_listener(self, listener: LineListener) -> CALLBACK_TYPE:
        """Call `listener(event)` for each live event until the returned function is called."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    @callback
    def async_fire(self, event: LineEvent) -> None:
        """Tell of an event that was just received."""
        coordinator = self._coordinator
        coordinator.hass.bus.async_fire(
            EVENT_LINE,
            {
                "config_entry": coordinator.config_entry.entry_id,
                "device_id": coordinator.device_id,
                **line_attributes(event, coordinator.account.info.country),
            },
        )
        for listener in list(self._listeners):
            listener(event)
