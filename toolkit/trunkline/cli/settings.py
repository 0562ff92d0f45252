"""The accounts that the command can use: a TOML file and environment variables.

    [office]                     # a name that you choose
    provider = "telefonchy"
    token = "…"                  # the provider's credentials by name
    base_url = "https://…"       # optional, like zone, currency and dialect
    limits = { total = 60 }      # optional: time-outs, retries and sizes of `trunkline.transport.Limits`

Environment variables override the file (`TRUNKLINE_OFFICE_TOKEN`), so that secrets needn't be in it.
`TRUNKLINE_ACCOUNTS` is the path of the file.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError
from trunkline.providers import PROVIDERS, open_account
from trunkline.transport import Limits

from .output import warn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trunkline.providers import Account, ProviderInfo

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_OPTIONS = ("base_url", "zone", "currency", "dialect")
_OTHERS_MAY_READ = 0o044


@dataclass(frozen=True, slots=True)
class ConfiguredAccount:
    """An account as the file and the environment configure it. The credentials aren't in the `repr`."""

    name: str
    provider: str
    base_url: str | None = None
    zone: str | None = None
    currency: str | None = None
    dialect: str | None = None
    limits: Limits | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def info(self) -> ProviderInfo:
        """The description of the provider in the configured dialect."""
        return PROVIDERS[self.provider].in_dialect(self.dialect)

    def open(self) -> Account:
        """Return the account, to be used with `async with`; `ConfigError` names the account if a setting is wrong."""
        try:
            return open_account(
                self.provider,
                base_url=self.base_url,
                session=None,
                zone=self.zone,
                currency=self.currency,
                limits=self.limits,
                dialect=self.dialect,
                **self.credentials,
            )
        except ConfigError as error:
            msg = f"account {self.name}: {error}"
            raise ConfigError(msg) from None


def accounts_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the file that configures the accounts."""
    given = environ.get("TRUNKLINE_ACCOUNTS")
    if given:
        return Path(given)
    home = environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if home else Path.home() / ".config") / "trunkline" / "accounts.toml"


def load_accounts(path: Path, environ: Mapping[str, str] = os.environ) -> dict[str, ConfiguredAccount]:
    """Return the accounts of the file by name; none if there is no file.

    `ConfigError` names the account and the setting that is wrong, never its value.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        msg = f"can't read {path} ({error.strerror or type(error).__name__})"
        raise ConfigError(msg) from None
    except UnicodeDecodeError:
        msg = f"can't read {path}: it isn't in UTF-8"
        raise ConfigError(msg) from None
    except tomllib.TOMLDecodeError as error:
        # The error states the position and at most one character of the file.
        msg = f"{path} is not valid TOML: {error}"
        raise ConfigError(msg) from None
    return {name: _account(path, name, table, environ) for name, table in tables.items()}


def configured_accounts() -> dict[str, ConfiguredAccount]:
    """Return the configured accounts by name; warns if other users can read the file with their credentials."""
    path = accounts_file()
    accounts = load_accounts(path)
    if accounts and readable_by_others(path):
        warn(f"{path} contains credentials and other users can read it: run chmod 600 on it")
    return accounts


def chosen_accounts(names: Sequence[str]) -> list[ConfiguredAccount]:
    """Return the named accounts, each once (all, if no name is given); `ConfigError` for a name that doesn't exist."""
    accounts = configured_accounts()
    if not accounts:
        msg = f"no account is set up: add one to {accounts_file()}"
        raise ConfigError(msg)
    unknown = [name for name in names if name not in accounts]
    if unknown:
        msg = f"there is no account {unknown[0]!r}; configured accounts: {', '.join(accounts)}"
        raise ConfigError(msg)
    return [accounts[name] for name in dict.fromkeys(names)] if names else list(accounts.values())


def readable_by_others(path: Path) -> bool:
    """Return whether other users of the machine can read the file."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & _OTHERS_MAY_READ)
    except OSError:
        return False


def _account(path: Path, name: str, table: object, environ: Mapping[str, str]) -> ConfiguredAccount:
    if not isinstance(table, dict) or not _NAME.fullmatch(name):
        msg = f"{path}: {name[:40]!r} must be a table whose name consists of letters, digits, - and _"
        raise ConfigError(msg)
    limits = _limits(f"{path}: account {name}", table.get("limits"))
    table = {key: value for key, value in table.items() if key != "limits"}
    if any(not isinstance(value, str) for value in table.values()):
        key = next(key for key, value in table.items() if not isinstance(value, str))
        msg = f"{path}: account {name}: {key} must be text in quotes"
        raise ConfigError(msg)
    provider = table.get("provider", "")
    info = PROVIDERS.get(provider)
    if info is None:
        msg = f"{path}: account {name}: there is no provider {provider!r}; known providers: {', '.join(PROVIDERS)}"
        raise ConfigError(msg)
    prefix = f"TRUNKLINE_{name.upper().replace('-', '_')}_"
    options = {key: environ.get(prefix + key.upper(), table.get(key)) for key in _OPTIONS}
    try:
        info = info.in_dialect(options["dialect"])
    except ConfigError as error:
        msg = f"{path}: account {name}: {error}"
        raise ConfigError(msg) from None
    names = [credential.name for credential in info.credentials]
    known = {*_OPTIONS, "limits", *names}
    unknown = sorted(set(table) - known - {"provider"})
    if unknown:
        settings = ", ".join(sorted(known))
        msg = f"{path}: account {name}: {info.name} has no setting {unknown[0]!r}; its settings: {settings}"
        raise ConfigError(msg)
    values = {key: environ.get(prefix + key.upper(), table.get(key)) for key in names}
    credentials = {key: value for key, value in values.items() if value is not None}
    return ConfiguredAccount(name=name, provider=provider, limits=limits, credentials=credentials, **options)


def _limits(where: str, given: object) -> Limits | None:
    """Return the limits of an account's client; `ConfigError` for one that is unknown or isn't a positive number."""
    if given is None:
        return None
    defaults = {each.name: each.default for each in fields(Limits)}
    if not isinstance(given, dict) or not set(given) <= set(defaults):
        msg = f"{where}: limits must be a table with some of {', '.join(defaults)}"
        raise ConfigError(msg)
    for key, value in given.items():
        kinds = (int, float) if isinstance(defaults[key], float) else (int,)
        lowest = 0 if key == "interval" else 1e-3
        if isinstance(value, bool) or not isinstance(value, kinds) or not lowest <= value < math.inf:
            kind = "number" if float in kinds else "whole number"
            msg = f"{where}: {key} in limits must be a {kind} above 0"
            raise ConfigError(msg)
    return Limits(**given)
