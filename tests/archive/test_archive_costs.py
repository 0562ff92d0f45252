"""What calls cost by trunk and hour, which calls were under way at a time, and which one ended last."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.archive.records import ACCOUNT, OTHER, START, call, irr
from trunkline.archive import HourCost
from trunkline.model import Money, Trunk

if TYPE_CHECKING:
    from trunkline.archive import Archive

# The accounts of these tests are in Tehran: 08:30 UTC is noon.
NOON = datetime(2025, 3, 3, 12)


def by_hour(archive: Archive, hours: float = 48) -> list[HourCost]:
    costs = archive.costs_by_hour(ACCOUNT, since=START, until=START + timedelta(hours=hours))
    return sorted(costs, key=lambda item: (item.trunk or "", item.hour, item.cost.currency if item.cost else ""))


def test_costs_are_summed_by_trunk_local_hour_and_currency(archive: Archive) -> None:
    def priced(call_id: str, minutes: int, price: Money | None, trunk: str | None = "1") -> None:
        parts = dict.fromkeys(("price_wait", "price_talk", "price_record", "price_saved"))
        archive.store([call(call_id, started_at=START + timedelta(minutes=minutes), price=price, trunk=trunk, **parts)])

    priced("1", 0, irr("57"))
    priced("2", 59, irr("0.000001"))
    priced("3", 59, Money(Decimal("0.10"), "EUR"))
    priced("4", 60, irr("-5"))
    priced("5", 61, None)
    priced("6", 61, irr("8"), trunk=None)
    archive.store([call("7", account=OTHER, price=irr(1000))])
    later = NOON + timedelta(hours=1)
    assert by_hour(archive) == [
        HourCost(None, later, irr(8)),
        HourCost("1", NOON, Money(Decimal("0.10"), "EUR")),
        HourCost("1", NOON, irr("57.000001")),
        HourCost("1", later, None),
        HourCost("1", later, irr(-5)),
    ]
    assert by_hour(archive, 0.5) == [HourCost("1", NOON, irr(57))]
    assert by_hour(archive, 0) == []


def test_a_sum_that_needs_more_than_64_bits_is_exact(archive: Archive) -> None:
    # Nine units with 18 decimal digits are all that 64 bits hold.
    price = irr("9.000000000000000001")
    parts = dict.fromkeys(("price_wait", "price_talk", "price_record", "price_saved"))
    archive.store([call(str(number), price=price, **parts) for number in range(1, 6)])
    assert [item.cost for item in by_hour(archive)] == [irr("45.000000000000000005")]


def test_calls_under_way_had_started_and_not_ended(archive: Archive) -> None:
    hour = timedelta(hours=1)
    archive.store(
        [
            call("1", started_at=START - hour, ended_at=START),
            call("2", started_at=START - hour, ended_at=START - timedelta(seconds=1)),
            # Without an end it is that of 6 seconds of waiting and 90 of talk.
            call("3", started_at=START - timedelta(seconds=96), ended_at=None),
            call("4", started_at=START - timedelta(seconds=97), ended_at=None),
            call("5", started_at=START - timedelta(seconds=5), ended_at=None, talk=None),
            call("6", started_at=START - timedelta(seconds=1), ended_at=None, talk=None, wait=None),
            call("7", started_at=START, ended_at=START + hour),
            call("8", started_at=START - 25 * hour, ended_at=START + hour),
            call("9", started_at=START - hour, ended_at=START + hour, account=OTHER),
        ]
    )
    assert [found.call_id for found in archive.calls_under_way(ACCOUNT, START)] == ["5", "3", "1"]


def test_the_last_call_is_the_one_that_ended_last(archive: Archive) -> None:
    assert archive.last_call(ACCOUNT) is None
    archive.store([call("1", started_at=None, ended_at=None)])
    assert archive.last_call(ACCOUNT) is None
    hour = timedelta(hours=1)
    archive.store(
        [call("2", started_at=START, ended_at=START + hour), call("3", account=OTHER, started_at=START + hour)]
    )
    assert archive.last_call(ACCOUNT) == archive.get(ACCOUNT, "2")
    archive.store([call("4", started_at=START + timedelta(minutes=5), ended_at=START + timedelta(minutes=6))])
    assert archive.last_call(ACCOUNT) == archive.get(ACCOUNT, "2")
    # Two that start at one instant: the one that ends later, and of two ends at one instant the greatest id.
    at = START + 2 * hour
    archive.store([call("8", started_at=at, ended_at=at + hour), call("5", started_at=at, ended_at=at + 2 * hour)])
    assert archive.last_call(ACCOUNT) == archive.get(ACCOUNT, "5")
    archive.store([call("6", started_at=at + hour, ended_at=at + 2 * hour)])
    assert archive.last_call(ACCOUNT) == archive.get(ACCOUNT, "6")


def test_a_trunk_is_known_since_its_first_credit_reading(archive: Archive) -> None:
    assert archive.credit_known_since(ACCOUNT, "1") is None
    for days, credit in ((3, 70), (1, 90), (2, 80)):
        archive.record_credit(ACCOUNT, [Trunk("1", credit=irr(credit))], START + timedelta(days=days))
    archive.record_credit(ACCOUNT, [Trunk("2", credit=irr(1))], START)
    assert archive.credit_known_since(ACCOUNT, "1") == START + timedelta(days=1)
