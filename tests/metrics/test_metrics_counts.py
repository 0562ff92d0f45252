"""Counts and costs of a set of calls, written out by hand."""

from __future__ import annotations

from decimal import Decimal

from tests.metrics.calls import call
from trunkline import metrics
from trunkline.metrics import Tally
from trunkline.model import Money

DAY = "2025-03-03"


def test_a_talk_below_zero_is_impossible_and_in_no_sum() -> None:
    calls = [call("2025-03-17 09:00", talk=60), call("2025-03-17 09:01", talk=-3600), call("2025-03-17 09:02")]
    figures = metrics.day_figures(calls)
    assert (figures.talk_s, figures.untimed, figures.impossible, figures.acd) == (60, 1, 1, 60.0)


def test_day_figures_count_each_call_by_status_and_direction() -> None:
    figures = metrics.day_figures(
        [
            call(f"{DAY}T08:00", "incoming", "answered", talk=60, price="100.5"),
            call(f"{DAY}T09:00", "incoming", "no_answer", talk=0, price="0"),
            call(f"{DAY}T10:00", "incoming", "busy", talk=0),
            call(f"{DAY}T11:00", "outgoing", "answered", talk=120, price="200.25"),
            call(f"{DAY}T12:00", "outgoing", "no_answer", talk=0, price="3", currency="EUR"),
            call(f"{DAY}T13:00", "outgoing", "congestion", talk=0, price="0"),
            call(f"{DAY}T14:00", "internal", "answered", talk=None, price="0"),
            call(f"{DAY}T15:00", "outgoing", "failed", price="0"),
            call(f"{DAY}T16:00", None, "unknown", price="0"),
        ]
    )
    assert (figures.calls, figures.incoming, figures.outgoing, figures.internal, figures.undirected) == (9, 3, 4, 1, 1)
    assert (figures.answered, figures.busy, figures.no_answer, figures.congestion, figures.failed) == (3, 1, 2, 1, 1)
    assert figures.unknown == 1
    assert figures.missed == 2
    assert figures.talk_s == 180
    assert figures.untimed == 1
    assert figures.acd == 90.0
    assert figures.cost == {"IRR": Money(Decimal("300.75"), "IRR"), "EUR": Money(Decimal(3), "EUR")}
    assert figures.unpriced == 1
    assert figures.asr is not None
    assert (figures.asr.k, figures.asr.n) == (3, 8)
    assert figures.ner is not None
    assert (figures.ner.k, figures.ner.n) == (6, 8)


def test_costs_are_added_exactly() -> None:
    figures = metrics.day_figures([call(f"{DAY}T08:00", price="0.1") for _ in range(3)])
    assert figures.cost["IRR"].amount == Decimal("0.3")


def test_no_calls_make_empty_figures() -> None:
    figures = metrics.day_figures([])
    assert figures.calls == 0
    assert figures.asr is None
    assert figures.acd is None
    assert figures.ner is None
    assert figures.cost == {}


def test_tallies_of_a_frame_count_as_the_calls_themselves() -> None:
    counts = metrics.count_calls(
        [
            Tally("incoming", "answered", 4, talk_s=300, timed=3),
            Tally("incoming", "no_answer", 2, talk_s=0, timed=2),
            Tally("outgoing", "unknown", 1),
        ]
    )
    assert (counts.calls, counts.answered, counts.missed, counts.unknown, counts.untimed) == (7, 4, 2, 1, 1)
    assert counts.acd == 100.0
    assert counts.asr is not None
    assert counts.asr.n == 6


def test_talk_of_calls_that_were_not_answered_is_left_out() -> None:
    assert metrics.count_calls([Tally("outgoing", "busy", 1, talk_s=40, timed=1)]).talk_s == 0


def test_last_call_is_the_one_that_ended_last_and_then_the_greatest_id() -> None:
    first = call(f"{DAY}T08:00", call_id="a")
    second = call(f"{DAY}T09:00", call_id="b")
    third = call(f"{DAY}T09:00", call_id="c")
    undated = call(None, call_id="z")
    assert metrics.last_call([second, third, undated, first]) is third
    # One that started earlier ended later: an hour and a second after eight.
    long = call(f"{DAY}T08:00", call_id="a", talk=3601)
    assert metrics.last_call([second, long, third]) is long
    assert metrics.last_call([undated]) is None
    assert metrics.last_call([]) is None
