"""Reports what happens on an account's lines: on the event bus, and to the triggers of automations.

A trigger compares the numbers of callers, also where the event on the bus has them masked.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import Context, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN
from .masking import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from trunkline.model import Party

# A condition is asked about a call right after its event.
MAX_REMEMBERED: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An event that was fired, with its `data` as on the bus, and the `party` at the other end as it is.

    `region` is the ISO 3166 country of numbers without a country code. `trunk` is the id of the trunk of a call.
    """

    event_type: str
    entry_id: str
    data: Mapping[str, Any] = field(repr=False)
    context: Context
    party: Party
    region: str
    trunk: str | None = field(default=None, repr=False)


REPORTED: Final[SignalType[Report]] = SignalType(f"{DOMAIN}_reported")
"""Sent for each event of a call, of a telephone system, or of call routing."""
FIGURES: Final[SignalType[str]] = SignalType(f"{DOMAIN}_figures")
"""Sent with the id of an entry whose figures may have changed."""


class Reports:
    """The reports of one account. All methods are for the event loop."""

    def __init__(self, hass: HomeAssistant, entry_id: str, *, region: str, masks: bool) -> None:
        """Report for an entry. `device_id` is to be set before the first report."""
        self._hass = hass
        self._entry_id = entry_id
        self._region = region
        self._masks = masks
        self._parties: OrderedDict[str, Party] = OrderedDict()
        self.device_id: str | None = None
        """The id of the account's device, which every event carries."""

    @callback
    def async_report(self, event_type: str, data: Mapping[str, Any], party: Party, *, trunk: str | None = None) -> None:
        """Fire an event with the data, the entry and its device; numbers are masked if the user wants that."""
        shown = {"config_entry": self._entry_id, "device_id": self.device_id, **self.shown(data)}
        context = Context()
        self._hass.bus.async_fire(event_type, shown, context=context)
        if call_id := data.get("call_id"):
            self._parties[call_id] = party
            self._parties.move_to_end(call_id)
            if len(self._parties) > MAX_REMEMBERED:
                self._parties.popitem(last=False)
        report = Report(
            event_type=event_type,
            entry_id=self._entry_id,
            data=shown,
            context=context,
            party=party,
            region=self._region,
            trunk=trunk,
        )
        async_dispatcher_send(self._hass, REPORTED, report)

    def shown(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return data as events and entities show it."""
        return masked(data) if self._masks else dict(data)

    def party_of(self, call_id: str) -> Party | None:
        """Return the other end of a call that was reported lately."""
        return self._parties.get(call_id)
