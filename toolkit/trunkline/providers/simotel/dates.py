"""Simotel's dates and times: three ways in one row, two zones in pushed events, and the periods of searches."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from trunkline.calendars import WallClock, end_of, in_calendar, not_before, parse_local
from trunkline.providers.common import fields
from trunkline.providers.common.ids import unique_id_time

if TYPE_CHECKING:
    from collections.abc import Mapping

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UTC = ZoneInfo("UTC")
_EPOCH_SECONDS = re.compile(r"[0-9]{9,10}(?:\.[0-9]{1,9})?", re.ASCII)
# With the right zone, the start of a call and the creation of its channel are no further apart than this.
_CLOCK_DIFFERENCE = timedelta(hours=1)
_FIRST_DAY = "2000-01-01 00:00"
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class RowDates:
    """Reads the times in the rows of one server. The value shows how a time is written; the field's name doesn't.

    Wall-clock text is in the server's zone, Jalali or Gregorian by its year. MongoDB's `$date` is in milliseconds since
    the epoch (a number, text, or `$numberLong`) or ISO 8601.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        """Keep the zone of the wall-clock texts."""
        self._zone = zone
        self._wall_clock_utc = WallClock(zone).utc

    def utc(self, value: object, field: str) -> datetime | None:
        """Return aware UTC; None for null and empty text."""
        if value is None or value == "":
            return None
        if isinstance(value, dict):
            return _mongo_date(value, field)
        return self._wall_clock_utc(value, field)

    def start(self, value: object, field: str, *channels: object) -> datetime | None:
        """Return when something began on a channel, whose unique id contains the second in which it was created.

        Of times that clocks repeat, it is the first one that isn't before that; the first of the ids counts that
        contains a time.
        """
        started = self.utc(value, field)
        return _after_channel(started, value, next(filter(None, map(unique_id_time, channels)), None), self._zone)

    def end(self, value: object, field: str, started: datetime | None, seconds: int | None) -> datetime | None:
        """Return when what took so many seconds ended, see `calendars.end_of`; None for null and empty text."""
        return _end(self.utc(value, field), value, started, seconds, self._zone)


class EventDates:
    """Reads the times of one pushed event, whose texts are in UTC or, depending on the server, in its own zone.

    The event doesn't say which. Its unique id contains the second in which its channel was created: the zone that puts
    the start near to it is the right one.
    """

    def __init__(self, record: Mapping[str, Any], zone: ZoneInfo) -> None:
        """Find out the zone of the event's texts; `zone` is the server's own."""
        self._zone = _UTC
        times = (unique_id_time(record.get(name)) for name in ("unique_id", "cuid"))
        created_at = self._created_at = next((created_at for created_at in times if created_at), None)
        start = next((record[name] for name in ("starttime", "start_time") if record.get(name)), None)
        if created_at and isinstance(start, str) and not _EPOCH_SECONDS.fullmatch(start.strip()):
            in_utc = parse_local(start, _UTC, field="starttime")
            in_server_zone = parse_local(start, zone, field="starttime")
            if abs(in_utc - created_at) > _CLOCK_DIFFERENCE >= abs(in_server_zone - created_at):
                self._zone = zone

    def utc(self, value: object, field: str) -> datetime | None:
        """Return aware UTC for text, for MongoDB's dates, and for seconds since the epoch (in the events of trunks)."""
        if value is None or value == "":
            return None
        if isinstance(value, dict):
            return _mongo_date(value, field)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = repr(value)
        if isinstance(value, str) and _EPOCH_SECONDS.fullmatch(value.strip()):
            seconds, _, fraction = value.strip().partition(".")
            return _since_epoch(int(seconds) * 1_000_000 + int(fraction.ljust(6, "0")[:6]), field)
        return parse_local(value, self._zone, field=field).astimezone(UTC)

    def start(self, value: object, field: str) -> datetime | None:
        """Return when the event's call began: of times that clocks repeat, the one that its unique id fits."""
        return _after_channel(self.utc(value, field), value, self._created_at, self._zone)

    def end(self, value: object, field: str, started: datetime | None, seconds: int | None) -> datetime | None:
        """Return when what took so many seconds ended, see `calendars.end_of`; None for null and empty text."""
        return _end(self.utc(value, field), value, started, seconds, self._zone)


def date_range(since: datetime | None, until: datetime | None, zone: ZoneInfo) -> dict[str, str]:
    """Return a period for a search in whole minutes of the server's wall clock, widened so that nothing is cut off.

    Without an end, it reaches into tomorrow, since the server's clock may be ahead.
    """
    end = datetime.now(UTC) + _DAY if until is None else in_calendar(until) + _MINUTE
    return {
        "from": _FIRST_DAY if since is None else _minute_text(in_calendar(since), zone, -_HOUR),
        "to": _minute_text(end, zone, _HOUR),
    }


def _after_channel(
    started: datetime | None, value: object, created_at: datetime | None, zone: ZoneInfo
) -> datetime | None:
    if started is None or created_at is None or not isinstance(value, str):
        return started
    return not_before(started, created_at, zone)


def _end(
    ended: datetime | None, value: object, started: datetime | None, seconds: int | None, zone: ZoneInfo
) -> datetime | None:
    """Return an end, which is exact where it isn't wall-clock text."""
    return end_of(ended, started, seconds, zone) if ended is not None and isinstance(value, str) else ended


def _minute_text(moment: datetime, zone: ZoneInfo, margin: timedelta) -> str:
    """Return wall-clock text, an hour further in the direction of `margin` where the text could mean two times."""
    local = moment.astimezone(zone)
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        local += margin
    return local.strftime("%Y-%m-%d %H:%M")


def _mongo_date(value: dict[str, Any], field: str) -> datetime | None:
    """Return the time of MongoDB's extended JSON (`{"$date": {"$numberLong": "…"}}` and its shorter forms)."""
    inner = value.get("$date")
    if isinstance(inner, dict):
        inner = inner.get("$numberLong")
    if isinstance(inner, str) and "T" in inner:
        try:
            moment = datetime.fromisoformat(inner)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise fields.wrong(field, "a time") from None
    milliseconds = fields.integer(inner, field)
    if milliseconds is None:
        raise fields.wrong(field, "a time")
    return _since_epoch(milliseconds * 1000, field)


def _since_epoch(microseconds: int, field: str) -> datetime:
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise fields.wrong(field, "a time") from None
