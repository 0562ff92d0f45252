"""The login at a Simotel server: the headers that every request has.

Source: "Simotel API", section Authentication.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def login_headers(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the headers for user name and password, the API key, or both; `ConfigError` if neither is complete."""
    username, password, api_key = (credentials[name] for name in ("username", "password", "api_key"))
    if bool(username) != bool(password):
        missing = "password" if username else "user name"
        msg = f"Simotel: the {missing} is missing; enter both, or only the API key"
        raise ConfigError(msg)
    if not username and not api_key:
        msg = "Simotel needs the user name and password of an API account, its API key, or both"
        raise ConfigError(msg)
    if ":" in username:
        msg = "Simotel: the user name can't contain a colon"
        raise ConfigError(msg)
    if not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
        msg = "the Simotel API key contains invalid characters: copy it again from Maintenance > API Accounts"
        raise ConfigError(msg)
    headers = {}
    if username:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
    if api_key:
        headers["X-APIKEY"] = api_key
    return headers
