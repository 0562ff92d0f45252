"""What the server and a provider's wire have to say to each other: a request in, a reply out, nothing of sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .world import Office

JSON = "application/json"
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def to_json(value: object) -> bytes:
    """Write JSON without spaces, as UTF-8."""
    # Half a surrogate pair, which a JSON wish can bring in, has no UTF-8.
    return _ENCODE(value).encode(errors="replace")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as a wire sees it: the path below the provider's prefix, query and form merged (the form wins)."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)


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


class Wire(Protocol):
    """One provider's wire over the world: a later provider is one module with such a class."""

    provider: str
    prefix: str
    """Where it is served below the sandbox's URL, with a leading slash."""
    base_path: str
    """What follows the prefix in the provider's base URL."""
    calls_at: str
    """Where the list of calls is in a reply, as `faults.alter` writes it."""
    status_at: str
    """Where a call's status text is."""
    secrets: frozenset[str]
    """Parameters that are never remembered."""

    def answer(self, incoming: Incoming) -> Reply:
        """Answer a request."""

    def unauthorized(self) -> Reply:
        """Say what an expired or wrong credential gets."""

    def account_of(self, incoming: Incoming) -> int | None:
        """Tell whose request it is."""

    def page_of(self, incoming: Incoming) -> int | None:
        """Tell which page of calls the request asks for; None if it asks for something else."""

    def accounts(self, url: str) -> list[SandboxAccount]:
        """Describe the accounts, given the sandbox's URL."""

    def offices_of(self, account: int) -> tuple[Office, ...]:
        """Return the offices that an account shows."""

    def push(self, office: Office, position: int, options: Mapping[str, object]) -> bytes:
        """Write the record that the provider pushes when a call has ended."""

    def rotate(self, account: int) -> dict[str, str]:
        """Withdraw an account's credentials and return new ones."""

    def change(self, setting: str, value: object) -> None:
        """Turn one of the wire's switches; ValueError for one that isn't there or a value that can't be."""
