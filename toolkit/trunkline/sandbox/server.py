"""The sandbox itself: a loopback server for every wire, its faults, its clock and its control endpoint."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from .control import Control
from .faults.faults import (
    Fault,
    Faults,
    Struck,
    bad_json,
    duplicate,
)
from .faults.spoiling import spoil
from .push import Pushed, Pusher, is_loopback
from .registry import build_wires
from .wire import Incoming, Reply, SandboxAccount, Wire, to_json
from .world.calls import Direction, Outcome
from .world.history import build_world

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from types import TracebackType

    from .world.company import PlacedCalls, World

# Where each account of a provider is a server of its own, the second one's address has its number in it.
_OWN_ADDRESS = re.compile(r"^/\d(?=/)", re.ASCII)
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_HTML = "text/html; charset=UTF-8"
_REMEMBERED = 50_000
_SHUTDOWN = 0.2
_LOW_CREDIT = 20_000
_NEWEST = 50
_REASONS = {429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that came, without its secrets: the path below the provider's base URL, query and form in one."""

    provider: str
    method: str
    path: str
    query: dict[str, str] = field(repr=False)
    account: int | None


class Sandbox:
    """Serve the simulated company on loopback while the context is open.

    `now` (aware; default: the real time) is when the world's clock starts; `calls` calls lie in the `days` days
    before it. `live` makes that many calls a minute happen by themselves. `placed` says how calls go that are
    asked for through an API. `one_token` puts both offices under one account; `switches` sets the wires' switches by
    the wire's name (`telefonchy` those of that wire). ValueError for a host that isn't a loopback address, or settings
    that can't be.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        calls: int = 500,
        days: int = 30,
        now: datetime | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        live: float = 0.0,
        placed: PlacedCalls | None = None,
        one_token: bool = False,
        telefonchy: Mapping[str, Any] | None = None,
        switches: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Let the past happen; the server starts with the context."""
        if not is_loopback(host):
            msg = "the sandbox listens on loopback only: give it a host such as 127.0.0.1"
            raise ValueError(msg)
        if live < 0:
            msg = "live must not be negative: it is a number of calls a minute"
            raise ValueError(msg)
        self.world: World = build_world(seed=seed, calls=calls, days=days, now=now)
        if placed is not None:
            self.world.placed = placed
        self.faults = Faults()
        chosen = {**(switches or {}), **({"telefonchy": telefonchy} if telefonchy else {})}
        self.wires: dict[str, Wire] = build_wires(self.world, one_token=one_token, switches=chosen)
        self.pusher = Pusher(self.wires)
        self.requests: list[ReceivedRequest] = []
        self.url = ""
        self.live = live
        self._host, self._port = host, port
        self._control = Control(self)
        self._wake = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._pulse: asyncio.Task[None] | None = None

    @property
    def accounts(self) -> dict[str, list[SandboxAccount]]:
        """The accounts by provider, with what their clients need."""
        return {name: wire.accounts(self.url) for name, wire in self.wires.items()}

    @property
    def pushed(self) -> list[Pushed]:
        """The deliveries of pushed records that were made."""
        return self.pusher.deliveries

    async def __aenter__(self) -> Self:
        """Start the server and the clock's work; OSError if the port is taken."""
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{anything:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        try:
            await site.start()
        except BaseException:
            await self._runner.cleanup()
            raise
        port = self._runner.addresses[0][1]
        self.url = f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{port}"
        self.pusher.start()
        self.world.on_ended.append(self.pusher.call_ended)
        self.world.clock.watchers.append(self._clock_changed)
        self._pulse = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self.world.clock.watchers.remove(self._clock_changed)
        self.world.on_ended.remove(self.pusher.call_ended)
        try:
            if self._pulse is not None:
                self._pulse.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await self._pulse
        finally:
            await self.pusher.stop()
            if self._runner is not None:
                await self._runner.cleanup()

    # The clock's work.

    def _clock_changed(self) -> None:
        self.world.settle()
        self._wake.set()

    async def _beat(self) -> None:
        """End placed calls when their time comes, and make live ones happen."""
        loop = asyncio.get_running_loop()
        next_live = loop.time() + self._live_pause()
        while True:
            self._wake.clear()
            self.world.settle()
            if self.live and loop.time() >= next_live:
                if not self.world.clock.frozen:
                    self._live_call()
                next_live = loop.time() + self._live_pause()
            due = self.world.due_in()
            waits = [*([] if due is None else [due]), *([next_live - loop.time()] if self.live else [])]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.01, min(waits)) if waits else None):
                    await self._wake.wait()

    def _live_pause(self) -> float:
        return self.world.random.expovariate(self.live / 60) if self.live else 0.0

    def _live_call(self) -> None:
        world = self.world
        office = world.random.choices(world.offices, cum_weights=(70, 100))[0]
        for at, trunk in enumerate(office.trunks):
            if trunk.credit < _LOW_CREDIT:
                world.top_up(office, at, trunk.opening)
        direction = world.random.choices(tuple(Direction), cum_weights=(60, 95, 100))[0]
        outcome = world.random.choices(tuple(Outcome), cum_weights=(75, 83, 98, 100))[0]
        world.record(office, direction=direction, outcome=outcome, recorded=True)

    # Requests.

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/control":
            return await self._handle_control(request)
        for wire in self.wires.values():
            if request.path.startswith(f"{wire.prefix}/"):
                return await self._handle_wire(request, wire)
        raise web.HTTPNotFound

    async def _handle_control(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            raise web.HTTPMethodNotAllowed(request.method, ["POST"])
        try:
            answer = self._control.do(await request.read())
        except ValueError as error:
            return _json({"ok": False, "error": str(error)}, 400)
        finally:
            self._wake.set()
        return _json({"ok": True, **answer}, 200)

    async def _handle_wire(self, request: web.Request, wire: Wire) -> web.StreamResponse:
        incoming = await _incoming(request, wire)
        self.world.settle()
        account, page = wire.account_of(incoming), wire.page_of(incoming)
        path = incoming.path.removeprefix(wire.base_path)
        shown = {name: value for name, value in _fields(incoming).items() if name not in wire.secrets}
        if len(self.requests) >= _REMEMBERED:
            del self.requests[: _REMEMBERED // 2]
        self.requests.append(ReceivedRequest(wire.provider, incoming.method, path, shown, account))

        struck = self.faults.strike(wire.provider, path, account, lists_calls=page is not None)
        if delay := struck.of("delay"):
            await asyncio.sleep(delay.options["seconds"])
        cut = struck.of("cut")
        if cut and not cut.options["processed"]:
            return _cut(request)
        reply = _instead(wire, struck)
        wire_huge = wire.huge
        if reply is None:
            reply = wire.answer(incoming)
            self._wake.set()
            if page is not None and account is not None:
                _spoil_calls(reply, wire, struck, page)
                self._move_on(wire, account, struck)
            _spoil_reply(reply, struck)
        return _cut(request) if cut else await _send(request, reply, struck, wire_huge)

    def _move_on(self, wire: Wire, account: int, struck: Struck) -> None:
        """Let the world change behind a page of calls that was just made."""
        world = self.world
        office = wire.offices_of(account)[0]
        if shift := struck.of("shift"):
            for _ in range(int(shift.options["insert"])):
                world.record(office)
            for _ in range(min(int(shift.options["remove"]), len(office.calls))):
                listed = office.calls.listed()
                office.calls.hide(listed[-1 - world.random.randrange(min(_NEWEST, len(listed)))])
        if (correct := struck.of("correct")) and len(office.calls):
            newest = office.calls.listed()[-int(correct.options["newest"]) :]
            for position in world.random.choices(newest, k=int(correct.options["rows"])):
                rise = office.calls.price_talk[position] + int(correct.options["by"])
                world.correct(office, position, price_talk=rise)
        if late := struck.of("late"):
            world.record(office, age=int(late.options["age"]), announce=False)


async def _incoming(request: web.Request, wire: Wire) -> Incoming:
    query = dict(request.query.items())
    form: dict[str, str] = {}
    files: dict[str, tuple[str, bytes]] = {}
    body = b""
    if request.content_type in _FORMS:
        with contextlib.suppress(ValueError):
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.file.read())
                elif isinstance(value, str):
                    form[name] = value
    else:
        body = await request.read()
    path = _OWN_ADDRESS.sub("", request.path.removeprefix(wire.prefix))
    return Incoming(request.method, path, {**query, **form}, request.headers, query, body, files)


def _fields(incoming: Incoming) -> dict[str, str]:
    """Return what was asked for: query and form, and the fields of a JSON object."""
    fields = dict(incoming.params)
    if incoming.body:
        with contextlib.suppress(ValueError):
            sent = incoming.json()
            if isinstance(sent, dict):
                fields |= {
                    name: value if isinstance(value, str) else to_json(value).decode() for name, value in sent.items()
                }
    return fields


def _instead(wire: Wire, struck: Struck) -> Reply | None:
    """Return the answer of a service that doesn't get as far as the question."""
    if struck.of("expired_token"):
        return wire.unauthorized()
    if struck.of("address"):
        return wire.forbidden()
    if limit := struck.of("rate_limit"):
        after = limit.options["retry_after"]
        return _plain(429, {} if after is None else {"Retry-After": str(after)})
    if status := struck.of("status"):
        return _plain(int(status.options["code"]), {str(k): str(v) for k, v in status.options["headers"].items()})
    return None


def _plain(status: int, headers: dict[str, str]) -> Reply:
    reason = f"{status} {_REASONS.get(status, '')}".strip()
    page = f"<html><head><title>{reason}</title></head><body><center><h1>{reason}</h1></center></body></html>"
    return Reply(status, page.encode(), _HTML, headers)


def _spoil_calls(reply: Reply, wire: Wire, struck: Struck, page: int) -> None:
    if unknown := struck.of("unknown_status"):
        reply.body = wire.with_status(reply.body, unknown.options["text"])
    if twice := struck.of("duplicate"):
        reply.body = wire.with_calls(reply.body, lambda records: duplicate(records, twice, page))


def _spoil_reply(reply: Reply, struck: Struck) -> None:
    for fault in struck:
        if fault.kind == "field" and reply.content_type.startswith("application/json"):
            reply.body = spoil(reply.body, fault.options["at"], fault.options["action"], fault.options["value"])
    if nonsense := struck.of("bad_json"):
        reply.body = bad_json(reply.body, nonsense.options["form"])
    if wrong := struck.of("content_type"):
        reply.content_type = wrong.options["value"]


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _send(request: web.Request, reply: Reply, struck: Struck, endless: tuple[bytes, bytes]) -> web.StreamResponse:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    cut_body, drip, huge = struck.of("cut_body"), struck.of("drip"), struck.of("huge")
    if not (cut_body or drip or huge):
        return web.Response(status=reply.status, body=reply.body, headers=headers)
    response = web.StreamResponse(status=reply.status, headers=headers)
    if not huge:
        response.content_length = len(reply.body)
    with contextlib.suppress(ConnectionResetError):
        await response.prepare(request)
        if huge:
            await _send_huge(response, huge, *endless)
        elif cut_body:
            await response.write(reply.body[: int(len(reply.body) * cut_body.options["share"])])
            if request.transport is not None:
                request.transport.close()
        elif drip:
            size = max(1, int(drip.options["bytes"]))
            for at in range(0, len(reply.body), size):
                await response.write(reply.body[at : at + size])
                await asyncio.sleep(drip.options["pause"])
    return response


async def _send_huge(response: web.StreamResponse, fault: Fault, opening: bytes, chunk: bytes) -> None:
    """Offer a reply that looks like an endless list, until the client has had enough."""
    await response.write(opening)
    fault.sent += len(opening)
    while fault.sent < fault.options["megabytes"] * 1_000_000:
        await response.write(chunk)
        fault.sent += len(chunk)


def _json(answer: dict[str, Any], status: int) -> web.Response:
    return web.Response(status=status, body=to_json(answer), content_type="application/json")
