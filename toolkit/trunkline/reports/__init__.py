"""Figures as frames: give a frame of calls, get a frame of the same kind (pandas, polars, pyarrow, DuckDB).

- `cost`, `forecast`, `backtest`, `compare`: what calls cost, what they will cost, how good such forecasts were, and
  what changed between two periods
- `status`, `waiting`, `missed`: how calls went, how long callers waited, what became of missed calls
- `traffic`: how busy the lines were
- `anomalies`: what is odd

Every figure needs only the columns of `Archive.frame()` that it uses.
"""

from __future__ import annotations

from . import anomalies, backtest, compare, cost, forecast, missed, status, traffic, waiting

__all__ = ["anomalies", "backtest", "compare", "cost", "forecast", "missed", "status", "traffic", "waiting"]
