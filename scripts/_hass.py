"""A real Home Assistant for the demo: its configuration, its first start, and a client for its APIs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import socket
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._configuration import CONFIGURATION, INCLUDED
from ._first_start import configured_domains, missing, requirements
from ._process import DemoError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

_CLOSED = "Home Assistant closed the connection"


def write_configuration(config: Path, port: int, integration: Path) -> None:
    """Prepare a configuration directory that runs the integration of the checkout, served on loopback only."""
    write_settings(config, port, CONFIGURATION, _installed())
    link = config / "custom_components" / integration.name
    if link.is_symlink() or link.exists():
        link.unlink()
    link.symlink_to(integration, target_is_directory=True)
    blueprints = Path("blueprints", "automation", integration.name)
    shutil.copytree(integration.parents[1] / blueprints, config / blueprints, dirs_exist_ok=True)


def write_settings(config: Path, port: int, configuration: str, homeassistant: Path | None) -> None:
    """Prepare a configuration directory without custom integrations, served on loopback only.

    `configuration` is the text of configuration.yaml with a place for `{http}`, and `homeassistant` the folder of Home
    Assistant's package.
    """
    (config / "custom_components").mkdir(parents=True, exist_ok=True)
    (config / ".storage").mkdir(exist_ok=True)
    http = f"http:\n  server_host: 127.0.0.1\n  server_port: {port}\n"
    if homeassistant is not None and _keeps_http_settings(homeassistant):
        http = ""
        # the store's first version, which says no more than the address: what it lacks is added when it is read
        settings = {"server_host": ["127.0.0.1"], "server_port": port}
        (config / ".storage" / "http").write_text(json.dumps({"version": 1, "key": "http", "data": settings}))
    (config / "configuration.yaml").write_text(configuration.format(http=http))
    network = config / ".storage" / "core.network"
    if not network.exists():
        # Loopback only: nothing is announced in the local network, and a machine without any network will do.
        loopback = [name for _, name in socket.if_nameindex() if name.startswith("lo")][:1]
        data = {"configured_adapters": loopback}
        network.write_text(json.dumps({"version": 1, "key": "core.network", "data": data}))
    onboarding = config / ".storage" / "onboarding"
    if not onboarding.exists():
        # the steps after the user's only offer integrations that would call servers on the internet
        done = ["core_config", "analytics", "integration"]
        onboarding.write_text(json.dumps({"version": 4, "key": "onboarding", "data": {"done": done}}))
    for name, empty in INCLUDED.items():
        if not (config / name).exists():
            (config / name).write_text(empty)


def _installed() -> Path | None:
    """Return the folder of this environment's Home Assistant."""
    package = util.find_spec("homeassistant")
    return None if package is None or package.origin is None else Path(package.origin).parent


def _keeps_http_settings(homeassistant: Path) -> bool:
    """Return whether this Home Assistant reads its address from its own store and only migrates what the YAML says.

    What it migrates is on trial: unless a person confirms it, Home Assistant restarts after five minutes without it.
    """
    return (homeassistant / "components" / "http" / "config.py").exists()


def forget(config: Path) -> None:
    """Remove what earlier starts left in a configuration directory."""
    shutil.rmtree(config, ignore_errors=True)


class Client:
    """Home Assistant's APIs, as a browser on this machine uses them."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self._token = ""

    @property
    def logged_in(self) -> bool:
        """Whether there is a token."""
        return bool(self._token)

    def forget_token(self) -> None:
        """Log in anew next time: a token is valid for half an hour only."""
        self._token = ""

    async def request(self, method: str, path: str, body: object = None) -> Any:
        """Send a REST request and return the decoded reply; a refusal is a `DemoError`."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self.session.request(method, self.url + path, json=body, headers=headers) as response:
            text = await response.text()
            if response.status >= 400:
                message = f"Home Assistant answered {response.status} to {method} {path}: {text[:300]}"
                raise DemoError(message)
            return json.loads(text) if "json" in response.content_type else text

    async def log_in(self) -> None:
        """Get a token the way the browser of the demo does: by being on this machine."""
        client_id = self.url + "/"
        flow = {"client_id": client_id, "handler": ["trusted_networks", None], "redirect_uri": client_id}
        step = await self.request("POST", "/auth/login_flow", flow)
        if "result" not in step:
            owner = {"name": "Office", "username": "office", "password": secrets.token_urlsafe(), "language": "en"}
            await self.request("POST", "/api/onboarding/users", {**owner, "client_id": client_id})
            step = await self.request("POST", "/auth/login_flow", flow)
        form = {"grant_type": "authorization_code", "code": step["result"], "client_id": client_id}
        async with self.session.post(self.url + "/auth/token", data=form) as response:
            self._token = (await response.json())["access_token"]

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[Socket]:
        """Open the WebSocket."""
        websocket = await self.session.ws_connect(self.url + "/api/websocket", max_msg_size=0)
        await websocket.receive_json()
        await websocket.send_json({"type": "auth", "access_token": self._token})
        if (await websocket.receive_json())["type"] != "auth_ok":
            message = "Home Assistant refused its own token"
            raise DemoError(message)
        socket = Socket(websocket)
        try:
            yield socket
        finally:
            await socket.close()


class Socket:
    """The WebSocket API: commands with their results, and events of one's choice."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self._websocket = websocket
        self._results: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._reader = asyncio.create_task(self._read())

    async def command(self, kind: str, **parameters: Any) -> Any:
        """Send a command and return its result; a refusal is a `DemoError`."""
        if self._reader.done():
            raise DemoError(_CLOSED)
        number = len(self._results) + 1
        future = self._results[number] = asyncio.get_running_loop().create_future()
        await self._websocket.send_json({"id": number, "type": kind, **parameters})
        reply = await asyncio.wait_for(future, 60)
        if not reply["success"]:
            message = f"Home Assistant refused {kind}: {reply['error'].get('message')}"
            raise DemoError(message)
        return reply["result"]

    async def subscribe(self, event_type: str) -> None:
        """Let the events of one type arrive in `events`."""
        await self.command("subscribe_events", event_type=event_type)

    async def close(self) -> None:
        """Close the connection."""
        await self._websocket.close()
        self._reader.cancel()

    async def _read(self) -> None:
        async for message in self._websocket:
            data = message.json()
            if data["type"] == "event":
                self.events.put_nowait(data["event"])
            elif data["id"] in self._results:
                self._results[data["id"]].set_result(data)
        for future in self._results.values():
            if not future.done():
                future.set_exception(DemoError(_CLOSED))


def check_requirements(integration: Path) -> None:
    """Raise `DemoError` where the environment lacks a package that Home Assistant would have to download."""
    homeassistant = _installed()
    if homeassistant is None:
        message = "Home Assistant is not installed in this environment. Run scripts/setup, then start the demo again"
        raise DemoError(message)
    needed = requirements(homeassistant, configured_domains(CONFIGURATION), integration)
    if lacking := missing(needed):
        message = (
            f"this environment lacks what Home Assistant needs to start ({', '.join(lacking)}). Run scripts/setup; if "
            "that changes nothing, requirements/locked.txt is out of date"
        )
        raise DemoError(message)
