"""The phonebook in MOR's API.

Sources: the manufacturer's pages of `phonebooks_get`, `phonebook_record_create`, `phonebook_edit` and
`phonebook_record_delete` (docs/providers/mor.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.model import Contact
from trunkline.providers.common import fields
from trunkline.providers.mor import numbers

if TYPE_CHECKING:
    from trunkline.providers.mor.xml_reader import Node

    from .requests import SignedRequests

_LOWEST_SPEED_DIAL, _HIGHEST_SPEED_DIAL = 10, 99_999


async def contacts(requests: SignedRequests, user_id: str) -> tuple[Contact, ...]:
    """Return the entries of the phonebook."""
    root = await requests.read_list("phonebooks_get", user_id=user_id)
    return () if root is None else read_contacts(root)


async def add_contact(requests: SignedRequests, user_id: str, *, name: str, number: str) -> None:
    """Add an entry to the phonebook, with the next free speed dial."""
    digits = numbers.dialled(number, "number")
    phonebook = await requests.read_list("phonebooks_get", user_id=user_id)
    await requests.change(
        "phonebook_record_create",
        effect="The entry may have been added. Check the list",
        user_id=user_id,
        name=name,
        number=digits,
        speeddial=free_speed_dial(phonebook),
    )


async def edit_contact(requests: SignedRequests, contact_id: str, *, name: str | None, number: str | None) -> None:
    """Change an entry of the phonebook."""
    changes = {
        **({} if name is None else {"name": name}),
        **({} if number is None else {"number": numbers.dialled(number, "number")}),
    }
    if not changes:
        msg = "nothing to change: give a name or a number"
        raise RequestError(msg)
    await requests.change(
        "phonebook_edit", effect="The entry may have been changed. Check the list", phonebook_id=contact_id, **changes
    )


async def remove_contact(requests: SignedRequests, contact_id: str) -> None:
    """Remove an entry from the phonebook."""
    await requests.change(
        "phonebook_record_delete", effect="The entry may have been removed. Check the list", phonebook_id=contact_id
    )


def read_contacts(root: Node) -> tuple[Contact, ...]:
    """Return the entries of the phonebook; each has one number."""
    return tuple(
        Contact(
            contact_id=fields.identifier(row.text_at("id"), "id"),
            name=row.text_at("name"),
            numbers=(number,) if (number := row.text_at("number")) else (),
        )
        for row in _entries(root)
    )


def free_speed_dial(root: Node | None) -> str:
    """Return a speed dial that no entry has. Every entry needs one, of two digits or more."""
    taken = {row.text_at("speeddial") for row in _entries(root)}
    candidates = map(str, range(_LOWEST_SPEED_DIAL, _HIGHEST_SPEED_DIAL))
    return next((number for number in candidates if number not in taken), str(_HIGHEST_SPEED_DIAL))


def _entries(root: Node | None) -> list[Node]:
    phonebooks = None if root is None else root.first("phonebooks")
    return [] if phonebooks is None else phonebooks.all("phonebook")
