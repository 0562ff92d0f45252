"""The lines that are needed, against Erlang's sums in fractions and hand calculations."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import factorial
from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import row, rows
from trunkline.errors import DataError
from trunkline.model import Money
from trunkline.reports import lines

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

D = Decimal
PRICE = Money(D("150000.50"), "IRR")


def whole_hour(count: int, **rest: Any) -> list[Row]:
    """Return calls that all last the hour from 09:00: as many erlang."""
    return [
        row(f"{n}{rest}", "2025-03-17 09:00:00", "outgoing", "answered", wait_s=0, talk_s=3600, **rest)
        for n in range(count)
    ]


def direct_b(count: int, traffic: Fraction) -> float:
    terms = [traffic**k / factorial(k) for k in range(count + 1)]
    return float(terms[-1] / sum(terms))


def test_lines_are_those_of_erlangs_sums(make: Maker) -> None:
    # 2 erlang: B(n) = (2^n / n!) / Σ: 2/3, 2/5, 4/19, 2/21, 4/109 (0.0367), 4/331 (0.0121), 8/2325 (0.0034): 7 lines
    # for 1 %. Erlang C of 3 lines: 3·B / (3 - 2·(1 - B)) = (12/19) / (27/19) = 4/9.
    found = rows(lines.lines(make(whole_hour(2)), spare=5), "lines", "needed", "blocked", "waiting", "last_line")
    assert [line[0] for line in found] == list(range(2, 13))
    assert [line[0] for line in found if line[1]] == [7]
    for count, _, blocked, _, last in found:
        assert blocked == pytest.approx(direct_b(count, Fraction(2)))
        assert last == pytest.approx(2 * (direct_b(count - 1, Fraction(2)) - direct_b(count, Fraction(2))))
    assert (found[0][3], found[1][3]) == (1.0, pytest.approx(4 / 9))
    assert found[5][2] == pytest.approx(8 / 2325)


def test_what_was_lost_is_offered_too_and_each_line_has_its_price(make: Maker) -> None:
    # One erlang carried by two lines: A·(1 - B) = 1 with B = (A²/2) / (1 + A + A²/2), so A + A² = 1 + A + A²/2: A = √2.
    # B(n, √2): 0.586, 0.293, 0.121, 0.0411, 0.0115, 0.0027: six lines for 1 %.
    found = rows(lines.lines(make(whole_hour(1)), 2, price=PRICE, spare=1), "peak", "carried", "offered", "lines",
                 "present", "needed", "currency", "monthly", "change")  # fmt: skip
    assert [line[:3] for line in found] == [(1, 1.0, pytest.approx(2**0.5))] * 7
    assert [line[3:] for line in found] == [
        (1, False, False, "IRR", D("150000.50"), D("-150000.50")),
        (2, True, False, "IRR", D("300001.00"), D(0)),
        (3, False, False, "IRR", D("450001.50"), D("150000.50")),
        (4, False, False, "IRR", D("600002.00"), D("300001.00")),
        (5, False, False, "IRR", D("750002.50"), D("450001.50")),
        (6, False, True, "IRR", D("900003.00"), D("600002.00")),
        (7, False, False, "IRR", D("1050003.50"), D("750002.50")),
    ]


def test_fewer_lines_save_and_without_a_price_nothing_is_said(make: Maker) -> None:
    # Five lines that carried next to nothing: 36 s in the busy hour, 0.01 erlang, one line blocks 0.0099 of the calls.
    quiet = make([row("a", "2025-03-17 09:00:00", "outgoing", "answered", wait_s=0, talk_s=36)])
    found = rows(lines.lines(quiet, 5, price=PRICE, spare=0), "lines", "needed", "change")
    assert found[0] == (1, True, D("-600002.00"))
    assert rows(lines.lines(quiet, spare=0), "lines", "present", "currency", "monthly", "change") == [
        (1, False, None, None, None)
    ]


def test_each_trunk_has_its_lines(make: Maker) -> None:
    frame = make([*whole_hour(2, trunk="1"), *whole_hour(1, trunk="2")])
    found = rows(lines.lines(frame, {"2": 2}, by="trunk", spare=0), "trunk", "peak", "offered", "lines", "needed")
    assert found[0] == ("1", 2, 2.0, 7, True)
    assert [line[:3] for line in found[1:]] == [("2", 1, pytest.approx(2**0.5))] * 5
    assert found[-1][3:] == (6, True)


@pytest.mark.parametrize(("busy", "carried"), [("fixed", 0.5), ("sliding", 0.75), ("time_consistent", 1050 / 3600)])
def test_the_busy_hour_may_be_chosen(make: Maker, busy: str, carried: float) -> None:
    # As in the test of the three definitions.
    frame = make([
        row("a", "2025-03-17 09:30:00", "outgoing", "answered", wait_s=0, talk_s=1800),
        row("b", "2025-03-17 10:00:00", "outgoing", "answered", wait_s=0, talk_s=900),
        row("c", "2025-03-18 10:00:00", "outgoing", "answered", wait_s=0, talk_s=1200),
    ])  # fmt: skip
    assert rows(lines.lines(frame, busy=busy), "carried")[0] == (pytest.approx(carried),)


def test_calls_that_occupied_nothing_need_one_line_and_no_calls_have_no_row(make: Maker) -> None:
    unanswered = make([row("a", "2025-03-17 09:00:00", "outgoing", "busy", wait_s=0, talk_s=0)])
    assert rows(lines.lines(unanswered, spare=1), "lines", "needed", "blocked", "waiting") == [
        (1, True, 0.0, 0.0),
        (2, False, 0.0, 0.0),
    ]
    assert rows(lines.lines(make([]), 3)) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"present": 2}, "present"),
        ({"blocking": 0}, "blocking"),
        ({"busy": "usual"}, "busy"),
        ({"price": Money(D(-1), "IRR")}, "price"),
        ({"by": "weekday"}, "weekday"),
    ],
)
def test_what_can_not_be_is_refused(make: Maker, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(DataError) as caught:
        lines.lines(make(whole_hour(2)), **wrong)
    assert caught.value.field == field
