"""Signed requests to MOR's API: which are repeated, and which are sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import DataError, ProviderError, TrunklineError
from trunkline.providers.mor.refusals import is_empty_list, is_incorrect_hash
from trunkline.transport import outcome_unknown

from .replies import check_status, error_of, raise_error, read_root
from .signing import signatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trunkline.providers.mor.xml_reader import Node
    from trunkline.transport import Reply, Transport


# Setting the same values twice does no harm.
_SETS_VALUES = frozenset({"user_details_update", "phonebook_edit"})


class SignedRequests:
    """The requests of one user. The password is sent where there is one: MOR needs it in each request before X4."""

    def __init__(self, transport: Transport, *, label: str, username: str, key: str, password: str) -> None:
        """Keep the user's credentials and the key for the signatures."""
        self._transport = transport
        self._label = label
        self._username = username
        self._key = key
        self._password = password

    async def read(self, action: str, /, *, method: str = "POST", **params: str) -> Node:
        """Return the reply to a request that changes nothing; raise the error in it."""
        root = await self._read(action, method, params)
        raise_error(root, self._label)
        return root

    async def read_list(self, action: str, /, **params: str) -> Node | None:
        """Return the reply to a request for a list, None for the errors that mean an empty list."""
        root = await self._read(action, "POST", params)
        error = error_of(root)
        if error is not None and is_empty_list(error[0]):
            return None
        raise_error(root, self._label)
        return root

    async def read_reply(self, action: str, /, **params: str) -> Reply:
        """Return the reply to a request that changes nothing without parsing it, for replies that may not be XML."""
        form = next(self._forms(action, "POST", params))
        reply = await self._transport.read("POST", action, form=form, redirects=True)
        check_status(reply)
        return reply

    async def read_unsigned(self, path: str) -> Reply:
        """Return the reply to a request that needs neither user nor key."""
        reply = await self._transport.read("GET", path)
        check_status(reply)
        return reply

    async def send_once(self, action: str, /, *, effect: str, method: str = "POST", **params: str) -> Node:
        """Send a request that changes something or costs money exactly once, and return the reply.

        Only what sets values and has two signatures is sent again if the first one is refused (`_SETS_VALUES`). Raises
        `OutcomeUnknownError` for a reply that is missing, can't be read, or contradicts itself.
        """
        root: Node | None = None
        for form in self._forms(action, method, params):
            root = await self._sent(action, method, form, effect)
            refused = error_of(root)
            if action not in _SETS_VALUES or refused is None or not is_incorrect_hash(refused[0]):
                break
        assert root is not None  # noqa: S101 -- there is at least one signature
        raise_error(root, self._label)
        return root

    async def _sent(self, action: str, method: str, form: dict[str, str], effect: str) -> Node:
        query, body = _query_and_body(method, form)
        reply = await self._transport.send_once(method, action, params=query, form=body, effect=effect)
        try:
            check_status(reply)
            return await read_root(reply)
        except (DataError, ProviderError) as error:
            raise outcome_unknown(str(error), effect) from None
        except TrunklineError:
            if await _says_done(reply):
                why = f"{self._label} answered with HTTP {reply.status} and a page that confirms the request"
                raise outcome_unknown(why, effect) from None
            raise

    async def change(self, action: str, /, *, effect: str, **params: str) -> None:
        """Send a change exactly once; `OutcomeUnknownError` if the reply doesn't confirm it."""
        root = await self.send_once(action, effect=effect, **params)
        if not _is_confirmation(root):
            raise outcome_unknown(f"{self._label} didn't confirm the change", effect)

    async def _read(self, action: str, method: str, params: Mapping[str, str]) -> Node:
        root: Node | None = None
        for form in self._forms(action, method, params):
            query, body = _query_and_body(method, form)
            reply = await self._transport.read(method, action, params=query, form=body)
            check_status(reply)
            root = await read_root(reply)
            error = error_of(root)
            if error is None or not is_incorrect_hash(error[0]):
                break
        assert root is not None  # noqa: S101 -- there is at least one signature
        return root

    def _forms(self, action: str, method: str, params: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """Yield the request with each signature that may be right, the likeliest first."""
        # A password is never part of an address.
        password = {"p": self._password} if self._password and method != "GET" else {}
        form = {"u": self._username, **params, **password}
        for signature in signatures(action.partition("/")[0], form, self._key):
            yield {**form, "hash": signature}


async def _says_done(reply: Reply) -> bool:
    """Return whether the page in a reply confirms a request, whatever the HTTP status is."""
    try:
        root = await read_root(reply)
    except DataError:
        return False
    return error_of(root) is None and _is_confirmation(root)


def _is_confirmation(root: Node) -> bool:
    confirmation = root.text_at("status", "success") or root.text_at("success") or root.text_at("status")
    return confirmation is not None or (root.name in {"status", "success"} and bool(root.own_text))


def _query_and_body(method: str, form: dict[str, str]) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """Return the query and the form of a request."""
    return (form, None) if method == "GET" else (None, form)
