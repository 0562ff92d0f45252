"""Calls as the data of events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from custom_components.trunkline.account.events import call_details, event_type
from trunkline.model import Call, Direction, Money, Party, Status

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def call(**more) -> Call:
    given = {
        "account": "telefonchy:1",
        "call_id": "1",
        "direction": Direction.INCOMING,
        "status": Status.ANSWERED,
        "started_at": NOON,
    }
    return Call(**given | more)


@pytest.mark.parametrize(
    ("direction", "status", "expected"),
    [
        (Direction.INCOMING, Status.ANSWERED, "answered"),
        (Direction.INCOMING, Status.BUSY, "missed"),
        (Direction.INCOMING, Status.UNKNOWN, "unknown"),
        (Direction.OUTGOING, Status.NO_ANSWER, "no_answer"),
        (Direction.INTERNAL, Status.FAILED, "failed"),
        (None, Status.CONGESTION, "congestion"),
    ],
)
def test_only_an_incoming_call_can_be_missed(direction, status, expected):
    assert event_type(call(direction=direction, status=status)) == expected


def test_what_a_call_does_not_say_is_none():
    details = call_details(call(direction=None, started_at=None))
    assert {details[name] for name in ("direction", "started_at", "ended_at", "price", "currency", "source")} == {None}
    details = call_details(call(source=Party("0912"), price=Money(Decimal("1E+3"), "IRR")))
    assert (details["source"], details["price"], details["currency"]) == ("0912", "1000", "IRR")


def test_the_end_of_a_call_is_known_from_its_parts():
    assert call(ended_at=NOON).finished_at == NOON
    assert call(wait=20, talk=40).finished_at == NOON + timedelta(minutes=1)
    assert call(started_at=None).finished_at is None
