"""Describes calls, live events and pressed speed dials in the logbook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import callback

from trunkline import inert

from .account.dialling import async_dial_sentence
from .const import DOMAIN, EVENT_CALL, EVENT_LINE, EVENT_SPEED_DIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.components.logbook.models import LazyEventPartialState
    from homeassistant.core import HomeAssistant

# The logbook shows an entity where a word is its id.
_ENTITY_ID = re.compile(r"(?<!\S)([a-z0-9_]+)\.(?=[a-z0-9_]+(?!\S))", re.IGNORECASE)
_OUTCOMES = {
    "answered": "answered",
    "busy": "busy",
    "no_answer": "no answer",
    "congestion": "network busy",
    "failed": "failed",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], dict[str, str]]], None],
) -> None:
    """Describe the events that are fired for each call, each live event and each pressed speed dial."""

    def describe(sentence: Callable[[Mapping[str, Any]], str]) -> Callable[[LazyEventPartialState], dict[str, str]]:
        @callback
        def description(event: LazyEventPartialState) -> dict[str, str]:
            data = event.data
            entry = hass.config_entries.async_get_entry(data.get("config_entry", ""))
            return {LOGBOOK_ENTRY_NAME: entry.title if entry else "Trunkline", LOGBOOK_ENTRY_MESSAGE: sentence(data)}

        return description

    @callback
    def speed_dial(event: LazyEventPartialState) -> dict[str, str]:
        name = inert.one_line(str(event.data.get("name") or "Trunkline"))
        described = {LOGBOOK_ENTRY_NAME: name, LOGBOOK_ENTRY_MESSAGE: async_dial_sentence(hass, event.data)}
        entity_id = event.data.get("entity_id")
        return {**described, LOGBOOK_ENTRY_ENTITY_ID: entity_id} if entity_id else described

    async_describe_event(DOMAIN, EVENT_SPEED_DIAL, speed_dial)
    async_describe_event(DOMAIN, EVENT_CALL, describe(_sentence))
    async_describe_event(DOMAIN, EVENT_LINE, describe(_line_sentence))


def _sentence(data: Mapping[str, Any]) -> str:
    """Describe a call. One that was pushed has two events, so that each says which it is."""
    if data.get("confirmed") is False:
        return f"{_call(data)}, not confirmed yet"
    return f"{_call(data)}, confirmed" if data.get("repeated") else _call(data)


def _call(data: Mapping[str, Any]) -> str:
    source, destination = _who(data, "source"), _who(data, "destination")
    match data.get("direction"):
        case "incoming":
            verb = "missed a call from" if data.get("type") == "missed" else "answered a call from"
            return f"{verb} {source}{_in_brackets(_talk_time(data))}"
        case "outgoing":
            sentence = f"called {destination}"
        case _:
            sentence = f"had a call from {source} to {destination}"
    return sentence + _in_brackets(_OUTCOMES.get(data.get("status", "")), _talk_time(data))


def _talk_time(data: Mapping[str, Any]) -> str | None:
    talk = data.get("talk_s")
    return f"{talk // 60}:{talk % 60:02d}" if talk else None


def _in_brackets(*parts: str | None) -> str:
    text = ", ".join(filter(None, parts))
    return f" ({text})" if text else ""


def _who(data: Mapping[str, Any], end: str) -> str:
    return _text(data.get(f"{end}_name")) or _text(data.get(end)) or "a withheld number"


def _text(value: object) -> str:
    """Return a text of the event as words of a sentence; older events were stored as the provider sent them."""
    return _ENTITY_ID.sub("\\1．", inert.one_line(str(value or "")))  # noqa: RUF001


def _line_sentence(data: Mapping[str, Any]) -> str:
    kind = _text(data.get("kind")) or "other"
    number = _text(data.get("name")) or _text(data.get("number")) or "a withheld number"
    extension, queue = _text(data.get("extension")), _text(data.get("queue"))
    place = (f" on extension {extension}" if extension else "") + (f" in queue {queue}" if queue else "")
    match kind:
        case "incoming_call":
            return f"is receiving a call from {number}{place}"
        case "outgoing_call":
            return f"is calling {number}{place}"
        case "new_state" if extension:
            return f"extension {extension} is now {_words(data.get('state'))}"
        case "exten_added" | "exten_removed" if extension:
            return f"extension {extension} was {kind.removeprefix('exten_')}"
        case "voice_mail":
            return f"received a voicemail from {number}{place}"
        case "incoming_fax":
            return f"received a fax from {number}{place}"
        case "outgoing_fax":
            return f"sent a fax to {number}{place}"
        case _:
            state = f": {_words(data.get('state'))}" if data.get("state") else ""
            return f"reported {kind.replace('_', ' ')}{place}{state}"


def _words(state: object) -> str:
    """Return a state in small letters with spaces: `InUse` becomes `in use`."""
    text = _text(state) or "unknown"
    if text.isupper():
        return text.lower()
    return "".join(
        f" {letter.lower()}" if letter.isupper() and position else letter.lower()
        for position, letter in enumerate(text)
    )
