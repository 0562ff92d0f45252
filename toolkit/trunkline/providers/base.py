"""What every provider has in common: its description, and the account whose methods are its capabilities."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, Self

from trunkline.errors import ConfigError, UnsupportedError
from trunkline.model import Capability

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping
    from datetime import datetime
    from types import TracebackType
    from zoneinfo import ZoneInfo

    import aiohttp

    from trunkline.model import (
        Call,
        CallPage,
        Extension,
        Identity,
        Location,
        PlacedCall,
        Recording,
        Service,
        Trunk,
    )
    from trunkline.transport import Limits, Transport


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One thing that a person must type in to use the provider."""

    name: str
    label: str
    help: str
    secret: bool = True


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider as the registry knows it. `zone` and `currency` are what its feeds mean where they don't say."""

    provider_id: str
    name: str
    base_url: str
    zone: str
    currency: str
    country: str
    credentials: tuple[CredentialField, ...]
    capabilities: frozenset[Capability]
    documentation: str
    account: type[Account] = field(repr=False)


class Account(ABC):
    """One customer's account at a provider, opened by `open_account`.

    An async context manager. Only what `supports` says can be done; the rest raises `UnsupportedError`. Reads raise
    `ConnectionFailedError`, `AuthenticationError`, `PermissionDeniedError`, `RateLimitedError`, `ProviderError`,
    `RequestError` or `DataError`; what costs money may also raise `OutcomeUnknownError`.
    """

    def __init__(
        self, info: ProviderInfo, *, transport: Transport, base_url: str, zone: ZoneInfo, currency: str
    ) -> None:
        """Keep the settings; nothing is sent before the first question."""
        self.info = info
        self.base_url = base_url
        self.zone = zone
        self.currency = currency
        self._transport = transport
        self._identity: Identity | None = None

    async def __aenter__(self) -> Self:
        """Return the account."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was opened."""
        await self.close()

    def __repr__(self) -> str:
        """Name the provider and nothing else."""
        return f"<{type(self).__name__} {self.info.provider_id}>"

    @property
    def requests(self) -> int:
        """How many HTTP requests this account has sent, repeats included."""
        return self._transport.requests

    async def close(self) -> None:
        """Close the connections that were opened here."""
        await self._transport.close()

    def supports(self, capability: Capability) -> bool:
        """Tell whether the provider can do this."""
        return capability in self.info.capabilities

    async def identity(self) -> Identity:
        """Return whose account this is; the provider is asked once."""
        if self._identity is None:
            self._identity = await self._read_identity()
        return self._identity

    def adopt(self, identity: Identity) -> None:
        """Go by an identity under which the account is known already, whatever the provider would say today."""
        self._identity = identity

    async def key(self) -> str:
        """Return the key of the account in the archive: `<provider>:<account id>`."""
        return f"{self.info.provider_id}:{(await self.identity()).account_id}"

    async def calls(self, *, since: datetime | None = None, until: datetime | None = None) -> AsyncIterator[Call]:
        """Yield the calls with `since <= started_at < until`, newest first over all streams, each once."""
        lists = [_flat(self.pages(stream, since=since, until=until)) for stream in await self.streams()]
        try:
            async for call in _merged(lists):
                yield call
        finally:
            for one in lists:
                await one.aclose()

    @classmethod
    @abstractmethod
    def open(
        cls,
        info: ProviderInfo,
        *,
        base_url: str,
        session: aiohttp.ClientSession | None,
        zone: ZoneInfo,
        currency: str,
        limits: Limits | None,
        **credentials: str,
    ) -> Account:
        """Return the account for checked settings; `ConfigError` for credentials that can't be right."""

    @abstractmethod
    async def _read_identity(self) -> Identity:
        """Ask the provider whose account this is."""

    @abstractmethod
    async def streams(self) -> tuple[str, ...]:
        """Return the parts of the account that have a call list of their own."""

    @abstractmethod
    def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        """Yield the stream's call list by page, newest first.

        `skip` is a hint: begin about that many calls down the list, and never beyond.
        """

    async def services(self) -> tuple[Service, ...]:
        """Return the subscribed services with their trunks (and their credit now) and extensions."""
        self._lacks(Capability.SERVICES)

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks with their credit now."""
        self._lacks(Capability.TRUNKS)

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the internal numbers."""
        self._lacks(Capability.EXTENSIONS)

    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring `source`, then connect it with `destination`. Costs money: sent once, never again."""
        self._lacks(Capability.CLICK_TO_CALL)

    async def recording(self, call: Call) -> Recording:
        """Return the audio of a call; `NotFoundError` where it has none."""
        self._lacks(Capability.RECORDING)

    async def server_time(self) -> datetime:
        """Return the provider's clock in UTC."""
        self._lacks(Capability.SERVER_TIME)

    async def locations(self) -> tuple[Location, ...]:
        """Return the provider's list of places."""
        self._lacks(Capability.LOCATIONS)

    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed record; `DataError` for one that is malformed or not this account's."""
        self._lacks(Capability.PARSE_PUSH)

    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the decoded reply of any other endpoint that changes nothing."""
        self._lacks(Capability.REQUEST)

    def _lacks(self, capability: Capability | str) -> NoReturn:
        msg = f"{self.info.name} has no {capability.replace('_', ' ')} service"
        raise UnsupportedError(msg)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            """Say plainly that the provider lacks a capability for which no provider has a method yet."""
            if name in Capability:
                self._lacks(name)
            msg = f"{type(self).__name__!r} object has no attribute {name!r}"
            raise AttributeError(msg)


def credentials_of(info: ProviderInfo, given: Mapping[str, str]) -> dict[str, str]:
    """Return the provider's credentials, stripped; `ConfigError` names what is missing or not asked for."""
    wanted = [one.name for one in info.credentials]
    unknown = sorted(set(given) - set(wanted))
    missing = [name for name in wanted if not given.get(name, "").strip()]
    if unknown or missing:
        problem = f"needs {', '.join(missing)}" if missing else f"knows no {', '.join(unknown)}"
        msg = f"{info.name} {problem}; its credentials are: {', '.join(wanted)}"
        raise ConfigError(msg)
    return {name: given[name].strip() for name in wanted}


async def _flat(pages: AsyncIterator[CallPage]) -> AsyncGenerator[Call]:
    """Yield the calls of all pages, each once: rows move to the next page when new calls arrive while it is read."""
    seen: set[str] = set()
    async for page in pages:
        for call in page.calls:
            if call.call_id not in seen:
                seen.add(call.call_id)
                yield call


async def _merged(lists: list[AsyncGenerator[Call]]) -> AsyncIterator[Call]:
    """Merge lists that are each newest first; calls without a start come as soon as they are met."""
    heads: list[tuple[float, int, Call]] = []
    for index, calls in enumerate(lists):
        await _push_next(heads, calls, index)
    while heads:
        _, index, call = heapq.heappop(heads)
        yield call
        await _push_next(heads, lists[index], index)


async def _push_next(heads: list[tuple[float, int, Call]], calls: AsyncIterator[Call], index: int) -> None:
    call = await anext(calls, None)
    if call is not None:
        moment = call.started_at.timestamp() if call.started_at else float("inf")
        heapq.heappush(heads, (-moment, index, call))
