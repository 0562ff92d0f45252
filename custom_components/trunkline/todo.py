"""The to-do list of an account: the callers to call back."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

from homeassistant.components.todo import TodoItem, TodoItemStatus, TodoListEntity, TodoListEntityFeature
from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from trunkline import inert

from .account.missed import MOST_CALLERS, MOST_TICKED
from .account.months import digits, moment_text
from .const import DOMAIN
from .entity import TrunklineEntity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .account.missed import MissedCaller
    from .runtime import TrunklineConfigEntry

# Each tick is stored and sent to the provider before the next one.
PARALLEL_UPDATES = 1

MISSED = EntityDescription(key="missed", translation_key="missed")

_SEPARATOR = " · "


async def async_setup_entry(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the list where the provider says how calls ended."""
    runtime = entry.runtime_data
    if runtime.account.info.outcomes:
        async_add_entities([CallBackList(runtime, MISSED)])


class CallBackList(TrunklineEntity, TodoListEntity):
    """Has an item for each caller who was not reached since; it is done once a call with that number is answered."""

    _attr_supported_features = TodoListEntityFeature.UPDATE_TODO_ITEM

    @override
    async def async_added_to_hass(self) -> None:
        """List the callers, and again whenever the account was updated."""
        await super().async_added_to_hass()
        self._list()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._list()
        super()._handle_coordinator_update()

    @override
    async def async_update_todo_item(self, item: TodoItem) -> None:
        """Tick a caller off, or put them back on the list."""
        before = next(known for known in self.todo_items or () if known.uid == item.uid)
        call_backs = self._runtime.call_backs
        if item.status == before.status:
            if item.summary != before.summary:
                raise ServiceValidationError(translation_domain=DOMAIN, translation_key="caller_not_renamed")
        elif item.status == TodoItemStatus.COMPLETED:
            await call_backs.async_tick_off(item.uid or "")
        else:
            await call_backs.async_untick(item.uid or "")

    def _list(self) -> None:
        callers = self._data.missed_callers
        done = sorted((*callers.ticked, *callers.reached), key=lambda caller: caller.last, reverse=True)
        language = self.hass.config.language
        texts = async_get_cached_translations(self.hass, language, "common", DOMAIN)
        self._attr_todo_items = [
            self._item(caller, status, language, texts)
            for status, listed in (
                (TodoItemStatus.NEEDS_ACTION, callers.waiting[:MOST_CALLERS]),
                (TodoItemStatus.COMPLETED, done[:MOST_TICKED]),
            )
            for caller in listed
        ]

    def _item(self, caller: MissedCaller, status: TodoItemStatus, language: str, texts: Mapping[str, str]) -> TodoItem:
        name = caller.name(self._runtime.names)
        # Cards show the description as Markdown.
        number = inert.plain(caller.party.number or caller.numbers[0])
        key = "call_back_once" if caller.calls == 1 else "call_back_often"
        text = texts.get(f"component.{DOMAIN}.common.{key}", "{count} · {time}")
        attempts = text.format(
            count=digits(str(caller.calls), language),
            time=moment_text(caller.last, dt_util.get_default_time_zone(), language),
        )
        return TodoItem(
            uid=caller.uid,
            summary=inert.plain(name) if name else number,
            status=status,
            description=f"{attempts}{_SEPARATOR}{number}" if name else attempts,
        )
