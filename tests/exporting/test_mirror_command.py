"""`trunkline mirror`."""

from __future__ import annotations

import pytest

from tests.archive.records import ACCOUNT, call
from trunkline.archive import Archive
from trunkline.cli.main import main


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(tmp_path / "archive.db"))
    with Archive.open(f"sqlite:///{tmp_path / 'archive.db'}") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call("1"), call("2")])
    return tmp_path


def test_months_are_written_once(home, capsys) -> None:
    directory = str(home / "mirror")
    for expected in (f"{directory},1,0,0,2", f"{directory},0,1,0,0"):
        assert main(["mirror", directory, "--format", "csv"]) == 0
        assert capsys.readouterr().out.split() == ["mirror,written,unchanged,removed,calls", expected]


def test_without_pyarrow_the_extra_is_named(home, capsys, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    assert main(["mirror", str(home / "mirror")]) == 2
    assert "trunkline[reports]" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(home, capsys) -> None:
    (home / "file").touch()
    assert main(["mirror", str(home / "file")]) == 1
    assert "can't write the mirror" in capsys.readouterr().err
