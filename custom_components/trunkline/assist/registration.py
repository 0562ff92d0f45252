"""Registers the sentences and the tools for language models while at least one account takes part in Assist."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import llm
from homeassistant.helpers import trigger as triggers_of
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER
from .callees import can_call, find_callees
from .confirmation import SECONDS, Confirmations
from .language import load_languages
from .question import Question
from .responder import Responder, async_error_text
from .sentences import build_commands
from .tools import TrunklineAPI

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant

    from ..runtime import TrunklineConfigEntry
    from .callees import Callee
    from .language import Languages
    from .sentences import Commands

    type Answer = Callable[[Question], Awaitable[str]]


class Assist:
    """The accounts that take part, and what is registered for them."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Register nothing yet."""
        self._hass = hass
        self._lock = asyncio.Lock()
        self._entries: dict[str, TrunklineConfigEntry] = {}
        self._languages: Languages = {}
        self._known: tuple[list[Callee], list[str]] = ([], [])
        self._commands: Commands | None = None
        self._removers: list[CALLBACK_TYPE] = []
        self._confirmation_removers: list[CALLBACK_TYPE] = []
        self._stop_timer: CALLBACK_TYPE | None = None
        self._remove_api: CALLBACK_TYPE | None = None
        self._confirmations = Confirmations(hass.loop.time)
        self._responder = Responder(
            hass, self._entries, self._confirmations, on_waiting=self._async_listen_for_confirmation
        )

    async def async_add(self, entry: TrunklineConfigEntry) -> None:
        """Let an account take part."""
        self._entries[entry.entry_id] = entry
        await self.async_update()

    async def async_remove(self, entry: TrunklineConfigEntry) -> None:
        """Let an account no longer take part; after the last one nothing is left."""
        self._entries.pop(entry.entry_id, None)
        await self.async_update()

    async def async_update(self) -> None:
        """Register what the accounts that take part now need, unless that is registered already."""
        async with self._lock:
            if not self._languages:
                self._languages = await self._hass.async_add_executor_job(load_languages)
            entries = self._entries.values()
            known = find_callees(entries), [entry.title for entry in entries if can_call(entry)]
            if not self._entries:
                self._clear()
            elif self._commands is None or known != self._known:
                self._clear_sentences()
                self._known = known
                await self._async_register(build_commands(self._languages, *known))

    async def _async_register(self, commands: Commands) -> None:
        self._commands = commands
        answers: dict[str, Answer] = {
            "credit": self._responder.async_credit,
            "who_called": self._responder.async_who_called,
            "cost": self._responder.async_cost,
            "call": partial(self._responder.async_call, callees=commands.callees),
        }
        for kind, answer in answers.items():
            await self._async_listen(commands.sentences[kind], answer, self._removers)
        if self._remove_api is None:
            self._remove_api = llm.async_register_api(self._hass, TrunklineAPI(self._hass, self._entries))

    async def _async_listen_for_confirmation(self) -> None:
        """Understand yes and no for as long as a call may wait for it: other conversations need these words too."""
        async with self._lock:
            if self._commands is None:
                return
            if not self._confirmation_removers:
                answers: dict[str, Answer] = {"yes": self._responder.async_yes, "no": self._responder.async_no}
                for kind, answer in answers.items():
                    await self._async_listen(self._commands.sentences[kind], answer, self._confirmation_removers)
            if self._stop_timer is not None:
                self._stop_timer()
            self._stop_timer = async_call_later(self._hass, SECONDS, self._stop_confirming)

    @callback
    def _stop_confirming(self, _now: datetime | None = None) -> None:
        """Leave yes and no to others again."""
        if self._stop_timer is not None:
            self._stop_timer()
            self._stop_timer = None
        _remove(self._confirmation_removers)

    async def _async_listen(self, sentences: Sequence[str], answer: Answer, removers: list[CALLBACK_TYPE]) -> None:
        """Answer sentences, from now until the remover that is added is called."""
        if not sentences:
            return

        async def run(variables: Mapping[str, Any], _context: Context | None = None) -> ScriptRunResult:
            question = await Question.async_from(self._hass, self._languages, variables)
            try:
                said = await answer(question)
            except HomeAssistantError as error:
                said = await async_error_text(self._hass, error, question.language)
            if self._confirmations.empty:
                self._stop_confirming()
            return ScriptRunResult(conversation_response=said, service_response=None, variables={})

        trigger = {"platform": "conversation", "command": list(sentences)}
        triggers = await triggers_of.async_validate_trigger_config(self._hass, cv.TRIGGER_SCHEMA([trigger]))
        remover = await triggers_of.async_initialize_triggers(self._hass, triggers, run, DOMAIN, "Assist", _log)
        if remover is not None:
            removers.append(remover)

    @callback
    def _clear(self) -> None:
        """Remove everything that is registered."""
        self._clear_sentences()
        if self._remove_api is not None:
            self._remove_api()
            self._remove_api = None

    @callback
    def _clear_sentences(self) -> None:
        self._commands = None
        self._confirmations.clear()
        self._stop_confirming()
        _remove(self._removers)


def _remove(removers: list[CALLBACK_TYPE]) -> None:
    while removers:
        removers.pop()()


def _log(level: int, message: str, **more: Any) -> None:
    """Log what goes wrong with the sentences; Home Assistant would tell of each success as well."""
    if level > logging.INFO:
        LOGGER.log(level, message, **more)


DATA_ASSIST: HassKey[Assist] = HassKey(f"{DOMAIN}_assist")


async def async_take_part(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Let an account take part in Assist until it is unloaded."""
    assist = hass.data.setdefault(DATA_ASSIST, Assist(hass))
    await assist.async_add(entry)
    entry.async_on_unload(partial(assist.async_remove, entry))

    @callback
    def update() -> None:
        # The provider may have other extensions now.
        entry.async_create_task(hass, assist.async_update(), f"{DOMAIN} Assist", eager_start=True)

    entry.async_on_unload(entry.runtime_data.coordinator.async_add_listener(update))
