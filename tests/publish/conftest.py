"""A small office over two months, written out by hand; the numbers belong to nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

import trunkline
from trunkline.archive import Archive, Coverage, Segment
from trunkline.model import Call, Direction, Money, Party, Status, Trunk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OFFICE, SHOP = "telefonchy:1001", "mor:7"
TEHRAN, VILNIUS = ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Vilnius")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SINCE = datetime(2026, 9, 1, tzinfo=UTC)

FORMULA = '=HYPERLINK("http://evil.example","x")'
SCRIPT = "<script src=//evil.example></script>"
SARA, MISSED, DEAR, OTHER = "+989120000001", "+989120000002", "+982100000003", "+982100000004"


def made(
    number: int, local: str, direction: Direction, status: Status, other: tuple[str, str | None], *, talk: int = 0,
    wait: int = 5, price: str | None = "0", account: str = OFFICE,
) -> Call:  # fmt: skip
    """Return a call at a local time with somebody outside."""
    zone, currency = (TEHRAN, "IRR") if account == OFFICE else (VILNIUS, "EUR")
    started = datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC)
    outside, own = Party(number=other[0], e164=other[0], name=other[1]), Party(number="2100000010")
    incoming = direction is Direction.INCOMING
    return Call(
        account=account,
        call_id=str(number),
        direction=direction,
        status=status,
        trunk="2100000010",
        extension="10",
        source=outside if incoming else own,
        destination=own if incoming else outside,
        started_at=started,
        ended_at=started + timedelta(seconds=wait + talk),
        wait=wait,
        talk=talk,
        price=None if price is None else Money(Decimal(price), currency),
    )


IN, OUT, YES, NO = Direction.INCOMING, Direction.OUTGOING, Status.ANSWERED, Status.NO_ANSWER

# The archive begins before Mehr.
BEFORE = (made(0, "2026-09-10 10:00", OUT, YES, (OTHER, None), talk=60, price="100"),)
# Mehr 1405: 23 September to 22 October 2026. The 4th of October is a Sunday.
MEHR = (
    made(1, "2026-10-04 10:00", OUT, YES, (DEAR, SCRIPT), talk=60, price="500"),
    made(2, "2026-10-04 11:00", OUT, YES, (DEAR, SCRIPT), talk=60, price="500"),
    made(3, "2026-10-05 11:00", OUT, YES, (OTHER, None), talk=60, price="500"),
)
# Aban 1405: 23 October to 21 November 2026. The 25th of October is a Sunday.
ABAN = (
    made(4, "2026-10-25 10:00", IN, YES, (SARA, "Sara"), talk=60),
    made(5, "2026-10-25 11:00", IN, NO, (MISSED, FORMULA), wait=25),
    made(6, "2026-10-26 12:00", OUT, YES, (DEAR, SCRIPT), talk=120, price="1500"),
    made(7, "2026-10-27 09:30", OUT, YES, (OTHER, None), talk=30, price="500"),
    made(8, "2026-10-28 13:00", IN, NO, (SARA, "Sara"), wait=25),
    made(9, "2026-10-28 14:00", OUT, YES, (SARA, "Sara"), talk=25, price="250"),
)
SHOPPING = (made(1, "2026-10-26 12:00", OUT, YES, ("+37052000009", "Jonas"), talk=60, price="0.25", account=SHOP),)


@pytest.fixture
def url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'calls.db'}"
    with Archive.open(url) as archive:
        archive.register(OFFICE, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.register(SHOP, provider="mor", title="Shop", zone="Europe/Vilnius", currency="EUR")
        archive.store([*BEFORE, *MEHR, *ABAN], coverage=Coverage(OFFICE, "", (Segment(SINCE, NOW),)))
        archive.store(SHOPPING, coverage=Coverage(SHOP, "", (Segment(SINCE, NOW),)))
        credit = Money(Decimal(90000), "IRR")
        trunk = Trunk(
            trunk_id="2100000010",
            number="2100000010",
            credit=credit,
            credit_expires_at=datetime(2026, 12, 1, 8, tzinfo=UTC),
        )
        archive.record_credit(OFFICE, [trunk], NOW - timedelta(hours=1))
    return url


@pytest.fixture
def calls(url: str) -> Callable[..., trunkline.Calls]:
    def calls(period: str = "1405-08", **options: Any) -> trunkline.Calls:
        return trunkline.calls(period, **{"archive": url, "accounts": "office", "now": NOW} | options)

    return calls
