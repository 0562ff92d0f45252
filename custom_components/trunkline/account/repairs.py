"""Repair issues of an account: what the provider does not permit, and rows that can't be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..errors import placeholders
from .inventory import Resource

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.errors import PermissionDeniedError
    from trunkline.providers import Account

    from .data import AccountData

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
_KEYS = {ADDRESS_DENIED, UNREADABLE, *DENIED.values()}

_FORMER = ("credit_low", "credit_expiring", "plan_expiring")


@dataclass(frozen=True, slots=True)
class _Issue:
    key: str
    placeholders: dict[str, str]
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    is_fixable: bool = True


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
        due: dict[str, _Issue] = {}
        if data.unreadable:
            texts = {**self._names(), "count": str(data.unreadable)}
            due[self._issue_id(UNREADABLE)] = _Issue(UNREADABLE, texts, is_fixable=False)
        for resource, error in data.denied.items():
            issue = self._denied(resource, error)
            due[self._issue_id(issue.key)] = issue
        return due

    def _create(self, issue_id: str, issue: _Issue) -> None:
        texts = placeholders(**issue.placeholders)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=issue.is_fixable,
            severity=issue.severity,
            translation_key=issue.key,
            translation_placeholders=texts,
            data={"entry_id": self._entry.entry_id, **texts} if issue.is_fixable else None,
            learn_more_url=str(self._account.info.documentation),
        )

    def _issue_id(self, key: str) -> str:
        return f"{self._entry.entry_id}_{key}"

    def _denied(
        self,
        resource: Resource,
        error: PermissionDeniedError,
        severity: ir.IssueSeverity = ir.IssueSeverity.WARNING,
    ) -> _Issue:
        if error.address:
            texts = {**self._names(), "address": error.address, "error": str(error)}
            return _Issue(ADDRESS_DENIED, texts, severity)
        return _Issue(DENIED[resource], {**self._names(), "error": str(error)}, severity)

    def _names(self) -> dict[str, str]:
        return {"account": self._entry.title, "provider": self._account.info.name}


@callback
def async_delete_former_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what earlier versions reported as issues, and entities tell now: credit and plans that end."""
    former = tuple(f"{entry_id}_{key}_" for key in _FORMER)
    for issue_id in _issue_ids(hass, entry_id):
        if issue_id.startswith(former):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


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
