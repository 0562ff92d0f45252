"""`demo --check`: does what a user would try, and compares it with what the sandbox reports."""

from __future__ import annotations

import contextlib
import re
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ._check_restart import check_restart
from ._check_table import Table, act, check_entities, entity_of, next_event, number_in, sandbox_account, state_of, until
from ._configuration import DASHBOARD
from ._demo import say
from ._demo_accounts import CALLED_NUMBER, DEMO_WIRES, account_entities, caller, loaded_entries, provider_of
from ._demo_start import demo
from ._process import DemoError

if TYPE_CHECKING:
    from . import _hass
    from ._demo import Demo
    from ._demo_accounts import AccountEntities
    from ._demo_start import Options


async def check(options: Options) -> int:
    """Run the demo and all checks, print the table, and return the exit status."""
    table = Table()
    started = time.monotonic()
    async with demo(options) as running_demo:
        try:
            await _check_everything(running_demo, table)
        except (DemoError, TimeoutError) as error:
            table.add("all checks run", "yes", error or "something took too long", passed=False)
    say(f"\n{table}\n")
    say(f"{'all passed' if table.passed else 'FAILED'} after {time.monotonic() - started:.0f} s")
    if not table.passed:
        say(f"the logs are in {options.directory}")
    return 0 if table.passed else 1


async def _check_everything(running_demo: Demo, table: Table) -> None:
    client, socket = running_demo.client, running_demo.socket
    config = await client.request("GET", "/api/config")
    table.add("Home Assistant runs", "RUNNING", config["state"])
    say(f"Home Assistant {config['version']} is running")
    found = await loaded_entries(socket)
    everything = {
        await provider_of(running_demo, entry["entry_id"]): account
        for entry, account in zip(found, await account_entities(socket), strict=True)
    }
    table.add("accounts that are loaded", ", ".join(DEMO_WIRES), ", ".join(everything))
    account = everything.pop("telefonchy")
    own = account.own

    truth = await sandbox_account(running_demo)
    await until(lambda: state_of(client, own["history"]), lambda state: number_in(state) == 100)
    table.add("the history is read", 100, number_in(await state_of(client, own["history"])))
    reply = await act(client, "get_calls", {"config_entry": account.entry_id, "limit": 1000})
    table.add("calls in the archive", truth["calls"], reply["count"])
    for trunk in truth["trunks"]:
        await _check_credit(client, account, trunk, table)
    await check_entities(client, account, table)
    await _check_dashboard(running_demo, table)

    await socket.subscribe("trunkline_call")
    calls = number_in(await state_of(client, own["calls"]))
    say("placing a call by action")
    before = await sandbox_account(running_demo)
    placed = await act(
        client,
        "click_to_call",
        {"config_entry": account.entry_id, "from": running_demo.accounts[0]["extensions"][0], "to": CALLED_NUMBER},
    )
    table.add("click_to_call is accepted", "accepted", placed["status"])
    table.add("it has a request id", "an id", placed["request_id"], passed=bool(placed["request_id"]))
    await _check_placed_call(running_demo, account, table, "the call by action", before, calls)

    say("pressing the speed dial")
    before = await sandbox_account(running_demo)
    button = next(iter(account.dials.values()))
    await client.request("POST", "/api/services/button/press", {"entity_id": button})
    await _check_placed_call(
        running_demo, account, table, "the call by button", before, None if calls is None else calls + 1
    )

    for wire, other in everything.items():
        await _check_other_account(running_demo, wire, other, table)
    say("placing a call with each other account")
    while not socket.events.empty():
        socket.events.get_nowait()
    for wire, other in everything.items():
        data = {"config_entry": other.entry_id, "from": caller(running_demo, wire), "to": CALLED_NUMBER}
        placed = await act(client, "click_to_call", data)
        table.add(f"{wire}: click_to_call is accepted", "a status", placed["status"], passed=bool(placed["status"]))
        if placed["remaining_credit"] is not None:
            left = Decimal(str(placed["remaining_credit"]).split()[0])
            await _check_credit_from_reply(running_demo, wire, other, left, table)
    waiting = {other.entry_id: wire for wire, other in everything.items()}
    with contextlib.suppress(TimeoutError):
        while waiting:
            event = await next_event(running_demo)
            if event["config_entry"] in waiting:
                wire = waiting.pop(event["config_entry"])
                table.add(f"{wire}: event of a call", "an id", event["call_id"], passed=bool(event["call_id"]))
    for wire in waiting.values():
        table.add(f"{wire}: event of a call", "an id", "none came", passed=False)
    await check_restart(running_demo, account, table)


async def _check_credit_from_reply(
    running_demo: Demo, wire: str, account: AccountEntities, left: Decimal, table: Table
) -> None:
    """Check the credit that only the reply to a paid request states; its entity is created by then."""

    async def shown() -> str:
        now = next(found for found in await account_entities(running_demo.socket) if found.entry_id == account.entry_id)
        credit = next((line["credit"] for line in now.trunks.values() if "credit" in line), None)
        return await state_of(running_demo.client, credit) if credit else "missing"

    state = await until(shown, lambda state: number_in(state) == left)
    table.add(f"{wire}: the credit that the reply told", left, number_in(state))


async def _check_other_account(running_demo: Demo, wire: str, account: AccountEntities, table: Table) -> None:
    """Check that an account of another provider has the same calls, and that its entities are available."""
    client = running_demo.client
    history = account.own["history"]
    await until(lambda: state_of(client, history), lambda state: number_in(state) == 100)
    table.add(f"{wire}: the history is read", 100, number_in(await state_of(client, history)))
    await act(client, "sync_now", {"config_entry": account.entry_id})
    truth = dict((await running_demo.control("state"))["accounts"][wire][0])
    reply = await act(client, "get_calls", {"config_entry": account.entry_id, "limit": 1000})
    table.add(f"{wire}: calls in the archive", truth["calls"], reply["count"])
    await check_entities(client, account, table, f"{wire}: ")


async def _check_placed_call(  # noqa: PLR0917  (a step of the check, called twice)
    running_demo: Demo,
    account: AccountEntities,
    table: Table,
    what: str,
    before: dict[str, Any],
    calls: Decimal | None,
) -> None:
    """Check that a placed call fires an event, is counted today, and reduces the credit."""
    client = running_demo.client
    event = await next_event(running_demo, account.entry_id)
    table.add(f"{what}: event", "answered", event["type"])
    digits = re.sub(r"\D", "", str(event["destination"])).lstrip("0")
    table.add(f"{what}: to whom", CALLED_NUMBER.lstrip("0"), digits)
    shown = await until(
        lambda: entity_of(client, account.own["call"]),
        lambda entity: entity["attributes"].get("call_id") == event["call_id"],
    )
    table.add(f"{what}: event entity", "answered", shown["attributes"].get("event_type"))
    expected = None if calls is None else calls + 1
    await until(lambda: state_of(client, account.own["calls"]), lambda state: number_in(state) == expected)
    table.add(f"{what}: calls today", expected, number_in(await state_of(client, account.own["calls"])))

    after = await sandbox_account(running_demo)
    fell = sum(trunk["credit"] for trunk in before["trunks"]) - sum(trunk["credit"] for trunk in after["trunks"])
    table.add(f"{what}: the sandbox charged its price", Decimal(event["price"]), Decimal(fell))
    table.add(f"{what}: the price", "more than 0", fell, passed=fell > 0)
    for trunk in after["trunks"]:
        await _check_credit(client, account, trunk, table, what=f"{what}: ")


async def _check_credit(
    client: _hass.Client, account: AccountEntities, trunk: dict[str, Any], table: Table, what: str = ""
) -> None:
    # Trunks are named after their account and the last digits of their number.
    entity = next(line["credit"] for name, line in account.trunks.items() if trunk["number"].endswith(name.split()[-1]))
    await until(lambda: state_of(client, entity), lambda state: number_in(state) == trunk["credit"], patience=60)
    table.add(f"{what}credit of {trunk['number']}", Decimal(trunk["credit"]), number_in(await state_of(client, entity)))


async def _check_dashboard(running_demo: Demo, table: Table) -> None:
    """Check that the page and its scripts are served, and that the dashboard has something to show for each account."""
    client, socket = running_demo.client, running_demo.socket
    page = await client.request("GET", f"/{DASHBOARD}/account-1")
    scripts = re.findall(r"/frontend_latest/[\w.-]+\.js|/trunkline_static/\w+/trunkline\.js", page)
    table.add("the dashboard's page", "a page with scripts", f"{len(scripts)} scripts", passed=bool(scripts))
    for name in ("frontend_latest", "trunkline_static"):
        script = next((script for script in scripts if name in script), None)
        loaded = await client.request("GET", script) if script else ""
        table.add(f"its script in {name}", "is served", f"{len(loaded)} characters", passed=len(loaded) > 100)
    shown = await socket.command("lovelace/config", url_path=DASHBOARD, force=True)
    table.add("the dashboard's strategy", "custom:trunkline", shown["strategy"]["type"])
    accounts = (await socket.command("trunkline/accounts"))["accounts"]
    table.add("accounts on the dashboard", len(DEMO_WIRES), sum(account["in_dashboard"] for account in accounts))
    states = {entity["entity_id"] for entity in await client.request("GET", "/api/states")}
    named = {entity for account in accounts for entity in _entities(account)}
    known = len(named & states)
    table.add("entities on the dashboard", f"{len(named)} known", f"{known} known", passed=named <= states)
    page_of_calls = await socket.command("trunkline/calls", limit=20)
    table.add("its list of calls", 20, len(page_of_calls["calls"]))


def _entities(account: dict[str, Any]) -> list[str]:
    own = [*account["entities"].values(), *account["plans"]]
    dials = [dial["entity_id"] for dial in account["speed_dials"]]
    return own + dials + [entity for trunk in account["trunks"] for entity in trunk["entities"].values()]
