"""Which missed calls are still waiting for an answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.model import Direction, Status

from .ratios import is_missed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from trunkline.model import Call, Party


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


def open_missed(calls: Iterable[Call], *, ticked: Collection[tuple[str, str]] = ()) -> OpenMissed:
    """Return the missed calls whose number was not reached since and that are not ticked off.

    Reached: a later answered call of the same account from or to that number. Numbers are the same if
    their E.164 forms are, or, where one isn't known, as sent. `ticked` holds keys (account, call_id).
    """
    every = list(calls)
    e164_of: dict[tuple[str, str], str] = {}
    for call in every:
        for party in (call.source, call.destination):
            if party.number and party.e164:
                key = call.account, party.number
                # Of several the greatest, so that the order of the calls makes no difference.
                e164_of[key] = max(party.e164, e164_of.get(key, ""))

    def identity(call: Call, party: Party) -> tuple[str, str] | None:
        number = party.e164 or e164_of.get((call.account, party.number or "")) or party.number
        return (call.account, number) if number else None

    reached: dict[tuple[str, str], datetime] = {}
    missed: list[tuple[datetime, Call, tuple[str, str]]] = []
    withheld = undated = 0
    for call in every:
        outside = identity(call, call.destination if call.direction == Direction.OUTGOING else call.source)
        if is_missed(call.direction, call.status) and (call.account, call.call_id) not in ticked:
            if outside is None:
                withheld += 1
            elif call.started_at is None:
                undated += 1
            else:
                missed.append((call.started_at, call, outside))
        elif (
            call.status == Status.ANSWERED
            and call.direction in {Direction.INCOMING, Direction.OUTGOING}
            and outside is not None
            and call.started_at is not None
        ):
            reached[outside] = max(call.started_at, reached.get(outside, call.started_at))
    still = [(at, call, who) for at, call, who in missed if who not in reached or reached[who] <= at]
    still.sort(key=lambda item: (item[0], item[1].call_id), reverse=True)
    return OpenMissed(
        calls=tuple(call for _, call, _ in still),
        callers=len({who for _, _, who in still}),
        withheld=withheld,
        undated=undated,
        numbers=tuple(number for _, _, (_, number) in still),
    )
