"""The phonebook on MOR's web pages.

Source: the provider's document, section Phonebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.model import Contact
from trunkline.providers.common import fields
from trunkline.providers.mor import numbers
from trunkline.providers.mor.derived_ids import DerivedIds

from .client import checked_id

if TYPE_CHECKING:
    from trunkline.providers.mor.xml_reader import Node

    from .client import WebClient

_DERIVED = "derived-"


async def contacts(client: WebClient) -> tuple[Contact, ...]:
    """Return the entries of the phonebook."""
    return read_contacts(await client.session.page(f"phonebooks/list/{await client.user_id()}"))


async def add_contact(client: WebClient, *, name: str, number: str) -> None:
    """Add an entry to the phonebook."""
    if not name.strip():
        msg = "a phonebook entry needs a name"
        raise RequestError(msg)
    user_id = await client.user_id()
    form = {"number": numbers.dialled(number, "number"), "name": name.strip()}
    await client.change(f"phonebooks/add_new/{user_id}", form, "The entry may have been added. Check the list")


async def remove_contact(client: WebClient, contact_id: str) -> None:
    """Remove an entry from the phonebook; `RequestError` for an id that the server doesn't know."""
    if is_derived(contact_id):
        msg = f"the phonebook of this {client.name} server shows no ids: remove the entry on the server's web pages"
        raise RequestError(msg)
    entry_id = checked_id(contact_id, "phonebook entry")
    await client.change(
        f"phonebooks/destroy/{entry_id}", {"entryid": entry_id}, "The entry may have been removed. Check the list"
    )


def read_contacts(root: Node) -> tuple[Contact, ...]:
    """Return the entries of the phonebook.

    The provider's document shows no ids, although an entry is deleted by its id. Where a server shows none either, an
    id is derived from the entry; it distinguishes entries but can't be used to delete one.
    """
    entries = root.first("entries")
    ids = DerivedIds()
    found = []
    for row in () if entries is None else entries.all("entry"):
        number, name = row.text_at("entry_number"), row.text_at("entry_name")
        contact_id = row.text_at("entry_id") or row.text_at("id") or (row.get("id") or "").strip()
        if not contact_id:
            contact_id = _DERIVED + ids.next(number, name, row.text_at("entry_added"))
        found.append(
            Contact(
                contact_id=fields.identifier(contact_id, "entry_id"),
                name=name,
                numbers=(number,) if number else (),
            )
        )
    return tuple(found)


def is_derived(contact_id: str) -> bool:
    """Return whether the id of an entry was derived, so that the server doesn't know it."""
    return contact_id.startswith(_DERIVED)
