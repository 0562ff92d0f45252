"""Runs the benchmarks and shows each rate or time against its peer and its limit, as a table and as JSON."""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._parser import Parser

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
FULL, QUICK = 100_000, 10_000


def names() -> list[str]:
    """Return the benchmarks that there are, without their prefix."""
    return sorted(path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py"))


def measure(name: str, n: int) -> list[dict[str, Any]]:
    """Run one benchmark: rows with `name`, `ours`, `unit`, `limit`, `ok`, and `peer` and `ratio` where there is one.

    A benchmark that raises is one row that says so, with `error`.
    """
    try:
        rows: list[dict[str, Any]] = importlib.import_module(f"benchmarks.bench_{name}").run(n)
    except Exception as error:  # noqa: BLE001  (the other benchmarks still run)
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return [{"benchmark": name, "name": f"{name} failed: {what}"[:200], "ok": False, "error": what}]
    return [{"benchmark": name, **row} for row in rows]


def measure_apart(name: str, n: int) -> list[dict[str, Any]]:
    """Run one benchmark in a process of its own: neither the memory nor a Home Assistant of another one is there."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(measure, name, n).result()
        except BrokenProcessPool as error:
            return [{"benchmark": name, "name": f"{name} ended: {error}"[:200], "ok": False, "error": str(error)}]


def status(rows: Sequence[dict[str, Any]], *, quick: bool) -> int:
    """Return the exit status: 1 if a benchmark raised, or if a limit was missed in a full run.

    Small inputs measure noise, so a quick run only shows missed limits.
    """
    return int(any("error" in row or not (row["ok"] or quick) for row in rows))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ok" if value else "MISSED"
    if isinstance(value, int | float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as text."""
    columns = ("name", "ours", "peer", "unit", "ratio", "limit", "ok")
    lines = [columns, *(tuple(_cell(row.get(column)) for column in columns) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    left = {"name", "unit", "ok"}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, cell, width in zip(columns, line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def main() -> int:
    """Run the benchmarks; return the exit status."""
    parser = Parser(prog="scripts/bench", description=__doc__)
    parser.add_argument("which", nargs="*", metavar="NAME", help=f"all if none is named: {', '.join(names())}")
    parser.add_argument("--quick", action="store_true", help="smaller inputs; a missed limit is no failure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    options = parser.parse_args()
    if unknown := [name for name in options.which if name not in names()]:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join(names())}")
    rows = []
    for name in options.which or names():
        began = time.monotonic()
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        rows += measure_apart(name, QUICK if options.quick else FULL)
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    print(table(rows))
    report = {"python": platform.python_version(), "quick": options.quick, "rows": rows}
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    else:
        print(json.dumps(report))
    return status(rows, quick=options.quick)


if __name__ == "__main__":
    sys.exit(main())
