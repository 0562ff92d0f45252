"""What an account has beside its calls: lines with their credit, extensions, plans and voicemail.

Each part is read only where the provider has it, and no more often than it changes: the credit with every poll, what
hardly ever changes every hour. A part that is refused doesn't keep the others from being read.
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

    from trunkline.archive import Archive, CreditReading
    from trunkline.model import Billing, Extension, Money, Plan, Service, Trunk, Voicemail
    from trunkline.providers import Account

HOURLY = 3600.0
QUARTERLY = 900.0
ALWAYS = 0.0
# What lies unheard in a mailbox for longer than that is no longer news.
VOICEMAIL_DAYS = 30


class Part(StrEnum):
    """What may be read, and refused, on its own."""

    SERVICES = "services"
    TRUNKS = "trunks"
    EXTENSIONS = "extensions"
    PLANS = "plans"
    VOICEMAILS = "voicemails"
    CALLS = "calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What was read last. None marks what the provider doesn't have or didn't tell."""

    services: tuple[Service, ...] = ()
    trunks: tuple[Trunk, ...] | None = None
    extensions: tuple[Extension, ...] = ()
    plans: tuple[Plan, ...] | None = None
    voicemails: tuple[Voicemail, ...] | None = None


class EquipmentReader:
    """Reads the equipment of one account, each part when it is due. `clock` gives seconds."""

    def __init__(self, account: Account, clock: Callable[[], float]) -> None:
        """Have read nothing yet."""
        self._account = account
        self._clock = clock
        self._now = Equipment()
        self._due: dict[Part, float] = {}
        self._credit_told: Money | None = None
        self.denied: dict[Part, PermissionDeniedError] = {}
        """What the credentials may not read, with the provider's words."""

    @property
    def last(self) -> Equipment:
        """What was read last."""
        return self._now

    async def read(self, *, everything: bool = False) -> Equipment:
        """Read what is due, or everything, and return all of it.

        Raises `TrunklineError` for what concerns the whole account: the provider can't be reached, refuses the
        credentials or this address, wants fewer requests, or doesn't tell the services. Any other part is None then.
        """
        if everything:
            self._due.clear()
        billing = self._account.billing
        told = billing.remaining_credit if billing else None
        if told != self._credit_told:
            # A reply to something else told it; the lines say whose credit that is.
            self._credit_told = told
            self._due.pop(Part.SERVICES, None)
            self._due.pop(Part.TRUNKS, None)
        if self._account.supports(Capability.SERVICES):
            await self._read_services()
        else:
            await self._read_optional(Part.TRUNKS, self._account.trunks, self._trunk_interval)
            await self._read_optional(Part.EXTENSIONS, self._account.extensions, lambda _: HOURLY, absent=())
        await self._read_optional(Part.PLANS, self._account.plans, lambda _: HOURLY)
        await self._read_optional(Part.VOICEMAILS, self._recent_voicemails, lambda _: QUARTERLY)
        return self._now

    async def _read_services(self) -> None:
        if not self._is_due(Part.SERVICES):
            return
        services = await self._account.services()
        if not services and self._now.services:
            msg = f"{self._account.info.name} lists no services"
            raise DataError(msg, field="services")
        trunks = _each_once(trunk for service in services for trunk in service.trunks)
        self._now = replace(
            self._now,
            services=services,
            trunks=trunks if self._account.supports(Capability.TRUNKS) else None,
            extensions=tuple(one for service in services for one in service.extensions),
        )
        self._again(Part.SERVICES, self._trunk_interval(trunks))

    @staticmethod
    def _trunk_interval(trunks: tuple[Trunk, ...]) -> float:
        """Return how soon lines are asked for again: with every poll only where that tells what is left."""
        return ALWAYS if any(trunk.credit is not None for trunk in trunks) else HOURLY

    async def _recent_voicemails(self) -> tuple[Voicemail, ...]:
        return await self._account.voicemails(since=dt_util.utcnow() - timedelta(days=VOICEMAIL_DAYS))

    async def _read_optional[T](
        self,
        part: Part,
        ask: Callable[[], Awaitable[tuple[T, ...]]],
        interval: Callable[[tuple[T, ...]], float],
        *,
        absent: tuple[T, ...] | None = None,
    ) -> None:
        if not self._account.supports(Capability(part.value)) or not self._is_due(part):
            return
        found: tuple[T, ...] | None = absent
        try:
            found = await ask()
        except (ConnectionFailedError, AuthenticationError, RateLimitedError):
            raise
        except TrunklineError as error:
            if isinstance(error, PermissionDeniedError):
                if error.address is not None:
                    raise
                self.denied[part] = error
            LOGGER.debug("%s does not tell its %s: %s", self._account.info.name, part, error)
            self._again(part, QUARTERLY)
        else:
            self.denied.pop(part, None)
            self._again(part, interval(found))
        changed: dict[str, Any] = {part.value: found}
        self._now = replace(self._now, **changed)

    def _is_due(self, part: Part) -> bool:
        return self._clock() >= self._due.get(part, 0.0)

    def _again(self, part: Part, seconds: float) -> None:
        self._due[part] = self._clock() + seconds


class CreditMemory:
    """Remembers what was left where the provider tells it only now and then. Not thread-safe."""

    def __init__(self, archive: Archive, account: str) -> None:
        """Read from the archive what earlier runs were told."""
        self._archive = archive
        self._account = account
        self._last: dict[str, CreditReading] = {}

    def record(self, trunks: tuple[Trunk, ...], billing: Billing | None) -> tuple[Trunk, ...]:
        """Write down what is left, and return the trunks with what was last known of each; raises `ArchiveError`.

        What a reply said of the credit (`billing`) belongs to the one trunk of an account that has no other.
        """
        if billing is not None and billing.remaining_credit is not None and len(trunks) == 1:
            reading = replace(trunks[0], credit=billing.remaining_credit)
            self._archive.record_credit(self._account, [reading], billing.at)
        self._archive.record_credit(self._account, trunks, dt_util.utcnow())
        return tuple(trunk if trunk.credit is not None else self._remembered(trunk) for trunk in trunks)

    def _remembered(self, trunk: Trunk) -> Trunk:
        last = self._last.get(trunk.trunk_id)
        readings = self._archive.credits(self._account, trunk.trunk_id, last.at if last else None)
        if readings:
            last = self._last[trunk.trunk_id] = readings[-1]
        if last is None:
            return trunk
        return replace(trunk, credit=last.credit, credit_expires_at=trunk.credit_expires_at or last.expires_at)


def _each_once(trunks: Iterable[Trunk]) -> tuple[Trunk, ...]:
    """Return each line once, also where several services have it, with its credit if any of them tells it."""
    found: dict[str, Trunk] = {}
    for trunk in trunks:
        if trunk.trunk_id not in found or found[trunk.trunk_id].credit is None:
            found[trunk.trunk_id] = trunk
    return tuple(found.values())


def unread(voicemails: tuple[Voicemail, ...]) -> int:
    """Return how many messages nobody has heard, those included of which the provider doesn't say."""
    return sum(not one.read for one in voicemails if one.problem is None)


def denied_parts(denied: Mapping[Part, PermissionDeniedError]) -> list[str]:
    """Return the names of what may not be read."""
    return sorted(part.value for part in denied)
