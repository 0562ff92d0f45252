"""The login session at MOR's web pages: it keeps the cookie, and logs in again if a page shows that it has ended.

Source: the provider's document, "Login page". Every page takes GET and POST, so secrets and numbers are sent as forms,
where they aren't part of an address.
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
    PermissionDeniedError,
    ProviderError,
    RateLimitedError,
    TrunklineError,
)
from trunkline.providers.common import fields
from trunkline.providers.common.statuses import Advice, raise_for_status
from trunkline.providers.mor.refusals import refusal
from trunkline.providers.mor.xml_reader import parse_xml
from trunkline.transport import Limits, outcome_unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from trunkline.providers.mor.xml_reader import Node
    from trunkline.transport import Reply, Transport

    type Fields = Mapping[str, str]

LOGIN = "api/login"
MAIN = "callc/main"
_COOKIE = re.compile(r"[!#$%&'()*+\-./0-9:<=>?@A-Z\[\]^_`a-z{|}~]{0,4096}", re.ASCII)
_COOKIE_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,100}", re.ASCII)
_NOT_LOGGED_IN = re.compile(
    r"not (?:authori[sz]ed|authenticated|logged in)|please log ?in|session (?:has )?expired", re.IGNORECASE
)
# The elements of the login page, and of any other page that is shown without a login.
_LOGIN_PAGE_ELEMENTS = frozenset({"pagename", "language", "error_msg", "aval_languages"})
_ADVICE = Advice(
    credentials="the login",
    renew="check the user name and the password",
    permit="check the user's rights, and the addresses that the server allows",
    find="check the base URL",
)


class LoggedOutError(Exception):
    """The server returned the login page instead; `error` is what to raise if it does so again."""

    def __init__(self, error: TrunklineError) -> None:
        """Keep the error."""
        super().__init__(str(error))
        self.error = error


class Session:
    """The session of one user at one server."""

    def __init__(self, transport: Transport, *, label: str, username: str, password: str) -> None:
        """Keep the credentials; nothing is sent yet."""
        self._transport = transport
        self._label = label
        self._username = username
        self._password = password
        self._cookies: dict[str, str] = {}
        self._logins = 0
        self._logged_in = False
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        """Show no credentials."""
        return f"<{type(self).__name__}>"

    async def page(
        self, path: str, *, method: str = "GET", params: Fields | None = None, form: Fields | None = None
    ) -> Node:
        """Return a page that changes nothing. The request is repeated if necessary, also after another login."""
        return await self._ask(path, self._read_page, method=method, params=params, form=form)

    async def file(self, path: str, *, params: Fields | None = None) -> Reply:
        """Return a file of up to 128 MiB, which is anything but XML or HTML."""
        return await self._ask(path, self._read_file, params=params, cap=Limits().audio)

    async def send(self, path: str, *, form: Fields, effect: str, method: str = "POST") -> Node:
        """Send a request that costs money or changes something exactly once, and return the reply.

        The main page is read before it, which logs in if the session has ended. Raises `OutcomeUnknownError` for a
        reply that can't be read, and if the server asks for a login nevertheless: that doesn't prove that nothing was
        done.
        """
        await self.page(MAIN)
        login = await self._log_in()
        query, body = (form, None) if method == "GET" else (None, form)
        reply = await self._transport.send_once(
            method, path, params=query, form=body, headers=self._headers(), effect=effect
        )
        self._keep_cookies(reply)
        try:
            return await self._read_xml(reply)
        except LoggedOutError as ended:
            self._forget(login)
            if isinstance(ended.error, PermissionDeniedError):
                raise ended.error from None
            why = f"{self._label} asked for a login instead of confirming the request"
            raise outcome_unknown(why, effect) from None
        except (DataError, ProviderError) as error:
            raise outcome_unknown(str(error), effect) from None
        except TrunklineError:
            if reply.status >= HTTPStatus.BAD_REQUEST and await _says_ok(reply):
                why = f"{self._label} answered with HTTP {reply.status} and a page that confirms the request"
                raise outcome_unknown(why, effect) from None
            raise

    async def login_form(self) -> Node:
        """Return the login page, which needs no login."""
        reply = await self._transport.read("GET", "callc/login")
        _check_status(reply)
        return await parse_xml(reply.body, label=self._label)

    async def _ask[T](
        self,
        path: str,
        read: Callable[[Reply], Awaitable[T]],
        *,
        method: str = "GET",
        params: Fields | None = None,
        form: Fields | None = None,
        cap: int | None = None,
    ) -> T:
        """Return what `read` makes of the reply, after another login if the session has ended."""
        login_error: TrunklineError | None = None
        for _ in range(2):
            login = await self._log_in()
            reply = await self._transport.read(
                method, path, params=params, form=form, headers=self._headers(), cap=cap, redirects=True
            )
            self._keep_cookies(reply)
            try:
                result = await read(reply)
            except LoggedOutError as ended:
                self._forget(login)
                login_error = ended.error
                continue
            return result
        assert login_error is not None  # noqa: S101 -- the loop returns a reply or sets the error
        raise login_error

    async def _log_in(self) -> int:
        """Log in unless that was done before; return the number of the login."""
        async with self._turn:
            if not self._logged_in:
                self._cookies = {}
                credentials = {"u": self._username, "p": self._password}
                reply = await self._transport.read("POST", LOGIN, form=credentials, redirects=True)
                await self._check_login(reply)
                self._keep_cookies(reply)
                self._logins += 1
                self._logged_in = True
            return self._logins

    async def _check_login(self, reply: Reply) -> None:
        """Accept a login that the server confirms or redirects to its pages; raise the error of any other."""
        if _redirected(reply):
            if "login" in reply.header("Location").lower() or not reply.cookies:
                raise self._refused()
            return
        _check_status(reply)
        root = await parse_xml(reply.body, label=self._label)
        if root.name != "action":
            text = error_text(root)
            raise self._login_error(text) if text else self._refused()
        if (root.text_at("status") or "").lower() != "ok":
            raise self._login_error(root.text_at("status_message") or "")

    def _login_error(self, text: str) -> TrunklineError:
        error = refusal(text, self._label)
        if isinstance(error, RateLimitedError | AuthenticationError | PermissionDeniedError | ProviderError):
            return error
        return self._refused(fields.safe_text(text))

    def _refused(self, reason: str = "no reason given") -> AuthenticationError:
        msg = f"{self._label} refused the login ({reason}): check the user name and the password"
        return AuthenticationError(msg)

    def _forget(self, login: int) -> None:
        """Log in again with the next request, unless another request has done so since."""
        if login == self._logins:
            self._logged_in = False

    def _keep_cookies(self, reply: Reply) -> None:
        for name, value in reply.cookies.items():
            if _COOKIE_NAME.fullmatch(name) and _COOKIE.fullmatch(value):
                self._cookies[name] = value

    def _headers(self) -> dict[str, str]:
        return (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())} if self._cookies else {}
        )

    async def _read_page(self, reply: Reply) -> Node:
        root = await self._read_xml(reply)
        if root.name != "page":
            raise reply.wrong("a page of MOR")
        return root

    async def _read_file(self, reply: Reply) -> Reply:
        self._check(reply)
        if reply.body and not _looks_like_markup(reply.body):
            return reply
        await self._read_xml(reply)
        raise reply.wrong("the file")

    async def _read_xml(self, reply: Reply) -> Node:
        """Return the root of a reply; raise the error in it, and `LoggedOutError` for the login page."""
        self._check(reply)
        root = await parse_xml(reply.body, label=self._label)
        if is_login_page(root):
            raise LoggedOutError(self._refused("the session was not kept"))
        text = error_text(root)
        if text is not None:
            error = refusal(text, self._label)
            if _NOT_LOGGED_IN.search(text):
                raise LoggedOutError(error)
            raise error
        return root

    def _check(self, reply: Reply) -> None:
        """Raise the exception for a redirect or a status."""
        if _redirected(reply):
            if "login" in reply.header("Location").lower():
                raise LoggedOutError(self._refused("the session was not kept"))
            msg = f"{self._label} redirects to another address, which is not allowed: check the base URL"
            raise ConnectionFailedError(msg)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            raise LoggedOutError(self._refused("HTTP 401"))
        _check_status(reply)


def _check_status(reply: Reply) -> None:
    """Raise the exception for an HTTP status."""
    if reply.status == HTTPStatus.REQUEST_TIMEOUT:
        # For a request that is sent once, this means that its outcome is unknown.
        msg = f"{reply.label} reports that the request took too long (HTTP 408)"
        raise ProviderError(msg)
    raise_for_status(reply.status, reply, _ADVICE)


async def _says_ok(reply: Reply) -> bool:
    """Return whether the page in a reply confirms a request, whatever the HTTP status is."""
    try:
        root = await parse_xml(reply.body, label=reply.label)
    except DataError:
        return False
    stated = root.text_at("status") if root.name == "action" else root.text_at("status", "success") or root.own_text
    return error_text(root) is None and stated is not None and (root.name == "page" or stated.lower() == "ok")


def _redirected(reply: Reply) -> bool:
    return HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST


def _looks_like_markup(body: bytes) -> bool:
    return body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def is_login_page(root: Node) -> bool:
    """Return whether a page is shown to a user who isn't logged in: the login page, or a page without its content."""
    if root.name == "action":
        return (root.text_at("name") or "").lower() == "login"
    title = root.text_at("pagename")
    if root.name != "page" or title is None:
        return False
    has_no_content = not root.text_at("error_msg") and {child.name for child in root.nodes()} <= _LOGIN_PAGE_ELEMENTS
    return has_no_content or title.lower().startswith("login")


def error_text(root: Node) -> str | None:
    """Return the error that a page shows instead of its content, from any of the places where servers put it."""
    if root.name == "error":
        return root.own_text or ""
    for path in (("error",), ("error_msg",), ("status", "error")):
        error = root.first(*path)
        if error is not None and error.own_text:
            return error.own_text
    return root.text_at("error") if root.name == "status" else None
