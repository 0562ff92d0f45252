"""The actions: place a call, read the archive, fetch what is new."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import voluptuous as vol
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RequestError,
    TrunklineError,
    UnsupportedError,
)
from trunkline.model import Call, Capability, Direction, Money, Party, Status
from trunkline.numbers import dial_digits, e164, trunk_id

from .const import DOMAIN
from .events import call_details

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from trunkline.archive import Archive

    from .coordinator import TrunklineConfigEntry

SERVICE_CLICK_TO_CALL: Final = "click_to_call"
SERVICE_GET_CALLS: Final = "get_calls"
SERVICE_SYNC_NOW: Final = "sync_now"

ATTR_CONFIG_ENTRY: Final = "config_entry"
ATTR_DIRECTION: Final = "direction"
ATTR_FROM: Final = "from"
ATTR_FULL: Final = "full"
ATTR_LIMIT: Final = "limit"
ATTR_NUMBER: Final = "number"
ATTR_REFRESH: Final = "refresh"
ATTR_SERVICE: Final = "service"
ATTR_SINCE: Final = "since"
ATTR_STATUS: Final = "status"
ATTR_TO: Final = "to"
ATTR_UNTIL: Final = "until"

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
CHUNK: Final = 5000

_NUMBER = re.compile(r"\+?[0-9]{2,20}", re.ASCII)
# YAML reads digits without quotes as a whole number, and after a leading zero as an octal one, which is a shorter one:
# a stranger's number. What still has so many digits has lost nothing.
_SHORTEST_UNQUOTED = 10

_ENTRY_SCHEMA: dict[vol.Marker, object] = {vol.Optional(ATTR_CONFIG_ENTRY): cv.string}
_TIME = vol.Any(datetime, date, cv.string)
_DIALLED = vol.Any(int, cv.string)

CLICK_TO_CALL_SCHEMA: Final = vol.Schema(
    {
        **_ENTRY_SCHEMA,
        vol.Required(ATTR_FROM): _DIALLED,
        vol.Required(ATTR_TO): _DIALLED,
        vol.Optional(ATTR_SERVICE): cv.string,
    }
)
GET_CALLS_SCHEMA: Final = vol.Schema(
    {
        **_ENTRY_SCHEMA,
        vol.Optional(ATTR_SINCE): _TIME,
        vol.Optional(ATTR_UNTIL): _TIME,
        vol.Optional(ATTR_DIRECTION): vol.All(cv.ensure_list, [vol.In([one.value for one in Direction])]),
        vol.Optional(ATTR_STATUS): vol.All(cv.ensure_list, [vol.In([one.value for one in Status])]),
        vol.Optional(ATTR_NUMBER): _DIALLED,
        vol.Optional(ATTR_LIMIT, default=DEFAULT_LIMIT): vol.All(vol.Coerce(int), vol.Range(min=1, max=MAX_LIMIT)),
        vol.Optional(ATTR_REFRESH, default=False): cv.boolean,
    }
)
SYNC_NOW_SCHEMA: Final = vol.Schema({**_ENTRY_SCHEMA, vol.Optional(ATTR_FULL, default=False): cv.boolean})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, once for all accounts."""
    register = hass.services.async_register
    register(
        DOMAIN,
        SERVICE_CLICK_TO_CALL,
        _async_click_to_call,
        schema=CLICK_TO_CALL_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    register(
        DOMAIN,
        SERVICE_GET_CALLS,
        _async_get_calls,
        schema=GET_CALLS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    register(
        DOMAIN,
        SERVICE_SYNC_NOW,
        _async_sync_now,
        schema=SYNC_NOW_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_click_to_call(call: ServiceCall) -> ServiceResponse:
    """Ring an extension, then the number, and tell what the provider said."""
    entry = _get_entry(call)
    coordinator = entry.runtime_data
    source = _number(call.data, ATTR_FROM)
    destination = _number(call.data, ATTR_TO)
    stream = call.data.get(ATTR_SERVICE)
    if not coordinator.account.supports(Capability.CLICK_TO_CALL):
        raise _misuse("unsupported", account=entry.title)
    await async_translated(entry, partial(_check_stream, entry, stream))
    placed = await async_translated(
        entry,
        partial(coordinator.async_place_call, source=source, destination=destination, stream=stream),
    )
    return {
        "request_id": placed.request_id,
        "status": placed.status,
        "charged": _amount(placed.charged),
        "remaining_credit": _amount(placed.remaining_credit),
        "currency": next((one.currency for one in (placed.charged, placed.remaining_credit) if one), None),
    }


async def _async_get_calls(call: ServiceCall) -> ServiceResponse:
    """Read calls of one account from the archive, newest first."""
    entry = _get_entry(call)
    coordinator = entry.runtime_data
    period = _Period(coordinator.account_key, _time(call.data, ATTR_SINCE), _time(call.data, ATTR_UNTIL))
    if period.since and period.until and period.since >= period.until:
        raise _misuse("empty_period")
    number = _number(call.data, ATTR_NUMBER) if ATTR_NUMBER in call.data else None
    wanted = partial(
        _is_wanted,
        directions=frozenset(call.data.get(ATTR_DIRECTION, ())),
        statuses=frozenset(call.data.get(ATTR_STATUS, ())),
        number=number,
        region=coordinator.account.info.country,
    )
    limit: int = call.data[ATTR_LIMIT]
    if call.data[ATTR_REFRESH]:
        await async_translated(entry, coordinator.async_sync)
    found = await async_translated(
        entry,
        partial(call.hass.async_add_executor_job, _read, coordinator.archive, period, wanted, limit + 1),
    )
    rows: list[JsonValueType] = [_row(one) for one in found[:limit]]
    return {"calls": rows, "count": len(rows), "more": len(found) > limit}


async def _async_sync_now(call: ServiceCall) -> ServiceResponse:
    """Fetch what is new, or all of it, and tell how much that was."""
    entry = _get_entry(call)
    result = await async_translated(entry, partial(entry.runtime_data.async_sync, full=call.data[ATTR_FULL]))
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


def _get_entry(call: ServiceCall) -> TrunklineConfigEntry:
    """Return the account that is meant; it may be left out where only one is loaded."""
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY)
    if entry_id is None:
        loaded: list[TrunklineConfigEntry] = [
            one for one in call.hass.config_entries.async_entries(DOMAIN) if one.state is ConfigEntryState.LOADED
        ]
        if not loaded:
            raise _misuse("no_account")
        if len(loaded) > 1:
            raise _misuse("several_accounts")
        return loaded[0]
    entry: TrunklineConfigEntry | None = call.hass.config_entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise _misuse("account_not_found")
    if entry.state is not ConfigEntryState.LOADED:
        raise _misuse("account_not_loaded", account=entry.title)
    return entry


async def _check_stream(entry: TrunklineConfigEntry, stream: str | None) -> None:
    """Refuse a service that the account hasn't."""
    if stream is None:
        return
    known = await entry.runtime_data.account.streams()
    if stream not in known:
        raise _misuse("unknown_service", account=entry.title, services=", ".join(known))


async def async_translated[T](entry: TrunklineConfigEntry, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work; what goes wrong becomes an error that Home Assistant shows in the person's language."""
    try:
        return await work()
    except UnsupportedError as error:
        raise _misuse("unsupported", account=entry.title) from error
    except TrunklineError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=_key_of(error),
            translation_placeholders={"account": entry.title, "error": str(error)},
        ) from error


def _key_of(error: TrunklineError) -> str:
    keys: dict[type[TrunklineError], str] = {
        OutcomeUnknownError: "call_outcome_unknown",
        AuthenticationError: "action_authentication",
        PermissionDeniedError: "action_not_permitted",
        RateLimitedError: "action_rate_limited",
        ConnectionFailedError: "action_unreachable",
        RequestError: "action_refused",
        DataError: "action_nonsense",
        ArchiveError: "action_archive",
    }
    return next((key for kind, key in keys.items() if isinstance(error, kind)), "action_provider")


def _misuse(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders or None
    )


def _number(data: Mapping[str, object], field: str) -> str:
    """Return a number as it is dialled. The message names the field and never the number."""
    value = data[field]
    if isinstance(value, int) and field != ATTR_FROM and len(str(value)) < _SHORTEST_UNQUOTED:
        raise _misuse("number_without_quotes", field=field)
    text = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in dial_digits(str(value))
    )
    if not _NUMBER.fullmatch(text):
        raise _misuse("invalid_number", field=field)
    return text


def _time(data: Mapping[str, object], field: str) -> datetime | None:
    """Return a point in time in UTC; without an offset it is Home Assistant's wall clock, a date its first moment."""
    value = data.get(field)
    if isinstance(value, str):
        try:
            value = dt_util.parse_datetime(value) or dt_util.parse_date(value)
        except ValueError:
            value = None
        if value is None:
            raise _misuse("invalid_time", field=field)
    if isinstance(value, datetime):
        return dt_util.as_utc(value)
    if isinstance(value, date):
        return dt_util.as_utc(dt_util.start_of_local_day(value))
    return None


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


def _row(call: Call) -> JsonObjectType:
    """Return a call as JSON: times as ISO 8601 in UTC, prices as exact text."""
    return {
        **call_details(call),
        "price_wait": _amount(call.price_wait),
        "price_talk": _amount(call.price_talk),
        "price_record": _amount(call.price_record),
        "price_saved": _amount(call.price_saved),
        "recorded": call.recording is not None,
        "note": call.note,
    }


def _amount(money: Money | None) -> str | None:
    return None if money is None else f"{money.amount:f}"
