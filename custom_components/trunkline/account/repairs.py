"""Repair issues of an account: low or expiring credit, plans that end, and what the provider does not permit."""

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
    CONF_LOW_CREDIT_DAYS,
    DEFAULT_EXPIRY_DAYS,
    DEFAULT_LOW_CREDIT_DAYS,
    DOMAIN,
)
from ..errors import placeholders
from .amounts import display_unit
from .inventory import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.errors import PermissionDeniedError
    from trunkline.model import Money, Plan, Trunk
    from trunkline.providers import Account

    from .data import AccountData
    from .figures import TrunkData

CREDIT_LOW = "credit_low"
CREDIT_EXPIRING = "credit_expiring"
PLAN_EXPIRING = "plan_expiring"
ADDRESS_DENIED = "address_not_permitted"
UNREADABLE = "unreadable_rows"
DENIED = {
    Resource.SERVICES: "services_not_permitted",
    Resource.TRUNKS: "trunks_not_permitted",
    Resource.EXTENSIONS: "extensions_not_permitted",
    Resource.PLANS: "plans_not_permitted",
    Resource.VOICEMAILS: "voicemails_not_permitted",
    Resource.CALLS: "calls_not_permitted",
}
_KEYS = {CREDIT_LOW, CREDIT_EXPIRING, PLAN_EXPIRING, ADDRESS_DENIED, UNREADABLE, *DENIED.values()}


@dataclass(frozen=True, slots=True)
class _Issue:
    key: str
    placeholders: dict[str, str]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING


def is_low(data: TrunkData, options: Mapping[str, Any], now: datetime) -> bool | None:
    """Return whether the credit ends within the days of the option, or is below the amount if the user has set one.

    The amount is in the currency of the account. None where the credit, or all that this depends on, isn't known.
    """
    credit = data.trunk.credit
    if credit is None:
        return None
    if credit.amount <= 0 or _is_below_amount(credit, options):
        return True
    if data.run_out is None:
        return False if CONF_LOW_CREDIT in options else None
    days = options.get(CONF_LOW_CREDIT_DAYS, DEFAULT_LOW_CREDIT_DAYS)
    return data.run_out.at is not None and data.run_out.at - now <= timedelta(days=days)


def _is_below_amount(credit: Money, options: Mapping[str, Any]) -> bool:
    return CONF_LOW_CREDIT in options and credit.amount < Decimal(str(options[CONF_LOW_CREDIT]))


def _only_expires(data: TrunkData, options: Mapping[str, Any]) -> bool:
    """Return whether a low credit is low only because it expires before it is used up."""
    credit, run_out = data.trunk.credit, data.run_out
    if credit is None or run_out is None or not run_out.expires_first:
        return False
    return not _is_below_amount(credit, options)


def is_expiring(trunk: Trunk, options: Mapping[str, Any], now: datetime) -> bool:
    """Return whether there is credit that expires, or has expired, within the days of the option."""
    if trunk.credit_expires_at is None or trunk.credit is None or trunk.credit.amount <= 0:
        return False
    return trunk.credit_expires_at - now <= timedelta(days=options.get(CONF_EXPIRY_DAYS, DEFAULT_EXPIRY_DAYS))


def is_ending(plan: Plan, options: Mapping[str, Any]) -> bool:
    """Return whether a plan ends within the days of the option; one that isn't active has ended already."""
    if plan.active is False:
        return False
    return plan.days_left is not None and plan.days_left <= options.get(CONF_EXPIRY_DAYS, DEFAULT_EXPIRY_DAYS)


class AccountRepairs:
    """Keeps the repair issues of one account current."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, account: Account) -> None:
        """Leave the issues as they are until the first update."""
        self._hass = hass
        self._entry = entry
        self._account = account

    @callback
    def async_update(self, data: AccountData) -> None:
        """Create the issues that are due after a poll that worked, and delete those that are settled."""
        due = self._due(data)
        for issue_id in _issue_ids(self._hass, self._entry.entry_id, _KEYS) - due.keys():
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        for issue_id, issue in due.items():
            self._create(issue_id, issue)

    @callback
    def async_report_denied(self, resource: Resource, error: PermissionDeniedError) -> None:
        """Create the issue of a poll that failed because this is denied; the next poll that works deletes it."""
        issue = self._denied(resource, error, ir.IssueSeverity.ERROR)
        self._create(self._issue_id(issue.key), issue)

    def _due(self, data: AccountData) -> dict[str, _Issue]:
        options = self._entry.options
        now = dt_util.utcnow()
        due: dict[str, _Issue] = {}
        for trunk_id, trunk_data in data.trunks.items():
            trunk = trunk_data.trunk
            expiring = is_expiring(trunk, options, now)
            if is_low(trunk_data, options, now) and not (expiring and _only_expires(trunk_data, options)):
                due[self._issue_id(CREDIT_LOW, trunk_id)] = _Issue(CREDIT_LOW, self._of_trunk(trunk, data.currency))
            if expiring:
                issue = _Issue(CREDIT_EXPIRING, self._of_trunk(trunk, data.currency))
                due[self._issue_id(CREDIT_EXPIRING, trunk_id)] = issue
        for plan_id, plan in (data.plans or {}).items():
            if is_ending(plan, options):
                due[self._issue_id(PLAN_EXPIRING, plan_id)] = _Issue(PLAN_EXPIRING, self._of_plan(plan))
        if data.unreadable:
            due[self._issue_id(UNREADABLE)] = _Issue(UNREADABLE, {**self._names(), "count": str(data.unreadable)})
        for resource, error in data.denied.items():
            issue = self._denied(resource, error)
            due[self._issue_id(issue.key)] = issue
        return due

    def _create(self, issue_id: str, issue: _Issue) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=issue.severity,
            translation_key=issue.key,
            translation_placeholders=placeholders(**issue.placeholders),
            learn_more_url=str(self._account.info.documentation),
        )

    def _issue_id(self, key: str, item_id: str = "") -> str:
        return "_".join(filter(None, (self._entry.entry_id, key, item_id)))

    def _denied(
        self,
        resource: Resource,
        error: PermissionDeniedError,
        severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    ) -> _Issue:
        if error.address:
            return _Issue(ADDRESS_DENIED, {**self._names(), "address": error.address}, severity)
        return _Issue(DENIED[resource], {**self._names(), "error": str(error)}, severity)

    def _names(self) -> dict[str, str]:
        return {"account": self._entry.title, "provider": self._account.info.name}

    def _of_trunk(self, trunk: Trunk, currency: str) -> dict[str, str]:
        unit = display_unit(self._account.info, currency, self._entry.options)
        amount = unit.amount(trunk.credit)
        expires = trunk.credit_expires_at
        return {
            "account": self._entry.title,
            "trunk": trunk.number or trunk.trunk_id,
            "credit": f"{amount:,f} {unit.code}" if amount is not None else "?",
            "expires": expires.astimezone(self._account.zone).strftime("%Y-%m-%d") if expires else "?",
        }

    def _of_plan(self, plan: Plan) -> dict[str, str]:
        return {**self._names(), "plan": plan.name, "days": str(plan.days_left)}


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete every issue of an account that is removed."""
    for issue_id in _issue_ids(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_ids(hass: HomeAssistant, entry_id: str, keys: set[str] | None = None) -> set[str]:
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue_id.startswith(f"{entry_id}_") and (keys is None or issue.translation_key in keys)
    }
