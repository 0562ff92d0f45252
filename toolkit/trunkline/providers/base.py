"""What every provider has: a description, and an account whose methods are its capabilities."""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, override

from trunkline.ahead import in_order
from trunkline.errors import ConfigError, UnsupportedError
from trunkline.numbers import e164
from trunkline.transport import Transport

from .capabilities import OptionalCapabilities
from .days import DayPlan, calls_of, newest_first, within

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
    from types import TracebackType
    from zoneinfo import ZoneInfo

    import aiohttp

    from trunkline.model import Billing, Call, CallPage, Capability, CursorPage, Identity
    from trunkline.transport import ClockReading, Limits

    from .days import Days


type Calendar = Literal["gregorian", "jalali"]


@dataclass(frozen=True, slots=True)
class CredentialField:
    """A setting that the user enters to use the provider; one that isn't `required` may be left empty.

    `is_account_name` marks a field that is no credential: a name that the user chooses, which distinguishes
    accounts if the provider states no account id. It never changes once the account is set up.
    """

    name: str
    label: str
    help: str
    secret: bool = True
    required: bool = True
    default: str = ""
    is_account_name: bool = False


@dataclass(frozen=True, slots=True)
class DisplayUnit:
    """A unit in which amounts of a currency can be displayed.

    `key` names it in options and translations, `code` is written beside amounts, `factor` is how many units of the
    currency make one of it, and `digits` is how many decimal places people expect.
    """

    key: str
    code: str
    factor: int = 1
    digits: int = 2


RIAL_AND_TOMAN = (
    DisplayUnit(key="rial", code="IRR", factor=1, digits=0),
    # Ten rials. ISO 4217 has no code for it; IRT is what shops and banks write.
    DisplayUnit(key="toman", code="IRT", factor=10, digits=0),
)


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """Describes a provider: everything that differs between providers and that no request has to answer.

    `zone` (IANA name), `currency` (ISO 4217) and `country` (ISO 3166) are what its records mean where they don't say;
    `calendar` is the one whose months are billed. `display_units` are the units that the user can choose for accounts
    whose currency is the `code` of the first unit, the default; other amounts are displayed in their own currency.
    `base_url` is empty for a provider
    whose customers have servers of their own; `example_url` then shows what an address looks like. `help` says in one
    sentence whom the provider is for. `prices` says whether call records state what a call cost, `outcomes` whether
    they state how it ended, and `lists_recordings` whether they state that a call was recorded. `event_types` are the
    kinds of live events that it sends.

    `load` imports and returns the account class, so that the registry imports no wire format. A provider with several
    interfaces has a description for each (`dialect`, `dialect_name`); the one used by default lists the `others`.
    """

    provider_id: str
    name: str
    base_url: str
    zone: str
    currency: str
    country: str
    credentials: tuple[CredentialField, ...]
    capabilities: frozenset[Capability]
    documentation: str
    load: Callable[[], type[Account]] = field(repr=False)
    help: str = ""
    example_url: str = ""
    dialect: str = ""
    dialect_name: str = ""
    others: tuple[ProviderInfo, ...] = field(default=(), repr=False)
    prices: bool = True
    outcomes: bool = True
    lists_recordings: bool = True
    calendar: Calendar = "gregorian"
    display_units: tuple[DisplayUnit, ...] = ()
    event_types: tuple[str, ...] = ()

    @property
    def dialects(self) -> tuple[ProviderInfo, ...]:
        """All dialects, the default first."""
        return (self, *self.others)

    def in_dialect(self, dialect: str | None) -> ProviderInfo:
        """Return the description of a dialect (`None`: this one); raises `ConfigError` for an unknown one."""
        if not dialect or dialect == self.dialect:
            return self
        found = next((info for info in self.others if info.dialect == dialect), None)
        if found is None:
            known = ", ".join(info.dialect for info in self.dialects if info.dialect) or "none"
            msg = f"{self.name} has no dialect {dialect[:40]!r}; known: {known}"
            raise ConfigError(msg)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """What an account is opened with: address, shared HTTP session, time zone, currency and limits of the client."""

    base_url: str
    session: aiohttp.ClientSession | None = field(default=None, repr=False)
    zone: ZoneInfo
    currency: str
    limits: Limits | None = None


class Account(OptionalCapabilities, ABC):
    """One customer's account at a provider, opened by `open_account`.

    An async context manager. Only what `supports` says can be done; the rest raises `UnsupportedError`. Reads raise
    `ConnectionFailedError`, `AuthenticationError`, `PermissionDeniedError`, `RateLimitedError`, `ProviderError`,
    `RequestError` or `DataError`; what costs money may also raise `OutcomeUnknownError`.

    `ordered`: the list can be read in the order in which its rows were created (`cursor_pages`). `by_time`: the list is
    read by whole days, not by page (see `DailyAccount`). `push_has_key`: a pushed record has the id of the list, so
    both become one row. `pushes_every_call`: the provider pushes all calls, not only some. `most_requests`: how many
    requests for calls may be under way at once.
    """

    info: ProviderInfo
    ordered: ClassVar[bool] = False
    by_time: ClassVar[bool] = False
    most_requests: ClassVar[int] = 1
    push_has_key: ClassVar[bool] = True
    pushes_every_call: ClassVar[bool] = True

    def __init__(
        self,
        info: ProviderInfo,
        settings: AccountSettings,
        credentials: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the settings; nothing is sent before the first request. `headers` go with every request.

        `ConfigError` for credentials that can't be right, or an address that can't be one.
        """
        self.info = info
        self.base_url = settings.base_url
        self.zone = settings.zone
        self.currency = settings.currency
        self._transport = Transport(
            settings.base_url, label=info.name, headers=headers, session=settings.session, limits=settings.limits
        )
        self._identity: Identity | None = None
        self.billing: Billing | None = None
        """What the provider last said about money in a reply, where its replies do."""

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

    @property
    def clock(self) -> ClockReading | None:
        """What the provider's clock showed in the last reply that told it."""
        return self._transport.clock

    def requests_at_once(self) -> int:
        """Return how many requests for calls to have under way: half as many after each 429 of the provider."""
        return max(1, self.most_requests >> min(self._transport.rate_limited, 8))

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

    def use_identity(self, identity: Identity) -> None:
        """Use the identity under which the account is already known, instead of reading it from the provider."""
        self._identity = identity

    async def key(self) -> str:
        """Return the key of the account in the archive: `<provider>:<account id>`."""
        return f"{self.info.provider_id}:{(await self.identity()).account_id}"

    def full_number(self, number: str) -> str | None:
        """Return a number of the provider's lists in E.164, None where that is unknown."""
        return e164(number, self.info.country)

    async def calls(self, *, since: datetime | None = None, until: datetime | None = None) -> AsyncIterator[Call]:
        """Yield the calls with `since <= started_at < until`, newest first over all streams, each once.

        The ends may be any times with a zone; `DataError` for one without.
        """
        lists = [_flat(self.pages(stream, since=since, until=until)) for stream in await self.streams()]
        try:
            async for call in _merged(lists):
                yield call
        finally:
            for calls in lists:
                await calls.aclose()

    @abstractmethod
    async def _read_identity(self) -> Identity:
        """Ask the provider whose account this is."""

    async def streams(self) -> tuple[str, ...]:
        """Return the parts of the account that have a call list of their own; one without a name, unless overridden."""
        return ("",)

    @abstractmethod
    def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        """Yield the stream's call list by page, newest first.

        `skip` is a hint: begin about that many calls down the list, and never beyond.
        """

    async def days(self, stream: str, days: Days) -> CallPage:
        """Return all calls of whole days of the account's zone, in any order. Only for an account that is `by_time`."""
        raise NotImplementedError

    async def count(self, stream: str) -> int | None:
        """Return how many calls the provider counts in the stream's list, None if it doesn't say that beside the list.

        Only for an `ordered` account, whose pages have no total. Without a count, no run is complete.
        """
        return None

    async def read_row(self, stream: str, record: Any) -> Call:
        """Return the call of a row of the list that could not be read before; `DataError` if it still can't be.

        `record` is the row as sent (`UnreadableRow.record`). A provider without this method keeps such rows aside.
        """
        raise UnsupportedError(f"{self.info.name} can't read a single row of its call list")

    def cursor_pages(self, stream: str, *, after: str = "") -> AsyncIterator[CursorPage]:
        """Yield the stream's calls in the order in which they were recorded, from the place that a cursor names.

        Only for an `ordered` account. The list goes on as long as there is more; an empty cursor is its beginning.
        """
        raise NotImplementedError

    def cursor_at(self, moment: datetime) -> str:
        """Return a cursor before everything that was recorded at `moment` or later. Only for an `ordered` account."""
        raise NotImplementedError

    def cursor_time(self, cursor: str) -> datetime | None:
        """Return when what stands just before a cursor was recorded. Only for an `ordered` account."""
        raise NotImplementedError


class DailyAccount(Account, ABC):
    """An account whose call list is read by whole days (`days`), because it has no pages."""

    by_time: ClassVar[bool] = True
    most_requests: ClassVar[int] = 10

    @override
    @abstractmethod
    async def days(self, stream: str, days: Days) -> CallPage:
        """Return all calls of whole days of the account's zone, in any order."""

    @override
    async def pages(
        self,
        stream: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        skip: int = 0,
    ) -> AsyncIterator[CallPage]:
        """Yield the calls with `since <= started_at < until` by days, newest first."""
        plan = DayPlan(zone=self.zone, since=since, until=until, now=datetime.now(UTC))
        reading = in_order(plan.following, partial(calls_of, partial(self.days, stream)), width=lambda: 1)
        try:
            async for days, page in reading:
                plan.learn(days, len(page.calls))
                calls = tuple(sorted(page.calls, key=newest_first))
                yield within(replace(page, calls=calls, last=days.oldest, total=None), since, until)
        finally:
            await reading.aclose()


def credentials_of(info: ProviderInfo, given: Mapping[str, str]) -> dict[str, str]:
    """Return the provider's credentials, stripped, with "" for what may be left out and was.

    `ConfigError` names what is missing or unknown.
    """
    wanted = {credential.name: credential for credential in info.credentials}
    unknown = sorted(set(given) - set(wanted))
    found = {name: given.get(name, "").strip() or credential.default for name, credential in wanted.items()}
    missing = [name for name, credential in wanted.items() if credential.required and not found[name]]
    if unknown or missing:
        problem = f"needs {', '.join(missing)}" if missing else f"has no {', '.join(unknown)}"
        msg = f"{info.name} {problem}; its credentials are: {', '.join(wanted)}"
        raise ConfigError(msg)
    return found


async def _flat(pages: AsyncIterator[CallPage]) -> AsyncGenerator[Call]:
    """Yield the calls of all pages, each once: rows move to the next page when new calls arrive while it is read."""
    seen: set[str] = set()
    async for page in pages:
        for call in page.calls:
            if call.call_id not in seen:
                seen.add(call.call_id)
                yield call


async def _merged(lists: list[AsyncGenerator[Call]]) -> AsyncIterator[Call]:
    """Merge lists that are each newest first; calls without a start come as soon as they are read."""
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
