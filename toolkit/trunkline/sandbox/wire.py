"""What the server and a provider's wire have to say to each other: a request in, a reply out, nothing of sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from .faults.spoiling import change_list, spoil, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .world.company import Office

JSON = "application/json"
__all__ = ["JSON", "Delivery", "Incoming", "JsonWire", "Registering", "Reply", "SandboxAccount", "Wire", "to_json"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as a wire sees it: the path below the provider's prefix, query and form merged (the form wins).

    `query` is the query alone, `body` what was sent unless it was a form, and `files` the uploads of a form by field:
    name and content.
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

    def json(self) -> Any:
        """Return the decoded body; ValueError if it isn't JSON."""
        try:
            return json.loads(self.body)
        except RecursionError:
            msg = "nested too deeply"
            raise ValueError(msg) from None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A pushed message: what is sent to the address that a customer gave, `suffix` added to its path."""

    body: bytes = b""
    method: str = "POST"
    suffix: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Reply:
    """A whole answer before any fault touches it."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SandboxAccount:
    """What a client needs to know to use one account, and what a test needs to know about it.

    `office` is the position in `world.offices` of the first of `service_ids`; trunk numbers are national, without
    the leading zero.
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


class Wire(Protocol):
    """One provider's wire over the world: a later provider is one module with such a class."""

    provider: str
    """The wire's own name: the provider's id, and its dialect after a hyphen where it isn't the first."""
    prefix: str
    """Where it is served below the sandbox's URL, with a leading slash."""
    base_path: str
    """What follows the prefix in the provider's base URL."""
    huge: tuple[bytes, bytes]
    """How an endless reply begins, and the piece that it goes on with."""
    secrets: frozenset[str]
    """Parameters that are never remembered."""

    @property
    def push_options(self) -> Mapping[str, tuple[str, ...]]:
        """What can be chosen of the pushed messages, and from what."""

    def answer(self, incoming: Incoming) -> Reply:
        """Answer a request."""

    def unauthorized(self) -> Reply:
        """Say what an expired or wrong credential gets."""

    def forbidden(self) -> Reply:
        """Say what a request gets that comes from an address which isn't permitted."""

    def account_of(self, incoming: Incoming) -> int | None:
        """Tell whose request it is."""

    def page_of(self, incoming: Incoming) -> int | None:
        """Tell which page of calls the request asks for; None if it asks for something else."""

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Describe the accounts, given the sandbox's URL."""

    def offices_of(self, account: int) -> tuple[Office, ...]:
        """Return the offices that an account shows."""

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Write what the provider pushes when a call has ended."""

    def event(self, account: int, kind: str, fields: Mapping[str, Any], options: Mapping[str, object]) -> Delivery:
        """Write another message that the provider pushes; ValueError for a kind that it hasn't."""

    def with_status(self, body: bytes, text: str) -> bytes:
        """Give the calls of a reply another status text."""

    def with_calls(self, body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
        """Change the list of calls of a reply."""

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's credentials and return new ones."""

    def change(self, setting: str, value: object) -> None:
        """Turn one of the wire's switches; ValueError for one that isn't there or a value that can't be."""


@runtime_checkable
class Registering(Protocol):
    """A wire whose customers register the addresses of their pushes by its own requests."""

    registrations: Mapping[int, Mapping[str, Mapping[str, object]]]
    """By account and address, what was chosen of the messages."""


class JsonWire:
    """What wires that write JSON have in common. `calls_at` and `status_at` are paths as `faults.spoil` reads them."""

    provider: str
    calls_at: str
    status_at: str
    huge: tuple[bytes, bytes] = (b'{"data":{"items":[', b'{"number":"","contact":null},' * 2260)
    push_options: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    tell: Callable[[int, str, Mapping[str, Any]], object] | None = None
    """Sends an event of an account on its own accord, once somebody delivers them: account, kind, fields."""

    def forbidden(self) -> Reply:
        """Say what a proxy says where the provider has no word of its own for it."""
        return Reply(403, to_json({"message": "Forbidden"}))

    def deliveries(self, office: Office, position: int, options: Mapping[str, object]) -> list[Delivery]:
        """Push nothing."""
        _ = office, position, options
        return []

    def event(self, account: int, kind: str, fields: Mapping[str, Any], options: Mapping[str, object]) -> Delivery:
        """Have no other messages."""
        _ = account, kind, fields, options
        msg = f"{self.provider} pushes no events"
        raise ValueError(msg)

    def with_status(self, body: bytes, text: str) -> bytes:
        """Give the calls of a reply another status text."""
        return spoil(body, self.status_at, "set", text)

    def with_calls(self, body: bytes, change: Callable[[list[Any]], list[Any]]) -> bytes:
        """Change the list of calls of a reply."""
        return change_list(body, self.calls_at, change)

    def change(self, setting: str, value: object) -> None:
        """Have no switches."""
        _ = value
        msg = f"{self.provider} has no setting {setting!r}"
        raise ValueError(msg)
