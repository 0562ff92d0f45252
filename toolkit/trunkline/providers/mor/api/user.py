"""The user in MOR's API: id, login, balance and personal details.

Sources: the manufacturer's pages of `user_login`, `user_balance_get`, `simple_balance`, `user_details_get` and
`user_details_update` (docs/providers/mor.md).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trunkline.errors import PermissionDeniedError, RequestError
from trunkline.providers.common import fields
from trunkline.providers.mor import customer, values
from trunkline.providers.mor.refusals import refusal

from .replies import raise_error, read_root

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.model import Details, Money
    from trunkline.transport import Reply

    from .requests import SignedRequests

# The parameters of `user_details_update` by the names of the same fields in the details.
DETAIL_PARAMETERS: Mapping[str, str] = {
    "first_name": "u23",
    "surname": "u17",
    "vat_reg_number": "u0",
    "agreement_number": "u27",
    "accounting_number": "u26",
    "clientid": "u19",
    "language": "u8",
}
# The parameters that a user may give by their own names; those of the address have no documented names.
_OWN_PARAMETERS = re.compile(r"u(?:0|8|17|19|23|26|27)|a[0-9]", re.ASCII)
_UNIQUE_HASH = re.compile(r"[A-Za-z0-9]{4,64}", re.ASCII)
_BARE_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)
_LONGEST_ERROR = 200
_REDIRECTS = range(300, 400)


class User:
    """The user whose credentials the account has. `label` names the account in messages."""

    def __init__(
        self, requests: SignedRequests, *, label: str, username: str, has_password: bool, currency: str
    ) -> None:
        """Keep the settings; `currency` applies where replies name none."""
        self._requests = requests
        self._label = label
        self._username = username
        self._has_password = has_password
        self._currency = currency

    async def read_id(self) -> str:
        """Return the user's id: from the details or the main page, else from a login if there is a password.

        A failed login would make the server refuse further ones for some seconds, so it is the last resort.
        """
        try:
            user_id = await self._id_of_pages()
        except (PermissionDeniedError, RequestError):
            if not self._has_password:
                raise
            user_id = None
        if user_id is None and self._has_password:
            user_id = await self.login()
        if user_id is None:
            raise fields.missing("userid")
        return user_id

    async def login(self) -> str | None:
        """Log in and return the user's id; None where the server doesn't state it."""
        if not self._has_password:
            msg = f"{self._label}: a login needs a password, and this account has none"
            raise RequestError(msg)
        reply = await self._requests.read_reply("user_login")
        if reply.status in _REDIRECTS:
            return None
        root = await read_root(reply)
        raise_error(root, self._label)
        if root.name != "action":
            raise reply.wrong("the reply to a login")
        return customer.read_user_id(root)

    async def balance(self, currency: str | None) -> Money:
        """Return the balance, converted by the server if a currency is given."""
        code = values.requested_currency(currency) if currency else self._currency
        params = {"currency": code} if currency else {"user_currency": "1"}
        return await read_balance(
            await self._requests.read_reply("user_balance_get", username=self._username, **params), code
        )

    async def balance_of_hash(self, unique_hash: str) -> Money:
        """Return the balance of the user with a unique hash."""
        if not _UNIQUE_HASH.fullmatch(unique_hash):
            msg = "a unique hash contains only letters and digits"
            raise RequestError(msg)
        return await read_balance(await self._requests.read_unsigned(f"simple_balance/{unique_hash}"), self._currency)

    async def available_balance(self) -> Money | None:
        """Return the balance, from the main page where the server doesn't allow to ask for it."""
        try:
            return await self.balance(None)
        except PermissionDeniedError:
            return customer.read_main_balance(await self._requests.read("main_page"), self._currency)

    async def details(self, user_id: str) -> Details:
        """Return the personal details."""
        return customer.read_details(await self._requests.read("user_details_get", user_id=user_id))

    async def update_details(self, user_id: str, changes: Mapping[str, str]) -> None:
        """Change personal details, by the names of `details` or the parameters of the action (`u17`, `a0`)."""
        parameters: dict[str, str] = {}
        for name, value in changes.items():
            parameter = name if _OWN_PARAMETERS.fullmatch(name) else DETAIL_PARAMETERS.get(name)
            if parameter is None:
                msg = f"{self._label} can't change {name[:40]!r}; it can change: {', '.join(DETAIL_PARAMETERS)}"
                raise RequestError(msg)
            parameters[parameter] = value
        if not parameters:
            msg = "nothing to change: give at least one field and its new value"
            raise RequestError(msg)
        await self._requests.change(
            "user_details_update", effect="The details may have been changed. Check them", user_id=user_id, **parameters
        )

    async def _id_of_pages(self) -> str | None:
        try:
            user_id = customer.read_user_id(await self._requests.read("user_details_get", username=self._username))
        except (PermissionDeniedError, RequestError):
            user_id = None
        return user_id or customer.read_user_id(await self._requests.read("main_page"))


async def read_balance(reply: Reply, default: str) -> Money:
    """Return a balance: from a page that may name its currency, or from the bare number of versions before X4."""
    if b"<" not in reply.body:
        text = reply.body.decode(errors="replace").strip()
        if _BARE_NUMBER.fullmatch(text):
            amount = values.money(text, default, "balance")
            assert amount is not None  # noqa: S101 -- the text isn't empty
            return amount
        if not text or len(text) > _LONGEST_ERROR:
            raise reply.wrong("a balance")
        raise refusal(text, reply.label)
    root = await read_root(reply)
    raise_error(root, reply.label)
    balance = root if root.name == "balance" else root.first("balance")
    currency = values.currency(root.text_at("currency"), default)
    amount = values.money(None if balance is None else balance.own_text, currency, "balance")
    if amount is None:
        raise fields.missing("balance")
    return amount
