"""The sentences at the head of the notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.reports.frames import row, table, to_pandas
from trunkline.reports import cost, missed, status
from trunkline.reports.summaries import cost_summary, status_summary

if TYPE_CHECKING:
    from tests.reports.frames import Row


def said(*lines: Row, **days: int) -> list[str]:
    return cost_summary(cost.totals(to_pandas(table(lines))), days)


def test_a_friday_without_answered_calls_has_no_rates() -> None:
    quiet = row("1", "2025-03-21 09:00:00", "outgoing", "no_answer", price="5")
    assert said(quiet, IRR=1) == ["**5 IRR** for 1 call in 1 day: 5 a day."]


def test_each_currency_has_its_own_digits() -> None:
    # Euro: 0.30 for 3 calls of a minute on 2 days. Rial: 1500 for 90 s.
    lines = [
        *(row(str(n), "2025-03-17 09:00:00", "outgoing", "answered", price="0.10", talk_s=60, currency="EUR")
          for n in range(3)),
        row("r", "2025-03-17 09:00:00", "outgoing", "answered", price="1500", talk_s=90),
    ]  # fmt: skip
    assert said(*lines, EUR=2, IRR=1) == [
        "**0.30 EUR** for 3 calls in 2 days: 0.15 a day, 0.10 an answered call, 0.10 a minute of talk.",
        "**1,500 IRR** for 1 call in 1 day: 1,500 a day, 1,500 an answered call, 1,000 a minute of talk.",
    ]


def test_calls_without_a_price_are_counted_apart() -> None:
    priced = row("1", "2025-03-17 09:00:00", "outgoing", "no_answer", price="5")
    unknown = [row(str(n), "2025-03-17 10:00:00", "outgoing", "answered", talk_s=60) for n in (2, 3)]
    assert said(priced, unknown[0], IRR=1) == [
        "**5 IRR** for 1 call in 1 day: 5 a day. 1 call more has no known price."
    ]
    assert said(priced, *unknown, IRR=1) == [
        "**5 IRR** for 1 call in 1 day: 5 a day. 2 calls more have no known price."
    ]


def test_calls_without_any_price_say_nothing() -> None:
    assert said(row("1", None, "outgoing", "answered")) == []


def test_calls_of_unknown_status_have_no_ratio() -> None:
    def summary(*lines: Row) -> str:
        frame: Any = to_pandas(table(lines))
        return status_summary(status.counts(frame).to_dict("records")[0], missed.open_missed(frame))

    assert summary(row("1", None, "incoming", "unknown")) == (
        "**0 of 0 calls were answered**; 0 of 1 incoming calls were missed, and 0 of these, from 0 numbers, are still open."
    )
    # Wilson, 1 of 2: 9.5 to 90.5 %.
    assert summary(
        row("1", "2025-03-17 09:00:00", "incoming", "busy", source="09120000001"),
        row("2", "2025-03-17 10:00:00", "outgoing", "answered", destination="09120000002"),
    ) == (
        "**1 of 2 calls were answered** (50.0%, 95 % interval 9.5% to 90.5%); 1 of 1 incoming calls were missed, and "
        "1 of these, from 1 number, are still open."
    )
