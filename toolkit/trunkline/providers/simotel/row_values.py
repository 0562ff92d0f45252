"""Single values in Simotel's rows: MongoDB's ids, text, flags, how a call ended, its direction and its talk time."""

from __future__ import annotations

from trunkline.model import Direction, Status
from trunkline.providers.common import fields

_STATUSES = {
    "ANSWERED": Status.ANSWERED,
    "NO ANSWER": Status.NO_ANSWER,
    # The word in the tables of the pages on events; their samples have the one above.
    "NO ANSWERED": Status.NO_ANSWER,
    "MISSED": Status.NO_ANSWER,
    "BUSY": Status.BUSY,
    "CONGESTION": Status.CONGESTION,
    "FAILED": Status.FAILED,
    # An unsuccessful attempt of the dialler; the document lists the word without its meaning.
    "LOST": Status.FAILED,
}
_DIRECTIONS = {"incoming": Direction.INCOMING, "outgoing": Direction.OUTGOING, "local": Direction.INTERNAL}


def object_id(value: object, field: str) -> str:
    """Return an id that is text or `{"$oid": "…"}`."""
    return fields.identifier(value.get("$oid") if isinstance(value, dict) else value, field)


def optional_id(value: object, field: str) -> str | None:
    """Return an id, None for null and empty text."""
    return None if value in (None, "") else object_id(value, field)


def text(value: object, field: str) -> str | None:
    """Return text, None for null and empty text."""
    return fields.text(value, field) or None


def flag(value: object, field: str) -> bool | None:
    """Return a flag that is a boolean, or 1 for True; None for null."""
    if value is None or isinstance(value, bool):
        return value
    return fields.integer(value, field) == 1


def status(value: object) -> Status:
    """Return how a call ended; `UNKNOWN` for a disposition that isn't documented."""
    return _STATUSES.get(" ".join(value.upper().split()), Status.UNKNOWN) if isinstance(value, str) else Status.UNKNOWN


def direction(value: object) -> Direction | None:
    """Return the direction of a call; the rows of queues have another type."""
    return _DIRECTIONS.get(value.strip().lower()) if isinstance(value, str) else None


def talk(call_status: Status, billsec: object) -> tuple[int | None, bool]:
    """Return the seconds of talk, and whether they are derived.

    `billsec` starts when the telephone system itself answers, so calls that nobody answered have some, which isn't
    talk. For an unknown disposition the talk time is unknown.
    """
    seconds = fields.seconds(billsec, "billsec")
    if seconds is None or call_status is Status.ANSWERED:
        return seconds, False
    if call_status is Status.UNKNOWN:
        return None, False
    return 0, seconds != 0


def length(wait: int | None, talk: int | None) -> int | None:
    """Return how many seconds a call took, None where that isn't known."""
    return None if wait is None or talk is None else wait + talk
