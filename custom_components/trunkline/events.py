"""What a call looks like as an event: its type, and the attributes that automations and the logbook read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.metrics import is_missed
from trunkline.model import Status

if TYPE_CHECKING:
    from trunkline.model import Call

MISSED = "missed"
EVENT_TYPES = [MISSED, *(status.value for status in Status)]


def event_type(call: Call) -> str:
    """Return how the call went, an incoming one that nobody took being missed."""
    return MISSED if is_missed(call.direction, call.status) else call.status.value


def call_details(call: Call) -> dict[str, Any]:
    """Return a call as attributes: numbers as sent and in E.164, times in UTC, seconds, the price as exact text."""
    return {
        "call_id": call.call_id,
        "direction": call.direction.value if call.direction else None,
        "status": call.status.value,
        "trunk": call.trunk,
        "extension": call.extension,
        "source": call.source.number,
        "source_e164": call.source.e164,
        "source_name": call.source.name,
        "destination": call.destination.number,
        "destination_e164": call.destination.e164,
        "destination_name": call.destination.name,
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "wait_s": call.wait,
        "talk_s": call.talk,
        "price": f"{call.price.amount:f}" if call.price else None,
        "currency": call.price.currency if call.price else None,
    }


def call_attributes(call: Call, *, backfilled: bool) -> dict[str, Any]:
    """Return what an event says of a call; `backfilled` marks one that was found late."""
    return {"type": event_type(call), **call_details(call), "backfilled": backfilled}
