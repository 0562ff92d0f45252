"""FreeSWITCH's call records as its module `mod_cdr_csv` writes them with the template `example`, its default.

The fields are caller_id_name, caller_id_number, destination_number, context, start_stamp, answer_stamp, end_stamp,
duration, billsec, hangup_cause, uuid, bleg_uuid, accountcode, read_codec and write_codec; more may follow. Times are
the server's local time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trunkline.calendars import end_of, parse_local
from trunkline.errors import DataError
from trunkline.model import Call, Direction, Status

from .rows import one_row_per_call, read_rows, seconds, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .rows import Place, Rejected, Row

_NAME, _SRC, _DST, _CONTEXT, _START, _ANSWER, _END, _DURATION, _BILLSEC, _CAUSE, _UUID = range(11)
_FIELDS: Final = 11
# Q.850 causes by FreeSWITCH's names. A caller who hangs up before the answer ends a call with a cause of his own.
_STATUSES: Final = {
    "NORMAL_CLEARING": Status.NO_ANSWER,
    "NO_ANSWER": Status.NO_ANSWER,
    "NO_USER_RESPONSE": Status.NO_ANSWER,
    "ORIGINATOR_CANCEL": Status.NO_ANSWER,
    "ALLOTTED_TIMEOUT": Status.NO_ANSWER,
    "LOSE_RACE": Status.NO_ANSWER,
    "PICKED_OFF": Status.NO_ANSWER,
    "USER_BUSY": Status.BUSY,
    "CALL_REJECTED": Status.BUSY,
    "NORMAL_CIRCUIT_CONGESTION": Status.CONGESTION,
    "SWITCH_CONGESTION": Status.CONGESTION,
    "NETWORK_OUT_OF_ORDER": Status.CONGESTION,
    "REQUESTED_CHAN_UNAVAIL": Status.CONGESTION,
}


def read_freeswitch(lines: Iterable[str], place: Place) -> Iterator[Call | Rejected]:
    """Yield the calls of a FreeSWITCH CSV file, and the rows that make no sense.

    A call is answered if it has an answer_stamp. `wait` is duration - billsec, `talk` is billsec. The key is the uuid.
    """
    return one_row_per_call(read_rows(lines, _reader(place), place))


def _reader(place: Place) -> Callable[[Row], Call]:
    def read(row: Row) -> Call:
        uuid = text(row, _UUID)
        if len(row) < _FIELDS or uuid is None:
            msg = f"{len(row)} fields instead of at least {_FIELDS}, the last of them the uuid"
            raise DataError(msg)
        source, destination = text(row, _SRC), text(row, _DST)
        direction = place.direction(source, destination, text(row, _CONTEXT) or "")
        duration, talk = seconds(row, _DURATION, "duration"), seconds(row, _BILLSEC, "billsec")
        if duration is not None and talk is not None and talk > duration:
            msg = "billsec is more than duration"
            raise DataError(msg, field="billsec")
        answered = text(row, _ANSWER) is not None
        own = source if direction == Direction.OUTGOING else destination
        end = text(row, _END)
        started = parse_local(text(row, _START), place.zone, field="start_stamp")
        return Call(
            account=place.account,
            call_id=uuid,
            direction=direction,
            status=Status.ANSWERED if answered else _STATUSES.get(text(row, _CAUSE) or "", Status.FAILED),
            started_at=started,
            ended_at=(
                None
                if end is None
                else end_of(parse_local(end, place.zone, field="end_stamp"), started, duration, place.zone)
            ),
            extension=own if place.is_extension(own) else None,
            source=place.party(source, text(row, _NAME)),
            destination=place.party(destination),
            wait=None if duration is None or talk is None else duration - talk,
            talk=talk,
            derived=frozenset({"direction"}) if direction is not None else frozenset(),
        )

    return read
