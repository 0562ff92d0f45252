"""The figures behind answers, from accounts and the archive: the credit of lines, who called, what calls cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from homeassistant.util import dt as dt_util

from trunkline import inert
from trunkline.model import Direction, Money, Status

from ..account.archive_damage import damage_reported
from ..account.naming import ending
from ..entity import display_unit_of
from ..errors import action_errors
from .language import Amount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive, HourCost
    from trunkline.model import Call, Party

    from ..account.figures import TrunkData
    from ..runtime import TrunklineConfigEntry

LONGEST_NAME: Final = 60
MOST_CALLS: Final = 5000


@dataclass(frozen=True, slots=True)
class LineCredit:
    """The credit of a line. `line` are the last digits of its number, None where the account has no other line.

    `until` is the day up to which it is expected to last, or on which it expires (`expires`).
    """

    line: str | None
    amount: Amount
    until: date | None = None
    expires: bool = False


@dataclass(frozen=True, slots=True)
class AccountCredit:
    """The credit of an account's lines; without lines the provider states none."""

    account: str
    reachable: bool
    lines: tuple[LineCredit, ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who called: the name and the number, None where unknown. `last` is the local start of the last call."""

    name: str | None = field(repr=False)
    number: str | None = field(repr=False)
    calls: int
    last: datetime


@dataclass(frozen=True, slots=True)
class AccountCallers:
    """Who called an account in a period, those who called last first."""

    account: str
    missed: tuple[Caller, ...]
    answered: tuple[Caller, ...]
    unknown: tuple[Caller, ...] = ()
    """Callers of calls whose outcome the provider doesn't state."""


@dataclass(frozen=True, slots=True)
class AccountCost:
    """What an account's calls cost in a period, an amount for each currency; none if no call has a price.

    `stated` says whether the provider states prices at all, `unpriced` that the price of some calls isn't known, and
    `complete` that all calls of the account have been read.
    """

    account: str
    amounts: tuple[Amount, ...] = ()
    stated: bool = True
    unpriced: bool = False
    complete: bool = True


def credit_of(entry: TrunklineConfigEntry) -> AccountCredit:
    """Return the credit of an account's lines, as it was read last."""
    coordinator = entry.runtime_data.coordinator
    trunks = [trunk_data for _, trunk_data in sorted(coordinator.data.trunks.items())]
    numbers = [data.trunk.number or data.trunk.trunk_id for data in trunks] if len(trunks) > 1 else []
    lines = [_line_credit(entry, data, data.trunk.credit, numbers) for data in trunks if data.trunk.credit is not None]
    return AccountCredit(inert.plain(entry.title), coordinator.last_update_success, tuple(lines))


def _line_credit(entry: TrunklineConfigEntry, data: TrunkData, credit: Money, numbers: Sequence[str]) -> LineCredit:
    trunk, run_out, zone = data.trunk, data.run_out, entry.runtime_data.account.zone
    expires = run_out.expires_first if run_out else trunk.credit_expires_at is not None
    until = trunk.credit_expires_at if expires else run_out.at if run_out else None
    return LineCredit(
        inert.plain(ending(trunk.number or trunk.trunk_id, numbers)) if numbers else None,
        amount_of(entry, credit),
        until.astimezone(zone).date() if until else None,
        expires,
    )


async def async_callers_of(
    hass: HomeAssistant, entry: TrunklineConfigEntry, since: datetime, until: datetime
) -> AccountCallers:
    """Return who called an account; raises a translated `HomeAssistantError` if the archive can't be read."""
    calls = await async_read_incoming(hass, entry, since, until)
    groups: dict[Status | None, list[Call]] = {}
    for call in calls:
        known = call.status in {Status.ANSWERED, Status.UNKNOWN}
        groups.setdefault(call.status if known else None, []).append(call)
    missed, answered, unknown = (
        _callers(groups.get(group, ()), entry.runtime_data.names.of)
        for group in (None, Status.ANSWERED, Status.UNKNOWN)
    )
    return AccountCallers(inert.plain(entry.title), missed, answered, unknown)


async def async_read_incoming(
    hass: HomeAssistant, entry: TrunklineConfigEntry, since: datetime, until: datetime
) -> list[Call]:
    """Return the incoming calls of a period, newest first, also pushed ones that the list doesn't have yet."""
    runtime = entry.runtime_data
    with action_errors(entry.title), damage_reported(hass):
        archived = await hass.async_add_executor_job(_read_calls, runtime.archive, runtime.account_key, since, until)
    known = {call.call_id for call in archived}
    pushed = [waiting.call for waiting in runtime.provisional.waiting.values() if waiting.call.call_id not in known]
    incoming = [
        call
        for call in (*pushed, *archived)
        if call.direction == Direction.INCOMING and call.started_at is not None and since <= call.started_at < until
    ]
    return sorted(incoming, key=lambda call: (call.started_at or since, call.call_id), reverse=True)


def _read_calls(archive: Archive, account: str, since: datetime, until: datetime) -> list[Call]:
    return archive.calls(accounts=[account], since=since, until=until, limit=MOST_CALLS)


def _callers(calls: Iterable[Call], name_of: Callable[[Party], str | None]) -> tuple[Caller, ...]:
    """Return each number once; `calls` are sorted, newest first. Each call of a withheld number counts by itself."""
    rows: dict[str, list[Call]] = {}
    for call in calls:
        rows.setdefault(call.source.e164 or call.source.number or f" {call.call_id}", []).append(call)
    return tuple(_caller(of_number, name_of) for of_number in rows.values())


def _caller(calls: Sequence[Call], name_of: Callable[[Party], str | None]) -> Caller:
    names = (name_of(call.source) for call in calls)
    name = next((name for name in names if name), None)
    source, last = calls[0].source, calls[0].started_at or dt_util.utcnow()
    number = source.e164 or source.number
    return Caller(
        inert.plain(name, LONGEST_NAME) if name else None,
        inert.plain(number, LONGEST_NAME) if number else None,
        len(calls),
        dt_util.as_local(last),
    )


async def async_cost_of(
    hass: HomeAssistant, entry: TrunklineConfigEntry, first: date, end: date | None = None
) -> AccountCost:
    """Return what an account's calls cost from the day `first` to before `end`, by default until now.

    Days are those of the account's zone. Raises a translated `HomeAssistantError` if the archive can't be read.
    """
    runtime = entry.runtime_data
    title = inert.plain(entry.title)
    if not runtime.account.info.prices:
        return AccountCost(title, stated=False)
    zone = runtime.account.zone
    since = datetime.combine(first, time(), zone).astimezone(UTC)
    until = datetime.combine(end, time(), zone).astimezone(UTC) if end else dt_util.utcnow() + timedelta(days=1)
    with action_errors(entry.title), damage_reported(hass):
        hours = await hass.async_add_executor_job(_read_costs, runtime.archive, runtime.account_key, since, until)
    data = runtime.coordinator.data
    costs = sum_costs(hours)
    if not hours:
        costs = {data.currency: Money(Decimal(0), data.currency)}
    return AccountCost(
        title,
        tuple(amount_of(entry, costs[currency]) for currency in sorted(costs)),
        unpriced=any(hour.cost is None for hour in hours),
        complete=data.history.complete,
    )


def _read_costs(archive: Archive, account: str, since: datetime, until: datetime) -> list[HourCost]:
    return archive.costs_by_hour(account, since=since, until=until)


def sum_costs(hours: Iterable[HourCost]) -> Mapping[str, Money]:
    """Return the costs by currency; no two currencies are ever added."""
    costs: dict[str, Money] = {}
    for hour in hours:
        if hour.cost is not None:
            currency = hour.cost.currency
            costs[currency] = costs[currency] + hour.cost if currency in costs else hour.cost
    return costs


def amount_of(entry: TrunklineConfigEntry, money: Money) -> Amount:
    """Return an amount in the unit that the user chose; one of another currency than the account's stays in its own."""
    unit = display_unit_of(entry.runtime_data)
    value = unit.amount(money)
    return Amount(money.amount, money.currency) if value is None else Amount(value, unit.code, unit.digits)
