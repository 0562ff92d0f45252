"""A Simotel account: whose server it is, its calls, placing one, its events, and every other path."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, override

from yarl import URL

from trunkline.errors import ConfigError, DataError, RequestError
from trunkline.model import Call, CallPage, CursorPage, Identity, PlacedCall, Recording
from trunkline.numbers import is_dialable
from trunkline.providers.common import fields
from trunkline.providers.common.ids import object_id_at, object_id_time
from trunkline.transport import Upload

from . import events, lists, values
from .calls import CallReader
from .interface import ORIGINATE, PING, Interface, checked_path, is_read, unknown
from .office import Office
from .reports import Reports
from .rows import RowReader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from trunkline.model import LineEvent
    from trunkline.providers.base import AccountSettings, ProviderInfo

# How long the first telephone rings unless something else is said, as the document has it.
RING_SECONDS = 30
_PHONE_RINGS = "and the phone rings"
_A_DAY = timedelta(days=1)


class SimotelAccount(Office, Reports):
    """A server whose credentials are a user name with its password, an API key, or both."""

    ordered: ClassVar[bool] = True
    push_has_key: ClassVar[bool] = False
    # Of a placed call whose first telephone isn't answered no event is sent, though the list has a row.
    push_is_whole: ClassVar[bool] = False

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Keep the settings; context and trunk are what calls are placed by unless something else is said."""
        headers = {"Accept": "application/json", **login_headers(**{name: credentials[name] for name in _LOGIN})}
        super().__init__(info, settings, credentials, headers=headers)
        self._context = credentials["context"]
        self._trunk = credentials["trunk"]
        self._pbx = Interface(self._transport)
        self._rows = RowReader(self.zone)
        self._call_reader: CallReader | None = None

    @override
    async def _read_identity(self) -> Identity:
        """Return the server's address; a small search shows that it lets us in."""
        now = datetime.now(UTC)
        await self.search("reports/cdr", since=now - _A_DAY, until=now, count=1)
        return self._own_identity()

    def _own_identity(self) -> Identity:
        place = server_name(self.base_url)
        return Identity(account_id=place, title=f"{self.info.name} {place}")

    @override
    def _calls(self) -> CallReader:
        identity = self._identity or self._own_identity()
        account = f"{self.info.provider_id}:{identity.account_id}"
        if self._call_reader is None or self._call_reader.account != account:
            self._call_reader = CallReader(account=account, zone=self.zone)
        return self._call_reader

    # Calls.

    @override
    async def streams(self) -> tuple[str, ...]:
        return ("",)

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        """Yield the calls by page, newest first by `starttime` (`reports/cdr/search`)."""
        newest_first = {"starttime": -1}
        pieces = self._pieces(
            "reports/cdr", self._calls().call, sorting=newest_first, since=since, until=until, skip=skip
        )
        async for piece in pieces:
            last = not piece.rows or (piece.total is not None and piece.start + len(set(piece.rows)) >= piece.total)
            calls = lists.within(piece.rows, lambda call: call.started_at, since, until)
            yield CallPage(calls, total=piece.total, offset=piece.start, last=last)

    @override
    async def cursor_pages(self, stream: str, *, after: str = "") -> AsyncIterator[CursorPage]:
        """Yield the calls in the order in which they were recorded (`reports/cdr/ordered/id`).

        A call is recorded when it ends. The last page is empty: nothing else tells that there is no more.
        """
        async for page in self._ordered("reports/cdr", self._calls().call, after):
            yield CursorPage(page.rows, cursor=page.cursor, last=page.last)

    @override
    def cursor_at(self, moment: datetime) -> str:
        return object_id_at(moment)

    @override
    def cursor_time(self, cursor: str) -> datetime | None:
        return object_id_time(cursor)

    @override
    async def click_to_call(
        self,
        *,
        source: str,
        destination: str,
        stream: str | None = None,
        context: str | None = None,
        caller_id: str | None = None,
        trunk: str | None = None,
        ring_seconds: int | None = None,
        limit: int | None = None,
    ) -> PlacedCall:
        """Ring `source`, then connect it with `destination` (`call/originate/act`). Sent once, never again.

        `context` and `trunk` are the account's own unless given. Where `source` is no extension, the server needs to
        know by which trunk to reach it. `caller_id` is what the other side sees, `source` unless given. `limit` is
        `call_limit`, whose unit the document doesn't state. A request id is no call yet: where `source` doesn't answer,
        no event tells so. Raises `RequestError` for numbers that can't be dialled or a trunk that is missing, and
        `OutcomeUnknownError` where no whole answer came.
        """
        shown = caller_id if caller_id is not None else source
        for what, number in (("extension", source), ("destination", destination), ("caller id", shown)):
            if not is_dialable(number):
                msg = f"the {what} can't be dialled: give digits, with + in front for another country"
                raise RequestError(msg)
        if stream:
            msg = "a Simotel account is one list of calls, and has no services to choose from"
            raise RequestError(msg)
        first = values.dialled(source)
        needed = not values.is_internal(first)
        by = trunk if trunk is not None else self._trunk if needed else ""
        if needed and not by:
            msg = "the first telephone is no extension: name the trunk that reaches it, in the account's settings too"
            raise RequestError(msg)
        body = {
            "caller": first,
            "callee": values.dialled(destination),
            "context": context or self._context,
            "caller_id": values.dialled(shown),
            "trunk_name": by,
            "timeout": str(RING_SECONDS if ring_seconds is None else ring_seconds),
        }
        if limit is not None:
            body["call_limit"] = str(limit)
        reply = await self._pbx.change(ORIGINATE, body, effect=_PHONE_RINGS)
        try:
            data = fields.mapping(reply.get("data"), "data")
            return PlacedCall(request_id=fields.identifier(data.get("originated_call_id"), "originated_call_id"))
        except DataError as error:
            raise unknown(error, _PHONE_RINGS) from None

    # Events.

    @override
    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed `Cdr`; `DataError` for every other event."""
        found = self.parse_event(payload)
        if not isinstance(found, Call):
            raise fields.wrong("event_name", "that of a call that ended (Cdr)")
        return found

    @override
    def parse_event(self, payload: Mapping[str, Any] | bytes, *, kind: str | None = None) -> Call | LineEvent:
        """Return a pushed event: `Cdr` as a call whose id is the leg's (`cuid` or `unique_id`), others as they are.

        The record may be JSON, a form, or the parameters of a query. `kind` is the event's name where the address says
        it (version Rest), and may stand in any spelling. `DataError` for what makes no sense.
        """
        return events.read_event(payload, kind=kind, account=self._calls().account, zone=self.zone)

    # The rest.

    async def ping(self) -> str:
        """Try the connection; return the server's word. It sends a `Ping` event if that is switched on."""
        return fields.text((await self._pbx.ask(PING)).get("message"), "message") or ""

    @override
    async def request(self, method: str, path: str, **params: Any) -> Any:
        """Return the whole decoded envelope of any other path, or the file of one that ends with `/download`.

        Version 4 takes POST for everything, with a JSON body, which the parameters become. Searches, infos, cursors and
        downloads are repeated where need be; everything else is sent once (`OutcomeUnknownError`).
        """
        plain = checked_path(path)
        if plain == ORIGINATE:
            msg = "calls are placed with click_to_call, which checks the numbers first"
            raise RequestError(msg)
        if plain.endswith("/upload"):
            msg = "files are sent with upload"
            raise RequestError(msg)
        if plain.endswith("/download"):
            return await self.download(plain, **params)
        if is_read(plain):
            return await self._pbx.ask(plain, params, method=method.upper())
        return await self._pbx.change(plain, params, method=method.upper())

    async def download(self, path: str, **params: Any) -> Recording:
        """Return the file of a path that ends with `/download`."""
        plain = checked_path(path)
        if not plain.endswith("/download"):
            msg = "files come from the paths that end with /download"
            raise RequestError(msg)
        name = next((str(params[one]) for one in ("file", "_id") if params.get(one)), "file")
        return await self._pbx.download(plain, params, filename=name)

    async def upload(
        self, path: str, content: bytes, *, filename: str, media_type: str = "application/octet-stream"
    ) -> str:
        """Send a file, once, to one of the paths that end with `/upload`; return the name that the server gave it.

        They are `pbx/announcements`, `pbx/faxes`, `autodialer/announcements` and `autodialer/groups`.
        """
        plain = checked_path(path)
        if not plain.endswith("/upload"):
            msg = "files go to the paths that end with /upload"
            raise RequestError(msg)
        envelope = await self._pbx.upload(plain, Upload("file", filename, content, media_type))
        try:
            return fields.required_text(fields.mapping(envelope.get("data"), "data").get("filename"), "filename")
        except DataError as error:
            raise unknown(error, "and the file is there") from None


_LOGIN = ("username", "password", "api_key")


def login_headers(*, username: str, password: str, api_key: str) -> dict[str, str]:
    """Return the headers of the login (section Authentication); `ConfigError` unless there is one whole way in."""
    if bool(username) != bool(password):
        missing = "password" if username else "user name"
        msg = f"Simotel: the {missing} is missing; give both, or the API key alone"
        raise ConfigError(msg)
    if not username and not api_key:
        msg = "Simotel needs user name and password of an API account, its API key, or all three"
        raise ConfigError(msg)
    if ":" in username:
        msg = "Simotel: a user name can't hold a colon"
        raise ConfigError(msg)
    if not (api_key.isascii() and (api_key.isprintable() and " " not in api_key)):
        msg = "the Simotel API key has blanks or letters that no key has: copy it again from Maintenance > API Accounts"
        raise ConfigError(msg)
    headers = {}
    if username:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
    if api_key:
        headers["X-APIKEY"] = api_key
    return headers


def server_name(base_url: str) -> str:
    """Return what a server is known by: its host, the port where it isn't the usual one, and what leads to its API.

    The end `/api/v4` is every server's, and left out.
    """
    url = URL(base_url)
    host = url.host or ""
    port = "" if url.is_default_port() or url.port is None else f":{url.port}"
    path = url.path.strip("/").removesuffix("api/v4").strip("/")
    return f"{host}{port}" + (f"/{path}" if path else "")
