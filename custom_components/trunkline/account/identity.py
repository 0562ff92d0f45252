"""Which provider and account a config entry belongs to, also after services were ordered or cancelled."""

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


def provider_info(entry: ConfigEntry) -> ProviderInfo:
    """Return the description of the entry's provider in its dialect; raises `ConfigError` if it isn't registered.

    An entry without a dialect was added when its provider had only one, which is still the default.
    """
    provider = entry.data[CONF_PROVIDER]
    if provider not in PROVIDERS:
        msg = f"the provider {provider!r} is not installed"
        raise ConfigError(msg)
    return PROVIDERS[provider].in_dialect(entry.data.get(CONF_DIALECT))


async def async_load_provider(hass: HomeAssistant, info: ProviderInfo) -> None:
    """Import the provider's modules in the executor, so that an account can be opened in the event loop."""
    await hass.async_add_import_executor_job(info.load)
    await hass.async_add_import_executor_job(_load_region, info)


def _load_region(info: ProviderInfo) -> None:
    """Load the data of the provider's time zone and of its country's numbers, which then stay in memory.

    Also the library of the Jalali calendar, whose dates people may read with any provider.
    """
    import jdatetime  # noqa: F401, PLC0415  (loaded here, in the executor)

    ZoneInfo(info.zone)
    e164("0000000000", info.country)


async def known_key(
    account: Account, known: Iterable[str | None], *, services: Iterable[Service] | None = None, moved: bool = False
) -> str:
    """Return the account's key: the last of the `known` keys whose service or address the account still has, if any.

    Where a provider states no account id, the smallest service id stands for it, and a smaller one that is ordered
    later must not make it another account. Services are read unless they are passed in. With `moved`, an account that
    is known only by its server's address keeps its key when the server has moved.
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
            account.use_identity(Identity(account_id, identity.title))
    return await account.key()


def moved_from(account_id: str, identity: Identity, base_url: str) -> bool:
    """Return whether this account id may be that of the same account at another address.

    It may where the provider identifies an account only by its server's address, with or without a user
    (`user@address`).
    """
    host = URL(base_url).host
    if not host or host not in identity.account_id:
        return False
    user, at, _ = identity.account_id.rpartition("@")
    return account_id.startswith(user + at) and ("@" in account_id) == bool(at)
