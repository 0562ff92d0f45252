"""What an account's config entry holds while it is loaded, and where its parts are put together."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.dispatcher import async_dispatcher_send

from trunkline.errors import ArchiveError, DamagedArchiveError
from trunkline.model import Capability

from .account.archive import shared_archive
from .account.call_backs import CallBacks
from .account.call_events import CallEvents
from .account.call_limit import CallLimit
from .account.call_progress import CallProgress
from .account.clock import ClockCheck
from .account.credit import CreditReadings
from .account.data import DataReader
from .account.devices import AccountDevices, async_register_account, async_remove_absent_trunks
from .account.due_events import DueEvents
from .account.figures import FiguresReader
from .account.files import AccountFiles
from .account.history import HistorySync
from .account.inventory import InventoryReader, Resource
from .account.masking import masks_numbers
from .account.midnight import Midnight
from .account.phonebook import Phonebook
from .account.publisher import Publisher
from .account.repairs import AccountRepairs
from .account.reports import FIGURES, Reports
from .account.requests import AccountRequests
from .account.stale_days import StaleDays
from .account.sync import AccountSync
from .account.ticks import TickStore
from .const import CONF_PUSH_PASSWORD, CONF_PUSH_USERNAME, DOMAIN
from .coordinator import TrunklineCoordinator
from .errors import placeholders
from .push.admission import Admission, BasicAuth
from .push.confirmation import ListedConfirmation, SignalConfirmation
from .push.display import PushDisplay
from .push.handler import PushHandler
from .push.health import PushHealth
from .push.live_events import LiveEvents
from .push.live_tracker import LiveTracker
from .push.provisional import ProvisionalCalls
from .push.registration import PushRegistration
from .push.repair import PushRepair
from .push.stopped import PushStopped
from .routing.codes import async_voice_codes
from .routing.handler import RouteHandler
from .statistics.keeper import StatisticsKeeper

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Collection, Coroutine, Sequence
    from typing import Any

    from homeassistant.core import Event, HomeAssistant

    from trunkline.archive import Archive
    from trunkline.model import Call
    from trunkline.providers import Account
    from trunkline.sync import SyncResult

    from .account.names import Names
    from .account.tasks import Spawn

type TrunklineConfigEntry = ConfigEntry[AccountRuntime]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRuntime:
    """The parts of one account that entities, actions and diagnostics use."""

    account: Account
    account_key: str
    archive: Archive
    call_backs: CallBacks
    call_events: CallEvents
    call_limit: CallLimit
    coordinator: TrunklineCoordinator
    devices: AccountDevices
    files: AccountFiles
    history: HistorySync
    inventory: InventoryReader
    live: LiveTracker
    live_events: LiveEvents
    midnight: Midnight
    names: Names
    publisher: Publisher
    provisional: ProvisionalCalls
    push: PushHealth
    push_handler: PushHandler | None
    """None where the provider pushes nothing."""
    registration: PushRegistration
    reports: Reports
    requests: AccountRequests
    route_handler: RouteHandler | None
    """None where the provider asks nobody how to handle a call."""
    sync: AccountSync

    async def async_sync(self, *, full: bool = False) -> SyncResult:
        """Sync calls and credit now, with `full` all calls again, and show the result; raises `TrunklineError`."""
        with self.requests.reauth_if_refused():
            result = await self.sync.sync(full=full)
        await self.publisher.async_publish()
        return result


async def async_create_runtime(
    hass: HomeAssistant, entry: ConfigEntry, account: Account, archive: Archive
) -> AccountRuntime:
    """Put the parts of an account together and poll it for the first time.

    The account and the archive are closed when the entry is unloaded, also if its setup fails.
    """
    account_key: str = entry.unique_id or ""
    clock = hass.loop.time
    offload = hass.async_add_executor_job

    def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return entry.async_create_background_task(hass, work, f"{DOMAIN} {entry.entry_id}", eager_start=False)

    # What is known of the account.
    push = PushHealth(complete=account.pushes_every_call)
    reports = Reports(hass, entry.entry_id, region=account.info.country, masks=masks_numbers(entry.options))
    names = shared_archive(hass).names
    call_events = CallEvents(reports, created_at=entry.created_at, names=names, due=DueEvents(hass, entry))
    stale_days = StaleDays(account.zone)
    live = LiveTracker(hass)

    @callback
    def listed_calls(calls: Sequence[Call]) -> None:
        """Take in new calls of the provider's list; those that had been pushed are confirmed."""
        pushed = provisional.async_listed(calls)
        _async_note(calls, stale_days, statistics, call_events)
        call_events.async_add(calls)
        if pushed:
            push.add_confirmed(len(pushed))
            push_repair.async_update()
        push.add_polled([call for call in calls if call.call_id not in pushed])

    @callback
    def list_read(result: SyncResult, full: bool) -> None:  # noqa: FBT001  (the signature of a sync's callback)
        stale_days.add_result(result, full)
        statistics.async_synced(result, full=full)

    history = HistorySync(
        account,
        archive,
        offload=offload,
        spawn=spawn,
        on_new=listed_calls,
        on_changed=lambda calls: _async_note(calls, stale_days, statistics, call_events),
        on_result=list_read,
    )
    inventory = InventoryReader(account, clock)
    sync = AccountSync(
        entry.title,
        account_key,
        account,
        archive,
        inventory=inventory,
        credit=CreditReadings(archive, account_key),
        history=history,
        phonebook=Phonebook(entry.title, account, archive, offload=offload, clock=clock),
        offload=offload,
    )
    ticks = await TickStore.async_create(hass, entry)
    reader = DataReader(
        account,
        figures=FiguresReader(
            archive,
            account_key,
            zone=account.zone,
            currency=account.currency,
            calendar=account.info.calendar,
            prices=account.info.prices,
        ),
        inventory=inventory,
        history=history,
        sync=sync,
        stale_days=stale_days,
        names=names,
        ticks=ticks,
        offload=offload,
        clock=clock,
    )

    # What publishes it.
    coordinator = TrunklineCoordinator(
        hass,
        entry,
        steps={Resource.SERVICES: sync.poll_inventory, Resource.CALLS: sync.poll_calls},
        read_data=reader.read,
    )
    publisher = Publisher(entry.title, read=reader.read, publish=coordinator.async_publish, age=reader.age, spawn=spawn)

    statistics = StatisticsKeeper(
        hass,
        entry,
        archive,
        account_key,
        currency=lambda: coordinator.data.currency,
        offload=offload,
        spawn=spawn,
    )

    # What is pushed, and waits for the list.
    provisional = ProvisionalCalls(
        archive,
        account_key,
        events=call_events,
        offload=offload,
        publish=publisher.async_publish,
        on_listed=listed_calls,
    )
    push_repair = PushRepair(hass, entry, provisional)

    # What sends requests for actions.
    limit = await CallLimit.async_create(hass, entry)
    requests = AccountRequests(
        hass,
        account,
        limit=limit,
        poll=coordinator.async_request_refresh,
        spawn=spawn,
        start_reauth=lambda: entry.async_start_reauth(hass),
    )

    @callback
    def new_day() -> None:
        reader.start_day()
        stale_days.add_all()
        publisher.async_request()
        statistics.async_new_day()

    files = AccountFiles(
        hass, account, archive, account_key, requests=requests, find_pushed=provisional.find, spawn=spawn
    )

    midnight = Midnight(hass, account.zone, new_day)

    entry.async_on_unload(
        partial(
            _async_close,
            hass,
            account,
            coordinator=coordinator,
            call_events=call_events,
            requests=requests,
            files=files,
            midnight=midnight,
            history=history,
            publisher=publisher,
            statistics=statistics,
        )
    )

    await _async_with_archive(
        entry, call_events.async_resume(lambda call_ids: offload(_read_calls, archive, account_key, call_ids))
    )
    await _async_poll_first(hass, entry, account_key, coordinator, account)
    await _async_with_archive(entry, provisional.async_load())
    push_repair.async_update()

    devices = async_register_account(hass, entry, account_key=account_key, account=account)
    reports.device_id = devices.device_id
    live_events = LiveEvents(reports, region=account.info.country, names=names)

    return AccountRuntime(
        account=account,
        account_key=account_key,
        archive=archive,
        call_backs=CallBacks(
            entry.title,
            account,
            ticks,
            requests=requests,
            callers=lambda: coordinator.data.missed_callers,
            publish=publisher.async_publish,
        ),
        call_events=call_events,
        call_limit=limit,
        coordinator=coordinator,
        devices=devices,
        files=files,
        history=history,
        inventory=inventory,
        live=live,
        live_events=live_events,
        midnight=midnight,
        names=names,
        provisional=provisional,
        publisher=publisher,
        push=push,
        push_handler=_create_push_handler(
            hass,
            entry,
            account,
            push=push,
            calls=provisional,
            repair=push_repair,
            live_events=live_events,
            live=live,
            coordinator=coordinator,
            spawn=spawn,
        ),
        registration=PushRegistration(hass, entry, account, reachable=lambda: coordinator.last_update_success),
        reports=reports,
        requests=requests,
        route_handler=await _async_create_route_handler(hass, entry, account, reports=reports, names=names),
        sync=sync,
    )


@callback
def _async_note(
    calls: Sequence[Call], stale_days: StaleDays, statistics: StatisticsKeeper, call_events: CallEvents
) -> None:
    """Note calls that are new, or that the provider has corrected: for their figures, and for events that wait."""
    stale_days.add_days_of(calls)
    statistics.async_add(calls)
    call_events.async_correct(calls)


async def _async_close(
    hass: HomeAssistant,
    account: Account,
    *,
    coordinator: TrunklineCoordinator,
    call_events: CallEvents,
    requests: AccountRequests,
    files: AccountFiles,
    midnight: Midnight,
    history: HistorySync,
    publisher: Publisher,
    statistics: StatisticsKeeper,
) -> None:
    """Stop what runs for an account, then close the account and the archive."""
    await coordinator.async_shutdown()
    requests.async_stop()
    files.async_close()
    midnight.async_stop()
    await history.stop()
    await publisher.async_stop()
    await statistics.async_stop()
    await call_events.async_close()
    await account.close()
    await shared_archive(hass).close()


async def _async_with_archive(entry: ConfigEntry, work: Awaitable[None]) -> None:
    """Wait for work of the setup that needs the archive; the setup is tried again later if that isn't there."""
    try:
        await work
    except ArchiveError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="archive_unusable",
            translation_placeholders=placeholders(account=entry.title, error=str(error)),
        ) from error


def _read_calls(archive: Archive, account_key: str, call_ids: Collection[str]) -> list[Call]:
    """Return those of these calls that are in the archive and are not damaged."""
    found = []
    for call_id in call_ids:
        with suppress(DamagedArchiveError):
            if (call := archive.get(account_key, call_id)) is not None:
                found.append(call)
    return found


def _create_push_handler(
    hass: HomeAssistant,
    entry: ConfigEntry,
    account: Account,
    *,
    push: PushHealth,
    calls: ProvisionalCalls,
    repair: PushRepair,
    live_events: LiveEvents,
    live: LiveTracker,
    coordinator: TrunklineCoordinator,
    spawn: Spawn,
) -> PushHandler | None:
    has_events = account.supports(Capability.PARSE_EVENT)
    if not has_events and not account.supports(Capability.PARSE_PUSH):
        return None

    def spawn_tracked(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return entry.async_create_task(hass, work, f"{DOMAIN} {entry.entry_id} pushed record")

    poll = coordinator.async_poll
    return PushHandler(
        entry.title,
        account,
        admission=Admission(entry.title, auth=_push_auth(entry), has_events=has_events, clock=hass.loop.time),
        health=push,
        calls=calls,
        listed=ListedConfirmation(
            hass,
            entry.title,
            account,
            calls=calls,
            health=push,
            poll=poll,
            spawn=spawn,
            on_withdrawn=repair.async_update,
        ),
        signals=SignalConfirmation(hass, entry.title, health=push, poll=poll, spawn=spawn),
        live_events=live_events,
        live=live,
        spawn=spawn_tracked,
    )


async def _async_create_route_handler(
    hass: HomeAssistant, entry: ConfigEntry, account: Account, *, reports: Reports, names: Names
) -> RouteHandler | None:
    if not account.supports(Capability.PARSE_ROUTE_REQUEST):
        return None
    return RouteHandler(
        hass,
        entry.title,
        account,
        reports=reports,
        names=names,
        admission=Admission(entry.title, auth=_push_auth(entry), has_events=False, clock=hass.loop.time),
        codes=await async_voice_codes(hass, entry),
    )


def _push_auth(entry: ConfigEntry) -> BasicAuth:
    """Return the check of the user name and password that the telephone system sends, if the options name any."""
    return BasicAuth(entry.options.get(CONF_PUSH_USERNAME) or "", entry.options.get(CONF_PUSH_PASSWORD) or "")


async def _async_poll_first(
    hass: HomeAssistant,
    entry: ConfigEntry,
    account_key: str,
    coordinator: TrunklineCoordinator,
    account: Account,
) -> None:
    """Poll for the first time, and keep repair issues and devices current from then on."""
    repairs = AccountRepairs(hass, entry, account)
    clock_check = ClockCheck(hass, entry, account)
    coordinator.async_add_denied_listener(repairs.async_report_denied)
    await coordinator.async_config_entry_first_refresh()

    @callback
    def update() -> None:
        clock_check.async_update()
        if not coordinator.last_update_success:
            return
        data = coordinator.data
        repairs.async_update(data)
        if data.trunks_listed:
            async_remove_absent_trunks(hass, entry.entry_id, account_key=account_key, trunk_ids=data.trunks)

    update()
    entry.async_on_unload(coordinator.async_add_listener(update))


@callback
def async_start(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Read calls from now on, show what is read meanwhile, and fire events: the entities are there to receive them."""
    runtime = entry.runtime_data
    coordinator, history, push = runtime.coordinator, runtime.history, runtime.push

    @callback
    def page_read() -> None:
        # A poll shows the data itself when it ends.
        if not coordinator.polling:
            runtime.publisher.async_history_read(running=history.state.running)

    history.on_page = page_read
    if runtime.account.supports(Capability.PARSE_EVENT):
        progress = CallProgress(
            hass,
            runtime.live_events.async_add_listener,
            entry_id=entry.entry_id,
            device_id=runtime.devices.device_id,
        )
        runtime.requests.on_placed = progress.async_follow
        entry.async_on_unload(progress.async_stop)
    display = PushDisplay(hass, push, coordinator.async_update_listeners)
    entry.async_on_unload(display.async_stop)
    push.listeners += [
        lambda: coordinator.async_set_push_trusted(trusted=push.trusted_since is not None),
        display.async_changed,
        PushStopped(hass, entry, runtime.account, push).async_changed,
    ]
    entry.async_on_unload(
        coordinator.async_add_listener(lambda: push.set_reachable(reachable=coordinator.last_update_success))
    )
    entry.async_on_unload(
        coordinator.async_add_listener(
            lambda: runtime.call_events.async_update(available=coordinator.last_update_success)
        )
    )
    entry.async_on_unload(coordinator.async_add_listener(lambda: async_dispatcher_send(hass, FIGURES, entry.entry_id)))

    @callback
    def stopping(_event: Event) -> None:
        # Home Assistant stops without unloading, and a poll that it cuts off may have found calls.
        runtime.call_events.async_keep()

    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stopping))
    runtime.live.async_follow(runtime.live_events, runtime.call_events)
    entry.async_on_unload(runtime.live.async_stop)
    if runtime.push_handler is not None:
        runtime.push_handler.async_start()
    runtime.sync.start_calls()
    runtime.midnight.async_start()
    entry.async_create_background_task(
        hass, coordinator.async_refresh(), f"{DOMAIN} {entry.entry_id}", eager_start=False
    )
