"""Who is ringing, folded from events in any order: hand-made sequences, doubled, shuffled and cut."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest

from custom_components.trunkline.account.live_call import RINGING_LIMIT, TALKING_LIMIT, WAITING_LIMIT
from custom_components.trunkline.account.live_calls import CLOCKS, LATE, MEMORY, LiveCalls
from custom_components.trunkline.account.live_view import Activity, LivePhone
from trunkline.model import Call, Direction, LineEvent, Party, Status

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
A, B = "1773135000.17", "1773135010.21"
CALLER, OTHER = "09120000999", "09120000888"
SECOND = timedelta(seconds=1)
IN, OUT = Direction.INCOMING, Direction.OUTGOING


def comes(call_id=A, number=CALLER):
    return LineEvent("incoming_call", call_id=call_id, number=number, direction=IN)


def goes(call_id=A, number=CALLER):
    return LineEvent("outgoing_call", call_id=call_id, number=number, direction=OUT)


def phone(extension, state, call_id=A, number=CALLER, direction=IN, queue=None):
    if state not in {"Ringing", "InUse"}:
        number = direction = queue = None
    return LineEvent(
        "new_state",
        call_id=call_id,
        extension=extension,
        state=state,
        number=number,
        queue=queue,
        direction=direction,
    )


def passed_on(extension="101", call_id=A, to="102"):
    return LineEvent("transfer", call_id=call_id, extension=extension, number=to)


def record(call_id=A, extension="101", number=CALLER, *, started=NOW, seconds=30, status=Status.ANSWERED):
    return Call(
        account="simotel:x",
        call_id=call_id,
        direction=IN,
        status=status,
        started_at=started,
        ended_at=started + timedelta(seconds=seconds),
        extension=extension,
        source=Party(number),
        destination=Party(extension),
    )


class Line:
    """A phone system whose events arrive one after the other, a second apart unless told otherwise."""

    def __init__(self):
        self.calls = LiveCalls()
        self.now = NOW

    def send(self, *items, apart=SECOND):
        for item in items:
            self.now += apart
            if isinstance(item, Call):
                self.calls.ended(item, self.now)
            else:
                self.calls.event(item, self.now)
        return self

    def wait(self, time):
        self.now += time
        self.calls.expire(self.now)
        return self

    def lists(self, *calls):
        self.calls.listed(calls, self.now)
        return self

    @property
    def view(self):
        return self.calls.view()

    @property
    def state(self):
        return self.view.state

    def __getitem__(self, extension):
        known = self.view.phones.get(extension)
        return known.state if known else None


@pytest.fixture
def line():
    return Line()


def test_nothing_is_known_before_the_first_event(line):
    assert (line.state, line.view.phones, line.view.waiting("901")) == (None, {}, None)
    line.send(LineEvent("ping"), LineEvent("trunk_new_state", state="Ok"), record())
    assert line.state is None


def test_a_call_that_is_answered(line):
    line.send(comes())
    assert (line.state, line.view.calls[0].phones, line.view.calls[0].number) == (Activity.RINGING, (), CALLER)
    line.send(phone("101", "Ringing"))
    assert (line.state, line["101"]) == (Activity.RINGING, Activity.RINGING)
    assert line.view.phones["101"] == LivePhone(Activity.RINGING, CALLER, IN, None, NOW + 2 * SECOND, 1)
    line.send(phone("101", "InUse"))
    assert (line.state, line["101"]) == (Activity.TALKING, Activity.TALKING)
    assert line.view.phones["101"].since == NOW + 3 * SECOND
    assert line.view.calls[0].since == NOW + SECOND
    line.send(phone("101", "Idle"))
    assert (line.state, line["101"], line.view.calls) == (Activity.IDLE, Activity.IDLE, ())


def test_a_call_that_nobody_answers_rings_until_its_record_comes(line):
    line.send(comes(), phone("101", "Ringing"), phone("101", "Idle"))
    assert (line.state, line["101"]) == (Activity.RINGING, Activity.IDLE)
    line.send(record(status=Status.NO_ANSWER))
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


def test_a_lost_idle_is_made_up_for_by_the_record(line):
    line.send(phone("101", "Ringing"), phone("101", "InUse"), record())
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


def test_a_call_between_two_phones_rings_until_the_other_answers(line):
    line.send(phone("101", "InUse", number="102", direction=OUT), phone("102", "Ringing", number="101"))
    assert (line.state, line["101"], line["102"]) == (Activity.RINGING, Activity.TALKING, Activity.RINGING)
    assert (line.view.phones["101"].number, line.view.phones["102"].number) == ("102", "101")
    line.send(phone("102", "InUse", number="101"))
    assert (line.state, len(line.view.calls)) == (Activity.TALKING, 1)
    line.send(phone("102", "Idle"), phone("101", "Idle"))
    assert (line.state, line["101"], line["102"]) == (Activity.IDLE, Activity.IDLE, Activity.IDLE)


def test_an_outgoing_call_never_rings_here(line):
    line.send(goes())
    assert line.state is Activity.TALKING
    line.send(phone("101", "InUse", direction=OUT))
    assert (line.state, line["101"]) == (Activity.TALKING, Activity.TALKING)
    line.send(phone("101", "Idle"))
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


def test_several_phones_ring_for_one_call(line):
    line.send(comes(), phone("101", "Ringing"), phone("102", "Ringing"))
    assert line.view.calls[0].phones == ("101", "102")
    line.send(phone("102", "InUse"), phone("101", "Idle"))
    assert (line.state, line["101"], line["102"]) == (Activity.TALKING, Activity.IDLE, Activity.TALKING)
    line.send(phone("102", "Idle"))
    assert line.state is Activity.IDLE


def test_a_second_call_that_knocks_leaves_the_phone_talking(line):
    line.send(phone("101", "InUse"), phone("101", "Ringing", B, OTHER))
    assert (line.state, line["101"]) == (Activity.RINGING, Activity.TALKING)
    assert (line.view.phones["101"].number, line.view.phones["101"].calls) == (CALLER, 2)
    line.send(phone("101", "Idle", B))
    assert (line.state, line["101"], line.view.phones["101"].calls) == (Activity.TALKING, Activity.TALKING, 1)
    line.send(phone("101", "Idle"))
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


def test_the_first_call_may_end_before_the_second(line):
    line.send(phone("101", "InUse"), phone("101", "Ringing", B, OTHER), phone("101", "Idle"))
    assert (line["101"], line.view.phones["101"].number) == (Activity.RINGING, OTHER)


def test_idle_without_a_call_or_with_an_unknown_one_ends_all(line):
    for last in (phone("101", "Idle", None), phone("101", "Idle", "1.1"), phone("101", "Unavailable", None)):
        line.send(phone("101", "InUse", str(line.now)), phone("101", "InUse", f"{line.now} B"), last)
        assert line.view.phones["101"].calls == 0
    assert line["101"] is Activity.OFFLINE


def test_states_without_the_id_of_a_call(line):
    line.send(phone("101", "Ringing", None))
    assert (line.state, line["101"]) == (Activity.RINGING, Activity.RINGING)
    line.send(phone("101", "InUse", None))
    assert (line.state, len(line.view.calls)) == (Activity.TALKING, 1)
    line.send(phone("101", "Idle", None))
    assert line.state is Activity.IDLE


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("Idle", Activity.IDLE),
        ("NOT_INUSE", Activity.IDLE),
        ("Not in use", Activity.IDLE),
        ("ringing", Activity.RINGING),
        ("InUse", Activity.TALKING),
        ("Busy", Activity.TALKING),
        ("Pause", Activity.PAUSED),
        ("Unavailable", Activity.OFFLINE),
        ("Dancing", None),
        (None, None),
    ],
)
def test_the_words_for_a_state(line, word, state):
    line.send(LineEvent("new_state", extension="101", state=word))
    assert line["101"] is state
    assert "101" in line.view.phones


def test_a_paused_agent_who_calls_stays_paused_afterwards(line):
    line.send(phone("101", "Pause"), phone("101", "InUse", direction=OUT))
    assert line["101"] is Activity.TALKING
    line.send(record())
    assert line["101"] is Activity.PAUSED


# Transfers


def test_a_transfer_moves_the_call_to_another_phone(line):
    line.send(comes(), phone("101", "Ringing"), phone("101", "InUse"), passed_on())
    assert (line.state, line["101"]) == (Activity.TALKING, Activity.IDLE)
    line.send(phone("101", "Idle"), phone("102", "Ringing"))
    assert (line["101"], line["102"], len(line.view.calls)) == (Activity.IDLE, Activity.RINGING, 1)
    assert line.view.calls[0].since == NOW + SECOND
    # The record of the first part of the call does not end the second.
    line.send(record(), phone("102", "InUse"))
    assert (line.state, line["102"]) == (Activity.TALKING, Activity.TALKING)
    line.send(phone("102", "Idle"), record(extension="102"))
    assert (line.state, line["102"], line.view.calls) == (Activity.IDLE, Activity.IDLE, ())


def test_a_transfer_to_a_number_outside_goes_on_until_its_record_comes(line):
    line.send(phone("101", "InUse"), passed_on(to=OTHER), phone("101", "Idle"))
    assert (line.state, line["101"]) == (Activity.TALKING, Activity.IDLE)
    line.send(record())
    assert line.state is Activity.IDLE


def test_a_transfer_may_be_heard_of_after_the_other_phone(line):
    line.send(phone("101", "InUse"), phone("102", "Ringing"), passed_on(), phone("101", "Idle"))
    assert (line.state, line["102"]) == (Activity.RINGING, Activity.RINGING)
    line.send(phone("102", "InUse"), phone("102", "Idle"))
    assert line.state is Activity.IDLE


# Queues


def test_a_caller_waits_in_a_queue_while_no_phone_rings(line):
    line.send(comes(), phone("101", "Ringing", queue="901"), phone("101", "Idle"))
    (waiting,) = line.view.waiting("901")
    assert (waiting.since, waiting.number, waiting.phones) == (NOW + SECOND, CALLER, ())
    assert line.view.waiting("902") == ()
    line.send(comes(B, OTHER), phone("102", "Ringing", B, OTHER, queue="901"))
    assert [call.number for call in line.view.waiting("901")] == [CALLER, OTHER]
    line.send(phone("101", "Ringing", queue="901"), phone("101", "InUse", queue="901"))
    assert [call.number for call in line.view.waiting("901")] == [OTHER]
    line.send(LineEvent("cdr_queue", call_id=B, queue="901"))
    assert line.view.waiting("901") == ()


def test_who_calls_a_queue_from_inside_waits_too(line):
    line.send(phone("101", "InUse", number="901", direction=OUT), phone("102", "Ringing", number="101", queue="901"))
    assert len(line.view.waiting("901")) == 1


# Other orders


ANSWERED = (comes(), phone("101", "Ringing"), phone("101", "InUse"), phone("101", "Idle"), record())
UNANSWERED = (comes(), phone("101", "Ringing"), phone("101", "Idle"), record(status=Status.NO_ANSWER))
HUNTED = (
    comes(),
    phone("101", "Ringing"),
    phone("102", "Ringing"),
    phone("101", "Idle"),
    phone("102", "Idle"),
    record(),
)
DIALLED = (goes(), phone("101", "InUse", direction=OUT), phone("101", "Idle"), record())


@pytest.mark.parametrize("events", [ANSWERED, UNANSWERED, HUNTED, DIALLED])
def test_a_call_is_over_in_whatever_order_its_events_arrive(events):
    apart = LATE / len(events)
    for order in permutations(events):
        line = Line().send(*order, apart=apart)
        assert (line.state, line["101"], line.view.calls) == (Activity.IDLE, Activity.IDLE, ()), order
        assert line.calls.next_expiry() is None


@pytest.mark.parametrize("events", [ANSWERED, HUNTED, DIALLED])
def test_doubled_events_change_nothing(events):
    once, twice = Line(), Line()
    for event in events:
        once.send(event)
        twice.send(event, event, apart=SECOND / 2)
        assert [(call.state, call.phones) for call in once.view.calls] == [
            (call.state, call.phones) for call in twice.view.calls
        ]
        assert once["101"] is twice["101"]


def test_any_mixture_of_calls_that_are_over_leaves_all_idle():
    random = Random(5)
    for _ in range(300):
        events = []
        for number in range(8):
            call_id, first, second = f"17731350{number}.1", *random.sample(["101", "102", "103"], 2)
            events += [
                comes(call_id),
                phone(first, "Ringing", call_id, queue="901"),
                phone(second, "Ringing", call_id, queue="901"),
                phone(first, "Idle", call_id),
                phone(second, "InUse", call_id, queue="901"),
                phone(second, "Idle", call_id),
                LineEvent("cdr_queue", call_id=call_id, queue="901"),
                record(call_id, second),
            ]
        # Everything arrives at most two places from where it was sent, and some of it twice.
        order = sorted(range(len(events)), key=lambda at: at + random.uniform(0, 3))
        line = Line()
        for at in order:
            line.send(*[events[at]] * random.choice([1, 1, 2]), apart=LATE / 16)
        assert (line.state, line.view.calls) == (Activity.IDLE, ())
        assert {each.state for each in line.view.phones.values()} == {Activity.IDLE}


def test_a_phone_that_rings_again_for_the_same_call_rings(line):
    line.send(phone("101", "Ringing", queue="901"), phone("101", "Idle")).wait(LATE)
    line.send(phone("101", "Ringing", queue="901"))
    assert line["101"] is Activity.RINGING


# What is never said


def test_a_ringing_without_an_end_becomes_unknown(line):
    line.send(phone("101", "Ringing"), phone("102", "Idle"))
    assert line.calls.next_expiry() == NOW + SECOND + RINGING_LIMIT
    line.wait(RINGING_LIMIT - 2 * SECOND)
    assert line["101"] is Activity.RINGING
    line.wait(SECOND)
    assert (line.state, line["101"], line["102"]) == (None, None, Activity.IDLE)
    line.send(phone("101", "Idle"))
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


def test_a_talk_without_an_end_becomes_unknown(line):
    line.send(phone("101", "InUse"))
    line.wait(TALKING_LIMIT - SECOND)
    assert line["101"] is Activity.TALKING
    line.wait(SECOND)
    assert (line.state, line["101"], line.calls.next_expiry()) == (None, None, None)


def test_a_caller_for_whom_nobody_rings_is_given_up(line):
    line.send(comes()).wait(RINGING_LIMIT)
    assert (line.state, line.view.calls) == (None, ())
    line.send(phone("101", "Ringing", B, queue="901"), phone("101", "Idle", B)).wait(RINGING_LIMIT)
    assert len(line.view.waiting("901")) == 1
    line.wait(WAITING_LIMIT - RINGING_LIMIT)
    assert line.view.waiting("901") is None


def test_the_call_list_ends_a_call_whose_end_was_not_heard(line):
    line.send(comes(), phone("101", "Ringing"), phone("101", "InUse"), apart=SECOND)
    listed = record("66f0", number="00989120000999", started=NOW, seconds=60)
    line.wait(2 * timedelta(minutes=1)).lists(listed)
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


def test_the_call_list_does_not_end_a_later_call_of_the_same_caller(line):
    line.send(comes(), phone("101", "InUse"), phone("101", "Idle"), record())
    line.wait(30 * SECOND).send(comes(B), phone("101", "Ringing", B))
    line.lists(record("66f0", started=NOW, seconds=4))
    assert (line.state, line["101"]) == (Activity.RINGING, Activity.RINGING)


def test_the_call_list_does_not_end_what_went_on_after_it(line):
    line.send(comes(), phone("101", "InUse")).wait(timedelta(minutes=10))
    line.send(phone("101", "InUse"))
    line.lists(record("66f0", started=NOW, seconds=60))
    assert line["101"] is Activity.TALKING


def test_a_listed_call_that_was_not_heard_of_makes_what_is_idle_unknown(line):
    line.send(phone("101", "Idle"), phone("102", "Idle"), phone("103", "InUse", B)).wait(2 * CLOCKS)
    line.lists(record("66f0", started=line.now, seconds=20))
    assert (line["101"], line["102"], line["103"]) == (None, None, Activity.TALKING)
    line.send(phone("103", "Idle", B))
    assert (line["101"], line["103"], line.state) == (None, Activity.IDLE, Activity.IDLE)


@pytest.mark.parametrize(
    "changes",
    [
        {"extension": "901"},
        {"status": Status.NO_ANSWER},
        {"started": NOW - timedelta(seconds=60)},
        {"started": NOW - MEMORY},
    ],
    ids=["no phone", "nobody answered", "began before", "old"],
)
def test_other_listed_calls_are_no_reason_to_doubt(line, changes):
    line.send(phone("101", "Idle")).wait(2 * CLOCKS)
    line.lists(record("66f0", **{"started": line.now, "number": OTHER} | changes))
    assert (line.state, line["101"]) == (Activity.IDLE, Activity.IDLE)


# Phones that come and go, and what nobody should be able to fill


def test_a_phone_is_added_and_removed(line):
    line.send(LineEvent("exten_added", extension="104", state="Unavailable"))
    assert (line["104"], line.state) == (Activity.OFFLINE, None)
    line.send(phone("104", "InUse"), LineEvent("exten_removed", extension="104", state="Idle"))
    assert (line.view.phones, line.view.calls) == ({}, ())


@pytest.mark.parametrize("extension", [None, "", "1", "a1", "123456789", "۱۰۱", "101\n"])
def test_what_is_no_extension_is_no_phone(line, extension):
    line.send(LineEvent("new_state", extension=extension, state="Ringing", call_id=A))
    assert (line.view.phones, line.view.calls) == ({}, ())


def test_a_flood_of_calls_and_phones_is_forgotten(line):
    line.send(phone("101", "InUse", "mine"))
    for number in range(2000):
        line.send(comes(f"flood {number}"), phone(str(1000 + number), "Idle", None), apart=timedelta(0))
        line.send(record(f"flood {number}"), apart=timedelta(0))
    assert len(line.calls._calls) <= 500
    assert len(line.view.phones) == 300
    assert line["101"] is Activity.TALKING


def test_ended_calls_are_forgotten(line):
    line.send(*ANSWERED).wait(MEMORY)
    assert line.calls._calls == {}


def test_no_number_is_in_a_repr(line):
    line.send(comes(), phone("101", "Ringing"))
    assert CALLER not in repr(line.view) + repr(line.calls._calls)
