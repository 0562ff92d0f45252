"""`trunkline export`, and `trunkline import` of what it wrote."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pandas as pd
import pytest

from tests.archive.records import ACCOUNT, OTHER, START, call, irr
from trunkline.archive import Archive
from trunkline.cli.main import main
from trunkline.model import Party

COLUMNS = {
    "id": "call_id", "started": "started_at", "ended": "ended_at", "direction": "direction", "status": "status",
    "trunk": "trunk", "extension": "extension", "source": "source", "source_name": "source_name",
    "destination": "destination", "destination_name": "destination_name", "wait": "wait_s", "talk": "talk_s",
    "price": "price", "currency": "currency",
}  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(tmp_path / "archive.db"))
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.register(OTHER, provider="telefonchy", title="Branch", zone="Asia/Tehran", currency="IRR")
        archive.store([
            call("1"),
            call("2", source=Party(number="*21#", name='=1+1;-2\\n, "x"\t'), price=irr("1.25"), recording=None),
            call("3", started_at=START.replace(month=5), account=OTHER),
        ])  # fmt: skip
    return tmp_path


def test_a_period_of_an_account_is_written(home, capsys) -> None:
    path = home / "calls.csv"
    assert main(["export", "2025-03", "-o", str(path), "--accounts", "office"]) == 0
    assert capsys.readouterr().out.split()[-3:] == [str(path), "csv", "2"]
    with path.open(newline="") as file:
        assert [row["call_id"] for row in csv.DictReader(file)] == ["1", "2"]


def test_a_period_of_accounts_in_two_zones_is_one_of_their_own_days(home) -> None:
    # 21:00 UTC of 31 October is November in Tehran, and 23:00 of October in Vilnius.
    begin = datetime(2026, 10, 31, 21, tzinfo=UTC)
    with Archive.open(f"sqlite:///{home / 'archive.db'}") as archive:
        archive.register("mor:7", provider="mor", title="Shop", zone="Europe/Vilnius", currency="EUR")
        archive.store(
            [call("t", started_at=begin, price=None), call("v", started_at=begin, price=None, account="mor:7")]
        )
    for period, expected in (("2026-10", ["v"]), ("2026-11", ["t"]), ("2026-10..2026-11", ["t", "v"])):
        path = home / f"{period}.csv"
        assert main(["export", period, "-o", str(path)]) == 0
        with path.open(newline="") as file:
            assert [row["call_id"] for row in csv.DictReader(file)] == expected


def test_everything_goes_into_months(home, capsys) -> None:
    assert main(["export", "-o", str(home / "calls"), "--format", "parquet"]) == 0
    assert sorted(path.name for path in (home / "calls").iterdir()) == ["2025-03.parquet", "2025-05.parquet"]


def test_pseudonyms_have_the_archives_key(home, capsys) -> None:
    for name in ("a", "b"):
        assert main(["export", "-o", str(home / f"{name}.jsonl"), "--numbers", "pseudonyms"]) == 0
    assert (home / "a.jsonl").read_text() == (home / "b.jsonl").read_text()
    assert "+98912" not in (home / "a.jsonl").read_text()


def test_mistakes_are_one_line(home, capsys) -> None:
    (home / "calls.csv").touch()
    for arguments, told in (
        (["2025-03", "-o", str(home / "calls.csv")], "exists already"),
        (["2025-03", "-o", str(home / "calls.doc")], "which format"),
        (["nonsense", "-o", str(home / "x.csv")], "is not a period"),
        (["-o", str(home / "x.csv"), "--accounts", "nobody"], "no account"),
    ):
        assert main(["export", *arguments]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1
    assert main(["export", "-o", str(home / "calls.csv"), "--force"]) == 0


def test_without_pyarrow_the_extra_is_named(home, capsys, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "trunkline.exporting", None)
    assert main(["export", "-o", str(home / "calls.csv")]) == 2
    assert "trunkline[reports]" in capsys.readouterr().err


def test_an_exported_file_is_imported_with_the_same_calls(home, capsys, monkeypatch) -> None:
    """Times, durations, numbers, exact prices and any text come back; parts of prices have no column in an import."""
    path = home / "calls.csv"
    assert main(["export", "-o", str(path), "--accounts", "Office"]) == 0
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(home / "second.db"))
    columns = [part for field, column in COLUMNS.items() for part in ("--column", f"{field}={column}")]
    place = ["--account", "copy", "--zone", "Asia/Tehran", "--currency", "IRR"]
    assert main(["import", str(path), "--form", "csv", *place, *columns]) == 0
    with (
        Archive.open(f"sqlite:///{home / 'archive.db'}") as first,
        Archive.open(f"sqlite:///{home / 'second.db'}") as last,
    ):
        kept = [name for name in first.frame().columns if name != "account" and not name.startswith("price_")]
        before, after = first.frame(accounts=ACCOUNT)[kept], last.frame()[kept]
    assert before["source_name"][1].startswith("=1+1;-2\\n")
    pd.testing.assert_frame_equal(before, after)
