"""Invented calls for the archive's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from trunkline.model import Call, Contact, Direction, Money, Party, Status

ACCOUNT = "telefonchy:1001"
OTHER = "telefonchy:2002"
START = datetime(2025, 3, 3, 8, 30, tzinfo=UTC)


def irr(amount: str | int) -> Money:
    return Money(Decimal(amount), "IRR")


def call(call_id: str = "1", **changes: Any) -> Call:
    """Return a call in which every field is told, but for the changes."""
    started_at = changes.pop("started_at", START + timedelta(minutes=int(call_id)) if call_id.isdigit() else START)
    contact = Contact("24626", name="Customer One", company="Shop", location="Mashhad", numbers=("9120000001",))
    fields: dict[str, Any] = {
        "account": ACCOUNT,
        "call_id": call_id,
        "direction": Direction.INCOMING,
        "status": Status.ANSWERED,
        "started_at": started_at,
        "ended_at": None if started_at is None else started_at + timedelta(seconds=96),
        "trunk": "2155500001",
        "extension": "1510",
        "source": Party(number="9120000001", e164="+989120000001", name="Customer One", contact=contact),
        "destination": Party(number="1510"),
        "wait": 6,
        "talk": 90,
        "price": irr(57),
        "price_wait": irr(17),
        "price_talk": irr(45),
        "price_record": irr(0),
        "price_saved": irr(5),
        "recording": "f81",
        "note": "called back",
        "stream": "1001",
        "raw": {"call_id": call_id, "price": 57},
    }
    return Call(**(fields | changes))


def bare(call_id: str = "1", **changes: Any) -> Call:
    """Return a call of which nothing is told but its key."""
    fields: dict[str, Any] = {
        "account": ACCOUNT,
        "call_id": call_id,
        "direction": None,
        "status": Status.UNKNOWN,
        "started_at": None,
    }
    return Call(**(fields | changes))
