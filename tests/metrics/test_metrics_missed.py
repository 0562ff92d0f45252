"""Which missed calls are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

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


NUMBERS = st.sampled_from([(None, None), ("09120000001", None), ("09120000001", "+989120000001"), ("1", None)])
CALLS = st.lists(
    st.builds(
        lambda minute, direction, status, number, account: call(
            None if minute is None else f"{DAY}T08:{minute:02}", direction, status,
            outside=number[0], e164=number[1], account=account,
        ),
        st.none() | st.integers(0, 9),
        st.sampled_from(["incoming", "outgoing", "internal"]),
        st.sampled_from(["answered", "no_answer", "busy", "unknown"]),
        NUMBERS,
        st.sampled_from(["telefonchy:1", "mor:7"]),
    ),
    max_size=12,
)  # fmt: skip


def by_definition(calls: list[Call]) -> set[str]:
    """Return the open calls by comparing each missed call with every other call."""
    known = {(each.account, party.number): party.e164 for each in calls for party in (each.source, each.destination)
             if party.number and party.e164}  # fmt: skip

    def who(each: Call) -> tuple[str, str] | None:
        party = each.destination if each.direction == "outgoing" else each.source
        number = party.e164 or known.get((each.account, party.number)) or party.number
        return (each.account, number) if number else None

    return {
        each.call_id
        for each in calls
        if each.direction == "incoming" and each.status in {"no_answer", "busy"} and who(each) and each.started_at
        and not any(
            other.status == "answered" and other.direction in {"incoming", "outgoing"} and who(other) == who(each)
            and other.started_at is not None and other.started_at > each.started_at
            for other in calls
        )
    }  # fmt: skip


@given(CALLS, st.integers(0, 12))
def test_calls_that_are_added_in_parts_are_those_of_one_list(calls: list[Call], cut: int) -> None:
    missed = metrics.MissedCalls()
    missed.add(calls[cut:])
    before = missed.still_open()
    other = missed.copy()
    other.add(calls[:cut])
    assert other.still_open() == metrics.open_missed(calls)
    assert set(ids(other.still_open().calls)) == by_definition(calls)
    # A copy leaves the original as it is.
    assert missed.still_open() == before


@given(CALLS, st.integers(0, 12))
def test_figures_of_parts_are_those_of_the_whole(calls: list[Call], cut: int) -> None:
    parts = metrics.day_figures(calls[:cut]), metrics.day_figures(calls[cut:])
    assert metrics.together(*parts) == metrics.day_figures(calls)
    assert metrics.together() == metrics.DayFigures()


def test_costs_of_parts_are_added_by_currency() -> None:
    listed = [
        call(f"{DAY}T08:00", price="1.50", talk=60),
        call(f"{DAY}T08:01", price="0.25", currency="EUR"),
        call(f"{DAY}T08:02", price="2.50", talk=30),
        call(f"{DAY}T08:03"),
    ]
    whole = metrics.together(metrics.day_figures(listed[:2]), metrics.day_figures(listed[2:]))
    assert {name: str(amount) for name, amount in whole.cost.items()} == {"IRR": "4.00 IRR", "EUR": "0.25 EUR"}
    assert (whole.calls, whole.talk_s, whole.untimed, whole.unpriced) == (4, 90, 2, 1)
