"""How well the push works for one account: what came, what was turned away, what the provider's list confirms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trunkline.model import Call

# A record that a poll finds within this time after the call's end may still be on its way.
ON_ITS_WAY = timedelta(minutes=1)


class PushState(StrEnum):
    """What is known of the push: nothing came yet, it works, or calls were found that it did not bring."""

    SILENT = "silent"
    WORKING = "working"
    LOSING = "losing"


def ended_at(call: Call) -> datetime | None:
    """Return when the call ended, in UTC, as far as that can be known."""
    if call.ended_at is not None or call.started_at is None:
        return call.ended_at
    return call.started_at + timedelta(seconds=(call.wait or 0) + (call.talk or 0))


def _nothing() -> None:
    return


@dataclass(slots=True)
class PushHealth:
    """Counters since the account was loaded; times are UTC. `on_change` is called whenever one has changed.

    `last_delivery` is the last record that was taken. `last_confirmed` is the last time that the provider's own list
    had a record that was pushed before: only that proves that the push is real, and not someone who knows the address.
    The push is trusted from then on (`trusted_since`) until a poll finds a call that it had not brought (`lost`).
    """

    deliveries: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    lost: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    last_delivery: datetime | None = None
    last_confirmed: datetime | None = None
    trusted_since: datetime | None = None
    on_change: Callable[[], None] = field(default=_nothing, repr=False, compare=False)

    @property
    def state(self) -> PushState:
        """What is known of the push."""
        if self.trusted_since is not None:
            return PushState.WORKING
        return PushState.LOSING if self.lost else PushState.SILENT

    def delivered(self) -> None:
        """Count a record that was taken, new or known."""
        self.deliveries += 1
        self.last_delivery = dt_util.utcnow()
        self.on_change()

    def refused(self, reason: str) -> None:
        """Count a delivery that was turned away."""
        self.refusals[reason] += 1
        self.on_change()

    def was_confirmed(self, records: int) -> None:
        """Count pushed records that the provider's list has."""
        self.confirmed += records
        self.last_confirmed = dt_util.utcnow()
        self.trusted_since = self.trusted_since or self.last_confirmed
        self.on_change()

    def was_not_confirmed(self, records: int) -> None:
        """Count pushed records that the provider's list still lacks after it had time."""
        self.unconfirmed += records
        self.on_change()

    def was_polled(self, calls: Iterable[Call]) -> None:
        """Look at calls that a poll found and no push had brought."""
        if self.trusted_since is None:
            return
        latest = dt_util.utcnow() - ON_ITS_WAY
        moments = [ended_at(call) for call in calls]
        lost = sum(1 for moment in moments if moment is not None and self.trusted_since <= moment < latest)
        if lost:
            self.lost += lost
            self.trusted_since = None
            self.on_change()
