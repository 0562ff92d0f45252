"""A rate card: what calls to each prefix cost, and how charges are rounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal

from trunkline.errors import DataError
from trunkline.model import Direction, Money, minor_units

from .charging import ROUNDINGS, ZERO, Rounding, exact_charge, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

type Rounds = Literal["call", "sum"]
"""What is rounded: each call, or the sum of the invoice only."""

ROUNDS: Final = ("call", "sum")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRate:
    """What calls to the numbers that begin with `prefix` cost, in the currency of the card.

    `prefix` has the country code, without + or 00; the empty one stands for every number. `first` and `step` are the
    increments in seconds. `minimum` is the least that a call with talk costs, connection fee included. Valid for calls
    that start from `since` to before `until` (aware); None leaves the end open.
    """

    prefix: str
    per_minute: Decimal
    name: str = ""
    first: int = 1
    step: int = 1
    connection_fee: Decimal = ZERO
    minimum: Decimal = ZERO
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Raise `DataError` for values that no rate has."""
        if not (self.prefix == "" or (self.prefix.isascii() and self.prefix.isdigit())):
            msg = "a prefix has only digits, the country code first"
            raise DataError(msg, field="prefix")
        if self.first < 0 or self.step < 1 or self.first % 1 or self.step % 1:
            msg = f"the increments {self.first}/{self.step} are impossible"
            raise DataError(msg, field="step")
        for name in ("per_minute", "connection_fee", "minimum"):
            amount: Decimal = getattr(self, name)
            if not isinstance(amount, Decimal):
                msg = f"{name} is no exact price: give a Decimal"
                raise DataError(msg, field=name)
            if not amount.is_finite() or amount < 0:
                msg = f"{amount} is no price"
                raise DataError(msg, field=name)
        for name in ("since", "until"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                msg = "the validity of a rate needs a time zone"
                raise DataError(msg, field=name)
        if self.since is not None and self.until is not None and self.until < self.since:
            msg = "the validity of a rate ends before it begins"
            raise DataError(msg, field="until")

    def valid(self, at: datetime) -> bool:
        """Return whether the rate holds for a call that starts at an aware time."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def exact(self, talk: int) -> Fraction:
        """Return what a call of `talk` seconds costs before it is rounded; 0 for one without talk."""
        cost = exact_charge(talk, self.per_minute, first=self.first, step=self.step, connection_fee=self.connection_fee)
        return cost if talk == 0 else max(cost, Fraction(self.minimum))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """The rates of a provider in one currency. `rounds` is what is rounded to `places` decimals, see `decimals`.

    `directions` are those of the calls that it charges: by the number of the caller for incoming calls, by that of the
    called party for others.
    """

    name: str
    currency: str
    rates: tuple[CardRate, ...]
    places: int | None = None
    rounding: Rounding = "half_up"
    rounds: Rounds = "call"
    directions: tuple[Direction, ...] = (Direction.OUTGOING,)
    _by_prefix: dict[str, tuple[CardRate, ...]] = field(init=False, repr=False, compare=False)
    _longest: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raise `DataError` for terms that no card has, or for two rates of a prefix that hold at once."""
        if self.rounding not in ROUNDINGS or self.rounds not in ROUNDS:
            msg = f"rounding is one of {', '.join(ROUNDINGS)}, and what is rounded one of {', '.join(ROUNDS)}"
            raise DataError(msg, field="rounding")
        if unknown := set(self.directions) - set(Direction):
            msg = f"{min(unknown)} is no direction; there are {', '.join(Direction)}"
            raise DataError(msg, field="directions")
        by_prefix: dict[str, list[CardRate]] = {}
        for rate in self.rates:
            by_prefix.setdefault(rate.prefix, []).append(rate)
        for prefix, rates in by_prefix.items():
            _check_validity(prefix, rates)
        object.__setattr__(self, "_by_prefix", {prefix: tuple(rates) for prefix, rates in by_prefix.items()})
        object.__setattr__(self, "_longest", max(map(len, by_prefix), default=0))

    @property
    def decimals(self) -> int:
        """How many decimals a rounded charge has.

        Without `places`, those in which the currency is paid: 0 of IRR and VND, 2 of EUR, 3 of KWD.
        """
        return minor_units(self.currency) if self.places is None else self.places

    def find(self, number: str, at: datetime) -> CardRate | None:
        """Return the rate of a number (E.164, with or without +) for a call that starts at an aware time.

        That of the longest prefix with a rate that holds then; None where there is none.
        """
        digits = number.removeprefix("+")
        for length in range(min(len(digits), self._longest), -1, -1):
            for rate in self._by_prefix.get(digits[:length], ()):
                if rate.valid(at):
                    return rate
        return None

    def charge(self, number: str, talk: int, at: datetime) -> Money | None:
        """Return what one call costs, rounded as the card rounds; None where it has no rate for the number then.

        Where the card rounds the sum only, the charges of several calls are added with `total` instead.
        """
        rate = self.find(number, at)
        return None if rate is None else self.total([rate.exact(talk)])

    def total(self, charges: Iterable[Fraction]) -> Money:
        """Return the sum of exact charges: each of them rounded, or the sum only, as the card says."""
        return self.invoiced(sum(map(self.counted, charges), start=Fraction(0)))

    def counted(self, charge: Fraction) -> Fraction:
        """Return what a call with this exact charge adds to an invoice: rounded, unless only the sum is."""
        return Fraction(rounded(charge, self.decimals, self.rounding)) if self.rounds == "call" else charge

    def invoiced(self, total: Fraction) -> Money:
        """Return what an invoice says for the sum of what its calls add to it."""
        return Money(rounded(total, self.decimals, self.rounding), self.currency)


def _check_validity(prefix: str, rates: list[CardRate]) -> None:
    for one, other in combinations(rates, 2):
        starts_before_end = other.until is None or one.since is None or one.since < other.until
        ends_after_start = one.until is None or other.since is None or other.since < one.until
        if starts_before_end and ends_after_start:
            msg = f"the card has two rates for {prefix or 'all numbers'} that hold at the same time"
            raise DataError(msg, field="prefix")
