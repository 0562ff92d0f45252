"""Diagnostics to attach to a report: how the account is set up and works, and nothing about who called whom.

They list what may be published rather than remove what may not, so that a new field elsewhere can't slip in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homeassistant.components import webhook
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.loader import async_get_integration

from trunkline.errors import TrunklineError
from trunkline.model import Capability

from .account.devices import trunk_of
from .account.inventory import denied_names
from .const import (
    CONF_BASE_URL,
    CONF_CALLS_PER_HOUR,
    CONF_DISPLAY_CURRENCY,
    CONF_EXPIRY_DAYS,
    CONF_LOW_CREDIT,
    CONF_LOW_CREDIT_DAYS,
    CONF_POLL_INTERVAL,
    CONF_PROVIDER,
    DOMAIN,
)

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.core import HomeAssistant
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
    CONF_EXPIRY_DAYS,
)


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: TrunklineConfigEntry) -> dict[str, Any]:
    """Return the diagnostics of an account."""
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
        "call_limit": {"calls_per_hour": runtime.call_limit.limit, "used": runtime.call_limit.used},
        "archive": await hass.async_add_executor_job(
            _archive, runtime.archive, runtime.account_key, await _streams(runtime.account)
        ),
        "today": _today(data),
        "trunks": [_trunk(trunk) for _, trunk in sorted(data.trunks.items())],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant,  # noqa: ARG001
    entry: TrunklineConfigEntry,
    device: DeviceEntry,
) -> dict[str, Any]:
    """Return the diagnostics of a trunk, or of the account's own device."""
    runtime = entry.runtime_data
    trunk_id = trunk_of(device.identifiers, runtime.account_key)
    trunk = runtime.coordinator.data.trunks.get(trunk_id) if trunk_id else None
    return {
        "polling": _polling(runtime.coordinator),
        "is_trunk": trunk_id is not None,
        "at_provider": trunk is not None,
        "trunk": _trunk(trunk) if trunk else None,
    }


def _entry(entry: TrunklineConfigEntry) -> dict[str, Any]:
    return {
        "provider": entry.data[CONF_PROVIDER],
        "dialect": entry.runtime_data.account.info.dialect,
        "version": f"{entry.version}.{entry.minor_version}",
        "own_base_url": entry.data.get(CONF_BASE_URL) not in {None, entry.runtime_data.account.info.base_url},
        "options": {key: entry.options[key] for key in _OPTIONS if key in entry.options},
        "speed_dials": len(entry.subentries),
    }


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


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
