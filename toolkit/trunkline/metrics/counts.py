"""How many calls there were of each kind and what they cost: from `Call`s or from counts that a frame grouped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from trunkline.model import Direction, Status

from .ratios import Ratio, acd, asr, is_missed, ner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trunkline.model import Call, Money


@dataclass(frozen=True, slots=True)
class Tally:
    """So many calls of one direction and status.

    `timed` of them have known talk seconds, and `talk_s` is their sum. `impossible` have a talk below zero.
    """

    direction: Direction | str | None
    status: Status | str
    calls: int
    talk_s: int = 0
    timed: int = 0
    impossible: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCounts:
    """How many calls there were of each kind, and what follows from that.

    `unknown` counts the calls whose status is unknown: they are left out of the attempts of each
    ratio. `untimed` counts the answered calls without talk seconds, `impossible` those with a talk
    below zero: they are left out of `talk_s` and of the average call duration. `undirected` counts
    those of no known direction.
    """

    calls: int = 0
    answered: int = 0
    missed: int = 0
    busy: int = 0
    no_answer: int = 0
    congestion: int = 0
    failed: int = 0
    unknown: int = 0
    incoming: int = 0
    outgoing: int = 0
    internal: int = 0
    undirected: int = 0
    talk_s: int = 0
    untimed: int = 0
    impossible: int = 0

    @property
    def attempts(self) -> int:
        """The calls of known status."""
        return self.calls - self.unknown

    @property
    def asr(self) -> Ratio | None:
        """The answer-seizure ratio, see `asr`."""
        return asr(self.answered, self.attempts)

    @property
    def acd(self) -> float | None:
        """The average call duration in seconds, see `acd`."""
        return acd(self.talk_s, self.answered - self.untimed - self.impossible)

    @property
    def ner(self) -> Ratio | None:
        """The network effectiveness ratio, see `ner`."""
        return ner(self.answered, self.busy, self.no_answer, self.attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures(CallCounts):
    """The counts of a day's calls (or of any other set) and what they cost, by currency.

    `unpriced` calls have no known price and are left out of `cost`.
    """

    cost: Mapping[str, Money] = field(default_factory=dict)
    unpriced: int = 0


def _tallied(tallies: Iterable[Tally]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts["calls"] += tally.calls
        counts[str(tally.status)] += tally.calls
        counts[str(tally.direction or "undirected")] += tally.calls
        if is_missed(tally.direction, tally.status):
            counts["missed"] += tally.calls
        if tally.status == Status.ANSWERED:
            counts["talk_s"] += tally.talk_s
            counts["untimed"] += tally.calls - tally.timed - tally.impossible
            counts["impossible"] += tally.impossible
    return counts


def _tally(call: Call) -> Tally:
    talk = call.talk
    if talk is None:
        return Tally(call.direction, call.status, 1)
    if talk < 0:
        return Tally(call.direction, call.status, 1, impossible=1)
    return Tally(call.direction, call.status, 1, talk, 1)


def count_calls(tallies: Iterable[Tally]) -> CallCounts:
    """Return the counts of calls that were tallied by direction and status."""
    return CallCounts(**_tallied(tallies))


def day_figures(calls: Iterable[Call]) -> DayFigures:
    """Return the counts and the cost of a set of calls, each taken once.

    Which calls make a day is the caller's: that depends on the account's zone.
    """
    tallies: list[Tally] = []
    cost: dict[str, Money] = {}
    unpriced = 0
    for call in calls:
        tallies.append(_tally(call))
        price = call.price
        if price is None:
            unpriced += 1
        elif price.currency in cost:
            cost[price.currency] += price
        else:
            cost[price.currency] = price
    return DayFigures(**_tallied(tallies), cost=cost, unpriced=unpriced)


def together(*parts: DayFigures) -> DayFigures:
    """Return the figures of several sets of calls, of which no call is in two, as those of one set."""
    cost: dict[str, Money] = {}
    for part in parts:
        for currency, amount in part.cost.items():
            cost[currency] = cost[currency] + amount if currency in cost else amount
    counts = {each.name: sum(getattr(part, each.name) for part in parts) for each in fields(CallCounts)}
    return DayFigures(**counts, cost=cost, unpriced=sum(part.unpriced for part in parts))


def last_call(calls: Iterable[Call]) -> Call | None:
    """Return the call that ended last (of several at one instant the greatest id), None of no dated calls."""
    dated = ((ended, call.call_id, call) for call in calls if (ended := call.finished_at) is not None)
    latest = max(dated, key=lambda item: item[:2], default=None)
    return latest[2] if latest else None
