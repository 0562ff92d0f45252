"""The archive: calls, credit readings and sync coverage in SQLite or PostgreSQL, exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.lazy import names_of_modules

from .contacts import Contacts
from .coverage import BEGINNING, Coverage, Segment, contains, gaps, united, without
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

if TYPE_CHECKING:
    from .check import Finding, check_archive, is_sound
    from .copying import Copied, copy_archive
    from .hours import HourSums
    from .mirror import Mirrored
    from .repair import Repaired, repair_archive

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
    "HourSums",
    "Mirrored",
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
    "gaps",
    "is_sound",
    "repair_archive",
    "united",
    "without",
]

# What only a check, a copy, a repair or statistics need.
__getattr__ = names_of_modules(
    __name__,
    {
        "check": ("Finding", "check_archive", "is_sound"),
        "copying": ("Copied", "copy_archive"),
        "hours": ("HourSums",),
        "mirror": ("Mirrored",),
        "repair": ("Repaired", "repair_archive"),
    },
)
