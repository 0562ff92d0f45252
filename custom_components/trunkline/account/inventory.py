"""Reads what an account has beside its calls: services, trunks with their credit, extensions, plans and voicemails.

Each resource is read only where the provider has it, and no more often than it changes: the credit with every poll,
most others every hour. A resource that the provider denies does not keep the others from being read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from homeassistant.util import dt as dt_util

from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    PermissionDeniedError,
    RateLimitedError,
    TrunklineError,
)
from trunkline.model import Capability

from ..const import LOGGER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from trunkline.model import Agent, Extension, Money, Plan, Queue, Service, Trunk, Voicemail
    from trunkline.providers import Account

# In seconds.
WITH_EVERY_POLL = 0.0
EVERY_15_MINUTES = 900.0
HOURLY = 3600.0
# Older voicemails are not counted, heard or not.
VOICEMAIL_DAYS = 30


class Resource(StrEnum):
    """What can be read, and denied, on its own."""

    SERVICES = "services"
    TRUNKS = "trunks"
    EXTENSIONS = "extensions"
    PLANS = "plans"
    VOICEMAILS = "voicemails"
    QUEUES = "queues"
    AGENTS = "agents"
    CALLS = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What was read last. None is what the provider doesn't have or didn't return."""

    services: tuple[Service, ...] = ()
    trunks: tuple[Trunk, ...] | None = None
    extensions: tuple[Extension, ...] = ()
    plans: tuple[Plan, ...] | None = None
    voicemails: tuple[Voicemail, ...] | None = None
    queues: tuple[Queue, ...] | None = None
    agents: tuple[Agent, ...] | None = None


class InventoryReader:
    """Reads the inventory of one account, each resource when it is due. `clock` returns seconds."""

    def __init__(self, account: Account, clock: Callable[[], float]) -> None:
        """Start with everything due."""
        self._account = account
        self._clock = clock
        self._due: dict[Resource, float] = {}
        self._stated_credit: Money | None = None
        self.last = Inventory()
        """What was read last."""
        self.denied: dict[Resource, PermissionDeniedError] = {}
        """What the credentials may not read."""

    def make_due(self) -> None:
        """Make everything due."""
        self._due.clear()

    async def read_all(self) -> Inventory:
        """Read everything; returns and raises what `read_due` does."""
        self.make_due()
        return await self.read_due()

    async def read_due(self) -> Inventory:
        """Read what is due, and return all that is known.

        Raises `TrunklineError` for what concerns the whole account: the provider can't be reached, refuses the
        credentials or this address, limits requests, or doesn't list the services. Any other failure makes the
        resource None.
        """
        self._read_trunks_again_if_credit_changed()
        if self._account.supports(Capability.SERVICES):
            await self._read_services()
        else:
            await self._read_optional(Resource.TRUNKS, self._account.trunks, _trunk_interval)
            await self._read_optional(Resource.EXTENSIONS, self._account.extensions, _hourly, absent=())
        await self._read_optional(Resource.PLANS, self._account.plans, _hourly)
        await self._read_optional(Resource.VOICEMAILS, self._recent_voicemails, _often)
        if self._account.supports(Capability.PARSE_EVENT):
            await self._read_optional(Resource.QUEUES, self._account.queues, _hourly, quiet=True)
            await self._read_optional(Resource.AGENTS, self._account.agents, _often, quiet=True)
        return self.last

    def _read_trunks_again_if_credit_changed(self) -> None:
        """Make trunks due if a reply to another request stated a new credit: only their list says whose it is."""
        billing = self._account.billing
        stated = billing.remaining_credit if billing else None
        if stated != self._stated_credit:
            self._stated_credit = stated
            self._due.pop(Resource.SERVICES, None)
            self._due.pop(Resource.TRUNKS, None)

    async def _read_services(self) -> None:
        if not self._is_due(Resource.SERVICES):
            return
        services = await self._account.services()
        if not services and self.last.services:
            msg = f"{self._account.info.name} lists no services"
            raise DataError(msg, field="services")
        trunks = _without_duplicates(trunk for service in services for trunk in service.trunks)
        self.last = replace(
            self.last,
            services=services,
            trunks=trunks if self._account.supports(Capability.TRUNKS) else None,
            extensions=tuple(extension for service in services for extension in service.extensions),
        )
        self._due_in(Resource.SERVICES, _trunk_interval(trunks))

    async def _recent_voicemails(self) -> tuple[Voicemail, ...]:
        return await self._account.voicemails(since=dt_util.utcnow() - timedelta(days=VOICEMAIL_DAYS))

    async def _read_optional[T](
        self,
        resource: Resource,
        read: Callable[[], Awaitable[tuple[T, ...]]],
        interval: Callable[[tuple[T, ...]], float],
        *,
        absent: tuple[T, ...] | None = None,
        quiet: bool = False,
    ) -> None:
        """Read a resource if it is due; with `quiet`, nobody has to be told that it is denied."""
        if not self._account.supports(Capability(resource.value)) or not self._is_due(resource):
            return
        items: tuple[T, ...] | None = absent
        try:
            items = await read()
        except (ConnectionFailedError, AuthenticationError, RateLimitedError):
            raise
        except TrunklineError as error:
            if isinstance(error, PermissionDeniedError):
                if error.address is not None:
                    raise
                if not quiet:
                    self.denied[resource] = error
            LOGGER.debug("%s did not return the %s: %s", self._account.info.name, resource, error)
            self._due_in(resource, EVERY_15_MINUTES)
        else:
            self.denied.pop(resource, None)
            self._due_in(resource, interval(items))
        changed: dict[str, Any] = {resource.value: items}
        self.last = replace(self.last, **changed)

    def _is_due(self, resource: Resource) -> bool:
        return self._clock() >= self._due.get(resource, 0.0)

    def _due_in(self, resource: Resource, seconds: float) -> None:
        self._due[resource] = self._clock() + seconds


def _hourly(_items: object) -> float:
    return HOURLY


def _often(_items: object) -> float:
    return EVERY_15_MINUTES


def _trunk_interval(trunks: tuple[Trunk, ...]) -> float:
    """Return after how many seconds trunks are read again: with every poll only where their list states the credit."""
    return WITH_EVERY_POLL if any(trunk.credit is not None for trunk in trunks) else HOURLY


def _without_duplicates(trunks: Iterable[Trunk]) -> tuple[Trunk, ...]:
    """Return each trunk once, also if several services list it; the one that states the credit wins."""
    found: dict[str, Trunk] = {}
    for trunk in trunks:
        if trunk.trunk_id not in found or found[trunk.trunk_id].credit is None:
            found[trunk.trunk_id] = trunk
    return tuple(found.values())


def unread(voicemails: tuple[Voicemail, ...]) -> int:
    """Return how many messages nobody has heard; one whose state the provider doesn't give counts as unheard."""
    return sum(not voicemail.read for voicemail in voicemails if voicemail.problem is None)


def denied_names(denied: Mapping[Resource, PermissionDeniedError]) -> list[str]:
    """Return the names of the resources that may not be read."""
    return sorted(resource.value for resource in denied)
