"""Who may see an account's calls and hear its recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..const import CONF_ADMINS_ONLY

if TYPE_CHECKING:
    from homeassistant.auth.models import User
    from homeassistant.config_entries import ConfigEntry


def may_see_calls(entry: ConfigEntry, user: User) -> bool:
    """Return whether the user may see the account's calls and hear its recordings."""
    return user.is_admin or not entry.options.get(CONF_ADMINS_ONLY, False)
