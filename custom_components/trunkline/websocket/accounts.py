"""The command `trunkline/accounts`: what there is to show, so that cards and dashboard need no configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from trunkline import inert
from trunkline.model import Capability

from ..account.access import may_control, may_see_calls
from ..account.devices import trunk_of
from ..account.events import visible
from ..account.files import has_recordings
from ..account.statistic_ids import statistic_ids
from ..const import CONF_FROM, CONF_SHOW_IN_DASHBOARD, DOMAIN, SUBENTRY_SPEED_DIAL
from ..entity import display_unit_of
from ..live_sensors import ITEM_KEYS
from ..sensor import PLAN

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..runtime import AccountRuntime, TrunklineConfigEntry

_SPEED_DIAL = "speed_dial"


@websocket_api.websocket_command({vol.Required("type"): "trunkline/accounts"})
@callback
def websocket_accounts(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Return the loaded accounts, the oldest first. What belongs to calls is left out for who may not see them."""
    entries: list[TrunklineConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    connection.send_result(
        msg["id"],
        {
            "accounts": [
                _account(hass, entry, connection.user) for entry in sorted(entries, key=lambda entry: entry.created_at)
            ]
        },
    )


def _account(hass: HomeAssistant, entry: TrunklineConfigEntry, user: User) -> dict[str, Any]:
    visible_calls = may_see_calls(entry, user)
    runtime = entry.runtime_data
    account, info = runtime.account, runtime.account.info
    unit = display_unit_of(runtime)
    entities = _Entities(hass, entry)
    data = runtime.coordinator.data
    statistics = statistic_ids(runtime.account_key, data.trunks)
    return {
        "entry_id": entry.entry_id,
        "title": entry.title,
        "provider": info.name,
        "capabilities": sorted(capability.value for capability in Capability if account.supports(capability)),
        "prices": info.prices,
        "outcomes": info.outcomes,
        "recordings": has_recordings(account),
        "live": account.supports(Capability.PARSE_EVENT),
        "queues": bool(data.queues or any(agent.queue for agent in data.agents or ())),
        "time_zone": account.zone.key,
        "calendar": info.calendar,
        "unit": {"currency": unit.currency, "code": unit.code, "factor": unit.factor, "digits": unit.digits},
        "in_dashboard": entry.options.get(CONF_SHOW_IN_DASHBOARD, True),
        "may_see_calls": visible_calls,
        "may_control": may_control(user),
        "entities": entities.own,
        "plans": entities.plans,
        "todo": entities.todo,
        "speed_dials": entities.speed_dials,
        "statistics": statistics[None],
        "trunks": [
            {
                "trunk_id": trunk_id,
                "number": inert.plain(trunk_data.trunk.number or ""),
                "entities": entities.trunks.get(trunk_id, {}),
                "statistics": statistics[trunk_id],
            }
            for trunk_id, trunk_data in sorted(data.trunks.items())
        ],
        "phones": _phones(entry, runtime) if visible_calls else [],
    }


def _phones(entry: TrunklineConfigEntry, runtime: AccountRuntime) -> list[dict[str, str | None]]:
    """Return the phones that can ring first when a call is placed, each with the name of who sits there."""
    found = {
        extension.number: visible(extension.name)
        for extension in runtime.coordinator.data.extensions
        if extension.number
    }
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_SPEED_DIAL:
            found.setdefault(subentry.data[CONF_FROM], None)
    return [{"number": number, "name": name} for number, name in sorted(found.items())]


class _Entities:
    """The entities of an account that are there to be shown: its own and those of its trunks by key, and others."""

    def __init__(self, hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
        """Read the registries."""
        self.own: dict[str, str] = {}
        self.trunks: dict[str, dict[str, str]] = {}
        self.plans: list[str] = []
        self.speed_dials: list[dict[str, str]] = []
        self.todo: str | None = None
        devices = dr.async_get(hass)
        account_key = entry.runtime_data.account_key
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
            device = devices.async_get(entity.device_id) if entity.device_id else None
            if entity.disabled or entity.hidden or device is None:
                continue
            key = entity.translation_key or ""
            trunk_id = trunk_of(device.identifiers, account_key)
            if entity.domain == Platform.TODO:
                self.todo = entity.entity_id
            elif key == _SPEED_DIAL:
                name = device.name_by_user or device.name or ""
                self.speed_dials.append({"entity_id": entity.entity_id, "name": name})
            elif key == PLAN.key:
                self.plans.append(entity.entity_id)
            elif trunk_id is not None:
                self.trunks.setdefault(trunk_id, {})[key] = entity.entity_id
            elif key not in ITEM_KEYS:
                self.own[key] = entity.entity_id
        self.plans.sort()
        self.speed_dials.sort(key=lambda dial: dial["name"])
