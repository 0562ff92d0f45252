"""Judges a charge by the terms of a rate card: right, or which other terms would give it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from .charging import billed_seconds, is_tie, rounded

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from .card import CardRate, RateCard

INCREMENTS: Final = ((1, 1), (6, 6), (10, 10), (15, 15), (30, 1), (30, 6), (30, 30), (60, 1), (60, 6), (60, 10),
                     (60, 15), (60, 30), (60, 60))  # fmt: skip
"""The usual increments (first, step) in seconds, by which a charge is explained that the card's own don't give."""

type _Terms = tuple[Decimal, int, int, Decimal, Decimal]

_SHOWN = 6
_NAMED = 3


class BillClass(StrEnum):
    """What a check found for a charge."""

    OK = "ok"
    TIE = "tie"
    ROUNDING = "rounding"
    INCREMENT = "increment"
    RATE = "rate"
    OTHER = "other"
    DUPLICATE = "duplicate"
    UNANSWERED_BILLED = "unanswered_billed"
    ANSWERED_UNBILLED = "answered_unbilled"
    NO_RATE = "no_rate"
    NUMBER_UNKNOWN = "number_unknown"
    TALK_UNKNOWN = "talk_unknown"
    START_UNKNOWN = "start_unknown"
    PRICE_UNKNOWN = "price_unknown"
    OTHER_CURRENCY = "other_currency"
    REFUND = "refund"
    OTHER_DIRECTION = "other_direction"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a charge, and why in words. `fits` names the terms that would explain it."""

    kind: BillClass
    reason: str | None = None
    fits: str | None = None


_OK = Finding(BillClass.OK)
_OTHER = Finding(BillClass.OTHER, "no increments and no rate of the card give this amount")


class Judge:
    """Compares charges with one card. `digits` is how many decimals the charges are recorded with."""

    def __init__(self, card: RateCard, digits: int) -> None:
        """Prepare for a card; what is calculated is kept, because talk times and charges recur."""
        self._card = card
        self._places = card.decimals if card.rounds == "call" else digits
        # Many rates of a large card have the same terms. The card keeps its rates, so that their ids are theirs alone;
        # to hash a rate takes longer than all the rest.
        by_terms: defaultdict[_Terms, list[CardRate]] = defaultdict(list)
        for rate in card.rates:
            by_terms[_terms(rate)].append(rate)
        self._groups = list(by_terms.values())
        self._group_of = {id(rate): group for group, rates in enumerate(self._groups) for rate in rates}
        own = ((rate.first, rate.step) for rate in card.rates)
        self._increments = tuple(dict.fromkeys((*INCREMENTS, *own)))
        self._expected: dict[tuple[int, int], Decimal] = {}
        self._stepped: dict[tuple[int, int], dict[Decimal, list[str]]] = {}
        self._charges: dict[int, dict[Decimal, list[CardRate]]] = {}
        self._findings: dict[tuple[int, int, Decimal], Finding | None] = {}

    def expected(self, rate: CardRate, talk: int) -> Decimal:
        """Return the charge for `talk` seconds, rounded as the card says; to `digits` if the card rounds sums only."""
        key = self._group_of[id(rate)], talk
        if key not in self._expected:
            self._expected[key] = self._rounded(rate.exact(talk))
        return self._expected[key]

    def find(self, rate: CardRate, talk: int, charged: Decimal, number: str, at: datetime) -> Finding:
        """Return what is found for the charge of a call with `talk` seconds to a number whose rate this is.

        In this order: right; not charged; rounded otherwise; other increments of the same rate; another rate of the
        card, first those of the same number (a shorter prefix, another validity); none of these.
        """
        if charged == self.expected(rate, talk):
            return _OK
        key = self._group_of[id(rate)], talk, charged
        if key not in self._findings:
            self._findings[key] = self._by_same_rate(rate, talk, charged)
        return self._findings[key] or self._by_other_rate(rate, talk, charged, number, at)

    def _by_same_rate(self, rate: CardRate, talk: int, charged: Decimal) -> Finding | None:
        exact, expected = rate.exact(talk), self.expected(rate, talk)
        off = abs(Fraction(charged) - exact)
        unit = Fraction(10) ** -self._places
        if self._card.rounds == "sum" and off < unit:
            return _OK
        if charged == 0:
            return Finding(BillClass.ANSWERED_UNBILLED, f"answered, {talk} s of talk, but not charged")
        if is_tie(exact, self._places) and off == unit / 2:
            reason = f"{_shown(exact)} lies halfway; rounded {self._card.rounding}, it is {expected}"
            return Finding(BillClass.TIE, reason)
        if _is_rounded(charged, exact, self._places):
            reason = f"{_shown(exact)} was rounded in another way than {self._card.rounding} to {self._places} decimals"
            return Finding(BillClass.ROUNDING, reason)
        fitting = self._by_increments(rate, talk).get(charged)
        if fitting:
            fits = " or ".join(fitting)
            return Finding(BillClass.INCREMENT, f"charged as by {fits}; the card has {rate.first}/{rate.step}", fits)
        return None

    def _by_increments(self, rate: CardRate, talk: int) -> dict[Decimal, list[str]]:
        """Return the other increments by what the call would cost with them."""
        key = self._group_of[id(rate)], talk
        if key not in self._stepped:
            own = billed_seconds(talk, rate.first, rate.step)
            stepped: defaultdict[Decimal, list[str]] = defaultdict(list)
            for first, step in self._increments:
                if billed_seconds(talk, first, step) != own:
                    exact = replace(rate, first=first, step=step).exact(talk)
                    stepped[self._rounded(exact)].append(f"{first}/{step}")
            self._stepped[key] = stepped
        return self._stepped[key]

    def _by_other_rate(self, rate: CardRate, talk: int, charged: Decimal, number: str, at: datetime) -> Finding:
        if talk not in self._charges:
            by_charge: defaultdict[Decimal, list[CardRate]] = defaultdict(list)
            for rates in self._groups:
                by_charge[self.expected(rates[0], talk)].extend(rates)
            self._charges[talk] = by_charge
        digits = number.removeprefix("+")
        fitting = self._charges[talk].get(charged, ())
        if not fitting:
            return _OTHER
        nearest = nsmallest(
            _NAMED, fitting, key=lambda each: -len(each.prefix) if digits.startswith(each.prefix) else 1
        )
        fits = ", ".join(_name(each, at) for each in nearest)
        more = f" and {len(fitting) - _NAMED} more" if len(fitting) > _NAMED else ""
        return Finding(BillClass.RATE, f"charged as by {fits}{more}; the card has {_name(rate, at)}", fits)

    def _rounded(self, exact: Fraction) -> Decimal:
        return rounded(exact, self._places, self._card.rounding)


def _terms(rate: CardRate) -> _Terms:
    return rate.per_minute, rate.first, rate.step, rate.connection_fee, rate.minimum


def _is_rounded(charged: Decimal, exact: Fraction, places: int) -> bool:
    """Return whether a charge is the exact amount, rounded either way to `places` decimals or to more."""
    own = max(places, -int(charged.normalize().as_tuple().exponent))
    return abs(Fraction(charged) - exact) < Fraction(10) ** -own


def _shown(exact: Fraction) -> str:
    shown = rounded(exact, _SHOWN, "half_even")
    text = f"{shown.normalize():f}"
    return text if Fraction(shown) == exact else f"about {text}"


def _name(rate: CardRate, at: datetime) -> str:
    name = f"{rate.prefix or 'all numbers'}{f' ({rate.name})' if rate.name else ''}"
    if rate.valid(at):
        return name
    if rate.until is not None and rate.until <= at:
        return f"{name} until {rate.until:%Y-%m-%d}"
    return f"{name} from {rate.since:%Y-%m-%d}"
