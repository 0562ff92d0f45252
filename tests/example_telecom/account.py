"""Example Telecom's client: which request answers which question, and how its JSON becomes the model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, override

from trunkline.errors import AuthenticationError, ProviderError, RequestError
from trunkline.model import Call, Direction, Extension, Identity, Party, PlacedCall, Status, Trunk
from trunkline.numbers import e164
from trunkline.providers import Account
from trunkline.providers.common import fields
from trunkline.providers.common.dialling import checked_number
from trunkline.providers.common.paging import NumberedPage, numbered_pages
from trunkline.providers.days import within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from trunkline.model import CallPage
    from trunkline.providers import AccountSettings, ProviderInfo
    from trunkline.transport import Reply

PER_PAGE = 50
_STATUSES = {"ok": Status.ANSWERED, "busy": Status.BUSY, "missed": Status.NO_ANSWER, "error": Status.CONGESTION}
_DIRECTIONS = {"in": Direction.INCOMING, "out": Direction.OUTGOING, "local": Direction.INTERNAL}
_UNAUTHORIZED, _FAILURE, _BAD_REQUEST = 401, 500, 400


class ExampleTelecomAccount(Account):
    """An account with one call list; its credentials are a user name and an API key, sent as headers."""

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Send the credentials with every request."""
        headers = {"X-User": credentials["username"], "X-Api-Key": credentials["api_key"]}
        super().__init__(info, settings, credentials, headers=headers)

    @override
    async def _read_identity(self) -> Identity:
        account = await self._read("account")
        return Identity(
            account_id=fields.identifier(account.get("id"), "id"),
            title=fields.required_text(account.get("name"), "name"),
        )

    @override
    async def trunks(self) -> tuple[Trunk, ...]:
        account = await self._read("account")
        return tuple(
            Trunk(
                trunk_id=fields.identifier(line.get("number"), "number"),
                number=line["number"],
                e164=e164(line["number"], self.info.country),
                credit=fields.money(line.get("credit"), self.currency, "credit"),
            )
            for line in fields.rows(account.get("lines"), "lines")
        )

    @override
    async def extensions(self) -> tuple[Extension, ...]:
        account = await self._read("account")
        return tuple(
            Extension(
                number=fields.identifier(desk.get("number"), "number"), name=fields.text(desk.get("name"), "name")
            )
            for desk in fields.rows(account.get("extensions"), "extensions")
        )

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        async def fetch(number: int) -> NumberedPage:
            body = await self._read("calls", {"page": number, "size": PER_PAGE})
            account = await self.key()
            return NumberedPage(
                number=fields.count(body.get("page"), "page") or 1,
                calls=tuple(self._call(row, account) for row in fields.rows(body.get("calls"), "calls")),
                total=fields.count(body.get("total"), "total") or 0,
                pages=fields.count(body.get("pages"), "pages") or 1,
            )

        async for page in numbered_pages(fetch, size=PER_PAGE, skip=skip):
            yield within(page, since, until)
            oldest = page.calls[-1].started_at if page.calls else None
            if since is not None and oldest is not None and oldest < since:
                return

    @override
    async def click_to_call(self, *, source: str, destination: str, stream: str | None = None) -> PlacedCall:
        sent = {"from": checked_number(source, "from"), "to": checked_number(destination, "to")}
        body = _content(await self._transport.send_once("POST", "calls", json=sent))
        return PlacedCall(request_id=fields.identifier(body.get("request"), "request"))

    def _call(self, row: Any, account: str) -> Call:
        record = fields.mapping(row, "calls[]")
        started = fields.integer(record.get("started"), "started")
        line = fields.text(record.get("line"), "line")
        return Call(
            account=account,
            call_id=fields.identifier(record.get("id"), "id"),
            direction=_DIRECTIONS.get(str(record.get("direction"))),
            status=_STATUSES.get(str(record.get("result")), Status.UNKNOWN),
            started_at=None if started is None else datetime.fromtimestamp(started, UTC),
            trunk=line,
            extension=fields.text(record.get("extension"), "extension"),
            source=self._party(record.get("from"), "from"),
            destination=self._party(record.get("to"), "to"),
            wait=fields.seconds(record.get("ringing"), "ringing"),
            talk=fields.seconds(record.get("talking"), "talking"),
            price=fields.money(record.get("price"), self.currency, "price"),
            raw=record,
        )

    def _party(self, value: object, field: str) -> Party:
        number = fields.text(value, field)
        return Party(number=number, e164=e164(number, self.info.country))

    async def _read(self, path: str, params: Mapping[str, str | int] | None = None) -> dict[str, Any]:
        return _content(await self._transport.read("GET", path, params=params))


def _content(reply: Reply) -> dict[str, Any]:
    if reply.status == _UNAUTHORIZED:
        msg = f"{reply.label} refused the user name or the API key. Create a new key in the customer portal."
        raise AuthenticationError(msg)
    if reply.status >= _FAILURE:
        msg = f"{reply.label} reported an error (HTTP {reply.status}). Try again later."
        raise ProviderError(msg)
    if reply.status >= _BAD_REQUEST:
        msg = f"{reply.label} refused the request (HTTP {reply.status})."
        raise RequestError(msg)
    return fields.mapping(reply.json(), "body")
