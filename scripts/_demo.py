"""The demo: the sandbox and a real Home Assistant with an account of each provider, and no log-in."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from trunkline.providers import PROVIDERS

from . import _hass
from ._configuration import DASHBOARD
from ._process import DemoError, free_port, running, tail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = ROOT / "custom_components" / "trunkline"
DOMAIN = "trunkline"
# Numbers of this shape belong to nobody; the sandbox lets anything be called.
CALLED_NUMBER = "02155500199"
MOBILE = "09120000123"
# The wires whose first account is shown, and what pushes its call records here.
DEMO_WIRES = ("telefonchy", "voipano", "voip24h", "simotel", "mor")
PUSHING = ("telefonchy", "simotel")
_RESTART = 100


@dataclass(frozen=True, slots=True)
class AccountEntities:
    """The entity ids of one account by key: its own, those of each trunk (by name), and its speed dials (by name)."""

    title: str
    entry_id: str
    own: dict[str, str]
    trunks: dict[str, dict[str, str]]
    dials: dict[str, str]


@dataclass(frozen=True, slots=True)
class Options:
    """How the demo runs."""

    directory: Path
    port: int = 8123
    fresh: bool = False
    live: float = 1.0
    calls: int = 900


@dataclass(slots=True)
class Demo:
    """A demo that is running."""

    client: _hass.Client
    socket: _hass.Socket
    sandbox: dict[str, Any]
    config: Path
    process: asyncio.subprocess.Process

    @property
    def accounts(self) -> list[dict[str, Any]]:
        """The sandbox's Telefonchy accounts."""
        accounts: list[dict[str, Any]] = self.sandbox["telefonchy"]["accounts"]
        return accounts

    def account(self, wire: str) -> dict[str, Any]:
        """Return the first account of a wire."""
        account: dict[str, Any] = self.sandbox[wire]["accounts"][0]
        return account

    async def control(self, do: str, **parameters: Any) -> dict[str, Any]:
        """Send a command to the sandbox."""
        body = {"do": do, **parameters}
        async with self.client.session.post(self.sandbox["control"], json=body) as response:
            answer: dict[str, Any] = await response.json()
        if response.status != 200:
            message = f"the sandbox refused {do}: {answer}"
            raise DemoError(message)
        return answer


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Make sure that only one demo runs in the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"a demo is running in {directory} already"
            raise DemoError(message) from None
        yield


@contextlib.asynccontextmanager
async def demo(options: Options) -> AsyncIterator[Demo]:
    """Run the sandbox and Home Assistant, set up like an installation of a user, until the context ends."""
    _hass.check_requirements(INTEGRATION)
    with locked(options.directory):
        config = options.directory / "config"
        notes = options.directory / "ports.json"
        if options.fresh:
            _hass.forget(config)
        ports = json.loads(notes.read_text()) if config.exists() and notes.exists() else {}
        sandbox_port = free_port(ports.get("sandbox", 0))
        if sandbox_port != ports.get("sandbox"):
            # the accounts of an earlier start know the sandbox by its old address
            _hass.forget(config)
        port = free_port(options.port)
        notes.write_text(json.dumps({"sandbox": sandbox_port}))
        environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
        async with (
            _sandbox(options, sandbox_port, environment) as sandbox,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        ):
            # The sandbox generates other calls at each start, so the archive of the last start is of no use.
            for stale in (*config.glob("*.db*"),):
                stale.unlink()
            _hass.write_configuration(config, port, INTEGRATION)
            log = options.directory / "home-assistant.log"
            log.write_text("")
            say("Home Assistant starts")
            # Everything is installed already (see _first_start): what is missing must fail now, not be downloaded.
            command = (sys.executable, "-m", "homeassistant", "--config", str(config), "--skip-pip")
            async with _explained(log), running(*command, log=log, environment=environment) as process:
                client = _hass.Client(session, f"http://127.0.0.1:{port}")
                await _hass.wait_until_up(client, process, log)
                async with client.connected() as socket:
                    running_demo = Demo(client, socket, sandbox, config, process)
                    await set_up(running_demo)
                    yield running_demo


@contextlib.asynccontextmanager
async def _explained(log: Path) -> AsyncIterator[None]:
    """Add the path of Home Assistant's log to the message of an error."""
    try:
        yield
    except (DemoError, TimeoutError, aiohttp.ClientError) as error:
        message = f"{error or 'something took too long'} (Home Assistant's log: {log})"
        raise DemoError(message) from error


@contextlib.asynccontextmanager
async def _sandbox(options: Options, port: int, environment: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
    log = options.directory / "sandbox.log"
    log.write_text("")
    arguments = {"--port": port, "--calls": options.calls, "--days": 30, "--live": options.live}
    words = [str(word) for argument in arguments.items() for word in argument]
    say("the sandbox starts")
    async with running(sys.executable, "-m", "trunkline.sandbox", *words, log=log, environment=environment) as process:
        assert process.stdout is not None  # noqa: S101  (it was asked for a pipe)
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        if not line:
            message = f"the sandbox didn't start:\n{tail(log)}"
            raise DemoError(message)
        yield json.loads(line)


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
    """Add an account of the sandbox over the API of the user interface, under its own name."""
    info = PROVIDERS[account["provider"]].in_dialect(account["dialect"])
    choices = [{"provider": info.provider_id}, *([{"dialect": info.dialect}] if info.dialect else [])]
    address = {"base_url": account["base_url"]}
    credentials = {**account["credentials"], **({"advanced": address} if info.base_url else address)}
    await _flow(client, "/api/config/config_entries/flow", DOMAIN, *choices, credentials, {})


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
    await running_demo.control("push_to", provider=wire, account=account, url=url)


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


async def follow_accounts(running_demo: Demo, stop: asyncio.Event) -> None:
    """Push to an account that is added, until `stop` is set. Raises `DemoError` if Home Assistant ends."""
    socket = running_demo.socket
    pushed = {entry["entry_id"] for entry in await entries(socket)}
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 2)
        if running_demo.process.returncode is not None:
            message = "Home Assistant has ended" + (
                ": it was restarted from its user interface. Start the demo again"
                if running_demo.process.returncode == _RESTART
                else ""
            )
            raise DemoError(message)
        if stop.is_set() or any(entry["state"] != "loaded" for entry in await entries(socket)):
            continue
        for entry in await entries(socket):
            if entry["entry_id"] not in pushed and entry["title"] == second_title(running_demo):
                await push_to_home_assistant(running_demo, entry["entry_id"], "telefonchy", 1)
            pushed.add(entry["entry_id"])


def instructions(running_demo: Demo) -> str:
    """Return what to open and what to try."""
    second = running_demo.accounts[1]
    return f"""
The dashboard:       {running_demo.client.url}/{DASHBOARD}/account-1
                     (no log-in; open it in a browser on this machine; a view for each provider's account)

Try this:            press "Call the workshop": within seconds the call appears, and the credit falls
                     a second account: Settings > Devices & services > Add integration > Trunkline
                         Provider                    Telefonchy
                         Web service token           {second["credentials"]["token"]}
                         Advanced > Address          {second["base_url"]}

Its sandbox answers: {running_demo.sandbox["url"]}  (calls happen by themselves, about one a minute)
Everything is in:    {running_demo.config.parent}

Press Ctrl-C to stop."""


async def show(options: Options) -> None:
    """Run until Ctrl-C."""
    stop = asyncio.Event()
    task = asyncio.current_task()
    ready = False

    def end() -> None:
        # a second Ctrl-C while children are being ended changes nothing: they are given the time they need
        if not stop.is_set():
            stop.set()
            if not ready and task is not None:
                task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    try:
        async with demo(options) as running_demo:
            ready = True
            say(instructions(running_demo))
            await follow_accounts(running_demo, stop)
            say("\nstopping")
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
        say("\nstopped before it was ready")
