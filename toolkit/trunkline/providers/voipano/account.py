"""A VoIPano account: the requests that its methods send, and the billing that every reply states."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, override
from urllib.parse import unquote
from uuid import uuid4

from trunkline.ahead import closing
from trunkline.errors import ConfigError, DataError, NotFoundError, RequestError
from trunkline.model import Identity, Recording
from trunkline.providers.base import Account
from trunkline.providers.common import fields
from trunkline.providers.common.dialling import checked_limit, checked_number
from trunkline.providers.common.paging import numbered_pages
from trunkline.providers.days import within
from trunkline.transport import MAY_BE_CARRIED_OUT, PHONE_MAY_RING, Limits, outcome_unknown

from . import wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from trunkline.model import Billing, Call, CallPage, Mailbox, PlacedCall, Plan, Service, Trunk, Voicemail
    from trunkline.providers.base import AccountSettings, ProviderInfo
    from trunkline.providers.common.paging import NumberedPage
    from trunkline.transport import Reply

PER_PAGE = 50
# The size of a list without pages; the larger one is requested only if the first reply was full.
_MAILBOXES, _MOST_MAILBOXES = 100, 1000
_PAID = ("call-otp", "click-to-call", "secure-call")
_MASKED = re.compile(r"[*#]")
# What an id is made of that may stand in a path: nothing that leads to another one.
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,199}", re.ASCII)
_LONGEST_PURPOSE = 100
_AUDIO = {"Accept": "audio/*, application/json"}
_SUFFIXES = {"audio/mpeg": "mp3", "audio/ogg": "ogg"}


class VoipanoAccount(Account):
    """An account whose credential is a bearer token. It has one call list, so that its only stream is `""`.

    `allowed_contexts` are the voicemail contexts that the last reply to `mailboxes` named; None before that.
    """

    most_requests: ClassVar[int] = 4
    allowed_contexts: tuple[str, ...] | None = None
    _services: tuple[Service, ...] | None = None
    _plans: tuple[Plan, ...] = ()
    _endpoint: str | None = None

    def __init__(self, info: ProviderInfo, settings: AccountSettings, credentials: Mapping[str, str]) -> None:
        """Check the token."""
        token = credentials["token"]
        scheme, _, bare = token.partition(" ")
        if scheme.lower() == "bearer":
            token = bare.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            msg = "the VoIPano token contains spaces or invalid characters: copy it again from the customer panel"
            raise ConfigError(msg)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        super().__init__(info, settings, credentials, headers=headers)

    @override
    async def _read_identity(self) -> Identity:
        services = await self._known_services()
        if not services:
            msg = "the account of this VoIPano token has no service: order one, or use another account's token"
            raise DataError(msg, field="items")
        first = min(services, key=lambda service: int(service.service_id)).service_id
        name = next(plan.name for plan in self._plans if plan.plan_id == first)
        return Identity(account_id=first, title=f"{self.info.name} {name}")

    async def services(self) -> tuple[Service, ...]:
        """Return the subscribed services with their lines (`/services`).

        The provider knows one credit for the account, and tells it only in replies to what costs money. The last one
        that is known stands on the line of the endpoint number, or on the only line; it is never shown twice.
        """
        body = await self._read("services")
        self._services, self._plans = wire.read_services(body.get("data"))
        return await self._with_credit(self._services)

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the lines, with the latest credit on one of them, or None as long as no reply has stated it."""
        found: dict[str, Trunk] = {}
        for service in await self.services():
            for trunk in service.trunks:
                found.setdefault(trunk.trunk_id, trunk)
        return tuple(found.values())

    async def plans(self) -> tuple[Plan, ...]:
        """Return the subscribed packages and the days that are left of them (`/services`)."""
        await self.services()
        return self._plans

    @override
    async def pages(
        self, stream: str, *, since: datetime | None = None, until: datetime | None = None, skip: int = 0
    ) -> AsyncIterator[CallPage]:
        async def fetch(number: int) -> NumberedPage:
            return await self.call_page(page=number)

        listed = numbered_pages(fetch, size=PER_PAGE, skip=skip, width=self.requests_at_once)
        async with closing(listed) as pages:
            async for page in pages:
                yield within(page, since, until)
                if since is not None and _all_before(page.calls, since):
                    return

    @override
    async def read_row(self, stream: str, record: Any) -> Call:
        return wire.read_call(record, account=await self.key(), lines=await self._lines())

    async def call_page(
        self, *, page: int = 1, limit: int = PER_PAGE, has_recording: bool | None = None
    ) -> NumberedPage:
        """Return one page of `/call-reports`, all calls or only those with or without a recording."""
        params: dict[str, str | int] = {"limit": limit, "page": page}
        if has_recording is not None:
            params = {"has_recording": int(has_recording), **params}
        account = await self.key()
        await self._known_services()
        body = await self._read("call-reports", params)
        found = await wire.read_page(body, account=account, lines=await self._lines(), asked=page)
        if found.total is None and found.rows >= limit:
            # A list that fills a page may go on.
            raise fields.missing("pagination")
        return found

    async def click_to_call(
        self,
        *,
        source: str,
        destination: str,
        stream: str | None = None,  # noqa: ARG002 -- there is one list
        ring_seconds: int | None = None,
        limit: int | None = None,
    ) -> PlacedCall:
        """Ring `source`, then connect it with `destination` (`/click-to-call`). Sent once, never again.

        `ring_seconds` is the document's `timeout`, `limit` its `limit`, whose unit it doesn't say; the provider's own
        hold where they are left out. `RequestError` for what can't be dialled, `OutcomeUnknownError` if no complete
        reply came.
        """
        return await self._call("click-to-call", source, destination, ring_seconds, limit)

    async def secure_call(
        self, *, source: str, destination: str, ring_seconds: int | None = None, limit: int | None = None
    ) -> PlacedCall:
        """Connect two numbers without showing either the other's (`/secure-call`). Sent once, never again."""
        return await self._call("secure-call", source, destination, ring_seconds, limit)

    async def send_otp(self, *, number: str, purpose: str = "login", reference: str | None = None) -> PlacedCall:
        """Call a number and speak a one-time code (`/call-otp`). Sent once, never again.

        `reference` is the document's `client_ref`; one is made where it is left out.
        """
        if not purpose.strip() or not purpose.isprintable() or len(purpose) > _LONGEST_PURPOSE:
            msg = f"the purpose of a code must be a word such as login, of at most {_LONGEST_PURPOSE} characters"
            raise RequestError(msg)
        body: dict[str, str | int] = {
            "phone_number": _dialled(number, "number"),
            "purpose": purpose,
            "client_ref": reference or f"trunkline-{uuid4().hex}",
        }
        return await self._pay("call-otp", body)

    async def recording(self, call: Call) -> Recording:
        """Return the audio of a call (`/call-recordings/{id}`); `NotFoundError` where the report names none.

        The address that a report gives (`recording_url`) is never used: the id leads to the provider itself.
        """
        if not call.recording:
            msg = "this call has no recording at VoIPano"
            raise NotFoundError(msg)
        audio_id = _plain_id(call.recording, "recording")
        params = {"call_details_record_id": audio_id}
        return await self._audio(f"call-recordings/{audio_id}", params, f"recording-{audio_id}")

    async def mailboxes(self, *, context: str | None = None) -> tuple[Mailbox, ...]:
        """Return the voicemail boxes, all or those of one context (`/voicemail-inboxes`).

        `allowed_contexts` then holds the contexts that the provider names beside them.
        """
        limit = _MAILBOXES
        while True:
            params: dict[str, str | int] = {"limit": limit}
            if context is not None:
                params = {"context": context, **params}
            body = await self._read("voicemail-inboxes", params)
            boxes, self.allowed_contexts = wire.read_mailboxes(body.get("data"))
            if len(boxes) < limit or limit == _MOST_MAILBOXES:
                return boxes
            limit = _MOST_MAILBOXES

    async def voicemail_audio(self, voicemail: Voicemail) -> Recording:
        """Return the audio of a voicemail (`/voicemail-recordings/{id}`), whose mailbox and context must be named."""
        if not voicemail.mailbox or not voicemail.context:
            msg = "VoIPano requires the mailbox and the context of a voicemail"
            raise RequestError(msg)
        audio_id = _plain_id(voicemail.voicemail_id, "voicemail")
        params = {"context": voicemail.context, "mailbox": voicemail.mailbox}
        return await self._audio(f"voicemail-recordings/{audio_id}", params, f"voicemail-{audio_id}")

    async def request(self, method: str, path: str, **params: str | int) -> Any:
        """Return the whole decoded reply of any other endpoint; what isn't a GET is sent as JSON, and sent once.

        `RequestError` for the paths that cost money, which have methods of their own.
        """
        if any(paid in unquote(path).lower() for paid in _PAID):
            msg = "calls and codes cost money: use click_to_call, secure_call or send_otp, which never repeat them"
            raise RequestError(msg)
        if method.upper() == "GET":
            return await self._read(path, params)
        reply = await self._transport.send_once(method, path, json=params, effect=MAY_BE_CARRIED_OUT)
        try:
            if why := wire.unclear(reply, self._settle(reply)):
                raise outcome_unknown(f"VoIPano answered with {why}", MAY_BE_CARRIED_OUT)
            return self._checked(reply)
        except DataError as error:
            raise outcome_unknown(f"VoIPano's reply is invalid: {error}", MAY_BE_CARRIED_OUT) from None

    async def _read(self, path: str, params: dict[str, str | int] | None = None) -> dict[str, Any]:
        return self._opened(await self._transport.read("GET", path, params=params))

    def _opened(self, reply: Reply) -> dict[str, Any]:
        """Return a reply's body once what it says about money was noted, or raise its error."""
        self._settle(reply)
        return self._checked(reply)

    def _checked(self, reply: Reply) -> dict[str, Any]:
        body = wire.envelope(reply)
        self._endpoint = wire.endpoint(body) or self._endpoint
        return body

    def _settle(self, reply: Reply) -> Billing | None:
        """Keep what a reply states about money; the last known credit stays until a reply states another."""
        said = wire.billing_of(reply, at=datetime.now(UTC), currency=self.currency)
        if said is not None:
            before = self.billing.remaining_credit if self.billing else None
            self.billing = said if said.remaining_credit is not None else replace(said, remaining_credit=before)
        return said

    async def _call(
        self, path: str, source: str, destination: str, ring_seconds: int | None, limit: int | None
    ) -> PlacedCall:
        body: dict[str, str | int] = {
            "call_source": _dialled(source, "source"),
            "call_destination": _dialled(destination, "destination"),
        }
        for name, value in (("timeout", ring_seconds), ("limit", limit)):
            if value is not None:
                body[name] = checked_limit(value, name)
        return await self._pay(path, body)

    async def _pay(self, path: str, body: dict[str, str | int]) -> PlacedCall:
        """Send what costs money, once. A reply that neither confirms nor refuses it leaves the outcome unknown."""
        reply = await self._transport.send_once("POST", path, json=body)
        try:
            said = self._settle(reply)
            if why := wire.unclear(reply, said):
                raise outcome_unknown(f"VoIPano answered with {why}", PHONE_MAY_RING)
            return wire.read_placed(self._checked(reply), said)
        except DataError as error:
            raise outcome_unknown(f"VoIPano's reply is invalid: {error}", PHONE_MAY_RING) from None

    async def _audio(self, path: str, params: dict[str, str], name: str) -> Recording:
        reply = await self._transport.read("GET", path, params=params, headers=_AUDIO, cap=Limits().audio)
        self._settle(reply)
        media_type = reply.media_type or "application/octet-stream"
        if reply.status >= HTTPStatus.BAD_REQUEST or "json" in media_type or media_type.startswith("text/"):
            wire.envelope(reply)
        elif reply.body:
            suffix = _SUFFIXES.get(media_type, "wav")
            return Recording(content=reply.body, media_type=media_type, filename=f"{name}.{suffix}")
        raise fields.wrong("recording", "audio")

    async def _lines(self) -> frozenset[str]:
        """Return the ids of the account's own lines, with the number that the last reply named."""
        own = {trunk.trunk_id for service in await self._known_services() for trunk in service.trunks}
        return frozenset(own if self._endpoint is None else own | {self._endpoint})

    async def _known_services(self) -> tuple[Service, ...]:
        return self._services if self._services is not None else await self.services()

    async def _with_credit(self, services: tuple[Service, ...]) -> tuple[Service, ...]:
        """Put the latest known credit on the one line that it belongs to."""
        credit = self.billing.remaining_credit if self.billing else None
        lines = {trunk.trunk_id for service in services for trunk in service.trunks}
        if credit is None or not lines:
            return services
        if len(lines) > 1 and self._endpoint is None:
            # A code's reply tells the credit without the line; the call reports always name it.
            await self._read("call-reports", {"limit": 1, "page": 1})
        line = next(iter(lines)) if len(lines) == 1 else self._endpoint
        with_credit = []
        for service in services:
            trunks = service.trunks
            if any(trunk.trunk_id == line for trunk in trunks):
                trunks = tuple(replace(trunk, credit=credit) if trunk.trunk_id == line else trunk for trunk in trunks)
                line = None
            with_credit.append(replace(service, trunks=trunks))
        return tuple(with_credit)


def _dialled(number: str, what: str) -> str:
    """Return a number as it is sent; raises `RequestError` if it can't be dialled, such as a masked one."""
    if _MASKED.search(number):
        msg = f"the {what} can't be dialled: it contains * or #, as masked numbers do"
        raise RequestError(msg)
    return wire.national(checked_number(number, what))


def _plain_id(text: str, what: str) -> str:
    if not _PLAIN_ID.fullmatch(text):
        msg = f"the id of this {what} isn't valid at VoIPano"
        raise NotFoundError(msg)
    return text


def _all_before(calls: tuple[Call, ...], since: datetime) -> bool:
    """Tell whether a list that is newest first has nothing more for a period.

    The document doesn't say how the list is ordered, so that the page itself must show it.
    """
    starts = [call.started_at for call in calls if call.started_at is not None]
    if not starts or len(starts) < len(calls):
        return False
    return max(starts) < since and starts == sorted(starts, reverse=True)
