"""Values as Simotel writes them: times of three kinds in one row, Mongo's ids, dispositions and callers' names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from trunkline.calendars import WallClock
from trunkline.model import Direction, Status
from trunkline.numbers import dial_digits, e164
from trunkline.providers.common import fields

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

REGION = "IR"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IRANIAN = re.compile(r"(?:\+|00)98([1-9][0-9]{9})", re.ASCII)
_INTERNAL = re.compile(r"[0-9]{2,6}", re.ASCII)
_CHANNEL = re.compile(r"(?:SIP|PJSIP|IAX2)/([0-9]{2,6})-[0-9a-f]+", re.ASCII | re.IGNORECASE)

_STATUSES = {
    "ANSWERED": Status.ANSWERED,
    "NO ANSWER": Status.NO_ANSWER,
    "MISSED": Status.NO_ANSWER,
    "BUSY": Status.BUSY,
    "CONGESTION": Status.CONGESTION,
    "FAILED": Status.FAILED,
    # An attempt of the dialler that came to nothing; the document lists the word without a meaning.
    "LOST": Status.FAILED,
}
_DIRECTIONS = {"incoming": Direction.INCOMING, "outgoing": Direction.OUTGOING, "local": Direction.INTERNAL}


class Moments:
    """Reads the times of one server's rows: which kind a field holds is told by its value, never by its name.

    Wall-clock text is Jalali or Gregorian by its year, in the server's zone; Mongo's `$date` is milliseconds since the
    epoch, as a number, as text or within `$numberLong`, or ISO 8601.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        """Take the zone of the wall-clock texts."""
        self._wall = WallClock(zone).utc

    def utc(self, value: object, field: str) -> datetime | None:
        """Return aware UTC; None for null and empty text."""
        if value is None or value == "":
            return None
        if isinstance(value, dict):
            return mongo_date(value, field)
        return self._wall(value, field)


def mongo_date(value: dict[str, Any], field: str) -> datetime | None:
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
    milliseconds = fields.whole(inner, field)
    if milliseconds is None:
        raise fields.wrong(field, "a time")
    return since_epoch(milliseconds * 1000, field)


def since_epoch(microseconds: int, field: str) -> datetime:
    """Return the time that lies so many microseconds after the epoch."""
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        raise fields.wrong(field, "a time") from None


def object_id(value: object, field: str) -> str:
    """Return an id that is text, or `{"$oid": "…"}`."""
    return fields.identifier(value.get("$oid") if isinstance(value, dict) else value, field)


def optional_id(value: object, field: str) -> str | None:
    """Return an id, None for null and empty text."""
    return None if value in (None, "") else object_id(value, field)


def filled(value: object, field: str) -> str | None:
    """Return text, None for null and for text that is empty."""
    return fields.text(value, field) or None


def status_of(value: object) -> Status:
    """Return how a call ended; a disposition that isn't listed is unknown, not an error."""
    return _STATUSES.get(value.strip().upper(), Status.UNKNOWN) if isinstance(value, str) else Status.UNKNOWN


def direction_of(value: object) -> Direction | None:
    """Return which way a call went; rows of queues have a type of their own."""
    return _DIRECTIONS.get(value.strip().lower()) if isinstance(value, str) else None


def talk_of(status: Status, billsec: object) -> tuple[int | None, bool]:
    """Return the seconds that were talked, and whether that is derived.

    `billsec` runs from the moment when the telephone system itself answers, so that calls which nobody took have some
    too: those were not talk. How much of it was talk can't be told where the disposition is unknown.
    """
    stated = fields.seconds(billsec, "billsec")
    if stated is None or status is Status.ANSWERED:
        return stated, False
    if status is Status.UNKNOWN:
        return None, False
    return 0, stated != 0


def is_internal(number: str | None) -> bool:
    """Tell whether a number is an extension by its shape: two to six digits, where public numbers have more."""
    return number is not None and _INTERNAL.fullmatch(number) is not None


def dialled(number: str) -> str:
    """Return a number as a server in Iran dials and lists it: with a leading zero instead of the country's own code.

    Servers match numbers by patterns such as `09XXXXXXXXX`; `+98` is in none of the document's samples.
    """
    digits = dial_digits(number)
    match = _IRANIAN.fullmatch(digits)
    return f"0{match[1]}" if match else digits


def extension_of_channel(value: object) -> str | None:
    """Return the extension of an Asterisk channel such as `SIP/564-00009bf3`."""
    match = _CHANNEL.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def caller_name(value: object) -> tuple[str | None, str | None]:
    """Return name and number of Asterisk's `"name" <number>`; a name that only repeats the number is none."""
    content = fields.text(value, "clid")
    if not content:
        return None, None
    before, bracket, rest = content.strip().rpartition("<")
    name, number = (before, rest.removesuffix(">").strip()) if bracket else (rest, "")
    name = name.strip().strip('"').strip()
    return (None if not name or name == number else name), number or None


def known_e164(number: str | None) -> str | None:
    """Return a number in E.164 where that can be known."""
    return e164(number, REGION)
