"""A damaged archive is a repair issue, whose fix flow saves what can be read."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.trunkline.account import archive as archive_module
from custom_components.trunkline.account.archive import async_repair_archive
from custom_components.trunkline.account.archive_damage import ARCHIVE_DAMAGED, async_report_damage
from custom_components.trunkline.const import ARCHIVE_FILE
from tests.archive.breaking import damage_calls
from trunkline.archive import Archive, check_archive, is_sound, repair
from trunkline.errors import DamagedArchiveError

from .conftest import DOMAIN, make_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from homeassistant.core import HomeAssistant

POLL = 130
FIX = "/api/repairs/issues/fix"

type Flow = Callable[..., Coroutine[Any, Any, dict[str, Any]]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ARCHIVE_FILE


@pytest.fixture
async def flow(hass: HomeAssistant, hass_client, socket_enabled) -> Flow:
    """Return a function that starts the fix flow, or submits its form, as the frontend does."""
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, "repairs", {})
    client, running = None, ""

    async def step() -> dict[str, Any]:
        nonlocal client, running
        client = client or await hass_client()
        wish = {} if running else {"handler": DOMAIN, "issue_id": ARCHIVE_DAMAGED}
        reply = await client.post(f"{FIX}/{running}" if running else FIX, json=wish)
        assert reply.status == 200, await reply.text()
        result = await reply.json()
        running = result["flow_id"]
        await hass.async_block_till_done(wait_background_tasks=True)
        return result

    return step


def issue(hass: HomeAssistant) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, ARCHIVE_DAMAGED)


def damage_header(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(bytes(100) + content[100:])


async def test_fix_flow_saves_the_calls_of_a_file_with_a_damaged_header(hass, sandbox, loaded, flow, file):
    calls = len(sandbox.world.offices[0].calls)
    await hass.config_entries.async_unload(loaded.entry_id)
    damage_header(file)
    await hass.config_entries.async_setup(loaded.entry_id)
    assert loaded.state is ConfigEntryState.SETUP_RETRY
    found = issue(hass)
    assert found.is_fixable
    assert found.severity is ir.IssueSeverity.ERROR

    asked = await flow()
    assert (asked["type"], asked["step_id"]) == ("form", "confirm")
    assert asked["description_placeholders"] == found.translation_placeholders
    shown = await flow()
    assert (shown["type"], shown["step_id"]) == ("form", "complete")
    assert shown["description_placeholders"]["calls"] == f"{calls:,}"
    assert (file.parent / shown["description_placeholders"]["file"]).read_bytes()[:100] == bytes(100)
    assert loaded.state is ConfigEntryState.LOADED
    assert (await flow())["type"] == "create_entry"
    assert issue(hass) is None
    assert is_sound(check_archive(f"sqlite:///{file}"))


async def test_calls_that_are_lost_are_read_again(hass, sandbox, loaded, flow, file, later):
    calls = len(sandbox.world.offices[0].calls)
    await hass.config_entries.async_unload(loaded.entry_id)
    damage_calls(file)
    await hass.config_entries.async_setup(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    if issue(hass) is None:  # no poll has read the page yet: an action that reads everything does
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(
                DOMAIN,
                "get_calls",
                {"config_entry_id": loaded.entry_id, "limit": 500},
                blocking=True,
                return_response=True,
            )
    await flow()
    shown = await flow()
    assert shown["step_id"] == "incomplete"
    assert 0 < int(shown["description_placeholders"]["calls"].replace(",", "")) < calls
    assert (await flow())["type"] == "create_entry"
    await later(POLL)
    with Archive.open(f"sqlite:///{file}") as archive:
        assert archive.count() == calls


async def test_damaged_row_is_reported_by_the_poll_that_reads_it(hass, loaded, later, file):
    assert issue(hass) is None
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE calls SET talk = 'much'")
    connection.close()
    await later(POLL)
    assert "talk holds text" in issue(hass).translation_placeholders["error"]


async def test_the_text_of_the_issue_is_inert(hass):
    """The error may name a call by its id, which comes from outside; issues are Markdown."""
    async_report_damage(hass, DamagedArchiveError("the call '![](https://example.com/x.png)' is damaged"))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, ARCHIVE_DAMAGED)
    assert "![" not in issue.translation_placeholders["error"]


async def test_flow_that_cannot_repair_says_why_and_loads_the_accounts_again(hass, entry, setup, flow, file):
    file.write_text("Dear archive, " * 500)
    await setup(entry)
    await flow()
    result = await flow()
    assert (result["type"], result["reason"]) == ("abort", "repair_failed")
    assert "nothing in" in result["description_placeholders"]["error"]
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert issue(hass) is not None
    file.unlink()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert issue(hass) is None


async def test_every_account_is_loaded_again_after_a_repair(hass, sandbox, loaded, setup, flow, file):
    other = await setup(make_entry(sandbox, 1))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE calls SET status = 'lost' WHERE call_id = (SELECT max(call_id) FROM calls)")
    connection.close()
    ir.async_create_issue(
        hass,
        DOMAIN,
        ARCHIVE_DAMAGED,
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=ARCHIVE_DAMAGED,
        translation_placeholders={"error": "?"},
    )
    await flow()
    assert (await flow())["step_id"] == "incomplete"
    assert {loaded.state, other.state} == {ConfigEntryState.LOADED}


async def test_an_account_that_is_set_up_during_a_repair_gets_the_repaired_file(
    hass, sandbox, loaded, setup, file, monkeypatch
):
    began, may_go_on = threading.Event(), threading.Event()
    real = repair._repair

    def slow(path: Path, reserved: BinaryIO) -> Any:
        began.set()
        assert may_go_on.wait(30)
        return real(path, reserved)

    monkeypatch.setattr(repair, "_repair", slow)
    repairing = asyncio.ensure_future(async_repair_archive(hass))
    await hass.async_add_executor_job(began.wait, 30)
    second = make_entry(sandbox, 1)
    second.add_to_hass(hass)
    setting_up = asyncio.ensure_future(hass.config_entries.async_setup(second.entry_id))
    for _ in range(30):
        await hass.async_add_executor_job(int)
    may_go_on.set()
    assert (await repairing).complete
    assert await setting_up
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (loaded.state, second.state) == (ConfigEntryState.LOADED, ConfigEntryState.LOADED)
    calls = {entry.unique_id: len(sandbox.world.offices[at].calls) for at, entry in enumerate((loaded, second))}
    with Archive.open(f"sqlite:///{file}") as archive:
        assert {known.account: known.calls for known in archive.accounts()} == calls


async def test_an_account_that_is_removed_meanwhile_keeps_no_other_from_being_loaded_again(
    hass, sandbox, loaded, setup, monkeypatch
):
    other = await setup(make_entry(sandbox, 1))
    shared = archive_module.shared_archive(hass)
    real = shared.repair

    async def removing():
        repaired = await real()
        await hass.config_entries.async_remove(loaded.entry_id)
        return repaired

    monkeypatch.setattr(shared, "repair", removing)
    assert (await async_repair_archive(hass)).complete
    assert other.state is ConfigEntryState.LOADED
