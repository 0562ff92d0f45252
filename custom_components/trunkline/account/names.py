"""The names of callers and called numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .events import visible

if TYPE_CHECKING:
    from trunkline.model import Party


class Names:
    """Knows the names of one account's callers."""

    def of(self, party: Party) -> str | None:
        """Return the name of a party, made safe to show, or None if nobody has named it."""
        contact = party.contact.name if party.contact else None
        return visible(contact or party.name)
