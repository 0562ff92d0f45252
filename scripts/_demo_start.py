"""Starts the demo: the sandbox and a real Home Assistant, which needs no log-in and can be restarted."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import aiohttp

from . import _hass
from ._configuration import DASHBOARD
from ._demo import Demo, say
from ._demo_accounts import DEMO_WIRES, follow_accounts, set_up
from ._demo_calls import Calls
from ._home_assistant import HomeAssistant
from ._process import DemoError, free_port, running, tail, until_one_ends

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

ROOT = Path(__file__).resolve().parent.parent
INTEGRATION = ROOT / "custom_components" / "trunkline"
# The time zone of the demo's Home Assistant and of the sandbox.
_ZONE = ZoneInfo("Asia/Tehran")
# How long Home Assistant may take to end once it closed its connections, in seconds.
_LONGEST_END = 180.0


@dataclass(frozen=True, slots=True)
class Options:
    """How the demo runs."""

    directory: Path
    port: int = 8123
    fresh: bool = False
    live: float = 5.0
    """Calls a minute that happen by themselves."""
    calls: int = 2250
    """Calls of the past, in so many days."""
    days: int = 75


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Make sure that only one Home Assistant runs in the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            message = f"a Home Assistant is running in {directory} already"
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
            client = _hass.Client(session, f"http://127.0.0.1:{port}")
            home_assistant = HomeAssistant(client, config, log, environment)
            running_demo = Demo(home_assistant, sandbox)
            if options.live:
                now = datetime.now(_ZONE)
                await Calls(running_demo).before((now - now.replace(hour=0, minute=0, second=0)).total_seconds())
            say("Home Assistant starts")
            async with _explained(log), home_assistant.running():
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
    arguments = {"--port": port, "--calls": options.calls, "--days": options.days}
    words = [str(word) for argument in arguments.items() for word in argument]
    say("the sandbox starts")
    async with running(sys.executable, "-m", "trunkline.sandbox", *words, log=log, environment=environment) as process:
        assert process.stdout is not None  # noqa: S101  (it was asked for a pipe)
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        if not line:
            message = f"the sandbox didn't start:\n{tail(log)}"
            raise DemoError(message)
        yield json.loads(line)


async def keep_running(running_demo: Demo) -> None:
    """Start Home Assistant again whenever it asks for that, until cancelled; `DemoError` if it ends otherwise."""
    home_assistant = running_demo.home_assistant
    while True:
        ended = asyncio.create_task(home_assistant.until_restart())
        following = asyncio.create_task(follow_accounts(running_demo))
        try:
            await asyncio.wait((ended, following), return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                # Home Assistant closes its connections some seconds before it ends.
                await asyncio.wait((ended,), timeout=_LONGEST_END)
            await (ended if ended.done() else following)
        finally:
            ended.cancel()
            following.cancel()
            await asyncio.gather(ended, following, return_exceptions=True)
        say("Home Assistant restarts")
        await home_assistant.start()
        if await home_assistant.in_safe_mode():
            say("Home Assistant runs in safe mode, without Trunkline. Restart it once more to leave safe mode")
        else:
            say("Home Assistant runs again")


def instructions(running_demo: Demo, live: float) -> str:
    """Return what to open and what to try."""
    second = running_demo.accounts[1]
    url = f"{running_demo.client.url}/{DASHBOARD}"
    calls = f"{live:g} calls a minute come by themselves" if live else "no calls come by themselves"
    return f"""
The dashboard:       {url}/account-1
                     (no log-in; open it in a browser on this machine; a view for each provider's account)

Try this:            press "Call the workshop": within seconds the call appears, and the credit falls
                     watch phones ring: {url}/account-{DEMO_WIRES.index("simotel") + 1}
                     create an automation: Settings > Automations & scenes > Blueprints
                     a second account: Settings > Devices & services > Add integration > Trunkline
                         Provider                    Telefonchy
                         Web service token           {second["credentials"]["token"]}
                         Advanced > Address          {second["base_url"]}

Its sandbox answers: {running_demo.sandbox["url"]}  ({calls})
Everything is in:    {running_demo.config.parent}

Home Assistant can be restarted from its user interface. Press Ctrl-C to stop."""


async def show(options: Options) -> None:
    """Run until Ctrl-C."""
    stopped = False
    ready = False
    task = asyncio.current_task()

    def stop() -> None:
        nonlocal stopped
        # a second Ctrl-C while children are being ended changes nothing: they are given the time they need
        if not stopped and task is not None:
            stopped = True
            say("\nstopping" if ready else "\nstopped before it was ready")
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    try:
        async with demo(options) as running_demo:
            ready = True
            say(instructions(running_demo, options.live))
            await until_one_ends(
                keep_running(running_demo), *([Calls(running_demo).go_on(options.live)] if options.live else [])
            )
    except asyncio.CancelledError:
        if not stopped:
            raise
