"""After a repair that has lost something, the next sync reads everything again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.archive.breaking import damage_calls
from tests.sync.office import KEY, DailyOffice, Office, OrderedOffice, invented
from trunkline.archive import Archive, repair_archive
from trunkline.sync import sync_account

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("kind", [Office, OrderedOffice, DailyOffice])
async def test_calls_of_a_damaged_page_are_read_again(tmp_path: Path, kind: type[Office]) -> None:
    path = tmp_path / "archive.db"
    url = f"sqlite:///{path}"
    office = kind([invented(number, minutes=number * 43) for number in range(1, 1000)])
    with Archive.open(url) as archive:
        await sync_account(office, archive)
        assert archive.count() == 999
    damage_calls(path)
    repaired = repair_archive(url)
    assert not repaired.complete
    with Archive.open(url) as archive:
        assert archive.count() == len(archive.calls()) == repaired.calls < 999
        assert archive.coverage(KEY, "1001").segments == ()
        await sync_account(office, archive)
        assert {call.call_id: call for call in archive.calls()} == {call.call_id: call for call in office.calls}
        assert archive.coverage(KEY, "1001").segments
