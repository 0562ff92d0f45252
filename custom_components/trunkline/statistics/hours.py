"""The hours in which the recorder keeps calls, such that the days of Home Assistant's time zone add up."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

HOUR: Final = 3600
_DAY: Final = timedelta(days=1)
_QUARTER: Final = timedelta(minutes=15)


class Hours:
    """The recorder's hours in one time zone, each as the number of whole hours since the epoch (UTC).

    A call counts in the hour of UTC in which it starts. But where midnight falls within such an hour (in Tehran at half
    past), no row can be divided between two days. Then the calls before midnight count in the hour before, those after
    it in the hour after, and the hour in between stays empty: each day, week and month has exactly its calls, whether
    the recorder takes the rows that begin in it or those that end in it.
    """

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        """Find out whether the zone has ever had midnights within an hour."""
        self._zone = zone
        self._now = now
        # A year has at most two offsets that last.
        samples = (datetime(year, month, 1, tzinfo=UTC) for year in range(1970, now.year + 1) for month in (1, 7))
        self._whole = all(_offset(moment, zone) % HOUR == 0 for moment in (*samples, now))
        self._midnights: dict[int, int | None] = {}

    @property
    def width(self) -> timedelta:
        """In which slots calls have to be summed, so that each slot belongs to one hour."""
        return timedelta(seconds=HOUR) if self._whole else _QUARTER

    def of(self, start: datetime) -> int:
        """Return the hour in which calls of the slot that begins at `start` count."""
        moment = int(start.timestamp())
        hour = moment // HOUR
        midnight = None if self._whole else self._midnight_within(hour)
        if midnight is None:
            return hour
        return hour - 1 if moment < midnight else hour + 1

    def days(self, back: int) -> list[datetime]:
        """Return when (UTC) each of the days began, from so many days ago to today."""
        today = self._now.astimezone(self._zone).date()
        return [self._midnight(today - days * _DAY) for days in range(back, -1, -1)]

    def _midnight_within(self, hour: int) -> int | None:
        """Return the midnight (seconds since the epoch) that divides an hour."""
        if hour not in self._midnights:
            last = datetime.fromtimestamp((hour + 1) * HOUR - 1, self._zone)
            midnight = int(self._midnight(last.date()).timestamp())
            self._midnights[hour] = midnight if hour * HOUR < midnight else None
        return self._midnights[hour]

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


def first_hour(midnight: datetime) -> int:
    """Return the first hour that begins in the day."""
    return -(-int(midnight.timestamp()) // HOUR)


def start_of(hour: int) -> datetime:
    """Return when an hour begins (UTC)."""
    return datetime.fromtimestamp(hour * HOUR, UTC)


def _offset(moment: datetime, zone: tzinfo) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())
