"""Figures as frames: give a frame of calls, get a frame of the same kind (pandas, polars, pyarrow, DuckDB).

`reports.cost` says what calls cost, `reports.forecast` what they will cost, `reports.backtest` how good such forecasts
were, `reports.compare` what changed between two periods, `reports.status` how calls went, `reports.waiting` how long callers waited, `reports.missed` what became of missed
calls, and `reports.traffic` how busy the lines were. Every figure needs only the columns of `Archive.frame()` that it
uses.
"""

from __future__ import annotations

from . import backtest, compare, cost, forecast, missed, status, traffic, waiting

__all__ = ["backtest", "compare", "cost", "forecast", "missed", "status", "traffic", "waiting"]
