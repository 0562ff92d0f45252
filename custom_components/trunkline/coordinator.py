"""Keeps one account up to date: polls it, syncs its calls into the archive, and tells the entities what changed."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_call_later, async_track_point_in_utc_time
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from trunkline.errors import (
    ArchiveError,
    AuthenticationError,
    PermissionDeniedError,
    RateLimitedError,
    TrunklineError,
)

from .account.archive import archive_holder
from .account.call_limit import CallGuard
from .account.collector import many_records
from .account.data import AccountData
from .account.devices import trunk_of
from .account.events import call_attributes
from .account.figures import FigureBook
from .account.history import CallSync, HistoryState, is_whole
from .account.identity import known_key
from .account.inventory import CreditMemory, EquipmentReader, Part
from .account.repairs import async_report_denied, async_update_issues
from .const import (
    CONF_CALLS_PER_HOUR,
    CONF_POLL_INTERVAL,
    DEFAULT_CALLS_PER_HOUR,
    DEFAULT_POLL_INTERVAL,
    DOMAIN,
    EVENT_CALL,
    LOGGER,
    PUSHED_POLL_INTERVAL,
)
from .errors import update_failure
from .push.health import PushHealth, ended_at
from .push.live_events import LineEvents

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
    from datetime import date

    from homeassistant.core import HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import Call, PlacedCall, Trunk
    from trunkline.providers import Account
    from trunkline.sync import SyncResult

    from .account.figures import Figures

type TrunklineConfigEntry = ConfigEntry[TrunklineCoordinator]
type CallListener = Callable[[Call, bool], None]

# After a call was placed, in seconds: it rings, it ends, it is charged.
LOOK_AFTER_CALL = (5, 20, 60, 180)
# While a long history is read, the figures follow it this often, in seconds.
FIGURES_INTERVAL = 10.0
# While pushes come in, what is counted of them is shown this often, in seconds: there may be many of them a second.
PUSH_INTERVAL = 5.0
# How far back a price may still be corrected without the sync saying where.
CORRECTED_DAYS = 3


class TrunklineCoordinator(DataUpdateCoordinator[AccountData]):
    """One account: its client, its place in the archive, its guard and the health of its push."""

    config_entry: TrunklineConfigEntry

    def __init__(self, hass: HomeAssistant, entry: TrunklineConfigEntry, account: Account, archive: Archive) -> None:
        """Prepare; nothing is sent or read yet."""
        self._poll_interval = timedelta(seconds=entry.options.get(CONF_POLL_INTERVAL, DEFAULT_POLL_INTERVAL))
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=self._poll_interval,
        )
        self.account = account
        self.archive = archive
        self.account_key: str = entry.unique_id or ""
        self.device_id = ""
        self.guard = CallGuard(hass.loop.time, entry.options.get(CONF_CALLS_PER_HOUR, DEFAULT_CALLS_PER_HOUR))
        self.push = PushHealth(whole=account.push_is_whole, on_change=self._async_push_changed)
        self._push_shown = self.push.state
        self._push_unshown = False
        self._push_timer: CALLBACK_TYPE | None = None
        self.lines = LineEvents(self)
        self._calls = CallSync(
            account,
            archive,
            offload=hass.async_add_executor_job,
            spawn=self._spawn,
            recent=self._recent,
            on_new=self._async_found,
            on_page=self._async_page_read,
            on_result=self._async_synced,
        )
        self._book = FigureBook(
            archive,
            self.account_key,
            zone=account.zone,
            currency=account.currency,
            country=account.info.country,
            prices=account.info.prices,
        )
        self.equipment = EquipmentReader(account, hass.loop.time)
        self._credits = CreditMemory(archive, self.account_key)
        self._trunks_now: tuple[Trunk, ...] = ()
        self._equipment_is_fresh = False
        self._met = False
        self._stale: set[date] = set()
        self._everything_stale = False
        self._figures_at = 0.0
        self._figures_lock = asyncio.Lock()
        self._equipment_lock = asyncio.Lock()
        self._figures_due = False
        self._figures_task: asyncio.Task[None] | None = None
        self._last_sync: datetime | None = None
        self._requests_before = 0
        self._pending: list[Call] = []
        self._call_listeners: list[CallListener] = []
        self._watching_since = dt_util.utcnow()
        self._was_down = False
        self._not_before: datetime | None = None
        self._polling = False
        self._started = False
        self._stopped = False
        self._timers: set[CALLBACK_TYPE] = set()
        self._midnight: CALLBACK_TYPE | None = None

    # --- life ---------------------------------------------------------------------------------------------------------

    @callback
    def async_start(self) -> None:
        """Begin to look for calls, once the entities are there to hear of them."""
        self._started = True
        self._equipment_is_fresh = True
        self._track_midnight()
        self._spawn(self.async_refresh())

    @override
    async def async_shutdown(self) -> None:
        """Stop whatever is under way and give back the archive."""
        if self._stopped:
            return
        self._stopped = True
        await super().async_shutdown()
        for cancel in (*self._timers, self._midnight, self._push_timer):
            if cancel is not None:
                cancel()
        self._timers.clear()
        await self._calls.stop()
        if self._figures_task is not None:
            self._figures_task.cancel()
            await asyncio.wait({self._figures_task})
        await self.account.close()
        await archive_holder(self.hass).release()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(
            self.hass, work, f"{DOMAIN} {self.config_entry.entry_id}", eager_start=False
        )

    # --- polling ------------------------------------------------------------------------------------------------------

    @override
    async def _async_update_data(self) -> AccountData:
        """Read the credit, look for new calls, and work out the figures."""
        self._polling = True
        part = Part.SERVICES
        try:
            self._wait_as_told()
            await self._async_read_equipment()
            part = Part.CALLS
            if self._started:
                await self._calls.poll()
                self._last_sync = dt_util.utcnow()
            return await self._async_read_data()
        except TrunklineError as error:
            self._was_down = True
            if isinstance(error, RateLimitedError) and error.retry_after and not self._not_before:
                self._not_before = dt_util.utcnow() + timedelta(seconds=error.retry_after)
            if isinstance(error, PermissionDeniedError):
                async_report_denied(self, part, error)
            raise update_failure(error, self.config_entry.title) from error
        finally:
            self._polling = False

    def _wait_as_told(self) -> None:
        """Send nothing before the time that the provider asked for; older Home Assistants poll on regardless."""
        if self._not_before is None:
            return
        wait = (self._not_before - dt_util.utcnow()).total_seconds()
        if wait > 0:
            msg = f"{self.account.info.name} asked for fewer requests"
            raise RateLimitedError(msg, retry_after=wait)
        self._not_before = None

    async def _async_read_equipment(self, *, everything: bool = False) -> None:
        """Read what is due beside the calls, one reading at a time: a poll and an action may want it at once."""
        async with self._equipment_lock:
            if self._equipment_is_fresh:
                self._equipment_is_fresh = False
                return
            told = await self.equipment.read(everything=everything)
            key = await known_key(self.account, [self.account_key], services=told.services, moved=True)
            if key != self.account_key:
                raise ConfigEntryError(
                    translation_domain=DOMAIN,
                    translation_key="other_account",
                    translation_placeholders={"account": self.config_entry.title},
                )
            if not self._met:
                await self._async_meet()
                self._met = True
            if told.trunks is not None:
                self._trunks_now = await self.hass.async_add_executor_job(
                    self._credits.record, told.trunks, self.account.billing
                )
                self._remove_gone({trunk.trunk_id for trunk in told.trunks})

    async def _async_meet(self) -> None:
        """Enter the account in the archive, and find out whether an earlier run has read its whole history."""
        title = (await self.account.identity()).title
        await self.hass.async_add_executor_job(self._register, title)
        known = [
            await self.hass.async_add_executor_job(self.archive.coverage, self.account_key, stream)
            for stream in await self.account.streams()
        ]
        self._calls.history = HistoryState(complete=bool(known) and all(is_whole(one) for one in known))

    def _register(self, title: str) -> None:
        if all(one.account != self.account_key for one in self.archive.accounts()):
            self.archive.register(
                self.account_key,
                provider=self.account.info.provider_id,
                title=title,
                zone=self.account.zone.key,
                currency=self.account.currency,
            )

    def _trunks(self) -> tuple[Trunk, ...]:
        return self._trunks_now

    @property
    def currency(self) -> str:
        """The currency that the provider states with the credit, else the account's."""
        told = {trunk.credit.currency for trunk in self._trunks_now if trunk.credit is not None}
        return told.pop() if len(told) == 1 else self.account.currency

    def _remove_gone(self, trunk_ids: set[str]) -> None:
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(registry, self.config_entry.entry_id):
            trunk_id = trunk_of(device.identifiers, self.account_key)
            if trunk_id is not None and trunk_id not in trunk_ids:
                registry.async_remove_device(device.id)

    @override
    def _async_refresh_finished(self) -> None:
        if self.last_update_success and self._was_down:
            self._was_down = False
            self._watching_since = dt_util.utcnow()

    @callback
    def _async_push_changed(self) -> None:
        slow = max(self._poll_interval, PUSHED_POLL_INTERVAL)
        self.update_interval = slow if self.push.trusted_since else self._poll_interval
        if not self._started or self._stopped:
            return
        if self._push_timer is None or self.push.state is not self._push_shown:
            self._show_push()
        else:
            self._push_unshown = True

    def _show_push(self) -> None:
        """Show what is counted of the push, and again after a while if more has come by then."""
        self._push_shown, self._push_unshown = self.push.state, False
        if self._push_timer is None:
            self._push_timer = async_call_later(self.hass, PUSH_INTERVAL, self._async_pause_over)
        self.async_update_listeners()

    @callback
    def _async_pause_over(self, _now: datetime) -> None:
        self._push_timer = None
        if self._push_unshown:
            self._show_push()

    # --- figures ------------------------------------------------------------------------------------------------------

    async def _async_read_data(self) -> AccountData:
        """Work out the figures of this moment; raises `ArchiveError`."""
        async with self._figures_lock:
            self._figures_at = self.hass.loop.time()
            everything, self._everything_stale = self._everything_stale, False
            days, self._stale = self._stale, set()
            self._book.forget(None if everything else days)
            read = partial(
                self._book.read,
                dt_util.utcnow(),
                self._trunks(),
                history_complete=self._calls.history.complete,
                currency=self.currency,
            )
            with many_records():
                return self._data(await self.hass.async_add_executor_job(read))

    def _data(self, figures: Figures) -> AccountData:
        return AccountData(
            figures=figures,
            equipment=self.equipment.last,
            last_sync=self._last_sync,
            requests_today=self.account.requests - self._requests_before,
            history=self._calls.history,
        )

    @callback
    def _async_page_read(self) -> None:
        """Let the figures follow a history that is being read in the background."""
        if self._polling or self._stopped or not self._started:
            return
        if self._calls.history.running and self.hass.loop.time() - self._figures_at < FIGURES_INTERVAL:
            return
        self._async_publish_soon()

    @callback
    def _async_publish_soon(self) -> None:
        self._figures_due = True
        if self._figures_task is None or self._figures_task.done():
            self._figures_task = self._spawn(self._async_publish())

    async def _async_publish(self) -> None:
        """Show new figures without touching what is known of the provider's health."""
        while self._figures_due:
            self._figures_due = False
            try:
                self.data = await self._async_read_data()
            except ArchiveError as error:
                # The next poll meets it too, and says so once.
                LOGGER.debug("%s: the figures could not be read: %s", self.config_entry.title, error)
                return
            self.async_update_listeners()

    def _track_midnight(self) -> None:
        today = dt_util.utcnow().astimezone(self.account.zone).date()
        midnight = datetime.combine(today + timedelta(days=1), time(), self.account.zone)
        self._midnight = async_track_point_in_utc_time(self.hass, self._async_new_day, dt_util.as_utc(midnight))

    @callback
    def _async_new_day(self, _now: datetime) -> None:
        self._requests_before = self.account.requests
        self._track_midnight()
        self._async_publish_soon()

    # --- calls --------------------------------------------------------------------------------------------------------

    def _recent(self) -> datetime:
        """Return the moment from which calls are read before the history: yesterday's midnight, or the last event's."""
        now = dt_util.utcnow()
        day = now.astimezone(self.account.zone).date() - timedelta(days=1)
        return dt_util.as_utc(datetime.combine(day, time(), self.account.zone))

    @callback
    def _async_found(self, calls: Sequence[Call]) -> None:
        """Take calls that a sync has found and nobody had pushed."""
        self._take(calls)
        self.push.was_polled(calls)

    @callback
    def _async_synced(self, result: SyncResult, full: bool) -> None:  # noqa: FBT001  (the callback's signature)
        """Read the days again in which a run may have corrected calls."""
        if not result.changed:
            return
        if full:
            self._everything_stale = True
        today = dt_util.utcnow().astimezone(self.account.zone).date()
        self._stale.update(today - timedelta(days=back) for back in range(CORRECTED_DAYS))

    def _take(self, calls: Iterable[Call]) -> None:
        """Remember whose day has changed and which calls an event is due for."""
        for call in calls:
            if call.started_at is not None:
                self._stale.add(call.started_at.astimezone(self.account.zone).date())
            moment = ended_at(call)
            # What happened before the account was set up here is history, not an event.
            if moment is not None and moment >= self.config_entry.created_at:
                self._pending.append(call)

    async def async_ingest(self, call: Call) -> bool:
        """Store a call that was pushed and show it; return whether it was new. Raises `ArchiveError`."""
        stored = await self.hass.async_add_executor_job(self.archive.store, [call])
        self._take(stored.new)
        self._stale.update(
            one.started_at.astimezone(self.account.zone).date() for one in stored.changed if one.started_at
        )
        if stored.new or stored.changed:
            self._figures_due = True
            await self._async_publish()
        return bool(stored.new)

    async def async_sync(self, *, full: bool = False) -> SyncResult:
        """Bring in what is missing, or read everything again, and the credit too. Raises `TrunklineError`."""
        with self._reauth_if_refused():
            result = await self._calls.run(full=full)
            self._last_sync = dt_util.utcnow()
            await self._async_read_equipment(everything=True)
            self._figures_due = True
            await self._async_publish()
        return result

    async def async_place_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring `source`, then `destination`, if the guard lets it; raises `TrunklineError`. Never repeated."""
        return await self.async_place(
            partial(self.account.click_to_call, source=source, destination=destination, stream=stream)
        )

    async def async_place(self, place: Callable[[], Awaitable[PlacedCall]]) -> PlacedCall:
        """Ask once for something that costs money, if the guard lets it; raises `TrunklineError`. Never repeated."""
        self.guard.take()
        try:
            # What the reply says of the credit, the account says of its lines at the next look.
            return await self.async_ask(place)
        finally:
            # Also after an error: where the outcome is unknown, the call list is what tells.
            for delay in LOOK_AFTER_CALL:
                self._refresh_in(delay)

    async def async_ask[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """Do what an action wants of the account; refused credentials are asked for anew. Raises `TrunklineError`."""
        with self._reauth_if_refused():
            return await work()

    @contextmanager
    def _reauth_if_refused(self) -> Iterator[None]:
        try:
            yield
        except AuthenticationError:
            self.config_entry.async_start_reauth(self.hass)
            raise

    def _refresh_in(self, delay: float) -> None:
        @callback
        def refresh(_now: datetime) -> None:
            self._timers.discard(cancel)
            self._spawn(self.async_request_refresh())

        cancel = async_call_later(self.hass, delay, refresh)
        self._timers.add(cancel)

    # --- events -------------------------------------------------------------------------------------------------------

    @callback
    def async_add_call_listener(self, listener: CallListener) -> CALLBACK_TYPE:
        """Call `listener(call, backfilled)` for each new call, oldest first, until the returned function is called."""
        self._call_listeners.append(listener)
        return partial(self._call_listeners.remove, listener)

    @override
    @callback
    def async_update_listeners(self) -> None:
        """Tell the entities of new data, then of new calls; while the provider is down, calls wait."""
        super().async_update_listeners()
        if self.last_update_success:
            async_update_issues(self)
        if not self._pending or not self._started or not self.last_update_success:
            return
        pending, self._pending = self._pending, []
        for call in sorted(pending, key=lambda one: (ended_at(one) or self._watching_since, one.call_id)):
            moment = ended_at(call)
            backfilled = moment is not None and moment < self._watching_since
            self.hass.bus.async_fire(
                EVENT_CALL, {"config_entry": self.config_entry.entry_id, **call_attributes(call, backfilled=backfilled)}
            )
            for listener in list(self._call_listeners):
                listener(call, backfilled)
