"""Call records pushed to the outside, on time, late, doubled or never, to addresses of this machine only."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from .wire import RegistersPushes, SendsEvents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .wire import Delivery, Wire
    from .world import CallEnded

_PATIENCE = aiohttp.ClientTimeout(total=15)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an account's records go: `delay` seconds late, `copies` times, every `drop_every`-th never (0: all go)."""

    url: str = field(repr=False)
    delay: float = 0.0
    copies: int = 1
    drop_every: int = 0
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Pushed:
    """What became of one delivery: the receiver's status, or None where nobody answered."""

    provider: str
    account: int
    call_id: int
    status: int | None = None


def loopback_url(url: object) -> str:
    """Return the address if it is one of this machine; ValueError otherwise."""
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        host = parts.hostname if parts and parts.scheme in {"http", "https"} else None
    except ValueError:
        parts = host = None
    if parts is None or not host or not is_loopback(host):
        msg = "url must be http:// or https:// with a loopback address such as 127.0.0.1"
        raise ValueError(msg)
    return parts.geturl()


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine and nothing else."""
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
        self.dropped = 0
        for name, wire in wires.items():
            if isinstance(wire, SendsEvents):
                wire.send_event = partial(self.event, name)

    def start(self) -> None:
        """Be ready to deliver."""
        self._session = aiohttp.ClientSession(timeout=_PATIENCE)

    async def stop(self) -> None:
        """Give up what is still under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def idle(self) -> None:
        """Wait until every delivery that is under way has been made."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def target(self, provider: str, account: int, target: Target | None) -> None:
        """Send an account's records somewhere, or nowhere."""
        if target is None:
            self._targets.pop((provider, account), None)
        else:
            self._targets[provider, account] = target

    def call_ended(self, news: CallEnded) -> None:
        """Tell every account that shows the call's office."""
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

    def _addresses(self) -> Iterator[tuple[str, int, Target]]:
        """Go through where records go: what control asked for, and what customers registered themselves."""
        for (provider, account), target in self._targets.items():
            yield provider, account, target
        for provider, wire in self._wires.items():
            if isinstance(wire, RegistersPushes):
                for account, chosen in wire.registrations.items():
                    for url, options in chosen.items():
                        yield provider, account, Target(url=loopback_url(url), options=dict(options))

    def event(self, provider: str, account: int, kind: str, fields: Mapping[str, Any]) -> bool:
        """Send another message of a provider to where its records go; False where they go nowhere."""
        target = self._targets.get((provider, account))
        if target is None or self._session is None:
            return False
        self._send(
            target, self._wires[provider].event(account, kind, fields, target.options), Pushed(provider, account, 0)
        )
        return True

    def _send(self, target: Target, message: Delivery, pushed: Pushed) -> None:
        task = asyncio.create_task(self._deliver(target, message, pushed))
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
