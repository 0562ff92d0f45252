"""The algebra of covered time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from trunkline.archive import Coverage, Segment

ZERO = datetime(2025, 1, 1, tzinfo=UTC)
SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=12)


def at(minute: int) -> datetime:
    return ZERO + timedelta(minutes=minute)


def covered(spans) -> Coverage:
    coverage = Coverage("telefonchy:1")
    for low, length in spans:
        coverage = coverage.cover(at(low), at(low + length))
    return coverage


@given(SPANS)
def test_a_minute_is_covered_if_and_only_if_a_span_holds_it(spans) -> None:
    coverage = covered(spans)
    for minute in range(60):
        inside = any(low <= minute < low + length for low, length in spans)
        assert inside == any(segment.low <= at(minute) < segment.high for segment in coverage.segments)


@given(SPANS)
def test_segments_are_disjoint_ordered_and_never_touch(spans) -> None:
    segments = covered(spans).segments
    assert all(segment.low < segment.high for segment in segments)
    assert all(one.high < other.low for one, other in itertools.pairwise(segments))


@given(SPANS, st.randoms())
def test_order_and_repetition_do_not_matter(spans, chance) -> None:
    again = spans + spans
    chance.shuffle(again)
    assert covered(again).segments == covered(spans).segments


@given(SPANS, st.integers(0, 60))
def test_below_is_the_newest_segment_with_times_before(spans, minute) -> None:
    coverage = covered(spans)
    lower = [segment for segment in coverage.segments if segment.low < at(minute)]
    assert coverage.below(at(minute)) == (lower[-1] if lower else None)


def test_empty_and_backward_spans_add_nothing() -> None:
    coverage = covered([(5, 5)])
    assert coverage.cover(at(30), at(30)) is coverage
    assert coverage.cover(at(31), at(30)) is coverage


def test_touching_spans_are_one() -> None:
    assert covered([(0, 5), (5, 5)]).segments == (Segment(at(0), at(10)),)
