"""The accounts of the demo: added over the API of the user interface, and found again with their entities."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkline.providers import PROVIDERS

from ._demo import DOMAIN, say
from ._process import DemoError

if TYPE_CHECKING:
    from . import _hass
    from ._demo import Demo

# Numbers of this shape belong to nobody; the sandbox lets anything be called.
CALLED_NUMBER = "02155500199"
MOBILE = "09120000123"
# The wires whose first account is shown, and what pushes its call records here.
DEMO_WIRES = ("telefonchy", "voipano", "voip24h", "simotel", "mor")
PUSHING = ("telefonchy", "simotel")


@dataclass(frozen=True, slots=True)
class AccountEntities:
    """The entity ids of one account by key: its own, those of each trunk (by name), and its speed dials (by name)."""

    title: str
    entry_id: str
    own: dict[str, str]
    trunks: dict[str, dict[str, str]]
    dials: dict[str, str]


async def set_up(running_demo: Demo) -> None:
    """Add an account of each provider with a speed dial and pushes, unless they exist."""
    client, socket = running_demo.client, running_demo.socket
    known = {await provider_of(running_demo, entry["entry_id"]) for entry in await entries(socket)}
    for wire in DEMO_WIRES:
        account = running_demo.account(wire)
        if account["provider"] not in known:
            say(f"an account of {PROVIDERS[account['provider']].name} is added")
            await add_account(client, account)
    for entry in await loaded_entries(socket):
        wire = await provider_of(running_demo, entry["entry_id"])
        if not entry["num_subentries"]:
            await add_speed_dial(client, entry["entry_id"], caller(running_demo, wire))
    for entry in await loaded_entries(socket):
        wire = await provider_of(running_demo, entry["entry_id"])
        if wire in PUSHING and entry["title"] != second_title(running_demo):
            await push_to_home_assistant(running_demo, entry["entry_id"], wire, 0)


def caller(running_demo: Demo, wire: str) -> str:
    """Return the number that rings first: an extension, or a mobile if the provider connects two numbers."""
    return MOBILE if wire == "voipano" else str(running_demo.account(wire)["extensions"][0])


def second_title(running_demo: Demo) -> str:
    """Return the title of the second account, which the user adds."""
    return f"Telefonchy {running_demo.accounts[1]['service_id']}"


async def entries(socket: _hass.Socket) -> list[dict[str, Any]]:
    """Return the accounts that are set up, the oldest first."""
    found: list[dict[str, Any]] = await socket.command("config_entries/get", domain=DOMAIN)
    return sorted(found, key=lambda entry: float(entry.get("created_at", 0)))


async def loaded_entries(socket: _hass.Socket, patience: float = 60) -> list[dict[str, Any]]:
    """Wait until every account is loaded, with its entities."""
    found: list[dict[str, Any]] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while True:
                found = await entries(socket)
                if found and all(entry["state"] == "loaded" for entry in found):
                    return found
                if any(entry["state"] in {"setup_error", "migration_error"} for entry in found):
                    break
                await asyncio.sleep(0.3)
    states = [f"{entry['state']} {entry.get('reason') or ''}".strip() for entry in found]
    message = f"Home Assistant did not set up the account: {', '.join(states) or 'there is none'}"
    raise DemoError(message)


async def _flow(client: _hass.Client, path: str, handler: object, *answers: dict[str, Any]) -> dict[str, Any]:
    """Walk through a flow as the user interface does, one answer a form."""
    step = await client.request("POST", path, {"handler": handler, "show_advanced_options": True})
    for answer in answers:
        step = await client.request("POST", f"{path}/{step['flow_id']}", answer)
        if step.get("errors"):
            message = f"the form was refused: {step['errors']}"
            raise DemoError(message)
    if step["type"] != "create_entry":
        message = f"the form led to {step['type']}: {step.get('reason') or step.get('step_id')}"
        raise DemoError(message)
    return dict(step)


async def add_account(client: _hass.Client, account: dict[str, Any]) -> None:
    """Add an account of the sandbox over the API of the user interface, under the name of its provider."""
    info = PROVIDERS[account["provider"]].in_dialect(account["dialect"])
    choices = [{"provider": info.provider_id}, *([{"dialect": info.dialect}] if info.dialect else [])]
    address = {"base_url": account["base_url"]}
    credentials = {**account["credentials"], **({"advanced": address} if info.base_url else address)}
    await _flow(client, "/api/config/config_entries/flow", DOMAIN, *choices, credentials, {"name": info.name})


async def add_speed_dial(client: _hass.Client, entry_id: str, extension: str) -> None:
    """Add a button that calls."""
    answer = {"name": "Call the workshop", "from": extension, "to": CALLED_NUMBER}
    path = "/api/config/config_entries/subentries/flow"
    await _flow(client, path, [entry_id, "speed_dial"], answer)


async def stored(running_demo: Demo, entry_id: str) -> dict[str, Any]:
    """Return the data that Home Assistant stores for an account."""
    path = running_demo.config / ".storage" / "core.config_entries"
    async with asyncio.timeout(30):
        while True:
            known = json.loads(path.read_text())["data"]["entries"] if path.exists() else []
            for entry in known:
                if entry["entry_id"] == entry_id:
                    return dict(entry["data"])
            # Home Assistant writes what is new a second or more later
            await asyncio.sleep(0.3)


async def provider_of(running_demo: Demo, entry_id: str) -> str:
    """Return the id of an account's provider."""
    return str((await stored(running_demo, entry_id))["provider"])


async def push_to_home_assistant(running_demo: Demo, entry_id: str, wire: str, account: int) -> None:
    """Register the webhook at the sandbox, as a customer does in the provider's panel."""
    webhook_id = (await stored(running_demo, entry_id))["webhook_id"]
    url = f"{running_demo.client.url}/api/webhook/{webhook_id}"
    live = {"live": "stages"} if wire == "simotel" else {}
    await running_demo.control("push_to", provider=wire, account=account, url=url, **live)


async def account_entities(socket: _hass.Socket) -> list[AccountEntities]:
    """Return the entity ids of each account, from the registries."""
    devices = {device["id"]: device for device in await socket.command("config/device_registry/list")}
    registered = [
        entity
        for entity in await socket.command("config/entity_registry/list")
        if entity["platform"] == DOMAIN and not entity["disabled_by"]
    ]
    found = []
    for entry in await entries(socket):
        own: dict[str, str] = {}
        trunks: dict[str, dict[str, str]] = {}
        dials: dict[str, str] = {}
        for entity in sorted(registered, key=lambda entity: str(entity["unique_id"])):
            if entity["config_entry_id"] != entry["entry_id"]:
                continue
            device = devices[entity["device_id"]]
            name = device["name_by_user"] or device["name"]
            key = entity["translation_key"]
            if key == "speed_dial":
                dials[name] = entity["entity_id"]
            elif device["via_device_id"]:
                trunks.setdefault(name, {})[key] = entity["entity_id"]
            else:
                own[key] = entity["entity_id"]
        found.append(AccountEntities(entry["title"], entry["entry_id"], own, trunks, dials))
    return found


async def follow_accounts(running_demo: Demo) -> None:
    """Push to the second account when the user adds it, until the task is cancelled or the connection is lost."""
    pushed: set[str] = set()
    while True:
        for entry in await entries(running_demo.socket):
            second = entry["title"] == second_title(running_demo) and entry["state"] == "loaded"
            if second and entry["entry_id"] not in pushed:
                await push_to_home_assistant(running_demo, entry["entry_id"], "telefonchy", 1)
                pushed.add(entry["entry_id"])
        await asyncio.sleep(2)
