"""Reading calls, counts and accounts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from tests.archive.records import ACCOUNT, OTHER, START, call
from trunkline.archive import BEGINNING, Archive, Coverage, Segment
from trunkline.errors import DataError
from trunkline.model import Status


def ids(calls) -> list[str]:
    return [call.call_id for call in calls]


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """Calls 1 to 9 a minute apart, in turns of two accounts, and one without a start."""
    archive.store([call(str(number), account=(ACCOUNT, OTHER)[number % 2]) for number in range(1, 10)])
    archive.store([call("0", started_at=None)])
    return archive


def test_calls_come_newest_first_over_all_accounts_and_untimed_last(filled: Archive) -> None:
    assert ids(filled.calls()) == ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]


def test_calls_of_some_accounts(filled: Archive) -> None:
    assert ids(filled.calls(accounts=[ACCOUNT])) == ["8", "6", "4", "2", "0"]
    assert ids(filled.calls(accounts=OTHER)) == ["9", "7", "5", "3", "1"]
    assert filled.calls(accounts=["telefonchy:none"]) == filled.calls(accounts=[]) == []
    assert len(filled.calls(accounts=[ACCOUNT, ACCOUNT])) == 5


def test_period_is_half_open_and_leaves_untimed_calls_out(filled: Archive) -> None:
    since, until = START + timedelta(minutes=3), START + timedelta(minutes=6)
    assert ids(filled.calls(since=since, until=until)) == ["5", "4", "3"]
    assert filled.count(since=since, until=until) == 3
    assert filled.count(since=since) == 7
    assert filled.count(until=until, accounts=[ACCOUNT]) == 2


def test_limit_takes_the_newest(filled: Archive) -> None:
    assert ids(filled.calls(limit=3)) == ["9", "8", "7"]
    assert filled.calls(limit=0) == []


def test_counts_without_a_period(filled: Archive) -> None:
    assert (filled.count(), filled.count(accounts=[ACCOUNT]), filled.count(accounts=OTHER)) == (10, 5, 5)


def test_calls_of_one_moment_are_ordered_by_id(archive: Archive) -> None:
    archive.store([call(item, started_at=START) for item in ("b", "a", "B", "10", "9")])
    assert ids(archive.calls()) == ["b", "a", "B", "9", "10"]


def test_older_calls_continue_after_a_position(archive: Archive) -> None:
    archive.store([call(item, started_at=START) for item in ("a", "b", "c")])
    archive.store([call(item, started_at=None) for item in ("x", "y")])
    archive.store([call("first", started_at=START - timedelta(minutes=1)), call("other", account=OTHER)])
    assert ids(archive.older(ACCOUNT, limit=9)) == ["c", "b", "a", "first", "y", "x"]
    assert ids(archive.older(ACCOUNT, limit=5)) == ["c", "b", "a", "first", "y"]
    assert ids(archive.older(ACCOUNT, (START, "b"), limit=2)) == ["a", "first"]
    assert ids(archive.older(ACCOUNT, (START, "b"), since=START, limit=9)) == ["a"]
    assert ids(archive.older(ACCOUNT, (None, "y"), limit=9)) == ["x"]
    assert ids(archive.older(ACCOUNT, (None, "y"), since=START, limit=9)) == []


def test_period_without_a_zone_is_refused(filled: Archive) -> None:
    with pytest.raises(DataError, match="since"):
        filled.calls(since=datetime(2025, 1, 1))


def test_accounts_tell_their_calls(filled: Archive) -> None:
    first, second = filled.accounts()
    assert (first.account, first.calls, first.first, first.last) == (
        ACCOUNT, 5, START + timedelta(minutes=2), START + timedelta(minutes=8),
    )  # fmt: skip
    assert (second.account, second.title, second.calls) == (OTHER, "Branch", 5)


def test_account_without_calls_has_no_first_one(archive: Archive) -> None:
    assert [(account.calls, account.first, account.last) for account in archive.accounts()] == [(0, None, None)] * 2


def test_account_can_be_renamed(archive: Archive) -> None:
    archive.register(ACCOUNT, provider="telefonchy", title="Head office", zone="Asia/Tehran", currency="IRT")
    assert [(account.title, account.currency) for account in archive.accounts()] == [
        ("Head office", "IRT"),
        ("Branch", "IRR"),
    ]


def test_count_of_a_stream_down_to_a_moment(archive: Archive) -> None:
    archive.store([call(str(number), stream=str(number % 2)) for number in range(1, 10)])
    assert archive.stream_count(ACCOUNT, "1") == 5
    assert archive.stream_count(ACCOUNT, "1", down_to=START + timedelta(minutes=5)) == 3
    assert archive.stream_count(ACCOUNT, "9") == 0


def test_coverage_comes_back_as_it_was_stored(archive: Archive) -> None:
    assert archive.coverage(ACCOUNT, "1001") == Coverage(ACCOUNT, "1001")
    coverage = Coverage(
        ACCOUNT, "1001", total=7, archived=5, horizon=BEGINNING, reread_at=datetime(2025, 1, 1, tzinfo=UTC)
    ).cover(BEGINNING, START)
    archive.store([call("1")], coverage=coverage)
    assert archive.coverage(ACCOUNT, "1001") == coverage
    assert archive.count() == 1


def test_coverage_that_others_proved_stays(archive: Archive) -> None:
    hour = timedelta(hours=1)
    nothing = archive.coverage(ACCOUNT, "1001")
    archive.store([], coverage=nothing.cover(START, START + hour))
    archive.store([], coverage=nothing.cover(START + 2 * hour, START + 3 * hour))
    assert archive.coverage(ACCOUNT, "1001").segments == (
        Segment(START, START + hour),
        Segment(START + 2 * hour, START + 3 * hour),
    )


def test_coverage_is_not_saved_when_the_calls_are_refused(archive: Archive) -> None:
    with pytest.raises(DataError):
        archive.store([call("1", talk=2**64)], coverage=Coverage(ACCOUNT, "1001").cover(BEGINNING, START))
    assert archive.coverage(ACCOUNT, "1001").segments == ()


@pytest.mark.parametrize(
    "ask",
    [
        lambda archive: archive.calls(limit=5),
        lambda archive: archive.calls(since=START, limit=5),
        lambda archive: archive.count(since=START),
        lambda archive: archive.older(ACCOUNT, limit=60),
        lambda archive: archive.older(ACCOUNT, (START, "1"), since=START, limit=5),
        lambda archive: archive.older(ACCOUNT, (None, "1"), limit=5),
        lambda archive: archive.stream_count(ACCOUNT, "1001", down_to=START),
        lambda archive: archive.accounts(),
        lambda archive: archive.store([call("1")]),
        lambda archive: archive.frame(since=START),
    ],
)
def test_no_question_reads_the_whole_table_or_sorts_it(sqlite_url: str, ask) -> None:
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        archive.store([call(str(number)) for number in range(50)])
        plans: list[str] = []
        connection = archive._database.engine.raw_connection()
        raw = connection.driver_connection
        seen: list[str] = []
        raw.set_trace_callback(seen.append)
        # A frame is read by two connections.
        event.listen(archive._database.engine, "connect", lambda other, _: other.set_trace_callback(seen.append))
        connection.close()
        ask(archive)
        raw.set_trace_callback(None)
        for statement in seen:
            if statement.startswith("SELECT") and "calls" in statement:
                plans += [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()]
        assert any("calls" in plan for plan in plans)
        assert not [plan for plan in plans if plan.startswith("SCAN calls") or "TEMP B-TREE" in plan]


def test_days_with_recordings_are_those_of_the_accounts_zone(archive: Archive) -> None:
    # 20:29 and 20:30 in UTC are 23:59 and 24:00 in Tehran, UTC+03:30.
    evening = datetime(2025, 3, 3, 20, 29, tzinfo=UTC)
    archive.store(
        [
            call("1", started_at=evening),
            call("2", started_at=evening + timedelta(minutes=1)),
            call("3", started_at=evening + timedelta(minutes=2)),
            call("4", started_at=evening + timedelta(minutes=3), recording=None),
            call("5", started_at=evening + timedelta(minutes=4), recording=None, status=Status.BUSY),
            call("6", started_at=evening - timedelta(days=40)),
            call("7", started_at=None),
            call("8", started_at=evening, account=OTHER),
        ]
    )
    third, fourth = date(2025, 3, 3), date(2025, 3, 4)
    assert archive.recorded_days(ACCOUNT) == [(fourth, 2), (third, 1), (date(2025, 1, 22), 1)]
    assert archive.recorded_days(ACCOUNT, since=evening) == [(fourth, 2), (third, 1)]
    assert archive.recorded_days(ACCOUNT, since=evening, until=evening + timedelta(minutes=2)) == [
        (fourth, 1),
        (third, 1),
    ]
    assert archive.recorded_days(ACCOUNT, since=evening, answered=True) == [(fourth, 3), (third, 1)]
    assert archive.recorded_days("telefonchy:none") == []


def test_recorded_days_before_the_epoch_are_those_of_their_calls(archive: Archive) -> None:
    # 23:30 in Tehran (+03:30), and midnight
    starts = [datetime(1969, 12, 30, 20, tzinfo=UTC), datetime(1969, 12, 30, 20, 30, tzinfo=UTC)]
    archive.store([call(str(n), started_at=start) for n, start in enumerate(starts)])
    assert archive.recorded_days(ACCOUNT) == [(date(1969, 12, 31), 1), (date(1969, 12, 30), 1)]


def test_an_empty_recording_is_none_for_days_and_calls_alike(archive: Archive) -> None:
    archive.store([call("1", recording=""), call("2")])
    assert [found.call_id for found in archive.calls(recorded=True)] == ["2"]
    assert archive.recorded_days(ACCOUNT) == [(START.date(), 1)]


def test_a_call_without_a_start_is_no_last_call(archive: Archive) -> None:
    archive.store([call("1", started_at=None, ended_at=START + timedelta(days=1))])
    assert archive.last_call(ACCOUNT) is None


def test_seconds_below_zero_do_not_end_a_call_before_it_starts(archive: Archive) -> None:
    # The wait of the first one says nothing: it ended after a minute of talk, 20 s before the second one.
    both = {"started_at": START, "ended_at": None}
    archive.store([call("1", wait=-600, talk=60, **both), call("2", wait=80, talk=-30, **both)])
    ends = [archive.get(ACCOUNT, call_id).finished_at for call_id in "12"]
    assert ends == [START + timedelta(seconds=60), START + timedelta(seconds=80)]
    assert archive.last_call(ACCOUNT).call_id == "2"
    assert sorted(ids(archive.calls_under_way(ACCOUNT, START + timedelta(seconds=50)))) == ["1", "2"]


def test_a_call_of_an_impossible_length_ended_at_no_known_time(archive: Archive) -> None:
    archive.store([call("1", ended_at=None, talk=2**62), call("2", ended_at=None, wait=10**12, talk=2**62), call("3")])
    assert [archive.get(ACCOUNT, call_id).finished_at for call_id in "12"] == [None, None]
    assert archive.last_call(ACCOUNT).call_id == "3"
    assert ids(archive.calls_under_way(ACCOUNT, START + timedelta(minutes=4))) == ["3"]
