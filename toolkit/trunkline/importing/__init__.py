"""Call records in files of other systems: Asterisk, FreeSWITCH, and CSV with columns of any name."""

from __future__ import annotations

from .asterisk import read_asterisk
from .columns import EXPORTED, FIELDS, read_csv
from .freeswitch import read_freeswitch
from .rows import Place, Rejected

__all__ = ["EXPORTED", "FIELDS", "Place", "Rejected", "read_asterisk", "read_csv", "read_freeswitch"]
