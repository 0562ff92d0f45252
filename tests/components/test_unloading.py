"""An account that is unloaded in the middle of something: whoever waits for it is told, and nothing goes on."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from homeassistant.exceptions import HomeAssistantError
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.trunkline.account import history
from trunkline.errors import ConnectionFailedError

from .conftest import DOMAIN, entry_of


class Stuck:
    """Begins, and goes on once the gate opens."""

    def __init__(self, real: Any = None) -> None:
        self.began = asyncio.Event()
        self.gate = asyncio.Event()
        self.real = real

    async def __call__(self, *args: Any, **more: Any) -> Any:
        self.began.set()
        await self.gate.wait()
        return await self.real(*args, **more)


def act(hass, name: str, **data: Any) -> asyncio.Task[Any]:
    return asyncio.ensure_future(hass.services.async_call(DOMAIN, name, data, blocking=True))


async def settled(hass, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
    """Return a task once it has ended; it doesn't get for ever, although clocks stand still."""
    for _ in range(5000):
        if task.done():
            return task
        await hass.async_add_executor_job(int)
    pytest.fail("it still waits")


async def test_a_sync_that_is_asked_for_fails_when_the_account_is_unloaded(hass, loaded, monkeypatch):
    stuck = Stuck()
    monkeypatch.setattr(history, "sync_account", stuck)
    action = act(hass, "sync_now")
    await stuck.began.wait()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    with pytest.raises(HomeAssistantError, match="unloaded"):
        (await settled(hass, action)).result()


async def test_a_sync_that_has_not_begun_fails_when_the_account_is_unloaded(hass, loaded):
    sync = loaded.runtime_data.history
    run = asyncio.ensure_future(sync.run())
    await asyncio.sleep(0)
    await sync.stop()
    with pytest.raises(ConnectionFailedError, match="unloaded"):
        (await settled(hass, run)).result()


async def test_nothing_can_be_asked_of_an_account_that_was_unloaded(hass, loaded):
    sync = loaded.runtime_data.history
    assert await hass.config_entries.async_unload(loaded.entry_id)
    for ask in (sync.run, sync.poll):
        with pytest.raises(ConnectionFailedError, match="unloaded"):
            await ask()


async def test_a_call_that_was_being_placed_is_not_followed_after_an_unload(hass, sandbox, setup, monkeypatch):
    entry = await setup(await entry_of(sandbox, "simotel"))
    account = entry.runtime_data.account
    stuck = Stuck(account.click_to_call)
    monkeypatch.setattr(account, "click_to_call", stuck)
    fired = async_capture_events(hass, "trunkline_call_progress")
    extension = sandbox.accounts["simotel"][0].extensions[0]
    action = act(hass, "click_to_call", **{"from": extension, "to": "02155500001"})
    await stuck.began.wait()
    assert await hass.config_entries.async_unload(entry.entry_id)
    stuck.gate.set()
    # Home Assistant's tests fail for a timer that is left.
    (await settled(hass, action)).result()
    assert fired == []


@pytest.mark.parametrize("step", ["services", "history"])
async def test_a_poll_ends_in_silence_when_the_account_is_unloaded(hass, loaded, monkeypatch, caplog, step):
    stuck = Stuck()
    runtime = loaded.runtime_data
    if step == "services":
        stuck.real = runtime.account.services
        monkeypatch.setattr(runtime.account, "services", stuck)
    else:
        monkeypatch.setattr(history, "sync_account", stuck)
    poll = asyncio.ensure_future(runtime.coordinator.async_refresh())
    await stuck.began.wait()
    caplog.clear()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    stuck.gate.set()
    await settled(hass, poll)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
