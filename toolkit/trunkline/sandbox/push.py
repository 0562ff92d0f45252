"""Call records pushed to the outside, on time, late, doubled or never, to addresses of this machine only."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

if TYPE_CHECKING:
    from .wire import Wire
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
        for (provider, account), target in self._targets.items():
            wire = self._wires[provider]
            if news.office not in wire.offices_of(account):
                continue
            due = self._due[provider, account] = self._due.get((provider, account), 0) + 1
            if target.drop_every and due % target.drop_every == 0:
                self.dropped += 1
                continue
            body = wire.push(news.office, news.position, target.options)
            call_id = news.office.calls.call_id[news.position]
            for _ in range(target.copies):
                task = asyncio.create_task(self._deliver(target, body, Pushed(provider, account, call_id)))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _deliver(self, target: Target, body: bytes, pushed: Pushed) -> None:
        if target.delay:
            await asyncio.sleep(target.delay)
        session = self._session
        if session is None:
            return
        try:
            async with session.post(
                target.url, data=body, headers={"Content-Type": "application/json"}, allow_redirects=False
            ) as response:
                pushed.status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pushed.status = None
        self.deliveries.append(pushed)
