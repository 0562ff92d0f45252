"""Long-term statistics in a real recorder: every hour of every series has what the archive has."""

from __future__ import annotations

import pytest
from datetime import UTC, datetime, timedelta

from tests.components.conftest import NOW, make_entry
from tests.components.statistics import assert_equal, changes, described, recorded
from custom_components.trunkline.account.statistic_ids import statistic_ids

POLL = 121

pytestmark = pytest.mark.usefixtures("recorder_mock")


def archived(entry):
    archive = entry.runtime_data.archive
    return archive.calls(accounts=entry.unique_id)


async def test_the_history_is_there_after_the_first_sync(hass, sandbox, loaded):
    calls = archived(loaded)
    assert len(calls) == len(sandbox.world.offices[0].calls)
    await assert_equal(hass, calls, loaded.unique_id)
    first = min(call.started_at for call in calls)
    rows = (await recorded(hass))[f"trunkline:{loaded.unique_id.replace(':', '_').lower()}_calls"]
    assert first < datetime.now(UTC) - timedelta(days=15)
    assert rows[0]["start"] <= first.timestamp()


async def test_the_ids_are_those_that_the_dashboard_asks_for(hass, sandbox, loaded):
    runtime = loaded.runtime_data
    ids = statistic_ids(loaded.unique_id, runtime.coordinator.data.trunks)
    series = {each for of in ids.values() for name, each in of.items() if name != "refunds"}
    assert (await described(hass)).keys() == series
