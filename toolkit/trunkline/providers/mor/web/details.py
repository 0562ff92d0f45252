"""The personal details on MOR's web pages, and changing them.

Source: the provider's document, section Details.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.providers.mor.customer import read_details

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.model import Details

    from .client import WebClient

# The fields of the page that a user can change.
EDITABLE = (
    "username",
    "surname",
    "personalid",
    "agreement_number",
    "agreement_date",
    "taxation_country",
    "vat_reg_number",
    "reg_address",
    "reg_postcode",
    "reg_city",
    "reg_country",
    "reg_state",
    "reg_direction",
    "reg_phone",
    "reg_mobile",
    "reg_fax",
    "reg_email",
)


async def details(client: WebClient) -> Details:
    """Return the personal details."""
    return read_details(await client.session.page("users/personal_details"))


async def update_details(client: WebClient, changes: Mapping[str, str]) -> None:
    """Change personal details.

    The page takes all its fields at once: those that don't change are sent as they are.
    """
    if not changes:
        msg = "nothing to change: give at least one field and its new value"
        raise RequestError(msg)
    unknown = sorted(set(changes) - set(EDITABLE))
    if unknown:
        msg = f"{client.name} can't change {unknown[0][:40]!r}; it can change: {', '.join(EDITABLE)}"
        raise RequestError(msg)
    before = (await details(client)).values
    # A field that the page doesn't show is left out, because an empty text would delete it.
    form = {name: changes.get(name, before.get(name) or "") for name in EDITABLE if name in changes or name in before}
    await client.change(
        f"users/update_personal_details/{await client.user_id()}", form, "The details may have been changed. Check them"
    )
