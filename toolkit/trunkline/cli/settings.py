"""Where the command finds its accounts: a TOML file and the environment, never the command line.

    [office]                     # a name of your own
    provider = "telefonchy"
    token = "…"                  # the provider's credentials by name
    base_url = "https://…"       # optional, like zone, currency and dialect

The environment overrides each (`TRUNKLINE_OFFICE_TOKEN`), so that a secret needn't stand in a file.
`TRUNKLINE_ACCOUNTS` says where the file is.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError
from trunkline.providers import PROVIDERS, open_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.providers import Account, ProviderInfo

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_OPTIONS = ("base_url", "zone", "currency", "dialect")
_OTHERS_MAY_READ = 0o044


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """An account as its owner wrote it down. The credentials stay out of the `repr`."""

    name: str
    provider: str
    base_url: str | None = None
    zone: str | None = None
    currency: str | None = None
    dialect: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def info(self) -> ProviderInfo:
        """What the registry says of the provider, in the dialect that was chosen."""
        return PROVIDERS[self.provider].in_dialect(self.dialect)

    def open(self) -> Account:
        """Return the account; `ConfigError`, naming the account, for settings that can't work."""
        try:
            return open_account(
                self.provider,
                base_url=self.base_url,
                session=None,
                zone=self.zone,
                currency=self.currency,
                limits=None,
                dialect=self.dialect,
                **self.credentials,
            )
        except ConfigError as error:
            msg = f"account {self.name}: {error}"
            raise ConfigError(msg) from None


def accounts_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the accounts are written down."""
    given = environ.get("TRUNKLINE_ACCOUNTS")
    if given:
        return Path(given)
    home = environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if home else Path.home() / ".config") / "trunkline" / "accounts.toml"


def load_accounts(path: Path, environ: Mapping[str, str] = os.environ) -> dict[str, AccountSettings]:
    """Return the accounts of the file by name; a file that isn't there holds none.

    `ConfigError` says which account and setting can't be read, without its value.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} can't be read ({type(error).__name__})"
        raise ConfigError(msg) from None
    except tomllib.TOMLDecodeError as error:
        # The message says where, and shows nothing of the file but a character.
        msg = f"{path} is not TOML: {error}"
        raise ConfigError(msg) from None
    return {name: _account(path, name, table, environ) for name, table in tables.items()}


def readable_by_others(path: Path) -> bool:
    """Tell whether other users of the machine can read the file with the credentials."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & _OTHERS_MAY_READ)
    except OSError:
        return False


def _account(path: Path, name: str, table: object, environ: Mapping[str, str]) -> AccountSettings:
    if not isinstance(table, dict) or not _NAME.fullmatch(name):
        msg = f"{path}: {name[:40]!r} must be a table [name] of an account, its name of letters, digits, - and _"
        raise ConfigError(msg)
    if any(not isinstance(value, str) for value in table.values()):
        key = next(key for key, value in table.items() if not isinstance(value, str))
        msg = f"{path}: account {name}: {key} must be text in quotes"
        raise ConfigError(msg)
    provider = table.get("provider", "")
    info = PROVIDERS.get(provider)
    if info is None:
        msg = f"{path}: account {name}: there is no provider {provider!r}; known: {', '.join(PROVIDERS)}"
        raise ConfigError(msg)
    prefix = f"TRUNKLINE_{name.upper().replace('-', '_')}_"
    options = {key: environ.get(prefix + key.upper(), table.get(key)) for key in _OPTIONS}
    try:
        info = info.in_dialect(options["dialect"])
    except ConfigError as error:
        msg = f"{path}: account {name}: {error}"
        raise ConfigError(msg) from None
    wanted = [one.name for one in info.credentials]
    known = {*_OPTIONS, *wanted}
    unknown = sorted(set(table) - known - {"provider"})
    if unknown:
        msg = f"{path}: account {name}: {unknown[0]!r} is no setting of {info.name}; known: {', '.join(sorted(known))}"
        raise ConfigError(msg)
    given = {key: environ.get(prefix + key.upper(), table.get(key)) for key in wanted}
    credentials = {key: value for key, value in given.items() if value is not None}
    return AccountSettings(name=name, provider=provider, credentials=credentials, **options)
