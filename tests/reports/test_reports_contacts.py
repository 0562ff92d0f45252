"""Who calls and is called, counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.reports.frames import TEHRAN, row, rows
from trunkline.reports import contacts

if TYPE_CHECKING:
    from tests.reports.conftest import Maker

A, B, C, E = "09120000001", "09120000002", "09120000003", "09120000005"
MARCH, APRIL = datetime(2025, 3, 1, tzinfo=TEHRAN), datetime(2025, 4, 1, tzinfo=TEHRAN)
CALLS = (
    row("1", "2025-02-28 23:59:59", "incoming", "answered", source=A, talk_s=10, source_name="شرکت آب"),
    row("2", "2025-03-01 00:00:00", "incoming", "no_answer", source=A, talk_s=0),
    row("3", "2025-03-02 09:00:00", "outgoing", "answered", destination=A, talk_s=50, destination_name="شرکت آب و برق"),
    row("4", "2025-03-03 09:00:00", "outgoing", "answered", destination=A, talk_s=None),
    row("5", "2025-03-04 09:00:00", "incoming", "busy", source=B, talk_s=0),
    *(row(f"c{n}", f"2025-02-0{n} 09:00:00", "outgoing", "busy", destination=C) for n in (1, 2, 3)),
    row("e", "2025-02-01 09:00:00", "incoming", "answered", source=E, talk_s=5),
    row("6", "2025-04-01 00:00:00", "incoming", "answered", source="09120000009", talk_s=5),
    row("7", "2025-03-05 09:00:00", "internal", "answered", source="10", destination="11", talk_s=5),
    row("8", "2025-03-05 09:00:00", "incoming", "answered", talk_s=5),
    row("9", None, "incoming", "answered", source=A, talk_s=5),
    row("0", "2025-03-05 09:00:00", None, "answered", source=A, talk_s=5),
    row("x", "2025-03-05 09:00:00", "incoming", "unknown", source=A, account="mor:1"),
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=TEHRAN).astimezone(UTC)


def test_the_parties_of_a_period(make: Maker) -> None:
    first = "telefonchy:1"
    assert rows(contacts.parties(make(CALLS), MARCH, APRIL)) == [
        (first, A, "شرکت آب و برق", 3, 1, 2, 2, 1, 50, local(2025, 3, 1), local(2025, 3, 3, 9), pytest.approx(1 / 3), 1,
         "known"),
        ("mor:1", A, None, 1, 1, 0, 0, 0, 0, local(2025, 3, 5, 9), local(2025, 3, 5, 9), -1.0, 0, "new"),
        (first, B, None, 1, 1, 0, 0, 1, 0, local(2025, 3, 4, 9), local(2025, 3, 4, 9), -1.0, 0, "new"),
        (first, C, None, 0, 0, 0, 0, 0, 0, None, None, None, 3, "gone"),
        (first, E, None, 0, 0, 0, 0, 0, 0, None, None, None, 1, "seldom"),
    ]  # fmt: skip


def test_who_is_gone_had_called_regularly(make: Maker) -> None:
    found = dict(rows(contacts.parties(make(CALLS), MARCH, APRIL, regular=4), "number", "state"))
    assert found[C] == "seldom"


def test_without_a_period_all_calls_count(make: Maker) -> None:
    found = rows(contacts.parties(make(CALLS)), "account", "number", "calls", "before", "state")
    assert found[0] == ("telefonchy:1", A, 4, 0, None)
    assert len(found) == 6


def test_no_calls_are_no_parties(make: Maker) -> None:
    assert rows(contacts.parties(make([]), MARCH)) == []
