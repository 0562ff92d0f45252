"""Files of contacts: reads vCard and CSV files as names by number (E.164), and writes them."""

from __future__ import annotations

from .reading import MAX_BYTES, ContactsFile, read_contacts
from .writing import to_csv, to_vcards

__all__ = ["MAX_BYTES", "ContactsFile", "read_contacts", "to_csv", "to_vcards"]
