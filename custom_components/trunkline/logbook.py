"""How the logbook tells of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.core import callback

from .const import DOMAIN, EVENT_CALL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.components.logbook.models import LazyEventPartialState
    from homeassistant.core import HomeAssistant

_OUTCOMES = {
    "answered": "was answered",
    "busy": "was busy",
    "no_answer": "was not answered",
    "congestion": "met a congested line",
    "failed": "failed",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], dict[str, str]]], None],
) -> None:
    """Describe the event that is fired for each call."""

    @callback
    def describe(event: LazyEventPartialState) -> dict[str, str]:
        data = event.data
        entry = hass.config_entries.async_get_entry(data.get("config_entry", ""))
        return {LOGBOOK_ENTRY_NAME: entry.title if entry else "Trunkline", LOGBOOK_ENTRY_MESSAGE: _sentence(data)}

    async_describe_event(DOMAIN, EVENT_CALL, describe)


def _sentence(data: Mapping[str, Any]) -> str:
    source, destination = _who(data, "source"), _who(data, "destination")
    outcome = _OUTCOMES.get(data.get("status", ""), "ended")
    match data.get("direction"):
        case "incoming":
            sentence = f"missed a call from {source}" if data.get("type") == "missed" else f"took a call from {source}"
        case "outgoing":
            sentence = f"called {destination}, which {outcome}"
        case _:
            sentence = f"had a call from {source} to {destination}, which {outcome}"
    talk = data.get("talk_s")
    return f"{sentence} ({talk // 60}:{talk % 60:02d})" if talk else sentence


def _who(data: Mapping[str, Any], end: str) -> str:
    return data.get(f"{end}_name") or data.get(end) or "a withheld number"
