"""An account as version 0.1 stored it: its entry, its archive and its entities go on unchanged."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.trunkline.const import ARCHIVE_FILE

from .conftest import DOMAIN

if TYPE_CHECKING:
    from trunkline.sandbox import Sandbox

ARCHIVE = Path(__file__).parent / "fixtures" / "archive_0_1.sql"
SPEED_DIAL = "01JQ000000000000000000000A"
ACCOUNT = {
    "button": ["sync_now", f"speed_dial_{SPEED_DIAL}"],
    "event": ["call"],
    "sensor": [
        "answer_ratio", "answered", "busy", "calls", "congestion", "cost_month", "cost_today", "history", "incoming",
        "last_call", "last_sync", "missed", "no_answer", "open_missed_callers", "outgoing", "push", "requests_today",
        "talk_time",
    ],
}  # fmt: skip
TRUNK = {
    "binary_sensor": ["low_credit", "unusual_spend"],
    "sensor": ["credit", "credit_expires", "credit_runs_out", "days_left"],
}


def stored_entry(sandbox: Sandbox) -> MockConfigEntry:
    """Return an entry with the keys that version 0.1 wrote; it had no dialect yet."""
    account = sandbox.accounts["telefonchy"][0]
    return MockConfigEntry(
        domain=DOMAIN,
        title="Office 1",
        unique_id=f"telefonchy:{account.service_id}",
        version=1,
        minor_version=1,
        data={
            "provider": "telefonchy",
            "base_url": account.base_url,
            "credentials": {"token": account.credentials["token"]},
            "webhook_id": webhook.async_generate_id(),
        },
        options={
            "poll_interval": 90,
            "calls_per_hour": 5,
            "low_credit": 1234,
            "display_currency": "toman",
            "expiry_days": 10,
        },
        subentries_data=[
            ConfigSubentryDataWithId(
                data={"from": "101", "to": "02155500009"},
                subentry_id=SPEED_DIAL,
                subentry_type="speed_dial",
                title="Reception",
                unique_id=None,
            )
        ],
    )


def unique_ids(sandbox: Sandbox, account_key: str) -> set[tuple[str, str]]:
    trunks = [trunk.number for trunk in sandbox.world.offices[0].trunks]
    ids = {(platform, f"{account_key}_{key}") for platform, keys in ACCOUNT.items() for key in keys}
    return ids | {
        (platform, f"{account_key}_{trunk}_{key}")
        for trunk in trunks
        for platform, keys in TRUNK.items()
        for key in keys
    }


async def test_entities_calls_and_options_are_kept(hass, sandbox, setup, state, tmp_path):
    with sqlite3.connect(tmp_path / ARCHIVE_FILE) as database:
        database.executescript(ARCHIVE.read_text())
    database.close()
    entry = stored_entry(sandbox)
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    before = {
        (platform, unique_id): registry.async_get_or_create(
            platform, DOMAIN, unique_id, config_entry=entry, suggested_object_id=f"kept {unique_id}"
        ).entity_id
        for platform, unique_id in unique_ids(sandbox, entry.unique_id)
    }

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED

    after = {
        (entity.domain, entity.unique_id): entity.entity_id
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
    }
    # What there was is kept; the to-do list is new.
    assert after.pop(("todo", f"{entry.unique_id}_missed")) is not None
    assert after == before
    states = {entity_id: hass.states.get(entity_id) for entity_id in after.values()}
    assert [entity_id for entity_id, shown in states.items() if shown is None] == []
    assert [entity_id for entity_id, shown in states.items() if shown.state == STATE_UNAVAILABLE] == []

    runtime = entry.runtime_data
    assert {"900001", "900002"} <= {call.call_id for call in runtime.archive.calls(accounts=[entry.unique_id])}
    assert state("sensor", f"{entry.unique_id}_cost_today").attributes["unit_of_measurement"] == "IRT"
    assert runtime.coordinator.update_interval.total_seconds() == 90
    assert runtime.call_limit.limit == 5
