"""How MOR's production interface is asked: signed forms, and replies of which only the text says whether it refused."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from trunkline.errors import (
    AuthenticationError,
    DataError,
    OutcomeUnknownError,
    ProviderError,
)
from trunkline.providers.common.statuses import Advice, raise_for_status
from trunkline.providers.mor.markup import read_xml

from .refusals import is_incorrect_hash, is_nothing, refusal
from .signing import signatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trunkline.providers.mor.markup import Node
    from trunkline.transport import Reply, Transport

# What stands on the page that an unknown user is shown instead of his own.
_NOBODY = frozenset({"pagename", "language", "error_msg", "aval_languages"})
_ROOTS = frozenset({"page", "status", "error", "action", "invoices", "balance", "response", "cards", "success"})


class SignedRequests:
    """One user's requests. The password goes along where there is one: servers before MOR X4 want it each time."""

    def __init__(self, transport: Transport, *, label: str, username: str, key: str, password: str) -> None:
        """Take who asks, and the key that signs."""
        self._transport = transport
        self._label = label
        self._username = username
        self._key = key
        self._password = password

    async def read(self, action: str, /, *, method: str = "POST", **params: str) -> Node:
        """Return the reply to a question; a refusal raises what it stands for."""
        root = await self._read(action, method, params)
        raise_refusal(root, self._label)
        return root

    async def read_list(self, action: str, /, **params: str) -> Node | None:
        """Return the reply to a question for a list, None where all that it says is that there is nothing."""
        root = await self._read(action, "POST", params)
        said = refused(root)
        if said is not None and is_nothing(said[0]):
            return None
        raise_refusal(root, self._label)
        return root

    async def read_reply(self, action: str, /, **params: str) -> Reply:
        """Return the reply to a question as it came, for those that may be something else than XML."""
        form = next(self._forms(action, params))
        reply = await self._transport.read("POST", action, form=form, redirects=True)
        check_status(reply)
        return reply

    async def once(self, action: str, /, *, effect: str, method: str = "POST", **params: str) -> Node:
        """Send what changes something or costs money, exactly once, and return the reply.

        Only a request whose hash was refused is sent again, signed as the manufacturer's other page wants it: nothing
        was done for the first. `OutcomeUnknownError` where no reply came that makes sense.
        """
        root: Node | None = None
        for form in self._forms(action, params):
            query, body = _sent(method, form)
            reply = await self._transport.send_once(method, action, params=query, form=body, effect=effect)
            try:
                check_status(reply)
                root = read_root(reply)
            except (DataError, ProviderError) as error:
                raise _unclear(str(error), effect) from None
            said = refused(root)
            if said is None or not is_incorrect_hash(said[0]):
                break
        assert root is not None  # noqa: S101 -- there is at least one signature
        raise_refusal(root, self._label)
        return root

    async def change(self, action: str, /, *, effect: str, **params: str) -> None:
        """Send what changes something, exactly once; `OutcomeUnknownError` where the answer doesn't say it is done."""
        root = await self.once(action, effect=effect, **params)
        said = root.at("status", "success") or root.at("success") or root.at("status")
        if said is None and not (root.name in {"status", "success"} and root.words):
            raise _unclear(f"{self._label} doesn't say whether it is done", effect)

    async def _read(self, action: str, method: str, params: Mapping[str, str]) -> Node:
        root: Node | None = None
        for form in self._forms(action, params):
            query, body = _sent(method, form)
            reply = await self._transport.read(method, action, params=query, form=body)
            check_status(reply)
            root = read_root(reply)
            said = refused(root)
            if said is None or not is_incorrect_hash(said[0]):
                break
        assert root is not None  # noqa: S101 -- there is at least one signature
        return root

    def _forms(self, action: str, params: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """Yield the request as it may have to be signed, the likeliest first."""
        asked = {"u": self._username, **params}
        password = {"p": self._password} if self._password else {}
        for signature in signatures(action.partition("/")[0], asked, self._key):
            yield {**asked, **password, "hash": signature}


def _sent(method: str, form: dict[str, str]) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """Return the query and the form of a request; no password stands in an address."""
    if method != "GET":
        return None, form
    return {name: value for name, value in form.items() if name != "p"}, None


def _unclear(why: str, effect: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(f"{why}: nobody knows whether the request was carried out {effect}. It was not repeated")


def read_root(reply: Reply) -> Node:
    """Return the reply's root; what it says of its type and its name is overlooked, since both are settings."""
    if b"<" not in reply.body:
        raise reply.wrong("XML")
    root = read_xml(reply.body, label=reply.label)
    if root.name not in _ROOTS:
        raise reply.wrong("a page of MOR's API")
    return root


def refused(root: Node) -> tuple[str, str] | None:
    """Return what a reply refuses with, and the message beside it; None for one that doesn't refuse.

    The shapes: `<error>` at the root, in a page or in its status; a root `<Status>` other than `Ok`; an action whose
    status is `failed`; a page's `<error_msg>`.
    """
    if root.name == "error":
        return root.words or "", ""
    if root.name == "action":
        failed = (root.at("status") or "").lower() not in {"ok", ""}
        return (root.at("status_message") or f"{root.at('name') or 'action'} failed", "") if failed else None
    if root.name == "status" and not len(root) and (root.words or "").lower() != "ok":
        return root.words or "", ""
    for holder in (root, root.one("status")):
        error = None if holder is None else holder.one("error")
        if holder is not None and error is not None:
            return error.words or "", holder.at("message") or ""
    said = root.at("error_msg")
    return None if said is None else (said, "")


def raise_refusal(root: Node, label: str) -> None:
    """Raise what a refusal stands for; `AuthenticationError` too for the page that an unknown user is shown."""
    said = refused(root)
    if said is not None:
        raise refusal(said[0], label, said[1])
    names = {one.name for one in root.nodes()}
    if root.name == "page" and "aval_languages" in names and names <= _NOBODY and root.at("pagename") != "Login page":
        msg = f"{label} doesn't know the user: check the user name and the API secret key"
        raise AuthenticationError(msg)


# MOR answers with 200, so that any other status is of a server in front of it.
_IN_FRONT = Advice(
    credentials="the request",
    renew="check the base URL, or the web server in front of it",
    permit="check the addresses that the server lets in",
    find="the base URL should end in /billing/api",
)


def check_status(reply: Reply) -> None:
    """Raise what an HTTP status stands for."""
    if reply.status == HTTPStatus.REQUEST_TIMEOUT:
        msg = f"{reply.label} says that the request took too long (HTTP 408)"
        raise ProviderError(msg)
    raise_for_status(reply.status, reply, _IN_FRONT)
