"""Figures over integer codes beside the same figures of a lazy frame, which narwhals groups, on every kind of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.reports.data_sets import DATA_SETS
from tests.reports.frames import OFFICE, cell, row, rows, table, to_pandas
from trunkline.errors import DataError
from trunkline.reports import attempts, cost, missed, ranking, status, traffic, waiting
from trunkline.reports.coded import Coded, Codes, cells, coded_numbers, least, numbers, summed
from trunkline.reports.groups import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

EAGER: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": to_pandas,
    "polars": pl.from_arrow,
    "pyarrow": lambda arrow: arrow,
}
FIGURES: dict[str, Callable[[Any], Any]] = {
    "overview": status.overview,
    "counts": status.counts,
    "status by_day": status.by_day,
    "status by_weekday_and_hour": status.by_weekday_and_hour,
    "shares": status.shares,
    "time_to_answer": lambda frame: waiting.time_to_answer(frame, "extension"),
    "service_level": waiting.service_level,
    "abandonment": lambda frame: waiting.abandonment(frame, ("trunk", "hour")),
    "distribution": waiting.distribution,
    "call_backs": missed.call_backs,
    "call_back_time": missed.call_back_time,
    "attempts": attempts.attempts,
    "carried": traffic.carried,
    "busy_hour": lambda frame: traffic.busy_hour(frame, "trunk"),
    "peak_concurrency": lambda frame: traffic.peak_concurrency(frame, "account"),
    "totals": cost.totals,
    "cost by_day": lambda frame: cost.by_day(frame, "trunk"),
    "by_destination": lambda frame: cost.by_destination(frame, top=7),
    "by prefix": lambda frame: cost.by_destination(frame, prefix=4),
    "most_expensive": lambda frame: cost.most_expensive(frame, top=9),
    "parts": lambda frame: cost.parts(frame, "weekday"),
    "unanswered": cost.unanswered,
    "dearest": lambda frame: ranking.dearest(frame, ("extension", "status"), top=3),
}
FIGURES |= {f"cost {name}": lambda frame, name=name: cost.totals(frame, name) for name in KEYS}
FIGURES |= {f"status {name}": lambda frame, name=name: status.counts(frame, name) for name in KEYS}


def schema(frame: Any) -> dict[str, pa.DataType]:
    """Return the types of a figure as Arrow has them, whatever dialect of text and dates an engine speaks."""

    def plain(dtype: pa.DataType) -> pa.DataType:
        if pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype):
            return pa.string()
        if pa.types.is_timestamp(dtype) and dtype.tz is not None:
            return pa.timestamp(dtype.unit, "UTC")
        return pa.decimal128(38, dtype.scale) if pa.types.is_decimal(dtype) else dtype

    wrapped = nw.from_native(frame)
    found = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return {field.name: plain(field.type) for field in found.to_arrow().schema}


@pytest.fixture(params=list(DATA_SETS), scope="module")
def calls(request: pytest.FixtureRequest) -> pa.Table:
    return DATA_SETS[request.param]()


@pytest.mark.parametrize("name", list(FIGURES))
def test_codes_give_what_narwhals_gives(calls: pa.Table, name: str) -> None:
    figure = FIGURES[name]
    expected = figure(duckdb.from_arrow(calls))
    assert rows(figure(pl.from_arrow(calls).lazy())) == rows(expected)
    for engine, convert in EAGER.items():
        frame = convert(calls)
        found = figure(frame)
        assert rows(found) == rows(expected), engine
        if engine != "pandas":
            assert schema(found) == schema(expected), engine
        coded = Coded(frame)
        for _ in range(2):
            again = figure(coded)
            assert type(again) is type(found), engine
            assert rows(again) == rows(expected), engine


def test_a_frame_that_was_edited_is_read_anew() -> None:
    frame = to_pandas(table(OFFICE))
    [before] = rows(status.counts(frame), "answered")
    frame["status"] = "busy"
    assert before == (4,)
    assert rows(status.counts(frame), "answered", "busy") == [(0, 9)]


def test_codes_take_no_lazy_frame_and_no_list() -> None:
    for frame in (pl.DataFrame({"account": ["a"]}).lazy(), [1, 2]):
        with pytest.raises(TypeError):
            Coded(frame)


def test_a_column_that_cannot_be_read_is_named() -> None:
    coded = Coded(to_pandas(table(OFFICE)).assign(price=0.5))
    with pytest.raises(DataError, match="'price' should hold exact decimals"):
        cost.totals(coded)
    with pytest.raises(DataError, match="no column 'trunk'"):
        status.by_trunk(Coded(to_pandas(table(OFFICE)).drop(columns="trunk")))


def test_a_dictionary_that_repeats_a_value_or_holds_none_makes_one_group() -> None:
    rows_of = [row(f"c{number}", "2025-03-17 09:00:00", "incoming", "busy", talk_s=0) for number in range(5)]
    calls = table(rows_of)
    repeated = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3, None], pa.int8()), ["10", "11", "10", None])
    calls = calls.set_column(calls.column_names.index("extension"), "extension", repeated)
    assert rows(status.by_extension(calls), "extension", "calls") == [("10", 2), ("11", 1), (None, 2)]


def test_categories_that_do_not_occur_are_no_groups() -> None:
    frame = to_pandas(table(OFFICE))
    frame["trunk"] = frame["trunk"].cat.add_categories([f"line {number}" for number in range(400)])
    assert rows(status.by_trunk(frame), "trunk", "calls") == [("2155501", 5), ("2155502", 3), (None, 1)]
    one = frame[frame["trunk"] == "2155502"]
    assert rows(status.by_trunk(one), "trunk", "calls") == [("2155502", 3)]


def test_more_cells_than_calls_are_numbered_by_those_that_occur() -> None:
    size = 5000
    parts = [Codes(np.arange(size) % period, pa.array(range(1000)), unknown=False) for period in (999, 997, 991)]
    cell, count, found = cells(parts, size)
    assert len(count) == size
    assert count.tolist() == [1] * size
    for part, own in zip(parts, found, strict=True):
        assert own.codes[cell].tolist() == part.codes.tolist()


def test_sums_are_exact_where_floats_and_64_bits_are_not() -> None:
    values = np.array([2**62 + 1, 2**62 + 3, -5, 2**62], np.int64)
    found = summed(numbers(values), np.array([0, 0, 1, 0]), 2)
    assert found.tolist() == [3 * 2**62 + 4, -5]


def test_numbers_far_apart_are_coded_by_those_that_occur() -> None:
    found = coded_numbers(numbers(np.array([10**15, 0, 10**15, 0]), np.array([True, True, True, False])))
    assert found.values() == [10**15, 0, 10**15, None]
    assert found.codes.dtype == np.uint8


def test_the_least_and_what_equals_the_last_of_them() -> None:
    places, values = np.array([10, 20, 30, 40]), np.array([3, 1, 2, 2])
    for kind in (np.int64, object):
        assert least(places, values.astype(kind), 2).tolist() == [20, 30, 40]
    assert least(places, values, 0).tolist() == []


def test_prices_of_other_kinds() -> None:
    calls = table(OFFICE)
    whole = [1, 2, 3, 4, 5, 6, 7, 8, None]
    at = calls.column_names.index("price")
    for kind in (pa.int8(), pa.uint64(), pa.decimal128(9, 0)):
        found = cost.totals(calls.set_column(at, "price", pa.array(whole, kind)))
        assert [(name, int(amount)) for name, amount in rows(found, "currency", "cost")] == [("EUR", 6), ("IRR", 30)]
    for kind, value in ((pa.decimal256(76, 0), 10**40), (pa.decimal128(38, 0), 10**35)):
        with pytest.raises(DataError, match="'price' should hold amounts of at most 34 digits"):
            cost.totals(calls.set_column(at, "price", pa.array([value] * len(calls), kind)))


MANY = 10_001


@pytest.mark.parametrize("odd", [-1, -(2**63), 2**63 - 1, 2**63, 2**64 + 5, -(2**70), 10**33])
@pytest.mark.parametrize("place", [0, 5000, MANY - 1])
@pytest.mark.parametrize("begin", [0, 3])
def test_one_odd_amount_among_many(odd: int, place: int, begin: int) -> None:
    values = [number % 7 for number in range(MANY)]
    values[place] = odd
    whole = pa.array([0] * begin + values, pa.decimal128(38, 0))
    found = Coded(pa.table({"price": whole.slice(begin)})).price("price", 0)
    assert found.list_of(np.arange(MANY)) == values
    assert max(map(abs, values)) <= found.most <= 2 * max(map(abs, values))


@pytest.mark.parametrize("name", ["most_expensive", "by_destination", "call_backs", "cost country", "time_to_answer"])
def test_many_calls_are_coded_for_one_figure_as_for_many(name: str) -> None:
    calls = pa.concat_tables([DATA_SETS["plain"]()] * 40).combine_chunks()
    expected = rows(FIGURES[name](Coded(calls)))
    for engine, convert in EAGER.items():
        assert rows(FIGURES[name](convert(calls))) == expected, engine


def test_a_figure_of_a_coded_frame_is_of_its_kind() -> None:
    assert isinstance(status.counts(Coded(to_pandas(table(OFFICE)))), pd.DataFrame)
    assert isinstance(status.counts(Coded(pl.from_arrow(table(OFFICE)))), pl.DataFrame)
    assert cell(len(Coded(table(OFFICE)))) == 9


def test_categories_of_polars_with_small_numbers_are_read_to_the_last():
    if not hasattr(pl, "Categories"):
        pytest.skip("this polars numbers all categories with 32 bits")
    names = [f"line {number}" for number in range(255)]
    kind = pl.Categorical(pl.Categories("lines", "small", pl.UInt8))
    frame = pl.DataFrame({"trunk": pl.Series([*names, None, *reversed(names)], dtype=kind)})
    found = Coded(frame).text("trunk")
    assert found.values() == [*names, None, *reversed(names)]
    assert Coded(frame).where(np.arange(len(frame)) % 2 == 1).text("trunk").values() == frame["trunk"].to_list()[1::2]


@pytest.mark.parametrize("number", [300, 5_000])
def test_many_categories_of_polars_are_found_wherever_they_occur(number):
    names = [f"line {each}" for each in range(number)]
    values = [*["line 0"] * 300, *names, None, *names[::-1]]
    frame = pl.DataFrame({"trunk": pl.Series(values, dtype=pl.Categorical), "status": values})
    assert Coded(frame).text("trunk").values() == values
