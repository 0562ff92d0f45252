"""Replies of MOR's API: their root element, and the errors in them, which come with HTTP status 200."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from trunkline.errors import AuthenticationError, ProviderError
from trunkline.providers.common.statuses import Advice, raise_for_status
from trunkline.providers.mor.refusals import refusal
from trunkline.providers.mor.xml_reader import parse_xml

if TYPE_CHECKING:
    from trunkline.providers.mor.xml_reader import Node
    from trunkline.transport import Reply

_ROOTS = frozenset({"page", "status", "error", "action", "invoices", "balance", "response", "cards", "success"})
# The elements of the page that an unknown user is shown.
_UNKNOWN_USER_ELEMENTS = frozenset({"pagename", "language", "error_msg", "aval_languages"})
# MOR itself always answers with status 200: any other status comes from a web server in front of it.
_ADVICE = Advice(
    credentials="the request",
    renew="check the base URL, and the web server in front of MOR",
    permit="check the addresses that the server allows",
    find="the base URL should end in /billing/api",
)


def check_status(reply: Reply) -> None:
    """Raise the exception for an HTTP status."""
    if reply.status == HTTPStatus.REQUEST_TIMEOUT:
        msg = f"{reply.label} reports that the request took too long (HTTP 408)"
        raise ProviderError(msg)
    raise_for_status(reply.status, reply, _ADVICE)


async def read_root(reply: Reply) -> Node:
    """Return the root of a reply. Its content type and file name are ignored, because both are settings of the server.

    Raises `DataError` for anything that isn't a page of the API.
    """
    if b"<" not in reply.body:
        raise reply.wrong("XML")
    root = await parse_xml(reply.body, label=reply.label)
    if root.name not in _ROOTS:
        raise reply.wrong("a page of MOR's API")
    return root


def error_of(root: Node) -> tuple[str, str] | None:
    """Return the error text of a reply and the message beside it; None for a reply without an error.

    The shapes: `<error>` as the root, in a page or in its status; a root `<Status>` other than `Ok`; an action whose
    status is `failed`; a page's `<error_msg>`.
    """
    if root.name == "error":
        return root.own_text or "", ""
    if root.name == "action":
        failed = (root.text_at("status") or "").lower() not in {"ok", ""}
        message = root.text_at("status_message") or f"{root.text_at('name') or 'action'} failed"
        return (message, "") if failed else None
    if root.name == "status" and not len(root) and (root.own_text or "").lower() != "ok":
        return root.own_text or "", ""
    for parent in (root, root.first("status")):
        error = None if parent is None else parent.first("error")
        if parent is not None and error is not None:
            return error.own_text or "", parent.text_at("message") or ""
    error_message = root.text_at("error_msg")
    return None if error_message is None else (error_message, "")


def raise_error(root: Node, label: str) -> None:
    """Raise the error of a reply; `AuthenticationError` for the page that an unknown user is shown."""
    error = error_of(root)
    if error is not None:
        raise refusal(error[0], label, error[1])
    names = {child.name for child in root.nodes()}
    is_unknown_user = root.name == "page" and "aval_languages" in names and names <= _UNKNOWN_USER_ELEMENTS
    if is_unknown_user and root.text_at("pagename") != "Login page":
        msg = f"{label} doesn't know the user: check the user name and the API secret key"
        raise AuthenticationError(msg)
