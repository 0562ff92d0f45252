"""The DataFrame of the calls: columns, types, order, and exact prices."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from trunkline.archive import Archive
from trunkline.archive import chunks as chunks_module
from trunkline.archive import frame as frame_module
from trunkline.model import Contact, Direction, Money, Party, Status

if TYPE_CHECKING:
    import pytest

COLUMNS = [
    "account", "call_id", "direction", "status", "trunk", "extension", "source", "source_name", "destination",
    "destination_name", "started_at", "ended_at", "started_local", "wait_s", "talk_s", "price", "price_wait",
    "price_talk", "price_record", "price_saved", "currency",
]  # fmt: skip
CATEGORIES = ["account", "direction", "status", "trunk", "extension", "currency"]


def test_a_row_holds_what_the_call_says(archive: Archive) -> None:
    archive.store([call("1")])
    frame = archive.frame()
    assert list(frame.columns) == COLUMNS
    (row,) = frame.to_dict("records")
    assert pd.isna(row.pop("destination_name"))
    assert row == {
        "account": ACCOUNT,
        "call_id": "1",
        "direction": "incoming",
        "status": "answered",
        "trunk": "2155500001",
        "extension": "1510",
        "source": "+989120000001",
        "source_name": "Customer One",
        "destination": "1510",
        "started_at": pd.Timestamp("2025-03-03 08:31:00", tz="UTC"),
        "ended_at": pd.Timestamp("2025-03-03 08:32:36", tz="UTC"),
        "started_local": pd.Timestamp("2025-03-03 12:01:00"),  # Tehran is at UTC+3:30
        "wait_s": 6,
        "talk_s": 90,
        "price": Decimal(57),
        "price_wait": Decimal(17),
        "price_talk": Decimal(45),
        "price_record": Decimal(0),
        "price_saved": Decimal(5),
        "currency": "IRR",
    }


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_types_are_as_documented_and_the_same_for_an_empty_archive(archive: Archive) -> None:
    empty = archive.frame()
    archive.store([call("1"), bare("2")])
    full = archive.frame()
    assert len(empty) == 0
    assert list(empty.columns) == COLUMNS
    assert types(empty) == types(full)
    assert all(isinstance(full[name].dtype, pd.CategoricalDtype) for name in CATEGORIES)
    assert (types(full)["started_at"], types(full)["ended_at"]) == ("datetime64[us, UTC]", "datetime64[us, UTC]")
    assert types(full)["started_local"] == "datetime64[us]"
    assert (full["wait_s"].dtype, full["talk_s"].dtype) == (pd.Int64Dtype(), pd.Int64Dtype())
    for name in ("price", "price_wait", "price_talk", "price_record", "price_saved"):
        assert pa.types.is_decimal128(full[name].dtype.pyarrow_dtype)
    for name in ("call_id", "source", "source_name", "destination", "destination_name"):
        assert isinstance(full[name].dtype, pd.StringDtype)


def test_prices_of_different_scales_share_the_finest(archive: Archive) -> None:
    archive.store([call("1", price=irr("0.000125")), call("2", price=irr(9_000_000_000)), call("3", price=None)])
    prices = archive.frame()["price"]
    assert prices.tolist()[:2] == [Decimal("0.000125"), Decimal(9_000_000_000)]
    assert prices.isna().tolist() == [False, False, True]
    assert prices.dtype.pyarrow_dtype == pa.decimal128(28, 6)


def test_prices_at_both_ends_of_64_bits_stay_exact(archive: Archive) -> None:
    archive.store([
        call("1", price=irr(2**63 - 1)),
        call("2", price=irr(-(2**63) + 1)),
        call("3", price=irr("0.000000000000000001"), price_wait=None, price_talk=None, price_saved=None),
    ])  # fmt: skip
    assert archive.frame()["price"].tolist() == [2**63 - 1, -(2**63) + 1, Decimal("1E-18")]


def test_prices_can_be_added_and_multiplied_in_the_frame(archive: Archive) -> None:
    archive.store([call("1"), call("2")])
    frame = archive.frame()
    parts = frame["price_wait"] + frame["price_talk"] + frame["price_record"] - frame["price_saved"]
    assert (parts == frame["price"]).all()
    assert frame["price"].sum() == Decimal(114)


def test_order_is_by_start_and_id_over_all_accounts(archive: Archive) -> None:
    archive.store([call("3", account=OTHER), call("1"), call("2", account=OTHER), call("5", started_at=None)])
    archive.store([call("b", started_at=START + timedelta(minutes=3))])
    assert archive.frame()["call_id"].tolist() == ["5", "1", "2", "3", "b"]


def test_accounts_and_half_open_period_filter(archive: Archive) -> None:
    archive.store([call(str(number), account=(ACCOUNT, OTHER)[number % 2]) for number in range(10)])
    since, until = START + timedelta(minutes=2), START + timedelta(minutes=7)
    assert archive.frame(since=since, until=until)["call_id"].tolist() == ["2", "3", "4", "5", "6"]
    assert archive.frame(since=since, until=until, accounts=[OTHER])["call_id"].tolist() == ["3", "5"]
    assert archive.frame(accounts=ACCOUNT)["account"].unique().tolist() == [ACCOUNT]
    assert len(archive.frame(accounts=["telefonchy:none"])) == 0


def test_rows_of_one_moment_over_the_edge_of_a_chunk_come_once(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks_module, "_CHUNK", 3)
    archive.store([call(str(number), started_at=START + timedelta(minutes=number // 5)) for number in range(10, 30)])
    archive.store([call(f"u{number}", started_at=None) for number in range(4)])
    read = archive.frame()["call_id"].tolist()
    assert read == ["u0", "u1", "u2", "u3", *(str(number) for number in range(10, 30))]


def test_categories_are_sorted_and_only_those_there(archive: Archive) -> None:
    archive.store([call("1", status=Status.NO_ANSWER), call("2", status=Status.BUSY), call("3", direction=None)])
    frame = archive.frame()
    assert list(frame["status"].cat.categories) == ["answered", "busy", "no_answer"]
    assert frame["direction"].isna().tolist() == [False, False, True]


def test_wall_clock_follows_the_zones_changes(archive: Archive) -> None:
    # Iran's clocks stood at +4:30 in the summer of 2022 and stay at +3:30 since.
    moments = ["2022-07-13T11:46:23+00:00", "2022-12-13T11:46:23+00:00", "2023-07-13T11:46:23+00:00"]
    archive.store([call(str(number), started_at=datetime.fromisoformat(text)) for number, text in enumerate(moments)])
    assert archive.frame()["started_local"].tolist() == [
        pd.Timestamp("2022-07-13 16:16:23"), pd.Timestamp("2022-12-13 15:16:23"), pd.Timestamp("2023-07-13 15:16:23"),
    ]  # fmt: skip


TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


@given(rows=st.lists(st.tuples(TEXT, TEXT, st.none() | st.integers(-(2**63) + 1, 2**63 - 1)), max_size=8))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_and_any_number_come_through(rows) -> None:
    with Archive.open("sqlite://") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="UTC", currency="IRR")
        archive.store([
            bare(str(number), started_at=START + timedelta(seconds=number), trunk=trunk, source=Party(name=name), talk=talk)
            for number, (trunk, name, talk) in enumerate(rows)
        ])  # fmt: skip
        frame = archive.frame().astype(object)
        frame = frame.where(frame.notna(), None)
        assert list(zip(frame["trunk"], frame["source_name"], frame["talk_s"], strict=True)) == rows


def test_no_analysts_library_loads_with_the_archive() -> None:
    code = (
        "import sys; from trunkline.archive import Archive; Archive.open('sqlite://').accounts();"
        "print([name for name in ('pandas', 'pyarrow', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_frame_agrees_with_the_calls(archive: Archive) -> None:
    contact = Contact("1", name="One")
    archive.store([
        call("1", price=Money(Decimal("1.5"), "EUR"), price_wait=None, price_talk=None, price_record=None,
             price_saved=None, direction=Direction.OUTGOING, source=Party("1510", name="Desk", contact=contact)),
        call("2"),
    ])  # fmt: skip
    frame = archive.frame()
    for one, row in zip(reversed(archive.calls()), frame.to_dict("records"), strict=True):
        assert row["call_id"] == one.call_id
        assert (row["price"], row["currency"]) == (one.price.amount, one.price.currency)
        assert row["source"] == (one.source.e164 or one.source.number)
        assert row["direction"] == one.direction
        assert row["started_at"] == one.started_at


def test_a_number_is_in_e164_if_any_call_of_its_account_has_it_so(archive: Archive) -> None:
    plain, full = Party(number="09120000001"), Party(number="09120000001", e164="+989120000001")
    archive.store([
        call("1", source=plain),
        call("2", source=Party(number="10"), destination=full),
        call("3", account=OTHER, source=plain),
        call("4", source=Party(number="09120000002")),
    ])  # fmt: skip
    frame = archive.frame().set_index("call_id")
    assert frame["source"].to_dict() == {"1": "+989120000001", "2": "10", "3": "09120000001", "4": "09120000002"}


def test_a_call_without_a_price_has_the_currency_of_its_account(archive: Archive) -> None:
    archive.store([bare("1"), call("2")])
    frame = archive.frame().set_index("call_id")
    assert frame["currency"].to_dict() == {"1": "IRR", "2": "IRR"}
    assert frame["price"].isna().to_dict() == {"1": True, "2": False}


def test_pieces_are_the_frame_month_by_month(archive: Archive) -> None:
    day = timedelta(days=1)
    archive.store([
        call("1"), bare("2"), call("3", account=OTHER, started_at=START + 40 * day, price=irr("0.5")),
        call("4", started_at=START + 41 * day, source=Party(number="9120000001")), call("5", started_at=START + 400 * day),
    ])  # fmt: skip
    pieces = list(archive.tables())
    assert [piece.column("call_id").to_pylist() for piece in pieces] == [["2"], ["1"], ["3", "4"], ["5"]]
    assert len({str(piece.schema.remove_metadata()) for piece in pieces}) == 1
    # A number is in E.164 in one piece because another piece has it so.
    assert pieces[2].column("source").to_pylist() == ["+989120000001"] * 2
    pd.testing.assert_frame_equal(frame_module.to_pandas(pa.concat_tables(pieces)), archive.frame())
    since, until = START + 40 * day, START + 41 * day
    (piece,) = archive.tables(since=since, until=until)
    assert piece.column("call_id").to_pylist() == ["3"]
    assert piece.schema.field("price").type == pa.decimal128(28, 1)


def test_no_calls_are_one_empty_piece(archive: Archive) -> None:
    (piece,) = archive.tables()
    assert piece.num_rows == 0
    assert piece.column_names == COLUMNS


def test_pieces_reach_the_ends_of_the_calendar(archive: Archive) -> None:
    ends = [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)]
    archive.store([call(str(number), started_at=moment, ended_at=None) for number, moment in enumerate(ends)])
    assert [piece.column("call_id").to_pylist() for piece in archive.tables()] == [["0"], ["1"]]
