"""The actions about calls: place one, read the archive, fetch what is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import voluptuous as vol
from homeassistant.helpers import config_validation as cv

from trunkline.model import Capability, Direction, Status
from trunkline.numbers import e164, trunk_id

from ..errors import action_errors
from .fields import (
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    DEFAULT_LIMIT,
    DIALLED,
    ENTRY,
    LIMIT,
    TIME,
    check_period,
    extension,
    number,
    time,
)
from .responses import call_row, placed_row
from .target import check_support, get_entry, misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from homeassistant.core import ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonValueType

    from trunkline.archive import Archive
    from trunkline.model import Call, Party

    from ..runtime import TrunklineConfigEntry

ATTR_DIRECTION: Final = "direction"
ATTR_FROM: Final = "from"
ATTR_FULL: Final = "full"
ATTR_NUMBER: Final = "number"
ATTR_REFRESH: Final = "refresh"
ATTR_SERVICE: Final = "service"
ATTR_STATUS: Final = "status"
ATTR_TO: Final = "to"

CHUNK: Final = 5000

CLICK_TO_CALL_SCHEMA: Final = vol.Schema(
    {
        **ENTRY,
        vol.Required(ATTR_FROM): DIALLED,
        vol.Required(ATTR_TO): DIALLED,
        vol.Optional(ATTR_SERVICE): cv.string,
    }
)
GET_CALLS_SCHEMA: Final = vol.Schema(
    {
        **ENTRY,
        vol.Optional(ATTR_SINCE): TIME,
        vol.Optional(ATTR_UNTIL): TIME,
        vol.Optional(ATTR_DIRECTION): vol.All(cv.ensure_list, [vol.In([one.value for one in Direction])]),
        vol.Optional(ATTR_STATUS): vol.All(cv.ensure_list, [vol.In([one.value for one in Status])]),
        vol.Optional(ATTR_NUMBER): DIALLED,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): LIMIT,
        vol.Optional(ATTR_REFRESH, default=False): cv.boolean,
    }
)
SYNC_NOW_SCHEMA: Final = vol.Schema({**ENTRY, vol.Optional(ATTR_FULL, default=False): cv.boolean})


async def async_click_to_call(call: ServiceCall) -> ServiceResponse:
    """Ring an extension, then the number, and tell what the provider said."""
    entry = get_entry(call)
    runtime = entry.runtime_data
    source = extension(call.data, ATTR_FROM)
    destination = number(call.data, ATTR_TO)
    stream = call.data.get(ATTR_SERVICE)
    check_support(entry, Capability.CLICK_TO_CALL)
    with action_errors(entry.title):
        await _check_stream(entry, stream)
        placed = await runtime.requests.async_place_call(source=source, destination=destination, stream=stream)
    return placed_row(placed)


async def async_get_calls(call: ServiceCall) -> ServiceResponse:
    """Read calls of one account from the archive, newest first."""
    entry = get_entry(call)
    runtime = entry.runtime_data
    period = _Period(runtime.account_key, time(call.data, ATTR_SINCE), time(call.data, ATTR_UNTIL))
    check_period(period.since, period.until)
    wanted = partial(
        _is_wanted,
        directions=frozenset(call.data.get(ATTR_DIRECTION, ())),
        statuses=frozenset(call.data.get(ATTR_STATUS, ())),
        number=number(call.data, ATTR_NUMBER) if ATTR_NUMBER in call.data else None,
        region=runtime.account.info.country,
    )
    limit: int = call.data[ATTR_LIMIT]
    with action_errors(entry.title):
        if call.data[ATTR_REFRESH]:
            await runtime.async_sync()
        found = await call.hass.async_add_executor_job(_read, runtime.archive, period, wanted, limit + 1)
    rows: list[JsonValueType] = [call_row(one) for one in found[:limit]]
    return {"calls": rows, "count": len(rows), "more": len(found) > limit}


async def async_sync_now(call: ServiceCall) -> ServiceResponse:
    """Fetch what is new, or all of it, and tell how much that was."""
    entry = get_entry(call)
    with action_errors(entry.title):
        result = await entry.runtime_data.async_sync(full=call.data[ATTR_FULL])
    return {
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "complete": result.complete,
    }


@dataclass(frozen=True, slots=True)
class _Period:
    """An account's calls with `since <= started_at < until`; times are UTC, None is no bound."""

    account: str
    since: datetime | None
    until: datetime | None


async def _check_stream(entry: TrunklineConfigEntry, stream: str | None) -> None:
    """Refuse a service that the account hasn't."""
    if stream is None:
        return
    known = await entry.runtime_data.account.streams()
    if stream not in known:
        raise misuse("unknown_service", account=entry.title, services=", ".join(known))


def _read(archive: Archive, period: _Period, wanted: Callable[[Call], bool], limit: int) -> list[Call]:
    """Return the newest calls that are wanted, reading little more of the archive than that takes."""
    return list(islice(filter(wanted, _newest_first(archive, period, limit)), limit))


def _newest_first(archive: Archive, period: _Period, size: int) -> Iterator[Call]:
    """Yield the calls of a period, newest first, by chunks that grow; the moment that ends a chunk is read again."""
    accounts = [period.account]
    until = period.until
    seen: set[str] = set()
    read = 0
    while True:
        chunk = archive.calls(accounts=accounts, since=period.since, until=until, limit=size)
        fresh = [call for call in chunk if call.call_id not in seen]
        read += len(fresh)
        yield from fresh
        if len(chunk) < size:
            break
        end = chunk[-1].started_at
        seen = {call.call_id for call in chunk if end is None or call.started_at == end}
        if end is not None:
            until = end + timedelta(microseconds=1)
        size = max(min(2 * size, CHUNK), len(seen) + 1)
    if period.since is None and period.until is None and until is not None:
        # Calls without a start come last of all, but a list that ends at a moment leaves them out.
        undated = archive.count(accounts=accounts) - read
        if undated > 0:
            yield from (call for call in archive.calls(accounts=accounts)[-undated:] if call.started_at is None)


def _is_wanted(
    call: Call, *, directions: frozenset[str], statuses: frozenset[str], number: str | None, region: str
) -> bool:
    return (
        (not directions or call.direction in directions)
        and (not statuses or call.status in statuses)
        and (number is None or any(_is_number(party, number, region) for party in (call.source, call.destination)))
    )


def _is_number(party: Party, number: str, region: str) -> bool:
    """Tell whether this is the party's number, whichever way either is written."""
    if party.number is None:
        return False
    full = e164(number, region)
    if full is not None and party.e164 is not None:
        return full == party.e164
    return trunk_id(party.number) == trunk_id(number)
