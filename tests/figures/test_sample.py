"""The sample archive, the magics of IPython, and the command that copies the notebooks."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_socket
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import trunkline
from trunkline.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Let the sandbox and its clients talk over loopback."""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest_socket.enable_socket()
    return trunkline.sample(tmp_path_factory.mktemp("sample") / "s.db", calls=200, days=20, now=NOW)


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    # The history would start a thread.
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.run_line_magic("load_ext", "trunkline")
    yield shell
    InteractiveShell.clear_instance()


def test_a_sample_is_a_whole_archive(archive: Path) -> None:
    calls = trunkline.calls(archive=str(archive))
    assert sorted(each.title for each in calls.accounts) == ["Branch", "Office", "Wholesale"]
    # 70 % and 30 % of the company's calls are those of its two offices; the third account has as many as the first.
    assert calls.frame["account"].value_counts().sort_values().tolist() == [60, 140, 140]
    assert calls.cost().unit == "EUR, IRR"
    assert calls.gaps == {}


def test_a_sample_that_exists_stays_as_it_is(archive: Path) -> None:
    before = archive.read_bytes()
    assert trunkline.sample(archive, calls=10) == archive
    assert archive.read_bytes() == before
    assert [each.name for each in archive.parent.iterdir()] == [archive.name]


async def test_a_sample_is_made_where_an_event_loop_runs(tmp_path: Path) -> None:
    path = trunkline.sample(tmp_path / "s.db", calls=10, days=2, now=NOW)
    assert len(trunkline.calls(archive=str(path))) == 17
    assert asyncio.get_running_loop().is_running()


def test_sql_in_a_cell(shell: InteractiveShell, archive: Path) -> None:
    found = shell.run_cell_magic(
        "calls",
        f"1405-02 --accounts office,branch --archive {archive}",
        "SELECT count(*) AS n, sum(price) AS cost FROM calls",
    )
    calls = trunkline.calls("1405-02", accounts=["office", "branch"], archive=str(archive))
    assert found["n"].tolist() == [len(calls)]
    assert Decimal(found["cost"].iloc[0]) == calls.frame["price"].sum()


def test_sql_in_a_cell_reads_nothing_else(shell: InteractiveShell, archive: Path) -> None:
    with pytest.raises(UsageError, match="Permission Error"):
        shell.run_cell_magic("calls", f"--archive {archive}", "SELECT * FROM read_text('/etc/hostname')")
    with pytest.raises(UsageError, match="unrecognized arguments: --nonsense"):
        shell.run_cell_magic("calls", "--nonsense", "SELECT 1")
    with pytest.raises(UsageError, match="(?=.*'none')(?=.*masked)(?!.*<)"):
        shell.run_cell_magic("calls", "--numbers none", "SELECT 1")
    with pytest.raises(UsageError, match="^'Aban' is not a period"):
        shell.run_cell_magic("calls", f"Aban --archive {archive}", "SELECT 1")
    with pytest.raises(UsageError, match='Referenced column "nonsense" not found'):
        shell.run_cell_magic("calls", f"--archive {archive}", "SELECT nonsense FROM calls")


def test_sql_in_a_cell_keeps_amounts_exact_and_times_in_utc(shell: InteractiveShell, archive: Path) -> None:
    found = shell.run_cell_magic(
        "calls",
        f"--archive {archive}",
        "SELECT price, started_at, NULL::INT AS nothing FROM calls WHERE price IS NOT NULL ORDER BY call_id",
    )
    calls = trunkline.calls(archive=str(archive), twins=True).frame
    expected = calls[calls["price"].notna()].sort_values("call_id")
    assert found["price"].tolist() == expected["price"].tolist()
    assert {type(price) for price in found["price"]} == {Decimal}
    assert found["started_at"].tolist() == expected["started_at"].tolist()
    assert str(found["started_at"].dtype) == "datetime64[us, UTC]"
    assert found["nothing"].isna().all()
    sums = shell.run_cell_magic("calls", f"--archive {archive}", "SELECT sum(talk_s) AS talk_s FROM calls")
    assert str(sums["talk_s"].dtype) == "Int64"
    assert sums["talk_s"].tolist() == [calls["talk_s"].sum()]


def test_a_cell_that_cannot_be_is_one_line(shell: InteractiveShell, archive: Path) -> None:
    for line, cell, what in (
        (f"--archive {archive}", "-- nothing", "the cell has no SQL"),
        (f"--archive {archive}", "selec", "^Parser Error: .*selec"),
        ('"1405-08', "SELECT 1", "a quotation mark is missing"),
    ):
        with pytest.raises(UsageError, match=what) as caught:
            shell.run_cell_magic("calls", line, cell)
        assert "\n" not in str(caught.value)
    with pytest.raises(UsageError, match="a quotation mark is missing"):
        shell.run_line_magic("trunkline", 'calls "1405')
    shell.run_line_magic("trunkline", "--help")


def test_the_command_in_a_line(
    shell: InteractiveShell, archive: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(archive))
    shell.run_line_magic("trunkline", "report cost --by total --period 1405-02 --format json")
    assert '"currency": "EUR"' in capsys.readouterr().out


def test_notebooks_are_copied_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "notebooks"
    assert main(["notebooks", str(folder)]) == 0
    copied = sorted(str(each.relative_to(folder)) for each in folder.rglob("*.*"))
    source = ROOT / "notebooks"
    files = [*source.glob("*.ipynb"), *source.glob("cards/*.toml")]
    assert copied == sorted(str(each.relative_to(source)) for each in files)
    assert "cards/contract.toml" in copied
    assert f"jupyter lab {folder}" in capsys.readouterr().out
    own = folder / copied[0]
    own.write_text("my own work")
    assert main(["notebooks", str(folder)]) == 0
    assert own.read_text() == "my own work"
    assert f"{own} exists already and is kept" in capsys.readouterr().out


def test_notebooks_need_a_folder_that_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["notebooks", str(tmp_path / "file" / "x")]) == 2
    assert "can't write to" in capsys.readouterr().err


def test_a_period_and_its_ends_exclude_each_other(
    archive: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(archive))
    assert main(["report", "cost", "--period", "1405-02", "--since", "7d"]) == 2
    assert "--period can't be combined with --since or --until" in capsys.readouterr().err


def test_an_installation_without_notebooks_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.cli.commands.notebooks._PLACES", (tmp_path / "none",))
    assert main(["notebooks", str(tmp_path / "mine")]) == 2
    assert "this installation has no notebooks" in capsys.readouterr().err


LINE = {
    "url": "http://127.0.0.1:1",
    "telefonchy": {
        "provider": "telefonchy", "dialect": "", "base_url": "http://127.0.0.1:1/t", "credentials": {"token": 'a"b'},
    },
    "mor": {
        "provider": "mor", "dialect": "pages", "base_url": "http://127.0.0.1:1/m", "credentials": {"username": "u"},
    },
}  # fmt: skip


def test_the_sandbox_has_accounts_of_its_own_while_it_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    written: list[Path] = []

    def serve(*_: object, ready: Callable[[dict[str, Any]], None]) -> None:
        ready(LINE)
        [accounts] = tmp_path.glob("trunkline-sandbox-*/accounts.toml")
        tables = tomllib.loads(accounts.read_text())
        assert tables["telefonchy"] == {"provider": "telefonchy", "base_url": "http://127.0.0.1:1/t", "token": 'a"b'}
        assert tables["mor"]["dialect"] == "pages"
        assert accounts.stat().st_mode & 0o777 == 0o600
        written.append(accounts)

    monkeypatch.setattr("trunkline.sandbox.run.serve", serve)
    assert main(["sandbox"]) == 0
    assert f"export TRUNKLINE_ACCOUNTS={written[0]}" in capsys.readouterr().err
    # Nothing was synced, so the folder is gone with the accounts.
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "message"),
    [(ValueError("days must be at least 1"), "days must be"), (OSError(98, "in use"), "can't listen")],
)
def test_a_sandbox_that_cannot_start_is_one_line(
    error: Exception, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(*_: object, ready: object) -> None:
        raise error

    monkeypatch.setattr("trunkline.sandbox.run.serve", serve)
    assert main(["sandbox"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert message in line
