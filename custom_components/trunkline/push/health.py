"""How well the push of one account works: what was delivered, refused, and confirmed by the provider's call list."""

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

# The push of a call that a poll finds within this time after its end may still be on its way.
PUSH_DELAY = timedelta(minutes=1)
# Where a pushed record lacks the list's id, a listed call that ended within this time of it is the same call.
SAME_CALL = timedelta(minutes=2)
# A pushed call that is missing after so many looks at the list is not confirmed.
MAX_LOOKS = 4
MAX_SIGNALS = 1000


class PushState(StrEnum):
    """Whether the push works: nothing is known yet, it works, or polls found calls that were not pushed."""

    SILENT = "silent"
    WORKING = "working"
    LOSING = "losing"


@dataclass(slots=True)
class Signal:
    """A call that was pushed without the list's id: when it ended, and how many looks at the list have missed it."""

    ended_at: datetime
    looks: int = 0


@dataclass(slots=True)
class PushHealth:
    """Counters since the account was loaded; times are UTC. `listeners` are called after each change.

    `last_delivery` is when a record was last accepted. `last_confirmed` is when the provider's own call list last had a
    record that had been pushed: only that proves that the push is real and not from somebody who knows the address.
    From then on (`trusted_since`) the push is trusted, until a poll finds a call that was not pushed (`lost`). Where
    pushed records lack the list's id, the end of the call identifies it (`signals`). Where not every call is pushed
    (`complete` is false), the push is never trusted to make polls unnecessary. While polls fail (`reachable` is false),
    pushes may fail for the same reason, so that the calls of that time are not lost.
    """

    complete: bool = True
    reachable: bool = True
    deliveries: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    lost: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    last_delivery: datetime | None = None
    last_confirmed: datetime | None = None
    trusted_since: datetime | None = None
    signals: list[Signal] = field(default_factory=list)
    unclaimed: list[datetime] = field(default_factory=list)
    listeners: list[Callable[[], None]] = field(default_factory=list, repr=False, compare=False)

    @property
    def state(self) -> PushState:
        """Whether the push works."""
        if self.trusted_since is not None or (not self.complete and self.last_confirmed is not None):
            return PushState.WORKING
        return PushState.LOSING if self.lost else PushState.SILENT

    def _changed(self) -> None:
        for listener in self.listeners:
            listener()

    def add_delivery(self) -> None:
        """Count a record that was accepted, new or known."""
        self.deliveries += 1
        self.last_delivery = dt_util.utcnow()
        self._changed()

    def set_reachable(self, *, reachable: bool) -> None:
        """Note whether the last poll worked."""
        if reachable and not self.reachable and self.trusted_since is not None:
            self.trusted_since = dt_util.utcnow()
        self.reachable = reachable

    def expect_none(self) -> None:
        """Forget that calls were pushed, until the next one is."""
        self.lost = 0
        self.trusted_since = self.last_confirmed = None
        self._changed()

    def add_refused(self, reason: str) -> None:
        """Count a delivery that was refused."""
        self.refusals[reason] += 1
        self._changed()

    def add_confirmed(self, records: int) -> None:
        """Count pushed records that the provider's list has."""
        self.confirmed += records
        self.last_confirmed = dt_util.utcnow()
        if self.complete:
            self.trusted_since = self.trusted_since or self.last_confirmed
        self._changed()

    def add_unconfirmed(self, records: int) -> None:
        """Count pushed records that are still not in the provider's list after the last look."""
        self.unconfirmed += records
        self._changed()

    def add_signal(self, moment: datetime) -> bool:
        """Remember that a call was pushed that ended at `moment`; return whether a poll has found it already."""
        found = _nearest(self.unclaimed, moment)
        if found is not None:
            self.unclaimed.remove(found)
            self.add_confirmed(1)
            return True
        if len(self.signals) < MAX_SIGNALS:
            self.signals.append(Signal(moment))
        return False

    def add_look(self, signals: Iterable[Signal]) -> None:
        """Count a look at the provider's list for these signals; those that it confirmed have been removed already."""
        for signal in signals:
            signal.looks += 1
        waiting = [signal for signal in self.signals if signal.looks < MAX_LOOKS]
        missing = len(self.signals) - len(waiting)
        self.signals = waiting
        if missing:
            self.add_unconfirmed(missing)

    def add_polled(self, calls: Iterable[Call]) -> None:
        """Compare new calls that a poll found with what was pushed."""
        latest = dt_util.utcnow() - PUSH_DELAY
        self.unclaimed = [moment for moment in self.unclaimed if moment >= latest - SAME_CALL]
        not_pushed = self._without_signal(sorted(moment for call in calls if (moment := call.finished_at) is not None))
        self.unclaimed += [moment for moment in not_pushed if moment >= latest]
        if self.trusted_since is None or not self.reachable:
            return
        lost = sum(self.trusted_since <= moment < latest for moment in not_pushed)
        if lost:
            self.lost += lost
            self.trusted_since = None
            self._changed()

    def _without_signal(self, moments: Iterable[datetime]) -> list[datetime]:
        """Return the ends of those calls for which no signal was pushed; the others are confirmed."""
        without: list[datetime] = []
        confirmed = 0
        for moment in moments:
            signalled = _nearest([signal.ended_at for signal in self.signals], moment)
            if signalled is None:
                without.append(moment)
                continue
            self.signals.remove(next(signal for signal in self.signals if signal.ended_at == signalled))
            confirmed += 1
        if confirmed:
            self.add_confirmed(confirmed)
        return without


def _nearest(moments: Iterable[datetime], moment: datetime) -> datetime | None:
    """Return the nearest of the moments that can be the end of the same call."""
    near = [other for other in moments if abs(other - moment) <= SAME_CALL]
    return min(near, key=lambda other: abs(other - moment), default=None)
