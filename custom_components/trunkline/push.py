"""How well the push works for one account: what came, what was turned away, what the provider's list confirms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class PushHealth:
    """Counters since the account was loaded; times are UTC.

    `last_delivery` is the last record that was taken. `last_confirmed` is the last time that the provider's own list
    had a record that was pushed before: only that proves that the push is real, and not someone who knows the address.
    """

    deliveries: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    last_delivery: datetime | None = None
    last_confirmed: datetime | None = None

    def delivered(self) -> None:
        """Count a record that was taken, new or known."""
        self.deliveries += 1
        self.last_delivery = dt_util.utcnow()

    def refused(self, reason: str) -> None:
        """Count a delivery that was turned away."""
        self.refusals[reason] += 1

    def was_confirmed(self, records: int) -> None:
        """Count pushed records that the provider's list has."""
        self.confirmed += records
        self.last_confirmed = dt_util.utcnow()

    def was_not_confirmed(self, records: int) -> None:
        """Count pushed records that the provider's list still lacks after it had time."""
        self.unconfirmed += records
