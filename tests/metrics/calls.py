"""Short ways to write a call down; the numbers belong to nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

from trunkline.model import Call, Direction, Money, Party, Status

_ids = count(1)


def call(
    at: str | None,
    direction: str | None = "incoming",
    status: str = "answered",
    *,
    outside: str | None = "09120000001",
    e164: str | None = None,
    talk: int | None = None,
    price: str | None = None,
    currency: str = "IRR",
    account: str = "telefonchy:1",
    call_id: str | None = None,
) -> Call:
    """Return a call between extension 10 and an outside number; `at` is UTC."""
    outer, inner = Party(number=outside, e164=e164), Party(number="10")
    return Call(
        account=account,
        call_id=call_id or f"c{next(_ids):04}",
        direction=None if direction is None else Direction(direction),
        status=Status(status),
        started_at=None if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC),
        source=inner if direction == "outgoing" else outer,
        destination=outer if direction == "outgoing" else inner,
        talk=talk,
        price=None if price is None else Money(Decimal(price), currency),
    )
