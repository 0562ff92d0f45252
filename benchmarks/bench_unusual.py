"""How often unusual spend is reported on ordinary days of simulated companies, and whether planted frauds are found."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

from benchmarks import backtest

DAYS = 30
CALLS_A_DAY = (2, 10, 40, 150, 600)
HISTORY = (30, 60, 120)


def run(n: int) -> list[dict[str, Any]]:
    """Judge the lines of one company for each 10,000 of `n`, at every traffic and length of history."""
    rows = []
    for calls_a_day in CALLS_A_DAY:
        lines = [
            line
            for seed in range(max(1, n // 10_000))
            for history in HISTORY
            for line in backtest.lines(seed, calls_a_day=calls_a_day, days=history + DAYS)
        ]
        alarms = [backtest.false_alarms(line, DAYS) for line in lines]
        rows.append(
            {
                "name": f"unusual spend of the worst of {len(lines)} lines on {DAYS} ordinary days, "
                f"{calls_a_day} calls a day ({sum(count for count, _ in alarms)} of all)",
                "ours": max(count for count, _ in alarms),
                "unit": "alarms",
                "limit": 1,
                "ok": max(count for count, _ in alarms) <= 1,
            }
        )
        for what, planted, until in (("at night", backtest.burst, 3), ("by the hour", backtest.trickle, 23)):
            days = [backtest.LAST_DAY - timedelta(days=back) for back in range(0, DAYS, 5)]
            planted_on = planted("IRR")
            found = [backtest.found(line, day, planted_on, until=until) for line in lines for day in days]
            share = 100 * sum(found) / len(found)
            rows.append(
                {
                    "name": f"frauds {what} that are found, {calls_a_day} calls a day",
                    "ours": share,
                    "unit": "%",
                    "limit": 95,
                    "ok": share >= 95,
                }
            )
    return rows


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000), indent=2))
