"""An account in operation: outages, refusals, midnight, restarts, long histories, pushed and placed calls."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.exceptions import ServiceValidationError
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed
from yarl import URL

from custom_components.trunkline.account import history
from custom_components.trunkline.account.archive import DATA_ARCHIVE
from custom_components.trunkline.const import ARCHIVE_FILE, EVENT_CALL
from custom_components.trunkline.push.display import INTERVAL as PUSH_INTERVAL
from custom_components.trunkline.push.health import PushState
from trunkline.archive import Archive, PushOutcome
from trunkline.errors import ArchiveError, AuthenticationError, ConnectionFailedError, OutcomeUnknownError
from trunkline.model import Call, Direction, Money, Status

from .conftest import make_entry, rows_since

if TYPE_CHECKING:
    from trunkline.sandbox import Sandbox

TODAY = datetime(2026, 3, 9, 20, 30, tzinfo=UTC)
POLL = 130


def complaints(caplog) -> list[str]:
    """Return what stands in the log for a person to read."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.name.startswith(("custom_components.trunkline", "trunkline"))
    ]


def asked(sandbox: Sandbox, path: str = "") -> int:
    return sum(request.path.strip("/").startswith(path) for request in sandbox.requests)


def archived(hass) -> dict[str, int]:
    with Archive.open(f"sqlite:///{hass.config.path(ARCHIVE_FILE)}") as archive:
        return {account.account: account.calls for account in archive.accounts()}


# Setting up


async def test_the_whole_history_is_archived_exactly_once(hass, sandbox, loaded, state):
    assert archived(hass) == {loaded.unique_id: len(sandbox.world.offices[0].calls)}
    shown = state("sensor", f"{loaded.unique_id}_history")
    assert (float(shown.state), shown.attributes["running"]) == (100, False)


async def test_setup_is_retried_while_the_provider_is_down(hass, sandbox, entry, setup, later, state):
    sandbox.faults.add("status", code=500)
    await setup(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert hass.data[DATA_ARCHIVE]._archive is None
    sandbox.faults.clear()
    await later(60)
    assert entry.state is ConfigEntryState.LOADED
    assert int(state("sensor", f"{entry.unique_id}_calls").state) == len(rows_since(sandbox.world.offices[0], TODAY))


async def test_a_refused_token_at_setup_asks_for_a_new_one(hass, sandbox, entry, setup):
    sandbox.faults.add("expired_token")
    await setup(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]


async def test_a_token_of_another_account_fails_the_setup(hass, sandbox, setup, caplog):
    entry = make_entry(sandbox)
    other = sandbox.accounts["telefonchy"][1].credentials
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "credentials": other})
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert "a different account" in caplog.text
    assert other["token"] not in caplog.text
    assert archived(hass) == {}


async def test_invalid_settings_fail_the_setup_at_once(hass, sandbox, setup, caplog):
    entry = make_entry(sandbox)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "base_url": "ftp://example.org"})
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert "https://host/path" in caplog.text


async def test_setup_is_retried_while_the_archive_is_unreadable(hass, entry, setup, caplog, tmp_path):
    file = tmp_path / ARCHIVE_FILE
    file.write_bytes(b"this is not a database, but a text of some length" * 100)
    await setup(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "archive" in caplog.text
    file.unlink()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED


async def test_figures_are_available_at_once_after_a_restart(hass, sandbox, loaded, state, monkeypatch):
    names = ("calls", "missed", "cost_today", "cost_month", "last_call", "open_missed_callers")
    before = {name: state("sensor", f"{loaded.unique_id}_{name}").state for name in names}
    await hass.config_entries.async_unload(loaded.entry_id)
    never = asyncio.Event()

    async def silent(*_: Any, **__: Any) -> None:
        await never.wait()

    monkeypatch.setattr(history, "sync_account", silent)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done()
    assert {name: state("sensor", f"{loaded.unique_id}_{name}").state for name in names} == before
    never.set()
    await hass.config_entries.async_unload(loaded.entry_id)


async def test_two_accounts_share_an_archive_that_is_closed_after_the_last(hass, sandbox, loaded, setup):
    other = await setup(make_entry(sandbox, 1))
    assert loaded.runtime_data.archive is other.runtime_data.archive
    holder = hass.data[DATA_ARCHIVE]
    await hass.config_entries.async_unload(loaded.entry_id)
    assert holder._archive is other.runtime_data.archive
    await hass.config_entries.async_unload(other.entry_id)
    assert holder._archive is None
    assert archived(hass) == {
        f"telefonchy:{sandbox.accounts['telefonchy'][at].service_id}": len(sandbox.world.offices[at].calls)
        for at in (0, 1)
    }


async def test_an_account_can_be_reloaded_again_and_again(hass, sandbox, loaded):
    for _ in range(3):
        assert await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert loaded.state is ConfigEntryState.LOADED
    assert archived(hass) == {loaded.unique_id: len(sandbox.world.offices[0].calls)}


# A long history


async def test_a_long_history_delays_neither_setup_nor_todays_figures(
    hass, sandbox, entry, setup, state, monkeypatch, later
):
    gate = asyncio.Event()
    real = history.sync_account

    async def slow(*args: Any, since: datetime | None = None, **more: Any) -> Any:
        if since is None:
            await gate.wait()
        return await real(*args, since=since, **more)

    monkeypatch.setattr(history, "sync_account", slow)
    # Time stands still here, so that no patience at all has to lie in the past.
    monkeypatch.setattr(history, "PATIENCE", -1.0)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    key = entry.unique_id
    office = sandbox.world.offices[0]
    for _ in range(2000):
        await asyncio.sleep(0)
        if int(state("sensor", f"{key}_calls").state) == len(rows_since(office, TODAY)):
            break
    assert int(state("sensor", f"{key}_calls").state) == len(rows_since(office, TODAY))
    shown = state("sensor", f"{key}_history")
    assert shown.state == STATE_UNKNOWN
    assert shown.attributes["running"] is True
    # What needs the whole history is unknown rather than too small.
    assert state("sensor", f"{key}_cost_month").state == STATE_UNKNOWN
    gate.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state("sensor", f"{key}_history").state == "100.0"
    assert float(state("sensor", f"{key}_cost_month").state) > 0
    assert archived(hass) == {key: len(office.calls)}
    await hass.config_entries.async_unload(entry.entry_id)


async def test_new_calls_are_found_while_the_history_is_being_read(hass, sandbox, loaded, later):
    """A poll makes a reading begin again from the newest call."""
    sync = loaded.runtime_data.history
    heard = async_capture_events(hass, EVENT_CALL)
    pages = 0
    real = sync.on_page

    def page() -> None:
        nonlocal pages
        pages += 1
        if pages == 1:
            sandbox.world.record(sandbox.world.offices[0], wait=1, talk=1)
            sync._runs.async_request()
        real()

    sync.on_page = page
    await later(10)
    sync.state = history.HistoryState()
    await loaded.runtime_data.async_sync()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(heard) == 1
    assert sync.state.complete


async def test_an_unload_stops_a_sync_and_the_next_one_completes_it(
    hass, sandbox, entry, setup, monkeypatch, socket_enabled
):
    gate = asyncio.Event()
    real = history.sync_account

    async def stuck(*args: Any, since: datetime | None = None, **more: Any) -> Any:
        if since is None:
            await gate.wait()
        return await real(*args, since=since, **more)

    with monkeypatch.context() as patched:
        patched.setattr(history, "sync_account", stuck)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert archived(hass) == {entry.unique_id: len(sandbox.world.offices[0].calls)}
    await hass.config_entries.async_unload(entry.entry_id)


# Outages

OUTAGES = {
    "an error of its own": ("status", {"code": 500}),
    "cut connections": ("cut", {}),
    "half a reply": ("cut_body", {}),
    "nonsense": ("bad_json", {"form": "array"}),
    "a web page": ("bad_json", {"form": "html"}),
    "no services": ("field", {"at": "data", "action": "set", "value": [], "path": "/services"}),
    "no calls": ("status", {"code": 500, "path": "/calls"}),
    "calls that make no sense": ("field", {"at": "data.calls", "action": "set", "value": "soon", "path": "/calls"}),
}


async def test_a_provider_that_is_too_slow_is_an_outage(hass, sandbox, loaded, state, later, caplog, freezer):
    caplog.clear()
    sandbox.faults.add("delay", seconds=5.0)
    for _ in range(2):
        freezer.tick(POLL)
        async_fire_time_changed(hass)
        before = len(sandbox.requests)
        while len(sandbox.requests) == before:
            await asyncio.sleep(0)
        # The client waits for one second, the server for five.
        freezer.tick(2)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE
    assert len(complaints(caplog)) == 1
    sandbox.faults.clear()
    await later(POLL)
    assert state("sensor", f"{loaded.unique_id}_calls").state != STATE_UNAVAILABLE


@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_is_logged_once_and_ends_by_itself(hass, sandbox, loaded, state, later, caplog, outage):
    office = sandbox.world.offices[0]
    unique_id = f"{loaded.unique_id}_calls"
    caplog.clear()
    kind, how = OUTAGES[outage]
    sandbox.faults.add(kind, **how)
    for _ in range(3):
        await later(POLL)
        assert state("sensor", unique_id).state == STATE_UNAVAILABLE
    sandbox.world.record(office, wait=1, talk=1)
    assert len(complaints(caplog)) == 1
    assert "Office 1" in complaints(caplog)[0]

    sandbox.faults.clear()
    await later(POLL)
    assert int(state("sensor", unique_id).state) == len(rows_since(office, TODAY))
    assert len(complaints(caplog)) == 1
    assert [record.getMessage() for record in caplog.records if "recovered" in record.getMessage()] == [
        "Fetching Office 1 data recovered"
    ]
    assert archived(hass) == {loaded.unique_id: len(office.calls)}


async def test_an_unreachable_provider_is_logged_once(hass, sandbox, loaded, state, later, caplog, monkeypatch):
    caplog.clear()
    monkeypatch.setattr(loaded.runtime_data.account._transport, "_base", URL("http://127.0.0.1:9/"))
    for _ in range(3):
        await later(POLL)
    assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE
    assert len(complaints(caplog)) == 1


async def test_a_token_that_is_refused_in_operation_starts_a_reauthentication(hass, sandbox, loaded, state, later):
    sandbox.faults.add("expired_token")
    await later(POLL)
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH]
    assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE
    sandbox.faults.clear()
    result = await hass.config_entries.flow.async_configure(flows[0]["flow_id"], dict(loaded.data["credentials"]))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert result["reason"] == "reauth_successful"
    assert state("sensor", f"{loaded.unique_id}_calls").state != STATE_UNAVAILABLE


async def test_polls_pause_for_as_long_as_the_provider_asks(hass, sandbox, loaded, state, later, caplog):
    caplog.clear()
    sandbox.faults.add("rate_limit", retry_after=600, count=1)
    await later(POLL)
    before = len(sandbox.requests)
    for _ in range(4):
        await later(POLL)
    assert len(sandbox.requests) == before
    assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE
    assert len(complaints(caplog)) == 1
    await later(POLL)
    assert state("sensor", f"{loaded.unique_id}_calls").state != STATE_UNAVAILABLE


async def test_a_refresh_sends_nothing_during_the_pause_either(hass, sandbox, loaded, later):
    sandbox.faults.add("rate_limit", retry_after=600, count=1)
    await later(POLL)
    before = len(sandbox.requests)
    await loaded.runtime_data.coordinator.async_refresh()
    assert len(sandbox.requests) == before
    assert loaded.runtime_data.coordinator.last_update_success is False


@pytest.mark.parametrize("asked", [999_999_999, "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_polls_pause_for_an_hour_at_most(hass, sandbox, loaded, state, later, asked):
    sandbox.faults.add("rate_limit", retry_after=asked, count=1)
    await later(POLL)
    assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE
    before = len(sandbox.requests)
    await later(3500)
    await loaded.runtime_data.coordinator.async_refresh()
    assert len(sandbox.requests) == before
    await later(3600)
    assert state("sensor", f"{loaded.unique_id}_calls").state != STATE_UNAVAILABLE


async def test_a_clock_that_is_set_back_does_not_make_the_pause_longer(hass, sandbox, loaded, state, later, freezer):
    sandbox.faults.add("rate_limit", retry_after=600, count=1)
    await later(POLL)
    freezer.tick(-timedelta(days=365))
    await loaded.runtime_data.coordinator.async_refresh()
    assert loaded.runtime_data.coordinator.last_update_success is True


async def test_numbers_and_tokens_are_never_in_the_log(hass, sandbox, loaded, later, caplog):
    office = sandbox.world.offices[0]
    caplog.clear()
    for kind, how in (("status", {"code": 500}), ("bad_json", {"form": "truncated"})):
        sandbox.faults.add(kind, **how)
        await later(POLL)
        sandbox.faults.clear()
        await later(POLL)
    text = "\n".join(
        record.getMessage() for record in caplog.records if record.name.startswith(("custom_components", "trunkline"))
    )
    assert loaded.data["credentials"]["token"] not in text
    assert all(party.number not in text for party in sandbox.world.parties if len(party.number) > 5)
    assert all(trunk.number not in text for trunk in office.trunks)


async def test_a_full_disk_makes_entities_unavailable_and_is_logged_once(
    hass, loaded, state, later, caplog, monkeypatch
):
    caplog.clear()

    def refuse(*_: Any, **__: Any) -> None:
        raise ArchiveError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(loaded.runtime_data.archive, "count", refuse)
        await later(POLL)
        await later(POLL)
        assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE
        assert len(complaints(caplog)) == 1
    await later(POLL)
    assert state("sensor", f"{loaded.unique_id}_calls").state != STATE_UNAVAILABLE


# The day


async def test_todays_figures_are_reset_at_midnight_of_the_accounts_zone(hass, sandbox, loaded, state, freezer, later):
    key = loaded.unique_id
    assert int(state("sensor", f"{key}_calls").state) > 0
    # Nothing is polled any more: the roll-over is not a poll's doing.
    sandbox.faults.add("status", code=500)
    before = len(sandbox.requests)
    loaded.runtime_data.coordinator._async_unsub_refresh()
    midnight = TODAY + timedelta(days=1)
    freezer.move_to(midnight - timedelta(seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert int(state("sensor", f"{key}_calls").state) > 0
    freezer.move_to(midnight + timedelta(seconds=1))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert int(state("sensor", f"{key}_calls").state) == 0
    assert float(state("sensor", f"{key}_cost_today").state) == 0
    assert state("sensor", f"{key}_calls").attributes["last_reset"] == midnight.isoformat()
    assert len(sandbox.requests) == before


async def test_midnight_during_an_outage_leaves_entities_unavailable(hass, sandbox, loaded, state, later, freezer):
    sandbox.faults.add("status", code=500)
    await later(POLL)
    freezer.move_to(TODAY + timedelta(days=1, seconds=-60))
    await later(61)
    assert state("sensor", f"{loaded.unique_id}_calls").state == STATE_UNAVAILABLE


async def test_an_archive_error_at_midnight_is_left_to_the_next_poll(
    hass, loaded, state, freezer, later, caplog, monkeypatch
):
    def refuse(*_: Any, **__: Any) -> None:
        raise ArchiveError("the disk is full")

    caplog.clear()
    loaded.runtime_data.coordinator._async_unsub_refresh()
    with monkeypatch.context() as patched:
        patched.setattr(loaded.runtime_data.archive, "calls", refuse)
        freezer.move_to(TODAY + timedelta(days=1, seconds=1))
        await later(0)
        assert complaints(caplog) == []
    await loaded.runtime_data.coordinator.async_refresh()
    assert int(state("sensor", f"{loaded.unique_id}_calls").state) == 0


async def test_the_month_grows_by_the_day_that_ends(hass, sandbox, loaded, state, freezer, later):
    before = float(state("sensor", f"{loaded.unique_id}_cost_month").state)
    freezer.move_to(TODAY + timedelta(days=1, seconds=10))
    await later(POLL)
    assert float(state("sensor", f"{loaded.unique_id}_cost_month").state) == before


async def test_a_corrected_price_reaches_the_figures(hass, sandbox, loaded, state, later):
    office = sandbox.world.offices[0]
    key = loaded.unique_id
    today = float(state("sensor", f"{key}_cost_today").state)
    month = float(state("sensor", f"{key}_cost_month").state)
    position = office.calls.listed()[-1]
    sandbox.world.correct(office, position, price_talk=office.calls.price_talk[position] + 700)
    await loaded.runtime_data.async_sync(full=True)
    assert float(state("sensor", f"{key}_cost_today").state) == today + 700
    assert float(state("sensor", f"{key}_cost_month").state) == month + 700


async def test_prices_that_were_corrected_while_home_assistant_was_off_reach_the_figures(
    hass, sandbox, loaded, state, setup
):
    office = sandbox.world.offices[0]
    key = loaded.unique_id
    today = float(state("sensor", f"{key}_cost_today").state)
    month = float(state("sensor", f"{key}_cost_month").state)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    position = office.calls.listed()[-1]
    sandbox.world.correct(office, position, price_talk=office.calls.price_talk[position] + 700)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert float(state("sensor", f"{key}_cost_today").state) == today + 700
    assert float(state("sensor", f"{key}_cost_month").state) == month + 700


async def test_prices_that_were_corrected_during_a_long_outage_reach_the_figures(
    hass, sandbox, loaded, state, freezer, later
):
    office = sandbox.world.offices[0]
    key = loaded.unique_id
    month = float(state("sensor", f"{key}_cost_month").state)
    sandbox.faults.add("status", code=500)
    freezer.move_to(TODAY + timedelta(days=5, hours=10))
    await later(POLL)
    position = office.calls.listed()[-1]
    sandbox.world.correct(office, position, price_talk=office.calls.price_talk[position] + 700)
    sandbox.faults.clear()
    await later(POLL)
    assert float(state("sensor", f"{key}_cost_month").state) == month + 700


async def test_past_calls_that_another_program_archived_cost_something_from_midnight_on(
    hass, sandbox, loaded, state, freezer, later
):
    key = loaded.unique_id
    month = float(state("sensor", f"{key}_cost_month").state)
    runtime = loaded.runtime_data
    late = Call(
        account=key,
        call_id="late",
        direction=Direction.OUTGOING,
        status=Status.ANSWERED,
        started_at=TODAY - timedelta(days=4),
        talk=60,
        price=Money(Decimal(90), "IRR"),
    )
    await hass.async_add_executor_job(runtime.archive.store, [late])
    freezer.move_to(TODAY + timedelta(days=1, seconds=10))
    await later(POLL)
    assert float(state("sensor", f"{key}_cost_month").state) == month + 90


async def test_calls_that_another_program_archived_are_counted_too(hass, sandbox, loaded, state, later):
    office = sandbox.world.offices[0]
    sandbox.world.record(office, wait=1, talk=1)
    runtime = loaded.runtime_data
    async for call in runtime.account.calls(since=TODAY):
        await hass.async_add_executor_job(runtime.archive.store, [call])
    await later(POLL)
    assert int(state("sensor", f"{loaded.unique_id}_calls").state) == len(rows_since(office, TODAY))


# Pushed calls


async def newest(runtime):
    return await anext(runtime.account.calls(since=TODAY))


async def test_a_pushed_call_shows_at_once_and_only_once(hass, sandbox, loaded, state, later):
    store = loaded.runtime_data.push_handler._calls.async_store
    heard = async_capture_events(hass, EVENT_CALL)
    await later(10)
    sandbox.world.record(sandbox.world.offices[0], wait=1, talk=1)
    call = await newest(loaded.runtime_data)
    before, requests = int(state("sensor", f"{loaded.unique_id}_calls").state), len(sandbox.requests)

    assert await store(call) is PushOutcome.NEW
    await hass.async_block_till_done()
    assert int(state("sensor", f"{loaded.unique_id}_calls").state) == before + 1
    assert [event.data["call_id"] for event in heard] == [call.call_id]
    assert len(sandbox.requests) == requests

    assert await store(call) is PushOutcome.PUSHED
    await later(POLL)
    assert int(state("sensor", f"{loaded.unique_id}_calls").state) == before + 1
    assert [event.data["confirmed"] for event in heard] == [False, True]
    assert await store(call) is PushOutcome.LISTED


async def test_polls_slow_down_only_while_the_push_is_confirmed(hass, sandbox, loaded, state, later):
    coordinator, push = loaded.runtime_data.coordinator, loaded.runtime_data.push
    assert coordinator.update_interval == timedelta(minutes=2)
    push.add_delivery()
    assert coordinator.update_interval == timedelta(minutes=2)
    push.add_confirmed(1)
    assert coordinator.update_interval == timedelta(minutes=15)
    assert state("sensor", f"{loaded.unique_id}_push").state == PushState.WORKING

    await later(POLL)
    sandbox.world.record(sandbox.world.offices[0], wait=1, talk=1)
    before = len(sandbox.requests)
    await later(POLL)
    assert len(sandbox.requests) == before
    await later(15 * 60)
    assert coordinator.update_interval == timedelta(minutes=2)
    shown = state("sensor", f"{loaded.unique_id}_push")
    assert (shown.state, shown.attributes["lost"], shown.attributes["deliveries"]) == (PushState.LOSING, 1, 1)


async def test_the_inventory_is_read_once_at_a_time(loaded, monkeypatch):
    runtime = loaded.runtime_data
    real, under_way, at_once = runtime.inventory.read_due, 0, []

    async def read() -> Any:
        nonlocal under_way
        under_way += 1
        at_once.append(under_way)
        await asyncio.sleep(0)
        told = await real()
        under_way -= 1
        return told

    monkeypatch.setattr(runtime.inventory, "read_due", read)
    await asyncio.gather(*(runtime.sync.poll_inventory() for _ in range(3)))
    assert at_once == [1, 1, 1]


async def test_many_refused_pushes_cause_few_state_updates(hass, loaded, state, later):
    push = loaded.runtime_data.push
    updates: list[tuple[int, PushState]] = []
    loaded.runtime_data.coordinator.async_add_listener(lambda: updates.append((push.refusals.total(), push.state)))
    for _ in range(100):
        push.add_refused("too many")
    assert updates == [(1, PushState.SILENT)]
    # What a person has to know isn't kept waiting.
    push.add_confirmed(1)
    assert updates[1:] == [(100, PushState.WORKING)]
    push.add_refused("too many")
    await later(PUSH_INTERVAL + 1)
    assert updates[2:] == [(101, PushState.WORKING)]
    assert state("sensor", f"{loaded.unique_id}_push").attributes["refused"] == 101
    await later(PUSH_INTERVAL + 1)
    assert len(updates) == 3
    push.add_refused("too many")
    assert updates[3:] == [(102, PushState.WORKING)]


# Placed calls


async def test_a_placed_call_and_its_price_appear_soon(hass, sandbox, loaded, state, later):
    account = sandbox.accounts["telefonchy"][0]
    office = sandbox.world.offices[0]
    before = int(state("sensor", f"{loaded.unique_id}_outgoing").state)
    placed = await loaded.runtime_data.requests.async_place_call(
        source=account.extensions[0], destination="02155500009"
    )
    assert placed.request_id
    for seconds in (6, 20, 45):
        await later(seconds)
    assert int(state("sensor", f"{loaded.unique_id}_outgoing").state) == before + 1
    row = list(office.calls)[-1]
    trunk = office.trunks[row.trunk]
    assert float(state("sensor", f"{loaded.unique_id}_{trunk.number}_credit").state) == trunk.credit
    assert asked(sandbox, "smartcall") == 1


async def test_calls_beyond_the_hourly_limit_are_refused(sandbox, setup, later):
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 2}))
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    call = entry.runtime_data.requests.async_place_call
    for _ in range(2):
        await call(source=extension, destination="02155500009")
    with pytest.raises(ServiceValidationError) as caught:
        await call(source=extension, destination="02155500009")
    assert caught.value.translation_key == "too_many_calls"
    assert caught.value.translation_placeholders == {"limit": "2", "minutes": "60"}
    assert asked(sandbox, "smartcall") == 2
    await later(3601)
    await call(source=extension, destination="02155500009")
    assert asked(sandbox, "smartcall") == 3


async def test_a_call_without_a_reply_is_not_repeated_but_looked_for(sandbox, loaded, later, state):
    extension = sandbox.accounts["telefonchy"][0].extensions[0]
    before = int(state("sensor", f"{loaded.unique_id}_outgoing").state)
    sandbox.faults.add("cut", path="/smartcall")
    with pytest.raises(OutcomeUnknownError):
        await loaded.runtime_data.requests.async_place_call(source=extension, destination="02155500009")
    assert asked(sandbox, "smartcall") == 1
    await later(6)
    await later(20)
    assert asked(sandbox, "smartcall") == 1
    assert int(state("sensor", f"{loaded.unique_id}_outgoing").state) == before + 1


async def test_a_refused_token_when_calling_asks_for_a_new_one(hass, sandbox, loaded):
    sandbox.faults.add("expired_token", path="/smartcall")
    with pytest.raises(AuthenticationError):
        await loaded.runtime_data.requests.async_place_call(source="101", destination="02155500009")
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]


# Syncing by hand


async def test_a_manual_sync_reads_calls_and_credit(hass, sandbox, loaded, state):
    office = sandbox.world.offices[0]
    sandbox.world.record(office, wait=1, talk=1)
    sandbox.world.top_up(office, 0, 77_000)
    result = await loaded.runtime_data.async_sync()
    assert (result.new, result.complete) == (1, True)
    assert int(state("sensor", f"{loaded.unique_id}_calls").state) == len(rows_since(office, TODAY))
    number = office.trunks[0].number
    assert float(state("sensor", f"{loaded.unique_id}_{number}_credit").state) == office.trunks[0].credit


async def test_a_full_sync_changes_nothing_that_was_right(hass, sandbox, loaded):
    office = sandbox.world.offices[0]
    result = await loaded.runtime_data.async_sync(full=True)
    assert (result.new, result.changed, result.unchanged) == (0, 0, len(office.calls))


async def test_a_manual_sync_raises_what_went_wrong(sandbox, loaded):
    sandbox.faults.add("cut")
    with pytest.raises(ConnectionFailedError):
        await loaded.runtime_data.async_sync()


async def test_a_poll_with_nothing_new_sends_two_requests(sandbox, loaded, later):
    before = len(sandbox.requests)
    await later(POLL)
    assert sorted(request.path for request in sandbox.requests[before:]) == ["/calls", "/services"]


async def test_a_poll_does_not_interrupt_a_full_sync(hass, sandbox, loaded):
    calls = loaded.runtime_data.history
    full = asyncio.ensure_future(loaded.runtime_data.async_sync(full=True))
    while not calls._full_running:
        await asyncio.sleep(0)
    await calls.poll()
    assert not full.done()
    result = await full
    assert (result.new, result.unchanged) == (0, len(sandbox.world.offices[0].calls))


async def test_the_next_poll_continues_an_interrupted_history(hass, sandbox, entry, setup, state, later, caplog):
    sandbox.faults.add("status", path="/calls", code=500, skip=2)
    await setup(entry)
    assert state("sensor", f"{entry.unique_id}_calls").state == STATE_UNAVAILABLE
    assert len(complaints(caplog)) == 1
    sandbox.faults.clear()
    await later(POLL)
    assert archived(hass) == {entry.unique_id: len(sandbox.world.offices[0].calls)}
    assert state("sensor", f"{entry.unique_id}_history").state == "100.0"


async def test_trunks_stay_while_the_provider_lists_nothing(hass, sandbox, loaded, later):
    from homeassistant.helpers import device_registry as dr

    before = len(dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id))
    sandbox.faults.add("field", at="data", action="set", value=[], path="/services")
    await later(POLL)
    assert len(dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)) == before
