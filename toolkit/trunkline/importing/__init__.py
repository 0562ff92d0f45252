"""Call records of other systems: files of Asterisk and FreeSWITCH, and CSV and DataFrames with columns of any name."""

from __future__ import annotations

from .asterisk import read_asterisk
from .cells import FIELDS
from .columns import EXPORTED, read_csv
from .frames import read_frame
from .freeswitch import read_freeswitch
from .importer import FORMS, Imported, import_calls
from .rows import Place, Rejected

__all__ = [
    "EXPORTED",
    "FIELDS",
    "FORMS",
    "Imported",
    "Place",
    "Rejected",
    "import_calls",
    "read_asterisk",
    "read_csv",
    "read_frame",
    "read_freeswitch",
]
