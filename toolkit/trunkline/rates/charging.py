"""What a call costs: billed seconds, and the exact charge before and after rounding."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

type Rounding = Literal["half_up", "half_even", "up", "down"]
"""How an amount is rounded: ties away from zero, ties to the even digit, away from zero, or towards it."""

ROUNDINGS: tuple[str, ...] = get_args(Rounding.__value__)
ZERO = Decimal(0)


def billed_seconds(talk: int, first: int, step: int) -> int:
    """Return the seconds that are charged for `talk` seconds, in the notation `first`/`step`, such as 60/6.

    0 of 0; `first` up to `first`; then `first` and as many whole steps as begin. Raises `ValueError` for seconds that
    aren't whole, a negative `talk` or `first`, or a `step` below 1.
    """
    if not (talk >= 0 and first >= 0 and step >= 1) or talk % 1 or first % 1 or step % 1:
        msg = "talk and increments are whole seconds, none is negative, and the next increments last at least a second"
        raise ValueError(msg)
    if talk == 0:
        return 0
    return first + max(0, -(-(talk - first) // step)) * step


def exact_charge(
    talk: int, per_minute: Decimal, *, first: int = 1, step: int = 1, connection_fee: Decimal = ZERO
) -> Fraction:
    """Return what a call of `talk` seconds costs before it is rounded; 0 for a call without talk.

    The connection fee, and the price of a minute (in the same currency) for `billed_seconds` / 60 minutes. Raises
    `ValueError` for an amount that isn't exact, such as a float.
    """
    for amount in (per_minute, connection_fee):
        if isinstance(amount, float) or (isinstance(amount, Decimal) and not amount.is_finite()):
            msg = "amounts are exact: give a Decimal"
            raise ValueError(msg)
    billed = billed_seconds(talk, first, step)
    if billed == 0:
        return Fraction(0)
    return Fraction(connection_fee) + Fraction(per_minute) * billed / 60


def charge(
    talk: int,
    per_minute: Decimal,
    *,
    first: int = 1,
    step: int = 1,
    connection_fee: Decimal = ZERO,
    places: int = 2,
    rounding: Rounding = "half_up",
) -> Decimal:
    """Return what a call of `talk` seconds costs, rounded to `places` decimals; 0 for a call without talk.

    `per_minute` and `connection_fee` are in the currency of the result. Exact whatever the number of digits.
    """
    exact = exact_charge(talk, per_minute, first=first, step=step, connection_fee=connection_fee)
    return rounded(exact, places, rounding)


def rounded(amount: Fraction, places: int, rounding: Rounding = "half_up") -> Decimal:
    """Return an amount with `places` decimals (negative ones round to tens, hundreds and so on).

    Exact, other than `Decimal.quantize`, which knows no fractions and stops at the digits of a context. Raises
    `ValueError` for an unknown way to round.
    """
    if rounding not in ROUNDINGS:
        msg = f"there is no rounding {rounding!r}; there are {', '.join(ROUNDINGS)}"
        raise ValueError(msg)
    scaled = abs(amount) * Fraction(10) ** places
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest - scaled.denominator
    if rest and (
        rounding == "up"
        or (rounding == "half_up" and twice >= 0)
        or (rounding == "half_even" and (twice > 0 or (twice == 0 and whole % 2)))
    ):
        whole += 1
    return Decimal((int(amount < 0 and whole > 0), tuple(map(int, str(whole))), -places))


def is_tie(amount: Fraction, places: int) -> bool:
    """Return whether an amount lies halfway between two amounts of `places` decimals: where ways to round differ."""
    return (amount * Fraction(10) ** places * 2).denominator == 1 and (amount * Fraction(10) ** places).denominator != 1
