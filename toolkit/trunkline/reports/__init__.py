"""Figures as frames: give a frame of calls, get a frame of the same kind (pandas, polars, pyarrow, DuckDB).

- `cost`, `forecast`, `backtest`, `compare`: what calls cost, what they will cost, how good such forecasts were, and
  what changed between two periods
- `bill`, `records`, `what_if`, `balance`: whether charges are those of a rate card, whether two records of the same
  calls agree, what other rate cards would charge, and what explains a credit or an invoice
- `status`, `waiting`, `missed`, `attempts`: how calls went, how long callers waited, what became of missed calls,
  and how often callers had to call
- `traffic`, `lines`: how busy the lines were, and how many are needed
- `anomalies`, `contacts`, `quality`: what is odd, who calls, and what the data lacks

Every figure needs only the columns of `Archive.frame()` that it uses. For several figures over the same calls, give
each `Coded(frame)`: the columns are then converted once.
"""

from __future__ import annotations

from . import (
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
from .coded import Coded

__all__ = [
    "Coded",
    "anomalies",
    "attempts",
    "backtest",
    "balance",
    "bill",
    "compare",
    "contacts",
    "cost",
    "forecast",
    "lines",
    "missed",
    "quality",
    "records",
    "status",
    "traffic",
    "waiting",
    "what_if",
]
