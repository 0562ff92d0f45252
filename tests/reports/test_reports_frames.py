"""What frames come in, what comes out, and what is said of the others."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.reports.frames import ENGINES, OFFICE, SCHEMA, TEHRAN, names, row, rows, table, to_pandas
from trunkline import metrics
from trunkline.errors import DataError
from trunkline.model import Call, Direction, Money, Party, Status
from trunkline.reports import (
    anomalies,
    backtest,
    compare,
    contacts,
    cost,
    forecast,
    frames,
    lines,
    missed,
    quality,
    status,
    traffic,
    waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable

WEEKS = {"before": (date(2025, 3, 10), date(2025, 3, 17)), "after": (date(2025, 3, 17), date(2025, 3, 24))}
COSTS = {"currency", "status", "talk_s", "price", "started_local"}
DIALLED = {"account", "extension", "direction", "started_at"}
MARCH = datetime(2025, 3, 1, tzinfo=TEHRAN), datetime(2025, 4, 1, tzinfo=TEHRAN)
FIGURES: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "overview": (status.overview, {"account", "direction", "status", "talk_s", "source", "destination", "started_at"}),
    "counts": (status.counts, {"direction", "status", "talk_s"}),
    "by_day": (status.by_day, {"direction", "status", "talk_s", "started_local"}),
    "by_month": (status.by_month, {"direction", "status", "talk_s", "started_local"}),
    "by_weekday_and_hour": (status.by_weekday_and_hour, {"direction", "status", "talk_s", "started_local"}),
    "by_trunk": (status.by_trunk, {"direction", "status", "talk_s", "trunk"}),
    "by_extension": (status.by_extension, {"direction", "status", "talk_s", "extension"}),
    "by_direction": (status.by_direction, {"direction", "status", "talk_s"}),
    "shares": (status.shares, {"direction", "status", "talk_s"}),
    "time_to_answer": (waiting.time_to_answer, {"direction", "status", "wait_s"}),
    "service_level": (waiting.service_level, {"direction", "status", "wait_s"}),
    "service_level_curve": (waiting.service_level_curve, {"direction", "status", "wait_s"}),
    "abandonment": (waiting.abandonment, {"direction", "status", "wait_s"}),
    "distribution": (waiting.distribution, {"direction", "status", "wait_s"}),
    "call_backs": (missed.call_backs, {"account", "direction", "status", "source", "destination", "started_at"}),
    "open_missed": (missed.open_missed, {"account", "direction", "status", "source", "destination", "started_at"}),
    "call_back_time": (missed.call_back_time, {"account", "direction", "status", "source", "destination", "started_at"}),
    "carried": (traffic.carried, {"started_local", "started_at", "ended_at", "wait_s", "talk_s"}),
    "busy_hour": (traffic.busy_hour, {"started_local", "started_at", "ended_at", "wait_s", "talk_s"}),
    "peak_concurrency": (traffic.peak_concurrency, {"started_local", "started_at", "ended_at", "wait_s", "talk_s"}),
    "totals": (cost.totals, {"currency", "status", "talk_s", "price"}),
    "cost by_month": (cost.by_month, {"currency", "status", "talk_s", "price", "started_local"}),
    "cost by_day": (cost.by_day, {"currency", "status", "talk_s", "price", "started_local"}),
    "cost by_trunk": (cost.by_trunk, {"currency", "status", "talk_s", "price", "trunk"}),
    "cost by_extension": (cost.by_extension, {"currency", "status", "talk_s", "price", "extension"}),
    "by_destination": (cost.by_destination, {"currency", "status", "talk_s", "price", "direction", "destination"}),
    "most_expensive": (
        cost.most_expensive,
        {"account", "call_id", "started_local", "direction", "status", "trunk", "extension", "source", "destination",
         "talk_s", "price", "currency"},
    ),
    "parts": (cost.parts, {"currency", "price", "price_wait", "price_talk", "price_record", "price_saved"}),
    "residuals": (
        cost.residuals,
        {"account", "call_id", "currency", "price", "price_wait", "price_talk", "price_record", "price_saved"},
    ),
    "unanswered": (cost.unanswered, {"currency", "status", "price"}),
    "compare": (lambda frame: cost.compare(frame, **WEEKS), {"currency", "status", "talk_s", "price", "started_local"}),
    "burn": (lambda frame: forecast.burn(frame, date(2025, 3, 31)), COSTS),
    "period_cost": (
        lambda frame: forecast.period_cost(frame, datetime(2025, 3, 20, tzinfo=TEHRAN), *MARCH, zone=TEHRAN),
        {*COSTS, "started_at"},
    ),
    "past_forecasts": (lambda frame: backtest.past_forecasts(frame, horizon=3, warm_up=7), COSTS),
    "backtest": (lambda frame: backtest.backtest(frame, horizon=3, warm_up=7), COSTS),
    "periods": (lambda frame: compare.periods(frame, **WEEKS), {*COSTS, "direction"}),
    "budget": (
        lambda frame: compare.budget(
            frame, Money(Decimal(9), "IRR"), datetime(2025, 3, 20, tzinfo=TEHRAN), *MARCH, zone=TEHRAN
        ),
        {*COSTS, "started_at"},
    ),
    "unusual_days": (anomalies.unusual_days, {*COSTS, "account", "started_at"}),
    "first_countries": (
        lambda frame: anomalies.first_countries(frame, home="DE", learned_days=0), {*DIALLED, "destination"}
    ),
    "night_calls": (
        lambda frame: anomalies.night_calls(frame, home="DE"), {*DIALLED, "destination", "started_local"}
    ),
    "number_runs": (lambda frame: anomalies.number_runs(frame, least=2, within_s=86400), {*DIALLED, "destination"}),
    "short_calls": (
        lambda frame: anomalies.short_calls(frame, home="DE", longest_s=600, least=2),
        {*DIALLED, "source", "wait_s", "talk_s"},
    ),
    "overlaps": (anomalies.overlaps, {*DIALLED, "call_id", "status", "ended_at", "wait_s", "talk_s"}),
    "parties": (
        lambda frame: contacts.parties(frame, MARCH[0] + timedelta(days=14)),
        {"account", "direction", "status", "source", "destination", "started_at", "talk_s"},
    ),
    "columns": (quality.columns, {"account", "call_id"}),
    "duplicates": (
        quality.duplicates,
        {"account", "direction", "source", "destination", "started_at", "talk_s", "call_id"},
    ),
    "left_out": (quality.left_out, {"account", "call_id"}),
    "lines": (
        lambda frame: lines.lines(frame, 9, price=Money(Decimal(7), "IRR")),
        {"started_local", "started_at", "ended_at", "wait_s", "talk_s"},
    ),
    "daily": (lambda frame: cost.daily(frame, currency="IRR"), {"currency", "status", "talk_s", "price", "started_local"}),
}  # fmt: skip


def invented(count: int, seed: int) -> list[dict[str, Any]]:
    """Return calls of four weeks with everything that may be absent absent now and then."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        start = datetime(2025, 3, 3, tzinfo=UTC) + timedelta(seconds=chance.randrange(28 * 86400))
        direction = chance.choice(["incoming", "incoming", "outgoing", "internal", None])
        outside, own = f"0912000{chance.randrange(15):04}", chance.choice(["10", "11"])
        outgoing = direction == "outgoing"
        parts = [Decimal(chance.randrange(10_000)) / 100 for _ in range(4)]
        found.append(
            row(
                f"c{number:05}",
                None if chance.random() < 0.02 else start.astimezone(TEHRAN).replace(tzinfo=None).isoformat(" "),
                direction,
                chance.choice([each.value for each in Status]),
                account=chance.choice(["telefonchy:1", "telefonchy:2"]),
                trunk=chance.choice(["2155501", "2155502", None]),
                extension=own,
                source=own if outgoing else chance.choice([outside, None]),
                destination=outside if outgoing else own,
                wait_s=chance.choice([None, *range(60)]),
                talk_s=chance.choice([None, *range(900)]),
                price=chance.choice([None, parts[0] + parts[1] + parts[2] - parts[3], parts[0]]),
                price_wait=parts[0],
                price_talk=parts[1],
                price_record=chance.choice([parts[2], None]),
                price_saved=parts[3],
                currency=chance.choice(["IRR", "IRR", "EUR", None]),
            )
        )
    return found


def as_call(line: dict[str, Any]) -> Call:
    direction = line["direction"]
    price = None if line["price"] is None else Money(line["price"], line["currency"] or "XXX")
    return Call(
        account=line["account"],
        call_id=line["call_id"],
        direction=None if direction is None else Direction(direction),
        status=Status(line["status"]),
        started_at=line["started_at"],
        source=Party(number=line["source"]),
        destination=Party(number=line["destination"]),
        wait=line["wait_s"],
        talk=line["talk_s"],
        price=price,
    )


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine != "pyarrow"])
def test_every_engine_gives_the_same_figure(figure: str, engine: str) -> None:
    run, _ = FIGURES[figure]
    arrow = table(invented(400, seed=7))
    expected, found = run(arrow), run(ENGINES[engine](arrow))
    if isinstance(expected, dict):
        assert found == expected
    else:
        assert names(found) == names(expected)
        assert rows(found) == rows(expected)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_comes_out_as_the_kind_that_went_in(figure: str) -> None:
    run, _ = FIGURES[figure]
    kinds = {
        "pandas": pd.DataFrame,
        "polars": pl.DataFrame,
        "polars-lazy": pl.LazyFrame,
        "pyarrow": pa.Table,
        "duckdb": duckdb.DuckDBPyRelation,
    }
    if figure != "daily":
        for engine, kind in kinds.items():
            assert isinstance(run(ENGINES[engine](table(OFFICE))), kind)


@pytest.mark.parametrize("figure", FIGURES)
def test_a_frame_without_rows_gives_a_figure_of_nothing(figure: str) -> None:
    run, _ = FIGURES[figure]
    empty = [
        *(convert(table([])) for convert in ENGINES.values()),
        pd.DataFrame(columns=list(SCHEMA)),
        pl.DataFrame({name: [] for name in SCHEMA}),
    ]
    plain = [found if isinstance(found, dict) else rows(found) for found in map(run, empty)]
    assert all(found == plain[0] for found in plain)
    if plain[0]:
        # Only a figure over all calls has rows then, of zeros and unknowns and its own parameters.
        assert figure in {
            "counts",
            "time_to_answer",
            "service_level",
            "service_level_curve",
            "abandonment",
            "peak_concurrency",
            "periods",
            "budget",
        }


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_needs_its_own_columns_and_names_one_that_is_missing(figure: str) -> None:
    run, needed = FIGURES[figure]
    arrow = table(OFFICE).select(sorted(needed))
    run(arrow)
    for column in needed:
        for engine in ("pandas", "duckdb"):
            with pytest.raises(DataError, match=f"no column '{column}'") as caught:
                run(ENGINES[engine](arrow.drop_columns([column])))
            assert caught.value.field == column


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sensors_and_the_reports_count_the_same(make: Any, seed: int) -> None:
    lines = invented(300, seed)
    frame = make(lines)
    for line in rows(nw.to_native(nw.from_native(status.overview(frame)))):
        own = [each for each in lines if each["account"] == line[0]]
        calls = [as_call(each) for each in own]
        figures = metrics.day_figures(calls)
        found = dict(zip(names(status.overview(frame)), line, strict=True))
        for field in ("calls", "answered", "missed", "busy", "no_answer", "congestion", "failed", "unknown", "incoming",
                      "outgoing", "internal", "talk_s", "untimed", "attempts"):  # fmt: skip
            assert found[field] == getattr(figures, field), field
        assert found["acd_s"] == figures.acd
        assert figures.asr is not None
        assert (found["asr"], found["asr_low"], found["asr_high"]) == (
            figures.asr.value, figures.asr.low, figures.asr.high,
        )  # fmt: skip
        assert found["ner"] == figures.ner.value
        still = metrics.open_missed(calls)
        assert (found["open_missed_calls"], found["open_missed_callers"]) == (len(still.calls), still.callers)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sensors_and_the_reports_add_the_same_cost(make: Any, seed: int) -> None:
    lines = invented(300, seed)
    frame = make(lines)
    figures = metrics.day_figures(as_call(line) for line in lines)
    found = {
        currency or "XXX": Money(amount, currency or "XXX")
        for currency, amount in rows(cost.totals(frame), "currency", "cost")
    }
    assert found == figures.cost
    assert sum(number for (number,) in rows(cost.totals(frame), "unpriced")) == figures.unpriced
    for currency in ("IRR", "EUR"):
        by_call = metrics.daily_costs((as_call(line) for line in lines), currency=currency, zone=TEHRAN)
        assert cost.daily(frame, currency=currency) == by_call


def test_sums_agree_with_sql(make: Any) -> None:
    lines = invented(500, seed=9)
    table(lines)
    expected = (
        duckdb.from_arrow(table(lines))
        .query(
            "calls",
            "select trunk, currency, count(*), sum(price) from calls where price is not null "
            "group by all order by trunk nulls last, currency nulls last",
        )
        .fetchall()
    )
    found = rows(cost.by_trunk(make(lines)), "trunk", "currency", "priced", "cost")
    assert [line for line in found if line[2]] == expected
    days = Counter(None if line["started_local"] is None else line["started_local"].date() for line in lines)
    assert {day: calls for day, calls in rows(status.by_day(make(lines)), "day", "calls") if calls} == days


def test_what_is_no_frame_is_refused_by_its_kind() -> None:
    with pytest.raises(DataError, match="not a list"):
        status.counts([1, 2, 3])  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("column", "values", "what"),
    [
        ("price", [1.5], "exact decimals"),
        ("price", ["1.5"], "exact decimals"),
        ("price", [Decimal("1.5"), "x"], "values of one kind"),
        ("talk_s", [1.5], "whole seconds"),
        ("talk_s", ["x"], "whole seconds"),
        ("talk_s", [Decimal("1.5")], "whole seconds"),
        ("talk_s", [float("inf")], "whole seconds"),
        ("talk_s", [timedelta(seconds=60)], "whole seconds"),
        ("talk_s", [True], "whole seconds"),
        ("talk_s", [datetime(2025, 3, 17)], "whole seconds"),
        ("trunk", [1.5], "text"),
        ("status", ["Answered"], "one of answered, busy, congestion, failed, no_answer, unknown"),
        ("direction", ["missed"], "one of incoming, internal, outgoing"),
        ("started_at", [datetime(2025, 3, 17)], "times with their zone"),
        ("started_at", ["2025-03-17"], "times"),
        ("started_local", [5], "times"),
    ],
)
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_column_of_another_kind_is_refused_by_name(kind: Any, column: str, values: list[Any], what: str) -> None:
    if kind is pl.DataFrame and len(values) > 1:
        pytest.skip("polars makes no such column")
    with pytest.raises(DataError, match=f"'{column}' should hold {what}") as caught:
        frames.read(kind({column: values}), column)
    assert caught.value.field == column


def test_prices_may_be_integers_decimal_objects_or_all_unknown() -> None:
    plain = {"currency": ["IRR", "IRR"], "status": ["answered"] * 2, "talk_s": [60.0, None]}
    for prices, total in (([5, 7], Decimal(12)), ([Decimal("0.1"), None], Decimal("0.1")), ([None, None], None)):
        assert rows(cost.totals(pd.DataFrame(plain | {"price": prices})), "cost") == [(total,)]
        assert rows(cost.totals(pl.DataFrame(plain | {"price": prices}, strict=False)), "cost") == [(total,)]
    assert rows(cost.totals(pd.DataFrame(plain | {"price": [float("nan")] * 2})), "cost") == [(None,)]


def test_prices_may_be_decimals_of_whole_hundreds() -> None:
    plain = {"currency": ["IRR", "IRR"], "status": ["answered"] * 2, "talk_s": [60, None]}
    prices = pa.array([Decimal(1200), None], pa.decimal128(7, -2))
    frame = pa.table(plain | {"price": prices})
    assert rows(cost.totals(frame), "cost") == [(Decimal(1200),)]
    assert rows(cost.totals(frame.to_pandas(types_mapper=pd.ArrowDtype)), "cost") == [(Decimal(1200),)]


def test_seconds_may_be_whole_floats_with_gaps() -> None:
    plain = {"direction": ["incoming"] * 2, "status": ["answered"] * 2, "talk_s": [60.0, float("nan")]}
    for kind in (pd.DataFrame, pl.DataFrame):
        assert rows(status.counts(kind(plain)), "talk_s", "untimed") == [(60, 1)]


def test_a_wall_clock_with_a_zone_is_read_as_the_clock_shows() -> None:
    aware = pd.Series([pd.Timestamp("2025-03-17 23:30", tz="Asia/Tehran")])
    frame = pd.DataFrame({"direction": ["incoming"], "status": ["answered"], "talk_s": [1], "started_local": aware})
    assert rows(status.by_day(frame), "day") == [(date(2025, 3, 17),)]
    assert rows(status.by_day(pl.from_pandas(frame)), "day") == [(date(2025, 3, 17),)]


def test_an_instant_in_any_zone_is_the_same_instant() -> None:
    frame = to_pandas(table(OFFICE))
    elsewhere = frame.assign(started_at=frame["started_at"].dt.tz_convert("Asia/Tehran"))
    assert rows(missed.call_backs(elsewhere)) == rows(missed.call_backs(frame))


def test_pandas_figures_have_types_to_go_on_with() -> None:
    found = cost.by_day(to_pandas(table(OFFICE)))
    assert found["day"].dtype == "datetime64[us]"
    assert found["calls"].dtype == pd.Int64Dtype()
    assert found["cost"].dtype == pd.ArrowDtype(pa.decimal128(38, 2))
    assert found["share"].dtype == "float64"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_table_of_every_type_is_in_pandas_what_arrow_makes_of_it(count: int) -> None:
    moment = datetime(2026, 3, 20, 20, 30, tzinfo=UTC)
    columns = {
        "text": pa.array(["a", None, "b"]),
        "nothing": pa.array([None] * 3, pa.string()),
        "whole": pa.array([1, 2, 3]),
        "gaps": pa.array([1, None, 3]),
        "share": pa.array([0.5, None, 2.0]),
        "cost": pa.array([Decimal("1.50"), None, Decimal(2)], pa.decimal128(38, 2)),
        "local": pa.array([moment.replace(tzinfo=None), None, None], pa.timestamp("us")),
        "at": pa.array([moment, None, moment], pa.timestamp("us", "UTC")),
        "flag": pa.array([True, False, True]),
        "maybe": pa.array([True, None, False]),
    }
    table = pa.table(columns).slice(0, count)

    def kind(dtype: pa.DataType) -> Any:
        if pa.types.is_int64(dtype):
            return pd.Int64Dtype()
        return pd.ArrowDtype(dtype) if pa.types.is_decimal(dtype) else None

    found = frames.as_kind_of(pd.DataFrame(), table)
    pd.testing.assert_frame_equal(found, table.to_pandas(types_mapper=kind))
    days = frames.as_kind_of(pd.DataFrame(), pa.table({"day": pa.array([date(2026, 3, 21), None])}))
    expected = pd.DataFrame({"day": pd.array([datetime(2026, 3, 21), pd.NaT], "datetime64[us]")})
    pd.testing.assert_frame_equal(days, expected)


def test_a_figure_in_pandas_can_be_edited() -> None:
    frame = to_pandas(table(OFFICE))
    for figure in (cost.by_day(frame), status.by_day(frame), missed.call_backs(frame), cost.most_expensive(frame)):
        assert len(figure)
        for name in figure.columns:
            figure.loc[0, name] = figure.loc[0, name]


def test_the_index_of_a_pandas_frame_does_not_matter() -> None:
    frame = to_pandas(table(OFFICE))
    assert rows(status.by_day(frame.set_index("call_id"))) == rows(status.by_day(frame))
    assert rows(status.by_day(frame[::-1])) == rows(status.by_day(frame))


def test_a_rate_by_nothing_is_none() -> None:
    assert frames.rate(Decimal(5), 0) is None
    assert frames.rate(None, 5) is None


def test_numbers_of_whole_floats_are_written_without_a_point() -> None:
    """A column of numbers with gaps is of floats in pandas; a long one would be written as 9.8e+11."""
    numbers = [982155500001.0, float("nan")]
    columns = {"direction": ["outgoing"] * 2, "status": ["busy"] * 2, "talk_s": [0, 0], "trunk": numbers}
    plain = pl.DataFrame(columns)
    kinds = [
        pd.DataFrame(columns),
        pd.DataFrame(columns).astype({"trunk": "category"}),
        plain,
        plain.lazy(),
        plain.with_columns(pl.col("trunk").fill_nan(None).cast(pl.Decimal(20, 2))),
        plain.to_arrow(),
        duckdb.from_arrow(plain.to_arrow()),
    ]
    for frame in kinds:
        assert rows(status.by_trunk(frame), "trunk") == [("982155500001",), (None,)], type(frame)


def test_categories_that_are_numbers_are_text() -> None:
    arrow = table(OFFICE)
    coded = arrow.column("extension").cast(pa.string()).cast(pa.int64()).combine_chunks().dictionary_encode()
    frame = arrow.set_column(arrow.column_names.index("extension"), "extension", coded)
    for own in (frame, frame.to_pandas()):
        assert rows(cost.most_expensive(own), "extension") == rows(cost.most_expensive(arrow), "extension")


def test_wall_clocks_of_several_zones_are_read_as_each_shows() -> None:
    clocks = [datetime(2025, 3, 17, 23, tzinfo=TEHRAN), datetime(2025, 3, 18, 1, tzinfo=UTC), None]
    frame = pd.DataFrame({"direction": ["incoming"] * 3, "status": ["busy"] * 3, "talk_s": [0] * 3})
    frame["started_local"] = pd.Series(clocks, dtype=object)
    assert rows(status.by_day(frame), "day") == [(date(2025, 3, 17),), (date(2025, 3, 18),), (None,)]
    assert rows(status.by_weekday_and_hour(frame), "calls").count((1,)) == 2


def test_a_category_that_no_call_has_may_be_of_any_kind() -> None:
    plain = pl.DataFrame({"direction": ["incoming"], "status": ["busy"], "talk_s": [0]})
    frame = plain.with_columns(pl.col("status").cast(pl.Enum(["Answered", "busy"])))
    for own in (frame, frame.lazy(), frame.to_pandas(), frame.to_arrow(), duckdb.from_arrow(frame.to_arrow())):
        assert rows(status.counts(own), "busy", "answered") == [(1, 0)]


def test_two_columns_of_one_name_are_told() -> None:
    column = pa.array([Decimal(1)])
    arrow = pa.Table.from_arrays([column, column], names=["price", "price"])
    for frame in (arrow, pd.concat([arrow.select([0]).to_pandas()] * 2, axis=1)):
        with pytest.raises(DataError, match="the frame has two columns 'price'") as caught:
            cost.totals(frame)
        assert caught.value.field == "price"


@pytest.mark.parametrize("figure", FIGURES)
def test_columns_of_newer_arrow_types_give_the_same(figure: str) -> None:
    run, _ = FIGURES[figure]
    arrow = odd = table(OFFICE)
    for name in arrow.column_names:
        column = arrow.column(name)
        if pa.types.is_string(column.type):
            odd = odd.set_column(odd.column_names.index(name), name, column.cast(pa.string_view()))
        elif pa.types.is_decimal(column.type):
            odd = odd.set_column(odd.column_names.index(name), name, column.cast(pa.decimal64(18, 2)))
        elif pa.types.is_dictionary(column.type):
            halves = [
                part.column(name).cast(pa.string()).combine_chunks().dictionary_encode()
                for part in (arrow.slice(0, 4), arrow.slice(4))
            ]
            odd = odd.set_column(odd.column_names.index(name), name, pa.chunked_array(halves))
    found, expected = run(odd), run(arrow)
    assert found == expected if isinstance(expected, dict) else rows(found) == rows(expected)
