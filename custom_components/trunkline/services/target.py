"""Selects the account that an action uses, and checks that its provider supports the action."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Final, Protocol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import ServiceValidationError, Unauthorized

from trunkline.model import Capability

from ..account.access import may_control, may_see_calls
from ..const import DOMAIN
from ..errors import placeholders

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.core import ServiceCall

    from ..runtime import TrunklineConfigEntry

ATTR_CONFIG_ENTRY: Final = "config_entry"


class Field(Protocol):
    """The part of a field that says which argument it becomes."""

    @property
    def name(self) -> str:
        """The name of the field."""

    @property
    def parameter(self) -> str:
        """The name of the method's parameter."""


def validation_error(key: str, **texts: str) -> ServiceValidationError:
    """Return the translated error for an action that was called with wrong data."""
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders(**texts) or None
    )


def get_entry(call: ServiceCall) -> TrunklineConfigEntry:
    """Return the selected account, or the only one that is loaded if none is selected."""
    entries = call.hass.config_entries
    entry_id: str | None = call.data.get(ATTR_CONFIG_ENTRY)
    if entry_id is None:
        loaded: list[TrunklineConfigEntry] = entries.async_loaded_entries(DOMAIN)
        if not loaded:
            raise validation_error("no_account")
        if len(loaded) > 1:
            raise validation_error("several_accounts")
        return loaded[0]
    entry = entries.async_get_entry(entry_id)
    if entry is None or entry.domain != DOMAIN:
        raise validation_error("account_not_found")
    if entry.state is not ConfigEntryState.LOADED:
        raise validation_error("account_not_loaded", account=entry.title)
    return entry


async def async_check_may_see_calls(call: ServiceCall, entry: TrunklineConfigEntry) -> None:
    """Raise a `ServiceValidationError` if the user who runs the action may not see the account's calls.

    An automation has no user: administrators write it.
    """
    if (user_id := call.context.user_id) is None:
        return
    user = await call.hass.auth.async_get_user(user_id)
    if user is None or not may_see_calls(entry, user):
        raise validation_error("admins_only", account=entry.title)


async def async_check_may_control(call: ServiceCall) -> None:
    """Raise `Unauthorized` if the user who runs the action may only look, as Home Assistant does for entities."""
    if (user_id := call.context.user_id) is None:
        return
    user = await call.hass.auth.async_get_user(user_id)
    if user is None or not may_control(user):
        raise Unauthorized(context=call.context)


def check_support(entry: TrunklineConfigEntry, method: str) -> None:
    """Raise a `ServiceValidationError` if the account of the provider doesn't have a method.

    A method that isn't a capability is one that only some providers have.
    """
    account = entry.runtime_data.account
    supported = account.supports(Capability(method)) if method in Capability else hasattr(type(account), method)
    if not supported:
        raise validation_error("unsupported", account=entry.title)


def check_fields(entry: TrunklineConfigEntry, method: str, fields: Iterable[Field], data: Mapping[str, object]) -> None:
    """Raise a `ServiceValidationError` for a field that the provider's method has no argument for."""
    parameters = inspect.signature(getattr(type(entry.runtime_data.account), method)).parameters
    for field in fields:
        if field.name in data and field.parameter not in parameters:
            raise validation_error("unsupported_field", account=entry.title, field=field.name)
