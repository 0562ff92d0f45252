"""What the contract suite needs to know of a provider's dialect to put the same questions to all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One dialect. `wire` is its name in the sandbox (`simotel`, `voip24h-v3`, …).

    `row()` returns a call record as the provider writes it, with every optional field there (for XML: its texts by
    element name). `read(row, zone)` turns such a record into a `Call`, or raises `DataError`. `nullable` are the fields
    that may be null or missing without harm, `whole` those with whole numbers, which may come as text or as numbers.
    `name_field` is one that holds a name or other free text, with where the call has it. `at(row, local)` puts a naive wall-clock time into the
    record as its start; None where records tell no local time.
    """

    wire: str
    row: Callable[[], dict[str, Any]]
    read: Callable[[Mapping[str, Any], ZoneInfo], Call]
    status_field: str | None
    nullable: frozenset[str]
    whole: frozenset[str] = frozenset()
    name_field: tuple[str, Callable[[Call], str | None]] | None = None
    at: Callable[[dict[str, Any], datetime], None] | None = None
    # Requests of the account that cost money: what to call, and the path below the base URL that it is sent to.
    paid: Mapping[str, tuple[Callable[[Any, Any], Any], str]] = field(default_factory=dict)
