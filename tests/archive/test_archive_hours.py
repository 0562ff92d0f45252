"""Numbers, talk time and costs by trunk and hour, summed by the database."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from trunkline.archive import HourSums
from trunkline.metrics import day_figures
from trunkline.model import Call, Direction, Money, Status

if TYPE_CHECKING:
    from trunkline.archive import Archive

# The calls of the records begin at 08:30 UTC.
EIGHT = START.replace(minute=0)
NO_PARTS = dict.fromkeys(("price_wait", "price_talk", "price_record", "price_saved"))


def of_call(call_id: str, minutes: float = 0, **changes: Any) -> Call:
    return call(call_id, **{"started_at": START + timedelta(minutes=minutes), **NO_PARTS, **changes})


def by_hour(archive: Archive, **period: Any) -> list[HourSums]:
    sums = archive.sums_by_hour(ACCOUNT, **period)
    return sorted(sums, key=lambda item: (item.trunk or "", item.start, item.charged.currency if item.charged else ""))


def sums(start: datetime, trunk: str | None, **values: Any) -> HourSums:
    nothing = {"calls": 0, "answered": 0, "missed": 0, "talk_s": 0, "charged": None, "refunded": None}
    return HourSums(trunk=trunk, start=start, **nothing | values)


def test_hours_before_the_epoch_begin_before_their_calls(archive: Archive) -> None:
    # A clock that was reset shows 1970: its first half hour in Tehran is the evening of 1969 in UTC.
    starts = [datetime(1969, 12, 31, 20, 30), datetime(1969, 12, 31, 23, 59), datetime(1970, 1, 1)]
    archive.store([of_call(str(n), trunk="1", started_at=start.replace(tzinfo=UTC)) for n, start in enumerate(starts)])
    assert [(item.start, item.calls) for item in by_hour(archive)] == [
        (datetime(1969, 12, 31, 20, tzinfo=UTC), 1),
        (datetime(1969, 12, 31, 23, tzinfo=UTC), 1),
        (datetime(1970, 1, 1, tzinfo=UTC), 1),
    ]


def test_calls_are_summed_by_trunk_hour_and_currency(archive: Archive) -> None:
    euros = Money(Decimal("0.10"), "EUR")
    archive.store(
        [
            of_call("1", trunk="1", price=irr("57.5"), talk=61),
            # The last microsecond of the hour, and the first of the next.
            of_call("2", trunk="1", price=irr("-5"), started_at=EIGHT + timedelta(hours=1, microseconds=-1)),
            of_call("3", 30, trunk="1", price=None, talk=None),
            of_call("4", 30, trunk="1", price=euros, status=Status.BUSY, talk=0),
            of_call("5", 30, trunk="1", price=irr(0), direction=Direction.OUTGOING, status=Status.NO_ANSWER),
            of_call("6", 30, trunk=None, price=irr(8), status=Status.UNKNOWN, talk=7),
            call("7", account=OTHER, price=irr(1000)),
            bare("8"),
        ]
    )
    nine = EIGHT + timedelta(hours=1)
    assert by_hour(archive) == [
        sums(nine, None, calls=1, charged=irr(8), refunded=irr(0)),
        sums(EIGHT, "1", calls=2, answered=2, talk_s=61 + 90, charged=irr("57.5"), refunded=irr(5)),
        sums(nine, "1", calls=1, answered=1),
        sums(nine, "1", calls=1, missed=1, charged=euros, refunded=Money(Decimal(0), "EUR")),
        sums(nine, "1", calls=1, charged=irr(0), refunded=irr(0)),
    ]


def test_calls_count_in_the_period_and_slot_in_which_they_start(archive: Archive) -> None:
    archive.store([of_call(str(minute), minute, price=None) for minute in range(1, 61)])
    quarter = timedelta(minutes=15)
    assert [(item.start, item.calls) for item in by_hour(archive, width=quarter)] == [
        (START, 14),
        (START + quarter, 15),
        (START + 2 * quarter, 15),
        (START + 3 * quarter, 15),
        (START + 4 * quarter, 1),
    ]
    since, until = START + timedelta(minutes=10), START + timedelta(minutes=31)
    assert [(item.start, item.calls) for item in by_hour(archive, since=since, until=until)] == [
        (EIGHT, 20),
        (EIGHT + timedelta(hours=1), 1),
    ]


def test_a_sum_that_needs_more_than_64_bits_is_exact(archive: Archive) -> None:
    # Nine units with 18 decimal digits are all that 64 bits hold.
    price = irr("9.000000000000000001")
    archive.store([of_call(str(number), price=price) for number in range(1, 6)])
    archive.store([of_call(str(number), price=-price) for number in range(6, 13)])
    (found,) = by_hour(archive)
    assert found.charged == irr("45.000000000000000005")
    assert found.refunded == irr("63.000000000000000007")


def test_the_sums_are_those_of_the_metrics(archive: Archive) -> None:
    """Independently of SQL, `day_figures` counts the same calls one by one."""
    chance = random.Random(5)
    calls = [
        of_call(
            str(number),
            chance.randrange(3000),
            direction=chance.choice([*Direction, None]),
            status=chance.choice([*Status]),
            talk=chance.choice([None, 0, 59, 3600]),
            trunk=chance.choice(["1", "2", None]),
            price=chance.choice([None, irr(chance.randrange(-99, 9999)), Money(Decimal("0.025"), "EUR")]),
        )
        for number in range(1, 500)
    ]
    archive.store(calls)
    found = archive.sums_by_hour(ACCOUNT)
    places = {(item.trunk, item.start) for item in found}
    for trunk, start in places:
        figures = day_figures(
            each
            for each in calls
            if each.trunk == trunk
            and each.started_at is not None
            and start <= each.started_at < start + timedelta(hours=1)
        )
        mine = [item for item in found if (item.trunk, item.start) == (trunk, start)]
        assert sum(item.calls for item in mine) == figures.calls
        assert sum(item.answered for item in mine) == figures.answered
        assert sum(item.missed for item in mine) == figures.missed
        assert sum(item.talk_s for item in mine) == figures.talk_s
        for currency, cost in figures.cost.items():
            net = [
                item.charged.amount - item.refunded.amount
                for item in mine
                if item.charged and item.refunded and item.charged.currency == currency
            ]
            assert sum(net) == cost.amount
    assert sum(item.calls for item in found) == len(calls)
    assert all(item.start.tzinfo is UTC for item in found)
