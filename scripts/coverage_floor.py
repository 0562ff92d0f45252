"""A pytest plugin: fails a run in which a module is covered less than the floor for all modules."""

from __future__ import annotations

import atexit
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest.terminal import TerminalReporter

_REPORTS = pytest.StashKey[list[str]]()


def below_floor(report: Path, floor: float) -> list[str]:
    """Return a line for each module of a coverage JSON report that lies below the floor (per cent of its lines)."""
    files = json.loads(report.read_text())["files"]
    covered = {name: entry["summary"]["percent_covered"] for name, entry in files.items()}
    return [f"{name}: {per_cent:.1f} %" for name, per_cent in sorted(covered.items()) if per_cent < floor]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Read the report when pytest-cov, whose own wrapper is inside this one, has written it."""
    result = yield
    if hasattr(session.config, "workerinput"):
        # A worker process: the main process combines the reports and checks them.
        return result
    option = session.config.option
    report = Path(option.cov_report["json"])
    lines = below_floor(report, option.cov_fail_under) if report.is_file() else [f"{report} was not written"]
    session.config.stash[_REPORTS] = lines
    # counted as a failure, as pytest-cov counts a total below the floor
    session.testsfailed += bool(lines)
    return result


def pytest_unconfigure() -> None:
    """Let pytest's closing line be the last one: DuckDB's module complains of itself while the interpreter ends."""
    if "duckdb" in sys.modules:
        atexit.register(lambda: os.dup2(os.open(os.devnull, os.O_WRONLY), 2))


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Name the modules below the floor, above pytest's closing line."""
    if lines := config.stash.get(_REPORTS, []):
        terminalreporter.section("modules below the coverage floor", red=True)
        for line in lines:
            terminalreporter.line(line)
