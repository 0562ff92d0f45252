"""Diagnostics to attach to a report: how an account or a device works, and nothing about who called whom.

They list what may be published rather than remove what may not, so that a new field elsewhere can't slip in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.loader import async_get_integration

from trunkline.errors import ArchiveError, TrunklineError
from trunkline.model import Capability

from .account.devices import speed_dial_of, trunk_of
from .account.inventory import denied_names
from .const import (
    CONF_ADMINS_ONLY,
    CONF_BASE_URL,
    CONF_CALLS_PER_HOUR,
    CONF_DIALECT,
    CONF_DISPLAY_CURRENCY,
    CONF_FROM,
    CONF_LOW_CREDIT,
    CONF_LOW_CREDIT_DAYS,
    CONF_POLL_INTERVAL,
    CONF_PROVIDER,
    CONF_TO,
    DOMAIN,
    SUBENTRY_SPEED_DIAL,
    SUBENTRY_VOICE_CODE,
)

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.core import HomeAssistant, State
    from homeassistant.helpers.device_registry import DeviceEntry

    from trunkline.archive import Archive
    from trunkline.providers import Account

    from .account.data import AccountData
    from .account.figures import TrunkData
    from .coordinator import TrunklineCoordinator
    from .push.health import PushHealth
    from .runtime import AccountRuntime, TrunklineConfigEntry

_OPTIONS = (
    CONF_POLL_INTERVAL,
    CONF_CALLS_PER_HOUR,
    CONF_LOW_CREDIT,
    CONF_LOW_CREDIT_DAYS,
    CONF_DISPLAY_CURRENCY,
    CONF_ADMINS_ONLY,
)


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: TrunklineConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an account, also of one that could not be set up."""
    if entry.state is not ConfigEntryState.LOADED:
        return await _not_loaded(hass, entry)
    runtime = entry.runtime_data
    data = runtime.coordinator.data
    integration = await async_get_integration(hass, DOMAIN)
    return {
        "version": str(integration.version),
        "entry": _entry(entry),
        "account": _account(runtime),
        "polling": _polling(runtime.coordinator),
        "push": {
            "supported": runtime.account.supports(Capability.PARSE_PUSH),
            **_push(hass, runtime.push),
            "waiting": len(runtime.provisional.waiting),
            "withdrawn": len(runtime.provisional.withdrawn),
        },
        "routing": dict(runtime.route_handler.counts) if runtime.route_handler else None,
        "call_limit": _call_limit(runtime),
        "archive": await _async_archive(hass, runtime),
        "today": _today(data),
        "trunks": [_trunk(trunk) for _, trunk in sorted(data.trunks.items())],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: TrunklineConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of a device: everything about the account, or what concerns a trunk or a speed dial."""
    if entry.state is not ConfigEntryState.LOADED:
        return {"entities": _entities(hass, device), **await _not_loaded(hass, entry)}
    runtime = entry.runtime_data
    entities = _entities(hass, device)
    if (DOMAIN, runtime.account_key) in device.identifiers:
        return {"kind": "account", "entities": entities, **await async_get_config_entry_diagnostics(hass, entry)}
    integration = await async_get_integration(hass, DOMAIN)
    common = {
        "entities": entities,
        "version": str(integration.version),
        "entry": _entry(entry),
        "polling": _polling(runtime.coordinator),
    }
    trunk_id = trunk_of(device.identifiers, runtime.account_key)
    if trunk_id is not None:
        data = runtime.coordinator.data
        trunk = data.trunks.get(trunk_id)
        return {
            "kind": "trunk",
            **common,
            "trunks_listed": data.trunks_listed,
            "at_provider": trunk is not None,
            "trunk": _trunk(trunk) if trunk else None,
        }
    dial = speed_dial_of(device.identifiers, runtime.account_key, entry.subentries)
    return {
        "kind": "speed_dial",
        **common,
        "speed_dial": _speed_dial(runtime, dial) if dial else None,
        "call_limit": _call_limit(runtime),
    }


async def _not_loaded(hass: HomeAssistant, entry: TrunklineConfigEntry) -> dict[str, Any]:
    """Return what is known of an account that is not set up, and why it isn't, without the words of the reason."""
    integration = await async_get_integration(hass, DOMAIN)
    return {
        "version": str(integration.version),
        "entry": {
            "provider": entry.data[CONF_PROVIDER],
            "dialect": entry.data.get(CONF_DIALECT) or "",
            "version": f"{entry.version}.{entry.minor_version}",
            "options": {key: entry.options[key] for key in _OPTIONS if key in entry.options},
        },
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
    }


def _entry(entry: TrunklineConfigEntry) -> dict[str, Any]:
    return {
        "provider": entry.data[CONF_PROVIDER],
        "dialect": entry.runtime_data.account.info.dialect,
        "version": f"{entry.version}.{entry.minor_version}",
        "own_base_url": entry.data.get(CONF_BASE_URL) not in {None, entry.runtime_data.account.info.base_url},
        "options": {key: entry.options[key] for key in _OPTIONS if key in entry.options},
        "speed_dials": _count(entry, SUBENTRY_SPEED_DIAL),
        "voice_codes": _count(entry, SUBENTRY_VOICE_CODE),
    }


def _count(entry: TrunklineConfigEntry, subentry_type: str) -> int:
    return sum(subentry.subentry_type == subentry_type for subentry in entry.subentries.values())


def _account(runtime: AccountRuntime) -> dict[str, Any]:
    account = runtime.account
    data = runtime.coordinator.data
    return {
        "capabilities": sorted(capability.value for capability in Capability if account.supports(capability)),
        "zone": account.zone.key,
        "currency": account.currency,
        "services": len(data.services),
        "trunks": len(data.trunks),
        "extensions": len(data.extensions),
        "plans": [plan.days_left for plan in (data.plans or {}).values()],
        "voicemails": None if data.voicemails is None else len(data.voicemails),
        "not_permitted": denied_names(data.denied),
        "requests": account.requests,
        "requests_today": data.requests_today,
    }


def _polling(coordinator: TrunklineCoordinator) -> dict[str, Any]:
    error = coordinator.last_exception
    history = coordinator.data.history
    return {
        "interval_s": coordinator.update_interval.total_seconds() if coordinator.update_interval else None,
        "last_update_success": coordinator.last_update_success,
        "last_sync": _text(coordinator.data.last_sync),
        "last_error": type(error).__name__ if error else None,
        "last_error_cause": type(error.__cause__).__name__ if error and error.__cause__ else None,
        "history": {
            "complete": history.complete,
            "running": history.running,
            "read": history.read,
            "total": history.total,
        },
    }


def _push(hass: HomeAssistant, push: PushHealth) -> dict[str, Any]:
    return {
        "external_address": _has_external_address(hass),
        "cloud": "cloud" in hass.config.components,
        "state": push.state.value,
        "deliveries": push.deliveries,
        "confirmed": push.confirmed,
        "unconfirmed": push.unconfirmed,
        "lost": push.lost,
        "refusals": dict(sorted(push.refusals.items())),
        "last_delivery": _text(push.last_delivery),
        "last_confirmed": _text(push.last_confirmed),
    }


def _has_external_address(hass: HomeAssistant) -> bool:
    try:
        webhook.async_generate_url(hass, "", allow_internal=False)
    except NoURLAvailableError:
        return False
    return True


async def _streams(account: Account) -> tuple[str, ...]:
    """Return the call lists of the account; none if the provider has to be asked and doesn't reply."""
    try:
        return await account.streams()
    except TrunklineError:
        return ()


async def _async_archive(hass: HomeAssistant, runtime: AccountRuntime) -> dict[str, Any]:
    """Return what the archive has of the account, or the kind of error if it can't be read."""
    streams = await _streams(runtime.account)
    try:
        return await hass.async_add_executor_job(_archive, runtime.archive, runtime.account_key, streams)
    except ArchiveError as error:
        return {"error": type(error).__name__}


def _archive(archive: Archive, account: str, streams: tuple[str, ...]) -> dict[str, Any]:
    known = next((archived for archived in archive.accounts() if archived.account == account), None)
    coverages = [archive.coverage(account, stream) for stream in streams]
    return {
        "accounts": len(archive.accounts()),
        "calls": known.calls if known else 0,
        "first": _text(known.first if known else None),
        "last": _text(known.last if known else None),
        "streams": [
            {
                "segments": [[_text(segment.low), _text(segment.high)] for segment in coverage.segments],
                "provider_total": coverage.total,
                "archived": coverage.archived,
                "horizon": _text(coverage.horizon),
                "reread_at": _text(coverage.reread_at),
            }
            for coverage in coverages
        ],
    }


def _today(data: AccountData) -> dict[str, Any]:
    today = data.today
    return {
        "calls": today.calls,
        "answered": today.answered,
        "missed": today.missed,
        "incoming": today.incoming,
        "outgoing": today.outgoing,
        "internal": today.internal,
        "open_missed_calls": len(data.open_missed.calls),
        "open_missed_callers": data.open_missed.callers,
        "ticked_callers": len(data.missed_callers.ticked),
    }


def _trunk(data: TrunkData) -> dict[str, Any]:
    """Return what is known of a trunk, except its number."""
    trunk = data.trunk
    return {
        "has_e164": trunk.e164 is not None,
        "credit_known": trunk.credit is not None,
        "currency": trunk.credit.currency if trunk.credit else None,
        "credit_expires_at": _text(trunk.credit_expires_at),
        "run_out_known": data.run_out is not None,
        "usual_spend_known": data.spend is not None,
    }


def _speed_dial(runtime: AccountRuntime, dial: ConfigSubentry) -> dict[str, Any]:
    """Return what is known of a speed dial, except its name and numbers."""
    source, destination = dial.data[CONF_FROM], dial.data[CONF_TO]
    extensions = {extension.number for extension in runtime.coordinator.data.extensions}
    return {
        "extension_known": source in extensions if extensions else None,
        "international": destination.startswith(("+", "00")),
    }


def _call_limit(runtime: AccountRuntime) -> dict[str, int]:
    return {"calls_per_hour": runtime.call_limit.limit, "used": runtime.call_limit.used}


def _entities(hass: HomeAssistant, device: DeviceEntry) -> list[dict[str, Any]]:
    """Return which entities a device has, and whether their states are known, without the states."""
    found = er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True)
    return sorted(
        (
            {
                "platform": entity.domain,
                "key": entity.translation_key,
                "enabled": entity.disabled_by is None,
                "state": _kind_of_state(hass.states.get(entity.entity_id)),
            }
            for entity in found
        ),
        key=lambda entity: (entity["platform"], str(entity["key"])),
    )


def _kind_of_state(state: State | None) -> str | None:
    if state is None:
        return None
    return state.state if state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN} else "known"


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
