"""The events of Simotel about a call that is going on: it begins, is answered, and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.world import Direction, Stage

if TYPE_CHECKING:
    from trunkline.sandbox.world import OngoingCall

    from .reports.calls import OfficeCalls

type Event = tuple[str, dict[str, Any]]
"""A kind of event with its fields."""


def begun(calls: OfficeCalls, call: OngoingCall, stage: Stage) -> list[Event]:
    """Return the events of a call that begins or is answered."""
    match call.row.direction:
        case Direction.INCOMING:
            return _incoming(calls, call, stage)
        case Direction.OUTGOING:
            return _outgoing(calls, call, stage)
        case _:
            return _local(calls, call, stage)


def ended(calls: OfficeCalls, position: int) -> list[Event]:
    """Return the events of the telephones that are free when a call has ended."""
    row, cuid = calls.row(position), calls.cuid(position)
    phones = [row.extension] if row.extension >= 0 else []
    if row.direction == Direction.LOCAL:
        phones.append(row.peer)
    return [("NewState", {"exten": _exten(calls, at), "state": "Idle", "unique_id": cuid}) for at in phones]


def _incoming(calls: OfficeCalls, call: OngoingCall, stage: Stage) -> list[Event]:
    row, number, cuid = call.row, _outside(calls, call), _cuid(calls, call)
    events: list[Event] = []
    if stage is Stage.BEGUN:
        events.append(("IncomingCall", {"number": number, "unique_id": cuid, "entry_point": _trunk(calls, call)}))
    if row.extension >= 0:
        queue = calls.queue_of(call.number)
        talks = stage is Stage.ANSWERED
        events.append(_phone(_exten(calls, row.extension), number, "in", cuid, talks=talks, queue=queue))
    return events


def _outgoing(calls: OfficeCalls, call: OngoingCall, stage: Stage) -> list[Event]:
    """Return the events of an outgoing call.

    [INFER] The telephone that dialled is in use at once. Where the call was placed, it rings first, and the exchange
    tells of the outgoing call once it was answered.
    """
    row, number, cuid = call.row, _outside(calls, call), _cuid(calls, call)
    placed = call.request is not None
    events: list[Event] = []
    if placed == (stage is Stage.ANSWERED):
        asked = calls.originated.get(call.request) if call.request is not None else None
        fields = {"number": number, "unique_id": cuid, "outgoing_point": _trunk(calls, call)}
        events.append(("OutgoingCall", fields | ({"originated_call_id": asked} if asked else {})))
    if row.extension >= 0 and (placed or stage is Stage.BEGUN):
        talks = not placed or stage is Stage.ANSWERED
        events.append(_phone(_exten(calls, row.extension), number, "out", cuid, talks=talks))
    return events


def _local(calls: OfficeCalls, call: OngoingCall, stage: Stage) -> list[Event]:
    row, cuid = call.row, _cuid(calls, call)
    answered, placed = stage is Stage.ANSWERED, call.request is not None
    caller = _exten(calls, row.extension) if row.extension >= 0 else None
    callee = _exten(calls, row.peer)
    events = [_phone(callee, caller, "in", cuid, talks=answered)]
    if caller and (placed or not answered):
        events.append(_phone(caller, callee, "out", cuid, talks=answered or not placed))
    return events


def _phone(exten: str, other: str | None, direction: str, cuid: str, *, talks: bool, queue: str | None = None) -> Event:
    fields = {
        "exten": exten,
        "state": "InUse" if talks else "Ringing",
        **({"participant": other} if other else {}),
        "direction": direction,
        **({"queue": queue} if queue else {}),
        "unique_id": cuid,
    }
    return "NewState", fields


def _cuid(calls: OfficeCalls, call: OngoingCall) -> str:
    return calls.ongoing_cuid(call.row.started_at, call.number)


def _outside(calls: OfficeCalls, call: OngoingCall) -> str:
    return f"0{calls.world.parties[call.row.peer].number}"


def _exten(calls: OfficeCalls, at: int) -> str:
    return calls.office.extensions[at].number


def _trunk(calls: OfficeCalls, call: OngoingCall) -> str:
    return calls.office.trunks[call.row.trunk].number
