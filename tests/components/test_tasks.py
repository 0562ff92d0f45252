"""Background work: one run at a time, and one timer."""

from __future__ import annotations

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.trunkline.account.tasks import EarliestTimer, Rerun


class Work:
    """Counts its runs, each of which lasts until the gate opens."""

    def __init__(self) -> None:
        self.runs = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> None:
        self.runs += 1
        await self.gate.wait()


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def rerun(hass, work):
    return Rerun(work, lambda coroutine: hass.async_create_background_task(coroutine, "work", eager_start=False))


async def test_requests_during_a_run_make_one_more_run(hass, work, rerun):
    rerun.async_request()
    await asyncio.sleep(0)
    assert (work.runs, rerun.running, rerun.requested) == (1, True, False)
    for _ in range(3):
        rerun.async_request()
    assert (work.runs, rerun.requested) == (1, True)
    work.gate.set()
    await rerun.async_wait()
    assert (work.runs, rerun.running, rerun.requested) == (2, False, False)


async def test_a_request_that_is_withdrawn_makes_no_run(work, rerun):
    rerun.async_request()
    await asyncio.sleep(0)
    rerun.async_request()
    rerun.async_withdraw()
    work.gate.set()
    await rerun.async_wait()
    assert work.runs == 1


async def test_who_waits_for_a_run_gets_one_that_began_after_the_request(work, rerun):
    rerun.async_request()
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(rerun.async_run())
    await asyncio.sleep(0)
    work.gate.set()
    await waiting
    assert work.runs == 2


async def test_nothing_runs_after_a_stop(hass, work, rerun):
    rerun.async_request()
    await asyncio.sleep(0)
    await rerun.async_stop()
    assert (rerun.running, rerun.stopped) == (False, True)
    work.gate.set()
    await rerun.async_run()
    assert work.runs == 1


async def test_a_timer_calls_once_at_the_earliest_of_its_times(hass, freezer):
    calls = []
    timer = EarliestTimer(hass, lambda: calls.append(1))
    for seconds in (60, 10, 30):
        timer.async_call_in(seconds)
    freezer.tick(11)
    async_fire_time_changed(hass)
    assert calls == [1]
    freezer.tick(60)
    async_fire_time_changed(hass)
    assert calls == [1]
    timer.async_call_in(5)
    timer.async_stop()
    timer.async_call_in(5)
    freezer.tick(6)
    async_fire_time_changed(hass)
    assert calls == [1]
