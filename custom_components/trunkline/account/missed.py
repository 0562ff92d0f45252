"""The callers who wait for a call back, and those that a user has ticked off. Pure functions of missed calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from trunkline.metrics import OpenMissed
    from trunkline.model import Call, Party

    from .names import Names

MOST_CALLERS: Final = 200
"""A list has at most so many callers who wait, those who called last."""
MOST_TICKED: Final = 50
"""A list has at most so many callers who were ticked off, those who called last."""

type Ticks = Mapping[str, datetime]
"""Which callers were ticked off, by uid: their calls up to this moment (UTC) are dealt with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCaller:
    """A caller and the missed calls: how many, when the first and the last started, and when the last ended (UTC)."""

    numbers: tuple[str, ...] = field(repr=False)
    """All forms of the number that the calls have, the one that the caller is known by first."""
    parties: tuple[Party, ...] = field(repr=False)
    """What the calls say of the caller, each once, newest first."""
    calls: int
    first: datetime
    last: datetime
    ended: datetime

    @property
    def party(self) -> Party:
        """What the last call says of the caller."""
        return self.parties[0]

    @property
    def uid(self) -> str:
        """An id that stays the same, and doesn't show the number."""
        return caller_uid(self.numbers[0])

    @property
    def uids(self) -> tuple[str, ...]:
        """The ids that the caller may have had when less was known of the number."""
        return tuple(map(caller_uid, self.numbers))

    def name(self, names: Names) -> str | None:
        """Return the name of the caller, from the newest call that has one."""
        return next(filter(None, map(names.of, self.parties)), None)

    def named(self, names: Names) -> MissedCaller:
        """Return the caller with the name that is known."""
        name = self.name(names)
        return replace(self, parties=tuple(replace(party, name=name) for party in self.parties))


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCallers:
    """Those who wait for a call back, those who were ticked off since, and those who were reached today.

    The latest callers are first. A caller is in one of them: who was reached and has called in vain since waits again.
    """

    waiting: tuple[MissedCaller, ...] = ()
    ticked: tuple[MissedCaller, ...] = ()
    reached: tuple[MissedCaller, ...] = ()

    def named(self, names: Names) -> MissedCallers:
        """Return the callers with the names that are known of them."""
        return MissedCallers(
            waiting=tuple(caller.named(names) for caller in self.waiting),
            ticked=tuple(caller.named(names) for caller in self.ticked),
            reached=tuple(caller.named(names) for caller in self.reached),
        )


def caller_uid(number: str) -> str:
    """Return the id of a caller: the beginning of the SHA-256 hash of the number."""
    return sha256(number.encode(errors="replace")).hexdigest()[:16]


def without_ticked(missed: OpenMissed, ticks: Ticks) -> tuple[OpenMissed, MissedCallers]:
    """Return the missed calls that nobody has returned or ticked off, and the callers.

    A caller with a call after those that were ticked off waits again, for that call only.
    """
    by_number: dict[str, list[Call]] = {}
    for call, number in zip(missed.calls, missed.numbers, strict=True):
        by_number.setdefault(number, []).append(call)
    waiting: list[MissedCaller] = []
    ticked: list[MissedCaller] = []
    done: set[str] = set()
    for number, calls in by_number.items():
        caller = _caller(number, calls)
        until = max((ticks[uid] for uid in caller.uids if uid in ticks), default=None) if ticks else None
        if until is None:
            waiting.append(caller)
            continue
        after = [call for call in calls if _start(call) > until]
        done.update(call.call_id for call in calls[len(after) :])
        if after:
            waiting.append(_caller(number, after))
        else:
            ticked.append(caller)
    kept = [pair for pair in zip(missed.calls, missed.numbers, strict=True) if pair[0].call_id not in done]
    still = replace(
        missed,
        calls=tuple(call for call, _ in kept),
        callers=len(waiting),
        numbers=tuple(number for _, number in kept),
    )
    return still, MissedCallers(waiting=tuple(waiting), ticked=tuple(ticked))


def with_reached(callers: MissedCallers, returned: Iterable[tuple[str, Call]]) -> MissedCallers:
    """Return the callers with those of the `returned` missed calls, newest first by number, who don't wait again."""
    by_number: dict[str, list[Call]] = {}
    for number, call in returned:
        by_number.setdefault(number, []).append(call)
    reached = (_caller(number, calls) for number, calls in by_number.items())
    others = {uid for caller in (*callers.waiting, *callers.ticked) for uid in caller.uids}
    return replace(callers, reached=tuple(caller for caller in reached if others.isdisjoint(caller.uids)))


def find_caller(callers: Iterable[MissedCaller], uid: str) -> MissedCaller | None:
    """Return the caller with this id."""
    return next((caller for caller in callers if uid in caller.uids), None)


def _caller(number: str, calls: Sequence[Call]) -> MissedCaller:
    parties = tuple(dict.fromkeys(call.source for call in calls))
    forms = (form for party in parties for form in (party.e164, party.number) if form)
    return MissedCaller(
        numbers=tuple(dict.fromkeys((number, *forms))),
        parties=parties,
        calls=len(calls),
        first=_start(calls[-1]),
        last=_start(calls[0]),
        # The call list may state another start of a call than its pushed record; the end is the same.
        ended=max(call.finished_at or _start(call) for call in calls),
    )


def _start(call: Call) -> datetime:
    if call.started_at is None:
        msg = "an open missed call has a start"
        raise ValueError(msg)
    return call.started_at
