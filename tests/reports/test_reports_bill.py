"""The check of a bill, against charges worked out by hand, on every engine."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.reports.frames import OFFICE, names, row, rows, table
from trunkline.errors import DataError
from trunkline.model import Direction
from trunkline.rates import CardRate, RateCard
from trunkline.reports import bill, cost

if TYPE_CHECKING:
    import pyarrow as pa

    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

D = Decimal
IRAN, MOBILE = "+982155500001", "+989120000001"


def rate(prefix: str, per_minute: str, **terms: Any) -> CardRate:
    return CardRate(prefix=prefix, per_minute=D(per_minute), **terms)


def card(*rates: CardRate, **terms: Any) -> RateCard:
    return RateCard(name="Office", rates=rates, **{"currency": "EUR", **terms})


def call(call_id: str, talk: int | None, price: str | None, **rest: Any) -> Row:
    values = {
        "local": f"2025-03-17 09:00:{int(call_id, 36) % 60:02}",
        "direction": "outgoing",
        "status": "answered" if talk is None or talk else "no_answer",
        "source": "10",
        "destination": MOBILE,
        "currency": "EUR",
    } | rest
    return row(call_id, talk_s=talk, price=price, **values)


# 0.0431 a minute: 61 s by the second are 0.0438..., by begun minutes 0.0862; half a minute of 0.05 is 0.025, a tie.
CARD = card(rate("98912", "0.0431", name="Mobile"), rate("98", "0.05", name="Iran"), rate("44", "0.30"))


def found(frame: Any, *columns: str) -> list[tuple[Any, ...]]:
    return rows(frame, "call_id", "charged", "expected", "difference", "class", *columns)


def test_each_charge_is_compared_with_the_rate_of_the_longest_prefix(make: Maker) -> None:
    checked = bill.check(
        make(
            [
                call("1", 61, "0.04"),  # 0.0431 / 60 * 61 = 0.04381...
                call("2", 600, "0.43"),  # 0.431
                call("3", 600, "0.50", destination=IRAN),
            ]
        ),
        CARD,
    )
    assert found(checked, "prefix", "reason") == [
        ("1", D("0.04"), D("0.04"), D(0), "ok", "98912", None),
        ("2", D("0.43"), D("0.43"), D(0), "ok", "98912", None),
        ("3", D("0.50"), D("0.50"), D(0), "ok", "98", None),
    ]


def test_wrong_charges_are_explained(make: Maker) -> None:
    checked = bill.check(
        make(
            [
                call("1", 30, "0.02", destination=IRAN),  # 0.025 is a tie, rounded up 0.03
                call("2", 62, "0.05", destination=IRAN),  # 0.0516...: rounded half up 0.05
                call("3", 64, "0.06", destination=IRAN),  # 0.0533...: rounded up 0.06
                call("4", 61, "0.09"),  # 2 * 0.0431 = 0.0862: whole minutes
                call("5", 600, "0.50"),  # as for 98: 10 * 0.05
                call("6", 600, "3.00"),  # as for 44
                call("7", 600, "9.99"),
                call("8", 600, "0"),
            ]
        ),
        CARD,
    )
    assert found(checked, "fits") == [
        ("1", D("0.02"), D("0.03"), D("-0.01"), "tie", None),
        ("2", D("0.05"), D("0.05"), D(0), "ok", None),
        ("3", D("0.06"), D("0.05"), D("0.01"), "rounding", None),
        ("4", D("0.09"), D("0.04"), D("0.05"), "increment", "60/60"),
        ("5", D("0.50"), D("0.43"), D("0.07"), "rate", "98 (Iran)"),
        ("6", D("3.00"), D("0.43"), D("2.57"), "rate", "44"),
        ("7", D("9.99"), D("0.43"), D("9.56"), "other", None),
        ("8", D(0), D("0.43"), D("-0.43"), "answered_unbilled", None),
    ]
    assert [why for (why,) in rows(checked, "reason")] == [
        "0.025 lies halfway; rounded half_up, it is 0.03",
        None,
        "about 0.053333 was rounded in another way than half_up to 2 decimals",
        "charged as by 60/60; the card has 1/1",
        "charged as by 98 (Iran); the card has 98912 (Mobile)",
        "charged as by 44; the card has 98912 (Mobile)",
        "no increments and no rate of the card give this amount",
        "answered, 600 s of talk, but not charged",
    ]


def test_fees_minimum_and_increments_of_the_card_count(make: Maker) -> None:
    terms = card(
        rate("98912", "0.60", first=30, step=6, connection_fee=D("0.10")), rate("98", "0.60", minimum=D("0.25"))
    )
    checked = bill.check(
        make(
            [
                call("1", 31, "0.46"),  # 36 s are 0.36, and 0.10
                call("2", 5, "0.25", destination=IRAN),  # 0.05, at least 0.25
                call("3", 31, "0.41"),  # 31 s are 0.31, and 0.10: by the second
            ]
        ),
        terms,
    )
    assert found(checked, "fits") == [
        ("1", D("0.46"), D("0.46"), D(0), "ok", None),
        ("2", D("0.25"), D("0.25"), D(0), "ok", None),
        ("3", D("0.41"), D("0.46"), D("-0.05"), "increment", "1/1 or 30/1"),
    ]


def test_validity_is_that_at_the_start_of_the_call(make: Maker) -> None:
    # The rate changes at midnight in Tehran; 23:59:59 and 00:00:00 are of different rates, however long they last.
    midnight = datetime(2025, 3, 20, 20, 30, tzinfo=UTC)
    terms = card(rate("98", "1", until=midnight), rate("98", "2", since=midnight))
    checked = bill.check(
        make(
            [
                call("1", 120, "2", local="2025-03-20 23:59:59"),
                call("2", 120, "4", local="2025-03-21 00:00:00"),
                call("3", 120, "2", local="2025-03-21 00:00:01"),
                call("4", 120, "4", local="2025-03-20 23:59:58"),
            ]
        ),
        terms,
    )
    assert sorted(found(checked, "fits")) == [
        ("1", D(2), D(2), D(0), "ok", None),
        ("2", D(4), D(4), D(0), "ok", None),
        ("3", D(2), D(4), D(-2), "rate", "98 until 2025-03-20"),
        ("4", D(4), D(2), D(2), "rate", "98 from 2025-03-20"),
    ]


def test_the_hour_that_comes_twice_has_the_rate_of_its_own_instant(make: Maker) -> None:
    # Summer time in Berlin ended on 2025-10-26 at 01:00 UTC: 02:30 on the wall is 00:30 and 01:30 UTC.
    change = datetime(2025, 10, 26, 1, tzinfo=UTC)
    terms = card(rate("98", "1", until=change), rate("98", "2", since=change))
    wall = datetime(2025, 10, 26, 2, 30)
    first = dict(call("1", 60, "1")) | {"started_local": wall, "started_at": datetime(2025, 10, 26, 0, 30, tzinfo=UTC)}
    second = dict(call("2", 60, "2")) | {"started_local": wall, "started_at": datetime(2025, 10, 26, 1, 30, tzinfo=UTC)}
    checked = bill.check(make([second, first]), terms)
    assert rows(checked, "call_id", "class", "started_local") == [("1", "ok", wall), ("2", "ok", wall)]


def test_a_call_charged_twice_is_named_by_the_first(make: Maker) -> None:
    twice = {"local": "2025-03-17 10:00:00"}
    checked = bill.check(
        make(
            [
                call("b", 600, "0.43", **twice),
                call("a", 600, "0.43", **twice),
                call("c", 600, "0", **twice),  # not charged, so not charged twice
                call("d", 601, "0.43", **twice),
                call("e", 600, "0.43", **twice, extension="11"),
                call("f", 600, "0.43", **twice, account="telefonchy:2"),
            ]
        ),
        CARD,
    )
    assert rows(checked, "call_id", "class", "expected", "fits") == [
        ("a", "ok", D("0.43"), None),
        ("b", "duplicate", D(0), "a"),
        ("c", "answered_unbilled", D("0.43"), None),
        ("d", "ok", D("0.43"), None),
        ("e", "ok", D("0.43"), None),
        ("f", "ok", D("0.43"), None),
    ]


def test_unanswered_calls_cost_nothing(make: Maker) -> None:
    checked = bill.check(
        make(
            [
                call("1", 0, "0"),
                call("2", 0, "0.05", status="busy"),
                call("3", None, "0.05", status="no_answer", destination=None),
                call("4", 9, "0.05", status="failed"),
                call("5", 0, "0.05", status="answered"),
            ]
        ),
        CARD,
    )
    assert found(checked, "reason") == [
        ("1", D(0), D(0), D(0), "ok", None),
        ("2", D("0.05"), D(0), D("0.05"), "unanswered_billed", "not answered (busy), but charged"),
        ("3", D("0.05"), D(0), D("0.05"), "unanswered_billed", "not answered (no_answer), but charged"),
        ("4", D("0.05"), D(0), D("0.05"), "unanswered_billed",
         "not answered (failed), but charged; 9 s of talk are recorded"),
        ("5", D("0.05"), D(0), D("0.05"), "unanswered_billed", "no talk time, but charged"),
    ]  # fmt: skip


def test_what_is_not_known_is_not_guessed(make: Maker) -> None:
    dated = card(rate("98912", "1", since=datetime(2020, 1, 1, tzinfo=UTC)), rate("98", "1"))
    checked = bill.check(
        make(
            [
                call("1", 60, None),
                call("2", None, "1"),
                call("3", 60, "1", destination="09120000001"),
                call("4", 60, "1", destination="+442079460000"),
                call("5", 60, "1", local=None),
                call("6", 60, "-1"),
                call("7", 60, "1", currency="USD"),
                call("8", 60, "1", currency=None),
                call("9", 60, "1", direction="incoming"),
                call("a", 60, "1", direction=None),
                call("b", 0, None),
                call("c", 60, None, destination=None),
                call("d", 60, None, currency=None),
                call("e", 60, None, currency="USD"),
            ]
        ),
        dated,
    )
    assert sorted(found(checked)) == [
        ("1", None, D(1), None, "price_unknown"),
        ("2", D(1), None, None, "talk_unknown"),
        ("3", D(1), None, None, "number_unknown"),
        ("4", D(1), None, None, "no_rate"),
        ("5", D(1), None, None, "start_unknown"),
        ("6", D(-1), None, None, "refund"),
        ("7", D(1), None, None, "other_currency"),
        ("8", D(1), None, None, "other_currency"),
        ("9", D(1), None, None, "other_direction"),
        ("a", D(1), None, None, "other_direction"),
        ("b", None, D(0), None, "price_unknown"),
        ("c", None, None, None, "price_unknown"),
        ("d", None, D(1), None, "price_unknown"),
        ("e", None, None, None, "price_unknown"),
    ]
    # What is expected of a call without price and currency is in that of the card.
    assert dict(rows(checked, "call_id", "currency"))["d"] == "EUR"


def test_national_numbers_need_their_country(make: Maker) -> None:
    frame = make([call("1", 600, "0.43", destination="09120000001")])
    assert rows(bill.check(frame, CARD), "class", "prefix") == [("number_unknown", None)]
    assert rows(bill.check(frame, CARD, region="IR"), "class", "prefix", "destination") == [
        ("ok", "98912", "09120000001")
    ]


def test_a_card_for_every_number_needs_no_number_and_one_for_all_times_no_start(make: Maker) -> None:
    checked = bill.check(make([call("1", 60, "1", destination="*123", local=None)]), card(rate("", "1")))
    assert rows(checked, "class", "prefix") == [("ok", "")]


def test_incoming_calls_are_charged_by_the_caller_if_the_card_says_so(make: Maker) -> None:
    terms = card(rate("98", "1"), directions=(Direction.INCOMING,))
    checked = bill.check(
        make([call("1", 60, "1", direction="incoming", source=MOBILE, destination="10"), call("2", 60, "1")]), terms
    )
    assert rows(checked, "call_id", "class") == [("1", "ok"), ("2", "other_direction")]


def test_a_card_that_rounds_the_sum_compares_in_the_digits_of_the_prices(make: Maker) -> None:
    # 0.04381666...: both neighbours with two decimals are right, and nothing else.
    terms = card(rate("98912", "0.0431"), rounds="sum", places=0)
    checked = bill.check(make([call("1", 61, "0.04"), call("2", 61, "0.05"), call("3", 61, "0.55")]), terms)
    assert rows(checked, "call_id", "class", "expected") == [
        ("1", "ok", D("0.04")),
        ("2", "ok", D("0.04")),
        ("3", "other", D("0.04")),
    ]


def test_the_classes_add_up_to_the_cost_by_currency(make: Maker) -> None:
    bills = [
        *OFFICE,
        call("1", 600, "0.43"), call("2", 61, "0.09"), call("3", 62, "0.09"), call("4", 60, "1", currency=None),
    ]  # fmt: skip
    found = rows(bill.summary(bill.check(make(bills), CARD)))
    assert found == [
        ("ok", "EUR", 1, D("0.43"), D("0.43"), D(0)),
        # 61 and 62 s for 0.0431 a minute are 0.0438 and 0.0445: 0.04 each.
        ("increment", "EUR", 2, D("0.18"), D("0.08"), D("0.10")),
        ("number_unknown", "EUR", 1, D("7.25"), None, None),
        ("price_unknown", "IRR", 1, None, None, None),
        ("other_currency", "IRR", 2, D("41.00"), None, None),
        ("other_currency", None, 1, D(1), None, None),
        ("other_direction", "IRR", 5, D("17.50"), None, None),
    ]
    costs: Counter[str | None] = Counter()
    for _, currency, _, charged, *_ in found:
        costs[currency] += charged or 0
    assert dict(costs) == dict(rows(cost.totals(make(bills)), "currency", "cost"))


def test_disputes_are_the_dearest_first_in_each_currency(make: Maker) -> None:
    checked = bill.check(
        make(
            [
                call("1", 600, "0.43"),
                call("2", 61, "0.09", source_name="دفتر مرکزی"),
                call("3", 600, "9.99"),
                call("4", 0, "0.05"),
                call("5", 30, "0.02", destination=IRAN),  # a tie in the caller's favour
                call("6", 600, "0.40"),  # too little
                call("7", 600, "1", currency="USD"),
            ]
        ),
        CARD,
    )
    disputes = bill.disputes(checked)
    assert rows(disputes, "currency", "amount", "call_id", "class", "destination") == [
        ("EUR", D("9.56"), "3", "other", MOBILE),
        ("EUR", D("0.05"), "2", "increment", MOBILE),
        ("EUR", D("0.05"), "4", "unanswered_billed", MOBILE),
    ]
    assert rows(bill.disputes(checked, least=D(1)), "call_id") == [("3",)]
    # An amount with more digits than the prices have.
    assert len(rows(bill.disputes(checked, least=D("0.0500000001")))) == 1
    assert len(rows(bill.disputes(checked, least=D("0.05")))) == 3
    assert rows(bill.disputes(checked, {"increment"}), "call_id") == [("2",)]


def test_no_calls_and_no_answered_calls_have_all_columns(make: Maker) -> None:
    empty = bill.check(make([]), CARD)
    assert rows(empty) == []
    assert names(empty) == [
        "account", "call_id", "started_at", "started_local", "direction", "status", "extension", "source",
        "destination", "talk_s", "prefix", "currency", "charged", "expected", "difference", "class", "fits", "reason",
    ]  # fmt: skip
    assert rows(bill.summary(empty)) == rows(bill.disputes(empty)) == []
    silent = bill.check(make([call("1", 0, "0"), call("2", 0, None)]), CARD)
    assert rows(bill.summary(silent)) == [
        ("ok", "EUR", 1, D(0), D(0), D(0)),
        ("price_unknown", "EUR", 1, None, D(0), None),
    ]


def test_a_frame_without_a_needed_column_is_refused() -> None:
    frame = table(OFFICE).drop_columns(["extension", "started_local"])
    assert bill.check(frame, CARD).num_rows == len(OFFICE)
    with pytest.raises(DataError, match="'destination'"):
        bill.check(frame.drop_columns(["destination"]), CARD)


@settings(max_examples=200, deadline=None)
@given(
    talk=st.integers(1, 4000),
    per_minute=st.decimals(0, 5, places=4),
    increments=st.sampled_from([(1, 1), (60, 60), (30, 6), (60, 1)]),
    cents=st.integers(0, 4000),
)
def test_ok_is_what_an_independent_sum_gives(
    talk: int, per_minute: Decimal, increments: tuple[int, int], cents: int
) -> None:
    first, step = increments
    billed = first
    while billed < talk:
        billed += step
    exact = Fraction(per_minute) * billed / 60
    expected = int(exact * 100 + Fraction(1, 2))  # half up
    terms = card(rate("98", str(per_minute), first=first, step=step))
    frame: pa.Table = table([call("1", talk, str(D(expected) / 100)), call("2", talk, str(D(cents) / 100))])
    right, other = rows(bill.check(frame, terms), "class", "expected", "difference")
    assert right == ("ok", D(expected) / 100, D(0))
    assert other[1:] in {(D(expected) / 100, D(cents - expected) / 100), (D(0), D(cents) / 100)}
    assert (other[0] == "ok") == (cents == expected)
