"""Rows as tables, JSON and CSV: exact, aligned, and harmless to a terminal and a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trunkline import inert
from trunkline.cli.output import Format, Share, render, warn
from trunkline.model import Money, Status

ROWS = [
    {
        "name": "شرکت",
        "at": datetime(2026, 11, 21, 8, tzinfo=UTC),
        "cost": Money(Decimal("1234567.50"), "IRR"),
        "n": 12345,
        "on": True,
    },
    {
        "name": "=cmd()",
        "at": None,
        "cost": None,
        "n": 1,
        "on": False,
        "status": Status.BUSY,
        "share": 0.5,
        "d": Decimal("0.10"),
    },
]
COLUMNS = ("name", "at", "cost", "n", "on", "status", "share", "d")


def test_a_table_is_aligned_and_in_the_zone():
    text = render(ROWS, COLUMNS, Format.TABLE, zone=ZoneInfo("Asia/Tehran"))
    lines = text.splitlines()
    assert "2026-11-21 11:30:00" in lines[2]
    assert "1,234,567.50 IRR" in lines[2]
    assert "12,345" in lines[2]
    assert lines[2].index("12,345") + len("12,345") == lines[3].index(" 1 ") + 2
    assert "busy" in lines[3]
    assert "0.50" in lines[3]


def test_the_head_names_the_zone_of_times_that_are_on_no_clock_of_an_account():
    row = {"at": datetime(2026, 11, 21, 8, tzinfo=UTC), "started_local": datetime(2026, 11, 21, 11, 30)}
    heads = render([row, {"at": None}], tuple(row), Format.TABLE, zone=ZoneInfo("UTC")).splitlines()[0]
    assert heads.split("  ")[0] == "at (UTC)"
    assert heads.endswith("started local")
    assert "UTC" not in render([row], tuple(row), Format.TABLE, zone=ZoneInfo("Asia/Tehran"))


def test_each_row_is_on_the_clock_of_its_account():
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    clocks = [ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Vilnius")]
    rows = [{"at": at, "hour_utc": at}] * 2
    head, _, first, second = render(rows, ("at", "hour_utc"), Format.TABLE, clocks=clocks).splitlines()
    assert head.split("  ")[0] == "at"
    assert head.endswith("hour (UTC)")
    assert first.split("  ") == ["2026-11-21 11:30:00", "2026-11-21 08:00:00"]
    assert second.split("  ") == ["2026-11-21 10:00:00", "2026-11-21 08:00:00"]


def test_a_number_that_is_not_0_does_not_look_like_it():
    row = {"erlang": 12 / 3600, "probability": -0.00012, "share": Share(0.0000123), "none": 0.0, "nothing": Share(0)}
    shown = render([row], tuple(row), Format.TABLE).splitlines()[2]
    assert shown.split() == ["0.0033", "-0.00012", "0.0012%", "0.00", "0.0%"]


def test_json_is_exact():
    first, second = json.loads(render(ROWS, COLUMNS, Format.JSON))
    assert first["cost"] == "1234567.50 IRR"
    assert first["at"] == "2026-11-21T08:00:00+00:00"
    assert (second["status"], second["d"], second["cost"]) == ("busy", "0.10", None)


def test_csv_does_not_run_in_a_spreadsheet():
    lines = render(ROWS, ("name", "n"), Format.CSV).splitlines()
    assert lines == ["name,n", "شرکت,12345", "'=cmd(),1"]


FORMULAS = ["=cmd|x", "+cmd|x", "-2+3+cmd|x", "@x", "\t=1", "\r\n=1", " =1", "＝1", "Bank;=1", "\x1b]0;x\x07"]


@pytest.mark.parametrize("name", FORMULAS)
def test_text_of_a_stranger_is_no_formula_and_can_be_read_back(name):
    ((_,), (cell,)) = csv.reader(io.StringIO(render([{"name": name}], ("name",), Format.CSV)))
    assert not any(part.lstrip()[:1] in set("=+-@＝＋－＠") for part in cell.split(";"))
    assert cell.isprintable()
    assert inert.from_csv_cell(cell) == name


def test_numbers_stay_numbers_and_phone_numbers_text():
    row = {"price": Money(Decimal("-12.50"), "IRR"), "change": Decimal("-0.5"), "n": -3, "source": "+989120000001"}
    line = render([row], tuple(row), Format.CSV).splitlines()[1]
    assert line == "-12.50 IRR,-0.5,-3,+989120000001"


def test_no_rows():
    assert render([], COLUMNS, Format.TABLE, empty="no calls") == "no calls\n"
    assert json.loads(render([], COLUMNS, Format.JSON)) == []
    assert render([], ("a", "b"), Format.CSV) == "a,b\n"


def test_control_characters_do_not_reach_the_terminal():
    assert "\x1b" not in render([{"name": "\x1b[2Jx"}], ("name",), Format.TABLE)


@pytest.mark.parametrize("form", Format)
def test_no_escape_direction_or_line_separator_is_printed(form):
    hostile = "".join(map(chr, [*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), 0x2066, 0xFEFF]))
    text = render([{"name": f"a{hostile}b"}], ("name",), form)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(text.splitlines()) == (5 if form is Format.JSON else 3 if form is Format.TABLE else 2)
    if form is Format.JSON:
        assert json.loads(text) == [{"name": f"a{hostile}b"}]


def test_a_long_name_is_cut_in_a_table_only():
    row = {"name": "x" * 500}
    assert len(render([row], ("name",), Format.TABLE).splitlines()[2]) == 200
    assert "x" * 500 in render([row], ("name",), Format.CSV)
    assert "x" * 500 in render([row], ("name",), Format.JSON)


def test_a_warning_is_one_line_without_escapes(capsys):
    warn("a\x1b[31m\r\nb\u202e\x9bc")
    assert capsys.readouterr().err == "trunkline: a [31m b c\n"
