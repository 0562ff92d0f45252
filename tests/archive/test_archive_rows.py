"""The wall clock of a zone, and amounts as integers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.archive import SetAsideRow
from trunkline.archive.rows import EPOCH, from_micros, local_micros, to_integer, to_micros, to_money, to_row
from trunkline.errors import DataError
from trunkline.model import Call, Status, UnreadableRow

ZONES = ["Asia/Tehran", "Europe/Vilnius", "Asia/Ho_Chi_Minh", "Australia/Lord_Howe", "Africa/Monrovia", "UTC"]
# Clocks that go forward and back at midnight, at one o'clock UTC, by half an hour, and by 44 minutes and a half.
CHANGES = [
    datetime(2022, 3, 21, 20, 30, tzinfo=UTC),
    datetime(2022, 9, 21, 19, 30, tzinfo=UTC),
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2024, 4, 6, 15, tzinfo=UTC),
    datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC),
]
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
NEAR = st.tuples(st.sampled_from(CHANGES), st.integers(-3000, 3000)).map(
    lambda near: near[0] + timedelta(seconds=near[1])
)


@given(moment=MOMENTS | NEAR, zone=st.sampled_from(ZONES))
@settings(max_examples=500, deadline=None)
def test_wall_clock_is_the_zones(moment: datetime, zone: str) -> None:
    local = local_micros(to_micros(moment, "at"), ZoneInfo(zone))
    wall = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert local == (wall - EPOCH.replace(tzinfo=None)) // timedelta(microseconds=1)


def test_moment_whose_wall_clock_no_calendar_holds_is_refused() -> None:
    with pytest.raises(DataError, match="started_at"):
        local_micros(to_micros(datetime.max.replace(tzinfo=UTC), "at"), ZoneInfo("Asia/Tehran"))


@given(st.integers(-(10**15), 10**15))
def test_microseconds_there_and_back(moment: int) -> None:
    assert to_micros(from_micros(moment), "at") == moment


@pytest.mark.parametrize(
    ("amount", "value", "scale"),
    [
        ("17", 17, 0),
        ("17.50", 175, 1),
        ("-0.000125", -125, 6),
        ("1.7E+3", 1700, 0),
        ("0.00", 0, 0),
        ("-0", 0, 0),
        ("0E+30", 0, 0),
        ("9223372036854775807", 2**63 - 1, 0),
        ("1E-18", 1, 18),
        ("100000000000000000000E-5", 10**15, 0),
    ],
)
def test_amount_as_integer_with_its_decimal_digits(amount: str, value: int, scale: int) -> None:
    assert to_integer(Decimal(amount), "price") == (value, scale)
    assert to_money(value, scale, "IRR").amount == Decimal(amount)


@pytest.mark.parametrize("amount", ["9223372036854775808", "1E+19", "1E-19", "NaN", "-Infinity", "1E+999999"])
def test_amount_that_64_bits_cannot_hold(amount: str) -> None:
    with pytest.raises(DataError, match="price_talk"):
        to_integer(Decimal(amount), "price_talk")


@pytest.mark.parametrize("talk", [1.5, True, "9"])
def test_seconds_that_are_no_whole_number_are_refused(talk: object) -> None:
    call = Call(account="a", call_id="1", direction=None, status=Status.ANSWERED, started_at=None, talk=talk)
    with pytest.raises(DataError, match="talk"):
        to_row(call, ZoneInfo("Asia/Tehran"))


def test_a_row_that_was_set_aside_is_shown_without_what_it_says() -> None:
    record = {"id": 71966, "names": ["Arash", None], "paid": True}
    row = SetAsideRow("k", "s", UnreadableRow(record, reason="r"), "0.1.0", EPOCH)
    assert row.redacted == '{"id":"00000","names":["xxxxx",null],"paid":true}'
