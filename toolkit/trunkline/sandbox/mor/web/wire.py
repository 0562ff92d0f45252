"""MOR's pages behind a login: the wire of the provider's document, with its slips (docs/providers/mor.md).

What the document doesn't say is marked [INFER] with the reason for the choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from random import Random
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.faults import ListForm
from trunkline.sandbox.mor import formats, xml
from trunkline.sandbox.mor.customers import server_of
from trunkline.sandbox.settings import check_setting
from trunkline.sandbox.wire import (
    Reply,
    Request,
    SandboxAccount,
    WireDefaults,
)

from .billing import BillPages
from .calls import CallPages
from .pages import (
    Refused,
    Route,
    Switches,
    action_of,
    head_of,
)
from .user import CustomerPages

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from trunkline.sandbox.faults import ListReply
    from trunkline.sandbox.mor.customers import MorUser
    from trunkline.sandbox.world import World

COOKIE = "_mor_session_id"
_LOGIN_WAIT = 10
_XML = "text/xml; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_CUT_DECLARATION = '<?xml version="1.0" encoding="utf-8">'
# Actions whose answers begin with a cut declaration in the document.
_CUT_ACTIONS = frozenset({"login", "callback"})
_CALLER = re.compile(rb"(<cid>)([^<]*)(</cid>)")
_CAUSE = re.compile(rb"(<hangup_cause>)[^<]*(</hangup_cause>)")
_LIST = re.compile(rb"(<calls>\s*)(<call>.*</call>)(\s*</calls>)", re.DOTALL)
_CALL = re.compile(rb"<call>.*?</call>", re.DOTALL)
_CHOICES: dict[str, tuple[object, ...]] = {
    "wellformed": (False, True),
    "production": (False, True),
    "entry_ids": (False, True),
    "login_redirect": (False, True),
    "html_login": (False, True),
    "throttle": (False, True),
    "filters": (False, True),
    "most": (0, 10, 50),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """The page of a path, and the id at the end of the path, if the page takes one."""

    route: Route
    tail: str


class MorWeb(WireDefaults):
    """Two users of one server, who log in with user name and password and then have a session cookie."""

    name = "mor"
    prefix = "/mor"
    base_path = ""
    secrets = frozenset({"p"})
    endless = (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<page>\n  <calls_stat>\n    <calls>\n',
        b"      <call>\n        <date>2008-03-10 05:45:31</date>\n      </call>\n" * 1000,
    )

    list_form = ListForm(
        rows="calls_stat.calls",
        total="total_calls",
        counts=("total_calls",),
        # A row has no id: another number was called in another call.
        ids=("called_to",),
        fields={"date": ("date",), "price": ("price",), "duration": ("duration",), "status": ("hangup_cause",)},
        words=("Answered", "Busy", "No Answer", "Failed"),
    )

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self.switches = Switches()
        self._server = server_of(world)
        self._draw = Random("mor")  # noqa: S311 -- sessions of a sandbox open nothing
        self._passwords = [user.password for user in self._server.users]
        self._sessions: dict[str, int] = {}
        self._last_failed_login = float("-inf")
        self._routes: dict[str, Route] = {
            **CustomerPages(world, self.switches).routes,
            **BillPages(world, self.switches).routes,
            **CallPages(world, self.switches).routes,
        }

    # What every wire has.

    def answer(self, request: Request) -> Reply:
        """Answer a request; without a session the login page comes instead of any other."""
        if request.path == "/callc/login":
            return self._xml(self._login_page())
        if request.path == "/api/login":
            return self._log_in(request) if request.method == "POST" else _html(405, "Method Not Allowed")
        place = self._place(request.path)
        if place is None:
            return _html(404, "Not Found")
        if request.method not in place.route.methods:
            return _html(405, "Method Not Allowed")
        account = self.account_of(request)
        if account is None:
            return self.unauthorized()
        try:
            found = place.route.answer(self._server.users[account], request, place.tail)
        except Refused as refused:
            return self._xml(refused.element)
        return found if isinstance(found, Reply) else self._xml(found)

    def unauthorized(self) -> Reply:
        """Show the login page; `html_login` leads there instead, as the server's own pages do."""
        if self.switches.html_login:
            reply = _html(302, "Found")
            reply.headers["Location"] = f"{self.prefix}/callc/login"
            return reply
        return self._xml(self._login_page())

    def forbidden(self) -> Reply:
        """[INFER] MOR's own firewall drops such packets; a proxy in front says 403."""
        return _html(403, "Forbidden")

    def account_of(self, request: Request) -> int | None:
        """Return the account of the session in the cookie."""
        cookies = SimpleCookie()
        try:
            cookies.load(request.headers.get("Cookie", ""))
        except CookieError:
            return None
        return self._sessions.get(cookies[COOKIE].value) if COOKIE in cookies else None

    def page_of(self, request: Request) -> int | None:
        """Return 1 for the call list, which has one page."""
        return 1 if request.path == "/stats/call_list" else None

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts."""
        return [
            SandboxAccount.of_offices(
                [self._server.office(user)],
                provider="mor",
                dialect="pages",
                base_url=f"{url}{self.prefix}{self.base_path}",
                credentials={"username": user.username, "password": self._passwords[at]},
                service_ids=(str(user.user_id),),
            )
            for at, user in enumerate(self._server.users)
        ]

    def with_status(self, body: bytes, text: str) -> bytes:
        """Give the calls of a reply another hangup cause; the rest stays as it is, slips included."""
        cause = xml.element("x", text)
        escaped = xml.write(cause, declaration="").strip().removeprefix(b"<x>").removesuffix(b"</x>")
        return _CAUSE.sub(lambda match: match[1] + escaped + match[2], body)

    def with_calls(self, body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
        """Change the list of calls of a reply, each as its own piece of text."""
        return _LIST.sub(lambda match: match[1] + b"\n".join(change(_CALL.findall(match[2]))) + match[3], body)

    def call_list(self, body: bytes) -> ListReply | None:
        """Take a page of calls apart; a page with the document's slips stays whole."""
        return xml.XmlList.of(body, self.list_form, short=False)

    def elsewhere(self, request: Request, by: int) -> Request:
        """Ask for an earlier period."""
        return formats.earlier(request, by, formats.local_instant, formats.local_text)

    def rotate(self, account: int) -> dict[str, str]:
        """Give a user another password and end his sessions."""
        self._passwords[account] = f"slaptas-{self._draw.getrandbits(32):08x}"
        self.end_sessions(account)
        return {"username": self._server.users[account].username, "password": self._passwords[account]}

    def end_sessions(self, account: int | None = None) -> None:
        """End the sessions of a user, or of all, as the server does after some idle time."""
        self._sessions = {
            cookie: owner for cookie, owner in self._sessions.items() if account is not None and owner != account
        }

    def change(self, setting: str, value: object) -> None:
        """Change a setting; `sessions`, whatever its value, ends all sessions."""
        if setting == "sessions":
            self.end_sessions()
            return
        check_setting(self.name, _CHOICES | {"sessions": ()}, setting, value)
        setattr(self.switches, setting, value)

    # The login.

    def _login_page(self) -> Element:
        languages = xml.element("aval_languages", [xml.element("language", code) for code in ("en", "ru")])
        return xml.element("page", [*head_of("Login page"), xml.element("error_msg"), languages])

    def _log_in(self, request: Request) -> Reply:
        """Log a user in. After a failure, the address must wait ten seconds.

        [INFER] Every request here comes from loopback, so that there is one such address.
        """
        now = self.world.clock.now()
        if self.switches.throttle and now < self._last_failed_login + _LOGIN_WAIT:
            return self._xml(action_of("login", "failed", "Please wait 10 seconds before trying to login again"))
        user = self._server.user(request.params.get("u", ""))
        if user is None or request.params.get("p") != self._passwords[user.office]:
            self._last_failed_login = now
            return self._xml(action_of("login", "failed", "Login failed"))
        cookie = f"{self._draw.getrandbits(128):032x}"
        self._sessions[cookie] = user.office
        headers = {"Set-Cookie": f"{COOKIE}={cookie}; path=/; HttpOnly"}
        if self.switches.login_redirect:
            headers["Location"] = f"{self.prefix}/callc/main"
            return Reply(302, b"<html><body>You are being redirected.</body></html>", _HTML, headers)
        reply = self._xml(self._welcome(user))
        reply.headers.update(headers)
        return reply

    def _welcome(self, user: MorUser) -> Element:
        if not self.switches.production:
            return action_of("login", "ok", "Succesfully logged in")
        root = action_of("login", "ok", "Successfully logged in")
        root.insert(2, xml.element("user_id", user.user_id))
        return root

    # Paths and replies.

    def _place(self, path: str) -> _Place | None:
        route = self._routes.get(path)
        if route is not None and not route.takes_id:
            return _Place(route, "")
        below, _, tail = path.rpartition("/")
        route = self._routes.get(below)
        return _Place(route, tail) if route is not None and route.takes_id and tail else None

    def _xml(self, root: Element) -> Reply:
        """Write a page as the document does: empty elements in two tags, and its slips unless they are turned off."""
        if self.switches.wellformed:
            return Reply(200, xml.write(root, short=False), _XML)
        cut = root.tag == "action" and root.findtext("name") in _CUT_ACTIONS
        body = xml.write(root, declaration=_CUT_DECLARATION if cut else xml.DECLARATION, short=False)
        body = _CALLER.sub(_with_blanks, body).replace(b"<processed>", b"<<processed>")
        return Reply(200, body, _XML)


def _with_blanks(match: re.Match[bytes]) -> bytes:
    """Write a caller id as the document has it: each reference torn by a blank."""
    text = match[2].replace(b'"', b"&quot;").replace(b"&", b"& ")
    return match[1] + text + b" " + match[3]


def _html(status: int, title: str) -> Reply:
    return Reply(status, f"<html><body><h1>{status} {title}</h1></body></html>\n".encode(), _HTML)
