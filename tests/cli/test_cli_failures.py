"""What the command does when its output or its archive can't be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trunkline.cli import main as command
from trunkline.cli.storage import open_archive
from trunkline.errors import ConfigError


def test_a_reader_that_stops_early_is_no_error(monkeypatch, tmp_path):
    with (tmp_path / "output").open("w") as output:
        monkeypatch.setattr("sys.stdout", output)
        monkeypatch.setattr(command, "load_installed", _closed)
        assert command.main(["accounts"]) == 0
        assert os.path.samestat(os.fstat(output.fileno()), Path(os.devnull).stat())


def _closed():
    raise BrokenPipeError


def test_a_folder_that_cannot_be_created_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", str(tmp_path / "file" / "below" / "calls.db"))
    with pytest.raises(ConfigError, match="can't create the archive's folder"):
        open_archive()


@pytest.mark.parametrize("given", ["://calls", "postgresql://calls.example:port/calls"])
def test_an_archive_that_is_neither_file_nor_database_is_refused(monkeypatch, given):
    monkeypatch.setenv("TRUNKLINE_ARCHIVE", given)
    with pytest.raises(ConfigError, match="TRUNKLINE_ARCHIVE is neither a file nor a database URL"):
        open_archive()
