"""Whether a condition holds: what triggered an automation, or what the figures are at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import Context, Event, callback
from homeassistant.util import dt as dt_util

from trunkline.model import Direction, Party

from ..account.reports import Report
from ..const import DOMAIN, EVENT_CALL, EVENT_LINE, EVENT_ROUTE_REQUEST
from .kinds import EventKind
from .scope import async_scope
from .watching import is_caller_of, is_reported, loaded_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from .kinds import Kind

# The field with the number at the other end, in events of each type.
_PARTY: Final = {EVENT_CALL: "source", EVENT_LINE: "number", EVENT_ROUTE_REQUEST: "caller"}


@callback
def async_holds(
    hass: HomeAssistant,
    kind: Kind,
    options: Mapping[str, Any],
    target: Mapping[str, Any] | None,
    variables: Mapping[str, Any] | None,
) -> bool:
    """Return whether the condition holds for one of what the target names. What is unknown doesn't hold."""
    scope = async_scope(hass, target)
    if isinstance(kind, EventKind):
        report = _report(hass, variables or {})
        if report is None or not scope.has(report.entry_id, report.trunk):
            return False
        # Who calls can be asked of every event, what came of the call only of its own.
        is_met = is_caller_of if kind.caller_required else is_reported
        return is_met(hass, kind, options, report)
    entries = [loaded_entry(hass, entry.entry_id) for entry in hass.config_entries.async_entries(DOMAIN)]
    return any(
        finding.holds and scope.has(entry.entry_id, finding.trunk_id)
        for entry in entries
        if entry is not None
        for finding in kind.find(entry.runtime_data, options, dt_util.utcnow())
    )


def _report(hass: HomeAssistant, variables: Mapping[str, Any]) -> Report | None:
    """Return the event that triggered the automation; None if it was none of ours.

    Who tries an automation fires events by hand, with whatever is in them: what they lack is unknown.
    """
    trigger = variables.get("trigger") or {}
    event = trigger.get("event")
    if isinstance(event, Event):
        event = {"event_type": event.event_type, "data": event.data}
    if not event or event["event_type"] not in _PARTY:
        return None
    event_type, data = event["event_type"], event["data"]
    entry = loaded_entry(hass, str(data.get("config_entry")))
    if entry is None:
        return None
    runtime = entry.runtime_data
    return Report(
        event_type=event_type,
        entry_id=entry.entry_id,
        data=data,
        context=Context(),
        party=runtime.reports.party_of(str(data.get("call_id"))) or _party(event_type, data),
        region=runtime.account.info.country,
        trunk=data.get("trunk"),
    )


def _party(event_type: str, data: Mapping[str, Any]) -> Party:
    """Return the other end out of the event itself, for one that is no longer remembered."""
    end = _PARTY[event_type]
    if event_type == EVENT_CALL and data.get("direction") == Direction.OUTGOING:
        end = "destination"
    number, full, name = (_text(data.get(f"{end}{kind}")) for kind in ("", "_e164", "_name"))
    return Party(number=number, e164=full, name=name)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
