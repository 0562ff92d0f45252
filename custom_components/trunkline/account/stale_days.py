"""The days whose figures have to be read from the archive again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from zoneinfo import ZoneInfo

    from trunkline.model import Call
    from trunkline.sync import SyncResult

# A corrected call may have been on another day before; how far back that is looked for.
CORRECTED_DAYS = 3


class StaleDays:
    """Collects days of the zone until their figures are read again. All methods are for the event loop."""

    def __init__(self, zone: ZoneInfo) -> None:
        """Start with no stale day: nothing has been read yet."""
        self._zone = zone
        self._days: set[date] = set()
        self._all = False

    def add_days_of(self, calls: Iterable[Call]) -> None:
        """Add the days on which these calls started."""
        self._days.update(call.started_at.astimezone(self._zone).date() for call in calls if call.started_at)

    def add_result(self, result: SyncResult, full: bool) -> None:  # noqa: FBT001  (the signature of a sync's callback)
        """Add the days from which a sync may have moved a call away: the last few, all after a full one."""
        if not result.changed:
            return
        self._all = self._all or full
        today = dt_util.utcnow().astimezone(self._zone).date()
        self._days.update(today - timedelta(days=back) for back in range(CORRECTED_DAYS))

    def add_all(self) -> None:
        """Add all days: another program may have written to the archive."""
        self._all = True

    def take(self) -> set[date] | None:
        """Return the stale days, None for all of them, and start again with none."""
        days = None if self._all else self._days
        self._all, self._days = False, set()
        return days
