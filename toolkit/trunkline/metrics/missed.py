"""Which missed calls are still waiting for an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.model import Direction, Status

from .ratios import is_missed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from trunkline.model import Call


type _Side = tuple[str, str, str]
"""The account of a call, the number at the other end as sent, and in E.164; "" is unknown."""


@dataclass(frozen=True, slots=True)
class OpenMissed:
    """The missed calls that were not returned yet, newest first.

    `callers` is how many different numbers they come from: five tries of one caller are five calls and
    one caller. `numbers` has the number of each of the calls: in E.164 where that is known, also if only
    from another call, else as sent. `withheld` counts missed calls without a number, which can't be
    matched or called back, `undated` those without a start; both are left out of `calls`.
    """

    calls: tuple[Call, ...] = ()
    callers: int = 0
    withheld: int = 0
    undated: int = 0
    numbers: tuple[str, ...] = field(default=(), repr=False)


class MissedCalls:
    """Missed calls, and when each number was reached, of calls that are added one after the other.

    It keeps the missed calls and the numbers, so that a day of many answered calls takes little memory.
    """

    def __init__(self) -> None:
        """Start without calls."""
        self._missed: list[Call] = []
        self._reached: dict[_Side, datetime] = {}
        self._e164: dict[tuple[str, str], str] = {}

    def add(self, calls: Iterable[Call]) -> None:
        """Add calls, in any order, each once."""
        for call in calls:
            for party in (call.source, call.destination):
                if party.number and party.e164:
                    key = call.account, party.number
                    # Of several the greatest, so that the order of the calls makes no difference.
                    self._e164[key] = max(party.e164, self._e164.get(key, ""))
            if is_missed(call.direction, call.status):
                self._missed.append(call)
            elif call.status == Status.ANSWERED and call.direction in {Direction.INCOMING, Direction.OUTGOING}:
                side = _outside(call)
                if side is not None and call.started_at is not None:
                    self._reached[side] = max(call.started_at, self._reached.get(side, call.started_at))

    def copy(self) -> MissedCalls:
        """Return the same calls, to which others can be added."""
        same = MissedCalls()
        same._missed, same._reached, same._e164 = [*self._missed], {**self._reached}, {**self._e164}
        return same

    def still_open(self, *, ticked: Collection[tuple[str, str]] = ()) -> OpenMissed:
        """Return the missed calls whose number was not reached since and that are not ticked off; see `open_missed`."""
        reached = self._reached_at()
        still: list[tuple[datetime, Call, tuple[str, str]]] = []
        withheld = undated = 0
        for call in self._missed:
            if (call.account, call.call_id) in ticked:
                continue
            side = _outside(call)
            if side is None:
                withheld += 1
            elif call.started_at is None:
                undated += 1
            else:
                who = self._identity(side)
                if who not in reached or reached[who] <= call.started_at:
                    still.append((call.started_at, call, who))
        still.sort(key=lambda item: (item[0], item[1].call_id), reverse=True)
        return OpenMissed(
            calls=tuple(call for _, call, _ in still),
            callers=len({who for _, _, who in still}),
            withheld=withheld,
            undated=undated,
            numbers=tuple(number for _, _, (_, number) in still),
        )

    def returned(self) -> list[tuple[str, Call]]:
        """Return the missed calls whose number was reached since, newest first; numbers are those of `OpenMissed`."""
        reached = self._reached_at()
        found: list[tuple[datetime, Call, str]] = []
        for call in self._missed:
            side = _outside(call)
            if side is None or call.started_at is None:
                continue
            who = self._identity(side)
            if who in reached and reached[who] > call.started_at:
                found.append((call.started_at, call, who[1]))
        found.sort(key=lambda item: (item[0], item[1].call_id), reverse=True)
        return [(number, call) for _, call, number in found]

    def _reached_at(self) -> dict[tuple[str, str], datetime]:
        """Return when each number was reached last."""
        reached: dict[tuple[str, str], datetime] = {}
        for side, at in self._reached.items():
            who = self._identity(side)
            reached[who] = max(at, reached.get(who, at))
        return reached

    def _identity(self, side: _Side) -> tuple[str, str]:
        account, number, e164 = side
        return account, e164 or self._e164.get((account, number)) or number


def open_missed(calls: Iterable[Call], *, ticked: Collection[tuple[str, str]] = ()) -> OpenMissed:
    """Return the missed calls whose number was not reached since and that are not ticked off.

    Reached: a later answered call of the same account from or to that number. Numbers are the same if
    their E.164 forms are, or, where one isn't known, as sent. `ticked` holds keys (account, call_id).
    """
    missed = MissedCalls()
    missed.add(calls)
    return missed.still_open(ticked=ticked)


def _outside(call: Call) -> _Side | None:
    """Return the number at the other end of a call, None if it has none."""
    party = call.destination if call.direction == Direction.OUTGOING else call.source
    return (call.account, party.number or "", party.e164 or "") if party.number or party.e164 else None
