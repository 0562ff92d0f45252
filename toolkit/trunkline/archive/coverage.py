"""What a sync has wholly read of a call list: disjoint time segments, and what proves that nothing came late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BEGINNING = datetime.min.replace(tzinfo=UTC)
"""The low end of a segment below which the list holds nothing more."""


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A span of time, `low <= started_at < high`, of which every call is archived."""

    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is known of one stream's list.

    `segments` are disjoint, oldest first. When the list was last wholly known down to `horizon`, the provider counted
    `total` calls in it and the archive `archived`: as long as the two grow alike, nothing came late. `reread_at` is
    when that was last found out by reading, rather than by the counts.

    Of a list that is read in the order of its making, `cursor` is where its end was, and `backfill` how far the reading
    of what is older than `horizon` has come.

    Of a list without a total, `once` are the spans that only one run has read: they are read again by the next one.
    `doubt` is how many calls more the provider counted than the archive had, when that made a sync forget its coverage
    and read everything again.
    """

    account: str
    stream: str = ""
    segments: tuple[Segment, ...] = ()
    total: int | None = None
    archived: int | None = None
    horizon: datetime | None = None
    reread_at: datetime | None = None
    cursor: str | None = None
    backfill: str | None = None
    once: tuple[Segment, ...] = ()
    doubt: int | None = None

    def cover(self, low: datetime, high: datetime) -> Coverage:
        """Return the coverage with `low <= started_at < high` added; an empty span adds nothing."""
        if low >= high:
            return self
        return replace(self, segments=united([*self.segments, Segment(low, high)]))

    def below(self, moment: datetime) -> Segment | None:
        """Return the newest segment that holds times before `moment`."""
        return max((segment for segment in self.segments if segment.low < moment), default=None)


def united(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the segments, oldest first, with those joined that overlap or touch."""
    result: list[Segment] = []
    for segment in sorted(segments):
        if result and segment.low <= result[-1].high:
            result[-1] = Segment(result[-1].low, max(result[-1].high, segment.high))
        else:
            result.append(segment)
    return tuple(result)


def without(segments: Iterable[Segment], low: datetime, high: datetime) -> tuple[Segment, ...]:
    """Return what is left of the segments outside `low` to `high`."""
    left: list[Segment] = []
    for segment in segments:
        if segment.low < min(segment.high, low):
            left.append(Segment(segment.low, min(segment.high, low)))
        if max(segment.low, high) < segment.high:
            left.append(Segment(max(segment.low, high), segment.high))
    return united(left)


def gaps(segments: Iterable[Segment], low: datetime, high: datetime) -> tuple[Segment, ...]:
    """Return the spans from `low` to `high` that no segment has."""
    left: tuple[Segment, ...] = (Segment(low, high),) if low < high else ()
    for segment in segments:
        left = without(left, segment.low, segment.high)
    return left


def contains(segments: Iterable[Segment], low: datetime, high: datetime) -> bool:
    """Return whether one of the disjoint segments has all of `low` to `high`; an empty span is in any."""
    return low >= high or any(segment.low <= low and high <= segment.high for segment in segments)
