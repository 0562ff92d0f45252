"""The same calls under other cards, worked out by hand, on every engine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.reports.frames import OFFICE, row, rows
from trunkline.rates import CardRate, RateCard
from trunkline.reports.what_if import by_card

if TYPE_CHECKING:
    from tests.reports.conftest import Maker

D = Decimal
MINUTES = RateCard(
    name="Minutes", currency="EUR", rates=(CardRate(prefix="98", per_minute=D("0.60"), first=60, step=60),)
)
SECONDS = RateCard(
    name="Seconds", currency="EUR", rates=(CardRate(prefix="98", per_minute=D("0.90"), connection_fee=D("0.10")),)
)


def call(call_id: str, day: int, talk: int | None, price: str | None, **rest: object) -> object:
    values = {"source": "10", "destination": "+982155500001", "currency": "EUR"} | rest
    status = "answered" if talk else "no_answer"
    return row(call_id, f"2025-03-{day} 23:59:00", "outgoing", status, talk_s=talk, price=price, **values)


CALLS = (
    call("1", 17, 30, "0.60"),  # minutes 0.60, by the second 0.30; seconds 0.45 + 0.10
    call("2", 17, 61, "1.20"),  # minutes 1.20, by the second 0.61; seconds 0.915 + 0.10 = 1.015, rounded 1.02
    call("3", 18, 120, "9", currency="USD"),  # minutes 1.20 both; seconds 1.80 + 0.10
    call("4", 18, 0, "0"),
    call("5", 18, 60, "1", destination="+442079460000"),  # on neither card
)


def test_each_card_beside_what_was_charged(make: Maker) -> None:
    assert rows(by_card(make(CALLS), [MINUTES, SECONDS])) == [
        ("Minutes", "EUR", 4, 1, D("3.00"), D("2.11"), D("0.89"), 3, D("1.80"), D(0)),
        # 0.55 + 1.02 - 1.80 of the three in euro
        ("Seconds", "EUR", 4, 1, D("3.47"), D("3.47"), D(0), 3, D("1.80"), D("-0.23")),
    ]


def test_each_day_and_destination(make: Maker) -> None:
    assert rows(by_card(make(CALLS), [MINUTES, SECONDS], by="day"), "day", "card", "calls", "cost", "charged") == [
        (date(2025, 3, 17), "Minutes", 2, D("1.80"), D("1.80")),
        (date(2025, 3, 17), "Seconds", 2, D("1.57"), D("1.80")),
        (date(2025, 3, 18), "Minutes", 2, D("1.20"), D(0)),
        (date(2025, 3, 18), "Seconds", 2, D("1.90"), D(0)),
    ]
    found = rows(by_card(make(CALLS), [MINUTES], by="destination"), "destination", "calls", "left_out", "difference")
    assert found == [("+442079460000", 0, 1, None), ("+982155500001", 4, 0, D(0))]


def test_a_card_that_rounds_the_sum_is_rounded_once(make: Maker) -> None:
    # 1 s of 0.60 is 0.01; of 0.25 it is 0.0041666..., three times 0.0125.
    terms = RateCard(name="Sum", currency="EUR", rates=(CardRate(prefix="98", per_minute=D("0.25")),), rounds="sum")
    frame = make([call(str(n), 17, 1, None) for n in range(3)])
    assert rows(by_card(frame, [terms]), "cost", "compared", "charged", "difference") == [(D("0.01"), 0, None, None)]


def test_no_calls_and_no_cards(make: Maker) -> None:
    assert rows(by_card(make([]), [MINUTES])) == rows(by_card(make(OFFICE), [])) == []
