"""What an action does that reads or changes something at the provider, or places a call there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.exceptions import HomeAssistantError

from trunkline.providers.common.fields import safe_text

from ..const import DOMAIN
from ..errors import action_errors, change_errors, placeholders
from .fields import ATTR_LIMIT, ATTR_SINCE, ATTR_UNTIL, DEFAULT_LIMIT, ENTRY, LIMIT, TEXT, Field, check_period
from .responses import json_value, model_response, named_response, placed_call_response
from .target import async_check_may_see_calls, check_fields, check_support, get_entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from homeassistant.core import ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from trunkline.model import Capability

    from ..account.names import Names
    from ..runtime import TrunklineConfigEntry

MAX_MESSAGE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAction:
    """An action that calls the account's method named like the capability, or `method`, which only some accounts have.

    With `list_name` it returns a list under that name, with at most `limit` items; `name_filter` is the field that
    selects the items whose name contains its text. With `figures_name` it returns nested figures under that name. A
    `paid` action counts towards the hourly call limit. An action that neither is `paid` nor `reads` changes something
    at the provider. One that `shows_calls` is for administrators only where the account's option says so.
    """

    name: str
    capability: Capability | None = None
    method: str = ""
    fields: tuple[Field, ...] = ()
    list_name: str = ""
    name_filter: str = ""
    figures_name: str = ""
    paid: bool = False
    reads: bool = False
    shows_calls: bool = False

    @property
    def method_name(self) -> str:
        """The name of the account's method."""
        return self.method if self.capability is None else self.capability.value

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
        if self.shows_calls:
            await async_check_may_see_calls(call, entry)
        arguments = self._arguments(call.data)
        check_support(entry, self.method_name)
        check_fields(entry, self.method_name, self.fields, call.data)
        runtime = entry.runtime_data
        request = partial(getattr(runtime.account, self.method_name), **arguments)
        if self.paid:
            with action_errors(entry.title):
                return placed_call_response(await runtime.requests.async_send_paid(request))
        with change_errors(entry.title):
            reply = await runtime.requests.async_send(request)
        if self.figures_name:
            return {self.figures_name: json_value(reply)}
        return self._list_response(reply, call.data, runtime.names) if self.list_name else _reply_response(entry, reply)

    def _arguments(self, data: Mapping[str, Any]) -> dict[str, Any]:
        arguments = {field.parameter: field.parse(data, field.name) for field in self.fields if field.name in data}
        check_period(arguments.get(ATTR_SINCE), arguments.get(ATTR_UNTIL))
        return arguments

    def _list_response(self, models: Sequence[Any], data: Mapping[str, Any], names: Names) -> JsonObjectType:
        text = str(data.get(self.name_filter, "")).casefold()
        found = [model for model in models if not text or text in (model.name or "").casefold()]
        limit: int = data[ATTR_LIMIT]
        items: list[JsonValueType] = [named_response(model, names) for model in found[:limit]]
        return {self.list_name: items, "count": len(items), "more": len(found) > limit}


def _reply_response(entry: TrunklineConfigEntry, reply: object) -> JsonObjectType:
    """Return the reply to a change; raises `HomeAssistantError` if the change was not made."""
    if isinstance(reply, str):
        return {"answer": reply[:MAX_MESSAGE_LENGTH]}
    from trunkline.model import AgentResult  # noqa: PLC0415  (its module isn't loaded while Home Assistant starts)

    if isinstance(reply, AgentResult):
        if not reply.done:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="action_refused",
                translation_placeholders=placeholders(account=entry.title, error=safe_text(reply.message)),
            )
        return model_response(reply)
    return {"done": True}
