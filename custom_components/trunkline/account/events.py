"""Calls and live events as Home Assistant's events: their types, and the attributes that automations read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from trunkline import inert
from trunkline.metrics import is_missed
from trunkline.model import Direction, Status
from trunkline.numbers import e164

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.model import Call, LineEvent, Party
    from trunkline.providers import ProviderInfo

MISSED = "missed"
EVENT_TYPES = [MISSED, *(status.value for status in Status)]

OTHER: Final = "other"
"""The type of a live event that its provider does not describe."""

# A record comes from outside, and the recorder stores what is put on the bus.
_MAX_FIELDS = 40
_MAX_NAME_LENGTH = 60
_MAX_TEXT_LENGTH = 200


def visible(text: str | None) -> str | None:
    """Return text of a provider or caller as it is in attributes and events: as sent, without control characters."""
    return None if text is None else inert.visible(text)[:_MAX_TEXT_LENGTH]


def event_type(call: Call) -> str:
    """Return the status of the call, or `missed` for an incoming call that nobody answered."""
    return MISSED if is_missed(call.direction, call.status) else call.status.value


def other_end(call: Call) -> Party:
    """Return who called, or who was called by the account."""
    return call.destination if call.direction is Direction.OUTGOING else call.source


def call_details(call: Call) -> dict[str, Any]:
    """Return a call as attributes: numbers as sent and in E.164, times in UTC, seconds, the exact price."""
    return {
        "call_id": call.call_id,
        "direction": call.direction.value if call.direction else None,
        "status": call.status.value,
        "trunk": visible(call.trunk),
        "extension": visible(call.extension),
        "source": visible(call.source.number),
        "source_e164": call.source.e164,
        "source_name": visible(call.source.name),
        "destination": visible(call.destination.number),
        "destination_e164": call.destination.e164,
        "destination_name": visible(call.destination.name),
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "wait_s": call.wait,
        "talk_s": call.talk,
        "price": f"{call.price.amount:f}" if call.price else None,
        "currency": call.price.currency if call.price else None,
    }


def call_attributes(call: Call, *, backfilled: bool, confirmed: bool = True, repeated: bool = False) -> dict[str, Any]:
    """Return the data of a call's event; `backfilled` marks a call that was found late.

    `confirmed` says whether the call list has the call, `repeated` whether the same was said of the call before that.
    """
    return {
        "type": event_type(call),
        **call_details(call if confirmed else without_prices(call)),
        "backfilled": backfilled,
        "confirmed": confirmed,
        "repeated": repeated,
    }


def without_prices(call: Call) -> Call:
    """Return a call that the list has not confirmed: what it costs is not known yet."""
    return replace(call, price=None, price_wait=None, price_talk=None, price_record=None, price_saved=None)


def line_event_types(info: ProviderInfo) -> list[str]:
    """Return the types of the live events that the provider sends."""
    return [*info.event_types, OTHER]


def line_attributes(event: LineEvent, region: str, name: str | None = None) -> dict[str, Any]:
    """Return a live event as attributes: its time in UTC, the number as sent and in E.164, its simple fields as sent.

    `region` is the ISO 3166 country of numbers without a country code, `name` the one that is known of the number.
    """
    return {
        "kind": visible(event.kind),
        "at": event.at.isoformat() if event.at else None,
        "call_id": event.call_id,
        "extension": visible(event.extension),
        "state": visible(event.state),
        "number": visible(event.number),
        "number_e164": e164(event.number, region),
        "name": name,
        "queue": visible(event.queue),
        "fields": _plain(event.data),
    }


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are text, numbers or booleans, limited in number and size."""
    plain: dict[str, Any] = {}
    for name, value in data.items():
        if len(plain) == _MAX_FIELDS:
            break
        if isinstance(value, str):
            plain[inert.visible(str(name))[:_MAX_NAME_LENGTH]] = visible(value)
        elif value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63):
            plain[inert.visible(str(name))[:_MAX_NAME_LENGTH]] = value
    return plain
