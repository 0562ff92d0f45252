"""What the actions return: models as JSON, times as ISO 8601 in UTC, amounts as exact text beside their currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from trunkline.model import Call, MissedCall, Money

from ..account.events import call_details

if TYPE_CHECKING:
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from trunkline.model import PlacedCall


def call_row(call: Call) -> JsonObjectType:
    """Return a call."""
    return {
        **call_details(call),
        "price_wait": amount(call.price_wait),
        "price_talk": amount(call.price_talk),
        "price_record": amount(call.price_record),
        "price_saved": amount(call.price_saved),
        "recorded": call.recording is not None,
        "note": call.note,
    }


def placed_row(placed: PlacedCall) -> JsonObjectType:
    """Return what the provider said to a paid request."""
    return {
        "request_id": placed.request_id,
        "status": placed.status,
        "charged": amount(placed.charged),
        "remaining_credit": amount(placed.remaining_credit),
        "currency": next((one.currency for one in (placed.charged, placed.remaining_credit) if one), None),
    }


def row(model: Any) -> JsonObjectType:
    """Return any model: its fields by name, and `currency` where one of them is an amount.

    Amounts of one model have one currency; the record as sent stays here.
    """
    if isinstance(model, Call):
        return call_row(model)
    if isinstance(model, MissedCall):
        return {**call_row(model.call), "processed": model.processed}
    found: JsonObjectType = {}
    for field in fields(model):
        if field.name == "raw":
            continue
        value = getattr(model, field.name)
        found[field.name] = _json(value)
        if isinstance(value, Money) or (value is None and "Money" in str(field.type)):
            found["currency"] = found.get("currency") or (value.currency if value else None)
    return found


def amount(money: Money | None) -> str | None:
    """Return an amount as exact text without an exponent."""
    return None if money is None else f"{money.amount:f}"


def _json(value: Any) -> JsonValueType:
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return str(value.value)
        case Money():
            return amount(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return {str(key): _json(one) for key, one in value.items()}
        case tuple() | list() | set() | frozenset():
            return [_json(one) for one in value]
        case _ if is_dataclass(value):
            return row(value)
        case _:
            return str(value)
