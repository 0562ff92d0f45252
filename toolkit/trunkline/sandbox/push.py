"""Pushes call records and events to addresses on this machine: on time, late, twice or not at all."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from .wire import AsksForRoutes, RegistersPushes, SendsEvents, TellsStages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .wire import Delivery, Wire
    from .world import CallEnded, OngoingCall, Stage

_PATIENCE = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True)
class Target:
    """An account's push address.

    Records are sent `delay` seconds late and `copies` times; every `drop_every`-th is dropped (0: none).
    """

    url: str = field(repr=False)
    delay: float = 0.0
    copies: int = 1
    drop_every: int = 0
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Pushed:
    """The result of one delivery: the receiver's HTTP status, or None without a reply."""

    provider: str
    account: int
    call_id: int
    status: int | None = None


def loopback_url(url: object) -> str:
    """Return the address if it is on this machine; ValueError otherwise."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        # An impossible port is a ValueError, too.
        host = parts.hostname if parts and parts.scheme in {"http", "https"} and parts.port != 0 else None
    except ValueError:
        parts = host = None
    if parts is None or not host or not is_loopback(host):
        msg = "url must be http:// or https:// with a loopback address such as 127.0.0.1"
        raise ValueError(msg)
    return parts.geturl()


def is_loopback(host: str) -> bool:
    """Return whether a host is a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Pusher:
    """Delivers the records of calls that ended; it never repeats a delivery that failed."""

    def __init__(self, wires: dict[str, Wire]) -> None:
        """Prepare; `start` opens the connection pool."""
        self._wires = wires
        self._targets: dict[tuple[str, int], Target] = {}
        self._due: dict[tuple[str, int], int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self.deliveries: list[Pushed] = []
        self.dialplans: list[list[dict[str, Any]]] = []
        self.dropped = 0
        for name, wire in wires.items():
            if isinstance(wire, SendsEvents):
                wire.send_event = partial(self.event, name)

    def start(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(timeout=_PATIENCE)

    async def stop(self) -> None:
        """Cancel deliveries in progress."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def idle(self) -> None:
        """Wait until no delivery is in progress."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def target(self, provider: str, account: int, target: Target | None) -> None:
        """Set an account's push address, or remove it."""
        if target is None:
            self._targets.pop((provider, account), None)
        else:
            self._targets[provider, account] = target

    def call_ended(self, news: CallEnded) -> None:
        """Push the call to every account that has the call's office."""
        if not news.announced or self._session is None:
            return
        for provider, account, target in list(self._addresses()):
            wire = self._wires[provider]
            if news.office not in wire.offices_of(account):
                continue
            due = self._due[provider, account] = self._due.get((provider, account), 0) + 1
            if target.drop_every and due % target.drop_every == 0:
                self.dropped += 1
                continue
            messages = wire.deliveries(news.office, news.position, target.options)
            call_id = news.office.calls.call_id[news.position]
            for message in messages * target.copies:
                self._send(target, message, Pushed(provider, account, call_id))

    def stage(self, call: OngoingCall, stage: Stage) -> None:
        """Tell every account that has the call's office of a call that begins or is answered."""
        if self._session is None:
            return
        for provider, account, target in list(self._addresses()):
            wire = self._wires[provider]
            if isinstance(wire, TellsStages) and call.office in wire.offices_of(account):
                for message in wire.stages(call, stage, target.options) * target.copies:
                    self._send(target, message, Pushed(provider, account, 0))

    def _addresses(self) -> Iterator[tuple[str, int, Target]]:
        """Iterate over the push addresses, set by control or registered by customers."""
        for (provider, account), target in self._targets.items():
            yield provider, account, target
        for provider, wire in self._wires.items():
            if isinstance(wire, RegistersPushes):
                for account, chosen in wire.registrations.items():
                    for url, options in chosen.items():
                        yield provider, account, Target(url=loopback_url(url), options=dict(options))

    def event(self, provider: str, account: int, kind: str, fields: Mapping[str, Any]) -> bool:
        """Send another message of a provider to the account's push address; return False if it has none."""
        target = self._targets.get((provider, account))
        if target is None or self._session is None:
            return False
        self._send(
            target, self._wires[provider].event(account, kind, fields, target.options), Pushed(provider, account, 0)
        )
        return True

    def dialplan(self, provider: str, account: int, options: Mapping[str, Any]) -> None:
        """Start a call through the dialplan of a provider that asks an address how to handle it.

        What happens is in `dialplans`. ValueError for a provider that asks nothing, and for senseless options.
        """
        wire = self._wires[provider]
        if not isinstance(wire, AsksForRoutes) or self._session is None:
            msg = f"{provider} asks nobody how to handle a call"
            raise ValueError(msg)
        passage: list[dict[str, Any]] = []
        work = wire.dialplan(self._session, account, options)

        async def follow() -> None:
            passage.extend(await work)
            self.dialplans.append(passage)

        self._track(asyncio.create_task(follow()))

    def _send(self, target: Target, message: Delivery, pushed: Pushed) -> None:
        self._track(asyncio.create_task(self._deliver(target, message, pushed)))

    def _track(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, target: Target, message: Delivery, pushed: Pushed) -> None:
        if target.delay:
            await asyncio.sleep(target.delay)
        session = self._session
        if session is None:
            return
        try:
            url = URL(target.url)
            url = url.with_path(url.path.rstrip("/") + message.suffix, keep_query=True) if message.suffix else url
            headers = {**message.headers, **({"Content-Type": message.content_type} if message.content_type else {})}
            async with session.request(
                message.method,
                url.extend_query(message.query) if message.query else url,
                data=message.body or None,
                headers=headers,
                allow_redirects=False,
            ) as response:
                pushed.status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pushed.status = None
        self.deliveries.append(pushed)
