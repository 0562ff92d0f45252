"""Runs an automation when something happens or becomes true, across reloads of the accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util

from ..account.reports import FIGURES, REPORTED
from ..const import DOMAIN, EVENT_CALL
from .callers import is_caller
from .kinds import EventKind
from .options import AT_ONCE, LATE
from .scope import async_device_of, async_scope

if TYPE_CHECKING:
    from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant

    from ..account.reports import Report
    from ..runtime import TrunklineConfigEntry
    from .figures import Finding
    from .kinds import FigureKind, Kind

# The confirmation of a pushed call follows within half an hour, or never.
MAX_REMEMBERED: Final = 4000

type Run = Callable[[dict[str, Any], Context | None], object]
"""Runs an automation with what its trigger tells it, and the context of the event."""


@callback
def async_watch(
    hass: HomeAssistant, kind: Kind, options: Mapping[str, Any], target: Mapping[str, Any] | None, run: Run
) -> CALLBACK_TYPE:
    """Run an automation each time, until the returned function is called. `options` were checked."""
    if isinstance(kind, EventKind):
        return _async_watch_events(hass, kind, options, target, run)
    return _async_watch_figures(hass, kind, options, target, run)


def is_reported(hass: HomeAssistant, kind: EventKind, options: Mapping[str, Any], report: Report) -> bool:
    """Return whether an event is of the kind, with the caller of the options."""
    is_event = report.event_type == kind.event_type and kind.matches(report.data, options)
    return is_event and is_caller_of(hass, kind, options, report)


def is_caller_of(hass: HomeAssistant, _kind: EventKind, options: Mapping[str, Any], report: Report) -> bool:
    """Return whether the party of an event is the caller of the options."""
    entry = loaded_entry(hass, report.entry_id)
    known = entry.runtime_data.names.of(report.party) if entry else None
    return is_caller(options, report.party, (known, report.party.name, report.data.get("name")), region=report.region)


def loaded_entry(hass: HomeAssistant, entry_id: str) -> TrunklineConfigEntry | None:
    """Return the entry of an account that is set up."""
    entry = hass.config_entries.async_get_entry(entry_id)
    return entry if entry is not None and entry.state is ConfigEntryState.LOADED else None


@callback
def _async_watch_events(
    hass: HomeAssistant, kind: EventKind, options: Mapping[str, Any], target: Mapping[str, Any] | None, run: Run
) -> CALLBACK_TYPE:
    done: dict[tuple[str, str], None] = {}

    def is_first(report: Report) -> bool:
        """Return whether a call has not run the automation yet: the list may state another outcome than the push."""
        if report.event_type != EVENT_CALL or not options[AT_ONCE]:
            return True
        call = (report.entry_id, report.data["call_id"])
        if call in done:
            return False
        done[call] = None
        if len(done) > MAX_REMEMBERED:
            del done[next(iter(done))]
        return True

    @callback
    def reported(report: Report) -> None:
        if not is_reported(hass, kind, options, report) or not _is_due(report, options):
            return
        if async_scope(hass, target).has(report.entry_id, report.trunk) and is_first(report):
            event = {"event_type": report.event_type, "data": dict(report.data)}
            place = {"config_entry": report.entry_id, "device_id": report.data["device_id"]}
            run({**place, "event": event}, report.context)

    return async_dispatcher_connect(hass, REPORTED, reported)


def _is_due(report: Report, options: Mapping[str, Any]) -> bool:
    """Return whether this is the moment of the call to act at: a pushed call has two events, and some come late."""
    if report.event_type != EVENT_CALL:
        return True
    if report.data["backfilled"] and not options[LATE]:
        return False
    return not report.data["repeated"] if options[AT_ONCE] else bool(report.data["confirmed"])


@callback
def _async_watch_figures(
    hass: HomeAssistant, kind: FigureKind, options: Mapping[str, Any], target: Mapping[str, Any] | None, run: Run
) -> CALLBACK_TYPE:
    """Run an automation when something begins to hold. What holds when it is first known is no change."""
    known: dict[tuple[str, str | None], bool] = {}

    @callback
    def look(entry_id: str) -> None:
        entry = loaded_entry(hass, entry_id)
        if entry is None:
            return
        scope = async_scope(hass, target)
        for finding in kind.find(entry.runtime_data, options, dt_util.utcnow()):
            if finding.holds is None or not scope.has(entry_id, finding.trunk_id):
                continue
            place = (entry_id, finding.trunk_id)
            before, known[place] = known.get(place), finding.holds
            if finding.holds and before is False:
                run(_told(hass, entry, finding), None)

    for entry in hass.config_entries.async_entries(DOMAIN):
        look(entry.entry_id)
    return async_dispatcher_connect(hass, FIGURES, look)


def _told(hass: HomeAssistant, entry: TrunklineConfigEntry, finding: Finding) -> dict[str, Any]:
    device_id = async_device_of(hass, entry, finding.trunk_id)
    return {"config_entry": entry.entry_id, "device_id": device_id, **finding.details}
