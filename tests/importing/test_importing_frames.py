"""Calls in DataFrames of three kinds: what a typed value means is worked out by hand, and compared with a CSV file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import trunkline
from trunkline.errors import ConfigError, DataError
from trunkline.importing import EXPORTED, Imported, Place, Rejected, import_calls, read_csv, read_frame
from trunkline.model import Call, Direction, Money, Status

if TYPE_CHECKING:
    from pathlib import Path

TEHRAN = ZoneInfo("Asia/Tehran")
PLACE = Place("file:pbx", TEHRAN, "IRR", "IR")
# Tehran is UTC+03:30.
NINE = datetime(2026, 11, 21, 9, 0)
NINE_UTC = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
UNITS = ("s", "ms", "us", "ns")


def calls(frame: Any, columns: dict[str, str] | None = None, place: Place = PLACE) -> list[Call]:
    found = list(read_frame(frame, columns, place))
    assert not [each for each in found if isinstance(each, Rejected)]
    return [each for each in found if isinstance(each, Call)]


def arrow(**columns: pa.Array) -> pa.Table:
    return pa.table(columns)


def three(table: pa.Table) -> list[Any]:
    """Return a table as each kind of frame; pandas in its own types and in those of Arrow."""
    return [
        table,
        pl.DataFrame(pl.from_arrow(table)),
        pl.LazyFrame(pl.from_arrow(table)),
        table.to_pandas(),
        table.to_pandas(types_mapper=pd.ArrowDtype),
    ]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("kind", range(5))
def test_times_of_every_unit_with_and_without_a_zone(unit: str, kind: int) -> None:
    table = arrow(
        wall=pa.array([NINE, NINE], pa.timestamp(unit)),
        instant=pa.array([NINE_UTC, None], pa.timestamp(unit, "Europe/Vilnius")),
        talk=pa.array([timedelta(minutes=1, seconds=30), None], pa.duration(unit)),
    )
    first, second = calls(three(table)[kind], {"started": "wall", "ended": "instant", "talk": "talk"})
    assert (first.started_at, first.ended_at, first.talk) == (NINE_UTC, NINE_UTC, 90)
    assert (second.started_at, second.ended_at, second.talk) == (NINE_UTC, None, None)


@pytest.mark.parametrize("kind", range(5))
def test_nanoseconds_are_cut_off_as_in_text(kind: int) -> None:
    nanoseconds = 1_795_239_000_123_456_789  # 2026-11-21 05:30:00.123456789 UTC
    table = arrow(when=pa.array([nanoseconds], pa.timestamp("ns", "UTC")))
    [call] = calls(three(table)[kind], {"started": "when"})
    assert call.started_at == NINE_UTC.replace(microsecond=123456)


@pytest.mark.parametrize("kind", range(5))
def test_dates_are_midnight_and_times_of_day_durations(kind: int) -> None:
    table = arrow(day=pa.array([date(2026, 11, 21)]), talk=pa.array([time(0, 1, 30)]))
    [call] = calls(three(table)[kind], {"started": "day", "talk": "talk"})
    assert (call.started_at, call.talk) == (datetime(2026, 11, 20, 20, 30, tzinfo=UTC), 90)


def test_relations_of_duckdb_and_columns_without_names_are_read() -> None:
    relation = duckdb.sql(
        "SELECT TIMESTAMPTZ '2026-11-21 09:00:00+03:30' AS at, '1510' AS who, 12.50::DECIMAL(10, 2) AS price, 90 AS talk"
    )
    [call] = calls(relation, {"started": "at", "source": "who", "price": "price", "talk": "talk"})
    assert (call.started_at, call.talk, call.price) == (NINE_UTC, 90, Money(Decimal("12.5"), "IRR"))
    numbered: Any = {"started": 0, "talk": 1}
    [call] = calls(pd.DataFrame([["2026-11-21 09:00:00", 90]]), numbered)
    assert (call.started_at, call.talk) == (NINE_UTC, 90)


def test_a_wall_clock_is_that_of_the_place_and_an_instant_is_not() -> None:
    vilnius = Place("file:pbx", ZoneInfo("Europe/Vilnius"), "EUR", "LT")
    frame = pd.DataFrame({"wall": [NINE], "instant": [pd.Timestamp(NINE, tz="Asia/Tehran")]})
    # Vilnius is UTC+02:00 in November.
    assert calls(frame, {"started": "wall"}, vilnius)[0].started_at == NINE_UTC.replace(hour=7, minute=0)
    assert calls(frame, {"started": "instant"}, vilnius)[0].started_at == NINE_UTC


@pytest.mark.parametrize(
    ("prices", "amount"),
    [
        (pa.array([Decimal("1234.50")], pa.decimal128(12, 2)), "1234.5"),
        (pa.array([Decimal("1234.5")], pa.decimal128(38, 20)), "1234.5"),
        (pa.array([12_000_000], pa.int64()), "12000000"),
        (pa.array([255], pa.uint8()), "255"),
        (pa.array([1234.5], pa.float64()), "1234.5"),
        (pa.array([0.1], pa.float64()), "0.1"),
        (pa.array([123456789012.345], pa.float64()), "123456789012.345"),
        (pa.array([12_000_000.0], pa.float64()), "12000000"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([-1.5], pa.float64()), "-1.5"),
        (pa.array(["1234.50"]), "1234.5"),
    ],
)
def test_a_price_is_the_decimal_that_a_person_reads(prices: pa.Array, amount: str) -> None:
    for frame in three(arrow(when=pa.array([NINE]), price=prices)):
        [call] = calls(frame, {"started": "when", "price": "price"})
        assert call.price == Money(Decimal(amount), "IRR")


@pytest.mark.parametrize(
    ("prices", "digits"),
    [
        # Nobody charges 0.30000000000000004, and 16 digits may have been others.
        (pa.array([0.1 + 0.2], pa.float64()), 15),
        (pa.array([1234567890123456.0], pa.float64()), 15),
        (pa.array([1234567.0], pa.float32()), 6),
    ],
)
def test_a_float_that_may_have_been_another_price_costs_its_row(prices: pa.Array, digits: int) -> None:
    for frame in three(arrow(when=pa.array([NINE]), price=prices)):
        assert list(read_frame(frame, {"started": "when", "price": "price"}, PLACE)) == [
            Rejected(0, f"price is a float with more than {digits} digits, which may be another number")
        ]


def test_what_is_missing_is_unknown_whatever_it_is_written_as() -> None:
    columns = {"started": "when", "ended": "end", "source": "who", "talk": "talk", "price": "price", "status": "how"}
    missing = {"end": pd.NaT, "who": pd.NA, "talk": np.nan, "price": None, "how": float("nan")}
    plain = pd.DataFrame({"when": [NINE], **{name: [value] for name, value in missing.items()}})
    objects = plain.astype(object)
    nullable = pd.DataFrame(
        {"when": [NINE], "end": pd.array([pd.NaT], "datetime64[us]"), "who": pd.array([pd.NA], "string"),
         "talk": pd.array([pd.NA], "Int64"), "price": pd.array([pd.NA], "Float64"), "how": pd.Categorical([None])}
    )  # fmt: skip
    polars = pl.DataFrame({"when": [NINE], "end": [None], "who": [None], "talk": [None], "price": [float("nan")],
                           "how": pl.Series([None], dtype=pl.Categorical)})  # fmt: skip
    nulls = arrow(when=pa.array([NINE]), **{name: pa.nulls(1) for name in missing})
    for frame in (plain, objects, nullable, polars, nulls):
        [call] = calls(frame, columns)
        assert (call.started_at, call.ended_at, call.talk, call.price) == (NINE_UTC, None, None, None)
        assert (call.source.number, call.status) == (None, Status.UNKNOWN)


def test_text_and_categories_are_read_alike() -> None:
    words = ["Answered", "no-answer", "BUSY", None]
    expected = [Status.ANSWERED, Status.NO_ANSWER, Status.BUSY, Status.UNKNOWN]
    when = [NINE] * 4
    for how in (pd.Categorical(words), pd.array(words, "string"), np.array(words, object)):
        frame = pd.DataFrame({"when": when, "how": how})
        assert [call.status for call in calls(frame, {"started": "when", "status": "how"})] == expected
    for dtype in (pl.String, pl.Categorical, pl.Enum(words[:3])):
        frame = pl.DataFrame({"when": when, "how": pl.Series(words, dtype=dtype)})
        assert [call.status for call in calls(frame, {"started": "when", "status": "how"})] == expected
    table = arrow(when=pa.array(when), how=pa.array(words).dictionary_encode())
    assert [call.status for call in calls(table, {"started": "when", "status": "how"})] == expected


@pytest.mark.parametrize(
    ("field", "values", "message"),
    [
        ("source", pa.array([9120000001]), "the column 'x' holds integers: source is text. Read the column as text"),
        ("destination", pa.array([9120000001.0]), "the column 'x' holds floats: destination is text"),
        ("trunk", pa.array([2155500199]), "the column 'x' holds integers: trunk is text"),
        ("extension", pa.array([7]), "the column 'x' holds integers: extension is text"),
        ("id", pa.array([1795239000.1]), "the column 'x' holds floats: id is text or an integer"),
        ("started", pa.array([1795239000]), "the column 'x' holds integers: started is a time"),
        ("talk", pa.array([NINE]), "the column 'x' holds times: talk is a duration"),
        ("price", pa.array([timedelta(1)]), "the column 'x' holds durations: price is a decimal"),
        ("direction", pa.array([True]), "the column 'x' holds values of the type Boolean: direction is text"),
        ("source_name", pa.array([["a"]]), "the column 'x' holds values of the type List"),
    ],
)
def test_a_column_of_a_type_that_cant_hold_its_field_is_refused(field: str, values: pa.Array, message: str) -> None:
    table = arrow(when=pa.array([NINE_UTC]), x=values)
    columns = {"started": "when", field: "x"}
    for frame in (table, pl.DataFrame(pl.from_arrow(table)), table.to_pandas(types_mapper=pd.ArrowDtype)):
        with pytest.raises(DataError) as caught:
            read_frame(frame, columns, PLACE)
        assert str(caught.value).startswith(message)
        assert caught.value.field == "x"


def test_a_value_that_makes_no_sense_costs_its_own_row() -> None:
    when = [NINE, "1405-08-30 09:00", 1795239000, None, True, "never", "2026-11-21T05:30:00Z"]
    said = "started is not a Jalali or Gregorian date and time such as 1399-04-21 12:02:18"
    found = list(read_frame(pd.DataFrame({"when": when}), {"started": "when"}, PLACE))
    assert [each.started_at for each in found if isinstance(each, Call)] == [NINE_UTC] * 3
    assert [each for each in found if isinstance(each, Rejected)] == [
        Rejected(2, "started can't be a value of the type int"),
        Rejected(3, said),
        Rejected(4, "started can't be a value of the type bool"),
        Rejected(5, said),
    ]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.array([90.5]), "talk is neither seconds nor h:mm:ss"),
        (pa.array([-1]), "talk is neither seconds nor h:mm:ss"),
        (pa.array([timedelta(seconds=1.5)]), "talk is neither seconds nor h:mm:ss"),
        (pa.array([timedelta(seconds=-5)]), "talk is neither seconds nor h:mm:ss"),
        (pa.array([float("inf")]), "talk is neither seconds nor h:mm:ss"),
    ],
)
def test_seconds_are_whole_and_not_below_zero(values: pa.Array, reason: str) -> None:
    for frame in three(arrow(when=pa.array([NINE]), talk=values)):
        assert list(read_frame(frame, {"started": "when", "talk": "talk"}, PLACE)) == [Rejected(0, reason)]


def test_text_that_no_database_keeps_is_refused() -> None:
    frame = pd.DataFrame({"when": [NINE] * 2, "name": np.array(["\ud800", "a\0"], object)})
    found = list(read_frame(frame, {"started": "when", "source_name": "name"}, PLACE))
    assert found == [
        Rejected(0, "source_name has a character that no text has"),
        Rejected(1, "there is a character that no text has (NUL)"),
    ]


def test_times_of_another_age_are_refused() -> None:
    table = arrow(when=pa.array([2**60, 0], pa.timestamp("us")))
    found = list(read_frame(table, {"started": "when"}, PLACE))
    assert isinstance(found[0], Rejected)
    assert isinstance(found[1], Call)


@pytest.mark.parametrize(
    ("frame", "columns", "message"),
    [
        ([1], {"started": "when"}, "this is no DataFrame with columns of different names, but a list"),
        (pd.Series([1]), {"started": "when"}, "this is no DataFrame with columns of different names, but a Series"),
        (
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            {"started": "a"},
            "this is no DataFrame with columns of different",
        ),
        (pl.DataFrame({"Date": [NINE]}), {"started": "When"}, "the frame has no column 'When'; it has Date"),
        (pl.DataFrame({"Date": [NINE]}), {"colour": "Date"}, "a column can't hold 'colour'"),
        (pl.DataFrame({"Date": [NINE]}), {"source": "Date"}, "say which column holds the start"),
        (pl.DataFrame({"Date": [NINE]}), None, "say which column holds what"),
        (pl.DataFrame({"account": ["a", "b"], "started_at": [NINE] * 2}), None, "calls of several accounts"),
    ],
)
def test_frames_that_cant_be_read(frame: Any, columns: dict[str, str] | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_frame(frame, columns, PLACE)


ROWS = """Date,From,To,Duration,Charge,Result
1405-08-30 09:00:00,1510,02155500199,90,1234.50,answered
2026-11-21 09:10:00,09120000001,1510,,,no answer
2026-11-21T05:50:00Z,1510,1511,12,7,answered
2026-11-21T05:50:00Z,1510,1511,12,7,answered
"""
COLUMNS = {
    "started": "Date", "source": "From", "destination": "To", "talk": "Duration", "price": "Charge", "status": "Result",
}  # fmt: skip


def typed() -> pd.DataFrame:
    """Return the rows of the file in types, as somebody who knows pandas would have them."""
    when = [NINE_UTC, NINE_UTC.replace(minute=40), *[NINE_UTC.replace(minute=50)] * 2]
    return pd.DataFrame(
        {
            "Date": pd.Series(when).dt.tz_convert("Asia/Tehran"),
            "From": ["1510", "09120000001", "1510", "1510"],
            "To": ["02155500199", "1510", "1511", "1511"],
            "Duration": pd.to_timedelta([90, None, 12, 12], unit="s"),
            "Charge": [1234.5, None, 7, 7],
            "Result": pd.Categorical(["answered", "no answer", "answered", "answered"]),
        }
    )


def test_the_same_rows_are_the_same_calls_from_csv_and_from_frames(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(ROWS)
    expected = [call for call in read_csv(ROWS.splitlines(keepends=True), COLUMNS, PLACE) if isinstance(call, Call)]
    assert len({call.call_id for call in expected}) == 4
    text = pd.read_csv(path, dtype=str)
    own = typed()
    frames = [
        text, pl.read_csv(path, infer_schema=False), pa.Table.from_pandas(text),
        own, pl.from_pandas(own), pa.Table.from_pandas(own),
    ]  # fmt: skip
    for frame in frames:
        assert calls(frame, COLUMNS) == expected
    first, second, third, _ = expected
    assert (first.started_at, first.talk, first.price) == (NINE_UTC, 90, Money(Decimal("1234.5"), "IRR"))
    assert [call.direction for call in expected] == [
        Direction.OUTGOING, Direction.INCOMING, Direction.INTERNAL, Direction.INTERNAL,
    ]  # fmt: skip
    assert (second.source.number, second.source.e164, second.talk) == ("09120000001", "+989120000001", None)
    assert third.status is Status.ANSWERED


ARGUMENTS: dict[str, Any] = {"account": "pbx", "zone": "Asia/Tehran", "currency": "irr", "country": "ir"}


def test_an_import_changes_nothing_when_it_is_repeated_in_another_form(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(ROWS)
    where = tmp_path / "new" / "calls.db"
    done = import_calls(path, form="csv", columns=COLUMNS, archive=where, **ARGUMENTS)
    assert done == Imported("pbx", new=4, changed=0, unchanged=0)
    assert str(done) == "pbx: 4 new, 0 changed, 0 unchanged, 0 left out"
    with trunkline.Archive.open(where) as archive:
        for frame in (typed(), pl.from_pandas(typed()), pa.Table.from_pandas(typed())):
            again = trunkline.import_calls(frame, columns=COLUMNS, archive=archive, **ARGUMENTS)
            assert (again.new, again.changed, again.unchanged) == (0, 0, 4)
        [account] = archive.accounts()
        assert (account.account, account.provider, account.title) == ("file:pbx", "file", "pbx")
        assert (account.zone, account.currency) == ("Asia/Tehran", "IRR")
        assert archive.corrections("file:pbx") == []
    asked = trunkline.calls("1405-08-30", accounts="pbx", archive=where)
    assert asked.cost().frame["cost"].tolist() == [Decimal("1248.5")]


def test_a_call_without_an_id_stays_the_same_when_more_is_known_of_it(tmp_path: Path) -> None:
    frame = typed().assign(Date=[NINE, NINE + timedelta(minutes=10), *[NINE + timedelta(minutes=20)] * 2])
    few = {"started": "Date", "source": "From", "destination": "To"}
    with trunkline.Archive.open(tmp_path / "calls.db") as archive:
        assert import_calls(frame, columns=few, archive=archive, **(ARGUMENTS | {"zone": "UTC"})).new == 4
        # Further columns, the right zone, a column that isn't used, and a price that was corrected.
        done = import_calls(frame.assign(note="x"), columns=COLUMNS, archive=archive, **ARGUMENTS)
        assert (done.new, done.changed) == (0, 4)
        corrected = frame.assign(Charge=[1234.5, None, 7, 8])
        done = import_calls(corrected, columns=COLUMNS, archive=archive, **ARGUMENTS)
        assert (done.new, done.changed, done.unchanged) == (0, 1, 3)
        [correction] = archive.corrections("file:pbx")
        assert (correction.old.amount, correction.new.amount) == (7, 8)
        assert archive.frame()["started_at"].tolist()[0] == pd.Timestamp(NINE_UTC)


def test_calls_without_numbers_are_told_apart_by_all_that_is_known() -> None:
    columns = {"started": "when", "ended": "end", "talk": "talk", "price": "price"}
    text = "when,end,talk,price\n2026-11-21 09:00:00,2026-11-21 09:01:30,1:30,5.0\n2026-11-21 09:00:00,,80,5\n"
    first, second = (
        call.call_id for call in read_csv(text.splitlines(keepends=True), columns, PLACE) if isinstance(call, Call)
    )
    frame = pd.DataFrame({"when": [NINE], "end": [NINE + timedelta(seconds=90)], "talk": [90], "price": [5]})
    assert calls(frame, columns)[0].call_id == first
    assert calls(frame.assign(end=pd.NaT, talk=80), columns)[0].call_id == second != first


def test_the_archive_of_the_command_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(tmp_path / "data" / "calls.db"))
    assert import_calls(typed(), columns=COLUMNS, **ARGUMENTS).new == 4
    assert len(trunkline.calls(accounts="pbx").frame) == 4


@pytest.mark.parametrize("kind", range(3))
def test_a_frame_of_the_archive_comes_back_as_it_was(tmp_path: Path, kind: int) -> None:
    with trunkline.Archive.open(tmp_path / "calls.db") as archive:
        import_calls(typed(), columns=COLUMNS, archive=archive, **ARGUMENTS)
        whole = archive.frame()
        table = pa.Table.from_pandas(whole, preserve_index=False)
        frame = (whole, pl.DataFrame(pl.from_arrow(table)), table)[kind]
        copied = import_calls(frame, archive=archive, **(ARGUMENTS | {"account": "copy"}))
        assert (copied.new, copied.rejected) == (4, ())
        again = archive.frame(accounts="file:copy")
    assert tuple(whole.columns) == EXPORTED
    pd.testing.assert_frame_equal(
        again.drop(columns="account"), whole.drop(columns="account"), check_dtype=False, check_categorical=False
    )


def test_rows_that_are_left_out_are_told_and_lose_no_other(tmp_path: Path) -> None:
    frame = typed().astype({"Charge": object})
    # 64 bits end at 9,223,372,036,854,775,807.
    frame.loc[1, "Charge"] = Decimal(2**63)
    frame.loc[2, "Charge"] = "free"
    said = (
        r"2 rows are left out; row 1, counted from 0: "
        r"the field price has a number that the archive can't store exactly"
    )
    with pytest.warns(UserWarning, match=said):
        done = import_calls(frame, columns=COLUMNS, archive=tmp_path / "calls.db", **ARGUMENTS)
    assert (done.new, [each.line for each in done.rejected]) == (2, [1, 2])
    path = tmp_path / "calls.csv"
    path.write_text(ROWS.replace("1234.50", "free"))
    with pytest.warns(UserWarning, match="1 row is left out; line 2: price is not a plain decimal"):
        import_calls(path, form="csv", columns=COLUMNS, archive=tmp_path / "other.db", **ARGUMENTS)


def test_rows_keep_their_numbers_beyond_a_piece(tmp_path: Path) -> None:
    when: list[Any] = [NINE + timedelta(seconds=each) for each in range(20_003)]
    when[20_001] = None
    with pytest.warns(UserWarning, match="1 row is left out; row 20001, counted from 0: started"):
        done = import_calls(
            pl.DataFrame({"when": when}), columns={"started": "when"}, archive=tmp_path / "calls.db", **ARGUMENTS
        )
    assert done.new == 20_002


def test_files_of_asterisk_and_freeswitch_are_imported(tmp_path: Path) -> None:
    asterisk, freeswitch = tmp_path / "Master.csv", tmp_path / "cdr.csv"
    asterisk.write_text(
        '"","9120000001","1510","from-trunk","","PJSIP/trunk-1","PJSIP/1510-2","Dial","x","2026-11-21 09:00:00",'
        '"2026-11-21 09:00:12","2026-11-21 09:01:42",102,90,"ANSWERED","DOCUMENTATION","1795239000.1",""\n'
    )
    freeswitch.write_text(
        '"","9120000001","1510","public","2026-11-21 09:00:00","2026-11-21 09:00:12","2026-11-21 09:01:42","102","90",'
        '"NORMAL_CLEARING","d1f0-1","e2","","PCMA","PCMA"\n'
    )
    with trunkline.Archive.open(tmp_path / "calls.db") as archive:
        for path, form in ((asterisk, "asterisk"), (str(freeswitch), "freeswitch")):
            done = import_calls(path, form=form, archive=archive, **(ARGUMENTS | {"account": form}))
            assert (done.account, done.new) == (form, 1)
        one, other = archive.frame().to_dict("records")
    assert (one["started_at"], one["talk_s"], one["source"]) == (pd.Timestamp(NINE_UTC), 90, "+989120000001")
    assert (other["started_at"], other["talk_s"], other["source"]) == (pd.Timestamp(NINE_UTC), 90, "+989120000001")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"account": "a b"}, "the name of an account consists of"),
        ({"zone": "Tehran"}, "there is no time zone 'Tehran'"),
        ({"currency": "rial"}, "'rial' is no currency"),
        ({"country": "Iran"}, "'Iran' is no country"),
        ({"form": "csv"}, "a form is that of a file"),
        ({"incoming": "from-trunk"}, "contexts of incoming calls are those of Asterisk and FreeSWITCH"),
        ({"archive": "bad://"}, "the archive"),
    ],
)
def test_arguments_that_make_no_sense(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    where = tmp_path / "calls.db"
    with pytest.raises(trunkline.errors.TrunklineError, match=message):
        import_calls(typed(), **({"columns": COLUMNS, "archive": where} | ARGUMENTS | changed))
    assert not where.exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({}, "say the form of the file: asterisk, freeswitch, csv"),
        ({"form": "excel"}, "say the form of the file"),
        ({"form": "csv"}, "say which column of the CSV file holds what"),
        ({"form": "asterisk", "columns": COLUMNS}, "columns are for csv only"),
        ({"form": "csv", "columns": COLUMNS, "incoming": ["x"]}, "contexts of incoming calls"),
        ({"form": "asterisk"}, "can't read"),
    ],
)
def test_files_that_cant_be_read(tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        import_calls(tmp_path / "none.csv", archive=tmp_path / "calls.db", **(ARGUMENTS | changed))


def test_a_column_that_cant_be_used_stores_nothing(tmp_path: Path) -> None:
    where = tmp_path / "calls.db"
    with pytest.raises(DataError, match="numbers lose leading zeros"):
        import_calls(typed().astype({"To": "int64"}), columns=COLUMNS, archive=where, **ARGUMENTS)
    assert not where.exists()
