"""What the command does when its output or its archive can't be written."""

from __future__ import annotations

import asyncio
import io
import json
import os
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from trunkline.cli import main as command
from trunkline.cli.loop import run as run_coroutine
from trunkline.cli.output import Format, show
from trunkline.cli.storage import open_archive
from trunkline.errors import ConfigError
from trunkline.inert import from_csv_cell


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


def test_an_output_that_is_full_is_one_line(home, office, capfd):
    with Path("/dev/full").open("w") as full, redirect_stdout(full):
        assert command.main(["accounts"]) == 1
        assert os.path.samestat(os.fstat(full.fileno()), Path(os.devnull).stat())
    assert capfd.readouterr().err == "trunkline: can't write the output (No space left on device)\n"


def test_an_output_that_is_closed_is_one_line(home, office, monkeypatch, capfd):
    monkeypatch.setattr("sys.stdout", None)
    assert command.main(["accounts"]) == 1
    assert capfd.readouterr().err == "trunkline: can't write the output: standard output is closed\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_text_that_an_encoding_lacks_is_escaped(monkeypatch, encoding):
    names = ["سارا", "café", "𝄞", "Nguyễn"]
    rows = [{"name": name} for name in names]
    printed = {}
    for form in Format:
        output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr("sys.stdout", output)
        show(rows, ("name",), form)
        printed[form] = output.buffer.getvalue().decode(encoding)
    assert [row["name"] for row in json.loads(printed[Format.JSON])] == names
    assert [from_csv_cell(line) for line in printed[Format.CSV].splitlines()[1:]] == names
    assert r"\u0633\u0627\u0631\u0627" in printed[Format.TABLE]
    assert printed[Format.TABLE].splitlines()[1].strip("-") == ""


@pytest.mark.parametrize("words", [["calls", "--help"], ["--help"], ["get", "calls", "--help"]])
def test_help_is_printed_in_any_encoding(monkeypatch, words):
    output = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", output)
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 0
    assert b"usage: trunkline" in output.buffer.getvalue()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["call", "office", "--from", "1510", "--to", "02155500199", "09120000001"],
            "there are more arguments than the command takes (see trunkline call --help)",
        ),
        (["credit", "--token", "s3cret"], "there is no option --token (see trunkline credit --help)"),
        (["credit", "--token=s3cret"], "there is no option --token (see trunkline credit --help)"),
        (["credit", "-ps3cret"], "there is no option -p (see trunkline credit --help)"),
        (["get", "contacts", "--number", "09120000001"], "there is no option --number (see trunkline get contacts --help)"),
    ],
)  # fmt: skip
def test_what_an_error_says_of_a_wrong_option_is_no_number_or_secret(home, run, words, said):
    assert run(*words) == (2, "", f"trunkline: {said}\n")


def test_a_command_runs_within_a_running_loop(office, run):
    async def within():
        return run("credit", "office", "--format", "json")

    status, out, err = asyncio.run(within())
    assert (status, err) == (0, "")
    assert json.loads(out)


def test_an_interruption_cancels_what_runs_beside_a_loop(monkeypatch):
    ended = []

    async def long():
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def within():
        run_coroutine(long())

    def interrupted(self, timeout=None):
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr("concurrent.futures.Future.result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(within())
    assert ended == [True]


@pytest.mark.parametrize(
    ("setting", "said"), [("zone", "there is no time zone 'Nowhere'"), ("currency", "'Nowhere' is not a currency")]
)
def test_a_wrong_setting_is_named_and_no_missing_credential(home, run, setting, said):
    (home / "accounts.toml").write_text(f'[office]\nprovider = "telefonchy"\ntoken = "t"\n{setting} = "Nowhere"\n')
    (home / "accounts.toml").chmod(0o600)
    status, out, err = run("accounts", "--format", "json")
    assert (status, json.loads(out)[0]["credentials"]) == (2, "complete")
    assert err.startswith(f"trunkline: account office: {said}")
    assert len(err.splitlines()) == 1


def test_an_accounts_file_that_is_a_folder_is_told_in_words(home, run):
    (home / "accounts.toml").mkdir()
    assert run("accounts") == (2, "", f"trunkline: can't read {home / 'accounts.toml'} (Is a directory)\n")


def test_a_provider_that_is_not_reached_has_not_no_trunks(home, run):
    (home / "accounts.toml").write_text(
        '[office]\nprovider = "telefonchy"\ntoken = "t"\nbase_url = "http://127.0.0.1:9"\nlimits = { attempts = 1 }\n'
    )
    (home / "accounts.toml").chmod(0o600)
    status, out, err = run("credit")
    assert (status, out) == (1, "")
    assert "could not be reached" in err
