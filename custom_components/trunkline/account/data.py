"""The data that an account's entities show."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from .collector import many_records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from trunkline.errors import PermissionDeniedError
    from trunkline.metrics import DayFigures, OpenMissed
    from trunkline.model import Agent, Call, Extension, Money, Plan, Queue, Service, Voicemail
    from trunkline.providers import Account

    from .figures import FiguresReader, TrunkData
    from .history import HistoryState, HistorySync
    from .inventory import InventoryReader, Resource
    from .missed import MissedCallers
    from .names import Names
    from .stale_days import StaleDays
    from .sync import AccountSync
    from .tasks import Offload
    from .ticks import TickStore


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountData:
    """What is known of an account at one moment. Times are UTC; days and months are those of the account's zone.

    None is what is not known, or what the provider doesn't have.
    """

    midnight: datetime
    """When today began."""
    month_start: datetime
    today: DayFigures
    """With pushed calls that the list has not confirmed yet. The costs are without them."""
    cost_today: Money | None
    cost_month: Money | None
    """None also while the history is being read."""
    open_missed: OpenMissed
    """The missed calls that nobody has returned or ticked off."""
    missed_callers: MissedCallers
    """Those who made these calls, and those who were ticked off."""
    last_call: Call | None
    """The call that ended last."""
    last_call_confirmed: bool
    """Whether the call list has the last call; if not, it was pushed, and waits for the list."""
    currency: str
    """The currency of the credit, where the provider states one, else the account's (ISO 4217)."""
    trunks: Mapping[str, TrunkData]
    """The last known trunks, by trunk id."""
    trunks_listed: bool
    """Whether the provider listed its trunks the last time."""
    services: tuple[Service, ...]
    extensions: tuple[Extension, ...]
    plans: Mapping[str, Plan] | None
    """By plan id."""
    voicemails: tuple[Voicemail, ...] | None
    queues: tuple[Queue, ...] | None
    agents: tuple[Agent, ...] | None
    """Who takes the calls of the queues."""
    denied: Mapping[Resource, PermissionDeniedError]
    """What the credentials may not read."""
    history: HistoryState
    last_sync: datetime | None
    requests_today: int
    unreadable: int = 0
    """How many rows of the call lists can't be read, and are kept aside."""


class DataReader:
    """Puts the data of one account together: figures from the archive, and what was synced last."""

    def __init__(
        self,
        account: Account,
        *,
        figures: FiguresReader,
        inventory: InventoryReader,
        history: HistorySync,
        sync: AccountSync,
        stale_days: StaleDays,
        names: Names,
        ticks: TickStore,
        offload: Offload,
        clock: Callable[[], float],
    ) -> None:
        """Read nothing yet. `clock` returns seconds."""
        self._account = account
        self._figures = figures
        self._inventory = inventory
        self._history = history
        self._sync = sync
        self._stale_days = stale_days
        self._names = names
        self._ticks = ticks
        self._offload = offload
        self._clock = clock
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._requests_before_today = 0

    def age(self) -> float:
        """Return how many seconds ago the last reading began."""
        return self._clock() - self._read_at

    def start_day(self) -> None:
        """Count the requests of today from now on."""
        self._requests_before_today = self._account.requests

    async def read(self) -> AccountData:
        """Return the data of this moment; raises `ArchiveError`."""
        async with self._lock:
            self._read_at = self._clock()
            self._figures.forget(self._stale_days.take())
            await self._names.async_refresh()
            trunks = self._sync.trunks
            currencies = {trunk.credit.currency for trunk in trunks if trunk.credit is not None}
            currency = currencies.pop() if len(currencies) == 1 else self._account.currency
            read = partial(
                self._figures.read,
                dt_util.utcnow(),
                trunks,
                history_complete=self._history.state.complete,
                currency=currency,
                ticks=self._ticks.until,
            )
            with many_records():
                figures = await self._offload(read)
        inventory = self._inventory.last
        named = self._names.named
        return AccountData(
            midnight=figures.midnight,
            month_start=figures.month_start,
            today=figures.today,
            cost_today=figures.cost_today,
            cost_month=figures.cost_month,
            open_missed=replace(figures.open_missed, calls=tuple(map(named, figures.open_missed.calls))),
            missed_callers=figures.missed_callers.named(self._names),
            last_call=None if figures.last_call is None else named(figures.last_call),
            last_call_confirmed=figures.last_call_confirmed,
            currency=currency,
            trunks=figures.trunks,
            trunks_listed=inventory.trunks is not None,
            services=inventory.services,
            extensions=inventory.extensions,
            plans=None if inventory.plans is None else {plan.plan_id: plan for plan in inventory.plans},
            voicemails=inventory.voicemails,
            queues=inventory.queues,
            agents=inventory.agents,
            denied=dict(self._inventory.denied),
            history=self._history.state,
            last_sync=self._sync.last_sync,
            requests_today=self._account.requests - self._requests_before_today,
            unreadable=figures.unreadable,
        )
