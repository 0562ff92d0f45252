"""How often callers had to call until they were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reports.frames import row, rows
from trunkline.reports import attempts

if TYPE_CHECKING:
    from tests.reports.conftest import Maker
    from tests.reports.frames import Row

ANNA, BEN, CARL, DORA = (f"0912000000{n}" for n in range(1, 5))


def came(at: str, status: str, number: str | None, **rest: Any) -> Row:
    return row(f"{at}{number}", f"2025-03-17 {at}", "incoming", status, source=number, destination="10", **rest)


def went(at: str, status: str, number: str) -> Row:
    return row(f"{at}{number}", f"2025-03-17 {at}", "outgoing", status, source="10", destination=number)


def test_a_series_ends_with_the_call_that_is_answered(make: Maker) -> None:
    frame = make([
        # Anna: the third attempt is answered; later she gets through at once.
        came("09:00:00", "no_answer", ANNA),
        came("09:01:00", "busy", ANNA),
        came("09:02:00", "answered", ANNA),
        came("12:00:00", "answered", ANNA),
        # Ben is called back after two attempts, and calls once more in vain.
        came("09:00:00", "no_answer", BEN),
        came("09:05:00", "no_answer", BEN),
        went("09:10:00", "no_answer", BEN),
        went("09:20:00", "answered", BEN),
        came("10:00:00", "no_answer", BEN),
        # Carl is called only; nobody knows Dora's status, and who the last one was.
        went("09:00:00", "answered", CARL),
        came("09:00:00", "unknown", DORA),
        came("09:00:00", "no_answer", None),
        came("09:00:00", "answered", ANNA, account="telefonchy:2"),
    ])  # fmt: skip
    found = rows(attempts.attempts(frame))
    # Series: Anna 3 and 1, Ben called back and open. Attempts 1 and 3: mean and median 2, p90 1 + 0.9·2.
    assert found[0][:6] == ("telefonchy:1", 4, 2, 1, 1, 1)
    # Wilson, 1 of 4: 4.6 to 69.9 %.
    assert found[0][6:9] == (0.25, pytest.approx(0.0456, abs=1e-4), pytest.approx(0.6994, abs=1e-4))
    assert found[0][9:] == (2.0, 2.0, pytest.approx(2.8))
    assert found[1][:6] == ("telefonchy:2", 1, 1, 0, 0, 1)


def test_without_answered_calls_the_attempts_are_unknown(make: Maker) -> None:
    found = rows(attempts.attempts(make([came("09:00:00", "no_answer", ANNA)])))
    assert found[0][:6] == ("telefonchy:1", 1, 0, 0, 1, 0)
    assert found[0][9:] == (None, None, None)
    assert rows(attempts.attempts(make([]))) == []
