"""Pushed records without the list's id: a reason to poll, confirmed by a call that the list then has."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_capture_events, async_fire_time_changed

from custom_components.trunkline.push import confirmation, pace
from custom_components.trunkline.push.health import (
    MAX_LOOKS,
    MAX_SIGNALS,
    PushHealth,
    PushState,
)
from trunkline.calendars import jalali_text
from trunkline.model import Call, Direction, Status
from trunkline.providers.telefonchy.account import TelefonchyAccount

from .conftest import NOW, make_entry
from .test_push import CALLER, archived, deliver, pushed_calls, record, world_call


@pytest.fixture
async def keyless(sandbox, setup, monkeypatch):
    """Return an account whose pushed records have another id than the list."""
    monkeypatch.setattr(TelefonchyAccount, "push_has_key", False)
    return await setup(make_entry(sandbox))


@pytest.fixture
async def client(keyless, hass_client_no_auth):
    return await hass_client_no_auth()


@pytest.fixture
def address(keyless):
    return f"/api/webhook/{keyless.data['webhook_id']}"


@pytest.fixture
def push(keyless):
    return keyless.runtime_data.push


def polls(sandbox):
    return sum(request.path == "/calls" for request in sandbox.requests)


def signal(sandbox, **how):
    """Let a call happen and return what is pushed of it, under an id of its own."""
    real = world_call(sandbox, **how)
    return real["call_id"], real | {"call_id": f"x{real['call_id']}"}


async def test_a_record_without_the_lists_id_is_not_stored_but_starts_a_poll(
    hass, sandbox, keyless, client, address, push, later
):
    heard = async_capture_events(hass, "trunkline_call")
    await later(60)
    call_id, pushed = signal(sandbox, wait=1, talk=0)
    before = polls(sandbox)
    await deliver(hass, client, address, pushed)
    assert await archived(hass, keyless, pushed["call_id"]) is None
    assert (push.deliveries, polls(sandbox)) == (1, before)
    assert push.state is PushState.SILENT

    await later(confirmation.LOOK_AFTER[0])
    assert await archived(hass, keyless, call_id) is not None
    assert await archived(hass, keyless, pushed["call_id"]) is None
    assert [event.data["call_id"] for event in heard] == [call_id]
    assert (push.confirmed, push.unconfirmed, push.lost) == (1, 0, 0)
    assert push.state is PushState.WORKING
    assert push.signals == []


async def test_many_records_make_one_poll(hass, sandbox, client, address, push, later):
    await later(60)
    pushed = [signal(sandbox, wait=1, talk=0)[1] for _ in range(5)]
    for item in pushed:
        await deliver(hass, client, address, item)
    before = len(sandbox.requests)
    await later(confirmation.LOOK_AFTER[0])
    assert len(sandbox.requests) - before <= 3
    assert push.confirmed == 5


async def test_a_second_wave_waits_for_the_pause_between_two_polls(hass, sandbox, client, address, push, later):
    await later(60)
    await deliver(hass, client, address, signal(sandbox, wait=1, talk=0)[1])
    await later(confirmation.LOOK_AFTER[0])
    before = polls(sandbox)
    await deliver(hass, client, address, signal(sandbox, wait=1, talk=0)[1])
    await later(confirmation.LOOK_AFTER[0] + 1)
    assert polls(sandbox) == before
    await later(pace.PAUSE)
    assert polls(sandbox) > before
    assert push.confirmed == 2


async def test_a_list_that_lags_behind_is_read_again(hass, sandbox, client, address, push, later):
    await later(60)
    await deliver(hass, client, address, record(call_id="x1"))
    await later(confirmation.LOOK_AFTER[0])
    assert (push.confirmed, push.signals[0].looks) == (0, 1)
    # Now the list has a call that ended when the record said.
    world_call(sandbox, wait=1, talk=0)
    await later(pace.PAUSE)
    assert (push.confirmed, push.unconfirmed) == (1, 0)


async def test_an_invented_record_is_counted_and_logged_without_its_content(hass, client, address, push, later, caplog):
    await deliver(hass, client, address, record(call_id="x1"))
    for seconds in confirmation.LOOK_AFTER:
        assert push.unconfirmed == 0
        await later(max(seconds, pace.PAUSE))
    assert (push.confirmed, push.unconfirmed, push.signals) == (0, 1, [])
    assert push.state is PushState.SILENT
    assert "1 pushed call records are not in the provider's call list" in caplog.text
    assert CALLER not in caplog.text


async def test_a_new_record_is_not_delayed_by_a_later_look(hass, sandbox, client, address, push, later):
    await later(60)
    await deliver(hass, client, address, record(call_id="x1"))
    for seconds in confirmation.LOOK_AFTER[:3]:
        await later(max(seconds, pace.PAUSE))
    assert [item.looks for item in push.signals] == [3]
    # Sixty seconds to the next look; more than two minutes between the ends of the two calls.
    push.signals[0].ended_at -= timedelta(minutes=5)
    await later(pace.PAUSE + 1)
    await deliver(hass, client, address, signal(sandbox, wait=1, talk=0)[1])
    await later(confirmation.LOOK_AFTER[0])
    assert push.confirmed == 1


async def test_an_outage_does_not_count_as_unconfirmed_push(hass, sandbox, client, address, push, later):
    await deliver(hass, client, address, record(call_id="x1"))
    sandbox.faults.add("status", code=503)
    for _ in range(MAX_LOOKS + 2):
        await later(confirmation.LOOK_AFTER[-1] + 1)
    assert (push.unconfirmed, len(push.signals)) == (0, 1)


async def test_a_duplicate_record_is_one_signal(hass, client, address, push):
    for _ in range(3):
        await deliver(hass, client, address, record(call_id="x1"))
    assert (push.deliveries, len(push.signals)) == (3, 1)


async def test_a_call_that_a_poll_has_found_already_is_confirmed_at_once(
    hass, sandbox, keyless, client, address, push, later
):
    await later(60)
    _, pushed = signal(sandbox, wait=1, talk=0)
    await keyless.runtime_data.coordinator.async_refresh()
    before = polls(sandbox)
    await deliver(hass, client, address, pushed)
    assert (push.confirmed, push.signals) == (1, [])
    await later(confirmation.LOOK_AFTER[0])
    assert polls(sandbox) == before


async def test_a_call_that_was_not_pushed_counts_as_lost(hass, sandbox, client, address, push, later):
    await later(60)
    await deliver(hass, client, address, signal(sandbox, wait=1, talk=0)[1])
    await later(confirmation.LOOK_AFTER[0])
    assert push.state is PushState.WORKING
    await later(600)
    world_call(sandbox, wait=1, talk=0)
    await later(901)
    assert (push.lost, push.state) == (1, PushState.LOSING)


@pytest.mark.parametrize("created_at", ["1404-01-01 12:00:00", "1405-01-01 12:00:00"])
async def test_a_record_with_a_time_far_off_is_refused(hass, client, address, push, created_at):
    await deliver(hass, client, address, record(created_at=created_at, ended_at=None))
    assert push.refusals == {"not now": 1}
    assert push.signals == []


async def test_a_time_in_the_wrong_zone_is_taken_as_now(hass, client, address, push):
    """Three and a half hours ahead of NOW (13:00 in Tehran): a telephone system that writes local time as UTC."""
    ahead = record(call_id="x1", created_at="1404-12-19 16:30:00", ended_at="1404-12-19 16:30:06")
    await deliver(hass, client, address, ahead)
    assert [signal.ended_at for signal in push.signals] == [dt_util.utcnow()]


async def test_no_look_follows_an_unload(hass, sandbox, keyless, client, address, push, later):
    await deliver(hass, client, address, record(call_id="x1"))
    await hass.config_entries.async_unload(keyless.entry_id)
    before = len(sandbox.requests)
    await later(confirmation.LOOK_AFTER[-1])
    assert len(sandbox.requests) == before


async def test_a_signal_during_a_poll_waits_for_the_next_poll(hass, keyless, push, freezer):
    gate = asyncio.Event()

    async def poll():
        await gate.wait()
        return True

    def spawn(work):
        return hass.async_create_background_task(work, "look")

    looks = confirmation.SignalConfirmation(hass, "Office", health=push, poll=poll, spawn=spawn)
    looks.async_add(dt_util.utcnow())
    freezer.tick(confirmation.LOOK_AFTER[0] + 1)
    async_fire_time_changed(hass)
    await asyncio.sleep(0)
    looks.async_add(dt_util.utcnow() - timedelta(minutes=30))
    gate.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [signal.looks for signal in push.signals] == [1, 0]
    looks.async_stop()


async def test_a_forged_record_leaves_archive_counts_and_costs_as_they_are(
    hass, sandbox, keyless, client, address, push, state, later
):
    await later(130)
    names = ("calls", "missed", "incoming", "talk_time", "cost_today", "cost_month", "open_missed_callers", "last_call")

    def shown():
        return [state("sensor", f"{keyless.unique_id}_{name}").state for name in names]

    runtime = keyless.runtime_data
    read = partial(runtime.archive.calls, accounts=runtime.account_key)
    before, calls = shown(), await hass.async_add_executor_job(read)
    events = async_capture_events(hass, "trunkline_call")
    for changes in ({}, {"price": 999_999_999}, {"call_id": calls[0].call_id, "price": 1, "status": "BUSY"}):
        await deliver(hass, client, address, record() | changes)
    for seconds in (3, 10, 30, 60, 120):
        await later(seconds)
    assert (shown(), await hass.async_add_executor_job(read), events) == (before, calls, [])
    assert await pushed_calls(hass, keyless) == {}
    assert (push.deliveries, push.confirmed) == (3, 0)


async def test_a_flood_of_forged_records_causes_few_requests(hass, sandbox, keyless, client, address, later):
    """One each ten seconds for an hour, with ends that lie more than two minutes apart."""
    await later(130)
    before = polls(sandbox)
    for number in range(360):
        start = dt_util.utcnow() - timedelta(minutes=3 * (number % 19))
        when = jalali_text(start, dt_util.get_time_zone("Asia/Tehran"))
        await deliver(hass, client, address, record(call_id=f"x{number}", created_at=when, ended_at=when))
        await later(10)
    # Thirty polls are due in an hour anyway, and a look each five minutes at last.
    assert polls(sandbox) - before < 3 * 30


# The counting itself


def call(seconds_ago, talk=0):
    """Return a call that ended so many seconds before NOW."""
    ended = NOW - timedelta(seconds=seconds_ago)
    return Call(
        account="a",
        call_id=str(seconds_ago),
        direction=Direction.INCOMING,
        status=Status.BUSY,
        started_at=ended - timedelta(seconds=talk),
        ended_at=ended,
        talk=talk,
    )


@pytest.fixture
def health(now):
    return PushHealth()


def test_a_signal_is_confirmed_by_a_call_that_ended_within_two_minutes_of_it(health):
    assert not health.add_signal(NOW - timedelta(seconds=60))
    health.add_polled([call(181)])
    assert health.confirmed == 0
    health.add_polled([call(180)])
    assert (health.confirmed, health.signals) == (1, [])


def test_each_call_confirms_one_signal_and_the_nearest(health):
    for seconds in (10, 50, 100):
        health.add_signal(NOW - timedelta(seconds=seconds))
    health.add_polled([call(52)])
    assert health.confirmed == 1
    assert [(NOW - signal.ended_at).total_seconds() for signal in health.signals] == [10, 100]


def test_a_call_without_a_time_confirms_nothing(health):
    health.add_signal(NOW)
    timeless = Call(account="a", call_id="1", direction=None, status=Status.UNKNOWN, started_at=None)
    health.add_polled([timeless])
    assert (health.confirmed, len(health.signals)) == (0, 1)


def test_a_polled_call_confirms_one_later_signal_within_a_few_minutes(health, freezer):
    health.add_polled([call(5)])
    assert health.add_signal(NOW - timedelta(seconds=3))
    assert not health.add_signal(NOW - timedelta(seconds=3))
    health.signals.clear()
    health.add_polled([call(5)])
    freezer.tick(300)
    health.add_polled([])
    assert health.unclaimed == []


def test_a_signal_is_unconfirmed_after_the_last_look_and_counted_once(health):
    health.add_signal(NOW)
    for look in range(MAX_LOOKS):
        assert health.unconfirmed == 0, look
        health.add_look(list(health.signals))
    assert (health.unconfirmed, health.signals) == (1, [])
    health.add_look([])
    assert health.unconfirmed == 1


def test_the_number_of_pending_signals_is_limited(health):
    for _ in range(MAX_SIGNALS + 5):
        health.add_signal(NOW)
    assert len(health.signals) == MAX_SIGNALS
