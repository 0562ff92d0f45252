"""What a server's clock showed in a reply, compared with our own: the `Date` header (RFC 9110, 6.6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on our own clocks: the time in UTC, and the seconds of a clock that nobody sets."""

    time: datetime
    monotonic: float

    @classmethod
    def now(cls, monotonic: float) -> Moment:
        """Return this moment."""
        return cls(datetime.now(UTC), monotonic)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The time of a server in a reply that arrived at `own`.

    `ahead` is how far the server's clock is ahead of ours at the least, negative if it is behind. It is zero if the
    server's time lies between our request and the reply: how long either took doesn't matter.
    """

    server: datetime
    own: Moment
    ahead: timedelta


def read_clock(headers: Mapping[str, str], sent: Moment, received: Moment) -> ClockReading | None:
    """Return what the header says of the server's clock; None if it says nothing.

    It doesn't in a reply from a cache (`Age`; RFC 9111, 5.1), nor if our clock was set meanwhile.
    """
    values = {name.lower(): text for name, text in headers.items()}
    took = timedelta(seconds=received.monotonic - sent.monotonic)
    if "age" in values or abs(received.time - sent.time - took) > _SECOND:
        return None
    try:
        server = parsedate_to_datetime(values.get("date", ""))
        server = server.replace(tzinfo=UTC) if server.tzinfo is None else server.astimezone(UTC)
        # The header leaves out the fraction of the second.
        ahead = max(server - received.time, timedelta(0)) + min(server + _SECOND - sent.time, timedelta(0))
    except (ValueError, TypeError, OverflowError, IndexError):
        # Dates that don't exist, or that no clock reaches, fail in as many ways.
        return None
    return ClockReading(server, received, ahead)
