"""Live events of a telephone system: fired on the event bus and passed on to the event entity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from homeassistant.core import callback

from trunkline.model import Party

from ..account.events import line_attributes
from ..const import EVENT_LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.core import CALLBACK_TYPE

    from trunkline.model import LineEvent

    from ..account.names import Names
    from ..account.reports import Reports

type LiveEventListener = Callable[[LineEvent], None]


class LiveEvents:
    """The live events of one account. All methods are for the event loop."""

    def __init__(self, reports: Reports, *, region: str, names: Names) -> None:
        """Report events; numbers without a country code belong to `region`."""
        self._reports = reports
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
        attributes = line_attributes(event, self._region, self._names.of_number(event.number, self._region))
        caller = Party(number=event.number, e164=attributes["number_e164"], name=attributes["name"])
        self._reports.async_report(EVENT_LINE, attributes, caller)
        for listener in list(self._listeners):
            listener(event)
