"""The providers: a registry of what each can do, and `open_account` to use one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trunkline.errors import ConfigError

from .base import Account, CredentialField, Opening, ProviderInfo, credentials_of
from .mor import MOR
from .simotel import SIMOTEL
from .telefonchy import TELEFONCHY
from .voip24h import VOIP24H
from .voipano import VOIPANO

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

    from trunkline.transport import Limits

__all__ = ["PROVIDERS", "Account", "CredentialField", "ProviderInfo", "open_account"]

PROVIDERS: Mapping[str, ProviderInfo] = MappingProxyType(
    {info.provider_id: info for info in (TELEFONCHY, VOIPANO, VOIP24H, SIMOTEL, MOR)}
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
    """Return an account to be used with `async with`; nothing is sent yet.

    `zone` (IANA name) and `currency` (ISO 4217) override what the provider's feeds mean where they don't say; `limits`
    is how patient the client is; `dialect` chooses among several interfaces of a provider (`ProviderInfo.dialects`). A
    session that is handed in lends its connections and is left open. Raises `ConfigError` for an unknown provider or
    dialect, a missing credential, a bad address, zone or currency.
    """
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
        msg = f"{info.name} has no address of its own: give the base URL of the server"
        raise ConfigError(msg)
    opening = Opening(base_url=address, session=session, zone=zone_info, currency=code, limits=limits)
    return info.room()(info, opening, credentials_of(info, credentials))
