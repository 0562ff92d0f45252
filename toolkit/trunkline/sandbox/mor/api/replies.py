"""The forms of MOR's `/billing/api` replies: pages, results of actions, and refusals (docs/providers/mor.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.mor import customers, formats
from trunkline.sandbox.mor.xml import element, elements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.world import World

    type Answer = Callable[[MorUser, Mapping[str, str]], Element]

_DAY = 86400


class Refusal(Exception):  # noqa: N818 -- the wire answers with it, it is not a failure
    """A refusal, in one of the document's forms: `status`, `page`, `error`, `Status` or `page-status`."""

    def __init__(self, text: str, shape: str = "status", message: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.shape = shape
        self.message = message

    def write(self, *, wrapped: bool) -> Element:
        """Write it; `wrapped` puts `<status>` into a `<page>`, as later versions do."""
        match self.shape:
            case "Status":
                return element("Status", self.text)
            case "error":
                return element("error", self.text)
            case "page":
                more = [element("message", self.message)] if self.message else []
                return element("page", [element("error", self.text), *more])
            case _:
                status = element("status", [element("error", self.text)])
                return element("page", [status]) if wrapped or self.shape == "page-status" else status


class Actions:
    """A group of actions."""

    def __init__(self, world: World, switches: Any) -> None:
        """Take a world and the wire's settings."""
        self.world = world
        self.switches = switches
        self.server = customers.server_of(world)

    def owner(self, user: MorUser, params: Mapping[str, str], name: str = "user_id") -> MorUser:
        """Return the user whose data are requested; users can only request their own."""
        asked = params.get(name, "")
        if asked and asked != str(user.user_id):
            raise Refusal("User was not found", "page")
        return user

    def period(self, params: Mapping[str, str], first: str, last: str) -> tuple[int, int]:
        """Read a period in Unix seconds, both ends included; today unless given."""
        today = formats.midnight(self.world.clock.now())
        since = params.get(first, "")
        until = params.get(last, "")
        return (
            int(since) if since.isascii() and since.isdigit() else today,
            int(until) if until.isascii() and until.isdigit() else today + _DAY - 1,
        )


def page_of(name: str, user: MorUser | None, content: list[Element], *, username: str = "") -> Element:
    """Write a page with its head, in the order that the document gives it."""
    head: list[tuple[str, object]] = [("pagename", name)]
    if username:
        head.append(("username", username))
    if user is None:
        head.append(("language", "en"))
    elif username:
        head += [("userid", user.user_id), ("language", "en")]
    else:
        head += [("language", "en"), ("userid", user.user_id)]
    return element("page", [*elements(head), *content])


def action_of(name: str, status: str, message: str) -> Element:
    """Write the result of an action."""
    return element("action", None, name=name, status=status, status_message=message)
