"""Times that ids contain, for records that state no time."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}", re.ASCII)
_UNIQUE_ID = re.compile(r"(?:[^\s.]{1,40}-)?([0-9]{9,10})\.[0-9]{1,9}", re.ASCII)
# Before this no telephone exchange wrote such ids: a smaller number is something else that looks like one.
_EARLIEST = datetime(1999, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def object_id_time(text: object) -> datetime | None:
    """Return when a MongoDB ObjectId was made, to the second; None for anything else.

    The first four of its twelve bytes are seconds since the epoch (BSON specification, ObjectId).
    """
    if not isinstance(text, str) or not _OBJECT_ID.fullmatch(text):
        return None
    return _sensible(int(text[:8], 16))


def object_id_at(moment: datetime) -> str:
    """Return the smallest ObjectId that could be made at a time."""
    return f"{max(0, int(moment.timestamp())):08x}{0:016x}"


def unique_id_time(text: object) -> datetime | None:
    """Return when an Asterisk channel was made, out of its unique id such as `1532857052.131132`; None otherwise.

    The id is seconds since the epoch, a point and a counter, with the system's name and `-` before it where one is set
    (`systemname` of asterisk.conf).
    """
    match = _UNIQUE_ID.fullmatch(text) if isinstance(text, str) else None
    return _sensible(int(match[1])) if match else None


def _sensible(seconds: int) -> datetime | None:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment if _EARLIEST <= moment < _LATEST else None
