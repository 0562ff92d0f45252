"""The replies of MOR's web pages to changes: confirmed, refused, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.providers.common import fields
from trunkline.providers.mor.refusals import refusal

if TYPE_CHECKING:
    from trunkline.errors import TrunklineError
    from trunkline.providers.mor.xml_reader import Node


def check_confirmation(root: Node, label: str) -> str | None:
    """Return the message of a confirmed change; raise the error of a refused one, and `DataError` for neither.

    Newer servers confirm some changes with a `success` in the page's status, and a callback with a status alone.
    """
    if root.name == "action":
        status = (root.text_at("status") or "").lower()
        if status == "ok":
            return root.text_at("status_message")
        if status == "failed":
            raise _refused(root.text_at("status_message") or "", label)
    if root.name == "status" and root.own_text is not None:
        if root.own_text.lower() == "ok":
            return root.own_text
        raise _refused(root.own_text, label)
    success = root.text_at("status", "success") or root.text_at("success")
    if success is not None:
        return success
    raise fields.wrong("status", "ok or failed")


def _refused(text: str, label: str) -> TrunklineError:
    return refusal(text, label) if text else RequestError(f"{label} refused the request (no reason given)")
