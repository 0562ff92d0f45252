"""MOR's pages about the customer: the user's id, the balance on the main page, and the personal details.

Sources: the provider's document, sections Main Page and Details, and the manufacturer's page of `user_details_get`,
whose names differ (`main_detail`, `first_name`, `balance_number`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Details
from trunkline.providers.common import fields

from . import values

if TYPE_CHECKING:
    from trunkline.model import Money

    from .xml_reader import Node


def read_user_id(root: Node) -> str | None:
    """Return the id of the user whose page it is."""
    user_id = root.text_at("userid") or root.text_at("user_id")
    return fields.identifier(user_id, "userid") if user_id else None


def read_main_balance(root: Node, default: str) -> Money | None:
    """Return the balance on the main page, in `default` where the page names no currency."""
    return values.money(root.text_at("stats", "finances", "balance"), default, "balance")


def read_details(root: Node) -> Details:
    """Return the personal details by the page's names, in its order."""
    details = root.first("details")
    if details is None:
        raise fields.missing("details")
    found: dict[str, str | None] = {}
    for group in details.nodes():
        for field in group.nodes() if len(group) else (group,):
            found.setdefault(field.name, field.own_text)
    return Details(found)
