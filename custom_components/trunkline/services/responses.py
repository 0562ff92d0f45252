"""The responses of the actions: models as JSON, times as ISO 8601 in UTC, amounts as exact text with their currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import trunkline.model
from trunkline.model import Call, MissedCall, Money

from ..account.events import call_details

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from homeassistant.util.json import JsonObjectType, JsonValueType

    from trunkline.model import PlacedCall

    from ..account.names import Names


def call_response(call: Call) -> JsonObjectType:
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


def placed_call_response(placed: PlacedCall) -> JsonObjectType:
    """Return the provider's reply to a paid request."""
    amounts = (placed.charged, placed.remaining_credit)
    return {
        "request_id": placed.request_id,
        "status": placed.status,
        "charged": amount(placed.charged),
        "remaining_credit": amount(placed.remaining_credit),
        "currency": next((money.currency for money in amounts if money), None),
    }


def named_response(model: DataclassInstance, names: Names) -> JsonObjectType:
    """Return a model; a call has the names that are known of its numbers."""
    if isinstance(model, Call):
        return call_response(names.named(model))
    if isinstance(model, MissedCall):
        return model_response(replace(model, call=names.named(model.call)))
    return model_response(model)


def model_response(model: DataclassInstance) -> JsonObjectType:
    """Return a model (a dataclass): its fields by name without the raw record, and `currency` if it has amounts.

    All amounts of a model have the same currency.
    """
    if isinstance(model, Call):
        return call_response(model)
    if isinstance(model, MissedCall):
        return {**call_response(model.call), "processed": model.processed}
    response: JsonObjectType = {
        field.name: json_value(getattr(model, field.name)) for field in fields(model) if field.name != "raw"
    }
    amounts = [getattr(model, name) for name in _amount_fields(type(model))]
    if amounts:
        response["currency"] = next((money.currency for money in amounts if money), None)
    return response


def amount(money: Money | None) -> str | None:
    """Return an amount as exact text without an exponent."""
    return None if money is None else f"{money.amount:f}"


@cache
def _types() -> dict[str, Any]:
    """Return what the annotations of the models name: the models import it only for type checkers.

    This imports all models, which Home Assistant need not do while it starts.
    """
    models = {name: getattr(trunkline.model, name) for name in trunkline.model.__all__}
    return {**models, "Any": Any, "Decimal": Decimal, "Mapping": Mapping, "datetime": datetime}


@cache
def _amount_fields(model: type[DataclassInstance]) -> tuple[str, ...]:
    """Return the fields of a model that hold an amount of money."""
    hints = get_type_hints(model, localns=_types())
    return tuple(name for name, hint in hints.items() if hint is Money or Money in get_args(hint))


def json_value(value: Any) -> JsonValueType:
    """Return a value as JSON: times in UTC as ISO 8601, amounts and decimals as exact text."""
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
            return {str(key): json_value(item) for key, item in value.items()}
        case tuple() | list() | set() | frozenset():
            return [json_value(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return model_response(value)
        case _:
            return str(value)
