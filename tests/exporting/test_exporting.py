"""Calls in files: what is written is what the archive has, and whole or not at all."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zipfile import ZipFile

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import trunkline
from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from tests.reports.frames import ENGINES, OFFICE, rows, table
from trunkline.archive import Archive
from trunkline.cli.main import main
from trunkline.errors import ConfigError, DataError, RequestError
from trunkline.exporting import Format, Numbers, export
from trunkline.exporting import sheets as sheets_module
from trunkline.figures import Calls
from trunkline.importing import EXPORTED
from trunkline.magics import query
from trunkline.model import Party, Trunk
from trunkline.reports.masking import Masking

HOSTILE = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def archive():
    with Archive.open("sqlite://") as opened:
        opened.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        opened.register(OTHER, provider="telefonchy", title="Branch", zone="Asia/Tehran", currency="IRR")
        opened.store([
            call("1"),
            call("2", price=irr("0.000125"), source=Party(number="02155500001", name=HOSTILE)),
            call("3", started_at=START + timedelta(days=40), account=OTHER),
            bare("4", started_at=START + timedelta(days=40, microseconds=5)),
            bare("5"),
        ])  # fmt: skip
        yield opened


def lines(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_every_column_as_exact_text(archive, tmp_path) -> None:
    written = export(archive.tables(), tmp_path / "calls.csv")
    assert (written.path, written.format, written.calls) == (tmp_path / "calls.csv", Format.CSV, 5)
    found = lines(written.path)
    assert tuple(found[0]) == EXPORTED == tuple(archive.frame().columns)
    assert [row["call_id"] for row in found] == ["5", "1", "2", "3", "4"]
    assert found[1] == {
        "account": ACCOUNT, "call_id": "1", "direction": "incoming", "status": "answered", "trunk": "2155500001",
        "extension": "1510", "source": "+989120000001", "source_name": "Customer One", "destination": "1510",
        "destination_name": "", "started_at": "2025-03-03T08:31:00Z", "ended_at": "2025-03-03T08:32:36Z",
        "started_local": "2025-03-03T12:01:00", "wait_s": "6", "talk_s": "90", "price": "57.000000",
        "price_wait": "17.000000", "price_talk": "45.000000", "price_record": "0.000000", "price_saved": "5.000000",
        "currency": "IRR",
    }  # fmt: skip
    assert (found[2]["price"], found[4]["started_at"]) == ("0.000125", "2025-04-12T08:30:00.000005Z")
    # A spreadsheet shows the apostrophe's cell as text.
    assert found[2]["source_name"] == f"'{HOSTILE}"


def test_json_lines_have_text_as_it_is_and_amounts_as_text(archive, tmp_path) -> None:
    path = tmp_path / "calls.jsonl"
    export(archive.tables(), path)
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    frame = archive.frame()
    assert [row["call_id"] for row in found] == frame["call_id"].tolist()
    assert list(found[0]) == list(frame.columns)
    assert found[2]["source_name"] == HOSTILE
    assert (found[2]["price"], found[2]["talk_s"], found[0]["started_at"]) == ("0.000125", 90, None)
    assert [row["price"] and Decimal(row["price"]) for row in found] == [
        None, Decimal(57), Decimal("0.000125"), Decimal(57), None,
    ]  # fmt: skip


def test_a_workbook_has_numbers_dates_and_no_formula(archive, tmp_path) -> None:
    path = tmp_path / "calls.xlsx"
    archive.store([bare("6", started_at=datetime(1899, 5, 1, tzinfo=UTC), price=irr("12345678901234.567"))])
    export(archive.tables(), path)
    sheet = openpyxl.load_workbook(path).active
    head, *found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert tuple(head) == EXPORTED
    by_id = {row[1]: dict(zip(head, row, strict=True)) for row in found}
    assert by_id["1"]["started_at"] == datetime(2025, 3, 3, 8, 31)
    assert by_id["1"]["started_local"] == datetime(2025, 3, 3, 12, 1)
    assert (by_id["1"]["price"], by_id["1"]["talk_s"], by_id["1"]["source"]) == (57, 90, "+989120000001")
    assert by_id["2"]["source_name"] == HOSTILE
    assert by_id["5"]["started_at"] is None
    # Excel has no number for these.
    assert (by_id["6"]["started_at"], by_id["6"]["price"]) == ("1899-05-01 00:00:00", "12345678901234.567000")
    with ZipFile(path) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()


def test_a_full_sheet_is_followed_by_another(archive, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sheets_module, "_ROWS", 3)
    export(archive.tables(), tmp_path / "calls.xlsx")
    book = openpyxl.load_workbook(tmp_path / "calls.xlsx")
    assert book.sheetnames == ["calls", "calls 2", "calls 3"]
    ids = [[cell.value for cell in sheet["B"]] for sheet in book]
    assert ids == [["call_id", "5", "1"], ["call_id", "2", "3"], ["call_id", "4"]]


def test_numbers_and_texts_that_excel_cannot_hold_are_kept_as_far_as_it_can() -> None:
    assert sheets_module._cell(10**15) == "1000000000000000"
    assert sheets_module._cell(10**15 - 1) == 999_999_999_999_999
    assert len(sheets_module._cell("x" * 40_000)) == 32_767
    assert sheets_module._cell(Decimal("1e20")) == 1e20


def test_columns_of_your_own_may_be_of_other_types(tmp_path) -> None:
    own = pl.DataFrame({
        "call_id": ["1", "2"], "day": [date(2026, 11, 21), None], "length": [timedelta(minutes=1, seconds=5), None],
        "at": [time(9, 30), None], "seen": [True, False], "mark": [b"x", None],
    })  # fmt: skip
    for form in Format:
        export(own, tmp_path / f"calls.{form}")
    [first, second] = (json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines())
    assert first == {
        "call_id": "1", "day": "2026-11-21", "length": "0:01:05", "at": "09:30:00", "seen": True, "mark": "b'x'",
    }  # fmt: skip
    assert second == {"call_id": "2", "day": None, "length": None, "at": None, "seen": False, "mark": None}
    sheet = openpyxl.load_workbook(tmp_path / "calls.xlsx").active
    assert [cell.value for cell in sheet[2]] == ["1", datetime(2026, 11, 21), "0:01:05", "09:30:00", 1, "b'x'"]
    assert sheet["B2"].number_format == "yyyy-mm-dd"


def test_parquet_has_a_file_for_each_month(archive, tmp_path) -> None:
    written = export(archive.tables(), tmp_path / "calls", form="parquet")
    names = ["2025-03.parquet", "2025-04.parquet", "unknown.parquet"]
    assert written.calls == 5
    assert sorted(path.name for path in written.path.iterdir()) == names
    months = [pq.read_table(written.path / name) for name in names]
    assert [part.column("call_id").to_pylist() for part in months] == [["1", "2"], ["3", "4"], ["5"]]
    assert months[0].schema == months[1].schema == months[2].schema
    assert months[0].column("price").to_pylist() == [Decimal(57), Decimal("0.000125")]
    assert months[0].schema.field("started_at").type == pa.timestamp("us", "UTC")


def test_months_are_those_of_utc(tmp_path) -> None:
    # 1 April 2025, 01:00 in Tehran, is 21:30 of the day before in UTC.
    moment = pd.Timestamp("2025-04-01 01:00", tz="Asia/Tehran")
    export(pd.DataFrame({"call_id": ["1"], "started_at": [moment]}), tmp_path / "calls", form="parquet")
    assert [path.name for path in (tmp_path / "calls").iterdir()] == ["2025-03.parquet"]


def test_parquet_may_be_one_file(archive, tmp_path) -> None:
    export(archive.tables(), tmp_path / "calls.parquet")
    found = pq.read_table(tmp_path / "calls.parquet")
    assert found.column("call_id").to_pylist() == ["5", "1", "2", "3", "4"]


@pytest.mark.parametrize("form", list(Format))
def test_no_calls_are_a_file_without_rows(form, tmp_path) -> None:
    with Archive.open("sqlite://") as empty:
        written = export(empty.tables(), tmp_path / f"calls.{form}")
    assert written.calls == 0
    match form:
        case Format.CSV:
            assert tuple(written.path.read_text().strip().split(",")) == EXPORTED
        case Format.JSON_LINES:
            assert written.path.read_bytes() == b""
        case Format.PARQUET:
            assert tuple(pq.read_table(written.path).column_names) == EXPORTED
        case Format.XLSX:
            assert tuple(cell.value for cell in openpyxl.load_workbook(written.path).active[1]) == EXPORTED


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_of_any_engine_can_be_exported(engine, tmp_path) -> None:
    frame = ENGINES[engine](table(OFFICE))
    export(Calls(frame), tmp_path / "calls.parquet")
    assert rows(pq.read_table(tmp_path / "calls.parquet")) == rows(table(OFFICE))


def test_an_index_is_no_column(tmp_path) -> None:
    frame = pd.DataFrame({"call_id": ["1", "2"]}, index=[7, 3])
    export(frame[::-1], tmp_path / "calls.csv")
    assert (tmp_path / "calls.csv").read_text().split() == ["call_id", "2", "1"]


MASKING = Masking(key=b"k" * 32, own=frozenset({"+989120000009"}))


def numbers_of(path):
    return [(row["source"], row["source_name"], row["destination"]) for row in lines(path)]


def test_masked_numbers_hide_their_ends_and_the_names(archive, tmp_path) -> None:
    archive.store([call("7", started_at=START + timedelta(days=60), source=Party(number="+989120000009"))])
    export(archive.tables(), tmp_path / "calls.csv", numbers="masked", masking=MASKING)
    found = numbers_of(tmp_path / "calls.csv")
    # Four digits are hidden, but at least half; extensions identify nobody. What isn't a plain number after a plus sign
    # gets the apostrophe.
    assert found[1] == ("'+98912•••••••", "", "1510")
    assert found[2] == ("02155••••••", "", "1510")
    assert found[-1] == ("+989120000009", "", "1510")
    assert found[0] == ("", "", "")


def test_pseudonyms_are_those_of_the_key_and_longer(archive, tmp_path) -> None:
    export(archive.tables(), tmp_path / "calls.csv", numbers=Numbers.PSEUDONYMS, masking=MASKING)
    found = numbers_of(tmp_path / "calls.csv")
    assert found[1][0] == found[3][0] == MASKING.pseudonym("+989120000001", 16)
    assert found[1][0].startswith(MASKING.pseudonym("+989120000001"))
    assert len(found[1][0]) == 16
    assert "9120000001" not in (tmp_path / "calls.csv").read_text()


def test_without_a_key_pseudonyms_are_of_this_process(tmp_path) -> None:
    frame = pl.DataFrame({"source": ["+989120000001"]})
    export(frame, tmp_path / "calls.csv", numbers="pseudonyms")
    assert lines(tmp_path / "calls.csv")[0]["source"] == Masking().pseudonym("+989120000001", 16)


OWN, OTHER_LINE, STRANGER = "+982155000001", "+982155000009", "+989120000077"


@pytest.fixture
def busy(tmp_path, monkeypatch):
    """Return an archive in which own lines call each other and are called, and an extension has seven digits."""
    path = tmp_path / "busy.db"
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(path))
    with Archive.open(path) as opened:
        for account, title in ((ACCOUNT, "Office"), (OTHER, "Branch")):
            opened.register(account, provider="telefonchy", title=title, zone="Asia/Tehran", currency="IRR")
        opened.store([
            call("1", trunk="2155000001", source=Party(number="09120000077", e164=STRANGER, name="Ann"),
                 destination=Party(number="02155000001", e164=OWN)),
            call("2", trunk="2155000001", source=Party(number="1234567"), extension="1234567",
                 destination=Party(number="02155000009", e164=OTHER_LINE)),
            call("3", account=OTHER, trunk="2155000009", started_at=START + timedelta(days=90)),
        ])  # fmt: skip
    return path


@pytest.mark.parametrize("numbers", ["masked", "pseudonyms"])
def test_own_lines_stay_whole_in_every_export(busy, tmp_path, numbers) -> None:
    # The other account's trunk is own, too, although none of its calls is exported.
    assert main(["export", "--accounts", "Office", "--numbers", numbers, "-o", str(tmp_path / "a.csv")]) == 0
    first, second = lines(tmp_path / "a.csv")
    assert (first["destination"], first["trunk"]) == (f"'{OWN}", "2155000001") or first["destination"] == OWN
    assert first["source"] not in {STRANGER, f"'{STRANGER}"}
    assert (second["source"], second["extension"]) == ("1234567", "1234567")
    assert second["destination"] == OTHER_LINE
    # trunkline.calls() knows its own, with the key of the archive; a frame knows its trunks.
    calls = trunkline.calls(archive=busy)
    export(calls, tmp_path / "b.csv", numbers=numbers)
    assert lines(tmp_path / "b.csv")[:2] == [first, second]
    export(calls.frame, tmp_path / "c.csv", numbers=numbers)
    assert lines(tmp_path / "c.csv")[0]["destination"] == OWN
    assert "9120000077" not in "".join((tmp_path / name).read_text() for name in ("a.csv", "b.csv", "c.csv"))


def test_sql_in_a_notebook_hides_the_numbers_of_others_if_asked(busy) -> None:
    line = f"--archive {busy} --numbers"
    cell = "SELECT source, destination, source_name FROM calls WHERE call_id = '1'"
    found = query(f"{line} masked", cell)
    assert found.iloc[0, :2].tolist() == ["+98912•••••••", OWN]
    assert found["source_name"].isna().all()
    hidden = query(f"{line} pseudonyms", cell)
    with Archive.open(busy) as archive:
        assert hidden.iloc[0, :2].tolist() == [Masking(archive.masking_key()).pseudonym(STRANGER, 16), OWN]
    assert query(f"--archive {busy}", cell).iloc[0].tolist() == [STRANGER, OWN, "Ann"]


def test_an_archive_knows_its_own_lines(busy) -> None:
    with Archive.open(busy) as archive:
        assert archive.lines() == [(ACCOUNT, "1234567"), (ACCOUNT, "1510"), (ACCOUNT, "2155000001"),
                                   (OTHER, "1510"), (OTHER, "2155000009")]  # fmt: skip
        assert archive.lines_with_credit() == []
        archive.record_credit(ACCOUNT, [Trunk(trunk_id="2155000003", number="02155000003", credit=irr("5"))], START)
        assert archive.lines_with_credit() == [(ACCOUNT, "2155000003")]
        assert (ACCOUNT, "2155000003") in archive.lines()


def test_a_file_is_replaced_only_if_asked(tmp_path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("mine")
    with pytest.raises(RequestError, match="exists already"):
        export(table(OFFICE), path)
    assert path.read_text() == "mine"
    export(table(OFFICE), path, replace=True)
    assert len(lines(path)) == len(OFFICE)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_folder_with_files_is_left_alone(tmp_path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(RequestError, match="isn't empty"):
        export(table(OFFICE), tmp_path, form="parquet", replace=True)
    with pytest.raises(ConfigError, match="is a folder"):
        export(table(OFFICE), tmp_path, form="csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    export(table(OFFICE), tmp_path / "empty", form="parquet")
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["2025-03.parquet"]


@pytest.mark.parametrize("name", ["calls.csv", "calls.parquet", "calls.xlsx", "calls.jsonl", "calls"])
def test_nothing_is_left_of_an_export_that_fails(name, tmp_path) -> None:
    def failing():
        yield table(OFFICE)
        msg = "the archive is gone"
        raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="gone"):
        export(failing(), tmp_path / name, form=None if "." in name else "parquet")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_exported_is_told(tmp_path) -> None:
    with pytest.raises(ConfigError, match="which format"):
        export(table(OFFICE), tmp_path / "calls.doc")
    with pytest.raises(ConfigError, match="which format"):
        export(table(OFFICE), tmp_path / "calls.csv", form="doc")
    with pytest.raises(ConfigError, match="can't write"):
        export(table(OFFICE), tmp_path / "nowhere" / "calls.csv")
    with pytest.raises(DataError, match="not a int"):
        export(5, tmp_path / "calls.csv")
    with pytest.raises(DataError, match="started_at"):
        export(pa.table({"call_id": ["1"]}), tmp_path / "calls", form="parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["calls.csv", "calls.jsonl", "calls.xlsx", "calls.parquet", "folder"])
@pytest.mark.parametrize(
    "frames", [[], {}, {"call_id": ["1"]}, "calls", [["1"]], [pd.Series(["1"])], pd.Series(["1"])], ids=repr
)
def test_what_has_no_frame_is_told_and_leaves_nothing(name, frames, tmp_path) -> None:
    with pytest.raises(DataError, match="an export needs a frame of calls"):
        export(frames, tmp_path / name, form="parquet" if name == "folder" else None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["calls.csv", "calls.jsonl", "calls.xlsx", "calls.parquet", "folder"])
def test_frames_of_other_columns_are_refused(name, tmp_path) -> None:
    frame = table(OFFICE).select(["call_id", "started_at", "talk_s"])
    other = frame.select(["talk_s", "started_at", "call_id"])
    with pytest.raises(DataError, match="different columns"):
        export([frame, other], tmp_path / name, form="parquet" if name == "folder" else None)
    assert list(tmp_path.iterdir()) == []


def priced(started: datetime, price: str) -> pa.Table:
    return pa.table({"started_at": [started], "price": [Decimal(price)]})


def test_a_parquet_file_holds_frames_of_one_type_only(tmp_path) -> None:
    # Arrow's type of a price has as many digits as the price.
    march, again, april = priced(START, "57"), priced(START, "0.125"), priced(START + timedelta(days=40), "0.125")
    assert export([march, again], tmp_path / "calls.csv").calls == 2
    assert export([march, april], tmp_path / "months", form="parquet").calls == 2
    for name in ("calls.parquet", "more"):
        with pytest.raises(DataError, match="column 'price' has another type"):
            export([march, again], tmp_path / name, form="parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.csv", "months"]


def test_a_file_is_no_place_for_a_folder(tmp_path) -> None:
    path = tmp_path / "months"
    path.write_text("mine")
    for replace in (False, True):
        with pytest.raises(RequestError, match="is a file: name a new folder"):
            export(table(OFFICE), path, form="parquet", replace=replace)
    assert path.read_text() == "mine"


def test_capitals_in_an_ending_make_no_difference(tmp_path) -> None:
    for name in ("calls.CSV", "calls.Parquet"):
        export(table(OFFICE), tmp_path / name)
        assert (tmp_path / name).is_file()


def test_months_need_times_of_any_unit(tmp_path) -> None:
    # The first nanosecond of February, and the last one before it.
    starts = pa.array([1_769_904_000_000_000_000, 1_769_903_999_999_999_999], pa.timestamp("ns", "UTC"))
    export(pa.table({"started_at": starts}), tmp_path / "months", form="parquet")
    assert sorted(path.name for path in (tmp_path / "months").iterdir()) == ["2026-01.parquet", "2026-02.parquet"]
    with pytest.raises(DataError, match="'started_at', which tells the months of the calls, holds something else"):
        export(pa.table({"started_at": ["soon"]}), tmp_path / "more", form="parquet")


def test_folders_that_were_made_for_an_export_that_fails_are_deleted(tmp_path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(DataError):
        export([], tmp_path / "there" / "new" / "months", form="parquet")
    assert list((tmp_path / "there").iterdir()) == []


def test_a_workbook_that_fails_at_its_first_call_leaves_nothing(tmp_path) -> None:
    def broken():
        msg = "damaged"
        raise ValueError(msg)
        yield

    with pytest.raises(ValueError, match="damaged"):
        export(broken(), tmp_path / "calls.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_way_of_writing_numbers_or_a_name_that_cannot_be_is_told(tmp_path) -> None:
    with pytest.raises(ConfigError, match="whole, masked, pseudonyms"):
        export(table(OFFICE), tmp_path / "calls.csv", numbers="hidden")
    with pytest.raises(ConfigError, match="can't write"):
        export(table(OFFICE), tmp_path / f"{'x' * 300}.csv")
    with pytest.raises(DataError, match="two columns of the same name"):
        export(pa.table([["1"], ["2"]], names=["call_id", "call_id"]), tmp_path / "calls.csv")


def test_without_xlsxwriter_the_extra_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(ConfigError, match=r"trunkline\[reports\]"):
        export(table(OFFICE), tmp_path / "calls.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_an_engine_reads_the_months_as_one_table(archive, tmp_path) -> None:
    export(archive.tables(), tmp_path / "calls", form="parquet")
    total = duckdb.sql(f"select count(*), sum(price) from read_parquet('{tmp_path}/calls/*.parquet')").fetchall()
    assert total == [(5, Decimal("114.000125"))]
