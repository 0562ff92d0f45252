"""The registry of providers: the built-in ones, those that others register, and `open_account` to use one."""

from __future__ import annotations

import logging
import re
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.errors import ConfigError

from .base import Account, AccountSettings, ProviderInfo, credentials_of
from .mor import MOR
from .simotel import SIMOTEL
from .telefonchy import TELEFONCHY
from .voip24h import VOIP24H
from .voipano import VOIPANO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import aiohttp

    from trunkline.transport import Limits

LOGGER = logging.getLogger(__name__)

ENTRY_POINTS = "trunkline.providers"
"""The entry point group in which installed packages name the descriptions of their providers."""

_PROVIDERS = {info.provider_id: info for info in (TELEFONCHY, VOIPANO, VOIP24H, SIMOTEL, MOR)}

PROVIDERS: Mapping[str, ProviderInfo] = MappingProxyType(_PROVIDERS)
"""Every known provider by its id; a read-only view that includes providers registered later."""

BUILT_IN = frozenset(_PROVIDERS)
"""The ids of the providers that Trunkline ships, whose forms and labels are translated."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)
_LISTENERS: list[Callable[[ProviderInfo], None]] = []


def register(info: ProviderInfo) -> None:
    """Add a provider to `PROVIDERS`, so that accounts of it can be opened, set up and synced like any other.

    Registering the same description again changes nothing. Raises `ConfigError` if the id is malformed (it must be
    lower-case letters, digits and underscores, beginning with a letter) or belongs to another provider, or if two
    dialects have the same id.
    """
    if not _ID.fullmatch(info.provider_id):
        msg = f"{info.provider_id!r} can't be a provider id: use lower-case letters, digits and underscores"
        raise ConfigError(msg)
    known = _PROVIDERS.get(info.provider_id)
    if known == info:
        return
    if known is not None:
        msg = f"there is already a provider {info.provider_id!r} ({known.name}): choose another id"
        raise ConfigError(msg)
    dialects = [described.dialect for described in info.dialects]
    if len(set(dialects)) < len(dialects) or any(other.provider_id != info.provider_id for other in info.others):
        msg = f"the dialects of {info.name} must have the same provider id and different dialects"
        raise ConfigError(msg)
    _PROVIDERS[info.provider_id] = info
    for listener in _LISTENERS.copy():
        listener(info)


def unregister(provider_id: str) -> None:
    """Remove a provider that was registered; accounts that are open go on. A built-in one stays (`ConfigError`)."""
    if provider_id in BUILT_IN:
        msg = f"{provider_id} is built in and can't be removed"
        raise ConfigError(msg)
    _PROVIDERS.pop(provider_id, None)


def on_register(listener: Callable[[ProviderInfo], None]) -> Callable[[], None]:
    """Call `listener` with each provider that is registered from now on, until the returned function is called."""
    _LISTENERS.append(listener)
    return partial(_LISTENERS.remove, listener)


def load_installed() -> None:
    """Register the providers of all installed packages that have an entry point in the group `trunkline.providers`.

    Each entry point names a `ProviderInfo`. One that can't be loaded or registered is logged and skipped. Reads the
    metadata of installed packages, so it doesn't belong in an event loop.
    """
    from importlib.metadata import entry_points  # noqa: PLC0415  (slow to import, and only the command needs it)

    for entry_point in entry_points(group=ENTRY_POINTS):
        try:
            info = entry_point.load()
            if not isinstance(info, ProviderInfo):
                msg = "it is not a ProviderInfo"
                raise ConfigError(msg)  # noqa: TRY301
            register(info)
        except Exception as error:  # noqa: BLE001  (a package of somebody else: it must not take the others with it)
            LOGGER.warning(
                "The provider %r (%s) could not be loaded: %s. Update or remove the package that installs it",
                entry_point.name,
                entry_point.value,
                error,
            )


def open_account(
    provider: str,
    *,
    base_url: str | None = None,
    session: aiohttp.ClientSession | None = None,
    zone: str | None = None,
    currency: str | None = None,
    limits: Limits | None = None,
    dialect: str | None = None,
    **credentials: str,
) -> Account:
    """Return an account to be used with `async with`; no request is sent yet.

    `zone` (IANA name) and `currency` (ISO 4217) override what the provider's records mean where they don't say;
    `limits` sets time-outs and retries; `dialect` chooses one of several interfaces (`ProviderInfo.dialects`). A
    `session` that is handed in shares its connections and is left open. An unknown provider is
    looked for in the installed packages first (`load_installed`). Raises `ConfigError` for an unknown provider
    or dialect, a missing credential, or an invalid address, zone or currency.
    """
    if provider not in PROVIDERS:
        load_installed()
    info = PROVIDERS.get(provider)
    if info is None:
        msg = f"there is no provider {provider!r}; known: {', '.join(PROVIDERS)}"
        raise ConfigError(msg)
    info = info.in_dialect(dialect)
    try:
        zone_info = ZoneInfo(zone or info.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"there is no time zone {zone!r}; give an IANA name such as {info.zone}"
        raise ConfigError(msg) from None
    code = (currency or info.currency).upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):  # noqa: PLR2004
        msg = f"{currency!r} is not a currency; give an ISO 4217 code such as {info.currency}"
        raise ConfigError(msg)
    address = base_url or info.base_url
    if not address:
        msg = f"{info.name} needs the address of your server: set base_url, such as {info.example_url}"
        raise ConfigError(msg)
    settings = AccountSettings(base_url=address, session=session, zone=zone_info, currency=code, limits=limits)
    return info.load()(info, settings, credentials_of(info, credentials))
