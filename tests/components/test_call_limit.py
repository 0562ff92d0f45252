"""The hourly limit of calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from custom_components.trunkline.account.call_limit import CallLimit, call_limit_store
from trunkline.errors import OutcomeUnknownError
from trunkline.model import Capability, PlacedCall

from .conftest import DOMAIN, make_entry


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def limit(hass):
    """Return a function that makes a limit of the same account."""
    return lambda clock, calls: CallLimit(clock, call_limit_store(hass, "one"), calls)


async def test_the_limit_counts_a_sliding_hour(limit):
    clock = Clock()
    two = limit(clock, 2)
    await two.async_take()
    clock.seconds += 1800
    await two.async_take()
    assert two.used == 2
    clock.seconds += 1799
    with pytest.raises(ServiceValidationError) as caught:
        await two.async_take()
    assert caught.value.translation_placeholders == {"limit": "2", "minutes": "1"}
    clock.seconds += 1
    await two.async_take()
    assert two.used == 2


async def test_a_refused_call_does_not_lengthen_the_wait(limit):
    clock = Clock()
    one = limit(clock, 1)
    await one.async_take()
    for _ in range(5):
        clock.seconds += 600
        with pytest.raises(ServiceValidationError):
            await one.async_take()
    clock.seconds += 600
    await one.async_take()


@pytest.mark.parametrize("left", [1, 89, 601, 3540])
async def test_a_call_is_allowed_after_the_minutes_that_were_told(limit, left):
    clock = Clock()
    many = limit(clock, 3)
    for _ in range(3):
        await many.async_take()
        clock.seconds += 20
    # The option was changed: only after the third call is there room for another one.
    many.limit = 1
    clock.seconds += 3580 - left
    with pytest.raises(ServiceValidationError) as caught:
        await many.async_take()
    clock.seconds += 60 * int(caught.value.translation_placeholders["minutes"])
    await many.async_take()


async def test_a_limit_without_calls_lets_none_through(limit):
    with pytest.raises(ServiceValidationError):
        await limit(Clock(), 0).async_take()


# After a restart the monotonic clock begins anew, while the clock on the wall goes on.


async def test_what_was_used_is_known_after_a_restart(hass, limit, freezer):
    before = limit(Clock(), 5)
    for _ in range(5):
        await before.async_take()
        freezer.tick(60)
        before._clock.seconds += 60
    clock = Clock()
    clock.seconds = 3.0
    after = limit(clock, 5)
    await after.async_load("Office")
    assert after.used == 5
    with pytest.raises(ServiceValidationError) as caught:
        await after.async_take()
    # The first of them was five minutes ago.
    assert caught.value.translation_placeholders == {"limit": "5", "minutes": "55"}
    clock.seconds += 55 * 60
    assert after.used == 4


async def test_a_clock_that_was_set_back_gives_no_call_more_and_holds_none_for_longer_than_an_hour(
    hass, limit, freezer
):
    before = limit(Clock(), 1)
    await before.async_take()
    freezer.move_to(dt_util.utcnow().replace(year=2020))
    clock = Clock()
    after = limit(clock, 1)
    await after.async_load("Office")
    assert after.used == 1
    clock.seconds += 3600
    assert after.used == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"version": 1}',
        '{"version": 1, "minor_version": 1, "key": "x", "data": null}',
        '{"version": 1, "minor_version": 1, "key": "x", "data": {}}',
        '{"version": 1, "minor_version": 1, "key": "x", "data": {"requested_at": ["soon"]}}',
        '{"version": 1, "minor_version": 1, "key": "x", "data": {"requested_at": 5}}',
        '{"version": 7, "minor_version": 1, "key": "x", "data": {"requested_at": []}}',
    ],
)
async def test_a_damaged_file_keeps_no_account_from_working(hass, real_files, sandbox, setup, content):
    entry = make_entry(sandbox)
    path = Path(call_limit_store(hass, entry.entry_id).path)
    await hass.async_add_executor_job(lambda: path.parent.mkdir(exist_ok=True, parents=True))
    await hass.async_add_executor_job(path.write_text, content)
    await setup(entry)
    assert entry.runtime_data.call_limit.used == 0
    await call(hass, sandbox)
    assert entry.runtime_data.call_limit.used == 1


# For every kind of call and code


async def call(hass, sandbox):
    data = {"from": sandbox.accounts["telefonchy"][0].extensions[0], "to": "02155500001"}
    await hass.services.async_call(DOMAIN, "click_to_call", data, blocking=True, return_response=True)


async def reload(hass, entry):
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_reload_allows_no_further_call(hass, sandbox, setup):
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 5}))
    for _ in range(5):
        await call(hass, sandbox)
        await reload(hass, entry)
    sent = len(sandbox.requests)
    with pytest.raises(ServiceValidationError):
        await call(hass, sandbox)
    assert entry.runtime_data.call_limit.used == 5
    assert len(sandbox.requests) == sent


PAID = {
    Capability.CLICK_TO_CALL: ("click_to_call", {"from": "101", "to": "02155500001"}),
    Capability.SECURE_CALL: ("secure_call", {"from": "02155500001", "to": "02155500002"}),
    Capability.SEND_OTP: ("send_otp", {"number": "02155500001"}),
    Capability.CALLBACK: ("callback", {"from": "02155500001"}),
}


@pytest.mark.parametrize("capability", PAID)
async def test_every_paid_action_counts_before_it_is_sent_and_across_a_reload(hass, loaded, monkeypatch, capability):
    """Also if its outcome is unknown."""
    action, data = PAID[capability]
    account = type(loaded.runtime_data.account)
    supports = account.supports
    monkeypatch.setattr(account, "supports", lambda self, what: what is capability or supports(self, what))
    counted = []

    async def paid(_self, *, source="", destination="", number="", purpose="", stream=None):
        stored = await call_limit_store(hass, loaded.entry_id).async_load()
        counted.append(len(stored["requested_at"]))
        if len(counted) > 1:
            msg = "the phone may be ringing"
            raise OutcomeUnknownError(msg)
        return PlacedCall("r1")

    monkeypatch.setattr(account, capability.value, paid, raising=False)
    await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    with pytest.raises(Exception, match="unknown|ringing"):
        await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=True)
    assert counted == [1, 2]
    await reload(hass, loaded)
    assert loaded.runtime_data.call_limit.used == 2


async def test_the_buttons_share_the_limit(hass, sandbox, setup):
    dial = ConfigSubentryData(
        data={"from": "101", "to": "02155500001"}, subentry_type="speed_dial", title="Desk", unique_id=None
    )
    entry = await setup(make_entry(sandbox, options={"calls_per_hour": 1}, subentries_data=[dial]))
    await call(hass, sandbox)
    await reload(hass, entry)
    button = next(state.entity_id for state in hass.states.async_all("button") if "sync" not in state.entity_id)
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)


async def test_the_file_is_removed_with_the_account(hass, real_files, sandbox, loaded):
    await call(hass, sandbox)
    path = Path(call_limit_store(hass, loaded.entry_id).path)
    assert await hass.async_add_executor_job(path.exists)
    await hass.config_entries.async_remove(loaded.entry_id)
    assert not await hass.async_add_executor_job(path.exists)
