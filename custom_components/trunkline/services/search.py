"""The action that searches the lists of a phone system: each list is a method of the account with the same criteria."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.helpers import config_validation as cv

from trunkline.model import Capability

from ..errors import action_errors
from .fields import (
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    DEFAULT_LIMIT,
    ENTRY,
    LIMIT,
    MAX_TEXT_LENGTH,
    MAX_TEXTS,
    TIME,
    check_period,
    parse_time,
)
from .responses import named_response
from .target import async_check_may_see_calls, check_support, get_entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonValueType

ATTR_CONDITIONS: Final = "conditions"
ATTR_LIST: Final = "list"
ATTR_MATCH_PARTS: Final = "match_parts"
ATTR_SORTING: Final = "sorting"
ATTR_START: Final = "start"

LISTS: Final[Mapping[str, str]] = {
    "calls": "search_calls",
    "quick_calls": "quick_calls",
    "queue_calls": "queue_calls",
    "queue_attempts": "queue_attempts",
    "agent_activity": "agent_activity",
    "survey_answers": "survey_answers",
    "campaigns": "campaigns",
    "contacts": "search_contacts",
    "dial_groups": "dial_groups",
    "dial_reports": "dial_reports",
    "faxes": "search_faxes",
    "voicemails": "search_voicemails",
}
"""The lists by the name that the action has for them, with the account's methods."""

_ORDERS: Final = {"ascending": 1, "descending": -1}
_TEXT: Final = vol.All(cv.string, vol.Length(max=MAX_TEXT_LENGTH))


@dataclass(frozen=True, slots=True)
class SearchAction:
    """The action `search`."""

    name: str = "search"
    supports_response: SupportsResponse = SupportsResponse.ONLY

    @property
    def schema(self) -> vol.Schema:
        """The schema of the action's data."""
        return vol.Schema(
            {
                **ENTRY,
                vol.Required(ATTR_LIST): vol.In(list(LISTS)),
                vol.Optional(ATTR_SINCE): TIME,
                vol.Optional(ATTR_UNTIL): TIME,
                vol.Optional(ATTR_CONDITIONS): vol.All({cv.string: _TEXT}, vol.Length(max=MAX_TEXTS)),
                vol.Optional(ATTR_MATCH_PARTS, default=True): cv.boolean,
                vol.Optional(ATTR_SORTING): vol.All({cv.string: vol.In(list(_ORDERS))}, vol.Length(max=MAX_TEXTS)),
                vol.Optional(ATTR_START, default=0): vol.All(vol.Coerce(int), vol.Range(min=0)),
                vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): LIMIT,
            }
        )

    async def async_run(self, call: ServiceCall) -> ServiceResponse:
        """Return a page of a list."""
        entry = get_entry(call)
        await async_check_may_see_calls(call, entry)
        runtime = entry.runtime_data
        criteria = _criteria(call.data)
        method = LISTS[call.data[ATTR_LIST]]
        check_support(entry, Capability.SEARCH)
        check_support(entry, method)
        with action_errors(entry.title):
            page = await runtime.requests.async_send(partial(getattr(runtime.account, method), **criteria))
        rows: list[JsonValueType] = [named_response(row, runtime.names) for row in page.rows]
        shown = page.start + len(rows)
        return {
            "rows": rows,
            "count": len(rows),
            "start": page.start,
            "total": page.total,
            "more": len(rows) == criteria["count"] if page.total is None else shown < page.total,
        }


def _criteria(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of the account's method."""
    period = {name: parse_time(data, name) for name in (ATTR_SINCE, ATTR_UNTIL) if name in data}
    check_period(period.get(ATTR_SINCE), period.get(ATTR_UNTIL))
    sorting = {name: _ORDERS[order] for name, order in data.get(ATTR_SORTING, {}).items()}
    return {
        **period,
        "conditions": data.get(ATTR_CONDITIONS, {}),
        "alike": data[ATTR_MATCH_PARTS],
        "sorting": sorting,
        "start": data[ATTR_START],
        "count": data[ATTR_LIMIT],
    }


SEARCH_ACTION: Final = SearchAction()
