"""Figures of lazy frames: what their engine hands over, what it adds up exactly, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from tests.reports.collected import CALLS, GROUPED, MOST, collected, crowded
from tests.reports.frames import OFFICE, TEHRAN, row, rows, table
from trunkline import exact
from trunkline.errors import DataError
from trunkline.metrics import is_missed
from trunkline.model import Direction, Status
from trunkline.reports import (
    anomalies,
    attempts,
    contacts,
    cost,
    forecast,
    frames,
    missed,
    quality,
    status,
    traffic,
    waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LAZY: dict[str, Callable[[pa.Table], Any]] = {
    "duckdb": duckdb.from_arrow,
    "polars": lambda arrow: pl.from_arrow(arrow).lazy(),
}


@pytest.fixture(params=list(LAZY))
def lazy(request: pytest.FixtureRequest) -> Callable[[pa.Table], Any]:
    return LAZY[request.param]


@pytest.mark.parametrize("name", GROUPED)
def test_of_a_grouped_figure_only_groups_come_here(lazy: Any, name: str) -> None:
    arrow = table(crowded())
    with collected() as results:
        found = GROUPED[name](lazy(arrow))
    assert results
    assert all(len(result) <= MOST for result in results), [len(result) for result in results]
    expected = GROUPED[name](arrow)
    assert found == expected if isinstance(expected, dict) else rows(found) == rows(expected)


def in_sequence(line: dict[str, Any]) -> bool:
    answered, incoming = line["status"] == "answered", line["direction"] == "incoming"
    return answered or (incoming and is_missed(Direction.INCOMING, Status(line["status"])))


@pytest.mark.parametrize("figure", [missed.call_backs, missed.open_missed, missed.call_back_time, attempts.attempts])
def test_of_calls_in_sequence_only_the_missed_and_the_answered_come_here(lazy: Any, figure: Any) -> None:
    lines = crowded()
    some = sum(map(in_sequence, lines))
    with collected() as results:
        found = figure(lazy(table(lines)))
    assert [len(result) for result in results] == [some]
    assert some < CALLS
    assert len(results[0].columns) <= 8
    assert sorted(rows(found), key=str) == sorted(rows(figure(table(lines))), key=str)


def test_an_overview_asks_for_groups_and_for_the_calls_in_sequence(lazy: Any) -> None:
    lines = crowded()
    with collected() as results:
        status.overview(lazy(table(lines)))
    sequence, groups = results
    assert len(sequence) == sum(map(in_sequence, lines))
    assert len(groups) <= MOST


def test_only_calls_of_the_direction_and_columns_that_are_needed_come_here(lazy: Any) -> None:
    lines = crowded()
    outgoing = sum(line["direction"] == "outgoing" for line in lines)
    with collected() as results:
        anomalies.number_runs(lazy(table(lines)))
        traffic.carried(lazy(table(lines)))
        contacts.parties(lazy(table([*lines, row("x", "2025-03-03 09:00", "internal", "busy")])))
    assert [len(result) for result in results] == [outgoing, CALLS, CALLS]
    assert set(results[1].columns) == {"account", "started_local", "started_at", "ended_at", "wait_s", "talk_s"}


def test_a_figure_of_groups_is_one_query(lazy: Any) -> None:
    for figure in (cost.totals, cost.by_month, cost.by_destination, cost.parts, status.by_day):
        without = table(crowded()).drop_columns(["destination_name"])
        with collected() as results:
            figure(lazy(without))
        assert len(results) == 1


def costs(values: list[Any], dtype: pa.DataType, *, parts: list[Any] | None = None) -> pa.Table:
    size = len(values)
    amounts = {"price": pa.array(values, dtype)}
    for name in ("price_wait", "price_talk", "price_record", "price_saved"):
        amounts[name] = pa.array(parts or [Decimal(0)] * size, dtype)
    return pa.table({
        "currency": ["IRR"] * size,
        "status": ["answered"] * size,
        "talk_s": pa.array([60] * size, pa.int64()),
        **amounts,
    })  # fmt: skip


# 34 digits are the most that an amount has.
NEAR = [10**34 - 1, 10**34 - 2, 10**34 - 3, 1 - 10**34, 1]


@pytest.mark.parametrize("scale", [2, 16, 17, 18, 30, 34])
def test_amounts_near_the_limits_add_up_exactly(lazy: Any, scale: int) -> None:
    arrow = costs([exact.scaled(units, scale) for units in NEAR], pa.decimal128(38, scale))
    # By hand: 9…99 + 9…98 + 9…97 - 9…99 + 1 of 34 digits.
    total = exact.scaled(2 * 10**34 - 4, scale)
    assert rows(cost.totals(lazy(arrow)), "cost") == rows(cost.totals(arrow), "cost") == [(total,)]
    assert rows(cost.parts(lazy(arrow)), "price", "residual") == [(total, total)]


@pytest.mark.parametrize("scale", [0, 2, 17, 18, 34])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_sum_of_more_than_38_digits_is_neither_rounded_nor_cut(lazy: Any, scale: int, sign: int) -> None:
    size = 12_000
    units = [sign * (10**34 - 1 - 7 * n) for n in range(size)]
    arrow = costs([exact.scaled(each, scale) for each in units], pa.decimal128(38, scale))
    calls = frames.read(lazy(arrow), "currency", "status", "price")
    assert calls.asked.in_parts
    found, sums = calls.asked.sums({}, {"_sum0": frames.nw.col("price")}, None)
    assert found["_calls"].to_list() == [size]
    assert sums["_sum0"].tolist() == [sum(units)]
    assert abs(sum(units)) > 10**38


def test_sums_of_seconds_beyond_64_bits_are_exact(lazy: Any) -> None:
    most = 2**63 - 1
    arrow = pa.table({
        "direction": ["incoming"] * 5,
        "status": ["answered"] * 5,
        "talk_s": pa.array([most, most, 5, None, -most], pa.int64()),
    })  # fmt: skip
    found, sums = frames.read(lazy(arrow), "talk_s").asked.sums({}, {"_sum0": frames.nw.col("talk_s")}, None)
    assert sums["_sum0"].tolist() == [2 * most + 5]
    assert found["_calls"].to_list() == [5]


def test_prices_of_several_types_and_scales(lazy: Any) -> None:
    arrow = costs([Decimal("5.5"), Decimal("1.25")], pa.decimal128(9, 2))
    kinds = {
        "price_wait": pa.array([1, 2], pa.int8()),
        "price_talk": pa.array([Decimal("4.4995"), None], pa.decimal128(20, 4)),
        "price_record": pa.array([2**62, 0], pa.int64()),
        "price_saved": pa.array([2**62, 0], pa.uint64()),
    }
    for name, array in kinds.items():
        arrow = arrow.set_column(arrow.column_names.index(name), name, array)
    # By hand: 5.5 - (1 + 4.4995 + 2**62 - 2**62) = 0.0005 of the first, and the second has a part that is unknown.
    expected = [("IRR", 1, 1, 1, Decimal("4.4995"), Decimal(2**62), Decimal("0.0005"))]
    columns = ("currency", "calls", "without_parts", "unexplained", "talk", "record", "residual")
    assert rows(cost.parts(lazy(arrow)), *columns) == rows(cost.parts(arrow), *columns) == expected


@pytest.mark.parametrize(
    ("column", "values", "what"),
    [
        ("price", [1.5], "exact decimals"),
        ("price", ["1.5"], "exact decimals"),
        ("price", pa.array([Decimal(10**34)], pa.decimal128(38, 0)), "amounts of at most 34 digits"),
        ("talk_s", [1.5], "whole seconds"),
        ("talk_s", [1e19], "whole seconds"),
        ("talk_s", [Decimal("1.5")], "whole seconds"),
        ("talk_s", pa.array([2**63], pa.uint64()), "whole seconds"),
        ("talk_s", ["x"], "whole seconds"),
        ("talk_s", [timedelta(seconds=60)], "whole seconds"),
        ("talk_s", [True], "whole seconds"),
        ("trunk", [1.5], "text"),
        ("trunk", [["1"]], "text"),
        ("started_at", [datetime(2025, 3, 17)], "times with their zone"),
        ("started_at", ["2025-03-17"], "times"),
        ("started_local", [5], "times"),
    ],
)
def test_a_column_of_another_kind_is_refused_by_name(lazy: Any, column: str, values: Any, what: str) -> None:
    with pytest.raises(DataError, match=f"'{column}' should hold {what}") as caught:
        frames.read(lazy(pa.table({column: values})), column)
    assert caught.value.field == column


def test_a_wall_clock_of_duckdbs_session_is_told(lazy: Any) -> None:
    """A column of DuckDB has no zone of its own: it would be read by the clock of the session. One of polars has."""
    clock = pa.array([datetime(2025, 3, 17, 22, tzinfo=UTC)], pa.timestamp("us", "Asia/Tehran"))
    arrow = table(OFFICE[:1]).drop_columns(["started_local"]).append_column("started_local", clock)
    if lazy is LAZY["polars"]:
        assert rows(status.by_day(lazy(arrow)), "day") == rows(status.by_day(arrow), "day")
        return
    with pytest.raises(DataError, match="'started_local' should hold times without a zone"):
        status.by_day(lazy(arrow))


def test_what_is_unknown_throughout_may_be_of_any_type(lazy: Any) -> None:
    nothing = {name: pa.nulls(2, kind) for name, kind in {
        "account": pa.string(), "direction": pa.null(), "status": pa.null(), "price": pa.float64(), "talk_s": pa.string(),
        "wait_s": pa.null(), "currency": pa.int64(), "started_at": pa.string(), "ended_at": pa.null(),
        "started_local": pa.timestamp("us", "UTC"), "call_id": pa.int64(), "trunk": pa.bool_(),
    }.items()}  # fmt: skip
    frame = lazy(pa.table(nothing))
    assert rows(cost.by_day(frame), "calls", "cost") == rows(cost.by_day(pa.table(nothing)), "calls", "cost")
    assert rows(quality.columns(frame)) == rows(quality.columns(pa.table(nothing)))
    assert rows(traffic.carried(frame)) == []


def test_seconds_may_be_whole_floats_or_decimals(lazy: Any) -> None:
    for talk in (pa.array([60.0, float("nan"), None, -1.0]), pa.array([60, None, None, -1], pa.decimal128(9, 2))):
        arrow = pa.table({"direction": ["incoming"] * 4, "status": ["answered"] * 4, "talk_s": talk})
        assert rows(status.counts(lazy(arrow)), "talk_s", "untimed", "impossible") == [(60, 2, 1)]


def test_extensions_may_be_numbers(lazy: Any) -> None:
    arrow = pa.table({
        "direction": ["incoming"] * 3, "status": ["busy"] * 3, "talk_s": [0] * 3, "extension": [10, 11, 10],
    })  # fmt: skip
    assert rows(status.by_extension(lazy(arrow)), "extension", "calls") == [("10", 2), ("11", 1)]


def test_a_status_that_there_is_not_is_told_when_it_is_counted(lazy: Any) -> None:
    arrow = pa.table({"direction": ["incoming"], "status": ["Answered"], "talk_s": [5], "wait_s": [1]})
    for figure in (status.counts, waiting.time_to_answer):
        with pytest.raises(DataError, match="'status' should hold one of answered"):
            figure(lazy(arrow))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns"])
def test_instants_may_be_in_any_zone(lazy: Any, zone: str) -> None:
    arrow = table(OFFICE)
    place = arrow.column_names.index("started_at")
    odd = arrow.set_column(place, "started_at", arrow.column("started_at").cast(pa.timestamp("us", zone)))
    march = datetime(2025, 3, 1, tzinfo=TEHRAN), datetime(2025, 4, 1, tzinfo=TEHRAN)
    found, expected = (
        forecast.period_cost(frame, datetime(2025, 3, 20, tzinfo=TEHRAN), *march, zone=TEHRAN)
        for frame in (lazy(odd), arrow)
    )
    assert rows(found) == rows(expected)
