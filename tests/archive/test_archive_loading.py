"""Loading calls in chunks: any text, exact prices, one state of the archive, and columns that can be changed."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv
from sqlalchemy import func, select

from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from trunkline.archive import Archive
from trunkline.archive import chunks as chunks_module
from trunkline.archive import database as database_module
from trunkline.archive import tables as tables_module
from trunkline.archive.columns import Integers, Words
from trunkline.archive.prices import decimal_type, decimals
from trunkline.archive.schema import calls
from trunkline.archive.shown import Numbers
from trunkline.errors import ArchiveError, DamagedArchiveError
from trunkline.model import Party

TEXTS = [
    "plain", 'with "quotes"', "back\\slash", "a, comma", "two\nlines", "null", "", None, " blanks ", "ردیف", "[0,1]",
    '"', "\\", ",", "1", "-0x1F", "\x1f", "tab\t", "\u2028", "NaN",
]  # fmt: skip


def with_texts(texts):
    return [
        bare(str(number), started_at=START + timedelta(seconds=number), trunk=text, source=Party(number="1", name=text))
        for number, text in enumerate(texts)
    ]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_any_text_comes_through_in_chunks_of_any_size(archive, monkeypatch, size) -> None:
    monkeypatch.setattr(chunks_module, "_CHUNK", size)
    archive.store(with_texts(TEXTS))
    frame = archive.frame()
    for name in ("trunk", "source_name"):
        column = frame[name].astype(object)
        assert column.where(column.notna(), None).tolist() == TEXTS


def test_a_load_is_of_one_state_of_the_archive(sqlite_url, monkeypatch) -> None:
    monkeypatch.setattr(chunks_module, "_CHUNK", 2)
    arrays = chunks_module._arrays
    with Archive.open(sqlite_url) as archive, Archive.open(sqlite_url) as writer:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        archive.store([call(str(number)) for number in range(10, 19)])

        def writing(text, names, **options):
            writer.store([call("99"), call("18", price=irr(1))])
            return arrays(text, names, **options)

        monkeypatch.setattr(chunks_module, "_arrays", writing)
        frame = archive.frame()
        assert frame["call_id"].tolist() == [str(number) for number in range(10, 19)]
        assert frame["price"].tolist() == [Decimal(57)] * 9
        monkeypatch.setattr(chunks_module, "_arrays", arrays)
        assert archive.frame()["price"].sum() == 57 * 9 + 1


def counted(connections) -> list[int]:
    return [connection.execute(select(func.count()).select_from(calls)).scalar_one() for connection in connections]


def test_two_connections_read_one_state(sqlite_url) -> None:
    with Archive.open(sqlite_url) as archive, Archive.open(sqlite_url) as writer:
        writer.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        writer.store([call("1")])
        with archive._database.reading_twice() as connections:
            writer.store([call("2")])
            assert counted(connections) == [1, 1]
        with archive._database.reading_twice() as connections:
            assert counted(connections) == [2, 2]


def test_only_one_connection_reads_if_something_is_written_before_the_other_one_does(sqlite_url, monkeypatch) -> None:
    version, written = database_module._version, iter([None, "2"])
    with Archive.open(sqlite_url) as archive, Archive.open(sqlite_url) as writer:
        writer.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        writer.store([call("1")])

        def writing(connection):
            found = version(connection)
            if (number := next(written, None)) is not None:
                writer.store([call(number)])
            return found

        monkeypatch.setattr(database_module, "_version", writing)
        with archive._database.reading_twice() as connections:
            assert counted(connections) == [1]
        assert len(archive.frame()) == 2


def test_no_thread_is_left_when_a_row_is_damaged(sqlite_url, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(chunks_module, "_CHUNK", 2)
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        archive.store([call(str(number)) for number in range(9)])
        with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:
            connection.execute("UPDATE calls SET talk = '0x1F' WHERE call_id = '3'")
        with pytest.raises(DamagedArchiveError, match=r"the call '3' .*\(talk holds text\)"):
            archive.frame()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("trunkline-archive")]
        assert len(archive.frame(until=START + timedelta(minutes=3))) == 3


def test_a_currency_of_an_account_that_is_no_text_is_an_error(sqlite_url, tmp_path) -> None:
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        archive.store([bare("1")])
        with closing(sqlite3.connect(tmp_path / "archive.db")) as connection, connection:
            connection.execute("UPDATE accounts SET currency = x'aa'")
        with pytest.raises(ArchiveError):
            archive.frame()


def test_the_currency_of_each_account_takes_the_place_of_none(archive) -> None:
    archive.register(OTHER, provider="telefonchy", title="Branch", zone="UTC", currency="EUR")
    archive.store([bare("1"), call("2"), bare("3", account=OTHER), call("4", account=OTHER)])
    frame = archive.frame().set_index("call_id")
    assert frame["currency"].to_dict() == {"1": "IRR", "2": "IRR", "3": "EUR", "4": "IRR"}
    assert list(frame["currency"].cat.categories) == ["EUR", "IRR"]


@pytest.mark.parametrize("size", [1, 100])
def test_a_number_has_the_greatest_of_its_e164_forms_and_their_name(archive, monkeypatch, size) -> None:
    monkeypatch.setattr(chunks_module, "_CHUNK", size)
    archive.store([
        call("1", source=Party(number="12", e164="+9812"), destination=Party(number="13")),
        call("2", source=Party(number="12", e164="+9912"), destination=Party()),
        call("3", source=Party(number="14", name="Desk"), destination=Party(number="12")),
        call("4", account=OTHER, source=Party(number="12"), destination=Party(e164="+9815")),
    ])  # fmt: skip
    archive.contacts.add({"+9912": "Known"})
    frame = archive.frame().set_index("call_id").astype(object)
    frame = frame.where(frame.notna(), None)
    assert frame["source"].to_dict() == {"1": "+9812", "2": "+9912", "3": "14", "4": "12"}
    assert frame["source_name"].to_dict() == {"1": None, "2": "Known", "3": "Desk", "4": None}
    assert frame["destination"].to_dict() == {"1": "13", "2": None, "3": "+9912", "4": "+9815"}
    assert frame["destination_name"].to_dict() == {"1": None, "2": None, "3": "Known", "4": None}


@pytest.mark.parametrize("scanned", [False, True])
def test_columns_can_be_changed(archive, tmp_path, scanned) -> None:
    archive.store([call("1"), call("2", wait=None, ended_at=None)])
    archive.mirror(tmp_path / "mirror")
    frame = archive.scan(engine="pandas", mirror=tmp_path / "mirror") if scanned else archive.frame()
    assert frame["wait_s"].isna().tolist() == [False, True]
    assert frame["ended_at"].isna().tolist() == [False, True]
    frame.loc[1, "wait_s"] = 5
    frame.loc[0, "started_local"] = pd.Timestamp("2025-01-01")
    frame.loc[1, "ended_at"] = frame.loc[0, "started_at"]
    assert frame["wait_s"].tolist() == [6, 5]
    assert frame["ended_at"].tolist()[1] == pd.Timestamp(START + timedelta(minutes=1))


def test_columns_grow_beyond_what_was_expected() -> None:
    integers, words = Integers(1), Words(0)
    for first in (0, 3, 6):
        integers.add(ACCOUNT, pa.array([first, None, first + 2]))
        words.add(ACCOUNT, pa.array(["a", None, "b"]).dictionary_encode())
    assert integers.array().to_pylist() == [0, None, 2, 3, None, 5, 6, None, 8]
    assert words.array().to_pylist() == words.text().to_pylist() == ["a", None, "b"] * 3
    assert words.array().dictionary.to_pylist() == ["a", "b"]


def test_decimals_are_exact_at_the_ends_of_64_bits() -> None:
    values = pa.array([2**63 - 1, -(2**63), None, -1, 0, 5])
    one = decimals(values, pa.array([2] * 6), decimal_type([2]))
    assert one.type == pa.decimal128(28, 2)
    assert one.to_pylist() == [
        Decimal("92233720368547758.07"), Decimal("-92233720368547758.08"), None, Decimal("-0.01"), Decimal(0),
        Decimal("0.05"),
    ]  # fmt: skip
    assert decimals(values.slice(3, 2), pa.array([2, 2]), decimal_type([2])).to_pylist() == [Decimal("-0.01"), 0]
    both = decimals(values, pa.array([0, 18, 0, 18, 0, 0]), decimal_type([0, 18]))
    assert both.type == pa.decimal128(38, 18)
    assert both.to_pylist() == [
        Decimal(2**63 - 1), Decimal("-9.223372036854775808"), None, Decimal("-1E-18"), Decimal(0), Decimal(5),
    ]  # fmt: skip


def test_numbers_can_be_written_down_and_added_to_others() -> None:
    def coded(values):
        return pa.array(values, pa.string()).dictionary_encode()

    first, second = Numbers(), Numbers()
    first.add(ACCOUNT, coded(["1", "2", None, "1", "3"]), coded(["+1", None, None, "+1", None]))
    assert first.pairs(ACCOUNT) == [("2", None), ("3", None), ("1", "+1")]
    second.add(ACCOUNT, coded(["2", "1"]), coded(["+2", None]))
    second.add_pairs(ACCOUNT, first.pairs(ACCOUNT))
    assert second.e164_of() == {ACCOUNT: {"1": "+1", "2": "+2"}}
    assert first.e164_of() == {}


@pytest.mark.parametrize("most", [0, 1000])
def test_a_file_says_what_is_known_of_its_calls_unless_that_is_much(archive, tmp_path, monkeypatch, most) -> None:
    monkeypatch.setattr(tables_module, "_MOST_PAIRS", most)
    late = START + timedelta(days=40)
    archive.store([
        call("1", source=Party(number="12", e164="+9812")),
        call("2", source=Party(number="12"), started_at=late, price=irr("0.5")),
    ])  # fmt: skip
    archive.mirror(tmp_path / "mirror")
    said = [pq.read_schema(path).metadata[b"trunkline.facts"] for path in (tmp_path / "mirror").rglob("*.parquet")]
    assert (b"null" in said) == (most == 0)
    for period in ({}, {"since": START - timedelta(days=1)}, {"since": late - timedelta(days=1)}):
        frame = archive.scan(engine="pandas", mirror=tmp_path / "mirror", **period)
        pd.testing.assert_frame_equal(frame, archive.frame(**period))
    assert archive.scan(engine="pandas", mirror=tmp_path / "mirror")["source"].tolist() == ["+9812"] * 2


def test_prices_in_files_are_short_unless_one_is_long(archive, tmp_path) -> None:
    archive.store([call("1"), call("2", started_at=START + timedelta(days=40), price=irr(10**18))])
    archive.mirror(tmp_path / "mirror")
    kinds = {path.stem: pq.read_schema(path).field("price").type for path in (tmp_path / "mirror").rglob("*.parquet")}
    assert kinds == {"2025-03": pa.decimal128(18, 0), "2025-04": pa.decimal128(28, 0)}
    pd.testing.assert_frame_equal(archive.scan(engine="pandas", mirror=tmp_path / "mirror"), archive.frame())


def test_a_file_without_facts_is_written_again(archive, tmp_path) -> None:
    archive.store([call("1")])
    archive.mirror(tmp_path / "mirror")
    (path,) = (tmp_path / "mirror").rglob("*.parquet")
    table = pq.read_table(path)
    kept = {name: value for name, value in table.schema.metadata.items() if name != b"trunkline.facts"}
    pq.write_table(table.replace_schema_metadata(kept), path)
    pd.testing.assert_frame_equal(archive.scan(engine="pandas", mirror=tmp_path / "mirror"), archive.frame())
    assert archive.mirror(tmp_path / "mirror").written == 1


def test_what_is_missing_in_a_column_of_seconds_is_zero_below() -> None:
    column = Integers(3)
    column.add(ACCOUNT, pa.array([None, 4], pa.int64()))
    values, missing = column.values()
    assert np.array_equal(values, [0, 4])
    assert np.array_equal(missing, [True, False])


def test_arrow_leaves_ctrl_c_alone_while_it_reads(sqlite_url, monkeypatch):
    # Its own handler, which it installs in the main thread while it reads CSV, loses the signal now and then.
    read, set_handlers, states, enabled = csv.read_csv, pa.enable_signal_handlers, [], [True]

    def setting(enable):
        enabled.append(enable)
        set_handlers(enable)

    def reading(*arguments):
        states.append(enabled[-1])
        return read(*arguments)

    monkeypatch.setattr(pa, "enable_signal_handlers", setting)
    monkeypatch.setattr(csv, "read_csv", reading)
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1")])
        assert len(archive.frame()) == 1
    assert states == [False]
    assert enabled[-1]
