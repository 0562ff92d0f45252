"""Whether a push can be trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from custom_components.trunkline.push.health import PushHealth, PushState
from custom_components.trunkline.push.pace import Pace
from trunkline.model import Call, Direction, Status

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def call(**more) -> Call:
    given = {
        "account": "telefonchy:1",
        "call_id": "1",
        "direction": Direction.INCOMING,
        "status": Status.ANSWERED,
        "started_at": NOON,
    }
    return Call(**given | more)


def test_a_push_is_trusted_from_its_confirmation_until_a_call_is_missing(freezer):
    freezer.move_to(NOON)
    changes = []
    push = PushHealth(listeners=[lambda: changes.append(1)])
    push.add_polled([call()])
    assert (push.state, changes) == (PushState.SILENT, [])
    push.add_delivery()
    assert (push.state, push.last_delivery) == (PushState.SILENT, NOON)
    push.add_confirmed(1)
    assert (push.state, push.trusted_since) == (PushState.WORKING, NOON)

    freezer.move_to(NOON + timedelta(minutes=10))
    on_its_way = call(started_at=NOON + timedelta(minutes=9, seconds=30))
    from_before = call(started_at=NOON - timedelta(seconds=1))
    push.add_polled([on_its_way, from_before, call(started_at=None)])
    assert push.state is PushState.WORKING

    push.add_polled([call(started_at=NOON + timedelta(minutes=8))])
    assert (push.state, push.lost) == (PushState.LOSING, 1)
    push.add_confirmed(1)
    assert push.state is PushState.WORKING
    push.add_refused("malformed")
    push.add_unconfirmed(2)
    assert (push.refusals["malformed"], push.unconfirmed) == (1, 2)
    assert PushHealth() == PushHealth()
    PushHealth().add_delivery()


def test_looks_for_pushed_calls_become_rare_while_they_find_nothing() -> None:
    now = 1000.0
    pace = Pace(lambda: now)
    assert pace.wait == 0
    pauses = []
    for _ in range(14):
        pace.begin()
        pace.end(found=False)
        pauses.append(pace.wait)
    assert pauses == [10.0] * 6 + [20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0, 300.0]
    now += 299.0
    assert pace.wait == 1.0
    pace.begin()
    pace.end(found=True)
    assert pace.wait == 10.0


def test_calls_that_ended_while_polls_failed_are_not_lost(freezer):
    freezer.move_to(NOON)
    push = PushHealth()
    push.add_confirmed(1)
    freezer.move_to(NOON + timedelta(hours=1))
    push.set_reachable(reachable=False)
    # What a poll brings before all of it is through.
    push.add_polled([call(started_at=NOON + timedelta(minutes=30))])
    freezer.move_to(NOON + timedelta(hours=2))
    push.set_reachable(reachable=True)
    # What comes of a longer list after it.
    push.add_polled([call(started_at=NOON + timedelta(minutes=40))])
    assert (push.state, push.lost) == (PushState.WORKING, 0)
    push.set_reachable(reachable=True)
    freezer.move_to(NOON + timedelta(hours=2, minutes=10))
    push.add_polled([call(started_at=NOON + timedelta(hours=2, minutes=1))])
    assert (push.state, push.lost) == (PushState.LOSING, 1)


def test_an_outage_makes_no_push_trusted(freezer):
    freezer.move_to(NOON)
    push = PushHealth()
    push.set_reachable(reachable=False)
    push.set_reachable(reachable=True)
    assert (push.state, push.trusted_since) == (PushState.SILENT, None)


def test_a_push_that_nobody_expects_is_silent_until_it_is_confirmed_again(freezer):
    freezer.move_to(NOON)
    for complete in (True, False):
        push = PushHealth(complete=complete)
        push.add_confirmed(1)
        push.expect_none()
        assert push.state is PushState.SILENT
        push.add_confirmed(1)
        assert push.state is PushState.WORKING
