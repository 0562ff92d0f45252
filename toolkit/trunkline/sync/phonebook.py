"""A provider's phonebook as names in the archive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.archive import Archive
    from trunkline.model import Contact
    from trunkline.providers.base import Account

    from .run import Offload


async def sync_phonebook(account: Account, archive: Archive, *, offload: Offload | None = None) -> int:
    """Keep the names of the provider's phonebook in the archive; return how many are new, changed or gone.

    Numbers without an E.164 form, such as extensions, are left out. `offload` runs the archive's work outside the
    event loop. Raises any `TrunklineError` of the account or the archive.
    """
    key = await account.key()
    names = _names(account, await account.contacts())
    return int(await (offload or asyncio.to_thread)(archive.contacts.replace_phonebook, key, names))


def _names(account: Account, contacts: Iterable[Contact]) -> dict[str, str]:
    """Return the names of contacts, or their companies, by number (E.164); of two with one number, the first."""
    names: dict[str, str] = {}
    for contact in contacts:
        name = next((text for text in (contact.name, contact.company) if text and any(map(str.isalpha, text))), None)
        if name is None:
            continue
        for written in contact.numbers:
            number = account.full_number(written)
            if number is not None:
                names.setdefault(number, name)
    return names
