"""What is known of a phone system at one moment: which calls ring, who talks, who waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.model import Direction


class Activity(StrEnum):
    """What a phone is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    PAUSED = "paused"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class LivePhone:
    """A phone: its state, None if unknown, and with whom since when if it is in a call; `calls` is how many it has."""

    state: Activity | None
    number: str | None = field(default=None, repr=False)
    direction: Direction | None = None
    queue: str | None = None
    since: datetime | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call under way: it rings until somebody answers. `phones` are those that ring or talk, `since` its beginning.

    `waits` says that the caller waits in the queue.
    """

    state: Activity
    number: str | None = field(repr=False)
    direction: Direction | None
    queue: str | None
    phones: tuple[str, ...]
    since: datetime
    waits: bool


@dataclass(frozen=True, slots=True)
class LiveView:
    """What is known at one moment. Before the first event, and after a lost one, `known` is false."""

    known: bool = False
    calls: tuple[LiveCall, ...] = ()
    """Oldest first."""
    phones: Mapping[str, LivePhone] = field(default_factory=dict)
    """By extension."""

    @property
    def state(self) -> Activity | None:
        """Ringing if any call rings, else talking if there is any; idle only if that is known."""
        if any(call.state is Activity.RINGING for call in self.calls):
            return Activity.RINGING
        if self.calls:
            return Activity.TALKING
        return Activity.IDLE if self.known else None

    def waiting(self, queue: str) -> tuple[LiveCall, ...] | None:
        """Return the callers who wait in a queue, the first comer first; None if that is not known."""
        found = tuple(call for call in self.calls if call.waits and call.queue == queue)
        return found if found or self.known else None
