"""MOR's dates and times: wall-clock text of the server, with or without an offset, and periods in requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from trunkline.calendars import in_calendar
from trunkline.providers.common import fields

if TYPE_CHECKING:
    from trunkline.calendars import WallClock

_WITH_OFFSET = re.compile(r"(.{10,19}?) ?(?:([+-][0-9]{2}):?([0-9]{2})|(?:UTC|GMT|Z))", re.ASCII)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s{0,3}([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.ASCII)
# MySQL writes zeros where no time was stored.
_NO_TIME = "0000-00-00"
_MOST_HOURS = 14
_MINUTES_PER_HOUR = 60


def read_time(value: object, clock: WallClock, field: str, *, offset: object = None) -> datetime | None:
    """Return a time in UTC, None for empty text and for zeros; `DataError` for anything else that is no time.

    The text's own offset counts, then `offset` (such as `GMT +02:00`), then the zone of the server's `clock`.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise fields.wrong(field, "a time")
    text = value.strip()
    if text.startswith(_NO_TIME):
        return None
    with_offset = _WITH_OFFSET.fullmatch(text)
    if with_offset:
        offset = f"{with_offset[2]}:{with_offset[3]}" if with_offset[2] else "UTC"
    ahead = _ahead_of_utc(offset, field)
    if ahead is None:
        return clock.utc(text, field)
    try:
        local = datetime.fromisoformat(with_offset[1] if with_offset else text)
        return local.replace(tzinfo=timezone(ahead)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise fields.wrong(field, "a time") from None


def wall_clock_text(local: datetime) -> str:
    """Return a time of the server's zone as its pages take it."""
    return local.strftime("%Y-%m-%d %H:%M:%S")


def unix_seconds(moment: datetime) -> str:
    """Return a time as the API takes it."""
    return str(int(in_calendar(moment).timestamp()))


def _ahead_of_utc(offset: object, field: str) -> timedelta | None:
    if offset is None or offset == "":
        return None
    match = _OFFSET.fullmatch(offset.strip()) if isinstance(offset, str) else None
    if match is None:
        if isinstance(offset, str) and offset.strip() in {"GMT", "UTC"}:
            return timedelta()
        raise fields.wrong(field, "a time in a known zone")
    hours, minutes = int(match[2]), int(match[3] or 0)
    if hours > _MOST_HOURS or minutes >= _MINUTES_PER_HOUR:
        raise fields.wrong(field, "a time in a known zone")
    ahead = timedelta(hours=hours, minutes=minutes)
    return -ahead if match[1] == "-" else ahead
