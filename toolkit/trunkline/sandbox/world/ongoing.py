"""Calls that have not ended: what happens to each of them next, and when."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .calls import CallRow
    from .office import Office


class Stage(IntEnum):
    """What happens to a call, in this order; one that isn't answered has no `ANSWERED`."""

    BEGUN = 0
    ANSWERED = 1
    ENDED = 2


@dataclass(frozen=True, slots=True)
class OngoingCall:
    """A call that has not ended; `row` is how it will be recorded. A placed one rings its caller first."""

    number: int
    """Counts the calls of the world that were ongoing."""
    office: Office
    row: CallRow
    caller: str | None = field(default=None, repr=False)
    """The number that rings first, where it is no extension."""
    request: int | None = None
    """The id of the request that a call was placed by."""


class OngoingCalls:
    """The calls that have not ended, by what is due first."""

    def __init__(self) -> None:
        """Start without any."""
        self._due: list[tuple[int, int, Stage]] = []
        self._calls: dict[int, OngoingCall] = {}

    def __len__(self) -> int:
        """Count the calls."""
        return len(self._calls)

    def add(self, call: OngoingCall) -> None:
        """Add a call that begins at its row's start."""
        self._calls[call.number] = call
        heapq.heappush(self._due, (call.row.started_at, call.number, Stage.BEGUN))

    def next_due(self) -> int | None:
        """Return when something happens next, in seconds since the epoch; None if there is no call."""
        return self._due[0][0] if self._due else None

    def until(self, now: float) -> Iterator[tuple[OngoingCall, Stage]]:
        """Let happen what is due, and return it in order."""
        while self._due and self._due[0][0] <= now:
            _, number, stage = heapq.heappop(self._due)
            call = self._calls[number]
            row = call.row
            if stage is Stage.ENDED:
                del self._calls[number]
            elif stage is Stage.BEGUN and row.talk:
                heapq.heappush(self._due, (row.started_at + row.wait, number, Stage.ANSWERED))
            else:
                heapq.heappush(self._due, (row.ended_at, number, Stage.ENDED))
            yield call, stage
