"""What the data lacks, against rows that lack one thing each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tests.reports.frames import ENGINES, row, rows
from tests.reports.test_reports_frames import invented
from trunkline.reports import cost, missed, quality, status, traffic

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

NINE = datetime(2025, 3, 17, 5, 30, tzinfo=UTC)


def whole(call_id: str, status: str = "answered", **rest: Any) -> Row:
    """Return a call at 09:00 in Tehran of which all is known."""
    values = {"source": "09120000001", "destination": "10", "wait_s": 5, "talk_s": 60, "price": "1.00"}
    values |= {"ended_at": NINE + timedelta(seconds=65)} | rest
    return row(call_id, "2025-03-17 09:00:00", "incoming", status, **values)


CALLS = (
    whole("a"),
    whole("b", ended_at=None),
    whole("c", ended_at=None, talk_s=None),
    whole("d", ended_at=NINE - timedelta(seconds=1)),
    whole("e", status="busy"),
    whole("f", status="unknown", price=None, currency=None),
    whole("g", currency=None, wait_s=-1),
    row("h", None, "incoming", "no_answer", source="09120000001", destination="10"),
    whole("i", status="no_answer", source=None, talk_s=0) | {"started_local": datetime(2025, 3, 18, 9)},
    whole("j", account="mor:1", talk_s=-5),
)


def test_missing_impossible_and_derived_values_of_each_column(make: Maker) -> None:
    found = rows(quality.columns(make(CALLS), now=NINE))
    own = {line[1]: line[2:] for line in found if line[0] == "telefonchy:1"}
    assert own == {
        "call_id": (9, 0, 0, 0),
        "direction": (9, 0, 0, 0),
        "status": (9, 1, 0, 0),  # f
        "source": (9, 1, 0, 0),  # i
        "destination": (9, 0, 0, 0),
        "started_at": (9, 1, 0, 0),  # h
        "started_local": (9, 1, 1, 0),  # h; i is 27.5 hours ahead
        "ended_at": (9, 3, 1, 1),  # b, c, h; d; b
        "wait_s": (9, 1, 1, 0),  # h; g
        "talk_s": (9, 2, 1, 0),  # c, h; e talks though it was busy
        "price": (9, 2, 0, 0),  # f, h
        "currency": (9, 1, 0, 0),  # g: f has no price
    }
    assert [line[2:] for line in found if line[:2] == ("mor:1", "talk_s")] == [(1, 0, 1, 0)]


def test_no_end_follows_from_seconds_below_zero(make: Maker) -> None:
    frame = make(
        [whole("a", ended_at=None, wait_s=-1), whole("b", ended_at=None, talk_s=-1), whole("c", ended_at=None)]
    )
    [ended] = [line[3:] for line in rows(quality.columns(frame)) if line[1] == "ended_at"]
    assert ended == (3, 0, 1)


def test_a_start_in_the_future_is_impossible_if_the_time_is_given(make: Maker) -> None:
    for now, expected in ((NINE - timedelta(seconds=1), 8), (NINE, 0), (None, 0)):
        found = {line[:2]: line[4] for line in rows(quality.columns(make(CALLS), now))}
        assert found["telefonchy:1", "started_at"] == expected


def test_a_column_that_the_frame_lacks_is_missing() -> None:
    for convert in ENGINES.values():
        found = dict(
            rows(
                quality.columns(convert(pa.table({"account": ["x", "x"], "call_id": ["a", "b"], "price": [1, 2]}))),
                "column",
                "missing",
            )
        )
        assert (found["price"], found["currency"], found["status"], found["started_at"]) == (0, 2, 2, 2)


def test_duplicates_by_id_and_by_what_they_are(make: Maker) -> None:
    frame = make([
        whole("a"), whole("a", talk_s=61), whole("a", account="mor:1"),  # one id twice in one account
        whole("b"), whole("c"),  # as a: three alike
        whole("d", source=None), whole("e", source=None),  # not known to be alike
    ])  # fmt: skip
    assert rows(quality.duplicates(frame)) == [("telefonchy:1", "alike", 1, 2), ("telefonchy:1", "same_id", 1, 1)]


def test_what_each_figure_leaves_out(make: Maker) -> None:
    found = rows(quality.left_out(make(CALLS)))
    assert [line[1:] for line in found if line[0] == "telefonchy:1"] == [
        ("asr", 9, 1),  # f
        ("acd_s", 5, 1),  # of a, b, c, d, g: c
        ("cost", 9, 2),  # f, h
        ("per_minute", 5, 1),  # c
        ("by_day", 9, 1),  # h
        ("time_to_answer", 5, 1),  # g
        ("carried", 9, 3),  # c, d, h
        ("call_backs", 3, 2),  # of e, h, i: h and i
    ]
    assert next(line[1:] for line in found if line[0] == "mor:1") == ("asr", 1, 0)


def test_what_is_left_out_is_what_the_figures_themselves_leave_out(make: Maker) -> None:
    frame = make([*invented(300, seed=5), whole("x", ended_at=None, wait_s=-9, talk_s=1)])
    found = {line[:2]: line[2:] for line in rows(quality.left_out(frame))}
    for account in ("telefonchy:1", "telefonchy:2"):
        [counts] = [each[1:] for each in rows(status.counts(frame, "account"), "account", "unknown", "untimed")
                    if each[0] == account]  # fmt: skip
        assert (found[account, "asr"][1], found[account, "acd_s"][1]) == counts
        unpriced = [
            number for each, number in rows(cost.totals(frame, "account"), "account", "unpriced") if each == account
        ]
        assert found[account, "cost"][1] == sum(unpriced)
        [placed] = [each[1] for each in rows(traffic.peak_concurrency(frame, "account"), "account", "calls")
                    if each[0] == account]  # fmt: skip
        assert found[account, "carried"][0] - found[account, "carried"][1] == placed
        back = [each for (each,) in rows(missed.call_backs(frame), "account") if each == account]
        assert found[account, "call_backs"][0] - found[account, "call_backs"][1] == len(back)
