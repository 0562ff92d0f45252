"""Describes calls, live events and pressed speed dials in the logbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import callback

from trunkline import inert

from .account.dialling import async_dial_sentence
from .account.masking import masked, masks_numbers
from .account.sentences import Sentences, async_sentences
from .const import DOMAIN, EVENT_CALL, EVENT_LINE, EVENT_SPEED_DIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.components.logbook.models import LazyEventPartialState
    from homeassistant.core import HomeAssistant


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[LazyEventPartialState], dict[str, str]]], None],
) -> None:
    """Describe the events that are fired for each call, each live event and each pressed speed dial."""

    def describe(
        sentence: Callable[[Sentences, Mapping[str, Any]], str],
    ) -> Callable[[LazyEventPartialState], dict[str, str]]:
        @callback
        def description(event: LazyEventPartialState) -> dict[str, str]:
            data = event.data
            entry = hass.config_entries.async_get_entry(str(data.get("config_entry")))
            if entry is not None and masks_numbers(entry.options):
                # The event may be older than the option.
                data = masked(data)
            return {
                LOGBOOK_ENTRY_NAME: entry.title if entry else "Trunkline",
                LOGBOOK_ENTRY_MESSAGE: sentence(async_sentences(hass), data),
            }

        return description

    @callback
    def speed_dial(event: LazyEventPartialState) -> dict[str, str]:
        name = inert.one_line(str(event.data.get("name") or "Trunkline"))
        described = {LOGBOOK_ENTRY_NAME: name, LOGBOOK_ENTRY_MESSAGE: async_dial_sentence(hass, event.data)}
        entity_id = event.data.get("entity_id")
        return {**described, LOGBOOK_ENTRY_ENTITY_ID: entity_id} if isinstance(entity_id, str) else described

    async_describe_event(DOMAIN, EVENT_SPEED_DIAL, speed_dial)
    async_describe_event(DOMAIN, EVENT_CALL, describe(Sentences.call))
    async_describe_event(DOMAIN, EVENT_LINE, describe(Sentences.line))
