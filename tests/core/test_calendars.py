"""Wall-clock text in both calendars: the documents' own examples, Iran's changing offset, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.calendars import WallClock, end_of, in_calendar, jalali_text, later, parse_local, past_repetition
from trunkline.errors import DataError

TEHRAN = ZoneInfo("Asia/Tehran")
VILNIUS = ZoneInfo("Europe/Vilnius")


def both(text, zone=TEHRAN):
    """Read the text by the plain and by the quick way, which must agree."""
    plain = parse_local(text, zone, field="created_at")
    assert WallClock(zone).utc(text, field="created_at") == plain
    return plain


@pytest.mark.parametrize("text", ["1399-04-23 16:16:23", "2020-07-13 16:16:23", "1399/04/23 16:16:23"])
def test_the_documents_server_date_is_its_unix_time_in_both_calendars(text):
    # Telefonchy, section Server date: unix 1594640783.
    assert both(text) == datetime.fromtimestamp(1594640783, UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Iran was at +04:30 in summer and +03:30 in winter until it gave up changing in September 2022.
        ("1399-12-30 12:00:00", "2021-03-20T08:30:00+00:00"),
        ("1400-01-01 12:00:00", "2021-03-21T08:30:00+00:00"),
        ("1400-01-02 12:00:00", "2021-03-22T07:30:00+00:00"),
        ("1401-04-01 12:00:00", "2022-06-22T07:30:00+00:00"),
        ("1402-04-01 12:00:00", "2023-06-22T08:30:00+00:00"),
        # Clocks went back at midnight after 30 Shahrivar 1401: 23:30 happened twice, and the first is taken.
        ("1401-06-30 23:30:00", "2022-09-21T19:00:00+00:00"),
        ("1401-06-31 00:30:00", "2022-09-21T21:00:00+00:00"),
        # The night of 1 to 2 Farvardin 1401 skipped 00:00 to 01:00: read with the offset before.
        ("1401-01-02 00:30:00", "2022-03-21T21:00:00+00:00"),
    ],
)
def test_irans_offset_follows_its_law(text, expected):
    assert both(text) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-31 02:30:00", "2024-03-31T00:30:00+00:00"),
        ("2024-03-31 04:30:00", "2024-03-31T01:30:00+00:00"),
        ("2024-10-27 01:30:00", "2024-10-26T22:30:00+00:00"),
        ("2024-10-27 03:30:00", "2024-10-27T00:30:00+00:00"),
        ("2024-10-27 04:30:00", "2024-10-27T02:30:00+00:00"),
    ],
)
def test_a_european_zone_changes_in_march_and_october(text, expected):
    assert both(text, VILNIUS) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1399-04-21", "2020-07-10T19:30:00+00:00"),
        ("1399-04-21 12:02", "2020-07-11T07:32:00+00:00"),
        ("1399-4-1 8:02:03", "2020-06-21T03:32:03+00:00"),
        ("۱۳۹۹-۰۴-۲۱ ۱۲:۰۲:۱۸", "2020-07-11T07:32:18+00:00"),
        ("2022-12-02T09:57:53.250", "2022-12-02T06:27:53.250000+00:00"),
        (" 1399-04-21 12:02:18 ", "2020-07-11T07:32:18+00:00"),
    ],
)
def test_shorter_longer_and_persian_spellings(text, expected):
    assert both(text) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1399-13-01 00:00:00",
        "1400-12-30 00:00:00",
        "2021-02-29 00:00:00",
        "1399-04-21 24:00:00",
        "1399-04-21 12:60:00",
        "1399-04-21 12:02:60",
        "0000-00-00 00:00:00",
        "1200-01-01 00:00:00",
        "1399-04-21 12:02:18 and more",
        "1399-04-21 -1:02:18",
        None,
        17,
        {},
        [],
        b"1399-04-21",
        True,
    ],
)
def test_nonsense_names_the_field_and_not_the_value(text):
    for read in (
        lambda: parse_local(text, TEHRAN, field="created_at"),
        lambda: WallClock(TEHRAN).utc(text, field="created_at"),
    ):
        with pytest.raises(DataError) as caught:
            read()
        assert caught.value.field == "created_at"
        assert "yesterday" not in str(caught.value)


def test_esfand_has_thirty_days_in_a_leap_year_only():
    assert both("1399-12-30 00:00:00") == datetime(2021, 3, 19, 20, 30, tzinfo=UTC)
    with pytest.raises(DataError):
        both("1400-12-30 00:00:00")


@given(
    st.datetimes(datetime(1925, 4, 1), datetime(2090, 1, 1)), st.sampled_from(["Asia/Tehran", "Europe/Vilnius", "UTC"])
)
def test_text_of_either_calendar_is_read_as_jdatetime_and_zoneinfo_say(local, zone_name):
    zone = ZoneInfo(zone_name)
    local = local.replace(microsecond=0)
    expected = local.replace(tzinfo=zone).astimezone(UTC)
    assert both(local.strftime("%Y-%m-%d %H:%M:%S"), zone) == expected
    jalali = jdatetime.datetime.fromgregorian(datetime=local)
    assert both(f"{jalali.year:04d}-{jalali.month:02d}-{jalali.day:02d} {local:%H:%M:%S}", zone) == expected


@given(st.datetimes(datetime(1990, 1, 1), datetime(2050, 1, 1)))
def test_jalali_text_comes_back_but_for_the_second_of_two_hours(moment):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    back = parse_local(jalali_text(moment, TEHRAN), TEHRAN, field="x")
    assert moment - back in {timedelta(0), timedelta(hours=1)}


# On 21 September 2021 Tehran repeated 23:00 to 24:00: first from 18:30, then from 19:30 UTC.
@pytest.mark.parametrize(
    ("started", "end", "seconds", "expected"),
    [
        # 23:50 to 23:05, 900 seconds.
        ((19, 20), (18, 35), 900, (19, 35)),
        # The same of unknown length, and of one that no date can hold.
        ((19, 20), (18, 35), None, (19, 35)),
        ((19, 20), (18, 35), 10**15, (19, 35)),
        # 22:30 to 23:15 may be 45 minutes or an hour more.
        ((18, 0), (18, 45), 45 * 60, (18, 45)),
        ((18, 0), (18, 45), 105 * 60, (19, 45)),
        ((18, 0), (18, 45), None, (18, 45)),
        # 22:00 to 22:30 is no time that clocks repeat, whatever the length.
        ((17, 30), (18, 0), 7200, (18, 0)),
        ((17, 30), (17, 0), 60, (17, 0)),
    ],
)
def test_the_length_of_a_call_tells_which_of_two_equal_times_its_end_is(started, end, seconds, expected):
    began, ended, right = (datetime(2021, 9, 21, *at, tzinfo=UTC) for at in (started, end, expected))
    assert end_of(ended, began, seconds, TEHRAN) == right
    assert end_of(ended, None, seconds, TEHRAN) == ended


def test_the_last_time_that_a_clock_shows_a_time():
    first, second = (datetime(2021, 9, 21, hour, 45, tzinfo=UTC) for hour in (18, 19))
    assert later(first, TEHRAN) == later(second, TEHRAN) == second
    assert later(first, UTC) == first


def test_the_ends_of_periods_are_times_that_every_zone_has():
    first, last = in_calendar(datetime.min.replace(tzinfo=UTC)), in_calendar(datetime.max.replace(tzinfo=UTC))
    assert (first.year, last.year) == (1900, 2099)
    for zone in (TEHRAN, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")):
        assert jalali_text(first, zone) < jalali_text(last, zone)
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    assert in_calendar(moment) is moment
    with pytest.raises(DataError, match="must have a time zone"):
        in_calendar(datetime(2024, 1, 1))


def test_the_end_of_a_period_in_the_hour_that_clocks_repeat_lies_behind_that_hour():
    # On 21 September 2021 Tehran showed 23:10 at 18:40 and at 19:40 UTC; a call of 19:00 UTC began at 23:30.
    first, second = (datetime(2021, 9, 21, hour, 40, tzinfo=UTC) for hour in (18, 19))
    assert past_repetition(first, TEHRAN) == first
    assert jalali_text(past_repetition(second, TEHRAN), TEHRAN) == "1400-06-31 00:10:00"
