"""The parts of MOR's pages: heads, results of actions, refusals and routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.sandbox.mor import customers, formats
from trunkline.sandbox.mor.xml import element, elements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.wire import Reply, Request
    from trunkline.sandbox.world import World

    type Answer = Callable[[MorUser, Request, str], Element | Reply]

_NEVER = 2**40
# "All pages are requested by POST or GET methods", but for those that the document calls "Method: POST" only.
BOTH = frozenset({"GET", "POST"})
GET_ONLY = frozenset({"GET"})
POST_ONLY = frozenset({"POST"})


@dataclass(slots=True)
class Switches:
    """How the server can differ, each a setting that control can change.

    `wellformed` leaves out the document's slips. `production` writes what later servers do: "Successfully" with the
    user's id, `activation_…`, prices without currency, "Unlimited". `entry_ids` shows the ids of the phonebook's
    entries, which the document doesn't. `login_redirect` leads from the login to the pages, `html_login` to the login
    by a redirect rather than by the page. `throttle` lets nobody log in for ten seconds after a failure. `filters` off
    overlooks the type of calls that is asked for. `most` is how many calls a page shows at most (0: all).
    """

    wellformed: bool = False
    production: bool = False
    entry_ids: bool = False
    login_redirect: bool = False
    html_login: bool = False
    throttle: bool = True
    filters: bool = True
    most: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """A page: its handler, its HTTP methods, and whether an id follows its path."""

    answer: Answer
    methods: frozenset[str] = BOTH
    takes_id: bool = False


class Refused(Exception):  # noqa: N818 -- the wire answers with it, it is not a failure
    """A refusal."""

    def __init__(self, refusal: Element) -> None:
        super().__init__(refusal.tag)
        self.element = refusal


class Pages:
    """A group of pages."""

    def __init__(self, world: World, switches: Switches) -> None:
        """Take a world and the wire's settings."""
        self.world = world
        self.switches = switches
        self.server = customers.server_of(world)

    def own(self, user: MorUser, tail: str) -> None:
        """Refuse a page of another user. [INFER] In the words that the production interface has for it."""
        if tail != str(user.user_id):
            raise Refused(element("page", None, error="You are not authorized to view this page"))

    def period(self, request: Request) -> tuple[int, int]:
        """Read a period of the server's clock, both ends included; today unless given or where it makes no sense.

        [INFER] The document doesn't say how dates are sent: as the page writes them.
        """
        today = formats.midnight(self.world.clock.now())
        since, until = (
            _instant(request.params.get("period_start", "")),
            _instant(request.params.get("period_end", "")),
        )
        return (today if since is None else since, today + 86399 if until is None else until)


def written_period(since: int, until: int) -> Element:
    """Write the period of a page."""
    return element("period", None, period_start=formats.local_text(since), period_end=formats.local_text(until))


def head_of(name: str, user: MorUser | None = None, *, error: bool = False) -> list[Element]:
    """Write what a page begins with, in the document's order."""
    head: list[tuple[str, object]] = [("pagename", name), ("language", "en")]
    if error:
        head.append(("error_msg", None))
    if user is not None:
        head.append(("userid", user.user_id))
    return elements(head)


def languages() -> Element:
    """Write the languages of a page."""
    return element("aval_languages", [element("language", code) for code in ("en", "ru")])


def action_of(name: str, status: str, message: str) -> Element:
    """Write the result of an action."""
    return element("action", None, name=name, status=status, status_message=message)


def required(request: Request, names: tuple[str, ...], refusal: tuple[str, str]) -> Mapping[str, str]:
    """Return the fields of a form, or refuse it by the action's name and message where one is missing."""
    found = {name: request.params.get(name, "").strip() for name in names}
    if not all(found.values()):
        raise Refused(action_of(refusal[0], "failed", refusal[1]))
    return found


def _instant(text: str) -> int | None:
    try:
        return min(formats.local_instant(text.strip()), _NEVER)
    except (ValueError, OverflowError):
        return None
