"""The interface between the sandbox's server and a provider's wire: a request in, a reply out, no sockets.

A wire is how one provider's servers answer, for every office of the simulated company. Write one as a class that has
what `Wire` describes, and serve it with `Sandbox(extra_wires=[YourWire])`. `JsonWire` has defaults for wires that
write JSON, so that little is left:

    class Acme(JsonWire):
        name = "acme"
        prefix = "/acme"
        calls_at = "calls"
        status_at = "calls[].status"

        def __init__(self, world: World) -> None:
            self.world = world
            self.tokens = ["first", "second"]

        def account_of(self, request: Request) -> int | None:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            return self.tokens.index(token) if token in self.tokens else None

        def page_of(self, request: Request) -> int | None:
            return 1 if request.path == "/calls" else None

        def answer(self, request: Request) -> Reply:
            account = self.account_of(request)
            if account is None:
                return self.unauthorized()
            if request.path != "/calls":
                return Reply(404, to_json({"message": "Not Found"}))
            office = self.world.offices[account]
            calls = [{"id": call.call_id, "status": Outcome(call.outcome).name} for call in office.calls]
            return Reply(200, to_json({"calls": calls}))

        def accounts(self, url: str) -> list[SandboxAccount]:
            return [
                SandboxAccount.of_offices(
                    [office], provider="acme", base_url=f"{url}{self.prefix}", credentials={"token": token}
                )
                for office, token in zip(self.world.offices, self.tokens, strict=True)
            ]

        def rotate(self, account: int) -> dict[str, str]:
            self.tokens[account] += "+"
            return {"token": self.tokens[account]}
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

from .faults import JsonList, ListForm, edit_field, edit_list
from .json_text import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from aiohttp import ClientSession

    from .faults import ListReply
    from .world import Office, OngoingCall, Stage, World

JSON = "application/json"
__all__ = [
    "JSON",
    "AsksForRoutes",
    "Delivery",
    "JsonWire",
    "RegistersPushes",
    "Reply",
    "Request",
    "SandboxAccount",
    "SendsEvents",
    "Wire",
    "WireDefaults",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a wire, with the path below the wire's prefix.

    `params` merges query and form (the form wins), `query` is the query alone, `body` what was sent unless it was a
    form, and `files` the uploads of a form by field: name and content.
    """

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict, repr=False)

    @property
    def media_type(self) -> str:
        """The declared content type without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def having(self, **params: object) -> Request:
        """Return the request with other parameters, in the query as well where it had them."""
        texts = {name: str(value) for name, value in params.items()}
        query = {name: text for name, text in texts.items() if name in self.query or self.method == "GET"}
        return replace(self, params={**self.params, **texts}, query={**self.query, **query})

    def having_json(self, document: Any) -> Request:
        """Return the request with another body."""
        return replace(self, body=to_json(document))

    def json(self) -> Any:
        """Return the decoded body; ValueError if it isn't JSON."""
        try:
            return json.loads(self.body)
        except RecursionError:
            msg = "nested too deeply"
            raise ValueError(msg) from None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A pushed message, to send to the customer's address with `suffix` added to its path."""

    body: bytes = b""
    method: str = "POST"
    suffix: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Reply:
    """A complete reply, before any fault changes it."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """One account of a wire: what a client needs to use it, and what a test needs to know about it.

    `provider` is the provider's id and `dialect` which of its interfaces this is. `office` is the position in
    `world.offices` of the first of `service_ids`. Trunk numbers are national, without the leading zero.
    """

    provider: str
    base_url: str
    credentials: dict[str, str] = field(repr=False)
    service_id: str
    service_ids: tuple[str, ...]
    office: int
    title: str
    trunks: tuple[str, ...]
    extensions: tuple[str, ...]
    dialect: str = ""

    @classmethod
    def of_offices(
        cls,
        offices: Sequence[Office],
        *,
        provider: str,
        base_url: str,
        credentials: dict[str, str],
        service_ids: tuple[str, ...] = ("",),
        dialect: str = "",
        title: str | None = None,
    ) -> Self:
        """Describe an account with the calls of these offices; its title is the first office's name unless given."""
        return cls(
            provider=provider,
            dialect=dialect,
            base_url=base_url,
            credentials=credentials,
            service_id=service_ids[0],
            service_ids=service_ids,
            office=offices[0].position,
            title=offices[0].name if title is None else title,
            trunks=tuple(trunk.number for office in offices for trunk in office.trunks),
            extensions=tuple(extension.number for office in offices for extension in office.extensions),
        )


class Wire(Protocol):
    """How one provider's servers answer for the simulated company.

    An account is known by its position in the list that `accounts` returns.
    """

    name: str
    """The wire's name: the provider's id, followed by a hyphen and the dialect if it isn't the provider's first."""
    prefix: str
    """The path below the sandbox's URL, with a leading slash."""
    base_path: str
    """The rest of the provider's base URL, after the prefix."""
    endless: tuple[bytes, bytes]
    """The start of an endless reply, and the piece that is repeated after it."""
    secrets: frozenset[str]
    """Parameters that the list of received requests leaves out."""

    @property
    def push_options(self) -> Mapping[str, tuple[str, ...]]:
        """The options of pushed messages, with the values that each can have."""

    def answer(self, request: Request) -> Reply:
        """Answer a request."""

    def unauthorized(self) -> Reply:
        """Return the reply to an expired or wrong credential."""

    def forbidden(self) -> Reply:
        """Return the reply to an address that isn't permitted."""

    def account_of(self, request: Request) -> int | None:
        """Return the account whose credentials a request has; None for no account."""

    def page_of(self, request: Request) -> int | None:
        """Return which page of the call list a request asks for, from 1; None for any other request."""

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Return the accounts, given the sandbox's URL."""

    def offices_of(self, account: int) -> tuple[Office, ...]:
        """Return the offices whose calls an account has."""

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Return what the provider pushes after a call of an office, given by its position, has ended."""

    def event(self, account: int, kind: str, fields: Mapping[str, Any], options: Mapping[str, object]) -> Delivery:
        """Return another message that the provider pushes; ValueError for an unknown kind."""

    def with_status(self, body: bytes, text: str) -> bytes:
        """Return a list of calls in which every call has another status text."""

    def with_calls(self, body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
        """Return a list of calls after `change` has been applied to its records."""

    def call_list(self, body: bytes) -> ListReply | None:
        """Take a reply with a list of calls apart; None for any other reply."""

    def cursor_of(self, request: Request) -> str:
        """Return the cursor that a request has; "" without one."""

    def elsewhere(self, request: Request, by: int) -> Request:
        """Return the request for the page, or the period of the same length, that comes `by` after the asked one."""

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's credentials and return new ones."""

    def change(self, setting: str, value: object) -> None:
        """Change one of the wire's settings; ValueError for an unknown setting or value."""


@runtime_checkable
class RegistersPushes(Protocol):
    """A wire whose customers register push addresses with a request to the provider."""

    registrations: Mapping[int, Mapping[str, Mapping[str, object]]]
    """The push options by account and address."""


@runtime_checkable
class SendsEvents(Protocol):
    """A wire that sends events of its own, such as a reply to a test request."""

    send_event: Callable[[int, str, Mapping[str, Any]], object] | None
    """Sends an event to an account's push address: account, kind, fields. The sandbox sets it."""


@runtime_checkable
class AsksForRoutes(Protocol):
    """A wire whose exchange asks a web service how to handle a call."""

    def dialplan(
        self, session: ClientSession, account: int, options: Mapping[str, Any]
    ) -> Coroutine[Any, Any, list[dict[str, Any]]]:
        """Return a call through the dialplan, to be awaited; ValueError for options that make no sense."""


@runtime_checkable
class TellsStages(Protocol):
    """A wire that sends events while a call is going on."""

    def stages(self, call: OngoingCall, stage: Stage, options: Mapping[str, object]) -> list[Delivery]:
        """Return the messages about a call that begins or is answered."""


class WireDefaults:
    """Defaults for wires: one account for each office, no pushes, no settings."""

    name: str
    world: World
    base_path: str = ""
    secrets: frozenset[str] = frozenset()
    push_options: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    send_event: Callable[[int, str, Mapping[str, Any]], object] | None = None

    def unauthorized(self) -> Reply:
        """Return a plain 401."""
        return Reply(401, to_json({"message": "Unauthorized"}))

    def forbidden(self) -> Reply:
        """Return the 403 of a proxy, for a provider that has no reply of its own."""
        return Reply(403, to_json({"message": "Forbidden"}))

    def offices_of(self, account: int) -> tuple[Office, ...]:
        """Return the account's office."""
        return (self.world.offices[account],)

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Push nothing."""
        _ = office, position, options
        return []

    def event(self, account: int, kind: str, fields: Mapping[str, Any], options: Mapping[str, object]) -> Delivery:
        """Raise ValueError: there are no other messages."""
        _ = account, kind, fields, options
        msg = f"{self.name} pushes no events"
        raise ValueError(msg)

    def call_list(self, body: bytes) -> ListReply | None:
        """Return None: the wire doesn't say where its list is."""
        _ = body
        return None

    def cursor_of(self, request: Request) -> str:
        """Return "": there are no cursors."""
        _ = request
        return ""

    def elsewhere(self, request: Request, by: int) -> Request:
        """Return the request as it is: the wire doesn't say how its pages are asked for."""
        _ = by
        return request

    def change(self, setting: str, value: object) -> None:
        """Raise ValueError: there are no settings."""
        _ = value
        msg = f"{self.name} has no setting {setting!r}"
        raise ValueError(msg)


class JsonWire(WireDefaults):
    """Defaults for wires that write JSON.

    `calls_at` is the path of the list of calls in a reply, `status_at` that of a call's status, both written as for the
    `field` fault. `list_form` says where the reply has the rest, such as its total, and `page_parameter` is the
    parameter that asks for a page.
    """

    calls_at: str
    status_at: str
    list_form: ListForm | None = None
    page_parameter: str = ""
    endless: tuple[bytes, bytes] = (b'{"data":{"items":[', b'{"number":"","contact":null},' * 2260)

    def with_status(self, body: bytes, text: str) -> bytes:
        """Return a list of calls in which every call has another status text."""
        return edit_field(body, self.status_at, "set", text)

    def with_calls(self, body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
        """Return a list of calls after `change` has been applied to its records."""
        return edit_list(body, self.calls_at, change)

    def call_list(self, body: bytes) -> ListReply | None:
        """Take a reply with a list of calls apart; None for any other reply."""
        return JsonList.of(body, self.list_form or ListForm(rows=self.calls_at))

    def elsewhere(self, request: Request, by: int) -> Request:
        """Return the request for a later page; without a parameter for pages, the request as it is."""
        page = self.page_of(request)
        return request.having(**{self.page_parameter: page + by}) if self.page_parameter and page else request

    def page_of(self, request: Request) -> int | None:
        """Return which page of the call list a request asks for; a wire says so itself."""
        raise NotImplementedError
