"""The part of `demo --check` about what a user makes, and what is left of it after a restart."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from ._check_table import act, check_entities, next_event, sandbox_account, state_of, until
from ._demo import say
from ._demo_accounts import CALLED_NUMBER, loaded_entries
from ._demo_start import keep_running

if TYPE_CHECKING:
    from ._check_table import Table
    from ._demo import Demo
    from ._demo_accounts import AccountEntities

_MISSED: Final = ("9120000776", "9120000777")
"""The callers who are missed before and after the restart."""
_RESTART_PATIENCE: Final = 240.0
_CREATED: Final = {"automation.check_missed_call": "on", "script.check_script": "off", "scene.check_scene": "unknown"}
"""What is created, and its state before it ever ran."""


async def check_restart(running_demo: Demo, account: AccountEntities, table: Table) -> None:
    """Check that what the editors of the user interface write works, and that all goes on after a restart."""
    say("creating an automation from a blueprint")
    await _create(running_demo, account)
    await _check_created(running_demo, table, "")
    await _check_missed_call(running_demo, _MISSED[0], table, "the automation acts")

    say("restarting Home Assistant")
    truth = await sandbox_account(running_demo)
    keeping = asyncio.create_task(keep_running(running_demo))
    try:
        await _restart(running_demo, keeping)
        await loaded_entries(running_demo.socket)
        await check_entities(running_demo.client, account, table, "after a restart: ")
        reply = await act(running_demo.client, "get_calls", {"config_entry": account.entry_id, "limit": 1000})
        table.add("after a restart: calls in the archive", truth["calls"], reply["count"])
        await _check_created(running_demo, table, "after a restart: ")
        await _check_missed_call(running_demo, _MISSED[1], table, "after a restart: the automation acts")
        await running_demo.socket.subscribe("trunkline_call")
        call = {"from": running_demo.accounts[0]["extensions"][0], "to": CALLED_NUMBER}
        placed = await act(running_demo.client, "click_to_call", {"config_entry": account.entry_id, **call})
        table.add("after a restart: click_to_call is accepted", "accepted", placed["status"])
        event = await next_event(running_demo, account.entry_id)
        table.add("after a restart: event of the call", "answered", event["type"])
    finally:
        keeping.cancel()
        # an error of its own is the reason for whatever failed above
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _create(running_demo: Demo, account: AccountEntities) -> None:
    """Create one of each kind as the editors do."""
    automation = {
        "alias": "Check missed call",
        "use_blueprint": {"path": "trunkline/missed_call.yaml", "input": {"account": account.entry_id}},
    }
    script = {"alias": "Check script", "sequence": [{"delay": 1}]}
    scene = {"name": "Check scene", "entities": {}}
    for kind, key, made in (
        ("automation", "1700000000001", automation),
        ("script", "check_script", script),
        ("scene", "1700000000002", scene),
    ):
        await running_demo.client.request("POST", f"/api/config/{kind}/config/{key}", made)


async def _check_created(running_demo: Demo, table: Table, when: str) -> None:
    """Check that what was created is there."""

    async def found() -> int:
        return sum([await state_of(running_demo.client, entity) == state for entity, state in _CREATED.items()])

    count = await until(found, lambda count: count == len(_CREATED))
    table.add(
        f"{when}automation, script and scene", f"{len(_CREATED)} of {len(_CREATED)}", f"{count} of {len(_CREATED)}"
    )


async def _check_missed_call(running_demo: Demo, number: str, table: Table, what: str) -> None:
    """Check that the notification of the blueprint tells of a call that is missed now."""
    await running_demo.control(
        "call", provider="telefonchy", type="incoming", status="NO ANSWER", number=number, wait=5
    )

    async def messages() -> list[str]:
        found: list[dict[str, Any]] = await running_demo.socket.command("persistent_notification/get")
        return [notification["message"] for notification in found if number in notification["message"]]

    told = await until(messages, bool)
    table.add(what, "a notification", told[0] if told else "none came", passed=bool(told))


async def _restart(running_demo: Demo, keeping: asyncio.Task[None]) -> None:
    """Restart as the user interface does, and wait until Home Assistant runs again, or cannot."""
    before = running_demo.socket
    with contextlib.suppress(aiohttp.ClientError):
        await running_demo.client.request("POST", "/api/services/homeassistant/restart", {})

    async def over() -> bool:
        return running_demo.socket is not before or keeping.done()

    await until(over, bool, _RESTART_PATIENCE)
