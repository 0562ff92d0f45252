"""Finds the rate of a card for a call of a frame, or why there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline import numbers
from trunkline.model import Direction, Status
from trunkline.rates import BillClass, Finding

from .callers import codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trunkline.rates import CardRate, RateCard

    type _Ints = NDArray[np.int64]

UNANSWERED: Final = frozenset(status.value for status in Status if status not in {Status.ANSWERED, Status.UNKNOWN})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for an unknown start where no rate of the card begins or ends."""

_NO_TALK = Finding(BillClass.TALK_UNKNOWN, "the talk time is unknown")
_NO_START = Finding(BillClass.START_UNKNOWN, "the start is unknown, and the rates of the card depend on it")
_NO_NUMBER = Finding(BillClass.NUMBER_UNKNOWN, "the number has no known country code")
_NO_RATE = Finding(BillClass.NO_RATE, "the card has no rate for this number at that time")


class RatedCall(Protocol):
    """What the rate of a call depends on."""

    @property
    def direction(self) -> str | None:
        """Which way the call went."""

    @property
    def status(self) -> str | None:
        """How the call ended."""

    @property
    def source(self) -> str | None:
        """The number of the caller."""

    @property
    def destination(self) -> str | None:
        """The number that was called."""

    @property
    def started_at(self) -> datetime | None:
        """The start (UTC)."""

    @property
    def talk_s(self) -> int | None:
        """The talk time in seconds."""


class Rating:
    """The rates of a card for calls, with `region` as the ISO 3166 country of numbers without a country code."""

    def __init__(self, card: RateCard, region: str | None) -> None:
        """Prepare for a card."""
        self.directions = frozenset(direction.value for direction in card.directions)
        self._card, self._region = card, region
        self._has_prefixes = any(rate.prefix for rate in card.rates)
        self._is_dated = any(rate.since or rate.until for rate in card.rates)
        self._prefixes = frozenset(rate.prefix for rate in card.rates)
        self._longest = max(map(len, self._prefixes), default=0)

    def rate(self, call: RatedCall) -> tuple[CardRate | None, Finding | None]:
        """Return the rate of a call, or why it is unknown; neither for a call without talk, which costs nothing."""
        if call.status in UNANSWERED or call.talk_s == 0:
            return None, None
        if call.talk_s is None:
            return None, _NO_TALK
        known = _international(other_party(call), self._region)
        if known is None and self._has_prefixes:
            return None, _NO_NUMBER
        if call.started_at is None and self._is_dated:
            return None, _NO_START
        rate = self._card.find(known or "", call.started_at or ANY_TIME)
        return rate, _NO_RATE if rate is None else None

    def kinds(self, table: pa.Table) -> tuple[_Ints, _Ints]:
        """Return of each row the kind of its number and of its start: rows alike in both have the same rates.

        Numbers are of one kind if the longest prefix of the card that they begin with is the same, as written and in
        E.164: then they begin with the same shorter ones, too. Starts are if no rate begins or ends between them.
        The table needs `direction`, `source`, `destination` and `started_at`.
        """
        incoming = pc.fill_null(pc.equal(table["direction"], Direction.INCOMING.value), False)
        number = pc.if_else(incoming, table["source"], table["destination"])
        coded = codes(number)
        spellings: dict[int, Any] = {}
        for code, place in zip(*np.unique(coded, return_index=True), strict=True):
            spellings[int(code)] = number[int(place)].as_py()
        known: dict[tuple[str | None, ...], int] = {}
        kind_of = {code: known.setdefault(self._number_kind(text), len(known)) for code, text in spellings.items()}
        places = np.zeros(max(kind_of, default=0) + 1, np.int64)
        places[list(kind_of)] = list(kind_of.values())
        bounds = sorted({_micros(at) for rate in self._card.rates for at in (rate.since, rate.until) if at is not None})
        started = table["started_at"]
        starts = pc.fill_null(started.cast(pa.int64()), 0).to_numpy()
        slots = np.searchsorted(np.array(bounds, np.int64), starts, side="right").astype(np.int64)
        return places[coded], np.where(pc.is_null(started).to_numpy(), -1, slots)

    def _number_kind(self, number: str | None) -> tuple[str | None, ...]:
        known = _international(number, self._region)
        return self._prefix(number), None if known is None else "+", self._prefix(known)

    def _prefix(self, number: str | None) -> str | None:
        """Return the longest prefix of the card that a number begins with, whether it holds or not."""
        digits = (number or "").removeprefix("+")
        lengths = range(min(len(digits), self._longest), -1, -1)
        return next((digits[:length] for length in lengths if digits[:length] in self._prefixes), None)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def other_party(call: RatedCall) -> str | None:
    """Return the number by which a call is charged: the caller's for an incoming one, otherwise the called one."""
    return call.source if call.direction == Direction.INCOMING else call.destination


def _international(number: str | None, region: str | None) -> str | None:
    """Return a number in E.164; those of the archive are, where that is known."""
    if number is not None and number.startswith("+") and number[1:].isdecimal():
        return number
    return numbers.e164(number, region)
