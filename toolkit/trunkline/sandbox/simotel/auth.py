"""The credentials of a Simotel exchange's API: user name and password, and API key."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .envelope import (
    MISSING_CREDENTIALS,
    UNAUTHORIZED,
    WRONG_CREDENTIALS,
    RefusedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

BASIC, KEY, BOTH = "basic", "key", "both"


@dataclass(slots=True)
class Credentials:
    """An API account of the exchange."""

    username: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)

    def described(self) -> dict[str, str]:
        """Return what a client needs."""
        return {"username": self.username, "password": self.password, "api_key": self.api_key}


def authenticate(headers: Mapping[str, str], accounts: list[Credentials], required: str) -> int:
    """Return the account of a request, checking only the credentials that are required.

    RefusedError if credentials are missing, incomplete or wrong.
    """
    basic = read_basic(headers.get("Authorization", ""))
    key = headers.get("X-APIKEY", "")
    if not key and not headers.get("Authorization"):
        raise RefusedError(MISSING_CREDENTIALS, UNAUTHORIZED)
    for at, account in enumerate(accounts):
        by_basic = basic == (account.username, account.password)
        by_key = key == account.api_key
        if {BASIC: by_basic, KEY: by_key, BOTH: by_basic and by_key}[required]:
            return at
    raise RefusedError(WRONG_CREDENTIALS, UNAUTHORIZED)


def read_basic(header: str) -> tuple[str, str] | None:
    """Read `Authorization: Basic …`: user name and password; None for anything else."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, found, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (username, password) if found else None
