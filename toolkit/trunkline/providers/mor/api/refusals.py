"""What MOR's production interface says when it refuses, turned into exceptions: the HTTP status is 200 for all of it.

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
# What a list says that has nothing in it.
_NOTHING = re.compile(r"no phonebooks|no recordings found|clis were not found|no invoices found", re.IGNORECASE)
_NOT_FOUND = re.compile(r"(?:was|were)? ?not found$|^no such", re.IGNORECASE)
_CREDENTIALS = {
    "incorrect hash": "the hash is incorrect: check the API secret key",
    "api must have secret key": "no API secret key is set at the server: ask its operator for one (Settings > API)",
    "bad login": "the user name or password is wrong",
    "login failed": "the user name or password is wrong",
    "not authenticated": "the user name or password is wrong",
}
_PERMISSION = {
    "api requests are disabled": "requests to the API are switched off: its operator can allow them (Settings > API)",
    "get requests are disabled": "the server takes no GET requests: its operator can allow them (Settings > API)",
    "feature disabled": "this is switched off: its operator can allow it (Settings > API)",
    "access denied": "this user may not do that, or the add-on for it is switched off",
    "you are not authorized to view this page": "this user may not see that",
    "you are not authorized to use this functionality": "this user may not do that",
    "you are not authorised to use this functionality": "this user may not do that",
    "you have no editing permission": "this user may not change that",
    "registration over api is disabled": "this is switched off: its operator can allow it (Settings > API)",
    "dont be so smart": "this user may only ask for what is his own",
}
_FAILURES = frozenset(
    {"cannot connect to asterisk server", "cannot connect to elasticsearch", "server was not found", "no tariff"}
)


def is_incorrect_hash(text: str) -> bool:
    """Tell whether a request was refused for its hash, so that nothing was done."""
    return _plain(text) == "incorrect hash"


def is_nothing(text: str) -> bool:
    """Tell whether a list only says that it is empty."""
    return _NOTHING.search(text) is not None


def refusal(text: str, who: str, detail: str = "") -> TrunklineError:
    """Return the exception that a refusal stands for; `detail` is the message that some of them carry beside it."""
    text, detail = text[:_LONGEST], detail[:_LONGEST]
    said = _plain(text)
    wait = _WAIT.search(text)
    if wait:
        asked = int(wait[1])
        return RateLimitedError(f"{who} lets nobody log in for {asked} seconds", retry_after=float(asked))
    for kind, meanings in _KINDS:
        if said in meanings:
            return kind(f"{who}: {meanings[said]}")
    reason = fields.shown(f"{text}: {detail}" if detail.strip() else text)
    if said in _FAILURES:
        return ProviderError(f"{who} reports a failure of its own ({reason})")
    if _NOT_FOUND.search(said):
        return NotFoundError(f"{who} knows no such thing ({reason}): check the id")
    return RequestError(f"{who} refuses the request ({reason})")


_KINDS: tuple[tuple[Callable[[str], TrunklineError], dict[str, str]], ...] = (
    (AuthenticationError, _CREDENTIALS),
    (PermissionDeniedError, _PERMISSION),
)


def _plain(text: str) -> str:
    return " ".join(text.split()).strip(" .!").lower()
