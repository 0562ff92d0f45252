"""The archive: calls, credit readings and sync coverage in SQLite or PostgreSQL, exactly once."""

from __future__ import annotations

from .coverage import BEGINNING, Coverage, Segment
from .store import Archive
from .values import ArchivedAccount, Correction, CreditReading, PushedCall, PushOutcome, Stored, TopUp

__all__ = [
    "BEGINNING",
    "Archive",
    "ArchivedAccount",
    "Correction",
    "Coverage",
    "CreditReading",
    "PushOutcome",
    "PushedCall",
    "Segment",
    "Stored",
    "TopUp",
]
