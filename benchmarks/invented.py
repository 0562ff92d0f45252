"""Invented calls for the benchmarks: an office with a few trunks, extensions and customers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from trunkline.model import Call, Contact, Direction, Money, Party, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "telefonchy:10001"
STREAM = "10001"
ZONE = "Asia/Tehran"
CURRENCY = "IRR"
NEWEST = datetime(2026, 3, 1, 12, tzinfo=UTC)

_DIRECTIONS = (Direction.INCOMING, Direction.OUTGOING, Direction.INCOMING, Direction.INTERNAL)
_STATUSES = (Status.ANSWERED, Status.ANSWERED, Status.ANSWERED, Status.NO_ANSWER, Status.BUSY)


def calls(n: int) -> Iterator[Call]:
    """Yield `n` different calls, newest first, each with the record that a provider would have sent."""
    zero = Money(Decimal(0), CURRENCY)
    customers = [_customer(index) for index in range(500)]
    for index in range(n):
        started_at = NEWEST - timedelta(seconds=37 * index)
        status = _STATUSES[index % 5]
        talk = index * 7 % 600 if status is Status.ANSWERED else 0
        wait = index % 40
        cost = Money(Decimal(talk * 3), CURRENCY)
        customer = customers[index * 31 % 500]
        extension = str(1500 + index % 12)
        yield Call(
            account=ACCOUNT,
            call_id=str(9_000_000 - index),
            direction=_DIRECTIONS[index % 4],
            status=status,
            started_at=started_at,
            ended_at=started_at + timedelta(seconds=talk + wait),
            trunk=f"215550{index % 3:04d}",
            extension=extension,
            source=customer,
            destination=Party(number=extension),
            wait=wait,
            talk=talk,
            price=cost,
            price_wait=zero,
            price_talk=cost,
            price_record=zero,
            price_saved=zero,
            recording=f"{index:08x}" if talk else None,
            stream=STREAM,
            raw=_record(index, started_at, customer, extension, talk=talk, wait=wait),
        )


def _customer(index: int) -> Party:
    number = f"912000{index:04d}"
    contact = Contact(contact_id=str(index), name=f"Customer {index}", location="Mashhad") if index % 3 == 0 else None
    return Party(number=number, e164=f"+98{number}", name=contact.name if contact else None, contact=contact)


def _record(
    index: int, started_at: datetime, customer: Party, extension: str, *, talk: int, wait: int
) -> dict[str, object]:
    return {
        "service_id": STREAM,
        "call_id": str(9_000_000 - index),
        "type": "incoming",
        "trunk": f"215550{index % 3:04d}",
        "status": "ANSWERED",
        "note": None,
        "call_source": {"number": customer.number, "contact": {"contact_id": "1", "name": customer.name}},
        "call_dest": {"number": extension, "contact": None},
        "time_wait": str(wait),
        "time_talk": str(talk),
        "price_wait": "0",
        "price_talk": str(talk * 3),
        "price_record": "0",
        "price_saved": "0",
        "price": talk * 3,
        "created_at": str(started_at),
        "ended_at": str(started_at),
    }
