"""`trunkline archive`: check, repair and copy, as a person types them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3

import pytest

from tests.archive.breaking import damage_calls
from tests.archive.postgres import empty
from tests.archive.records import ACCOUNT, call
from trunkline.archive import Archive
from trunkline.cli.main import main


@pytest.fixture
def file(home):
    """Return the archive of the command, with calls in it."""
    path = home / "archive.db"
    with Archive.open(f"sqlite:///{path}") as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call(str(number)) for number in range(200)])
    return path


def test_check_of_a_sound_archive_succeeds(file, run):
    status, out, err = run("archive", "check", "--format", "json")
    assert (status, err) == (0, "")
    found = {row["check"]: row for row in json.loads(out)}
    assert all(row["ok"] for row in found.values())
    assert found["calls"]["found"] == "200 rows"


def test_check_of_a_damaged_archive_fails_and_says_what_to_do(file, run):
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE calls SET status = 'x' WHERE call_id = '7'")
    connection.close()
    status, out, err = run("archive", "check", str(file))
    assert status == 1
    assert "the call '7' of 'telefonchy:1001' can't be read (status)" in out
    assert "trunkline archive repair" in err
    assert "9120000001" not in out + err


def test_damaged_archive_is_one_line_that_names_the_repair(file, run):
    file.write_bytes(bytes(100) + file.read_bytes()[100:])
    status, out, err = run("calls")
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert "trunkline archive repair" in err


def test_repair_prints_what_is_saved_and_where_the_old_file_is(file, run):
    file.write_bytes(bytes(100) + file.read_bytes()[100:])
    status, out, err = run("archive", "repair", "--format", "csv")
    saved = {row["table"]: int(row["rows"]) for row in csv.DictReader(io.StringIO(out))}
    assert (status, saved["calls"], saved["accounts"]) == (0, 200, 1)
    (kept,) = file.parent.glob("archive.db.damaged-*")
    assert err == f"trunkline: nothing is lost. The old file is {kept}\n"
    assert run("archive", "check")[0] == 0


def test_repair_that_loses_something_says_to_sync(file, run):
    damage_calls(file)
    status, _, err = run("archive", "repair", str(file))
    assert status == 0
    assert "0 rows and 1 page couldn't be read: run `trunkline sync`" in err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["check", "nothing.db"], 1, "there is no archive to check"),
        (["repair", "nothing.db"], 1, "there is no archive to repair"),
        (["repair", "postgresql+psycopg://localhost/calls"], 1, "restore the server's backup"),
        (["copy", "nothing.db", "to.db"], 1, "there is no archive to copy"),
        (["copy", "nothing.db"], 2, "the following arguments are required: TO"),
        ([], 2, "the following arguments are required: COMMAND"),
        (["check", "oracle://x/y"], 1, "can't be kept in oracle"),
    ],
)
def test_what_cannot_be_is_one_line(home, run, monkeypatch, arguments, status, said):
    monkeypatch.chdir(home)
    found, out, err = run("archive", *arguments)
    assert (found, out) == (status, "")
    assert said in err
    assert err.count("\n") == 1
    assert list(home.iterdir()) == []


def test_copy_to_a_file_and_to_a_server(file, run, postgres):
    empty(postgres)
    target = file.parent / "copy.db"
    status, out, _ = run("archive", "copy", str(file), postgres, "--format", "json")
    assert status == 0
    assert {row["table"]: row["rows"] for row in json.loads(out)}["calls"] == 200
    assert run("archive", "check", postgres)[0] == 0
    assert run("archive", "copy", postgres, str(target))[0] == 0
    status, _, err = run("archive", "copy", postgres, str(target))
    assert (status, "isn't empty" in err) == (1, True)
    with Archive.open(f"sqlite:///{file}") as old, Archive.open(f"sqlite:///{target}") as new:
        assert new.calls() == old.calls()


def test_help_shows_the_three_commands(capsys):
    with pytest.raises(SystemExit):
        main(["archive", "--help"])
    out = capsys.readouterr().out
    assert all(f"    {name} " in out for name in ("check", "repair", "copy"))
