"""The login that MOR's pages ask for: the session's cookie is kept here, and the login repeated once where it ended.

Source: the provider's document, "Login page". Secrets and numbers are sent as forms, not in addresses: the document
lets every page be asked for by GET or POST, and its server reads both alike.
"""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from trunkline.errors import (
    AuthenticationError,
    ConnectionFailedError,
    DataError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    RequestError,
    TrunklineError,
)
from trunkline.providers.common import fields
from trunkline.providers.common.statuses import Advice, raise_for_status
from trunkline.providers.mor.api.refusals import refusal
from trunkline.providers.mor.markup import read_xml
from trunkline.transport import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.providers.mor.markup import Node
    from trunkline.transport import Reply, Transport

    type Fields = Mapping[str, str]

LOGIN = "api/login"
MAIN = "callc/main"
# A login that was used this lately, in seconds, has not ended since.
_FRESH = 60.0
_COOKIE = re.compile(r"[!#$%&'()*+\-./0-9:<=>?@A-Z\[\]^_`a-z{|}~]{0,4096}", re.ASCII)
_COOKIE_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,100}", re.ASCII)
_OUTSIDE = re.compile(
    r"not (?:authori[sz]ed|authenticated|logged in)|please log ?in|session (?:has )?expired", re.IGNORECASE
)
# What the login page has. Others have it alone where the server doesn't know whose they are.
_HEAD = frozenset({"pagename", "language", "error_msg", "aval_languages"})
_ADVICE = Advice(
    credentials="the login",
    renew="check the user name and the password",
    permit="check the user's rights, and the addresses that the server lets in",
    find="check the base URL",
)
_ENDED_IN_BETWEEN = "had ended the login, so that nothing was done: try again"


class LoggedOutError(Exception):
    """Instead of what was asked for came the login page; `error` is what to raise if it comes again."""

    def __init__(self, error: TrunklineError) -> None:
        """Keep the error."""
        super().__init__(str(error))
        self.error = error


class Session:
    """One user's login at one server."""

    def __init__(self, transport: Transport, *, label: str, username: str, password: str) -> None:
        """Keep what to log in with; nothing is sent yet."""
        self._transport = transport
        self._label = label
        self._username = username
        self._password = password
        self._cookies: dict[str, str] = {}
        self._logins = 0
        self._inside = False
        self._answered_at = float("-inf")
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        """Show nothing."""
        return f"<{type(self).__name__}>"

    async def page(
        self, path: str, *, method: str = "GET", params: Fields | None = None, form: Fields | None = None
    ) -> Node:
        """Return a page that changes nothing; it is asked for again if need be, and after one more login."""
        reply, root = await self._ask(path, method=method, params=params, form=form)
        if root is None or root.name != "page":
            raise reply.wrong("a page of MOR")
        return root

    async def file(self, path: str, *, params: Fields | None = None) -> Reply:
        """Return a file, which is anything but XML or HTML; of at most 128 MiB."""
        reply, root = await self._ask(path, params=params, cap=Limits().audio, file=True)
        if root is not None:
            raise reply.wrong("the file")
        return reply

    async def send(self, path: str, *, form: Fields, effect: str, method: str = "POST") -> Node:
        """Send what costs money or changes something, exactly once, and return the whole answer.

        A login that wasn't used lately is tried with the main page first. `RequestError` where it had ended all the
        same, `OutcomeUnknownError` for an answer that makes no sense.
        """
        if asyncio.get_running_loop().time() - self._answered_at > _FRESH:
            await self.page(MAIN)
        login = await self._log_in()
        query, body = (form, None) if method == "GET" else (None, form)
        # Until an answer is read, nobody knows that the login lasts.
        self._answered_at = float("-inf")
        reply = await self._transport.send_once(
            method, path, params=query, form=body, headers=self._headers(), effect=effect
        )
        self._keep(reply)
        try:
            root = self._opened(reply)
            self._answered_at = asyncio.get_running_loop().time()
        except LoggedOutError as ended:
            self._forget(login)
            if isinstance(ended.error, PermissionDeniedError):
                raise ended.error from None
            msg = f"{self._label} {_ENDED_IN_BETWEEN}"
            raise RequestError(msg) from None
        except (DataError, ProviderError) as error:
            raise self.unclear(str(error), effect) from None
        assert root is not None  # noqa: S101 -- only files have none
        return root

    def unclear(self, why: str, effect: str) -> OutcomeUnknownError:
        """Return the error for an answer that makes no sense to a request that is never repeated."""
        msg = f"{why}: nobody knows whether the request was carried out {effect}. It was not repeated"
        return OutcomeUnknownError(msg)

    async def login_form(self) -> Node:
        """Return the login page, which needs no login."""
        reply = await self._transport.read("GET", "callc/login")
        _check_status(reply)
        return read_xml(reply.body, label=self._label)

    async def _ask(
        self,
        path: str,
        *,
        method: str = "GET",
        params: Fields | None = None,
        form: Fields | None = None,
        cap: int | None = None,
        file: bool = False,
    ) -> tuple[Reply, Node | None]:
        last: TrunklineError | None = None
        for _ in range(2):
            login = await self._log_in()
            reply = await self._transport.read(
                method, path, params=params, form=form, headers=self._headers(), cap=cap, redirects=True
            )
            self._keep(reply)
            try:
                root = self._opened(reply, file=file)
            except LoggedOutError as ended:
                self._forget(login)
                last = ended.error
                continue
            self._answered_at = asyncio.get_running_loop().time()
            return reply, root
        assert last is not None  # noqa: S101 -- the loop leaves by an answer or by its error
        raise last

    async def _log_in(self) -> int:
        """Log in unless that was done; return which login it is."""
        async with self._turn:
            if not self._inside:
                self._cookies = {}
                credentials = {"u": self._username, "p": self._password}
                reply = await self._transport.read("POST", LOGIN, form=credentials, redirects=True)
                self._check_login(reply)
                self._keep(reply)
                self._logins += 1
                self._inside = True
            return self._logins

    def _check_login(self, reply: Reply) -> None:
        """Take a login that the server says is done, or that leads to the pages; raise what it is instead."""
        if _redirected(reply):
            if "login" in reply.header("Location").lower() or not reply.cookies:
                raise self._refused()
            return
        _check_status(reply)
        root = read_xml(reply.body, label=self._label)
        if root.name != "action":
            text = _refusal_text(root)
            raise self._login_error(text) if text else self._refused()
        if (root.at("status") or "").lower() != "ok":
            raise self._login_error(root.at("status_message") or "")

    def _login_error(self, text: str) -> TrunklineError:
        error = refusal(text, self._label)
        if isinstance(error, RateLimitedError | AuthenticationError | PermissionDeniedError | ProviderError):
            return error
        return self._refused(fields.shown(text))

    def _refused(self, reason: str = "no reason given") -> AuthenticationError:
        msg = f"{self._label} refuses the login ({reason}): check the user name and the password"
        return AuthenticationError(msg)

    def _forget(self, login: int) -> None:
        """Log in anew with the next request, unless somebody did since."""
        if login == self._logins:
            self._inside = False
            self._answered_at = float("-inf")

    def _keep(self, reply: Reply) -> None:
        for name, value in reply.cookies.items():
            if _COOKIE_NAME.fullmatch(name) and _COOKIE.fullmatch(value):
                self._cookies[name] = value

    def _headers(self) -> dict[str, str]:
        return (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())} if self._cookies else {}
        )

    def _opened(self, reply: Reply, *, file: bool = False) -> Node | None:
        """Return the XML of an answer, None where it is the file that was asked for; raise what it stands for else."""
        if _redirected(reply):
            if "login" in reply.header("Location").lower():
                raise LoggedOutError(self._refused("no login was kept"))
            msg = f"{self._label} redirects to another address, which is not followed: check the base URL"
            raise ConnectionFailedError(msg)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            raise LoggedOutError(self._refused("HTTP 401"))
        _check_status(reply)
        if file and reply.body and not _looks_like_markup(reply.body):
            return None
        root = read_xml(reply.body, label=self._label)
        if _is_outside(root):
            raise LoggedOutError(self._refused("no login was kept"))
        text = _refusal_text(root)
        if text is not None:
            error = refusal(text, self._label)
            if _OUTSIDE.search(text):
                raise LoggedOutError(error)
            raise error
        return root


def _check_status(reply: Reply) -> None:
    """Raise what an HTTP status stands for."""
    if reply.status == HTTPStatus.REQUEST_TIMEOUT:
        # Of what is sent once, nobody knows then what became of it.
        msg = f"{reply.label} says that the request took too long (HTTP 408)"
        raise ProviderError(msg)
    raise_for_status(reply.status, reply, _ADVICE)


def _redirected(reply: Reply) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST


def _looks_like_markup(body: bytes) -> bool:
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _is_outside(root: Node) -> bool:
    """Tell whether a page is one for whoever isn't logged in: the login page, or any other without its content."""
    if root.name == "action":
        return (root.at("name") or "").lower() == "login"
    title = root.at("pagename")
    if root.name != "page" or title is None:
        return False
    bare = not root.at("error_msg") and {one.name for one in root.nodes()} <= _HEAD
    return bare or title.lower().startswith("login")


def _refusal_text(root: Node) -> str | None:
    """Return what a page says instead of its content, in any of the places where servers say it."""
    if root.name == "error":
        return root.words or ""
    for path in (("error",), ("error_msg",), ("status", "error")):
        found = root.one(*path)
        if found is not None and found.words:
            return found.words
    return root.at("error") if root.name == "status" else None
