"""Sentences that describe calls and live events in the logbook, in the language of Home Assistant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers.translation import async_get_cached_translations

from trunkline import inert

from ..const import DOMAIN
from .live_calls import activity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

# The logbook shows an entity where a word is its id.
_ENTITY_ID = re.compile(r"(?<!\S)([a-z0-9_]+)\.(?=[a-z0-9_]+(?!\S))", re.IGNORECASE)
_KEY = "log_"
# Where the translations have the kinds of live events, the outcomes of calls, and what phones are doing.
_ENTITY = f"component.{DOMAIN}.entity"
_KINDS = f"{_ENTITY}.event.line_event.state_attributes.event_type.state."
_OUTCOMES = f"{_ENTITY}.event.call.state_attributes.event_type.state."
_PHONES = f"{_ENTITY}.sensor.phone.state."


@callback
def async_sentences(hass: HomeAssistant) -> Sentences:
    """Return the sentences in the language of Home Assistant."""
    texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    names = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    return Sentences({key.rpartition(".")[2]: text for key, text in texts.items()}, names)


class Sentences:
    """The sentences of one language; `texts` are the translations by key, `names` those of entities and states."""

    def __init__(self, texts: Mapping[str, str], names: Mapping[str, str] | None = None) -> None:
        """Write nothing yet."""
        self._texts = texts
        self._names = names or {}

    def call(self, data: Mapping[str, Any]) -> str:
        """Describe a call. One that was pushed has two events, so that each says which it is."""
        sentence = self._call(data)
        if data.get("confirmed") is False:
            return self._text("not_confirmed", sentence=sentence)
        return self._text("confirmed", sentence=sentence) if data.get("repeated") else sentence

    def _call(self, data: Mapping[str, Any]) -> str:
        source, destination = self._who(data, "source"), self._who(data, "destination")
        outcome = self._texts.get(f"{_KEY}status_{data.get('status')}")
        match data.get("direction"):
            case "incoming":
                key = "missed" if data.get("type") == "missed" else "answered"
                return self._with_details(self._text(key, who=source), _talk_time(data))
            case "outgoing":
                return self._with_details(self._text("called", who=destination), outcome, _talk_time(data))
            case _:
                sentence = self._text("had_call", source=source, destination=destination)
                return self._with_details(sentence, outcome, _talk_time(data))

    def line(self, data: Mapping[str, Any]) -> str:
        """Describe a live event of a telephone system."""
        kind = one_line(data.get("kind")) or "other"
        number = one_line(data.get("name")) or one_line(data.get("number")) or self._text("withheld")
        extension, state = one_line(data.get("extension")), data.get("state")
        if kind.startswith("voice_mail"):
            # It is the mailbox.
            data = {**data, "extension": None}
        # The caller left no message.
        is_empty = kind == "voice_mail" and one_line(state).lower() == "failed"
        match kind:
            case "incoming_call" | "outgoing_call" | "voice_mail" | "incoming_fax" | "outgoing_fax" if not is_empty:
                return self._at_place(self._text(kind, who=number), data)
            case "new_state" if extension:
                return self._text(kind, extension=extension, state=self._state(state))
            case "exten_added" | "exten_removed" if extension:
                return self._text(kind, extension=extension)
            case _:
                what = self._names.get(f"{_KINDS}{kind}")
                sentence = self._at_place(_within(what) if what else kind.replace("_", " "), data)
                return f"{sentence}: {self._state(state)}" if state else sentence

    def _state(self, state: object) -> str:
        """Return the state of a phone or a call in the language; another one as the phone system calls it."""
        words = _words(state)
        doing = activity(words)
        known = self._names.get(f"{_PHONES}{doing.value}") if doing else None
        known = known or self._names.get(_OUTCOMES + words.replace(" ", "_"))
        return _within(known) if known else words

    def _at_place(self, sentence: str, data: Mapping[str, Any]) -> str:
        for part in ("extension", "queue"):
            if place := one_line(data.get(part)):
                sentence = self._text(f"at_{part}", sentence=sentence, place=place)
        return sentence

    def _with_details(self, sentence: str, *details: str | None) -> str:
        known = ", ".join(filter(None, details))
        return self._text("details", sentence=sentence, details=known) if known else sentence

    def _who(self, data: Mapping[str, Any], end: str) -> str:
        return one_line(data.get(f"{end}_name")) or one_line(data.get(end)) or self._text("withheld")

    def _text(self, key: str, **placeholders: str) -> str:
        """Return a text; without a translation, while Home Assistant starts, the key and what it is about."""
        text = self._texts.get(f"{_KEY}{key}")
        if text is None:
            return " ".join([key.replace("_", " "), *placeholders.values()])
        return text.format(**placeholders)


def one_line(value: object) -> str:
    """Return a text of an event as words of a sentence; older events were stored as the provider sent them."""
    return _ENTITY_ID.sub("\\1．", inert.one_line(str(value or "")))  # noqa: RUF001


def _within(name: str) -> str:
    """Return a name that begins with a capital letter as it is within a sentence."""
    return name[:1].lower() + name[1:]


def _talk_time(data: Mapping[str, Any]) -> str | None:
    talk = data.get("talk_s")
    # Who tries an automation fires events by hand, with whatever is in them.
    return f"{talk // 60}:{talk % 60:02d}" if isinstance(talk, int) and talk > 0 else None


def _words(state: object) -> str:
    """Return a state in small letters with spaces: `InUse` becomes `in use`."""
    text = one_line(state) or "unknown"
    if text.isupper():
        return text.lower()
    return "".join(
        f" {letter.lower()}" if letter.isupper() and position else letter.lower()
        for position, letter in enumerate(text)
    )
