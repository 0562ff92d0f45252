"""Calls and callers as the cards show them. Texts of strangers are without control characters, and never markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.model import Party
from trunkline.numbers import e164

from ..account.events import event_type, visible
from ..account.files import has_recordings, may_be_recorded
from ..entity import display_unit_of
from ..media.identifiers import recording_media_id

if TYPE_CHECKING:
    from trunkline.model import Call, Money

    from ..runtime import TrunklineConfigEntry


def call_row(entry: TrunklineConfigEntry, call: Call, *, confirmed: bool) -> dict[str, Any]:
    """Return a call: times in UTC, durations in seconds, the price in the unit that the user chose, as exact text.

    `recording` is a media content id, None for a call without a recording.
    """
    runtime = entry.runtime_data
    return {
        "entry_id": entry.entry_id,
        "call_id": call.call_id,
        "direction": call.direction.value if call.direction else None,
        "outcome": event_type(call),
        "at": call.started_at.isoformat() if call.started_at else None,
        "source": party_row(entry, call.source),
        "destination": party_row(entry, call.destination),
        "extension": visible(call.extension),
        "trunk": visible(call.trunk),
        "wait": call.wait,
        "talk": call.talk,
        "price": amount_row(entry, call.price),
        "recording": recording_media_id(entry.entry_id, call.call_id)
        if confirmed and has_recordings(runtime.account) and may_be_recorded(runtime.account, call)
        else None,
        "confirmed": confirmed,
    }


def party_row(entry: TrunklineConfigEntry, party: Party) -> dict[str, Any]:
    """Return a party: the name by which it is known, the number as sent and in E.164."""
    return {"name": entry.runtime_data.names.of(party), "number": visible(party.number), "e164": party.e164}


def number_row(entry: TrunklineConfigEntry, number: str | None) -> dict[str, Any] | None:
    """Return the party at a number of a live event."""
    if number is None:
        return None
    return party_row(entry, Party(number=number, e164=e164(number, entry.runtime_data.account.info.country)))


def amount_row(entry: TrunklineConfigEntry, money: Money | None) -> dict[str, Any] | None:
    """Return an amount; one of another currency than the account's stays in its own."""
    if money is None:
        return None
    unit = display_unit_of(entry.runtime_data)
    amount = unit.amount(money)
    if amount is None:
        return {"amount": f"{money.amount:f}", "unit": money.currency, "digits": None}
    return {"amount": f"{amount:f}", "unit": unit.code, "digits": unit.digits}
