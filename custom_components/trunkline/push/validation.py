"""Parses what was pushed, and refuses whatever can't be a record of this account that has just been made."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.util import dt as dt_util

from trunkline.errors import DataError, ForeignRecordError
from trunkline.model import Call, Capability, LineEvent

from .admission import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.providers import Account

MAX_ID_LENGTH: Final = 200
MAX_KIND_LENGTH: Final = 60

# All other texts of a call together, which are kept until the list has the call.
MAX_TEXTS: Final = 8 * 1024

# A call is pushed when it ends. The call list has an old one already, and looking for that could take many requests.
MAX_AGE: Final = timedelta(hours=12)
MAX_LENGTH: Final = timedelta(hours=24)
CLOCK_ERROR: Final = timedelta(hours=1)
# Where only the time of the record is used, a telephone system with a wrong time zone does no harm.
ZONE_ERROR: Final = timedelta(days=1)


def parse(account: Account, payload: bytes | Mapping[str, str], kind: str | None) -> Call | LineEvent:
    """Return the record in a delivery; raises `RefusedError`. `kind` is the event's name from the address."""
    has_events = account.supports(Capability.PARSE_EVENT)
    if not payload and not (kind and has_events):
        raise RefusedError("no call record")
    try:
        record = account.parse_event(payload, kind=kind) if has_events else account.parse_push(payload)
    except ForeignRecordError:
        raise RefusedError("foreign") from None
    except DataError:
        raise RefusedError("malformed") from None
    if any(len(text) > limit for text, limit in _texts(record)):
        raise RefusedError("malformed")
    return record


def check_time(moment: datetime | None, *, ahead: timedelta) -> None:
    """Refuse a record that is too old, or lies further in the future than a wrong clock explains."""
    age = dt_util.utcnow() - moment if moment else timedelta()
    if not -ahead <= age <= MAX_AGE:
        raise RefusedError("not now")


def check_call(call: Call) -> None:
    """Refuse a call that can't have ended just now, or that has more text than a record of a call has."""
    longest = MAX_LENGTH.total_seconds()
    if any(seconds is not None and not 0 <= seconds <= longest for seconds in (call.wait, call.talk)):
        raise RefusedError("malformed")
    if _text_length(astuple(replace(call, raw=None))) > MAX_TEXTS:
        raise RefusedError("too large")
    check_time(call.finished_at, ahead=CLOCK_ERROR)
    if call.started_at is not None:
        age = dt_util.utcnow() - call.started_at
        if not -CLOCK_ERROR <= age <= MAX_LENGTH:
            raise RefusedError("not now")


def _text_length(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    return sum(map(_text_length, value)) if isinstance(value, tuple) else 0


def _texts(record: Call | LineEvent) -> list[tuple[str, int]]:
    """Return the texts that are stored or fired, with the maximum length of each."""
    if isinstance(record, Call):
        return [(record.call_id, MAX_ID_LENGTH)]
    texts = (record.call_id, record.extension, record.state, record.number, record.queue)
    return [(record.kind, MAX_KIND_LENGTH), *((text, MAX_ID_LENGTH) for text in texts if text is not None)]
