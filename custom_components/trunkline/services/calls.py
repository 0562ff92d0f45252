"""The actions for calls: place a call, read calls from the archive, sync now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import voluptuous as vol
from homeassistant.core import SupportsResponse
from homeassistant.helpers import config_validation as cv

from trunkline.model import Capability, Direction, Status

from ..account.archive_damage import damage_reported
from ..account.events import other_end
from ..account.parties import is_number
from ..errors import action_errors
from .fields import (
    ATTR_LIMIT,
    ATTR_SINCE,
    ATTR_UNTIL,
    CALL_TIMES,
    DEFAULT_LIMIT,
    ENTRY,
    LIMIT,
    NUMBER,
    TEXT,
    TIME,
    Field,
    check_period,
    parse_caller_id,
    parse_extension,
    parse_number,
    parse_text,
    parse_time,
    text_field,
)
from .recording import ATTR_CALL_ID, GET_RECORDING_SCHEMA, async_get_recording
from .responses import call_response, placed_call_response
from .target import async_check_may_see_calls, check_fields, check_support, get_entry, validation_error

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from typing import Any

    from homeassistant.core import ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonValueType

    from trunkline.archive import Archive
    from trunkline.model import Call

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

# Not every provider has these.
_OPTIONS: Final = (
    *CALL_TIMES,
    Field(name="caller_id", validator=NUMBER, parse=parse_caller_id),
    text_field("trunk"),
    text_field("context"),
)
_CLICK_TO_CALL_SCHEMA: Final = vol.Schema(
    {
        **ENTRY,
        vol.Required(ATTR_FROM): NUMBER,
        vol.Optional(ATTR_TO): NUMBER,
        vol.Optional(ATTR_CALL_ID): TEXT,
        vol.Optional(ATTR_SERVICE): cv.string,
        **{field.marker: field.validator for field in _OPTIONS},
    }
)
_GET_CALLS_SCHEMA: Final = vol.Schema(
    {
        **ENTRY,
        vol.Optional(ATTR_SINCE): TIME,
        vol.Optional(ATTR_UNTIL): TIME,
        vol.Optional(ATTR_DIRECTION): vol.All(cv.ensure_list, [vol.In([direction.value for direction in Direction])]),
        vol.Optional(ATTR_STATUS): vol.All(cv.ensure_list, [vol.In([status.value for status in Status])]),
        vol.Optional(ATTR_NUMBER): NUMBER,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): LIMIT,
        vol.Optional(ATTR_REFRESH, default=False): cv.boolean,
    }
)
_SYNC_NOW_SCHEMA: Final = vol.Schema({**ENTRY, vol.Optional(ATTR_FULL, default=False): cv.boolean})


async def async_click_to_call(call: ServiceCall) -> ServiceResponse:
    """Ring an extension, then call the number; return the provider's reply."""
    entry = get_entry(call)
    runtime = entry.runtime_data
    source = parse_extension(call.data, ATTR_FROM)
    if (ATTR_TO in call.data) is (ATTR_CALL_ID in call.data):
        raise validation_error("number_or_call")
    stream = call.data.get(ATTR_SERVICE)
    options = {field.parameter: field.parse(call.data, field.name) for field in _OPTIONS if field.name in call.data}
    check_support(entry, Capability.CLICK_TO_CALL)
    check_fields(entry, Capability.CLICK_TO_CALL, _OPTIONS, call.data)
    destination = await _destination(call, entry)
    with action_errors(entry.title):
        await _check_stream(entry, stream)
        placed = await runtime.requests.async_place_call(
            source=source, destination=destination, stream=stream, **options
        )
    return placed_call_response(placed)


async def _destination(call: ServiceCall, entry: TrunklineConfigEntry) -> str:
    """Return the number to call: the given one, or that of the other end of an earlier call."""
    if ATTR_TO in call.data:
        return parse_number(call.data, ATTR_TO)
    call_id = parse_text(call.data, ATTR_CALL_ID)
    with action_errors(entry.title), damage_reported(call.hass):
        earlier = await entry.runtime_data.files.async_call(call_id)
    party = other_end(earlier)
    number = party.e164 or party.number
    if not number:
        raise validation_error("number_withheld")
    return parse_number({ATTR_CALL_ID: number}, ATTR_CALL_ID)


async def async_get_calls(call: ServiceCall) -> ServiceResponse:
    """Read calls of one account from the archive, those that ended last first."""
    entry = get_entry(call)
    await async_check_may_see_calls(call, entry)
    runtime = entry.runtime_data
    period = _Period(runtime.account_key, parse_time(call.data, ATTR_SINCE), parse_time(call.data, ATTR_UNTIL))
    check_period(period.since, period.until)
    matches = partial(
        _matches,
        directions=frozenset(call.data.get(ATTR_DIRECTION, ())),
        statuses=frozenset(call.data.get(ATTR_STATUS, ())),
        number=parse_number(call.data, ATTR_NUMBER) if ATTR_NUMBER in call.data else None,
        region=runtime.account.info.country,
    )
    limit: int = call.data[ATTR_LIMIT]
    with action_errors(entry.title), damage_reported(call.hass):
        if call.data[ATTR_REFRESH]:
            await runtime.async_sync()
        found = await call.hass.async_add_executor_job(_read, runtime.archive, period, matches, limit + 1)
    calls: list[JsonValueType] = [call_response(runtime.names.named(one)) for one in found[:limit]]
    return {"calls": calls, "count": len(calls), "more": len(found) > limit}


async def async_sync_now(call: ServiceCall) -> ServiceResponse:
    """Fetch new calls, or all calls again; return how many there were."""
    entry = get_entry(call)
    with action_errors(entry.title), damage_reported(call.hass):
        result = await entry.runtime_data.async_sync(full=call.data[ATTR_FULL])
    return {
        "new": result.new,
        "changed": result.changed,
        "unchanged": result.unchanged,
        "complete": result.complete,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAction:
    """An action about calls: its name, its data, and the function that runs it."""

    name: str
    async_run: Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]
    schema: vol.Schema
    supports_response: SupportsResponse


CALL_ACTIONS: Final = (
    CallAction(
        name="click_to_call",
        async_run=async_click_to_call,
        schema=_CLICK_TO_CALL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    ),
    CallAction(
        name="get_calls",
        async_run=async_get_calls,
        schema=_GET_CALLS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    ),
    CallAction(
        name="get_recording",
        async_run=async_get_recording,
        schema=GET_RECORDING_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    ),
    CallAction(
        name="sync_now",
        async_run=async_sync_now,
        schema=_SYNC_NOW_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    ),
)


@dataclass(frozen=True, slots=True)
class _Period:
    """The calls of an account with `since <= started_at < until`; times are UTC, None is no bound."""

    account: str
    since: datetime | None
    until: datetime | None


async def _check_stream(entry: TrunklineConfigEntry, stream: str | None) -> None:
    """Raise a `ServiceValidationError` for a service that the account doesn't have."""
    if stream is None:
        return
    known = await entry.runtime_data.account.streams()
    if stream not in known:
        raise validation_error("unknown_service", account=entry.title, services=", ".join(known))


def _read(archive: Archive, period: _Period, matches: Callable[[Call], bool], limit: int) -> list[Call]:
    """Return the calls that ended last and match, without reading much more of the archive than needed."""
    found = list(islice(filter(matches, _newest_first(archive, period, limit)), limit))
    if len(found) == limit and (start := found[-1].started_at) is not None:
        # A call that started earlier may have ended later.
        known = {call.call_id for call in found}
        longer = archive.calls_under_way(period.account, start + timedelta(microseconds=1))
        found += [
            call
            for call in longer
            if call.call_id not in known
            and (period.since is None or (call.started_at is not None and call.started_at >= period.since))
            and matches(call)
        ]
    return sorted(found, key=_end, reverse=True)[:limit]


def _end(call: Call) -> tuple[datetime, str]:
    """Return what calls are ordered by; those without a time come last."""
    return call.finished_at or datetime.min.replace(tzinfo=UTC), call.call_id


def _newest_first(archive: Archive, period: _Period, size: int) -> Iterator[Call]:
    """Yield the calls of a period, newest first.

    They are read in growing chunks. Each chunk starts at the moment at which the one before ended, because several
    calls may have started then.
    """
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
        # Calls without a start are the last ones, but a chunk with an end leaves them out.
        undated = archive.count(accounts=accounts) - read
        if undated > 0:
            yield from (call for call in archive.calls(accounts=accounts)[-undated:] if call.started_at is None)


def _matches(
    call: Call, *, directions: frozenset[str], statuses: frozenset[str], number: str | None, region: str
) -> bool:
    return (
        (not directions or call.direction in directions)
        and (not statuses or call.status in statuses)
        and (number is None or any(is_number(party, number, region) for party in (call.source, call.destination)))
    )
