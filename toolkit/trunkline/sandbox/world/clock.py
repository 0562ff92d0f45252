"""The world's clock: it follows the real time unless it is moved or frozen."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import jdatetime

if TYPE_CHECKING:
    from collections.abc import Callable

TEHRAN = ZoneInfo("Asia/Tehran")
_TWO = tuple(f"{number:02d}" for number in range(60))


class Clock:
    """Seconds since the epoch (UTC), running from a chosen instant at the real clock's pace."""

    def __init__(self, now: datetime | None = None) -> None:
        """Start at `now` (aware), or at the real time."""
        if now is not None and now.tzinfo is None:
            msg = "now needs a time zone: give an aware datetime"
            raise ValueError(msg)
        self._ahead = 0.0 if now is None else now.timestamp() - time.time()
        self._frozen: float | None = None
        self.watchers: list[Callable[[], None]] = []

    @property
    def frozen(self) -> bool:
        """Whether the clock is stopped."""
        return self._frozen is not None

    def now(self) -> float:
        """Return the world's time in seconds since the epoch."""
        return self._frozen if self._frozen is not None else time.time() + self._ahead

    def set(self, instant: float) -> None:
        """Set the clock to an instant (seconds since the epoch); a frozen clock stays frozen."""
        if self._frozen is not None:
            self._frozen = instant
        else:
            self._ahead = instant - time.time()
        self._notify()

    def move(self, seconds: float) -> None:
        """Move the clock, backwards if negative."""
        self.set(self.now() + seconds)

    def freeze(self) -> None:
        """Stop the clock."""
        self._frozen = self.now()
        self._notify()

    def run(self) -> None:
        """Let the clock run on from its time."""
        if self._frozen is not None:
            instant, self._frozen = self._frozen, None
            self.set(instant)

    def _notify(self) -> None:
        for watcher in self.watchers:
            watcher()


@lru_cache(maxsize=4096)
def _jalali_date(ordinal: int) -> str:
    date = jdatetime.date.fromgregorian(date=datetime.fromordinal(ordinal).date())
    return f"{date.year:04d}-{date.month:02d}-{date.day:02d}"


def jalali(instant: float) -> str:
    """Write an instant as Tehran's wall clock in the Jalali calendar, `YYYY-MM-DD HH:MM:SS`."""
    local = datetime.fromtimestamp(instant, TEHRAN)
    return f"{_jalali_date(local.toordinal())} {_TWO[local.hour]}:{_TWO[local.minute]}:{_TWO[local.second]}"


def from_jalali(year: int, month: int, day: int, time: tuple[int, int, int] = (0, 0, 0)) -> int:
    """Turn a Jalali wall-clock time in Tehran into seconds since the epoch; ValueError for an invalid date."""
    date = jdatetime.date(year, month, day).togregorian()
    return int(datetime(date.year, date.month, date.day, *time, tzinfo=TEHRAN).timestamp())


def local_midnight(instant: float) -> datetime:
    """Return the beginning of an instant's day in Tehran."""
    return datetime.fromtimestamp(instant, TEHRAN).replace(hour=0, minute=0, second=0, microsecond=0)
