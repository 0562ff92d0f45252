"""The archive: calls, credit readings and sync coverage in SQLite or PostgreSQL, exactly once."""

from __future__ import annotations

from .check import Finding, check_archive, is_sound
from .contacts import Contacts
from .copying import Copied, copy_archive
from .coverage import BEGINNING, Coverage, Segment, contains, united, without
from .repair import Repaired, repair_archive
from .store import Archive
from .values import (
    ArchivedAccount,
    Correction,
    CreditReading,
    HourCost,
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
    "Contacts",
    "Copied",
    "Correction",
    "Coverage",
    "CreditReading",
    "Finding",
    "HourCost",
    "PushOutcome",
    "PushedCall",
    "Repaired",
    "Segment",
    "SetAsideRow",
    "Stored",
    "TopUp",
    "check_archive",
    "contains",
    "copy_archive",
    "is_sound",
    "repair_archive",
    "united",
    "without",
]
