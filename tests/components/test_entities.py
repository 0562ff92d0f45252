"""What a person sees: each figure compared with the simulated company's own books."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN, EntityCategory
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir

from trunkline.providers.telefonchy.account import TelefonchyAccount
from trunkline.sandbox import Direction, Outcome, Sandbox
from trunkline.sandbox.world import Trunk

from .conftest import DOMAIN, NOW, make_entry, rows_since
from .languages import LANGUAGES

COMPONENT = Path(__file__).parents[2] / "custom_components/trunkline"
# Midnight of the 19th of Esfand 1404 in Tehran (UTC+03:30), and of the first of that month (2026-02-20).
TODAY = datetime(2026, 3, 9, 20, 30, tzinfo=UTC)
MONTH = datetime(2026, 2, 19, 20, 30, tzinfo=UTC)


@pytest.fixture
async def sandbox_month(socket_enabled, now):
    """Serve two offices with a month of calls behind them, as in the demo."""
    async with Sandbox(seed=7, calls=900, days=30, now=now) as sandbox:
        yield sandbox


@pytest.fixture
async def loaded_month(sandbox_month, setup):
    """Return each office with its entry, set up."""
    offices = sandbox_month.world.offices
    return [(office, await setup(make_entry(sandbox_month, at))) for at, office in enumerate(offices)]


def trunk_ids(entry) -> list[str]:
    return sorted(entry.runtime_data.coordinator.data.trunks)


async def test_todays_counts_are_those_of_the_office(sandbox, loaded, state):
    rows = rows_since(sandbox.world.offices[0], TODAY)
    assert len(rows) > 15
    key = loaded.unique_id
    missed = [row for row in rows if row.direction == Direction.INCOMING and row.outcome != Outcome.ANSWERED]
    expected = {
        "calls": len(rows),
        "answered": sum(row.outcome == Outcome.ANSWERED for row in rows),
        "missed": len(missed),
        "busy": sum(row.outcome == Outcome.BUSY for row in rows),
        "no_answer": sum(row.outcome == Outcome.NO_ANSWER for row in rows),
        "congestion": sum(row.outcome == Outcome.CONGESTION for row in rows),
        "incoming": sum(row.direction == Direction.INCOMING for row in rows),
        "outgoing": sum(row.direction == Direction.OUTGOING for row in rows),
    }
    assert {name: int(state("sensor", f"{key}_{name}").state) for name in expected} == expected
    ratio = state("sensor", f"{key}_answer_ratio")
    assert float(ratio.state) == pytest.approx(100 * expected["answered"] / expected["calls"], abs=0.01)
    assert ratio.attributes["answered"] == expected["answered"]
    assert ratio.attributes["lowest"] < float(ratio.state) < ratio.attributes["highest"]
    talk = state("sensor", f"{key}_talk_time")
    assert float(talk.state) == pytest.approx(sum(row.talk for row in rows) / 60, abs=0.01)
    assert talk.attributes["unit_of_measurement"] == "min"
    assert state("sensor", f"{key}_calls").attributes["last_reset"] == TODAY.isoformat()


async def test_costs_are_the_sums_of_the_prices_of_the_day_and_of_the_jalali_month(sandbox, loaded, state):
    office = sandbox.world.offices[0]
    for name, since in (("cost_today", TODAY), ("cost_month", MONTH)):
        shown = state("sensor", f"{loaded.unique_id}_{name}")
        assert float(shown.state) == sum(row.price for row in rows_since(office, since)) > 0
        assert shown.attributes["unit_of_measurement"] == "IRR"
        assert shown.attributes["last_reset"] == since.isoformat()


async def test_amounts_can_be_shown_in_toman(sandbox, setup, state):
    entry = await setup(make_entry(sandbox, options={"display_currency": "toman"}))
    rows = rows_since(sandbox.world.offices[0], TODAY)
    shown = state("sensor", f"{entry.unique_id}_cost_today")
    assert float(shown.state) == sum(row.price for row in rows) / 10
    assert shown.attributes["unit_of_measurement"] == "IRT"


async def test_each_trunk_shows_its_credit_and_when_it_expires(sandbox, loaded, state):
    trunks = {trunk.number: trunk for trunk in sandbox.world.offices[0].trunks}
    assert trunk_ids(loaded) == sorted(trunks)
    for number, trunk in trunks.items():
        credit = state("sensor", f"{loaded.unique_id}_{number}_credit")
        assert float(credit.state) == trunk.credit
        assert (credit.attributes["unit_of_measurement"], credit.attributes["state_class"]) == ("IRR", "total")
        expires = state("sensor", f"{loaded.unique_id}_{number}_credit_expires")
        assert datetime.fromisoformat(expires.state).timestamp() == trunk.expires_at


async def test_the_run_out_is_the_credit_over_the_pace_of_the_past_days(sandbox, loaded, state):
    office = sandbox.world.offices[0]
    for at, trunk in enumerate(office.trunks):
        rows = [row for row in office.calls if row.trunk == at and row.started_at < TODAY.timestamp()]
        first = min(row.started_at for row in rows)
        days = (TODAY.timestamp() - first) / 86400
        expected = trunk.credit / (sum(row.price for row in rows) / days)
        shown = state("sensor", f"{loaded.unique_id}_{trunk.number}_days_left")
        # The weekdays' own pace moves it by a few days at most.
        assert float(shown.state) == pytest.approx(expected, rel=0.2, abs=4)
        out = datetime.fromisoformat(state("sensor", f"{loaded.unique_id}_{trunk.number}_credit_runs_out").state)
        assert (out - NOW) / timedelta(days=1) == pytest.approx(float(shown.state), abs=0.1)


async def test_what_a_few_days_can_not_tell_is_unknown(setup, state, socket_enabled, now):
    async with Sandbox(seed=7, calls=60, days=4, now=now) as sandbox:
        entry = await setup(make_entry(sandbox))
        for number in trunk_ids(entry):
            for name in ("credit_runs_out", "days_left"):
                assert state("sensor", f"{entry.unique_id}_{number}_{name}").state == STATE_UNKNOWN
            assert state("binary_sensor", f"{entry.unique_id}_{number}_unusual_spend").state == STATE_UNKNOWN


async def test_an_entity_that_was_there_before_a_restart_stays(hass, sandbox, entry, setup, state, monkeypatch):
    trunk = sandbox.world.offices[0].trunks[0].number
    services = TelefonchyAccount.services

    async def silent(self):
        return tuple(
            replace(
                service, trunks=tuple(replace(line, credit=None, credit_expires_at=None) for line in service.trunks)
            )
            for service in await services(self)
        )

    monkeypatch.setattr(TelefonchyAccount, "services", silent)
    entry.add_to_hass(hass)
    registry = er.async_get(hass)
    for platform, name in (("sensor", "credit_expires"), ("binary_sensor", "unusual_spend")):
        registry.async_get_or_create(platform, DOMAIN, f"{entry.unique_id}_{trunk}_{name}", config_entry=entry)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state("sensor", f"{entry.unique_id}_{trunk}_credit_expires").state == STATE_UNKNOWN
    assert state("binary_sensor", f"{entry.unique_id}_{trunk}_unusual_spend").state == STATE_UNKNOWN
    # What never was isn't there for nothing.
    assert registry.async_get_entity_id("sensor", DOMAIN, f"{entry.unique_id}_{trunk}_credit") is None


async def test_nothing_is_unusual_on_an_ordinary_day(loaded_month, state):
    for office, entry in loaded_month:
        for trunk in office.trunks:
            shown = state("binary_sensor", f"{entry.unique_id}_{trunk.number}_unusual_spend")
            assert shown.state == STATE_OFF
            assert 0 < shown.attributes["probability"] <= 1
            assert shown.attributes["days_of_history"] == 22


async def test_calls_that_cost_more_than_ever_are_unusual(sandbox_month, loaded_month, state, later):
    office, entry = loaded_month[0]
    unique_id = f"{entry.unique_id}_{office.trunks[0].number}_unusual_spend"
    before = state("binary_sensor", unique_id).attributes
    assert before["today"] == sum(row.price for row in rows_since(office, TODAY) if row.trunk == 0)
    await later(600)
    position = sandbox_month.world.record(office, trunk=0, wait=1, talk=10)
    sandbox_month.world.correct(office, position, price_talk=2_000_000)
    await later(130)
    shown = state("binary_sensor", unique_id)
    assert shown.state == STATE_ON
    spent = office.calls[position].price
    assert shown.attributes["today"] == before["today"] + spent
    assert shown.attributes["usual"] == before["usual"]
    assert shown.attributes["minimum"] < shown.attributes["excess"] <= spent + before["today"]
    assert shown.attributes["probability"] < 1 / 365
    # The other line is as it was.
    other = f"{entry.unique_id}_{office.trunks[1].number}_unusual_spend"
    assert state("binary_sensor", other).state == STATE_OFF


async def test_callers_to_call_back_are_counted_once_each(sandbox, loaded, state, later):
    world, office = sandbox.world, sandbox.world.offices[0]
    before = int(state("sensor", f"{loaded.unique_id}_open_missed_callers").state)
    peer = world.party("9120000777")
    for _ in range(3):
        world.record(office, outcome=Outcome.NO_ANSWER, peer=peer)
    await later(130)
    shown = state("sensor", f"{loaded.unique_id}_open_missed_callers")
    assert int(shown.state) == before + 1
    row = next(row for row in shown.attributes["callers"] if row["number"].endswith("9120000777"))
    assert row["calls"] == 3

    world.record(office, direction=Direction.OUTGOING, peer=peer, wait=1, talk=5)
    await later(130)
    assert int(state("sensor", f"{loaded.unique_id}_open_missed_callers").state) == before


async def test_the_last_call_tells_who_and_how_it_went(sandbox, loaded, state, later):
    world, office = sandbox.world, sandbox.world.offices[0]
    row = office.calls[world.record(office, outcome=Outcome.BUSY, peer=world.party("9120000778"), extension=0)]
    await later(130)
    shown = state("sensor", f"{loaded.unique_id}_last_call")
    assert datetime.fromisoformat(shown.state).timestamp() == row.started_at + row.wait
    assert shown.attributes["source"].endswith("9120000778")
    assert (shown.attributes["outcome"], shown.attributes["status"]) == ("missed", "busy")
    assert shown.attributes["price"] == str(row.price)


async def test_a_long_call_becomes_the_last_one_when_it_ends(sandbox, loaded, state, later):
    world, office = sandbox.world, sandbox.world.offices[0]
    world.record(office, outcome=Outcome.NO_ANSWER, wait=5, age=60)
    await later(130)
    before = state("sensor", f"{loaded.unique_id}_last_call")
    long = office.calls[world.record(office, outcome=Outcome.ANSWERED, wait=5, talk=1800)]
    assert long.started_at < datetime.fromisoformat(before.attributes["started_at"]).timestamp()
    await later(130)
    shown = state("sensor", f"{loaded.unique_id}_last_call")
    assert shown.attributes["call_id"] == str(long.call_id)
    assert datetime.fromisoformat(shown.state).timestamp() == long.started_at + 1805


async def test_no_forecast_is_later_than_the_expiry(sandbox, loaded, state, later):
    trunk = sandbox.world.offices[0].trunks[0]
    sandbox.world.top_up(sandbox.world.offices[0], 0, 10**9)
    await later(130)
    key = f"{loaded.unique_id}_{trunk.number}"
    out = state("sensor", f"{key}_credit_runs_out")
    expires = datetime.fromtimestamp(trunk.expires_at, UTC)
    assert datetime.fromisoformat(out.state) == expires.replace(minute=0, second=0)
    assert out.attributes["expires_first"] is True
    assert out.attributes["latest"] <= expires
    assert float(state("sensor", f"{key}_days_left").state) == pytest.approx(90, abs=0.1)


def own_issues(hass) -> set[str]:
    return {issue for domain, issue in ir.async_get(hass).issues if domain == DOMAIN}


async def test_low_credit_depends_on_the_days_left(hass, sandbox, loaded, state, later):
    office, world = sandbox.world.offices[0], sandbox.world
    unique_id = f"{loaded.unique_id}_{office.trunks[0].number}"
    world.top_up(office, 0, 1_000_000)
    await later(130)
    days = float(state("sensor", f"{unique_id}_days_left").state)
    assert days > 7
    assert state("binary_sensor", f"{unique_id}_low_credit").state == STATE_OFF

    # What is left lasts for about three days.
    world.top_up(office, 0, -int(office.trunks[0].credit * (1 - 3 / days)))
    await later(130)
    assert float(state("sensor", f"{unique_id}_days_left").state) < 7
    assert state("binary_sensor", f"{unique_id}_low_credit").state == STATE_ON
    # The entity says so, and no repair repeats it.
    assert own_issues(hass) == set()

    world.top_up(office, 0, 1_000_000)
    await later(130)
    assert state("binary_sensor", f"{unique_id}_low_credit").state == STATE_OFF


async def test_credit_that_only_expires_is_low(hass, sandbox, loaded, state, later):
    office = sandbox.world.offices[0]
    number = office.trunks[0].number
    sandbox.world.top_up(office, 0, 10_000_000)
    office.trunks[0].expires_at = int((NOW + timedelta(days=5)).timestamp())
    await later(130)
    # It can be used for five days only, and a top-up is what helps.
    assert state("binary_sensor", f"{loaded.unique_id}_{number}_low_credit").state == STATE_ON
    assert own_issues(hass) == set()


async def test_an_amount_warns_until_it_is_topped_up(sandbox, setup, state, later):
    office = sandbox.world.offices[0]
    sandbox.world.top_up(office, 0, 1_000_000)
    entry = await setup(make_entry(sandbox, options={"low_credit": 500_000}))
    unique_id = f"{entry.unique_id}_{office.trunks[0].number}_low_credit"
    sandbox.world.top_up(office, 0, 500_000 - office.trunks[0].credit)
    await later(130)
    assert state("binary_sensor", unique_id).state == STATE_OFF

    sandbox.world.top_up(office, 0, -1)
    await later(130)
    assert state("binary_sensor", unique_id).state == STATE_ON

    sandbox.world.top_up(office, 0, 1_000_000)
    await later(130)
    assert state("binary_sensor", unique_id).state == STATE_OFF


async def test_a_trunk_that_is_ordered_appears_and_one_that_is_given_up_goes(hass, sandbox, loaded, state, later):
    office = sandbox.world.offices[0]
    office.trunks.append(Trunk("2155509999", 123_000, [], int(NOW.timestamp()) + 10**6))
    await later(130)
    assert float(state("sensor", f"{loaded.unique_id}_2155509999_credit").state) == 123_000
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    identifiers = {identifier for device in devices for _, identifier in device.identifiers}
    assert f"{loaded.unique_id}_2155509999" in identifiers

    office.trunks.pop()
    await later(130)
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("sensor", DOMAIN, f"{loaded.unique_id}_2155509999_credit") is None
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    assert len(devices) == 1 + len(office.trunks)

    office.trunks.append(Trunk("2155509999", 5000, [], int(NOW.timestamp()) + 10**6))
    await later(130)
    assert float(state("sensor", f"{loaded.unique_id}_2155509999_credit").state) == 5000


async def test_trunks_are_reached_through_the_account(hass, loaded):
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    account = next(device for device in devices if (DOMAIN, loaded.unique_id) in device.identifiers)
    assert account.name == "Office 1"
    assert account.entry_type is dr.DeviceEntryType.SERVICE
    others = [device for device in devices if device.id != account.id]
    assert others
    assert all(device.via_device_id == account.id for device in others)
    assert all(device.name.startswith("Trunk 0") for device in others)


async def test_only_a_trunk_that_is_gone_can_be_deleted_by_hand(hass, loaded):
    from custom_components.trunkline import async_remove_config_entry_device

    devices = dr.async_entries_for_config_entry(dr.async_get(hass), loaded.entry_id)
    assert [await async_remove_config_entry_device(hass, loaded, device) for device in devices] == [False] * len(
        devices
    )


async def test_no_device_can_be_removed_while_it_is_not_known_what_the_account_has(hass, sandbox, entry, setup):
    from custom_components.trunkline import async_remove_config_entry_device

    sandbox.faults.add("status", code=500)
    await setup(entry)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, f"{entry.unique_id}_2155500001")}
    )
    assert await async_remove_config_entry_device(hass, entry, device) is False


DIAGNOSTIC = {"last_sync": False, "requests_today": False, "push": True, "history": True}


async def test_diagnostic_figures_are_marked_as_such_and_the_noisy_ones_are_off(hass, loaded):
    registry = er.async_get(hass)
    entities = {entity.unique_id: entity for entity in er.async_entries_for_config_entry(registry, loaded.entry_id)}
    for name, enabled in DIAGNOSTIC.items():
        entity = entities[f"{loaded.unique_id}_{name}"]
        assert entity.entity_category is EntityCategory.DIAGNOSTIC
        assert (entity.disabled_by is None) is enabled
    others = [
        entity
        for unique_id, entity in entities.items()
        if unique_id.rpartition(":")[2].partition("_")[2] not in DIAGNOSTIC
    ]
    assert all(entity.entity_category is None and entity.disabled_by is None for entity in others)


async def test_what_is_off_by_default_works_when_it_is_turned_on(hass, sandbox, entry, setup, state):
    registry = er.async_get(hass)
    for name in ("last_sync", "requests_today"):
        registry.async_get_or_create("sensor", DOMAIN, f"{entry.unique_id}_{name}")
    await setup(entry)
    assert datetime.fromisoformat(state("sensor", f"{entry.unique_id}_last_sync").state) == NOW
    asked = sum(request.account == 0 for request in sandbox.requests)
    assert int(state("sensor", f"{entry.unique_id}_requests_today").state) == asked


async def test_every_entity_has_a_name_in_every_language(hass, loaded):
    registry = er.async_get(hass)
    for language in LANGUAGES:
        names = json.loads((COMPONENT / f"translations/{language}.json").read_text())["entity"]
        for entity in er.async_entries_for_config_entry(registry, loaded.entry_id):
            assert entity.has_entity_name
            assert names[entity.domain][entity.translation_key]["name"]


async def test_every_entity_has_an_icon(loaded, hass):
    icons = json.loads((COMPONENT / "icons.json").read_text())["entity"]
    for entity in er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id):
        assert icons[entity.domain][entity.translation_key]["default"].startswith("mdi:")


async def test_two_accounts_show_each_their_own(hass, sandbox, loaded, setup, state):
    other = await setup(make_entry(sandbox, 1))
    for number, entry in enumerate((loaded, other)):
        rows = rows_since(sandbox.world.offices[number], TODAY)
        assert int(state("sensor", f"{entry.unique_id}_calls").state) == len(rows)
    await hass.config_entries.async_unload(other.entry_id)
    assert state("sensor", f"{other.unique_id}_calls").state == STATE_UNAVAILABLE
    assert state("sensor", f"{loaded.unique_id}_calls").state != STATE_UNAVAILABLE
