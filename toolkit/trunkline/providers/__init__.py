"""The providers: what each can do, `open_account` to use one, and `register` to add one."""

from __future__ import annotations

from .base import Account, AccountSettings, CredentialField, DisplayUnit, ProviderInfo
from .registry import BUILT_IN, PROVIDERS, load_installed, on_register, open_account, register, unregister

__all__ = [
    "BUILT_IN",
    "PROVIDERS",
    "Account",
    "AccountSettings",
    "CredentialField",
    "DisplayUnit",
    "ProviderInfo",
    "load_installed",
    "on_register",
    "open_account",
    "register",
    "unregister",
]
