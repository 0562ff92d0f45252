"""What becomes of pushed calls: confirmed by the provider's list, or withdrawn; whatever a push says, the list decides."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.push import provisional
from custom_components.trunkline.push.confirmation import CONFIRM_AFTER, MIN_MISSES, PATIENCE
from custom_components.trunkline.push.health import PushState
from custom_components.trunkline.push.repair import push_issue_id
from trunkline.calendars import jalali_text
from trunkline.errors import ConnectionFailedError

from .test_push import CALLER, SERVICE, address, archived, client, deliver, push, pushed_calls, record, world_call

__all__ = ["address", "client", "push"]

HALF_AN_HOUR = 1800
COUNTS = ("calls", "answered", "missed", "busy", "no_answer", "congestion", "incoming", "outgoing", "talk_time")
MONEY = ("cost_today", "cost_month")


@pytest.fixture
async def until_decided(later):
    """Return a function that lets half an hour pass, in small steps."""

    async def wait(seconds=HALF_AN_HOUR):
        for _ in range(seconds // 60):
            await later(60)

    return wait


def figures(state, loaded, names=(*COUNTS, *MONEY, "open_missed_callers")):
    return {name: state("sensor", f"{loaded.unique_id}_{name}").state for name in names}


def trunk_states(hass, loaded):
    """Return what is said of credit and spending, without what changes as time goes by."""
    parts = ("credit_runs_out", "unusual_spend", "low_credit", "_credit")
    return {
        state.entity_id: state.state
        for state in hass.states.async_all()
        if any(state.entity_id.endswith(part) for part in parts)
    }


async def whole_archive(hass, loaded):
    runtime = loaded.runtime_data

    def read():
        calls = runtime.archive.calls(accounts=runtime.account_key)
        return calls, runtime.archive.count(accounts=runtime.account_key), runtime.archive.corrections()

    return await hass.async_add_executor_job(read)


def withdrawn_issue(hass, loaded):
    return ir.async_get(hass).async_get_issue("trunkline", push_issue_id(loaded.entry_id))


def told(events):
    return [
        (event.data["call_id"], event.data["type"], event.data["confirmed"], event.data["repeated"]) for event in events
    ]


# Confirmed


async def test_a_pushed_call_is_provisional_until_the_list_has_it(
    hass, sandbox, loaded, client, address, push, state, later
):
    events = async_capture_events(hass, "trunkline_call")
    before = figures(state, loaded)
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed | {"price": 999_999_999})
    after = figures(state, loaded)
    call_id = pushed["call_id"]
    assert told(events) == [(call_id, "missed", False, False)]
    assert (events[0].data["price"], events[0].data["currency"]) == (None, None)
    assert [int(after[name]) - int(before[name]) for name in ("calls", "missed", "no_answer", "incoming")] == [1] * 4
    assert [after[name] for name in MONEY] == [before[name] for name in MONEY]
    last = state("sensor", f"{loaded.unique_id}_last_call").attributes
    assert (last["call_id"], last["price"], last["confirmed"]) == (call_id, None, False)
    assert await archived(hass, loaded, call_id) is None

    await later(CONFIRM_AFTER[0] + 1)
    assert told(events)[1:] == [(call_id, "missed", True, True)]
    assert events[1].data["price"] == str(pushed["price"])
    assert str((await archived(hass, loaded, call_id)).price) == f"{pushed['price']} IRR"
    assert await pushed_calls(hass, loaded) == {}
    assert state("sensor", f"{loaded.unique_id}_last_call").attributes["confirmed"] is True
    assert {name: figures(state, loaded)[name] for name in COUNTS} == {name: after[name] for name in COUNTS}
    assert Decimal(figures(state, loaded)["cost_today"]) == Decimal(before["cost_today"]) + pushed["price"]
    assert (push.confirmed, push.unconfirmed, push.lost, push.state) == (1, 0, 0, PushState.WORKING)
    await later(3600)
    assert len(events) == 2


async def test_the_event_entity_fires_once_and_only_for_a_confirmed_call(
    hass, sandbox, loaded, client, address, state, later
):
    shown = []
    pushed = world_call(sandbox)
    hass.bus.async_listen(
        "state_changed",
        lambda event: (
            shown.append(event.data["new_state"].attributes["call_id"])
            if event.data["entity_id"].startswith("event.") and event.data["new_state"].attributes.get("call_id")
            else None
        ),
    )
    await deliver(hass, client, address, pushed)
    assert shown == []
    await later(CONFIRM_AFTER[0] + 1)
    assert list(dict.fromkeys(shown)) == [pushed["call_id"]]
    assert state("event", f"{loaded.unique_id}_call").attributes["price"] == str(pushed["price"])


async def test_a_call_that_a_poll_finds_has_one_event_that_is_confirmed(hass, sandbox, loaded, later):
    events = async_capture_events(hass, "trunkline_call")
    await later(10)
    call_id = world_call(sandbox)["call_id"]
    await later(130)
    assert told(events) == [(call_id, "missed", True, False)]


async def test_a_call_that_was_answered_and_is_pushed_as_missed_is_not_taken_for_a_repetition(
    hass, sandbox, loaded, client, address, later
):
    """Whoever acts on the first event of a call alone would otherwise never hear what it really was."""
    events = async_capture_events(hass, "trunkline_call")
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed | {"status": "ANSWERED", "time_talk": "3"})
    await later(CONFIRM_AFTER[0] + 1)
    assert told(events) == [
        (pushed["call_id"], "answered", False, False),
        (pushed["call_id"], "missed", True, False),
    ]


async def test_many_records_are_confirmed_together(hass, sandbox, loaded, client, address, push, later):
    for _ in range(8):
        await deliver(hass, client, address, world_call(sandbox))
    before = len(sandbox.requests)
    await later(CONFIRM_AFTER[0] + 1)
    assert push.confirmed == 8
    assert len(sandbox.requests) - before < 8


async def test_a_push_of_a_call_that_is_in_the_list_already_changes_nothing(
    hass, sandbox, loaded, client, address, push, state, later
):
    pushed = world_call(sandbox)
    await later(130)
    events = async_capture_events(hass, "trunkline_call")
    before, shown = await whole_archive(hass, loaded), figures(state, loaded)
    for changes in ({}, {"price": 1}, {"status": "BUSY"}, {"created_at": jalali_now(minutes=-3)}, {"note": "x"}):
        await deliver(hass, client, address, pushed | changes)
    await later(CONFIRM_AFTER[0] + 1)
    assert await whole_archive(hass, loaded) == before
    assert figures(state, loaded) == shown
    assert events == []
    assert await pushed_calls(hass, loaded) == {}


async def test_a_call_that_another_program_has_stored_meanwhile_is_confirmed(
    hass, sandbox, loaded, client, address, push, later
):
    events = async_capture_events(hass, "trunkline_call")
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed)
    runtime = loaded.runtime_data
    listed = [call async for call in runtime.account.calls(since=dt_util.utcnow() - timedelta(minutes=5))]
    await hass.async_add_executor_job(runtime.archive.store, listed)
    await later(CONFIRM_AFTER[0] + 1)
    assert told(events)[1:] == [(pushed["call_id"], "missed", True, True)]
    assert runtime.provisional.waiting == {}


async def test_a_record_that_a_sync_overtakes_has_one_event(hass, sandbox, loaded, client, address, later):
    """The list has the call while its push is on the way into the archive."""
    events = async_capture_events(hass, "trunkline_call")
    pushed = world_call(sandbox)
    calls = loaded.runtime_data.provisional
    offload = calls._offload

    async def slowly(work, *arguments):
        result = await offload(work, *arguments)
        await loaded.runtime_data.async_sync()
        return result

    calls._offload = slowly
    await deliver(hass, client, address, pushed)
    calls._offload = offload
    await later(CONFIRM_AFTER[0] + 1)
    assert told(events) == [(pushed["call_id"], "missed", True, False)]
    assert calls.waiting == {}


async def test_a_pushed_call_is_confirmed_after_a_restart(hass, sandbox, loaded, client, address, later):
    events = async_capture_events(hass, "trunkline_call")
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed)
    await hass.config_entries.async_unload(loaded.entry_id)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(CONFIRM_AFTER[0] + 1)
    assert told(events) == [(pushed["call_id"], "missed", False, False), (pushed["call_id"], "missed", True, True)]
    assert loaded.runtime_data.push.confirmed == 1


@pytest.mark.parametrize("confirmed_by", ["a push that was told", "the list alone"])
async def test_a_call_that_was_pushed_in_an_outage_is_told_after_a_restart(
    hass, sandbox, loaded, client, address, later, confirmed_by
):
    events = async_capture_events(hass, "trunkline_call")
    sandbox.faults.add("status", code=503)
    await later(130)
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed)
    assert told(events) == []
    for _ in range(2):
        await hass.config_entries.async_unload(loaded.entry_id)
        sandbox.faults.clear()
        sandbox.faults.add("status", path="/calls", code=503)
        await hass.config_entries.async_setup(loaded.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert told(events) == []
    sandbox.faults.clear()
    call_id = pushed["call_id"]
    if confirmed_by == "the list alone":
        await later(CONFIRM_AFTER[-1] + 1)
        assert told(events) == [(call_id, "missed", True, False)]
    else:
        # The provider is there again, and its list lags behind.
        loaded.runtime_data.call_events.async_update(available=True)
        assert told(events) == [(call_id, "missed", False, False)]
        await later(CONFIRM_AFTER[-1] + 1)
        assert told(events)[1:] == [(call_id, "missed", True, True)]


# Withdrawn


def jalali_now(**how):
    return jalali_text(dt_util.utcnow() + timedelta(**how), dt_util.get_time_zone("Asia/Tehran"))


async def test_a_forged_call_is_withdrawn_within_half_an_hour_and_reported_without_its_content(
    hass, loaded, client, address, push, state, until_decided, caplog
):
    events = async_capture_events(hass, "trunkline_call")
    before, shown, trunks = await whole_archive(hass, loaded), figures(state, loaded), trunk_states(hass, loaded)
    await deliver(hass, client, address, record(price=999_999_999))
    now = figures(state, loaded)
    assert int(now["calls"]) == int(shown["calls"]) + 1
    assert [now[name] for name in MONEY] == [shown[name] for name in MONEY]
    assert trunk_states(hass, loaded) == trunks
    await until_decided()
    assert await whole_archive(hass, loaded) == before
    assert figures(state, loaded) == shown
    assert await pushed_calls(hass, loaded) == {}
    assert told(events) == [("999001", "missed", False, False)]
    assert (push.confirmed, push.unconfirmed, push.last_confirmed, push.state) == (0, 1, None, PushState.SILENT)
    issue = withdrawn_issue(hass, loaded)
    assert issue.translation_placeholders == {"account": loaded.title, "count": "1"}
    assert "1 pushed call records are not in the provider's call list" in caplog.text
    assert CALLER not in caplog.text


async def test_a_withdrawn_record_that_is_repeated_has_no_effect_also_after_a_restart(
    hass, sandbox, loaded, client, address, state, until_decided, later
):
    shown = figures(state, loaded)
    forged = record(price=999_999_999)
    await deliver(hass, client, address, forged)
    await until_decided()
    events = async_capture_events(hass, "trunkline_call")
    for restart in (False, True):
        if restart:
            await hass.config_entries.async_unload(loaded.entry_id)
            await hass.config_entries.async_setup(loaded.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
            assert withdrawn_issue(hass, loaded) is not None
        await deliver(hass, client, address, forged)
        push = loaded.runtime_data.push
        assert (push.refusals, push.deliveries) == ({"withdrawn": 1}, 0 if restart else 1)
        requests = len(sandbox.requests)
        await later(CONFIRM_AFTER[0] + 1)
        assert len(sandbox.requests) == requests
        assert figures(state, loaded) == shown
    assert events == []


async def test_a_genuine_call_whose_id_was_forged_before_is_found_and_told_once(
    hass, sandbox, loaded, client, address, push, until_decided, later
):
    upcoming = str(sandbox.world.next_call_id)
    await deliver(hass, client, address, record(call_id=upcoming, status="ANSWERED", time_talk="3"))
    await until_decided()
    events = async_capture_events(hass, "trunkline_call")
    pushed = world_call(sandbox)
    assert pushed["call_id"] == upcoming
    await deliver(hass, client, address, pushed)
    await later(CONFIRM_AFTER[0] + 1)
    assert told(events) == [(upcoming, "missed", True, False)]
    assert str((await archived(hass, loaded, upcoming)).price) == f"{pushed['price']} IRR"
    # What was kept aside of it is settled.
    assert withdrawn_issue(hass, loaded) is None
    assert loaded.runtime_data.provisional.withdrawn == {}


async def test_an_outage_withdraws_nothing(hass, sandbox, loaded, client, address, push, until_decided, later):
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed)
    sandbox.faults.add("status", code=503)
    await until_decided(2 * HALF_AN_HOUR)
    assert (push.confirmed, push.unconfirmed) == (0, 0)
    assert set(await pushed_calls(hass, loaded)) == {pushed["call_id"]}
    sandbox.faults.clear()
    await until_decided(600)
    assert (push.confirmed, push.unconfirmed) == (1, 0)
    assert await archived(hass, loaded, pushed["call_id"]) is not None
    assert withdrawn_issue(hass, loaded) is None


async def test_a_list_that_can_not_be_read_is_no_list_without_the_call(
    hass, loaded, client, address, push, until_decided, monkeypatch
):
    await deliver(hass, client, address, record())

    async def down(**_):
        msg = "down"
        raise ConnectionFailedError(msg)
        yield

    monkeypatch.setattr(loaded.runtime_data.account, "calls", down)
    await until_decided(2 * HALF_AN_HOUR)
    assert push.unconfirmed == 0
    assert set(await pushed_calls(hass, loaded)) == {"999001"}


async def test_a_list_that_lags_behind_confirms_the_call_later(hass, loaded, sandbox, client, address, push, later):
    """The first readings miss the call; there is time until the last one."""
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed)
    runtime = loaded.runtime_data
    pages = runtime.account.pages

    async def without_it(stream, **how):
        async for page in pages(stream, **how):
            left = tuple(call for call in page.calls if call.call_id != pushed["call_id"])
            yield replace(page, calls=left, total=page.total and page.total - 1)

    runtime.account.pages = without_it
    for _ in range(5):
        await later(100)
    assert runtime.provisional.waiting[pushed["call_id"]].misses >= MIN_MISSES
    runtime.account.pages = pages
    await later(300)
    assert (push.confirmed, push.unconfirmed) == (1, 0)


async def test_a_forged_call_that_was_pushed_before_a_restart_is_withdrawn_soon_after_it(
    hass, loaded, client, address, later
):
    await deliver(hass, client, address, record())
    await hass.config_entries.async_unload(loaded.entry_id)
    await later(PATIENCE.total_seconds())
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert set(await pushed_calls(hass, loaded)) == {"999001"}
    for _ in range(4):
        await later(60)
    assert await pushed_calls(hass, loaded) == {}
    assert loaded.runtime_data.push.unconfirmed == 1


async def test_withdrawn_calls_are_deleted_after_a_month_and_their_repair_with_them(
    hass, loaded, client, address, until_decided, freezer
):
    await deliver(hass, client, address, record())
    await until_decided()
    runtime = loaded.runtime_data
    archive, key = runtime.archive, runtime.account_key
    assert [item.call.call_id for item in await hass.async_add_executor_job(archive.pushed, key)] == ["999001"]
    await hass.config_entries.async_unload(loaded.entry_id)
    freezer.tick(provisional.KEEP_WITHDRAWN + timedelta(hours=1))
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    runtime = loaded.runtime_data
    assert await hass.async_add_executor_job(runtime.archive.pushed, key) == []
    assert withdrawn_issue(hass, loaded) is None


async def test_removing_the_account_removes_the_repair(hass, loaded, client, address, until_decided):
    await deliver(hass, client, address, record())
    await until_decided()
    assert withdrawn_issue(hass, loaded) is not None
    await hass.config_entries.async_remove(loaded.entry_id)
    assert withdrawn_issue(hass, loaded) is None


# Floods


async def test_only_so_many_calls_wait_for_the_list(hass, loaded, client, address, push, monkeypatch, sandbox, later):
    monkeypatch.setattr(provisional, "MAX_WAITING", 3)
    for number in range(5):
        await deliver(hass, client, address, record(call_id=f"99900{number}"))
    assert len(await pushed_calls(hass, loaded)) == 3
    assert push.refusals == {"too many waiting": 2}
    # A genuine call is not kept, but found.
    pushed = world_call(sandbox)
    await deliver(hass, client, address, pushed)
    await later(CONFIRM_AFTER[0] + 1)
    assert await archived(hass, loaded, pushed["call_id"]) is not None


async def test_a_flood_of_forged_calls_causes_few_requests(hass, sandbox, loaded, client, address, later):
    """One forged call each ten seconds for an hour, each with another start, costs about as much as polling does."""
    await later(130)
    usual = len(sandbox.requests)
    await later(130)
    usual = len(sandbox.requests) - usual
    before = len(sandbox.requests)
    for number in range(360):
        start = dt_util.utcnow() - timedelta(seconds=number * 60 % 36_000)
        when = jalali_text(start, dt_util.get_time_zone("Asia/Tehran"))
        await deliver(hass, client, address, record(call_id=f"9{number:05}", created_at=when, ended_at=when))
        await later(10)
    polls = 3600 / 120 * usual
    assert len(sandbox.requests) - before < 4 * polls
    for _ in range(30):
        await later(60)
    assert await pushed_calls(hass, loaded) == {}


# Whatever a push says

SEED = 20260310
VARIATIONS = 400


def forgeries(genuine, known, dice):
    """Yield variations of a genuine record, each with something that is not so."""
    fields = {
        "price": lambda: dice.choice([0, 1, -1, -999, 999_999_999, 10**15, "12.5", "1e9", "0x10", "NaN", None, True]),
        "price_talk": lambda: dice.choice([0, -5, 10**12, "7"]),
        "status": lambda: dice.choice(["ANSWERED", "BUSY", "NO ANSWER", "CONGESTION", "FAILED", "", "?", None, 5]),
        "type": lambda: dice.choice(["incoming", "outgoing", "internal", "x", None]),
        "created_at": lambda: jalali_now(seconds=dice.randint(-90_000, 90_000)),
        "ended_at": lambda: jalali_now(seconds=dice.randint(-90_000, 90_000)),
        "time_talk": lambda: dice.choice(["0", "1", "86399", "86401", "-1", "9" * 30, "x", None]),
        "time_wait": lambda: dice.choice(["0", "59", "-7", 10**10, [], None]),
        "call_id": lambda: dice.choice(
            [dice.choice(known), str(dice.randint(1, 10**9)), "", None, "x" * 300, "1; DROP TABLE calls", "\x00", "۱۲۳"]
        ),
        "service_id": lambda: dice.choice([SERVICE, "sv71002", "", None, 71001]),
        "trunk": lambda: dice.choice(["2100000010", "2155500099", "", None, "<img src=x>"]),
        "currency": lambda: dice.choice(["USD", "IRT", "", None]),
        "call_source": lambda: {"number": dice.choice(["9120000999", "", None, "=1+1"]), "contact": None},
        "note": lambda: dice.choice([None, "", "x" * 9000, "\x1b[31m"]),
    }
    for _ in range(VARIATIONS):
        chosen = dice.sample(sorted(fields), dice.randint(1, 4))
        yield genuine | {name: fields[name]() for name in chosen}


async def test_forged_replayed_and_altered_records_leave_everything_as_the_list_has_it(
    hass, sandbox, loaded, client, address, push, state, later, until_decided, monkeypatch
):
    """Some vary a call of the archive, some a call that no poll has found yet, some are sent again and again."""
    monkeypatch.setattr("custom_components.trunkline.push.admission.CALLS_BURST", 10**6)
    push_handler = loaded.runtime_data.push_handler
    push_handler._admission._rate._burst = push_handler._admission._rate._tokens = 10**6
    dice = random.Random(SEED)
    await later(60)
    old = world_call(sandbox)
    await later(130)
    calls = await whole_archive(hass, loaded)
    known = [call.call_id for call in calls[0][:50]]
    new = world_call(sandbox)

    sent = []
    for genuine in (old, new):
        for number, forged in enumerate(forgeries(genuine, known, dice)):
            sent.append(forged)
            await deliver(hass, client, address, forged)
            if number % 20 == 0:
                await deliver(hass, client, address, dice.choice(sent))
    assert len(sent) == 2 * VARIATIONS
    assert await pushed_calls(hass, loaded) != {}
    costs = figures(state, loaded, MONEY)
    await until_decided()

    # The list itself, read by another client into another archive, is what has to come out.
    runtime = loaded.runtime_data
    listed = {call.call_id: call async for call in runtime.account.calls()}
    after, count, corrections = await whole_archive(hass, loaded)
    assert {call.call_id: call for call in after} == listed
    assert (count, corrections) == (len(listed), [])
    assert await pushed_calls(hass, loaded) == {}
    today = [call for call in listed.values() if call.started_at >= runtime.coordinator.data.midnight]
    shown = figures(state, loaded)
    assert int(shown["calls"]) == len(today)
    assert Decimal(shown["cost_today"]) == sum(call.price.amount for call in today)
    assert Decimal(shown["cost_today"]) == Decimal(costs["cost_today"]) + new["price"]
    assert push.lost == 0
    assert push.state is PushState.WORKING
