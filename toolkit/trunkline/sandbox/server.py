"""The sandbox: a server on loopback for every wire, its faults, its clock and its control endpoint."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from .control import Control
from .earlier import EarlierReplies
from .faults import Faults
from .push import Pushed, Pusher, is_loopback
from .registry import build_wires
from .responses import change_calls, change_reply, cut, parameters, read_request, refusal, send
from .scheduler import Scheduler
from .wire import SandboxAccount, Wire, to_json
from .world import build_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from types import TracebackType

    from .faults import RequestFaults
    from .wire import Reply, Request
    from .world import PlacedCalls, World

_MOST_REQUESTS = 50_000
_SHUTDOWN = 0.2
_NEWEST = 50


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that a wire received, without its secrets.

    `provider` is the wire's name, `path` the path below the provider's base URL; `query` merges query, form and JSON
    fields.
    """

    provider: str
    method: str
    path: str
    query: dict[str, str] = field(repr=False)
    account: int | None


class Sandbox:
    """Serves the simulated company on loopback while the context is open.

    The world's clock starts at `now` (aware; default: the real time), after `days` days with `calls` calls. `live` is
    how many calls a minute then happen on their own. `placed` describes how calls go that a client places. `one_token`
    puts both offices under one account. `switches` are settings of the wires by the wire's name (`telefonchy`: those of
    that wire). `extra_wires` adds providers: each is called with the world and returns a wire (`trunkline.sandbox.wire`
    has an example). ValueError if the host isn't a loopback address or a setting isn't valid.
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
        extra_wires: Iterable[Callable[[World], Wire]] = (),
    ) -> None:
        """Create the company and its past; the server starts with the context."""
        if not is_loopback(host):
            msg = "the sandbox listens on loopback only; choose a host such as 127.0.0.1"
            raise ValueError(msg)
        self.world: World = build_world(seed=seed, calls=calls, days=days, now=now)
        if placed is not None:
            self.world.placed = placed
        self.faults = Faults()
        settings = {**(switches or {}), **({"telefonchy": telefonchy} if telefonchy else {})}
        self.wires: dict[str, Wire] = build_wires(
            self.world, one_token=one_token, switches=settings, extra_wires=extra_wires
        )
        self.pusher = Pusher(self.wires)
        self.requests: list[ReceivedRequest] = []
        self._earlier = EarlierReplies()
        self.url = ""
        self._host, self._port = host, port
        self._scheduler = Scheduler(self.world, live=live)
        self._control = Control(self.world, self.wires, self.faults, self.pusher, self._scheduler, self._path_counts)
        self._runner: web.AppRunner | None = None

    @property
    def accounts(self) -> dict[str, list[SandboxAccount]]:
        """The accounts by the wire's name, with what their clients need."""
        return {name: wire.accounts(self.url) for name, wire in self.wires.items()}

    @property
    def pushed(self) -> list[Pushed]:
        """The deliveries of pushed records so far."""
        return self.pusher.deliveries

    async def __aenter__(self) -> Self:
        """Start the server; OSError if the port is taken."""
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
        self.world.on_stage.append(self.pusher.stage)
        self._scheduler.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.world.on_ended.remove(self.pusher.call_ended)
        self.world.on_stage.remove(self.pusher.stage)
        try:
            await self._scheduler.stop()
        finally:
            await self.pusher.stop()
            if self._runner is not None:
                await self._runner.cleanup()

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        if http.path == "/control":
            return await self._handle_control(http)
        for wire in self.wires.values():
            if http.path.startswith(f"{wire.prefix}/"):
                return await self._handle_wire(http, wire)
        raise web.HTTPNotFound

    async def _handle_control(self, http: web.Request) -> web.Response:
        if http.method != "POST":
            raise web.HTTPMethodNotAllowed(http.method, ["POST"])
        try:
            answer = self._control.do(await http.read())
        except ValueError as error:
            return _json({"ok": False, "error": str(error)}, 400)
        finally:
            self._scheduler.wake()
        return _json({"ok": True, **answer}, 200)

    async def _handle_wire(self, http: web.Request, wire: Wire) -> web.StreamResponse:
        request = await read_request(http, wire)
        self.world.settle()
        account, page = wire.account_of(request), wire.page_of(request)
        path = request.path.removeprefix(wire.base_path)
        public = {name: value for name, value in parameters(request).items() if name not in wire.secrets}
        if len(self.requests) >= _MOST_REQUESTS:
            del self.requests[: _MOST_REQUESTS // 2]
        self.requests.append(ReceivedRequest(wire.name, request.method, path, public, account))

        faults = self.faults.take(wire.name, path, account, lists_calls=page is not None)
        if delay := faults.get("delay"):
            await asyncio.sleep(delay.options["seconds"])
        lost = faults.get("cut")
        if lost and not lost.options["processed"]:
            return cut(http)
        reply = refusal(wire, faults)
        if reply is None:
            if page is None or account is None:
                reply = wire.answer(request)
            else:
                reply = self._list_reply(wire, request, account, faults)
                change_calls(reply, wire, request, faults, page)
                self._change_world(wire, account, faults)
            self._scheduler.wake()
            change_reply(reply, faults)
        return cut(http) if lost else await send(http, reply, faults, wire.endless)

    def _list_reply(self, wire: Wire, request: Request, account: int, faults: RequestFaults) -> Reply:
        """Answer a request for calls; faults can send an earlier reply again, or the one to another request."""
        elsewhere, stale = faults.get("other_page"), faults.get("stale")
        reply = wire.answer(wire.elsewhere(request, int(elsewhere.options["by"])) if elsewhere else request)
        return self._earlier.told(wire.name, account, request, reply, None if stale is None else stale.options["of"])

    def _change_world(self, wire: Wire, account: int, faults: RequestFaults) -> None:
        """Apply the faults that change the calls after a page of them was sent."""
        world = self.world
        office = wire.offices_of(account)[0]
        if shift := faults.get("shift"):
            for _ in range(int(shift.options["insert"])):
                world.record(office)
            for _ in range(min(int(shift.options["remove"]), len(office.calls))):
                listed = office.calls.listed()
                office.calls.hide(listed[-1 - world.random.randrange(min(_NEWEST, len(listed)))])
        if (correct := faults.get("correct")) and len(office.calls):
            newest = office.calls.listed()[-int(correct.options["newest"]) :]
            for position in world.random.choices(newest, k=int(correct.options["rows"])):
                price = office.calls.price_talk[position] + int(correct.options["by"])
                world.correct(office, position, price_talk=price)
        if late := faults.get("late"):
            world.record(office, age=int(late.options["age"]), announce=False)

    def _path_counts(self) -> dict[str, int]:
        return dict(Counter(f"{request.provider} {request.path}" for request in self.requests))


def _json(answer: dict[str, Any], status: int) -> web.Response:
    return web.Response(status=status, body=to_json(answer), content_type="application/json")
