"""What the archive hands out beside calls: frozen values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.model import Call, Money, UnreadableRow

_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[^\W\d_]")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Stored:
    """What one `store` did: calls that are new, calls that really changed (as they are now), and how many did not.

    `confirmed` are those of the new calls that had been pushed before.
    """

    new: tuple[Call, ...] = ()
    changed: tuple[Call, ...] = ()
    unchanged: int = 0
    confirmed: tuple[Call, ...] = ()


class PushOutcome(StrEnum):
    """What became of a pushed call."""

    NEW = "new"
    """It is kept until the list has it."""
    PUSHED = "pushed"
    """It was pushed before. The first record is kept."""
    LISTED = "listed"
    """The archive has it from the list. A pushed record changes nothing of that."""
    WITHDRAWN = "withdrawn"
    """It was pushed before, and withdrawn because the list didn't have it."""
    FULL = "full"
    """Too many pushed calls wait for the list already. It is not kept."""


@dataclass(frozen=True, slots=True)
class PushedCall:
    """A pushed call that the list doesn't have: when it was pushed, and when it was withdrawn, if it was (UTC)."""

    call: Call
    pushed_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArchivedAccount:
    """An account of the archive, with the number of its calls and the start of the first and the last one (UTC)."""

    account: str
    provider: str
    title: str
    zone: str
    currency: str
    calls: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A price that the provider changed afterwards: `field` of a call was `old` and is `new`, seen at `at` (UTC)."""

    account: str
    call_id: str
    field: str
    old: Money
    new: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class HourCost:
    """What the calls of a trunk that started in an hour cost, in one currency.

    `hour` is the wall clock of the account's zone, without a zone. `trunk` is None for calls of no known trunk, `cost`
    for those without a price.
    """

    trunk: str | None = field(repr=False)
    hour: datetime
    cost: Money | None


@dataclass(frozen=True, slots=True)
class CreditReading:
    """The credit of a trunk as the provider gave it at `at` (UTC), and when that credit expires."""

    account: str
    trunk: str = field(repr=False)
    at: datetime
    credit: Money
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TopUp:
    """A rise of a trunk's credit that calls don't explain, between two readings (UTC).

    `amount` is the rise and what the trunk's calls that ended in between cost.
    """

    account: str
    trunk: str = field(repr=False)
    after: datetime
    at: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class SetAsideRow:
    """A row of a call list that can't be read, kept until it can be; `at` is when it was found (UTC).

    `version` is the Trunkline that last failed to read it.
    """

    row_key: str
    stream: str
    row: UnreadableRow
    version: str
    at: datetime

    @property
    def redacted(self) -> str:
        """The row as JSON for a person, with each digit and each word of a text replaced by a mark of its kind."""
        return orjson.dumps(_form(self.row.record), default=str).decode()


def _form(value: Any) -> Any:
    """Return a value of a row by its form alone: numbers, names and notes are nobody's business."""
    match value:
        case dict():
            return {str(name): _form(inner) for name, inner in value.items()}
        case list():
            return [_form(inner) for inner in value]
        case str():
            return _DIGIT.sub("0", _LETTER.sub("x", value))[:_LONGEST]
        case bool() | None:
            return value
        case _:
            return _DIGIT.sub("0", str(value))
