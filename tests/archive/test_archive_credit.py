"""Credit readings, and the top-ups that they show."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from tests.archive.records import ACCOUNT, OTHER, START, call, irr
from trunkline.archive import Archive, CreditReading, TopUp
from trunkline.model import Money, Trunk

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LINE = "2155500001"


def read(archive: Archive, hours: float, credit: str | int | None, *, trunk: str = LINE, **more) -> None:
    line = Trunk(trunk, credit=None if credit is None else irr(credit), **more)
    archive.record_credit(ACCOUNT, [line], START + hours * HOUR)


def test_reading_is_kept_with_its_expiry(archive: Archive) -> None:
    read(archive, 0, "21064.50", credit_expires_at=START + 30 * DAY)
    assert archive.credits(ACCOUNT) == [CreditReading(ACCOUNT, LINE, START, irr("21064.50"), START + 30 * DAY)]
    assert archive.credits(OTHER) == []


def test_unchanged_credit_is_read_again_after_a_day_only(archive: Archive) -> None:
    for hours in (0, 1, 23.9, 24, 30, 48.5):
        read(archive, hours, 100)
    assert [(credit.at - START) / HOUR for credit in archive.credits(ACCOUNT)] == [0, 24, 48.5]


def test_changed_credit_or_expiry_is_a_reading(archive: Archive) -> None:
    read(archive, 0, 100)
    read(archive, 1, 90)
    read(archive, 2, 90, credit_expires_at=START + DAY)
    read(archive, 3, 100, credit_expires_at=START + DAY)
    assert [credit.credit for credit in archive.credits(ACCOUNT)] == [irr(100), irr(90), irr(90), irr(100)]


def test_trunk_without_a_credit_gives_no_reading(archive: Archive) -> None:
    read(archive, 0, None)
    assert archive.credits(ACCOUNT) == []


def test_readings_can_be_asked_by_trunk_and_time(archive: Archive) -> None:
    read(archive, 0, 100)
    read(archive, 1, 50, trunk="2155500002")
    read(archive, 2, 90)
    assert [credit.credit for credit in archive.credits(ACCOUNT, LINE)] == [irr(100), irr(90)]
    assert [credit.credit for credit in archive.credits(ACCOUNT, since=START + HOUR)] == [irr(90), irr(50)]


def test_the_same_moment_twice_is_one_reading(archive: Archive) -> None:
    read(archive, 0, 100)
    read(archive, 0, 90)
    assert [credit.credit for credit in archive.credits(ACCOUNT)] == [irr(90)]


def test_top_up_is_the_rise_and_what_calls_cost_in_between(archive: Archive) -> None:
    read(archive, 0, 1000)
    # Two calls end between the readings and cost 57 each; one ended before, one belongs to another trunk.
    archive.store([call("1"), call("2"), call("3", started_at=START - HOUR), call("4", trunk="2155500002")])
    read(archive, 1, 5886)
    # 5886 - 1000 + 2 * 57 = 5000
    assert archive.top_ups(ACCOUNT) == [TopUp(ACCOUNT, LINE, START, START + HOUR, irr(5000))]


def test_top_up_counts_calls_without_a_stated_end_where_their_talk_ended(archive: Archive) -> None:
    read(archive, 0, 1000)
    read(archive, 1, 1400)
    read(archive, 2, 1900)
    # They started 5 minutes before the readings and ended 5 and 1 minutes after them.
    early, late = START - timedelta(minutes=5), START + HOUR - timedelta(minutes=5)
    archive.store(
        [
            call("1", started_at=early, ended_at=None, wait=60, talk=540, price=irr(100)),
            call("2", started_at=late, ended_at=None, wait=None, talk=360, price=irr(30)),
        ]
    )
    # 1400 - 1000 + 100, and 1900 - 1400 + 30
    assert [item.amount for item in archive.top_ups(ACCOUNT)] == [irr(500), irr(530)]


def test_top_up_counts_prices_of_every_scale(archive: Archive) -> None:
    read(archive, 0, "10.00")
    archive.store([call("1", price=irr("0.125"), price_talk=irr("0.125"))])
    read(archive, 1, "19.875")
    assert [item.amount for item in archive.top_ups(ACCOUNT, LINE)] == [irr(10)]


def test_falling_credit_is_no_top_up(archive: Archive) -> None:
    read(archive, 0, 1000)
    archive.store([call("1")])
    read(archive, 1, 990)
    assert archive.top_ups(ACCOUNT) == []


def test_rise_that_a_refund_explains_is_no_top_up(archive: Archive) -> None:
    read(archive, 0, 1000)
    archive.store([call("1", price=irr(-57))])
    read(archive, 1, 1057)
    assert archive.top_ups(ACCOUNT) == []


def test_top_ups_can_be_asked_by_time(archive: Archive) -> None:
    read(archive, 0, 100)
    read(archive, 1, 200)
    read(archive, 2, 300)
    assert [item.at for item in archive.top_ups(ACCOUNT, since=START + 2 * HOUR)] == [START + 2 * HOUR]


def test_another_currency_is_no_top_up(archive: Archive) -> None:
    read(archive, 0, 100)
    archive.record_credit(ACCOUNT, [Trunk(LINE, credit=Money(Decimal(2000), "IRT"))], START + HOUR)
    assert archive.top_ups(ACCOUNT) == []


def test_numbers_stay_out_of_the_repr(archive: Archive) -> None:
    read(archive, 0, 100)
    read(archive, 1, 200)
    assert LINE not in repr(archive.credits(ACCOUNT)) + repr(archive.top_ups(ACCOUNT))
