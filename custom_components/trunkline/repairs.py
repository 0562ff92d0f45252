"""What Home Assistant offers to fix: each issue that a user can settle from here has its flow."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .account.access_repair import AccessRepairFlow
from .account.archive_damage import ARCHIVE_DAMAGED
from .account.archive_repair import ArchiveRepairFlow
from .account.clock import CLOCKS_DIFFER
from .account.clock_repair import ClockRepairFlow
from .account.repairs import ADDRESS_DENIED, DENIED
from .push.new_address import NewPushAddressFlow
from .push.not_registered import PushNotRegisteredFlow
from .push.registration import PUSH_NOT_REGISTERED
from .push.repair import PUSHED_CALLS_WITHDRAWN
from .push.stopped import PUSH_STOPPED
from .push.stopped_repair import PushStoppedFlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.components.repairs import RepairsFlow
    from homeassistant.core import HomeAssistant

# The issues of accounts; the id of each is that of the account's entry and the key.
_FLOWS: Final[dict[str, Callable[[dict[str, str]], RepairsFlow]]] = {
    ADDRESS_DENIED: AccessRepairFlow,
    **{key: partial(AccessRepairFlow, resource=resource) for resource, key in DENIED.items()},
    CLOCKS_DIFFER: ClockRepairFlow,
    PUSHED_CALLS_WITHDRAWN: NewPushAddressFlow,
    PUSH_NOT_REGISTERED: PushNotRegisteredFlow,
    PUSH_STOPPED: PushStoppedFlow,
}


async def async_create_fix_flow(
    _hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the steps that fix an issue."""
    if issue_id == ARCHIVE_DAMAGED:
        return ArchiveRepairFlow()
    texts = {name: str(value) for name, value in (data or {}).items()}
    key = issue_id.removeprefix(f"{texts['entry_id']}_")
    return _FLOWS[key](texts)
