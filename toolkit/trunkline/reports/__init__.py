"""Figures as frames: give a frame of calls, get a frame of the same kind (pandas, polars, pyarrow, DuckDB).

- `cost`, `forecast`, `backtest`, `compare`: what calls cost, what they will cost, how good such forecasts were, and
  what changed between two periods
- `status`, `waiting`, `missed`, `attempts`: how calls went, how long callers waited, what became of missed calls,
  and how often callers had to call
- `traffic`, `lines`: how busy the lines were, and how many are needed
- `anomalies`, `contacts`, `quality`: what is odd, who calls, and what the data lacks

Every figure needs only the columns of `Archive.frame()` that it uses.
"""

from __future__ import annotations

from . import (
    anomalies,
    attempts,
    backtest,
    compare,
    contacts,
    cost,
    forecast,
    lines,
    missed,
    quality,
    status,
    traffic,
    waiting,
)

__all__ = [
    "anomalies",
    "attempts",
    "backtest",
    "compare",
    "contacts",
    "cost",
    "forecast",
    "lines",
    "missed",
    "quality",
    "status",
    "traffic",
    "waiting",
]
