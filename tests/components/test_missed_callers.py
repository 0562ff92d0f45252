"""Who waits for a call back and who was ticked off, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from custom_components.trunkline.account.missed import MissedCallers, caller_uid, with_reached, without_ticked
from custom_components.trunkline.account.names import Names
from trunkline.metrics import MissedCalls, open_missed
from trunkline.model import Call, Direction, Party, Status

EIGHT = datetime(2026, 3, 10, 8, tzinfo=UTC)
ANNA, BEN = "09120000001", "09120000002"


def missed(minute: int, number: str = ANNA, *, e164: str | None = None, name: str | None = None) -> Call:
    """Return a call that was missed so many minutes after eight, and ended 20 seconds later."""
    return Call(
        account="other:1",
        call_id=f"{number} {minute}",
        direction=Direction.INCOMING,
        status=Status.NO_ANSWER,
        started_at=EIGHT + timedelta(minutes=minute),
        source=Party(number=number, e164=e164, name=name),
        destination=Party(number="10"),
        wait=20,
        talk=0,
    )


def counts(callers: MissedCallers) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    waiting, ticked = (
        [(caller.numbers[0], caller.calls) for caller in listed] for listed in (callers.waiting, callers.ticked)
    )
    return waiting, ticked


def test_a_caller_has_the_calls_of_all_forms_of_the_number():
    calls = [missed(0, "9120000001", e164="+989120000001", name="Anna"), missed(5, ANNA, e164="+989120000001")]
    still, callers = without_ticked(open_missed(calls), {})
    assert (still.callers, counts(callers)) == (1, ([("+989120000001", 2)], []))
    (anna,) = callers.waiting
    assert anna.numbers == ("+989120000001", ANNA, "9120000001")
    assert (anna.first, anna.last) == (EIGHT, EIGHT + timedelta(minutes=5))
    assert anna.ended == EIGHT + timedelta(minutes=5, seconds=20)
    assert anna.party.number == ANNA
    # The newest call has no name, but the one before.
    assert anna.name(Names(None, None)) == "Anna"
    assert ANNA not in repr(anna)


def test_those_who_called_last_come_first():
    _, callers = without_ticked(open_missed([missed(0), missed(3, BEN), missed(1)]), {})
    assert counts(callers) == ([(BEN, 1), (ANNA, 2)], [])


def test_what_was_ticked_off_is_left_out_of_the_calls():
    every = open_missed([missed(0), missed(5), missed(3, BEN)])
    until = EIGHT + timedelta(minutes=5, seconds=20)
    still, callers = without_ticked(every, {caller_uid(ANNA): until})
    assert [call.call_id for call in still.calls] == [f"{BEN} 3"]
    assert (still.callers, still.numbers) == (1, (BEN,))
    assert counts(callers) == ([(BEN, 1)], [(ANNA, 2)])


def test_a_call_after_the_tick_waits_alone():
    ticks = {caller_uid(ANNA): EIGHT + timedelta(seconds=20)}
    still, callers = without_ticked(open_missed([missed(0), missed(5)]), ticks)
    assert [call.call_id for call in still.calls] == [f"{ANNA} 5"]
    assert counts(callers) == ([(ANNA, 1)], [])


def test_an_older_call_that_was_found_late_opens_nothing():
    ticks = {caller_uid(ANNA): EIGHT + timedelta(minutes=5, seconds=20)}
    _, callers = without_ticked(open_missed([missed(5), missed(2)]), ticks)
    assert counts(callers) == ([], [(ANNA, 2)])


def test_a_call_whose_start_the_list_corrects_stays_ticked_off():
    pushed = missed(0)
    (anna,) = without_ticked(open_missed([pushed]), {})[1].waiting
    listed = replace(pushed, call_id="listed", started_at=EIGHT + timedelta(seconds=12), wait=8)
    _, callers = without_ticked(open_missed([listed]), {anna.uid: anna.ended})
    assert counts(callers) == ([], [(ANNA, 1)])


def test_a_tick_holds_when_the_number_becomes_known_in_full():
    ticks = {caller_uid(ANNA): EIGHT + timedelta(seconds=20)}
    _, callers = without_ticked(open_missed([missed(0, e164="+989120000001")]), ticks)
    assert counts(callers) == ([], [("+989120000001", 1)])


def answered(minute: int, number: str = ANNA, *, e164: str | None = None) -> Call:
    """Return a call to the number that was answered so many minutes after eight."""
    party = Party(number=number, e164=e164)
    return replace(
        missed(minute), call_id=f"to {number} {minute}", direction=Direction.OUTGOING, status=Status.ANSWERED,
        source=Party(number="10"), destination=party, talk=30,
    )  # fmt: skip


def reached(*calls: Call) -> list[tuple[str, int]]:
    every = MissedCalls()
    every.add(calls)
    callers = with_reached(without_ticked(every.still_open(), {})[1], every.returned())
    assert {*callers.waiting}.isdisjoint(callers.reached)
    return [(caller.numbers[0], caller.calls) for caller in callers.reached]


def test_who_was_reached_since_the_last_missed_call_is_done():
    assert reached(missed(0), missed(2), missed(1, BEN), answered(3)) == [(ANNA, 2)]
    # the call that reached somebody came before, or in the same moment
    assert reached(missed(3), answered(2)) == []
    assert reached(missed(3), answered(3)) == []
    # another missed call after it
    assert reached(missed(0), answered(1), missed(2)) == []
    # those who called last come first
    assert reached(missed(0), missed(1, BEN), answered(5), answered(6, BEN)) == [(BEN, 1), (ANNA, 1)]
    # the number is known in full of one of the calls only
    full = "+989120000001"
    assert reached(missed(0), answered(1, e164=full)) == [(full, 1)]


def test_a_withheld_number_is_never_reached():
    nobody = replace(missed(0), source=Party())
    assert reached(nobody, answered(1)) == []
