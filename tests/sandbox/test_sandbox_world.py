"""The simulated company: determinism, its ledger, its rhythm and its people."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from trunkline.sandbox import Direction, Outcome, PlacedCalls, Sandbox

NOON = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
TEHRAN = ZoneInfo("Asia/Tehran")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


def world(**settings):
    return Sandbox(**{"seed": 3, "calls": 6000, "days": 60, "now": NOON, **settings}).world


def everything(one):
    """Return all that a world holds, as plain values."""
    return [
        (list(office.calls), office.calls.notes, office.trunks, office.extensions) for office in one.offices
    ], one.parties


def test_same_seed_and_now_make_the_same_world():
    assert everything(world()) == everything(world())


def test_another_seed_makes_another_world():
    assert everything(world())[0] != everything(world(seed=4))[0]


async def test_same_seed_and_now_serve_the_same_bytes(start):
    one, other = await start(seed=9), await start(seed=9)
    assert one.account().credentials == other.account().credentials
    for path in ("/services", "/locations"):
        assert (await one.raw(path))[2] == (await other.raw(path))[2]
    service = one.account().service_id
    assert (await one.raw("/calls", service_id=service, per_page=200))[2] == (
        await other.raw("/calls", service_id=service, per_page=200)
    )[2]


@pytest.mark.parametrize(("calls", "days"), [(0, 1), (1, 1), (7, 1), (500, 30), (20_000, 3)])
def test_as_many_calls_as_asked_all_ended_within_the_days(calls, days):
    one = world(calls=calls, days=days)
    rows = [row for office in one.offices for row in office.calls]
    assert len(rows) == calls
    assert len({row.call_id for row in rows}) == calls
    assert all(NOON.timestamp() - days * 86400 <= row.started_at for row in rows)
    assert all(row.ended_at < NOON.timestamp() for row in rows)
    assert all((row.talk > 0) == (row.outcome == Outcome.ANSWERED) for row in rows)
    assert all(row.wait >= 0 for row in rows)


def test_hundred_thousand_calls_are_complete():
    one = world(calls=100_000, days=365)
    assert [len(office.calls) for office in one.offices] == [70_000, 30_000]


@pytest.mark.parametrize("settings", [{"calls": -1}, {"days": 0}, {"now": datetime(2026, 5, 20)}, {"live": -1}])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match="must|zone"):
        world(**settings)


def test_credit_is_the_opening_and_the_top_ups_less_the_prices():
    for office in world().offices:
        for at, trunk in enumerate(office.trunks):
            prices = sum(row.price for row in office.calls if row.trunk == at)
            assert prices > 0
            assert trunk.top_ups
            assert trunk.credit == trunk.opening + sum(amount for _, amount in trunk.top_ups) - prices
            assert trunk.credit > 0


def test_price_is_its_parts_less_what_the_package_saved():
    rows = [row for office in world().offices for row in office.calls]
    for row in rows:
        assert row.price == row.price_wait + row.price_talk + row.price_record - row.price_saved
        assert row.price >= 0
    assert any(row.price_saved for row in rows)
    assert any(row.price_record for row in rows)
    assert all(row.price == 0 for row in rows if row.direction == Direction.LOCAL)


def test_week_follows_the_iranian_rhythm():
    # Four whole weeks, so that each weekday is there four times.
    one = world(calls=20_000, days=28, now=datetime(2026, 5, 15, 20, 30, tzinfo=UTC))
    starts = [datetime.fromtimestamp(row.started_at, TEHRAN) for office in one.offices for row in office.calls]
    by_day = Counter(start.weekday() for start in starts)
    full = [by_day[day] for day in (SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY)]
    assert max(full) < 1.2 * min(full)
    assert 0.3 * min(full) < by_day[THURSDAY] < 0.7 * min(full)
    assert by_day[FRIDAY] < 0.06 * min(full)
    by_hour = Counter(start.hour for start in starts)
    at_work = sum(by_hour[hour] for hour in range(8, 17))
    assert at_work > 0.85 * len(starts)
    assert by_hour[13] < 0.75 * by_hour[10]
    assert by_hour[13] < 0.75 * by_hour[15]


def test_statuses_have_plausible_shares():
    rows = [row for office in world(calls=20_000).offices for row in office.calls]
    shares = {outcome: sum(row.outcome == outcome for row in rows) / len(rows) for outcome in Outcome}
    assert 0.6 < shares[Outcome.ANSWERED] < 0.85
    assert 0.1 < shares[Outcome.NO_ANSWER] < 0.3
    assert 0.02 < shares[Outcome.BUSY] < 0.12
    assert 0 < shares[Outcome.CONGESTION] < 0.04


def test_missed_callers_try_again_and_are_called_back():
    rows = sorted((row for row in world().offices[0].calls if row.trunk >= 0), key=lambda row: row.started_at)
    missed = again = back = 0
    for at, row in enumerate(rows):
        if row.direction != Direction.INCOMING or row.outcome == Outcome.ANSWERED:
            continue
        missed += 1
        soon = [item for item in rows[at + 1 : at + 60] if item.started_at - row.started_at < 4 * 3600]
        same = [item for item in soon if item.peer == row.peer]
        again += any(item.direction == Direction.INCOMING for item in same)
        back += any(item.direction == Direction.OUTGOING for item in same)
    assert again > 0.1 * missed
    assert back > 0.1 * missed


def test_a_desk_has_one_call_at_a_time():
    office = world(calls=2000).offices[0]
    busy_until = {}
    overlaps = 0
    for row in office.calls:
        if row.extension >= 0:
            overlaps += row.started_at < busy_until.get(row.extension, 0)
            busy_until[row.extension] = row.ended_at
    # A call that finds every desk busy still names one.
    assert overlaps <= 0.01 * len(office.calls)


def test_every_number_is_from_a_range_that_belongs_to_nobody():
    one = world(calls=50_000)
    numbers = [party.number for party in one.parties]
    numbers += [trunk.number for office in one.offices for trunk in office.trunks]
    numbers += [desk.forwarded_to for office in one.offices for desk in office.extensions if desk.forwarded_to]
    assert len(numbers) == len(set(numbers))
    assert all(re.fullmatch(r"912000\d{4}|[1-8]\d0000\d{4}", number) for number in numbers)


def test_a_big_office_has_more_desks():
    small, big = world(calls=100), world(calls=60_000)
    assert len(small.offices[0].extensions) == 8
    assert len(big.offices[0].extensions) > 8
    assert len({desk.number for desk in big.offices[0].extensions}) == len(big.offices[0].extensions)


# The clock.


def test_clock_runs_on_from_now_and_can_be_frozen_moved_and_set():
    clock = world(calls=0).clock
    assert 0 <= clock.now() - NOON.timestamp() < 600
    clock.freeze()
    instant = clock.now()
    assert clock.now() == instant
    clock.move(-3600)
    assert clock.now() == instant - 3600
    clock.set(5_000)
    assert clock.now() == 5_000
    clock.run()
    assert 5_000 <= clock.now() < 5_600
    clock.run()
    assert not clock.frozen
    clock.move(1000)
    assert 6_000 <= clock.now() < 6_600


def test_without_now_the_clock_is_the_real_one():
    one = world(calls=10, now=None)
    assert abs(one.clock.now() - datetime.now(UTC).timestamp()) < 60


# Calls that are asked for.


async def test_smartcall_happens_costs_and_lowers_the_credit(start):
    client = await start(calls=0)
    service = client.account().service_id
    _, before = await client.ask("/services")
    status, envelope = await client.ask("/smartcall", service_id=service, exten="1511", to="09120000777")
    assert status == 200
    assert list(envelope["data"]) == ["request_id"]
    assert isinstance(envelope["data"]["request_id"], str)
    assert (await client.calls())[1]["total_items"] == 0

    client.sandbox.world.clock.move(60)
    (call,), _ = await client.calls()
    assert (call["type"], call["status"]) == ("outgoing", "ANSWERED")
    assert call["call_source"] == {"number": "1511", "contact": None}
    assert call["call_dest"]["number"] == "9120000777"
    # 2 s of waiting at 17 for 6 s, one started minute to a mobile at 950, one of recording at 25.
    assert (call["price_wait"], call["price_talk"], call["price_record"], call["price"]) == ("5", "950", "25", 980)
    _, after = await client.ask("/services")
    credits_before, credits_after = (
        sum(trunk["credit"]["value"] for trunk in item["data"][0]["trunks"]) for item in (before, after)
    )
    assert credits_before - credits_after == 980


async def test_smartcall_ends_by_itself(start):
    client = await start(calls=0, placed=PlacedCalls(wait=0, talk=1))
    ended = []
    client.sandbox.world.on_ended.append(ended.append)
    await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="09120000777")
    while not ended:
        await asyncio.sleep(0.02)
    assert (await client.calls())[1]["total_items"] == 1


async def test_smartcall_waits_for_a_frozen_clock(start):
    client = await start(calls=0, placed=PlacedCalls(delay=5, wait=0, talk=0, outcome=Outcome.NO_ANSWER))
    client.sandbox.world.clock.freeze()
    await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="09120000777")
    assert (await client.control(do="state"))[1]["under_way"] == 1
    client.sandbox.world.clock.move(4)
    assert (await client.calls())[1]["total_items"] == 0
    client.sandbox.world.clock.move(1)
    (call,), _ = await client.calls()
    assert (call["status"], call["time_talk"], call["file_id"]) == ("NO ANSWER", "0", None)


async def test_smartcall_to_an_extension_is_local_and_free(start):
    client = await start(calls=0)
    await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to="1511")
    client.sandbox.world.clock.move(60)
    (call,), _ = await client.calls()
    assert (call["type"], call["trunk"], call["price"]) == ("local", None, 0)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"exten": "9999"}, "exten"),
        ({"exten": ""}, "exten"),
        ({"to": ""}, "to"),
        ({"to": "12"}, "to"),
        ({"to": "abc"}, "to"),
        ({"to": "0912-000-0001"}, "to"),
        ({"to": "۰۹۱۲۰۰۰۰۰۰۱"}, "to"),
        ({"service_id": "x"}, "service_id"),
    ],
)
async def test_smartcall_refuses_what_cannot_be_called(start, change, name):
    client = await start(calls=0)
    parameters = {"service_id": client.account().service_id, "exten": "1510", "to": "09120000001", **change}
    status, envelope = await client.ask("/smartcall", **parameters)
    assert (status, envelope["status"]) == (400, "Validations-Error")
    assert name in envelope["message"]
    assert client.sandbox.world.under_way == 0


async def test_smartcall_without_credit_is_refused_until_topped_up(start):
    client = await start(calls=0)
    world = client.sandbox.world
    for at, trunk in enumerate(world.offices[0].trunks):
        world.top_up(world.offices[0], at, -trunk.credit)
    parameters = {"service_id": client.account().service_id, "exten": "1510", "to": "09120000001"}
    assert (await client.ask("/smartcall", **parameters))[1]["status"] == "Failed"
    await client.control(do="top_up", trunk="02100000011", amount=1000)
    assert (await client.ask("/smartcall", **parameters))[1]["status"] == "Ok"


@pytest.mark.parametrize("to", ["09120000777", "9120000777", "+989120000777", "00989120000777", "989120000777"])
async def test_any_spelling_of_a_number_is_the_same_party(start, to):
    client = await start(calls=0)
    await client.ask("/smartcall", service_id=client.account().service_id, exten="1510", to=to)
    client.sandbox.world.clock.move(60)
    (call,), _ = await client.calls()
    assert call["call_dest"]["number"] == "9120000777"


async def test_live_calls_happen_by_themselves_and_never_run_dry(start):
    client = await start(calls=0, live=60_000)
    world = client.sandbox.world
    for office in world.offices:
        for at, trunk in enumerate(office.trunks):
            world.top_up(office, at, -trunk.credit)
    while sum(len(office.calls) for office in world.offices) < 20:
        await asyncio.sleep(0.02)
    assert all(trunk.credit > 0 for office in world.offices for trunk in office.trunks if trunk.charged)


async def test_live_calls_stop_with_the_clock(start):
    client = await start(calls=0, live=60_000)
    world = client.sandbox.world
    world.clock.freeze()
    count = sum(len(office.calls) for office in world.offices)
    await asyncio.sleep(0.1)
    assert sum(len(office.calls) for office in world.offices) == count


def test_a_price_has_only_its_four_parts():
    one = world(calls=10)
    with pytest.raises(ValueError, match="no part"):
        one.offices[0].calls.reprice(0, price=1)


def test_top_up_lengthens_the_credits_life():
    one = world(calls=0)
    trunk = one.offices[0].trunks[0]
    before = trunk.expires_at
    one.top_up(one.offices[0], 0, 5)
    assert trunk.expires_at > before
    assert trunk.expires_at - NOON.timestamp() >= timedelta(days=90).total_seconds()
