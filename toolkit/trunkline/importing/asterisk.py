"""Asterisk's call records as its module `cdr_csv` writes them: `/var/log/asterisk/cdr-csv/Master.csv`.

The order of the fields is that of Asterisk's documentation ("Call Detail Records", fields of the CDR): accountcode,
src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration, billsec, disposition,
amaflags, and uniqueid and userfield where its configuration asks for them. Times are the server's local time.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from trunkline.calendars import end_of, later, parse_local
from trunkline.errors import DataError
from trunkline.model import Call, Direction, Status

from .rows import ids, one_row_per_call, read_rows, seconds, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .rows import Place, Rejected, Row

_SRC, _DST, _CONTEXT, _CLID, _CHANNEL, _DST_CHANNEL = 1, 2, 3, 4, 5, 6
_START, _END, _DURATION, _BILLSEC, _DISPOSITION, _UNIQUE = 9, 11, 12, 13, 14, 16
_FIELDS: Final = 16
_STATUSES: Final = {
    "ANSWERED": Status.ANSWERED,
    "NO ANSWER": Status.NO_ANSWER,
    "BUSY": Status.BUSY,
    "FAILED": Status.FAILED,
    "CONGESTION": Status.CONGESTION,
}
_NAME = re.compile(r'\s*"?(?P<name>[^"<]*)"?\s*<')
_PEER = re.compile(r"(?:PJSIP|SIP|IAX2|Local)/(?P<peer>[^-@/]+)", re.IGNORECASE)
_UNIQUE_ID = re.compile(r"(?:.*-)?(\d{9,10})\.\d+", re.ASCII)
_NEAR = timedelta(seconds=5)


def read_asterisk(lines: Iterable[str], place: Place) -> Iterator[Call | Rejected]:
    """Yield the calls of `Master.csv`, and the rows that make no sense; several rows of one call become one.

    `wait` is duration - billsec, `talk` is billsec. With uniqueid in the rows, calls keep their keys when the file is
    read again; without, keys are made of the rows. The trunk is the peer of the channel on the other side of an
    extension.
    """
    return one_row_per_call(read_rows(lines, _reader(place), place))


def _reader(place: Place) -> Callable[[Row], Call]:
    made = ids()

    def read(row: Row) -> Call:
        if len(row) < _FIELDS:
            msg = f"{len(row)} fields instead of at least {_FIELDS}"
            raise DataError(msg)
        unique = text(row, _UNIQUE)
        source, destination = text(row, _SRC), text(row, _DST)
        direction = place.direction(source, destination, text(row, _CONTEXT) or "")
        duration, talk = seconds(row, _DURATION, "duration"), seconds(row, _BILLSEC, "billsec")
        if duration is not None and talk is not None and talk > duration:
            msg = "billsec is more than duration"
            raise DataError(msg, field="billsec")
        started, end = _started(row, unique, place), text(row, _END)
        own = _peer(row, _CHANNEL) if direction == Direction.OUTGOING else _peer(row, _DST_CHANNEL)
        far = _trunk(row, _DST_CHANNEL if direction == Direction.OUTGOING else _CHANNEL)
        return Call(
            account=place.account,
            call_id=unique or made(row),
            direction=direction,
            status=_STATUSES.get((text(row, _DISPOSITION) or "").upper(), Status.UNKNOWN),
            started_at=started,
            ended_at=(
                None
                if end is None
                else end_of(parse_local(end, place.zone, field="end"), started, duration, place.zone)
            ),
            trunk=None if direction == Direction.INTERNAL or place.is_extension(far) else far,
            extension=own if place.is_extension(own) else None,
            source=place.party(source, _name(row)),
            destination=place.party(destination),
            wait=None if duration is None or talk is None else duration - talk,
            talk=talk,
            derived=frozenset({"direction"}) if direction is not None else frozenset(),
        )

    return read


def _started(row: Row, unique: str | None, place: Place) -> datetime:
    """Return the start.

    In the hour that clocks repeat in autumn, the id tells which one it was: it begins with its UTC second.
    """
    start = parse_local(text(row, _START), place.zone, field="start")
    match = _UNIQUE_ID.fullmatch(unique or "")
    if match is not None:
        again = later(start, place.zone)
        if abs(datetime.fromtimestamp(int(match[1]), UTC) - again) <= _NEAR:
            return again
    return start


def _name(row: Row) -> str | None:
    match = _NAME.match(text(row, _CLID) or "")
    return (match["name"].strip() or None) if match else None


def _trunk(row: Row, place: int) -> str | None:
    """Return the peer of a channel; a local channel is none, and may be named by the number that it calls."""
    return None if (text(row, place) or "").lower().startswith("local/") else _peer(row, place)


def _peer(row: Row, place: int) -> str | None:
    match = _PEER.match(text(row, place) or "")
    return match["peer"] if match else None
