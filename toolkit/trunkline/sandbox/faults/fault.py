"""One fault that is on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, eq=False)
class Fault:
    """One fault that is on, for the requests of a wire, a path and an account.

    `provider` is the wire's name (None: all wires). `path` is the beginning of the path below the base URL, or the
    complete path if `exact` is true. The first `skip` matching requests pass; the next `count` get the fault (None: all
    until it is cleared). `hits` counts the requests that got it, `sent` the bytes that a `huge` reply has sent; `kept`
    holds what a fault sends again.
    """

    kind: str
    provider: str | None = None
    path: str = ""
    exact: bool = False
    account: int | None = None
    count: int | None = None
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    sent: int = 0
    previous_page_end: list[Any] = field(default_factory=list, repr=False)
    kept: list[Any] = field(default_factory=list, repr=False)

    def matches(self, provider: str, path: str, account: int | None) -> bool:
        """Return whether a request is one that this fault is for."""
        return (
            self.provider in {None, provider}
            and (path == self.path if self.exact else path.startswith(self.path))
            and self.account in {None, account}
        )
