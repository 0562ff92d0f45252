"""Which provider and account an entry stands for, also after services were ordered or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from yarl import URL

from trunkline.errors import ConfigError
from trunkline.model import Capability, Identity
from trunkline.numbers import e164
from trunkline.providers import PROVIDERS

from ..const import CONF_DIALECT, CONF_PROVIDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from trunkline.model import Service
    from trunkline.providers import Account, ProviderInfo


def described(entry: ConfigEntry) -> ProviderInfo:
    """Return what the registry says of the entry's provider, in its dialect; `ConfigError` for one it doesn't know.

    An entry without a dialect was made when there was only the one that is taken where none is named.
    """
    provider = entry.data[CONF_PROVIDER]
    if provider not in PROVIDERS:
        msg = f"there is no provider {provider!r} in this version"
        raise ConfigError(msg)
    return PROVIDERS[provider].in_dialect(entry.data.get(CONF_DIALECT))


async def async_load_room(hass: HomeAssistant, info: ProviderInfo) -> None:
    """Load what speaks to the provider, which has no place in the event loop. An account can be opened there then."""
    await hass.async_add_import_executor_job(info.load)
    await hass.async_add_import_executor_job(_load_region, info)


def _load_region(info: ProviderInfo) -> None:
    """Read the files of the provider's time zone and of its country's numbers, which stay in memory from then on."""
    ZoneInfo(info.zone)
    e164("0000000000", info.country)


async def known_key(
    account: Account, known: Iterable[str | None], *, services: Iterable[Service] | None = None, moved: bool = False
) -> str:
    """Return the account's key; one of the `known` keys as long as the account still has what that is named after.

    Where a provider states no account, the smallest service stands for it. A smaller one that is ordered later must not
    make another account of it. The services are asked for where they aren't handed in. With `moved` the address may be
    another one than that of the time when the account was added, where an account is known by nothing else.
    """
    if services is None:
        services = await account.services() if account.supports(Capability.SERVICES) else ()
    ids = {service.service_id for service in services}
    identity = await account.identity()
    for key in known:
        provider, _, account_id = (key or "").partition(":")
        if provider != account.info.provider_id or not account_id:
            continue
        if account_id in ids or (moved and moved_from(account_id, identity, account.base_url)):
            account.adopt(Identity(account_id, identity.title))
    return await account.key()


def moved_from(account_id: str, identity: Identity, base_url: str) -> bool:
    """Return whether an account of this id may be the same one at another address.

    It may where the provider tells nothing better than the address of its server, with or without who (`who@address`).
    """
    host = URL(base_url).host
    if not host or host not in identity.account_id:
        return False
    who, at, _ = identity.account_id.rpartition("@")
    return account_id.startswith(who + at) and ("@" in account_id) == bool(at)
