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
# Where a pushed record lacks the list's id, a call of the list that ended within this time of it is taken for the same.
SAME_CALL = timedelta(minutes=2)
# So many looks at the list may lack a call before its push counts as not confirmed.
LOOKS = 4
MAX_SIGNALS = 1000


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
class Signal:
    """A call that was pushed without the list's id: when it ended, and how many looks at the list lacked it since."""

    ended_at: datetime
    looks: int = 0


@dataclass(slots=True)
class PushHealth:
    """Counters since the account was loaded; times are UTC. `on_change` is called whenever one has changed.

    `last_delivery` is the last record that was taken. `last_confirmed` is the last time that the provider's own list
    had a record that was pushed before: only that proves that the push is real, and not someone who knows the address.
    The push is trusted from then on (`trusted_since`) until a poll finds a call that it had not brought (`lost`).
    Where pushed records lack the id that the list has, the time of the call's end stands for it (`signals`). Where not
    every call is pushed (`whole` is false), polls are as important as ever: the push is never trusted to bring all.
    """

    whole: bool = True
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
    on_change: Callable[[], None] = field(default=_nothing, repr=False, compare=False)

    @property
    def state(self) -> PushState:
        """What is known of the push."""
        if self.trusted_since is not None or (not self.whole and self.last_confirmed is not None):
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
        if self.whole:
            self.trusted_since = self.trusted_since or self.last_confirmed
        self.on_change()

    def was_not_confirmed(self, records: int) -> None:
        """Count pushed records that the provider's list still lacks after it had time."""
        self.unconfirmed += records
        self.on_change()

    def signalled(self, moment: datetime) -> bool:
        """Remember that a call was pushed that ended at `moment`; return whether a poll had found it before."""
        found = _nearest(self.unclaimed, moment)
        if found is not None:
            self.unclaimed.remove(found)
            self.was_confirmed(1)
            return True
        if len(self.signals) < MAX_SIGNALS:
            self.signals.append(Signal(moment))
        return False

    def was_looked_for(self, signals: Iterable[Signal]) -> None:
        """Count a look at the provider's list for these signals; those that it confirmed are gone by now."""
        for signal in signals:
            signal.looks += 1
        waiting = [signal for signal in self.signals if signal.looks < LOOKS]
        missing = len(self.signals) - len(waiting)
        self.signals = waiting
        if missing:
            self.was_not_confirmed(missing)

    def was_polled(self, calls: Iterable[Call]) -> None:
        """Look at calls that a poll found and that the archive had not had before."""
        latest = dt_util.utcnow() - ON_ITS_WAY
        self.unclaimed = [moment for moment in self.unclaimed if moment >= latest - SAME_CALL]
        unheard = self._unheard(sorted(moment for moment in map(ended_at, calls) if moment is not None))
        self.unclaimed += [moment for moment in unheard if moment >= latest]
        if self.trusted_since is None:
            return
        lost = sum(self.trusted_since <= moment < latest for moment in unheard)
        if lost:
            self.lost += lost
            self.trusted_since = None
            self.on_change()

    def _unheard(self, moments: Iterable[datetime]) -> list[datetime]:
        """Return the ends of those calls that no signal told of; the others are confirmed."""
        unheard: list[datetime] = []
        confirmed = 0
        for moment in moments:
            told = _nearest([signal.ended_at for signal in self.signals], moment)
            if told is None:
                unheard.append(moment)
                continue
            self.signals.remove(next(signal for signal in self.signals if signal.ended_at == told))
            confirmed += 1
        if confirmed:
            self.was_confirmed(confirmed)
        return unheard


def _nearest(moments: Iterable[datetime], moment: datetime) -> datetime | None:
    """Return the one of the moments that can be the same call's end."""
    near = [one for one in moments if abs(one - moment) <= SAME_CALL]
    return min(near, key=lambda one: abs(one - moment), default=None)
