"""The action that answers a telephone system which asks how to handle a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.helpers import config_validation as cv

from trunkline.errors import DataError, RequestError

from ..const import DOMAIN
from .fields import ENTRY, TEXT
from .target import ATTR_CONFIG_ENTRY, get_entry, validation_error

if TYPE_CHECKING:
    from homeassistant.core import ServiceCall, ServiceResponse

    from trunkline.model import Route, VoiceCommand

ATTR_REQUEST_ID: Final = "request_id"
ATTR_EXTENSION: Final = "extension"
ATTR_TRUNK: Final = "trunk"
ATTR_CALL_LIMIT: Final = "call_limit"
ATTR_EXIT: Final = "exit"
ATTR_COMMANDS: Final = "commands"

MAX_COMMANDS: Final = 50


@dataclass(frozen=True, slots=True)
class RouteCallAction:
    """The action `route_call`."""

    name: str = "route_call"
    supports_response: SupportsResponse = SupportsResponse.NONE

    @property
    def schema(self) -> vol.Schema:
        """The schema of the action's data."""
        return vol.Schema(
            {
                **ENTRY,
                vol.Required(ATTR_REQUEST_ID): TEXT,
                vol.Optional(ATTR_EXTENSION): TEXT,
                vol.Optional(ATTR_TRUNK): TEXT,
                vol.Optional(ATTR_CALL_LIMIT): vol.All(vol.Coerce(int), vol.Range(min=1, max=86400)),
                vol.Optional(ATTR_EXIT): TEXT,
                vol.Optional(ATTR_COMMANDS): vol.All(cv.ensure_list, [_command], vol.Length(min=1, max=MAX_COMMANDS)),
            }
        )

    async def async_run(self, call: ServiceCall) -> ServiceResponse:
        """Answer the request, if it still waits."""
        from trunkline.model import Route  # noqa: PLC0415  (few installations answer calls)

        data = call.data
        route = Route(
            extension=data.get(ATTR_EXTENSION),
            trunk=data.get(ATTR_TRUNK),
            limit=data.get(ATTR_CALL_LIMIT),
            exit=data.get(ATTR_EXIT),
            commands=tuple(data.get(ATTR_COMMANDS, ())),
        )
        try:
            answered = _answer(call, route)
        except (DataError, RequestError) as error:
            raise validation_error("invalid_route", error=str(error)) from None
        if not answered:
            raise validation_error("route_request_over")
        return None


def _answer(call: ServiceCall, route: Route) -> bool:
    """Answer the request, of whichever account's telephone system it is if the action selects none."""
    if ATTR_CONFIG_ENTRY in call.data:
        entries = [get_entry(call)]
    else:
        entries = call.hass.config_entries.async_loaded_entries(DOMAIN)
    if not entries:
        raise validation_error("no_account")
    handlers = [entry.runtime_data.route_handler for entry in entries]
    return any(handler.async_answer(call.data[ATTR_REQUEST_ID], route) for handler in handlers if handler is not None)


def _command(value: Any) -> VoiceCommand:
    from .voice_commands import read_command  # noqa: PLC0415  (few installations answer calls)

    return read_command(value)


ROUTE_CALL_ACTION: Final = RouteCallAction()
