"""What needs its owner becomes a repair issue: credit, plans that end, and what the provider does not permit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_EXPIRY_DAYS,
    CONF_LOW_CREDIT,
    DEFAULT_EXPIRY_DAYS,
    DOMAIN,
)
from .amounts import default_low_credit, display_currency, shown
from .inventory import Part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from trunkline.errors import PermissionDeniedError
    from trunkline.model import Plan, Trunk

    from ..coordinator import TrunklineCoordinator

LOW = "credit_low"
EXPIRING = "credit_expiring"
PLAN = "plan_expiring"
ADDRESS = "address_not_permitted"
DENIED = {
    Part.SERVICES: "services_not_permitted",
    Part.TRUNKS: "trunks_not_permitted",
    Part.EXTENSIONS: "extensions_not_permitted",
    Part.PLANS: "plans_not_permitted",
    Part.VOICEMAILS: "voicemails_not_permitted",
    Part.CALLS: "calls_not_permitted",
}
# The word of the one provider that has plans.
_IN_USE = "active"
_OURS = {LOW, EXPIRING, PLAN, ADDRESS, *DENIED.values()}


@dataclass(frozen=True, slots=True)
class _Issue:
    key: str
    placeholders: dict[str, str]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING


def is_low(trunk: Trunk, options: Mapping[str, Any]) -> bool | None:
    """Return whether the credit is below the threshold (of the account's currency), None where it isn't known."""
    if trunk.credit is None:
        return None
    limit = options.get(CONF_LOW_CREDIT, default_low_credit(trunk.credit.currency))
    return trunk.credit.amount < Decimal(str(limit))


def is_expiring(trunk: Trunk, options: Mapping[str, Any], now: datetime) -> bool:
    """Return whether there is credit that expires, or has expired, within the days of the option."""
    if trunk.credit_expires_at is None or trunk.credit is None or trunk.credit.amount <= 0:
        return False
    return trunk.credit_expires_at - now <= timedelta(days=options.get(CONF_EXPIRY_DAYS, DEFAULT_EXPIRY_DAYS))


def is_ending(plan: Plan, options: Mapping[str, Any]) -> bool:
    """Return whether a plan that is in use ends within the days of the option."""
    if plan.status is not None and plan.status.casefold() != _IN_USE:
        return False
    return plan.days_left is not None and plan.days_left <= options.get(CONF_EXPIRY_DAYS, DEFAULT_EXPIRY_DAYS)


@callback
def async_update_issues(coordinator: TrunklineCoordinator) -> None:
    """Raise an issue for each thing that needs one, and take back those that are settled. For a poll that worked."""
    due = _due(coordinator)
    for issue_id in _raised(coordinator.hass, coordinator.config_entry.entry_id, _OURS) - due.keys():
        ir.async_delete_issue(coordinator.hass, DOMAIN, issue_id)
    for issue_id, issue in due.items():
        _raise(coordinator, issue_id, issue)


@callback
def async_report_denied(coordinator: TrunklineCoordinator, part: Part, error: PermissionDeniedError) -> None:
    """Raise the issue of what keeps the account from working at all; it goes with the next poll that works."""
    issue = _denied(coordinator, part, error, ir.IssueSeverity.ERROR)
    _raise(coordinator, _issue_id(coordinator, issue.key), issue)


@callback
def async_clear_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Take back every issue of an account that is removed."""
    for issue_id in _raised(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _due(coordinator: TrunklineCoordinator) -> dict[str, _Issue]:
    options = coordinator.config_entry.options
    now = dt_util.utcnow()
    due: dict[str, _Issue] = {}
    for trunk_id, data in coordinator.data.trunks.items():
        if is_low(data.trunk, options):
            due[_issue_id(coordinator, LOW, trunk_id)] = _Issue(LOW, _of_trunk(coordinator, data.trunk))
        if is_expiring(data.trunk, options, now):
            due[_issue_id(coordinator, EXPIRING, trunk_id)] = _Issue(EXPIRING, _of_trunk(coordinator, data.trunk))
    for plan_id, plan in coordinator.data.plans.items():
        if is_ending(plan, options):
            due[_issue_id(coordinator, PLAN, plan_id)] = _Issue(PLAN, _of_plan(coordinator, plan))
    for part, error in coordinator.equipment.denied.items():
        issue = _denied(coordinator, part, error)
        due[_issue_id(coordinator, issue.key)] = issue
    return due


def _raise(coordinator: TrunklineCoordinator, issue_id: str, issue: _Issue) -> None:
    ir.async_create_issue(
        coordinator.hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        severity=issue.severity,
        translation_key=issue.key,
        translation_placeholders=issue.placeholders,
        learn_more_url=str(coordinator.account.info.documentation),
    )


def _issue_id(coordinator: TrunklineCoordinator, key: str, which: str = "") -> str:
    return "_".join(filter(None, (coordinator.config_entry.entry_id, key, which)))


def _raised(hass: HomeAssistant, entry_id: str, keys: set[str] | None = None) -> set[str]:
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue_id.startswith(f"{entry_id}_") and (keys is None or issue.translation_key in keys)
    }


def _names(coordinator: TrunklineCoordinator) -> dict[str, str]:
    return {"account": coordinator.config_entry.title, "provider": coordinator.account.info.name}


def _denied(
    coordinator: TrunklineCoordinator,
    part: Part,
    error: PermissionDeniedError,
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
) -> _Issue:
    if error.address:
        return _Issue(ADDRESS, {**_names(coordinator), "address": error.address}, severity)
    return _Issue(DENIED[part], {**_names(coordinator), "error": str(error)}, severity)


def _of_trunk(coordinator: TrunklineCoordinator, trunk: Trunk) -> dict[str, str]:
    unit = display_currency(coordinator)
    amount = shown(trunk.credit, unit)
    expires = trunk.credit_expires_at
    return {
        "account": coordinator.config_entry.title,
        "trunk": trunk.number or trunk.trunk_id,
        "credit": f"{amount:,f} {unit}" if amount is not None else "?",
        "expires": expires.astimezone(coordinator.account.zone).strftime("%Y-%m-%d") if expires else "?",
    }


def _of_plan(coordinator: TrunklineCoordinator, plan: Plan) -> dict[str, str]:
    return {**_names(coordinator), "plan": plan.name, "days": str(plan.days_left)}
