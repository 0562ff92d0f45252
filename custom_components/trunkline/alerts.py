"""When a trunk needs its owner: the credit is low or expires soon; both also become repair issues."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from .const import CONF_EXPIRY_DAYS, CONF_LOW_CREDIT, DEFAULT_EXPIRY_DAYS, DEFAULT_LOW_CREDIT, DOMAIN
from .money import display_currency, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant

    from trunkline.model import Trunk

    from .coordinator import TrunklineCoordinator

LOW = "credit_low"
EXPIRING = "credit_expiring"


def is_low(trunk: Trunk, options: Mapping[str, Any]) -> bool | None:
    """Return whether the credit is below the threshold (of the account's currency), None where it isn't known."""
    if trunk.credit is None:
        return None
    return trunk.credit.amount < Decimal(str(options.get(CONF_LOW_CREDIT, DEFAULT_LOW_CREDIT)))


def is_expiring(trunk: Trunk, options: Mapping[str, Any], now: datetime) -> bool:
    """Return whether there is credit that expires, or has expired, within the days of the option."""
    if trunk.credit_expires_at is None or trunk.credit is None or trunk.credit.amount <= 0:
        return False
    return trunk.credit_expires_at - now <= timedelta(days=options.get(CONF_EXPIRY_DAYS, DEFAULT_EXPIRY_DAYS))


@callback
def async_update_issues(coordinator: TrunklineCoordinator) -> None:
    """Raise an issue for each trunk that needs one, and take back those that are settled."""
    options = coordinator.config_entry.options
    now = dt_util.utcnow()
    due: dict[str, tuple[str, Trunk]] = {}
    for trunk_id, data in coordinator.data.trunks.items():
        if is_low(data.trunk, options):
            due[_issue_id(coordinator, LOW, trunk_id)] = (LOW, data.trunk)
        if is_expiring(data.trunk, options, now):
            due[_issue_id(coordinator, EXPIRING, trunk_id)] = (EXPIRING, data.trunk)
    for issue_id in _raised(coordinator.hass, coordinator.config_entry.entry_id) - due.keys():
        ir.async_delete_issue(coordinator.hass, DOMAIN, issue_id)
    for issue_id, (key, trunk) in due.items():
        ir.async_create_issue(
            coordinator.hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders=_placeholders(coordinator, trunk),
            learn_more_url=str(coordinator.account.info.documentation),
        )


@callback
def async_clear_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Take back every issue of an account that is removed."""
    for issue_id in _raised(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


def _issue_id(coordinator: TrunklineCoordinator, key: str, trunk_id: str) -> str:
    return f"{coordinator.config_entry.entry_id}_{key}_{trunk_id}"


def _raised(hass: HomeAssistant, entry_id: str) -> set[str]:
    return {
        issue_id
        for domain, issue_id in ir.async_get(hass).issues
        if domain == DOMAIN and issue_id.startswith(f"{entry_id}_")
    }


def _placeholders(coordinator: TrunklineCoordinator, trunk: Trunk) -> dict[str, str]:
    unit = display_currency(coordinator)
    amount = shown(trunk.credit, unit)
    expires = trunk.credit_expires_at
    return {
        "account": coordinator.config_entry.title,
        "trunk": trunk.number or trunk.trunk_id,
        "credit": f"{amount:,f} {unit}" if amount is not None else "?",
        "expires": expires.astimezone(coordinator.account.zone).strftime("%Y-%m-%d") if expires else "?",
    }
