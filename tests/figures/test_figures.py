"""Figures of a small office whose sums are worked out by hand, from a frame of every engine."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

import trunkline
from tests.reports.frames import OFFICE, row, rows
from trunkline.errors import DataError
from trunkline.reports import places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trunkline import Calls


@pytest.fixture
def office(make: Callable[..., Any]) -> Calls:
    return trunkline.Calls(make(OFFICE))


def test_cost(office: Calls) -> None:
    figure = office.cost()
    # 12.50 + 5 + 40 + 0 + 0 + 0 + 1 rial, and 7.25 euro; h has no price.
    assert rows(figure.frame, "currency", "cost", "unpriced") == [
        ("EUR", Decimal("7.25"), 0),
        ("IRR", Decimal("58.50"), 1),
    ]
    assert figure.unit == "EUR, IRR"
    assert figure.n == 9
    assert figure.left_out == {"without a price": 1}
    assert "n = 9 calls. Left out: 1 without a price." in str(figure)


def test_cost_by_several_keys(office: Calls) -> None:
    figure = office.cost(by=("trunk", "direction"))
    found = rows(figure.frame, "trunk", "direction", "currency", "cost")
    assert ("2155501", "incoming", "IRR", Decimal("17.50")) in found
    assert ("2155501", "outgoing", "IRR", Decimal("41.00")) in found
    assert figure.title == "Cost by trunk, direction"
    with pytest.raises(DataError, match="has no picture"):
        figure.plot()


def test_the_dearest_the_others_and_the_total(office: Calls) -> None:
    figure = office.cost(by="destination", top=1)
    found = rows(figure.frame, "row", "destination", "currency", "calls", "cost", "share")
    assert found == [
        ("group", "02155500001", "EUR", 1, Decimal("7.25"), 1.0),
        ("total", None, "EUR", 1, Decimal("7.25"), 1.0),
        ("group", "09120000002", "IRR", 1, Decimal("40.00"), pytest.approx(40 / 58.5)),
        ("other", None, "IRR", 7, Decimal("18.50"), pytest.approx(18.5 / 58.5)),
        ("total", None, "IRR", 8, Decimal("58.50"), 1.0),
    ]
    assert [line.split()[0] for line in str(figure).splitlines()[2:7]] == [
        "02155•••••••"[:5] + "••••••",
        "total",
        *["09120" + "••••••"],
        "others",
        "total",
    ]


def test_rates_of_the_others_are_of_their_sums(office: Calls) -> None:
    [_, _, _, other, _] = rows(office.cost(by="destination", top=1).frame, "per_answered_call", "talk_s", "per_minute")
    # Of the others only a (12.50, 60 s) and g (0, talk unknown) were answered.
    assert other == (Decimal("6.25"), 60, Decimal("12.50"))


def test_a_top_below_one_is_refused(office: Calls) -> None:
    with pytest.raises(DataError, match="at least 1"):
        office.cost(by="trunk", top=0)


def test_status(office: Calls) -> None:
    figure = office.status()
    assert rows(figure.frame, "calls", "answered", "missed", "attempts", "asr") == [(9, 4, 3, 8, 0.5)]
    assert figure.left_out == {"of unknown status": 1, "of unknown talk time (ACD only)": 1}


def test_months_are_those_of_the_periods_calendar(make: Callable[..., Any]) -> None:
    from trunkline.periods import read_period

    for text, months in (("1403-12..1404-01", ["1403-12", "1404-01"]), ("2025-03", ["2025-03"])):
        selected = trunkline.Calls(make(OFFICE), period=read_period(text))
        key = "jalali_month" if selected.jalali else "month"
        assert sorted({month for (month,) in rows(selected.cost(by="month").frame, key)}) == months


PLACES = (
    row("1", "2025-03-17 09:00:00", "outgoing", "answered", destination="+982155500001", price="1.00", talk_s=60),
    row("2", "2025-03-17 09:00:00", "outgoing", "answered", destination="+989120000002", price="2.00", talk_s=60),
    # +1 204 is Manitoba, in a country code that two dozen countries share.
    row("3", "2025-03-18 09:00:00", "outgoing", "answered", destination="+12045550100", price="4.00", talk_s=60),
    row("4", "2025-03-24 09:00:00", "outgoing", "answered", destination="1510", price="8.00", talk_s=60),
    row("5", "2025-03-24 09:00:00", "incoming", "answered", destination="+982155500001", price="16.00", talk_s=60,
        source="+12045550100", source_name="Ann", destination_name="own line"),
    row("6", None, "outgoing", "answered", price="32.00", destination_name="Bo"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("country", {"IR": "3", "CA": "4", None: "56"}),
        ("region", {"Tehran province": "1", "Manitoba": "4", None: "58"}),
        ("carrier", {"IR-MCI": "2", None: "61"}),
        ("contact", {"Ann": "16", "Bo": "32", None: "15"}),
    ],
)
def test_where_calls_went(make: Callable[..., Any], by: str, expected: dict[str | None, str]) -> None:
    figure = trunkline.Calls(make(PLACES)).cost(by=by)
    found = dict(rows(figure.frame, by, "cost"))
    assert found == {key: Decimal(value) for key, value in expected.items()}


def test_weeks_begin_on_monday(make: Callable[..., Any]) -> None:
    from datetime import date

    figure = trunkline.Calls(make(PLACES)).cost(by="week")
    assert rows(figure.frame, "week", "cost") == [
        (date(2025, 3, 17), Decimal(7)),
        (date(2025, 3, 24), Decimal(24)),
        (None, Decimal(32)),
    ]
    assert "2025-03-24 " in str(figure)


def test_where(office: Calls) -> None:
    assert len(office.where(direction="outgoing")) == 4
    assert len(office.where(direction="outgoing", extension=["10", "11"])) == 3
    assert len(office.where(trunk="nobody's")) == 0
    with pytest.raises(DataError, match="no column 'colour'"):
        office.where(colour="red")


def test_every_figure_of_no_calls_and_of_one(make: Callable[..., Any]) -> None:
    for listed in ((), OFFICE[:1], tuple(each for each in OFFICE if each["status"] != "answered")):
        selected = trunkline.Calls(make(listed))
        for name in ("cost", "status", "missed", "call_backs", "time_to_answer", "service_level", "abandonment",
                     "traffic", "busy_hour", "peak", "most_expensive"):  # fmt: skip
            figure = getattr(selected, name)()
            assert figure.n == len(listed)
            assert figure.title in str(figure)
            assert f"<p>n = {figure.n}" in figure._repr_html_()


@pytest.mark.parametrize(
    "by", ["", "day", "week", "month", "jalali_month", "weekday", "hour", "trunk", "extension", "direction", "account",
           "status", "destination", "prefix", "part", "country", "contact"],
)  # fmt: skip
def test_every_cost_has_a_picture(make: Callable[..., Any], by: str) -> None:
    selected = trunkline.Calls(make(OFFICE))
    figure = selected.cost(by=by or ())
    with pytest.raises(DataError, match="EUR, IRR"):
        figure.plot()
    assert figure.plot(currency="IRR").axes


def test_beginnings_of_numbers_have_the_others_and_the_total(make: Callable[..., Any]) -> None:
    # In rial: c to 09120… cost 40.00; h and i to 02155… nothing known and 1.00; the five others cost 17.50.
    figure = trunkline.Calls(make(OFFICE)).cost(by="prefix", top=2)
    listed = rows(figure.frame, "row", "prefix", "currency", "calls", "cost")
    assert [line for line in listed if line[2] == "IRR"] == [
        ("group", "09120", "IRR", 1, Decimal("40.00")),
        ("group", None, "IRR", 5, Decimal("17.50")),
        ("other", None, "IRR", 2, Decimal("1.00")),
        ("total", None, "IRR", 8, Decimal("58.50")),
    ]
    assert [line[3:] for line in listed if line[:3] == ("total", None, "EUR")] == [(1, Decimal("7.25"))]
    assert "total" in str(figure)


@pytest.mark.parametrize(
    "by", ["", "day", "week", "month", "weekday", "hour", "trunk", "extension", "direction", "account", "status"]
)
def test_every_status_has_a_picture(make: Callable[..., Any], by: str) -> None:
    assert trunkline.Calls(make(OFFICE)).status(by=by or ()).plot().axes


def test_the_other_pictures(office: Calls) -> None:
    for figure in (office.time_to_answer(), office.service_level(threshold_s=10), office.traffic()):
        assert figure.plot().axes
    with pytest.raises(DataError, match="is a list"):
        office.missed().plot()


def test_figures_of_traffic_say_which_calls_they_leave_out(make: Callable[..., Any]) -> None:
    known = row("a", "2025-03-17 09:00:00", "incoming", "answered", extension="10", wait_s=10, talk_s=60)
    calls = trunkline.Calls(make([known, known | {"call_id": "b", "ended_at": None, "talk_s": None}]))
    for figure in (calls.traffic(), calls.busy_hour(), calls.peak(), calls.peak("extension"), calls.lines()):
        assert figure.left_out == {"of unknown start or length": 1}
    assert rows(calls.peak().frame, "calls") == [(1,)]


# Without a start, without a number, and of unknown status; none has a price or a direction that a card charges.
LACKING = (
    row("j", None, "incoming", "busy", source="09120000004"),
    row("k", "2025-03-21 13:00:00", "incoming", "busy"),
    row("l", "2025-03-21 13:00:00", "incoming", None, source="09120000004"),
)


def test_figures_say_which_calls_they_leave_out(make: Callable[..., Any], card: Path) -> None:
    calls = trunkline.Calls(make([*OFFICE, *LACKING]))
    # h has no price either, and g is internal.
    assert calls.most_expensive().left_out == {"without a price": 4}
    for figure in (calls.missed(), calls.call_backs()):
        assert figure.left_out == {"missed, without a number or a start": 2}
    assert calls.attempts().left_out == {"incoming, of unknown status, number or start": 3}
    contacts = calls.contacts()
    assert contacts.left_out == {"internal, or without a number, a direction or a start": 3}
    assert sum(count for (count,) in rows(contacts.frame, "calls")) == contacts.n - 3
    rial = trunkline.Calls(make([each for each in (*OFFICE, *LACKING) if each["currency"] == "IRR"]))
    # h has no price, i no talk time.
    assert rial.disputes(card, region="IR").left_out == {"that could not be checked": 2}


def test_the_most_expensive_of_nothing_is_the_total(office: Calls) -> None:
    figure = office.cost(top=3)
    assert rows(figure.frame, "currency", "cost") == [("EUR", Decimal("7.25")), ("IRR", Decimal("58.50"))]
    assert "total" not in str(figure)


def test_numbers_are_hidden_only_where_they_are_shown(office: Calls) -> None:
    assert "09120000003" in [number for (number,) in rows(office.missed().frame, "number")]
    assert "09120000003" not in str(office.missed())
    assert "09120000003" not in office.missed()._repr_html_()
    whole = trunkline.Calls(office.frame, mask=False)
    assert "09120000003" in str(whole.missed())


# By the minute, rounded up: 60 s cost 12.00, 120 s 24.00; the calls of OFFICE to it are c (40.00) and f (in euro).
CARD = "prefix,per_minute,first,step\n98,12,60,60\n"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "card.csv"
    path.write_text(CARD)
    return path


def test_the_bill(make: Callable[..., Any], card: Path) -> None:
    own = [each for each in OFFICE if each["currency"] == "IRR"]
    calls = trunkline.Calls(make(own))
    found = rows(calls.check(card, region="IR").frame, "class", "currency", "calls")
    assert sum(count for _, _, count in found) == len(own)
    [dispute] = [
        line for line in rows(calls.disputes(card, region="IR").frame, "call_id", "difference") if line[0] == "c"
    ]
    # 40.00 charged, 2 minutes of 12.00 expected.
    assert dispute == ("c", Decimal("16.00"))
    assert "Calls to dispute" in str(calls.disputes(card, region="IR"))


def test_other_cards(make: Callable[..., Any], card: Path) -> None:
    own = [each for each in OFFICE if each["currency"] == "IRR"]
    [line] = rows(trunkline.Calls(make(own)).what_if(card, region="IR").frame, "cost", "charged", "difference")
    # Of the outgoing calls, c costs 24.00 instead of 40.00; i (1.00) has no known length, h no price and no talk.
    assert line == (Decimal("24.00"), Decimal("40.00"), Decimal("-16.00"))


def test_what_each_of_several_cards_leaves_out_is_not_added(make: Callable[..., Any], card: Path) -> None:
    own = [each for each in OFFICE if each["currency"] == "IRR"]
    calls, other = trunkline.Calls(make(own)), card.with_name("other.csv")
    other.write_text("prefix,rate\n370,1\n")
    # Neither knows how long i lasted; the other one has no rate for c.
    assert calls.what_if(card, region="IR").left_out == {"without a rate or a known length": 1}
    assert calls.what_if(card, other, region="IR").left_out == {
        "without a rate or a known length under card": 1,
        "without a rate or a known length under other": 2,
    }


def test_a_card_in_several_currencies_needs_its_own(office: Calls, card: Path) -> None:
    with pytest.raises(DataError, match="currency"):
        office.check(card)


def test_contacts_and_quality(office: Calls) -> None:
    assert ("09120000003", 2) in rows(office.contacts().frame, "number", "calls")
    assert "09120000003" not in str(office.contacts())
    missing = dict(rows(office.quality().frame, "column", "missing"))
    # Only h has no price.
    assert missing["price"] == 1


def test_a_start_in_the_future_is_impossible(make: Callable[..., Any]) -> None:
    lines = [*OFFICE, row("future", "2090-03-17 09:00:00", "incoming", "busy")]
    early = datetime(2025, 3, 18, tzinfo=UTC)
    for calls in (trunkline.Calls(make(lines)), trunkline.Calls(make(lines), now=early)):
        assert dict(rows(calls.quality().frame, "column", "impossible"))["started_at"] == 1


@pytest.mark.parametrize("number", [None, "1510", "+", "+1510", "+98", "+870123456789"])
def test_numbers_of_no_place(number: str | None) -> None:
    assert (places.region(number), places.carrier(number)) == (None, None)
