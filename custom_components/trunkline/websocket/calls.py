"""The command `trunkline/calls`: a page of calls, newest first, filtered and searched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.util import dt as dt_util

from trunkline.model import Direction

from ..account.archive_damage import damage_reported
from ..account.call_pages import AccountCalls, CallFilter, Page, Position, read_page, with_provisional
from ..account.events import EVENT_TYPES, without_prices
from ..account.files import has_recordings, may_be_recorded
from ..errors import action_errors
from ..services.target import validation_error
from .rows import call_row
from .target import ENTRIES, get_entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from trunkline.model import Call

    from ..runtime import TrunklineConfigEntry

MOST_CALLS: Final = 100
LONGEST_SEARCH: Final = 100
MOST_TRUNKS: Final = 50

_POSITION: Final = vol.Schema(
    {vol.Required("at"): vol.Any(None, str), vol.Required("id"): str},
)


@websocket_api.websocket_command(
    {
        vol.Required("type"): "trunkline/calls",
        **ENTRIES,
        vol.Optional("limit", default=25): vol.All(int, vol.Range(min=1, max=MOST_CALLS)),
        vol.Optional("cursor"): {str: vol.Any(None, _POSITION)},
        vol.Optional("directions", default=[]): [vol.In([direction.value for direction in Direction])],
        vol.Optional("outcomes", default=[]): [vol.In(EVENT_TYPES)],
        vol.Optional("trunks", default=[]): vol.All([str], vol.Length(max=MOST_TRUNKS)),
        vol.Optional("recorded", default=False): bool,
        vol.Optional("since"): str,
        vol.Optional("search", default=""): str,
    }
)
@websocket_api.async_response
async def websocket_calls(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Return a page of calls; `cursor` is what the page before returned, None at the end."""
    entries = get_entries(hass, connection.user, msg)
    since = _since(msg)
    cursor: Mapping[str, Any] | None = msg.get("cursor")
    accounts = [_account(entry, msg, (cursor or {}).get(entry.entry_id)) for entry in entries]
    page = Page()
    if entries:
        # All accounts share one archive.
        archive = entries[0].runtime_data.archive
        with action_errors(", ".join(entry.title for entry in entries)), damage_reported(hass):
            page = await hass.async_add_executor_job(
                partial(read_page, archive, accounts, since=since, limit=msg["limit"])
            )
    calls = page.calls
    provisional = [] if cursor else _provisional(entries)
    if provisional:
        calls = with_provisional(page, provisional, accounts, since)
    unconfirmed = {(index, call.call_id) for index, call in provisional}
    connection.send_result(
        msg["id"],
        {
            "calls": [
                call_row(entries[index], call, confirmed=(index, call.call_id) not in unconfirmed)
                for index, call in calls
            ],
            "cursor": None if page.positions is None else _cursor(entries, page),
        },
    )


def _account(entry: TrunklineConfigEntry, msg: Mapping[str, Any], position: Mapping[str, Any] | None) -> AccountCalls:
    runtime = entry.runtime_data
    account = runtime.account

    def recorded(call: Call) -> bool:
        return has_recordings(account) and may_be_recorded(account, call)

    return AccountCalls(
        account=runtime.account_key,
        position=None if position is None else _position(position),
        wanted=CallFilter(
            directions=frozenset(msg["directions"]),
            outcomes=frozenset(msg["outcomes"]),
            trunks=frozenset(msg["trunks"]),
            search=msg["search"][:LONGEST_SEARCH],
            names=runtime.names.of,
            recorded=recorded if msg["recorded"] else None,
        ),
    )


def _provisional(entries: Sequence[TrunklineConfigEntry]) -> list[tuple[int, Call]]:
    """Return the pushed calls that the call lists don't have yet, with the index of their account."""
    return [
        (index, without_prices(waiting.call))
        for index, entry in enumerate(entries)
        for waiting in entry.runtime_data.provisional.waiting.values()
    ]


def _since(msg: Mapping[str, Any]) -> datetime | None:
    return _time(msg["since"], "since") if "since" in msg else None


def _position(position: Mapping[str, Any]) -> Position:
    return Position(None if position["at"] is None else _time(position["at"], "cursor"), position["id"])


def _time(text: str, field: str) -> datetime:
    """Return a time with an offset in UTC."""
    try:
        moment = dt_util.parse_datetime(text)
        if moment is not None and moment.tzinfo is not None:
            return dt_util.as_utc(moment)
    except (ValueError, OverflowError):
        pass
    raise validation_error("invalid_time", field=field)


def _cursor(entries: Sequence[TrunklineConfigEntry], page: Page) -> dict[str, Any]:
    return {
        entries[index].entry_id: None
        if position is None
        else {"at": position.at.isoformat() if position.at else None, "id": position.call_id}
        for index, position in (page.positions or {}).items()
    }
