"""Odd calls, each pattern written out by hand beside calls that only resemble it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.reports.frames import TEHRAN, names, row, rows
from trunkline.errors import DataError
from trunkline.numbers import country
from trunkline.reports import anomalies

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

# Numbers of regulators for films and books: nobody has them. +44 20 7946 0xxx (Ofcom), +1 202 555 01xx.
LONDON, WASHINGTON = "+442079460{:03}", "+1202555{:04}"
MARCH = date(2025, 3, 3)


def out(number: str, local: str, **rest: Any) -> Row:
    return row(rest.pop("call_id", f"{number} {local}"), local, "outgoing", rest.pop("status", "answered"),
               **{"extension": "10", "destination": number} | rest)  # fmt: skip


def into(number: str | None, local: str, wait: int | None = 2, talk: int | None = 0, **rest: Any) -> Row:
    return row(f"{number} {local}", local, "incoming", "no_answer", source=number, wait_s=wait, talk_s=talk, **rest)


def utc(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=TEHRAN).astimezone(UTC)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("+442079460001", "GB"), ("+12025550101", "US"), ("+982155500001", "IR"), ("+80012345678", None), ("x", None),
     (None, None)],
)  # fmt: skip
def test_a_number_is_of_its_country(number: str | None, expected: str | None) -> None:
    assert country(number) == expected


# First countries


def test_the_first_call_to_a_country_after_four_weeks_is_odd(make: Maker) -> None:
    frame = make([
        out("02155500001", "2025-03-01 09:00"),
        out(LONDON.format(1), "2025-03-10 09:00"),
        out(LONDON.format(2), "2025-04-10 09:00"),
        out("0012025550101", "2025-04-11 09:00", extension="11", status="no_answer"),
        out(WASHINGTON.format(102), "2025-04-12 09:00"),
        out("02155500001", "2025-04-13 09:00", account="telefonchy:2"),
        out(WASHINGTON.format(103), "2025-04-14 09:00", account="telefonchy:2"),
        into(WASHINGTON.format(104), "2025-03-02 09:00"),
        out("110", "2025-04-15 09:00"),
        out(LONDON.format(3), None),
    ])  # fmt: skip
    at = utc("2025-04-11 09:00")
    # London is learned in the first 28 days; three calls before, to Iran and Britain. The other account is too young.
    assert rows(anomalies.first_countries(frame, home="IR")) == [
        (
            "first_country",
            "telefonchy:1",
            "11",
            "US",
            at,
            at,
            1,
            3,
            None,
            "first call to US, after 3 calls, to 2 countries",
        )
    ]
    found = rows(anomalies.first_countries(frame, home="IR", learned_days=0), "account", "subject")
    assert found == [("telefonchy:1", "GB"), ("telefonchy:1", "US"), ("telefonchy:2", "US")]
    reasons = [reason for (reason,) in rows(anomalies.first_countries(frame, home="IR", learned_days=0), "reason")]
    assert "first call to US, after 1 call, to 1 country" in reasons
    # At home in America, by account.
    home = {"telefonchy:1": "US", "telefonchy:2": "IR"}
    assert "US" not in [to for account, to in rows(anomalies.first_countries(frame, home=home, learned_days=0),
                                                   "account", "subject") if account == "telefonchy:1"]  # fmt: skip


@pytest.mark.parametrize("home", ["ir", "", {"telefonchy:2": "IR"}])
def test_a_home_that_is_no_country_is_refused(make: Maker, home: Any) -> None:
    with pytest.raises(DataError, match="ISO 3166"):
        anomalies.first_countries(make([out("021", "2025-03-01 09:00")]), home=home)


# Nights


def test_international_calls_of_a_night_are_odd_until_morning(make: Maker) -> None:
    frame = make([
        out(LONDON.format(1), "2025-03-17 21:59:59"),
        out(LONDON.format(1), "2025-03-17 22:00:00"),
        out(LONDON.format(2), "2025-03-18 05:59:59", status="busy"),
        out(LONDON.format(2), "2025-03-18 06:00:00"),
        out(LONDON.format(2), "2025-03-18 23:00:00", extension=None),
        out("02155500001", "2025-03-18 23:00:00"),
    ])  # fmt: skip
    found = rows(anomalies.night_calls(frame, home="IR"), "extension", "started_at", "ended_at", "calls", "n", "reason")
    assert found == [
        ("10", utc("2025-03-17 22:00:00"), utc("2025-03-18 05:59:59"), 2, 5,
         "2 international calls between 22:00 and 06:00, of 5 at any time"),
        (None, utc("2025-03-18 23:00:00"), utc("2025-03-18 23:00:00"), 1, 5,
         "1 international call between 22:00 and 06:00, of 5 at any time"),
    ]  # fmt: skip
    assert len(rows(anomalies.night_calls(frame, home="IR", least=2))) == 1
    # A night that begins at midnight.
    assert rows(anomalies.night_calls(frame, home="IR", begin=0, end=6), "calls") == [(1,)]


@pytest.mark.parametrize("hours", [{"begin": 6}, {"end": 24}, {"begin": -1}])
def test_a_night_has_hours_of_the_day(make: Maker, hours: dict[str, int]) -> None:
    with pytest.raises(DataError, match="night"):
        anomalies.night_calls(make([]), home="IR", **hours)


# Sequences


def dialled(*numbers: int | str, every_s: int = 60, **rest: Any) -> list[Row]:
    first = datetime(2025, 3, 17, 9)
    return [
        out(number if isinstance(number, str) else f"0215550{number:04}", str(first + timedelta(seconds=n * every_s)),
            call_id=f"{n:02}{rest}", **rest)
        for n, number in enumerate(numbers)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((1, 2, 3, 4, 5), [(5, "02155500001")]),
        ((5, 4, 3, 2, 1), [(5, "02155500005")]),
        # a number that is tried again counts once
        ((1, 2, 2, 3, 4, 4, 5), [(7, "02155500001")]),
        ((1, 2, 2, 3, 4), []),
        ((1, 2, 3, 4), []),
        ((1, 3, 5, 7, 9, 11), []),
        ((1, 2, 3, 2, 1, 0), []),
        ((1, 2, 1, 2, 1, 2), []),
        ((9, 1, 2, 3, 4, 5, 20), [(5, "02155500001")]),
        ((1, 2, 3, 4, 5, 4, 3, 2, 1), [(5, "02155500001"), (5, "02155500005")]),
        # what is no number stands between nothing
        (("*72", 1, 2, 3, 4, 5), [(5, "02155500001")]),
    ],
)
def test_runs_of_numbers_in_sequence(make: Maker, numbers: Any, expected: list[tuple[int, str]]) -> None:
    assert rows(anomalies.number_runs(make(dialled(*numbers))), "calls", "subject") == expected


def test_a_run_is_of_one_extension_and_without_long_pauses(make: Maker) -> None:
    two = [*dialled(1, 3, 5), *dialled(2, 4, 6, extension="11")]
    assert rows(anomalies.number_runs(make(two), least=2)) == []
    assert rows(anomalies.number_runs(make(dialled(1, 2, 3, 4, 5, every_s=601)))) == []
    assert rows(anomalies.number_runs(make(dialled(1, 2, 3, 4, 5, every_s=600))), "n", "reason") == [
        (5, "5 numbers in sequence, one after the other")
    ]


# Short calls


def test_short_calls_from_one_foreign_range_are_a_burst(make: Maker) -> None:
    burst = [into(LONDON.format(n), f"2025-03-17 0{n}:00") for n in range(1, 6)]
    others = [
        into("+442079470001", "2025-03-17 03:30"),  # another range
        into(LONDON.format(9), "2025-03-17 03:40", wait=9, talk=2),  # longer
        into(LONDON.format(9), "2025-03-17 03:50", wait=None),
        into(LONDON.format(9), "2025-03-17 03:55", account="telefonchy:2"),
        into("02155500001", "2025-03-17 03:59"),
        into(None, "2025-03-17 04:01"),
        out(LONDON.format(9), "2025-03-17 04:02", wait_s=1, talk_s=0),
    ]
    found = rows(anomalies.short_calls(make([*others, *burst]), home="IR"))
    assert found == [
        ("short_calls", "telefonchy:1", None, "+44207946", utc("2025-03-17 01:00"), utc("2025-03-17 05:00"), 5, 10, None,
         "5 calls of at most 10 s from one range of GB")
    ]  # fmt: skip
    assert rows(anomalies.short_calls(make(burst[1:]), home="IR")) == []
    assert rows(anomalies.short_calls(make(burst), home="GB")) == []
    assert rows(anomalies.short_calls(make(burst), home="IR", within_h=3)) == []


def test_bursts_that_overlap_are_one_and_others_are_two(make: Maker) -> None:
    # Every 10 hours: three within 20 hours, all overlapping; then two days later three more.
    first = datetime(2025, 3, 17)
    hours = [0, 10, 20, 30, 100, 110, 120]
    frame = make([into(LONDON.format(n), str(first + timedelta(hours=hour))) for n, hour in enumerate(hours)])
    assert rows(anomalies.short_calls(frame, home="IR", least=3), "calls") == [(4,), (3,)]


# Overlaps


def talk(call_id: str, at: datetime, wait: int | None, talk_s: int | None, **rest: Any) -> Row:
    """Return an answered call that starts at an instant."""
    local = at.astimezone(ZoneInfo("Europe/Vilnius")).replace(tzinfo=None)
    values = {"extension": "10", "wait_s": wait, "talk_s": talk_s} | rest
    status = values.pop("status", "answered")
    return row(call_id, None, "incoming", status, **values) | {"started_at": at, "started_local": local}


NINE = datetime(2025, 3, 17, 9, tzinfo=UTC)


def after(seconds: int) -> datetime:
    return NINE + timedelta(seconds=seconds)


def test_one_extension_talks_once_at_a_time(make: Maker) -> None:
    frame = make([
        talk("a", NINE, 10, 90),  # talks from 10 to 100
        talk("b", after(5), 95, 20),  # rings meanwhile, talks from 100 to 120
        talk("c", after(60), 0, 30),  # 60 to 90: with a for 30 s
        talk("d", after(99), 0, 1),  # for the tolerated second
        talk("e", after(20), 0, 300, extension="11"),
        talk("f", after(20), 0, 300, extension=None),
        talk("g", after(20), 0, 300, account="telefonchy:2"),
        talk("h", after(20), 300, 0, status="no_answer"),
        talk("i", after(20), None, 300),
        talk("j", after(20), 0, None),
    ])  # fmt: skip
    assert rows(anomalies.overlaps(frame)) == [
        ("overlap", "telefonchy:1", "10", "a c", after(60), after(90), 2, 6, None,
         "two calls of one extension at once for 30 s")
    ]  # fmt: skip
    assert rows(anomalies.overlaps(frame, tolerance_s=0), "subject") == [("a c",), ("a d",)]


def test_talk_of_unknown_wait_ends_at_the_stated_end(make: Maker) -> None:
    # 300 s before 400: from 100 to 400, with the other from 390 on.
    frame = make([talk("a", NINE, None, 300, ended_at=after(400)), talk("b", after(390), 0, 60)])
    assert rows(anomalies.overlaps(frame), "started_at", "ended_at") == [(after(390), after(400))]


def test_the_hour_that_the_clock_repeats_makes_no_overlap(make: Maker) -> None:
    # 03:30 and once more 03:30 in Vilnius, an hour apart.
    autumn = datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
    frame = make([talk("a", autumn, 0, 1800), talk("b", autumn + timedelta(hours=1), 0, 1800)])
    assert rows(anomalies.overlaps(frame)) == []
    # Over the hour that is skipped in spring both clocks differ by two hours, the calls by one.
    spring = datetime(2025, 3, 30, 0, 30, tzinfo=UTC)
    frame = make([talk("a", spring, 0, 3660), talk("b", spring + timedelta(hours=1), 0, 1800)])
    assert rows(anomalies.overlaps(frame), "reason") == [("two calls of one extension at once for 60 s",)]


def test_every_pair_that_overlaps_is_found(make: Maker) -> None:
    import random

    chance = random.Random(3)
    spans = [(chance.randrange(5000), chance.randrange(1, 200)) for _ in range(80)]
    calls = [talk(f"{n:02}", after(begin), 0, length) for n, (begin, length) in enumerate(spans)]
    expected = sorted(
        tuple(sorted((f"{i:02}", f"{j:02}")))
        for i, (a, la) in enumerate(spans)
        for j, (b, lb) in enumerate(spans)
        if i < j and min(a + la, b + lb) - max(a, b) > 1
    )
    found = [tuple(sorted(subject.split())) for (subject,) in rows(anomalies.overlaps(make(calls)), "subject")]
    assert sorted(found) == expected
    assert expected


# Unusual days


def test_a_day_is_unusual_with_its_probability(make: Maker) -> None:
    # The example of `cost.unusual_spend`: a call of 100 at noon of each of 40 days, then one of 900 at night, when
    # nothing is usual. 32 days of score 0, half a usual day is 50: (50 / 900) / 33 = 0.00168.
    first = datetime(2025, 3, 1)
    calls = [out("021", str(first + timedelta(days=n, hours=12)), price="100") for n in range(40)]
    night = out("021", str(first + timedelta(days=40, hours=2)), price="900")
    euro = [{**call, "call_id": f"{call['call_id']}e", "currency": "EUR"} for call in calls]
    [found] = rows(anomalies.unusual_days(make([*calls, night, *euro])))
    at = utc("2025-04-10 02:00")
    assert found[:8] == ("unusual_spend", "telefonchy:1", None, "IRR", at, at, 1, 32)
    assert found[8] == pytest.approx(0.001684, abs=1e-6)
    assert found[9] == "900.00 IRR on 2025-04-10, by some hour 900.00 more than usual"


def test_days_with_little_history_or_usual_costs_are_not_unusual(make: Maker) -> None:
    first = datetime(2025, 3, 1)
    calls = [out("021", str(first + timedelta(days=n, hours=12)), price="100") for n in range(60)]
    assert rows(anomalies.unusual_days(make(calls))) == []
    assert rows(anomalies.unusual_days(make([*calls[:20], out("021", "2025-03-21 12:00", price="9000")]))) == []


def test_all_of_them_have_the_same_columns(make: Maker) -> None:
    empty = make([])
    found = [
        anomalies.unusual_days(empty),
        anomalies.first_countries(empty, home="IR"),
        anomalies.night_calls(empty, home="IR"),
        anomalies.number_runs(empty),
        anomalies.short_calls(empty, home="IR"),
        anomalies.overlaps(empty),
    ]
    assert len({tuple(names(frame)) for frame in found}) == 1
    assert [rows(frame) for frame in found] == [[]] * 6
