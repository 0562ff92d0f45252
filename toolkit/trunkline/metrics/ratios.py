"""Ratios with their interval, quantiles, and the definitions that telephony divides by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import TYPE_CHECKING

from trunkline.model import Direction, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

Z_95 = 1.959963984540054
"""The standard normal's 97.5 % point: an interval of +-z covers 95 %."""

SERVICE_LEVEL_S = 20
"""The usual service level threshold, in seconds."""
SHORT_ABANDON_S = 5
"""Who hangs up within so many seconds dialled wrongly rather than gave up; no standard says how many."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share `value` = `k` / `n` between 0 and 1, with its 95 % interval from `low` to `high`."""

    value: float
    low: float
    high: float
    n: int
    k: int

    @property
    def percent(self) -> float:
        """The share in percent."""
        return 100.0 * self.value


def wilson(k: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """Return the Wilson score interval of a share of `k` in `n`.

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), with p = k/n.
    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    Raises `ValueError` unless 0 <= k <= n and n > 0.
    """
    if n <= 0 or not 0 <= k <= n:
        msg = f"no share of {k} in {n}"
        raise ValueError(msg)
    share = k / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    # At both ends the bound is exact; the square root would leave it a hair outside.
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high


def ratio(k: int, n: int) -> Ratio | None:
    """Return `k` / `n` with its Wilson 95 % interval, or None where `n` is 0."""
    if n == 0:
        return None
    low, high = wilson(k, n)
    return Ratio(k / n, low, high, n, k)


def quantile[T: (float, Decimal)](ordered: Sequence[T], q: T) -> T | None:
    """Return the `q` quantile (0 to 1) of values in ascending order, None of no values.

    Linear between the order statistics: position q·(n-1), the definition 7 of Hyndman and Fan, The
    American Statistician 50 (1996), 361-365.
    """
    if not ordered:
        return None
    position = q * (len(ordered) - 1)
    below = int(position)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (position - below)


def is_missed(direction: Direction | str | None, status: Status | str) -> bool:
    """Return whether a call was missed: incoming and known not to be answered.

    An outgoing or internal call that nobody answers is not missed, nor is one whose status is unknown.
    """
    return direction == Direction.INCOMING and status not in {Status.ANSWERED, Status.UNKNOWN}


def is_abandoned(direction: Direction | str | None, status: Status | str) -> bool:
    """Return whether the caller gave up waiting: incoming and not answered, neither busy nor failed.

    Providers don't say who hung up; an incoming call that rang out counts as given up.
    """
    return direction == Direction.INCOMING and status == Status.NO_ANSWER


def asr(answered: int, attempts: int) -> Ratio | None:
    """Return the answer-seizure ratio: answered / attempts (ITU-T E.411, E.425)."""
    return ratio(answered, attempts)


def acd(talk_s: int, answered: int) -> float | None:
    """Return the average call duration in seconds: talk of the answered calls / how many they are.

    Dividing by all attempts instead is a common error that makes it two to three times too small.
    """
    return talk_s / answered if answered else None


def ner(answered: int, busy: int, no_answer: int, attempts: int) -> Ratio | None:
    """Return the network effectiveness ratio: (answered + busy + no answer) / attempts (ITU-T E.425).

    What is missing from it is the network's fault: congestion and failure. It means nothing where the
    provider has no such status.
    """
    return ratio(answered + busy + no_answer, attempts)


def abandonment(abandoned: int, offered: int) -> Ratio | None:
    """Return the abandonment ratio: callers who gave up after the threshold / incoming calls offered.

    `abandoned` counts calls that waited longer than a threshold (by default
    `SHORT_ABANDON_S`); no standard defines it, so state the threshold with the figure.
    """
    return ratio(abandoned, offered)


class Denominator(StrEnum):
    """What a service level divides by; without it the figure says nothing."""

    OFFERED = "offered"
    ANSWERED = "answered"
    ANSWERED_AND_ABANDONED = "answered_and_abandoned"
    OFFERED_LESS_SHORT = "offered_less_short"


def service_level(
    answered_within: int,
    *,
    offered: int,
    answered: int,
    abandoned: int,
    short_abandoned: int,
    denominator: Denominator = Denominator.OFFERED,
) -> Ratio | None:
    """Return the service level: incoming calls answered within T seconds / the denominator.

    `abandoned` are the callers who gave up after the abandonment threshold, `short_abandoned` those
    who did within it.
    """
    return ratio(
        answered_within,
        {
            Denominator.OFFERED: offered,
            Denominator.ANSWERED: answered,
            Denominator.ANSWERED_AND_ABANDONED: answered + abandoned,
            Denominator.OFFERED_LESS_SHORT: offered - short_abandoned,
        }[denominator],
    )
