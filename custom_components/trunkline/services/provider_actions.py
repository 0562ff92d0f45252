"""The actions that read or change something at the provider.

An action is one row of `PROVIDER_ACTIONS`: the capability is the name of the account's method, the fields are its
arguments. It also needs its texts and its icon, and its fields in `services.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError

from trunkline.model import AgentResult, Capability
from trunkline.providers.common.fields import safe_text

from ..const import DOMAIN
from ..errors import action_errors, change_errors, placeholders
from .fields import (
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    DEFAULT_LIMIT,
    ENTRY,
    LIMIT,
    NUMBER,
    TEXT,
    TEXTS,
    TIME,
    check_period,
    parse_extension,
    parse_integer,
    parse_number,
    parse_text,
    parse_texts,
    parse_time,
)
from .responses import model_response, placed_call_response
from .target import check_support, get_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from homeassistant.core import ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from ..runtime import TrunklineConfigEntry

MAX_MESSAGE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an action, passed to the account's method as `argument` (default: the field's name)."""

    name: str
    validator: object
    parse: Callable[[Mapping[str, Any], str], Any]
    required: bool = False
    argument: str = ""

    @property
    def parameter(self) -> str:
        """The name of the method's parameter."""
        return self.argument or self.name

    @property
    def marker(self) -> vol.Marker:
        """The key of the field in the schema."""
        return vol.Required(self.name) if self.required else vol.Optional(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAction:
    """An action that calls the account's method named like the capability.

    With `list_name` it returns a list under that name, with at most `limit` items; `name_filter` is the field that
    selects the items whose name contains its text. A `paid` action counts towards the hourly call limit. An action
    that neither is `paid` nor `reads` changes something at the provider.
    """

    name: str
    capability: Capability
    fields: tuple[Field, ...] = ()
    list_name: str = ""
    name_filter: str = ""
    paid: bool = False
    reads: bool = False

    @property
    def schema(self) -> vol.Schema:
        """The schema of the action's data."""
        fields = {**ENTRY, **{field.marker: field.validator for field in self.fields}}
        if self.name_filter:
            fields[vol.Optional(self.name_filter)] = TEXT
        if self.list_name:
            fields[vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT)] = LIMIT
        return vol.Schema(fields)

    @property
    def supports_response(self) -> SupportsResponse:
        """Whether the response may be ignored."""
        return SupportsResponse.ONLY if self.reads else SupportsResponse.OPTIONAL

    async def async_run(self, call: ServiceCall) -> ServiceResponse:
        """Send the request to the provider, and return its reply."""
        entry = get_entry(call)
        arguments = self._arguments(call.data)
        check_support(entry, self.capability)
        runtime = entry.runtime_data
        request = partial(getattr(runtime.account, self.capability.value), **arguments)
        if self.paid:
            with action_errors(entry.title):
                return placed_call_response(await runtime.requests.async_send_paid(request))
        with change_errors(entry.title):
            reply = await runtime.requests.async_send(request)
        return self._list_response(reply, call.data) if self.list_name else _reply_response(entry, reply)

    def _arguments(self, data: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {field.parameter: field.parse(data, field.name) for field in self.fields if field.name in data}
        check_period(arguments.get(ATTR_SINCE), arguments.get(ATTR_UNTIL))
        return arguments

    def _list_response(self, models: Sequence[Any], data: Mapping[str, Any]) -> JsonObjectType:
        text = str(data.get(self.name_filter, "")).casefold()
        found = [model for model in models if not text or text in (model.name or "").casefold()]
        limit: int = data[ATTR_LIMIT]
        items: list[JsonValueType] = [model_response(model) for model in found[:limit]]
        return {self.list_name: items, "count": len(items), "more": len(found) > limit}


def _reply_response(entry: TrunklineConfigEntry, reply: object) -> JsonObjectType:
    """Return the reply to a change; raises `HomeAssistantError` if the change was not made."""
    if isinstance(reply, str):
        return {"answer": reply[:MAX_MESSAGE_LENGTH]}
    if isinstance(reply, AgentResult):
        if not reply.done:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="action_refused",
                translation_placeholders=placeholders(account=entry.title, error=safe_text(reply.message)),
            )
        return model_response(reply)
    return {"done": True}


def _number(name: str, *, argument: str = "", required: bool = True) -> Field:
    return Field(name=name, validator=NUMBER, parse=parse_number, argument=argument, required=required)


def _extension(name: str) -> Field:
    return Field(name=name, validator=NUMBER, parse=parse_extension, required=True)


def _text(name: str, *, required: bool = False) -> Field:
    return Field(name=name, validator=TEXT, parse=parse_text, required=required)


def _integer(name: str, minimum: int, maximum: int, *, argument: str = "") -> Field:
    validator = vol.All(vol.Coerce(int), vol.Range(min=minimum, max=maximum))
    return Field(name=name, validator=validator, parse=parse_integer, argument=argument)


_PERIOD: Final = tuple(Field(name=name, validator=TIME, parse=parse_time) for name in (ATTR_SINCE, ATTR_UNTIL))
_AGENT: Final = (_text("queue", required=True), _extension("extension"))

PROVIDER_ACTIONS: Final = (
    ProviderAction(
        name="secure_call",
        capability=Capability.SECURE_CALL,
        fields=(
            _number("from", argument="source"),
            _number("to", argument="destination"),
            _integer("ring_seconds", 5, 300),
            _integer("call_limit", 1, 3600, argument="limit"),
        ),
        paid=True,
    ),
    ProviderAction(
        name="send_otp",
        capability=Capability.SEND_OTP,
        fields=(_number("number"), _text("purpose"), _text("reference")),
        paid=True,
    ),
    ProviderAction(
        name="callback",
        capability=Capability.CALLBACK,
        fields=(
            _number("from", argument="source"),
            _number("to", argument="destination", required=False),
            _text("device"),
        ),
        paid=True,
    ),
    ProviderAction(
        name="get_contacts", capability=Capability.CONTACTS, list_name="contacts", name_filter="name", reads=True
    ),
    ProviderAction(
        name="add_contact",
        capability=Capability.ADD_CONTACT,
        fields=(_text("name", required=True), _number("number")),
    ),
    ProviderAction(
        name="remove_contact",
        capability=Capability.REMOVE_CONTACT,
        fields=(_text("contact_id", required=True),),
    ),
    ProviderAction(
        name="get_missed_calls",
        capability=Capability.MISSED_CALLS,
        fields=_PERIOD,
        list_name="missed_calls",
        reads=True,
    ),
    ProviderAction(name="mark_missed", capability=Capability.MARK_MISSED, fields=(_text("call_id", required=True),)),
    ProviderAction(name="get_rates", capability=Capability.RATES, list_name="rates", name_filter="name", reads=True),
    ProviderAction(
        name="get_invoices", capability=Capability.INVOICES, fields=_PERIOD, list_name="invoices", reads=True
    ),
    ProviderAction(
        name="get_payments", capability=Capability.PAYMENTS, fields=_PERIOD, list_name="payments", reads=True
    ),
    ProviderAction(
        name="get_subscriptions", capability=Capability.SUBSCRIPTIONS, list_name="subscriptions", reads=True
    ),
    ProviderAction(
        name="get_voicemails", capability=Capability.VOICEMAILS, fields=_PERIOD, list_name="voicemails", reads=True
    ),
    ProviderAction(
        name="get_agents", capability=Capability.AGENTS, fields=(_text("queue"),), list_name="agents", reads=True
    ),
    ProviderAction(name="add_agent", capability=Capability.ADD_AGENT, fields=(*_AGENT, _integer("penalty", 0, 1000))),
    ProviderAction(name="pause_agent", capability=Capability.PAUSE_AGENT, fields=_AGENT),
    ProviderAction(name="resume_agent", capability=Capability.RESUME_AGENT, fields=_AGENT),
    ProviderAction(name="remove_agent", capability=Capability.REMOVE_AGENT, fields=_AGENT),
    ProviderAction(name="get_blocked", capability=Capability.BLOCKED, list_name="numbers", reads=True),
    ProviderAction(
        name="block_number",
        capability=Capability.BLOCK,
        fields=(_number("number"), _text("note")),
    ),
    ProviderAction(name="unblock_number", capability=Capability.UNBLOCK, fields=(_number("number"),)),
    ProviderAction(name="get_allowed", capability=Capability.ALLOWED, list_name="numbers", reads=True),
    ProviderAction(
        name="allow_number",
        capability=Capability.ALLOW,
        fields=(_number("number"), _text("note"), Field(name="labels", validator=TEXTS, parse=parse_texts)),
    ),
    ProviderAction(name="disallow_number", capability=Capability.DISALLOW, fields=(_number("number"),)),
    ProviderAction(name="ping", capability=Capability.PING, reads=True),
)
