"""A Telefonchy account: its methods and the requests that they send."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, override
from urllib.parse import unquote

from trunkline.ahead import closing
from trunkline.calendars import in_calendar, jalali_text, past_repetition
from trunkline.errors import (
    ConfigError,
    DataError,
    ForeignRecordError,
    NotFoundError,
    RequestError,
)
from trunkline.model import Direction, Identity, PlacedCall, Recording, Status
from trunkline.providers.base import Account
from trunkline.providers.common import fields
from trunkline.providers.common.dialling import checked_number
from trunkline.providers.common.paging import numbered_pages
from trunkline.providers.days import within
from trunkline.transport import MAY_BE_CARRIED_OUT, PHONE_MAY_RING, Limits, Reply, outcome_unknown

from . import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from trunkline.model import Call, CallPage, Extension, Location, Service, Trunk
    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.common.paging import NumberedPage

PER_PAGE = 100
_MINUTE = timedelta(minutes=1)
_TYPES = {Direction.INCOMING: "incoming", Direction.OUTGOING: "outgoing", Direction.INTERNAL: "local"}
_STATUSES = {
    Status.ANSWERED: "ANSWERED",
    Status.BUSY: "BUSY",
    Status.NO_ANSWER: "NO ANSWER",
    Status.CONGESTION: "CONGESTION",
}
_HTTP_ERROR = 400
_QUALITIES = ("merged", "rx", "tx")
# The requests that are known to change nothing.
_READS = frozenset(
    {
        *(("GET", path) for path in ("services", "calls", "current/date", "locations", "calls/record")),
        *(("GET", f"calls/record-quality/{quality}") for quality in _QUALITIES),
        ("POST", "calls"),
    }
)


class TelefonchyAccount(Account):
    """An account whose credential is the web service token. Each of its services is a stream."""

    most_requests: ClassVar[int] = 4
    _services: tuple[Service, ...] | None = None
    _call_reader: wire.CallReader | None = None

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Check the token."""
        token = credentials["token"]
        if not token.isascii() or not token.isprintable() or " " in token:
            msg = "the Telefonchy token contains spaces or invalid characters: copy it again from the customer panel"
            raise ConfigError(msg)
        # The document writes the header in both ways; working clients use the hyphen, which proxies let through.
        headers = {"webservice-token": token, "webservice_token": token, "Accept": "application/json"}
        super().__init__(info, settings, credentials, headers=headers)

    @override
    async def _read_identity(self) -> Identity:
        services = await self._known_services()
        if not services:
            msg = "the account of this Telefonchy token has no service: order one, or use another account's token"
            raise DataError(msg, field="data")
        first = min(service.service_id for service in services)
        return Identity(account_id=first, title=f"{self.info.name} {first}")

    async def services(self) -> tuple[Service, ...]:
        """Return the services with their trunks (and their credit now) and extensions."""
        body = wire.envelope(await self._transport.read("GET", "services"))
        self._services = wire.read_services(body.get("data"), zone=self.zone, currency=self.currency)
        return self._services

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks of all services with their credit now."""
        return tuple(trunk for service in await self.services() for trunk in service.trunks)

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions of all services."""
        return tuple(extension for service in await self._known_services() for extension in service.extensions)

    @override
    async def streams(self) -> tuple[str, ...]:
        return tuple(service.service_id for service in await self._known_services())

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        async def fetch(number: int) -> NumberedPage:
            return await self.call_page(stream, page=number, since=since, until=until)

        listed = numbered_pages(fetch, size=PER_PAGE, skip=skip, width=self.requests_at_once)
        async with closing(listed) as pages:
            async for page in pages:
                yield within(page, since, until)
                if since and page.calls and all(call.started_at and call.started_at < since for call in page.calls):
                    # The provider ignored the filter, and all calls after these are older.
                    return

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return (await self._reader()).call(record)

    async def call_page(
        self,
        service_id: str,
        *,
        page: int = 1,
        oldest_first: bool = False,
        per_page: int = PER_PAGE,
        since: datetime | None = None,
        until: datetime | None = None,
        direction: Direction | None = None,
        status: Status | None = None,
        source: str | None = None,
        destination: str | None = None,
        trunk: str | None = None,
        extension: str | None = None,
    ) -> NumberedPage:
        """Return one page of `/calls` (section Calls; the filters are of its newer edition).

        The provider may ignore `per_page` and filters that it doesn't know.
        """
        reader = await self._reader()
        params: dict[str, str | int] = {
            "service_id": service_id,
            "page": page,
            "sort": "ASC" if oldest_first else "DESC",
            "per_page": per_page,
            **self._period(since, until),
        }
        chosen = {
            "type": _TYPES[direction] if direction else None,
            "status": _wire_status(status) if status else None,
            "call_source": source,
            "call_dest": destination,
            "trunk": trunk,
            "exten": extension,
        }
        params |= {name: value for name, value in chosen.items() if value is not None}
        body = wire.envelope(await self._transport.read("GET", "calls", params=params))
        found = await wire.read_page(body, reader, asked=page)
        if found.total is None and found.rows >= per_page:
            # A list that fills a page is long enough to be paged.
            raise fields.missing("paginator")
        return found

    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        """Ring the extension `source`, then call `destination` (`/smartcall`). Sent once, never again.

        `stream` is the service; the one that has the extension if left out. `RequestError` for numbers that can't be
        dialled, `OutcomeUnknownError` if no complete reply came.
        """
        extension = checked_number(source, "extension")
        number = checked_number(destination, "destination")
        service_id = stream if stream is not None else await self._service_of(extension)
        params = {"service_id": service_id, "exten": extension, "to": number}
        reply = await self._transport.send_once("GET", "smartcall", params=params)
        if why := wire.unclear(reply):
            raise outcome_unknown(f"Telefonchy answered with {why}", PHONE_MAY_RING)
        try:
            data = wire.envelope(reply).get("data")
            request_id = fields.text(fields.mapping(data, "data").get("request_id"), "request_id")
        except DataError as error:
            raise outcome_unknown(f"Telefonchy's reply is invalid: {error}", PHONE_MAY_RING) from None
        return PlacedCall(request_id=request_id)

    async def recording(self, call: Call, *, quality: str | None = None) -> Recording:
        """Return the audio of a call (`/calls/record`).

        `quality` requests it from `/calls/record-quality/` instead: `merged`, or only one of the two directions, `rx`
        or `tx`. `NotFoundError` where the call has none, `RequestError` for another quality. Pushed records seldom name
        the file, so the list is asked then.
        """
        if quality is not None and quality not in _QUALITIES:
            msg = f"Telefonchy has no recordings of the quality {quality[:20]!r}: use {', '.join(_QUALITIES)}"
            raise RequestError(msg)
        file_id = call.recording or await self._file_id(call)
        if quality is None:
            path, params = "calls/record", {"file_id": file_id, "cuid": call.call_id}
        else:
            path, params = f"calls/record-quality/{quality}", {"cuid": call.call_id, "record_id": file_id}
        reply = await self._transport.read("GET", path, params=params, cap=Limits().audio)
        media_type = reply.media_type or "application/octet-stream"
        if reply.status >= _HTTP_ERROR or "json" in media_type or media_type.startswith("text/"):
            wire.envelope(reply)
            raise fields.wrong("recording", "audio")
        if not reply.body:
            raise fields.missing("recording")
        return Recording(content=reply.body, media_type=media_type, filename=f"{_plain(call.call_id)}.mp3")

    async def server_time(self) -> datetime:
        """Return the provider's clock in UTC (`/current/date`)."""
        return wire.read_date(wire.envelope(await self._transport.read("GET", "current/date")).get("data"))

    async def locations(self) -> tuple[Location, ...]:
        """Return Iran's provinces and cities with the ids that contacts use (`/locations`)."""
        reply = await self._transport.read("GET", "locations")
        completed = Reply(reply.status, reply.headers, wire.complete_json(reply.body), reply.label)
        return wire.read_locations(wire.envelope(completed).get("data"))

    def parse_push(self, payload: Mapping[str, Any] | bytes) -> Call:
        """Return the call of a pushed record (section CDR).

        Raises `DataError` for an invalid record, and `ForeignRecordError` for one of a service that this account
        doesn't have, or if the services weren't read yet.
        """
        record = wire.read_push_body(payload)
        service_id = fields.required_text(record.get("service_id"), "service_id")
        if service_id not in {service.service_id for service in self._services or ()}:
            msg = "the field service_id is not a service of this account"
            raise ForeignRecordError(msg, field="service_id")
        call = self._reader_of(self._services or ()).call(record)
        if call.started_at is None:
            raise fields.missing("created_at")
        return call

    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the whole decoded envelope of any other request; sent with the credentials of this account.

        Calls are placed with GET here, so only known reads are repeated if necessary. Any other request may cost
        money and is sent once: `OutcomeUnknownError` if no conclusive reply came.
        """
        plain = unquote(path).strip("/").lower()
        if "smartcall" in plain:
            msg = "calls are placed with click_to_call, which never repeats them"
            raise RequestError(msg)
        verb = method.upper()
        query, form = (params, None) if verb == "GET" else (None, params)
        if (verb, plain) in _READS:
            return wire.envelope(await self._transport.read(verb, path, params=query, form=form))
        reply = await self._transport.send_once(verb, path, params=query, form=form, effect=MAY_BE_CARRIED_OUT)
        if why := wire.unclear(reply):
            raise outcome_unknown(f"Telefonchy answered with {why}", MAY_BE_CARRIED_OUT)
        try:
            return wire.envelope(reply)
        except DataError as error:
            raise outcome_unknown(f"Telefonchy's reply is invalid: {error}", MAY_BE_CARRIED_OUT) from None

    async def _known_services(self) -> tuple[Service, ...]:
        return self._services if self._services is not None else await self.services()

    async def _reader(self) -> wire.CallReader:
        return self._reader_of(await self._known_services())

    def _reader_of(self, services: tuple[Service, ...]) -> wire.CallReader:
        """Return the reader, a new one after the account's services or extensions changed."""
        first = min((service.service_id for service in services), default="")
        account_id = self._identity.account_id if self._identity else first
        extensions = frozenset(extension.number for service in services for extension in service.extensions)
        account = f"{self.info.provider_id}:{account_id}"
        reader = self._call_reader
        if reader is None or reader.account != account or reader.extensions != extensions:
            reader = self._call_reader = wire.CallReader(
                account=account,
                zone=self.zone,
                currency=self.currency,
                extensions=extensions,
            )
        return reader

    async def _service_of(self, extension: str) -> str:
        services = await self._known_services()
        having = [service for service in services if extension in {exten.number for exten in service.extensions}]
        if len(having) == 1:
            return having[0].service_id
        if len(services) == 1:
            return services[0].service_id
        msg = "several services can place this call: choose one of them"
        raise RequestError(msg)

    async def _file_id(self, call: Call) -> str:
        if call.started_at is not None:
            stream = call.stream or (await self.streams())[0]
            around = self.pages(stream, since=call.started_at - _MINUTE, until=call.started_at + _MINUTE)
            async for page in around:
                for listed in page.calls:
                    if listed.call_id == call.call_id and listed.recording:
                        return listed.recording
        msg = "this call has no recording at Telefonchy"
        raise NotFoundError(msg)

    def _period(self, since: datetime | None, until: datetime | None) -> dict[str, str]:
        """Return the period under both names by which it is known; what is cut finer is cut here afterwards."""
        params = {}
        for moment, name, older in ((since, "started_at_from", "date_from"), (until, "started_at_to", "date_to")):
            if moment is None:
                continue
            asked = in_calendar(moment)
            if name == "started_at_to":
                # date_to knows minutes only, so the end is rounded up.
                asked = past_repetition(asked, self.zone) + _MINUTE
            params[name] = jalali_text(asked, self.zone)
            params[older] = params[name][:16].replace("-", "/")
        return params


def _wire_status(status: Status) -> str:
    if status not in _STATUSES:
        msg = f"Telefonchy can't filter calls by the status {status.value}"
        raise RequestError(msg)
    return _STATUSES[status]


def _plain(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)
