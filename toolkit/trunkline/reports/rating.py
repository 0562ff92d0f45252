"""Finds the rate of a card for a call of a frame, or why there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from trunkline import numbers
from trunkline.model import Direction, Status
from trunkline.rates import BillClass, Finding

if TYPE_CHECKING:
    from trunkline.rates import CardRate, RateCard

UNANSWERED: Final = frozenset(status.value for status in Status if status not in {Status.ANSWERED, Status.UNKNOWN})
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


def other_party(call: RatedCall) -> str | None:
    """Return the number by which a call is charged: the caller's for an incoming one, otherwise the called one."""
    return call.source if call.direction == Direction.INCOMING else call.destination


def _international(number: str | None, region: str | None) -> str | None:
    """Return a number in E.164; those of the archive are, where that is known."""
    if number is not None and number.startswith("+") and number[1:].isdecimal():
        return number
    return numbers.e164(number, region)
