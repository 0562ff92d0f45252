"""How Simotel writes times and ids: two calendars and MongoDB's extended JSON in one and the same record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trunkline.sandbox.world import TEHRAN, jalali

SHAMSI, GREGORIAN = "shamsi", "gregorian"
type MongoDate = dict[str, dict[str, str]]


@dataclass(slots=True)
class Calendar:
    """The calendar setting of the exchange, for the times that follow it."""

    kind: str = SHAMSI

    def text(self, instant: float) -> str:
        """Write an instant as Tehran's wall clock, `YYYY-MM-DD HH:MM:SS`, in the calendar that is set."""
        return jalali(instant) if self.kind == SHAMSI else gregorian(instant)


def gregorian(instant: float) -> str:
    """Write an instant as Tehran's wall clock in the Gregorian calendar."""
    return datetime.fromtimestamp(instant, TEHRAN).strftime("%Y-%m-%d %H:%M:%S")


def compact(instant: float) -> str:
    """Write an instant's Gregorian date in Tehran as file names have it, `YYYYMMDD`."""
    return datetime.fromtimestamp(instant, TEHRAN).strftime("%Y%m%d")


def mongo_date(instant: int, milliseconds: int = 0) -> MongoDate:
    """Write an instant as extended JSON: milliseconds since the epoch, in text."""
    return {"$date": {"$numberLong": str(instant * 1000 + milliseconds)}}


def utc_text(instant: int, microseconds: int = 0) -> str:
    """Write an instant as events do: Gregorian, UTC, with microseconds."""
    moment = datetime.fromtimestamp(instant, UTC) + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def hhmmss(seconds: int) -> str:
    """Write a duration as `HH:MM:SS`."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def object_id(instant: int, marker: int, counter: int) -> str:
    """Write a MongoDB ObjectId: 4 bytes of seconds, 5 that identify its origin, 3 of a counter."""
    return f"{instant & 0xFFFFFFFF:08x}{marker & 0xFFFFFFFFFF:010x}{counter & 0xFFFFFF:06x}"


def read_object_id(text: str) -> tuple[int, int, int] | None:
    """Return the seconds, marker and counter of an ObjectId; None if the text isn't one."""
    if len(text) != len("5ddb9e925171cd0429088bad"):
        return None
    try:
        number = int(text, 16)
    except ValueError:
        return None
    return number >> 64, (number >> 24) & 0xFFFFFFFFFF, number & 0xFFFFFF
