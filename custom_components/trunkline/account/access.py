"""Who may see an account's calls, hear its recordings and place calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.exceptions import UnknownUser

from ..const import CONF_ADMINS_ONLY

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant


def may_see_calls(entry: ConfigEntry, user: User) -> bool:
    """Return whether the user may see the account's calls and hear its recordings."""
    return user.is_admin or not entry.options.get(CONF_ADMINS_ONLY, False)


def may_control(user: User) -> bool:
    """Return whether the user may do more than look: place calls, which cost money, and change something."""
    return user.permissions.access_all_entities(POLICY_CONTROL)


async def async_user(hass: HomeAssistant, user_id: str | None) -> User | None:
    """Return the user who asks an assistant, None for a voice device; raises `UnknownUser` for one that is gone."""
    if user_id is None:
        return None
    if (user := await hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser
    return user


def may_ask_for_calls(entry: ConfigEntry, user: User | None) -> bool:
    """Return whether an assistant may tell the account's calls; whoever speaks to a voice device is nobody known."""
    return not entry.options.get(CONF_ADMINS_ONLY, False) if user is None else may_see_calls(entry, user)


def may_place_calls(entry: ConfigEntry, user: User | None) -> bool:
    """Return whether an assistant may place calls with the account: not for a user who may only look."""
    return may_ask_for_calls(entry, user) and (user is None or may_control(user))
