"""A call that a phone system told of, with the phones that it rang."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trunkline.model import Direction

from .live_view import Activity, LiveCall

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

RINGING_LIMIT: Final = timedelta(minutes=5)
"""A phone that rings for longer is not believed to ring; nor is a caller for whom no phone rings, without an event."""
WAITING_LIMIT: Final = timedelta(hours=1)
"""The same for a caller in a queue."""
TALKING_LIMIT: Final = timedelta(hours=4)
"""A phone that is in a call for longer is not believed to be."""


@dataclass(slots=True)
class Leg:
    """A phone's part in a call, over since `ended`."""

    talks: bool
    since: datetime
    number: str | None = field(default=None, repr=False)
    direction: Direction | None = None
    ended: datetime | None = None

    @property
    def limit(self) -> datetime:
        """Until when it is believed without another event."""
        return self.since + (TALKING_LIMIT if self.talks else RINGING_LIMIT)


@dataclass(slots=True)
class TrackedCall:
    """A call that was heard of. It is `over` when the phone system said so, or nothing more can come of it."""

    began: datetime
    heard: datetime
    number: str | None = field(default=None, repr=False)
    direction: Direction | None = None
    queue: str | None = None
    announced: bool = False
    answered: bool = False
    transferred: bool = False
    between: bool = False
    """Whether it was transferred, and its next phone has not been heard of yet."""
    over: datetime | None = None
    legs: dict[str, Leg] = field(default_factory=dict)

    def live(self) -> list[Leg]:
        """Return the parts of the phones that ring or talk now."""
        return [leg for leg in self.legs.values() if leg.ended is None]

    @property
    def waits(self) -> bool:
        """Whether a caller waits for somebody to answer, even while no phone rings."""
        return not self.answered and (self.queue is not None or (self.announced and not self._is_outgoing))

    @property
    def _is_outgoing(self) -> bool:
        return self.direction is Direction.OUTGOING

    @property
    def active(self) -> bool:
        """Whether it is under way."""
        dialled = self.announced and self._is_outgoing and not self.legs
        return self.over is None and (bool(self.live()) or self.waits or self.between or dialled)

    @property
    def state(self) -> Activity:
        """Ringing until somebody answers, else talking."""
        live = self.live()
        if self.between or any(leg.talks and leg.direction is not Direction.OUTGOING for leg in live):
            return Activity.TALKING
        if any(not leg.talks for leg in live) or self.waits:
            return Activity.RINGING
        return Activity.TALKING

    @property
    def limit(self) -> datetime:
        """Until when it is believed without another event, while no phone of it rings or talks."""
        if self.between:
            return self.heard + TALKING_LIMIT
        return self.heard + (WAITING_LIMIT if self.queue is not None else RINGING_LIMIT)

    def end_leg(self, extension: str, now: datetime) -> None:
        """End the part of a phone, if it has any."""
        leg = self.legs.get(extension)
        if leg is not None and leg.ended is None:
            leg.ended = self.heard = now

    def close(self, now: datetime, phones: Collection[str | None] | None = None) -> None:
        """End it. If only some phones left it, it goes on with the others."""
        for extension in list(self.legs):
            if phones is None or extension in phones:
                self.end_leg(extension, now)
        if not self.live():
            self.over, self.between = now, False

    def shown(self) -> LiveCall:
        """Return what is known of it now."""
        return LiveCall(
            state=self.state,
            number=self.number,
            direction=self.direction,
            queue=self.queue,
            phones=tuple(sorted(extension for extension, leg in self.legs.items() if leg.ended is None)),
            since=self.began,
            waits=self.waits,
        )
