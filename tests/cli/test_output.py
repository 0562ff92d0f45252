"""Rows as tables, JSON and CSV: exact, aligned, and harmless to a terminal and a spreadsheet."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from trunkline.cli.output import Format, render, width
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


def test_json_is_exact():
    first, second = json.loads(render(ROWS, COLUMNS, Format.JSON))
    assert first["cost"] == "1234567.50 IRR"
    assert first["at"] == "2026-11-21T08:00:00+00:00"
    assert (second["status"], second["d"], second["cost"]) == ("busy", "0.10", None)


def test_csv_does_not_run_in_a_spreadsheet():
    lines = render(ROWS, ("name", "n"), Format.CSV).splitlines()
    assert lines == ["name,n", "شرکت,12345", "'=cmd(),1"]


def test_no_rows():
    assert render([], COLUMNS, Format.TABLE, empty="no calls") == "no calls\n"
    assert json.loads(render([], COLUMNS, Format.JSON)) == []
    assert render([], ("a", "b"), Format.CSV) == "a,b\n"


def test_control_characters_do_not_reach_the_terminal():
    assert "\x1b" not in render([{"name": "\x1b[2Jx"}], ("name",), Format.TABLE)


def test_marks_take_no_column_and_wide_letters_two():
    assert width("شِرکت") == 4
    assert width("会社") == 4
    assert width("abc") == 3
