"""MOR's error texts turned into exceptions. Both interfaces send them with HTTP status 200.

Sources: the manufacturer's pages of the actions, section "Errors". Spelling and capitals differ between the pages.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trunkline.errors import (
    AuthenticationError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
    TrunklineError,
)
from trunkline.providers.common import fields

if TYPE_CHECKING:
    from collections.abc import Callable

_WAIT = re.compile(r"please wait (\d{1,4}) seconds", re.IGNORECASE | re.ASCII)
_LONGEST = 500
# The errors of empty lists.
_EMPTY_LIST = re.compile(r"no phonebooks|no recordings found|clis were not found|no invoices found", re.IGNORECASE)
_NOT_FOUND = re.compile(r"(?:was|were)? ?not found$|^no such", re.IGNORECASE)
_CREDENTIALS = {
    "incorrect hash": "the hash is incorrect: check the API secret key",
    "api must have secret key": "the server has no API secret key: ask its operator to set one (Settings > API)",
    "bad login": "the user name or password is wrong",
    "login failed": "the user name or password is wrong",
    "not authenticated": "the user name or password is wrong",
}
_PERMISSION = {
    "api requests are disabled": "the API is disabled: ask the server's operator to enable it (Settings > API)",
    "get requests are disabled": "GET requests are disabled: ask the server's operator to enable them (Settings > API)",
    "feature disabled": "this is disabled: ask the server's operator to enable it (Settings > API)",
    "access denied": "this user doesn't have the right to do that, or the add-on for it is disabled",
    "you are not authorized to view this page": "this user doesn't have the right to see that",
    "you are not authorized to use this functionality": "this user doesn't have the right to do that",
    "you are not authorised to use this functionality": "this user doesn't have the right to do that",
    "you have no editing permission": "this user doesn't have the right to change that",
    "registration over api is disabled": "this is disabled: ask the server's operator to enable it (Settings > API)",
    "dont be so smart": "this user only has access to their own data",
}
_FAILURES = frozenset(
    {"cannot connect to asterisk server", "cannot connect to elasticsearch", "server was not found", "no tariff"}
)


def is_incorrect_hash(text: str) -> bool:
    """Return whether a request was refused because of its hash."""
    return _plain(text) == "incorrect hash"


def is_empty_list(text: str) -> bool:
    """Return whether an error only means that a list is empty."""
    return _EMPTY_LIST.search(text) is not None


def refusal(text: str, label: str, detail: str = "") -> TrunklineError:
    """Return the exception for an error text; `detail` is the further message that some replies have.

    `label` names the account in the exception's message.
    """
    text, detail = text[:_LONGEST], detail[:_LONGEST]
    plain = _plain(text)
    wait = _WAIT.search(text)
    if wait:
        seconds = int(wait[1])
        return RateLimitedError(f"{label} accepts no login for {seconds} seconds", retry_after=float(seconds))
    for kind, meanings in _KINDS:
        if plain in meanings:
            return kind(f"{label}: {meanings[plain]}")
    reason = fields.safe_text(f"{text}: {detail}" if detail.strip() else text)
    if plain in _FAILURES:
        return ProviderError(f"{label} reports an internal error ({reason})")
    if _NOT_FOUND.search(plain):
        return NotFoundError(f"{label} didn't find this ({reason}): check the id")
    return RequestError(f"{label} refused the request ({reason})")


_KINDS: tuple[tuple[Callable[[str], TrunklineError], dict[str, str]], ...] = (
    (AuthenticationError, _CREDENTIALS),
    (PermissionDeniedError, _PERMISSION),
)


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .!").lower()
