"""Pushed calls: apart from the calls of the list, until the list has them or they are withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine

from tests.archive.records import ACCOUNT, OTHER, START, bare, call, irr
from trunkline.archive import Archive, Coverage, PushOutcome
from trunkline.archive.migrations import migrate
from trunkline.errors import ArchiveError, DataError
from trunkline.model import Status

if TYPE_CHECKING:
    from pathlib import Path


def everything(archive: Archive) -> tuple[object, ...]:
    """Return whatever the archive shows of its calls."""
    (office, *_) = archive.accounts()
    return (
        archive.calls(),
        archive.count(),
        archive.count(since=START),
        archive.stream_count(ACCOUNT, "1001"),
        archive.stream_count(ACCOUNT, "1001", down_to=START),
        archive.get(ACCOUNT, "1"),
        archive.corrections(),
        office,
    )


def test_a_pushed_call_is_in_no_query_and_no_count(archive: Archive) -> None:
    before = everything(archive)
    assert archive.store_pushed(call("1"), limit=10) is PushOutcome.NEW
    assert everything(archive) == before
    (pushed,) = archive.pushed(ACCOUNT)
    assert (pushed.call, pushed.withdrawn_at) == (call("1", raw=None), None)
    assert abs(datetime.now(UTC) - pushed.pushed_at) < timedelta(minutes=1)
    assert archive.pushed(OTHER) == []


def test_the_list_decides_what_a_pushed_call_was(archive: Archive) -> None:
    forged = call("1", price=irr(999_999_999), status=Status.BUSY, started_at=START + timedelta(hours=3), note="forged")
    archive.store_pushed(forged, limit=10)
    stored = archive.store([call("1", note=None), call("2")], coverage=Coverage(ACCOUNT, "1001"))
    assert stored.new == (call("1", note=None), call("2"))
    assert stored.confirmed == (call("1", note=None),)
    assert archive.get(ACCOUNT, "1") == call("1", note=None)
    assert archive.pushed(ACCOUNT) == []
    assert archive.corrections() == []
    assert archive.stream_count(ACCOUNT, "1001") == 2


def test_a_push_never_changes_a_call_of_the_list(archive: Archive) -> None:
    archive.store([call("1")])
    before = everything(archive)
    for changes in ({"price": irr(1)}, {"status": Status.BUSY}, {"started_at": START}, {"note": "x"}, {"stream": "2"}):
        assert archive.store_pushed(call("1", **changes), limit=10) is PushOutcome.LISTED
    assert everything(archive) == before
    assert archive.pushed(ACCOUNT) == []


def test_the_first_of_several_pushed_records_is_kept(archive: Archive) -> None:
    archive.store_pushed(call("1"), limit=10)
    assert archive.store_pushed(call("1", price=irr(1)), limit=10) is PushOutcome.PUSHED
    assert [pushed.call.price for pushed in archive.pushed(ACCOUNT)] == [irr(57)]


def test_a_withdrawn_call_stays_withdrawn_when_it_is_pushed_again_but_not_when_the_list_has_it(
    archive: Archive,
) -> None:
    archive.store_pushed(call("1"), limit=10)
    archive.store_pushed(call("2"), limit=10)
    assert archive.withdraw_pushed(ACCOUNT, ["1", "3"], keep=10) == 1
    assert archive.withdraw_pushed(ACCOUNT, ["1"], keep=10) == 0
    assert archive.store_pushed(call("1"), limit=10) is PushOutcome.WITHDRAWN
    waiting = {pushed.call.call_id: pushed.withdrawn_at is None for pushed in archive.pushed(ACCOUNT)}
    assert waiting == {"1": False, "2": True}
    assert archive.store([call("1")]).confirmed == (call("1"),)
    assert [pushed.call.call_id for pushed in archive.pushed(ACCOUNT)] == ["2"]


def test_a_pushed_call_belongs_to_its_account_alone(archive: Archive) -> None:
    archive.store_pushed(call("1"), limit=10)
    assert archive.store([call("1", account=OTHER)]).confirmed == ()
    assert archive.withdraw_pushed(OTHER, ["1"], keep=10) == 0
    assert [pushed.withdrawn_at for pushed in archive.pushed(ACCOUNT)] == [None]


def test_the_number_of_waiting_and_of_withdrawn_calls_is_limited(archive: Archive) -> None:
    outcomes = [archive.store_pushed(bare(str(number)), limit=3) for number in range(5)]
    assert outcomes == [PushOutcome.NEW] * 3 + [PushOutcome.FULL] * 2
    assert archive.store_pushed(bare("0"), limit=3) is PushOutcome.PUSHED
    archive.withdraw_pushed(ACCOUNT, ["0"], keep=2)
    archive.withdraw_pushed(ACCOUNT, ["1", "2"], keep=2)
    assert {pushed.call.call_id for pushed in archive.pushed(ACCOUNT)} == {"1", "2"}
    # Withdrawn calls leave room for genuine ones.
    assert archive.store_pushed(bare("5"), limit=3) is PushOutcome.NEW


def test_withdrawn_calls_are_deleted_after_a_while(archive: Archive) -> None:
    archive.store_pushed(bare("1"), limit=3)
    archive.store_pushed(bare("2"), limit=3)
    archive.withdraw_pushed(ACCOUNT, ["1"], keep=9)
    assert archive.delete_withdrawn(ACCOUNT, datetime.now(UTC) - timedelta(minutes=1)) == 0
    assert archive.delete_withdrawn(ACCOUNT, datetime.now(UTC) + timedelta(minutes=1)) == 1
    assert [pushed.call.call_id for pushed in archive.pushed(ACCOUNT)] == ["2"]


def test_a_call_that_can_not_be_kept_exactly_is_refused(archive: Archive) -> None:
    with pytest.raises(DataError):
        archive.store_pushed(call("1", price=irr("1e30")), limit=10)
    with pytest.raises(ArchiveError):
        archive.store_pushed(call("1", account="telefonchy:9"), limit=10)
    assert archive.pushed(ACCOUNT) == []


def test_an_archive_of_version_4_gets_room_for_pushed_calls(sqlite_url: str, tmp_path: Path) -> None:
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        migrate(connection, frozenset(), where="the archive", to=4)
    engine.dispose()
    with Archive.open(sqlite_url) as archive:
        archive.register(ACCOUNT, provider="telefonchy", title="Office", zone="Asia/Tehran", currency="IRR")
        assert archive.store_pushed(call("1"), limit=1) is PushOutcome.NEW
    with Archive.open(sqlite_url) as archive:
        assert [pushed.call.call_id for pushed in archive.pushed(ACCOUNT)] == ["1"]
