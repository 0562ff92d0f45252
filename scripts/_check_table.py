"""The table of `demo --check`, and how its values are read from Home Assistant and from the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from ._process import DemoError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from . import _hass
    from ._demo import Demo
    from ._demo_accounts import AccountEntities

_SOON: Final = 45.0


@dataclass(slots=True)
class Table:
    """The expected and the actual results, row by row."""

    rows: list[tuple[bool, str, str, str]] = field(default_factory=list)

    def add(self, what: str, expected: object, seen: object, *, passed: bool | None = None) -> None:
        """Add a row. It passed if both are equal, unless `passed` says otherwise."""
        self.rows.append((expected == seen if passed is None else passed, what, str(expected), str(seen)))

    @property
    def passed(self) -> bool:
        """Whether every row passed."""
        return bool(self.rows) and all(row[0] for row in self.rows)

    def __str__(self) -> str:
        """Return the table as text."""
        lines = [("", "check", "expected", "actual"), *(("ok" if row[0] else "FAILED", *row[1:]) for row in self.rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(3)]
        return "\n".join(
            "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[3]]).rstrip()
            for line in lines
        )


async def next_event(running_demo: Demo, entry_id: str | None = None, patience: float = 90) -> dict[str, Any]:
    """Return the next event of a call, of one account or of any."""
    async with asyncio.timeout(patience):
        while True:
            event = await running_demo.socket.events.get()
            data = dict(event["data"])
            # A pushed call has another event before, without a price.
            ours = event["event_type"] == "trunkline_call" and data["confirmed"] and not data["backfilled"]
            if ours and entry_id in {None, data["config_entry"]}:
                return data


async def sandbox_account(running_demo: Demo) -> dict[str, Any]:
    """Return what the sandbox reports of the first account when no call is in progress."""
    state = await until(lambda: running_demo.control("state"), lambda state: not state["under_way"], patience=60)
    return dict(state["accounts"]["telefonchy"][0])


async def act(client: _hass.Client, action: str, data: dict[str, Any]) -> dict[str, Any]:
    """Call an action of Trunkline, and return its response."""
    reply = await client.request("POST", f"/api/services/trunkline/{action}?return_response", data)
    return dict(reply["service_response"])


async def entity_of(client: _hass.Client, entity: str) -> dict[str, Any]:
    """Return an entity's state with its attributes; a state `missing` if there is no such entity."""
    try:
        return dict(await client.request("GET", f"/api/states/{entity}"))
    except DemoError:
        return {"state": "missing", "attributes": {}}


async def state_of(client: _hass.Client, entity: str) -> str:
    """Return the state of an entity."""
    return str((await entity_of(client, entity))["state"])


def number_in(state: str) -> Decimal | None:
    """Return the number that a state is, None if it is none."""
    try:
        return Decimal(state)
    except InvalidOperation:
        return None


async def until[T](read: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], patience: float = _SOON) -> T:
    """Read until the value is as expected, or the time is up; return the last value."""
    value = await read()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while not wanted(value):
                await asyncio.sleep(0.25)
                value = await read()
    return value


async def check_entities(client: _hass.Client, account: AccountEntities, table: Table, what: str = "") -> None:
    """Check that no entity is unavailable; only events and buttons may be unknown before something happens."""
    states = {entity["entity_id"]: entity["state"] for entity in await client.request("GET", "/api/states")}
    mine = [*account.own.values(), *account.dials.values()]
    mine += [entity for line in account.trunks.values() for entity in line.values()]
    missing = [entity for entity in mine if states.get(entity, "unavailable") == "unavailable"]
    table.add(f"{what}entities available", f"{len(mine)} of {len(mine)}", f"{len(mine) - len(missing)} of {len(mine)}")
