"""Erlang's formulas: how many calls find every line busy, how many wait, and how many lines that takes.

Traffic is in erlang: the mean number of calls that would be under way at once if none was refused. Source of the
formulas: A. K. Erlang, Elektroteknikeren 13 (1917), 5-13; the recursion is numerically stable for any number of lines.
"""

from __future__ import annotations

from math import exp, isfinite

_MOST_LINES = 1_000_000


def erlang_b(lines: int, traffic: float) -> float:
    """Return the share of calls that find all `lines` busy, where such calls are lost and don't try again.

    B(0) = 1, B(n) = A·B(n-1) / (n + A·B(n-1)), with A the offered traffic in erlang. Raises `ValueError` for a negative
    number of lines, or traffic that is negative or not a number.
    """
    traffic = _checked(traffic)
    if lines < 0:
        msg = f"there can't be {lines} lines"
        raise ValueError(msg)
    blocked = 1.0
    for line in range(1, lines + 1):
        blocked = traffic * blocked / (line + traffic * blocked)
        if not blocked:  # Too little for a float, and more lines have less.
            break
    return blocked


def erlang_c(lines: int, traffic: float) -> float:
    """Return the share of calls that wait because all `lines` (or agents) are busy, where everyone waits until served.

    n·B / (n - A·(1 - B)) with B = `erlang_b(lines, traffic)`. With no more lines than traffic the queue grows without
    end, and every call waits: 1. Raises `ValueError` as `erlang_b` does.
    """
    traffic = _checked(traffic)
    blocked = erlang_b(lines, traffic)
    if lines <= traffic:
        return 1.0
    return lines * blocked / (lines - traffic * (1 - blocked))


def answered_within(lines: int, traffic: float, seconds: float, handling: float) -> float:
    """Return the share of calls that are answered within `seconds` by `lines` agents, by Erlang C.

    1 - Pw·exp(-(n - A)·T/AHT), with Pw = `erlang_c(lines, traffic)` and `handling` (AHT) the mean seconds that a call
    takes. 0 with no more agents than traffic. Raises `ValueError` as `erlang_b` does, and unless `handling` is positive
    and `seconds` at least 0.
    """
    traffic = _checked(traffic)
    waiting = erlang_c(lines, traffic)
    if not seconds >= 0 or not handling > 0:
        msg = "the seconds can't be negative, and a call takes some time"
        raise ValueError(msg)
    if lines <= traffic:
        return 0.0
    return 1 - waiting * exp(-(lines - traffic) * seconds / handling)


def lines_needed(traffic: float, blocking: float = 0.01) -> int:
    """Return the fewest lines with which at most the share `blocking` of calls finds all of them busy (Erlang B).

    `blocking` is more than 0 and at most 1. Raises `ValueError` for other values, or for traffic that is negative, not
    a number, or needs more than a million lines.
    """
    traffic = _checked(traffic)
    if not 0 < blocking <= 1:
        msg = "the share of calls that find all lines busy is more than 0 and at most 1"
        raise ValueError(msg)
    blocked, lines = 1.0, 0
    while blocked > blocking:
        lines += 1
        if lines > _MOST_LINES:
            msg = f"{traffic:g} erlang need more than {_MOST_LINES:,} lines"
            raise ValueError(msg)
        blocked = traffic * blocked / (lines + traffic * blocked)
    return lines


def offered_traffic(lines: int, carried: float) -> float:
    """Return the traffic that was offered to `lines` that carried so much, in erlang: A with carried = A·(1 - B).

    What was lost is not in the records, so that the carried traffic alone asks for too few lines. Raises `ValueError`
    unless `carried` is at least 0 and less than `lines`: as many lines carry as much only of endless traffic.
    """
    carried = _checked(carried)
    if carried >= lines:
        msg = f"{lines} lines can't carry {carried:g} erlang of a finite traffic"
        raise ValueError(msg)
    if not carried:
        return 0.0
    low, high = carried, carried + 1.0
    while high * (1 - erlang_b(lines, high)) < carried:
        low, high = high, 2 * high
    # to the last bit that tells two numbers apart
    while low < (middle := (low + high) / 2) < high:
        if middle * (1 - erlang_b(lines, middle)) < carried:
            low = middle
        else:
            high = middle
    return high


def _checked(traffic: float) -> float:
    """Return traffic, which may be any kind of number, as a float that is not negative."""
    if not isfinite(traffic) or traffic < 0:
        msg = f"traffic can't be {traffic}"
        raise ValueError(msg)
    return float(traffic) + 0.0
