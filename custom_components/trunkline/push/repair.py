"""The repair issues of pushes; here that of calls that the provider's list never had: somebody may know the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homeassistant.core import callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util

from ..account.masking import masked_text
from ..const import CONF_PUSH_ADDRESS_SINCE, DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.providers import Account

    from .provisional import ProvisionalCalls

PUSHED_CALLS_WITHDRAWN: Final = "pushed_calls_withdrawn"
LEARN_MORE: Final = "https://github.com/trunkline/trunkline/blob/main/docs/integration.md#pushed-calls"


@callback
def async_create_push_issue(
    hass: HomeAssistant,
    entry: ConfigEntry,
    account: Account,
    key: str,
    *,
    is_persistent: bool = False,
    **texts: str,
) -> None:
    """Create or update an issue of an account; its texts name the account, its provider and what else is given.

    Home Assistant stores a persistent one, and puts it into the diagnostics (2026.10): its texts have no whole number.
    """
    account_name = masked_text(entry.title) if is_persistent else entry.title
    shown = placeholders(account=account_name, provider=account.info.name, **texts)
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{entry.entry_id}_{key}",
        is_fixable=True,
        is_persistent=is_persistent,
        severity=ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders=shown,
        data={"entry_id": entry.entry_id, **shown},
        learn_more_url=LEARN_MORE,
    )


def push_issue_id(entry_id: str) -> str:
    """Return the id of an account's issue."""
    return f"{entry_id}_{PUSHED_CALLS_WITHDRAWN}"


class PushRepair:
    """Keeps the issue of one account current: it is there while calls are kept aside that came to today's address."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, calls: ProvisionalCalls) -> None:
        """Leave the issue as it is until the first update."""
        self._hass = hass
        self._entry = entry
        self._calls = calls

    @callback
    def async_update(self) -> None:
        """Create, update or delete the issue."""
        issue_id = push_issue_id(self._entry.entry_id)
        since = self._address_since()
        count = sum(since is None or call.pushed_at >= since for call in self._calls.withdrawn.values())
        if not count:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
            return
        texts = placeholders(account=self._entry.title, count=str(count))
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=PUSHED_CALLS_WITHDRAWN,
            translation_placeholders=texts,
            data={"entry_id": self._entry.entry_id, **texts},
            learn_more_url=LEARN_MORE,
        )

    def _address_since(self) -> datetime | None:
        """Return when the user created the push address, None if it is the first one."""
        since: str | None = self._entry.data.get(CONF_PUSH_ADDRESS_SINCE)
        return dt_util.parse_datetime(since) if since else None
