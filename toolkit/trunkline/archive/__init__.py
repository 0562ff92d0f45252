"""The archive: calls, credit readings and sync coverage in SQLite or PostgreSQL, exactly once."""

from __future__ import annotations

from .coverage import BEGINNING, Coverage, Segment, contains, united, without
from .store import Archive
from .values import (
    ArchivedAccount,
    Correction,
    CreditReading,
    PushedCall,
    PushOutcome,
    SetAsideRow,
    Stored,
    TopUp,
)

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
    "SetAsideRow",
    "Stored",
    "TopUp",
    "contains",
    "united",
    "without",
]
