"""How much of the call history is archived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from custom_components.trunkline.account.history import HistoryState, is_complete
from trunkline.archive import BEGINNING, Coverage, Segment

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_share_of_the_history_is_known_only_with_its_total():
    assert HistoryState().percent is None
    assert HistoryState(read=50, total=200).percent == 25
    assert HistoryState(read=300, total=200).percent < 100
    assert HistoryState(complete=True).percent == 100


def test_a_history_is_complete_when_one_segment_reaches_its_beginning():
    all_of_it = Segment(BEGINNING, NOON)
    later = Segment(NOON + timedelta(hours=1), NOON + timedelta(hours=2))
    assert is_complete(Coverage("a", segments=(all_of_it,)))
    assert not is_complete(Coverage("a", segments=(all_of_it, later)))
    assert not is_complete(Coverage("a", segments=(later,)))
    assert not is_complete(Coverage("a"))
