"""Figures as frames: give a frame of calls, get a frame of the same kind (pandas, polars, pyarrow, DuckDB).

`reports.cost` says what calls cost, `reports.status` how they went, `reports.waiting` how long callers waited,
`reports.missed` what became of missed calls, `reports.attempts` how often callers had to call, and `reports.traffic`
how busy the lines were. `reports.bill` checks charges against a rate card, `reports.records` compares two records of
the same calls, `reports.what_if` applies other rate cards, and `reports.balance` explains credits and invoices. Every
figure needs only the columns of `Archive.frame()` that it uses.
"""

from __future__ import annotations

from . import attempts, balance, bill, cost, missed, records, status, traffic, waiting, what_if

__all__ = [
    "attempts",
    "balance",
    "bill",
    "cost",
    "missed",
    "records",
    "status",
    "traffic",
    "waiting",
    "what_if",
]
