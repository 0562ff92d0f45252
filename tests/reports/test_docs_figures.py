"""The page of figures names every figure and every column of counts that there is, and none that there is not."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from trunkline import plots
from trunkline.reports import (
    anomalies,
    attempts,
    backtest,
    balance,
    bill,
    compare,
    contacts,
    cost,
    forecast,
    lines,
    missed,
    quality,
    records,
    status,
    traffic,
    waiting,
    what_if,
)

if TYPE_CHECKING:
    from types import ModuleType

PAGE = (Path(__file__).parent.parent.parent / "docs" / "figures.md").read_text(encoding="utf-8")
# Shorthands of `counts`, and what only prepares another figure.
OBVIOUS = {"overview", "counts", "by_direction", "by_weekday_and_hour", "daily", "ratio_cells"}
# What other figures are made of.
PARTS = {
    "open_by_account",
    "expected",
    "checked",
    "read_lines",
    "period_costs",
    "priced_by_day",
    "days_of_weekdays",
    "amounts_of",
}


@pytest.mark.parametrize(
    "module",
    [
        anomalies,
        attempts,
        backtest,
        balance,
        bill,
        compare,
        contacts,
        cost,
        forecast,
        lines,
        missed,
        plots,
        quality,
        records,
        status,
        traffic,
        waiting,
        what_if,
    ],
    ids=lambda module: module.__name__,
)
def test_every_figure_is_on_the_page(module: ModuleType) -> None:
    figures = {
        name
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if f"{value.__module__}.".startswith(f"{module.__name__}.") and not name.startswith("_")
    }
    named = set(re.findall(r"`(?:reports\.\w+\.)?(\w+)`", PAGE))
    assert figures - named - OBVIOUS - PARTS == set()


def test_every_name_of_a_ratio_or_count_on_the_page_is_a_column() -> None:
    table = PAGE.split("## Status")[1].split("## Waiting")[0]
    named = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")
    }
    known = {*status.COUNTS, "open_missed_calls", "open_missed_callers", "shares"}
    assert {name for name in named if not name.startswith("_")} <= known
