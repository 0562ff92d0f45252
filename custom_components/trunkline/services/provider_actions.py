"""The actions that hand a question or a change on to the provider: a table of what each needs and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError

from trunkline.model import AgentResult, Capability
from trunkline.providers.common.fields import shown

from ..const import DOMAIN
from ..errors import action_errors, change_errors
from .fields import (
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    DEFAULT_LIMIT,
    DIALLED,
    ENTRY,
    LIMIT,
    TEXT,
    TEXTS,
    TIME,
    check_period,
    extension,
    number,
    text,
    texts,
    time,
    whole,
)
from .responses import placed_row, row
from .target import check_support, get_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from homeassistant.core import ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from ..runtime import TrunklineConfigEntry

LONGEST_ANSWER: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an action, handed on as the account method's argument of the same name, or `to`."""

    name: str
    written: object
    read: Callable[[Mapping[str, Any], str], Any]
    required: bool = False
    to: str = ""

    @property
    def marker(self) -> vol.Marker:
        """How a schema names it."""
        return vol.Required(self.name) if self.required else vol.Optional(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action; the capability is at once the name of the account's method that does it.

    With `rows` it returns a list under that name, no longer than the person wants it; `having` names the field that
    picks the rows whose name has that text in it. What is `paid` goes through the guard; what is neither paid nor
    `reads` changes something. Nothing but what `reads` is ever repeated.
    """

    name: str
    capability: Capability
    fields: tuple[Field, ...] = ()
    rows: str = ""
    having: str = ""
    paid: bool = False
    reads: bool = False

    @property
    def schema(self) -> vol.Schema:
        """What the action may be given."""
        fields = {**ENTRY, **{field.marker: field.written for field in self.fields}}
        if self.having:
            fields[vol.Optional(self.having)] = TEXT
        if self.rows:
            fields[vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT)] = LIMIT
        return vol.Schema(fields)

    @property
    def response(self) -> SupportsResponse:
        """Whether a response must be asked for."""
        return SupportsResponse.ONLY if self.reads else SupportsResponse.OPTIONAL

    async def async_run(self, call: ServiceCall) -> ServiceResponse:
        """Ask the provider for it."""
        entry = get_entry(call)
        arguments = self._arguments(call.data)
        check_support(entry, self.capability)
        runtime = entry.runtime_data
        work = partial(getattr(runtime.account, self.capability.value), **arguments)
        if self.paid:
            with action_errors(entry.title):
                return placed_row(await runtime.requests.async_send_paid(work))
        with change_errors(entry.title):
            told = await runtime.requests.async_send(work)
        return self._listed(told, call.data) if self.rows else _answer(entry, told)

    def _arguments(self, data: Mapping[str, Any]) -> dict[str, Any]:
        given = {field.to or field.name: field.read(data, field.name) for field in self.fields if field.name in data}
        check_period(given.get(ATTR_SINCE), given.get(ATTR_UNTIL))
        return given

    def _listed(self, models: Sequence[Any], data: Mapping[str, Any]) -> JsonObjectType:
        wanted = str(data.get(self.having, "")).casefold()
        chosen = [model for model in models if not wanted or wanted in (model.name or "").casefold()]
        limit: int = data[ATTR_LIMIT]
        rows: list[JsonValueType] = [row(model) for model in chosen[:limit]]
        return {self.rows: rows, "count": len(rows), "more": len(chosen) > limit}


def _answer(entry: TrunklineConfigEntry, told: object) -> JsonObjectType:
    """Return what a provider said to a change; one that it did not make is an error."""
    if isinstance(told, str):
        return {"answer": told[:LONGEST_ANSWER]}
    if isinstance(told, AgentResult):
        if not told.done:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="action_refused",
                translation_placeholders={"account": entry.title, "error": shown(told.message)},
            )
        return row(told)
    return {"done": True}


def _number(name: str, *, to: str = "", required: bool = True) -> Field:
    return Field(name=name, written=DIALLED, read=number, to=to, required=required)


def _extension(name: str) -> Field:
    return Field(name=name, written=DIALLED, read=extension, required=True)


def _text(name: str, *, to: str = "", required: bool = False) -> Field:
    return Field(name=name, written=TEXT, read=text, to=to, required=required)


def _whole(name: str, lowest: int, highest: int, *, to: str = "") -> Field:
    return Field(name=name, written=vol.All(vol.Coerce(int), vol.Range(min=lowest, max=highest)), read=whole, to=to)


_PERIOD: Final = tuple(Field(name=name, written=TIME, read=time) for name in (ATTR_SINCE, ATTR_UNTIL))
_AGENT: Final = (_text("queue", required=True), _extension("extension"))

ACTIONS: Final = (
    Action(
        name="secure_call",
        capability=Capability.SECURE_CALL,
        fields=(
            _number("from", to="source"),
            _number("to", to="destination"),
            _whole("ring_seconds", 5, 300),
            _whole("call_limit", 1, 3600, to="limit"),
        ),
        paid=True,
    ),
    Action(
        name="send_otp",
        capability=Capability.SEND_OTP,
        fields=(_number("number"), _text("purpose"), _text("reference")),
        paid=True,
    ),
    Action(
        name="callback",
        capability=Capability.CALLBACK,
        fields=(
            _number("from", to="source"),
            _number("to", to="destination", required=False),
            _text("device"),
        ),
        paid=True,
    ),
    Action(name="get_contacts", capability=Capability.CONTACTS, rows="contacts", having="name", reads=True),
    Action(
        name="add_contact",
        capability=Capability.ADD_CONTACT,
        fields=(_text("name", required=True), _number("number")),
    ),
    Action(
        name="remove_contact",
        capability=Capability.REMOVE_CONTACT,
        fields=(_text("contact_id", required=True),),
    ),
    Action(
        name="get_missed_calls",
        capability=Capability.MISSED_CALLS,
        fields=_PERIOD,
        rows="missed_calls",
        reads=True,
    ),
    Action(name="mark_missed", capability=Capability.MARK_MISSED, fields=(_text("call_id", required=True),)),
    Action(name="get_rates", capability=Capability.RATES, rows="rates", having="name", reads=True),
    Action(name="get_invoices", capability=Capability.INVOICES, fields=_PERIOD, rows="invoices", reads=True),
    Action(name="get_payments", capability=Capability.PAYMENTS, fields=_PERIOD, rows="payments", reads=True),
    Action(name="get_subscriptions", capability=Capability.SUBSCRIPTIONS, rows="subscriptions", reads=True),
    Action(name="get_voicemails", capability=Capability.VOICEMAILS, fields=_PERIOD, rows="voicemails", reads=True),
    Action(name="get_agents", capability=Capability.AGENTS, fields=(_text("queue"),), rows="agents", reads=True),
    Action(name="add_agent", capability=Capability.ADD_AGENT, fields=(*_AGENT, _whole("penalty", 0, 1000))),
    Action(name="pause_agent", capability=Capability.PAUSE_AGENT, fields=_AGENT),
    Action(name="resume_agent", capability=Capability.RESUME_AGENT, fields=_AGENT),
    Action(name="remove_agent", capability=Capability.REMOVE_AGENT, fields=_AGENT),
    Action(name="get_blocked", capability=Capability.BLOCKED, rows="numbers", reads=True),
    Action(
        name="block_number",
        capability=Capability.BLOCK,
        fields=(_number("number"), _text("note")),
    ),
    Action(name="unblock_number", capability=Capability.UNBLOCK, fields=(_number("number"),)),
    Action(name="get_allowed", capability=Capability.ALLOWED, rows="numbers", reads=True),
    Action(
        name="allow_number",
        capability=Capability.ALLOW,
        fields=(_number("number"), _text("note"), Field(name="labels", written=TEXTS, read=texts)),
    ),
    Action(name="disallow_number", capability=Capability.DISALLOW, fields=(_number("number"),)),
    Action(name="ping", capability=Capability.PING, reads=True),
)
