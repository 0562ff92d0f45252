"""Which missed calls are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.metrics.calls import call
from trunkline import metrics

if TYPE_CHECKING:
    from trunkline.model import Call

DAY = "2025-03-03"


def ids(calls: tuple[Call, ...]) -> list[str]:
    return [each.call_id for each in calls]


def test_five_tries_of_one_caller_are_five_calls_and_one_caller() -> None:
    still = metrics.open_missed([call(f"{DAY}T08:0{n}", status="no_answer") for n in range(5)])
    assert (len(still.calls), still.callers) == (5, 1)


def test_a_later_answered_call_in_either_direction_closes_a_missed_one() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", outside="09120000001"),
            call(f"{DAY}T08:10", "outgoing", outside="09120000001"),
            call(f"{DAY}T08:20", status="busy", outside="09120000002"),
            call(f"{DAY}T08:30", "incoming", outside="09120000002"),
        ]
    )
    assert (still.calls, still.callers) == ((), 0)


def test_an_earlier_or_unanswered_call_back_closes_nothing() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T07:00", "outgoing"),
            call(f"{DAY}T08:00", status="no_answer", call_id="m"),
            call(f"{DAY}T09:00", "outgoing", "no_answer"),
        ]
    )
    assert ids(still.calls) == ["m"]


def test_a_call_missed_after_the_call_back_is_open_again() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", call_id="before"),
            call(f"{DAY}T09:00", "outgoing"),
            call(f"{DAY}T10:00", status="no_answer", call_id="after"),
        ]
    )
    assert ids(still.calls) == ["after"]


def test_numbers_meet_by_e164_where_it_is_known() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", outside="9120000001", e164="+989120000001"),
            call(f"{DAY}T09:00", "outgoing", outside="09120000001", e164="+989120000001"),
            call(f"{DAY}T10:00", status="no_answer", outside="0912000", call_id="short"),
            call(f"{DAY}T11:00", "outgoing", outside="00912000"),
        ]
    )
    assert ids(still.calls) == ["short"]


def test_a_number_whose_e164_is_known_from_another_call_is_the_same_number() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", outside="09120000001", e164=None),
            call(f"{DAY}T09:00", "outgoing", outside="09120000001", e164="+989120000001"),
        ]
    )
    assert still.calls == ()


def test_another_accounts_answer_closes_nothing() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", account="telefonchy:1", call_id="m"),
            call(f"{DAY}T09:00", "outgoing", account="telefonchy:2"),
        ]
    )
    assert ids(still.calls) == ["m"]


def test_an_internal_call_closes_nothing() -> None:
    still = metrics.open_missed(
        [call(f"{DAY}T08:00", status="no_answer", outside="11"), call(f"{DAY}T09:00", "internal", outside="11")]
    )
    assert len(still.calls) == 1


def test_ticked_off_calls_are_closed() -> None:
    missed = call(f"{DAY}T08:00", status="no_answer")
    assert metrics.open_missed([missed], ticked={(missed.account, missed.call_id)}).calls == ()


def test_calls_without_number_or_start_are_counted_beside() -> None:
    still = metrics.open_missed(
        [call(f"{DAY}T08:00", status="no_answer", outside=None), call(None, status="no_answer")]
    )
    assert (still.calls, still.withheld, still.undated) == ((), 1, 1)


def test_the_newest_comes_first() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", outside="09120000001", call_id="old"),
            call(f"{DAY}T09:00", status="no_answer", outside="09120000002", call_id="new"),
        ]
    )
    assert ids(still.calls) == ["new", "old"]
    assert still.callers == 2


def test_each_call_has_the_number_of_its_caller_in_the_form_that_is_known_best() -> None:
    still = metrics.open_missed(
        [
            call(f"{DAY}T08:00", status="no_answer", outside="09120000001", e164=None),
            call(f"{DAY}T09:00", status="no_answer", outside="09120000001", e164="+989120000001"),
            call(f"{DAY}T10:00", status="no_answer", outside="0912000"),
        ]
    )
    assert still.numbers == ("0912000", "+989120000001", "+989120000001")
    assert still.callers == 2
