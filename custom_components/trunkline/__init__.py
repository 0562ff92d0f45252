"""Your phone lines in Home Assistant: credit, calls, costs and click-to-call of a telephony provider."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

# The core's place on the import path comes before anything that imports it.
from . import _bundle  # noqa: F401  # isort: skip

from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from trunkline.errors import ArchiveError, ConfigError
from trunkline.providers import open_account
from trunkline.transport import Limits

from .account.archive import archive_holder
from .account.devices import register_account, trunk_of
from .account.identity import async_load_room, described
from .account.repairs import async_clear_issues
from .const import CONF_BASE_URL, CONF_CREDENTIALS, DOMAIN, PLATFORMS
from .coordinator import TrunklineConfigEntry, TrunklineCoordinator
from .push.registration import async_setup_registration, async_unregister
from .push.views import async_remove_webhook, async_setup_push_view, async_setup_webhook
from .services import async_setup_services

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry
    from homeassistant.helpers.typing import ConfigType

    from trunkline.providers import Account

# A poll is repeated by itself, so that a single one needn't insist.
LIMITS = Limits(attempts=3, patience=30.0)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions and the push addresses, which are there even while no account is."""
    async_setup_services(hass)
    async_setup_push_view(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TrunklineConfigEntry) -> bool:
    """Set up an account: its figures from the archive at once, its calls in the background."""
    coordinator = await _async_open(hass, entry)
    await coordinator.async_config_entry_first_refresh()
    coordinator.device_id = register_account(coordinator)
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    async_setup_webhook(hass, entry)
    async_setup_registration(hass, entry)
    coordinator.async_start()
    return True


async def _async_open(hass: HomeAssistant, entry: TrunklineConfigEntry) -> TrunklineCoordinator:
    placeholders = {"account": entry.title}
    try:
        await async_load_room(hass, described(entry))
        account = _account(hass, entry)
    except ConfigError as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="invalid_settings",
            translation_placeholders={**placeholders, "error": str(error)},
        ) from error
    try:
        archive = await archive_holder(hass).acquire()
    except ArchiveError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="archive_unusable",
            translation_placeholders={**placeholders, "error": str(error)},
        ) from error
    return TrunklineCoordinator(hass, entry, account, archive)


def _account(hass: HomeAssistant, entry: TrunklineConfigEntry) -> Account:
    """Return the entry's account, which sends nothing yet; raises `ConfigError`. Its room has been loaded by then."""
    info = described(entry)
    return open_account(
        info.provider_id,
        base_url=entry.data.get(CONF_BASE_URL),
        session=async_get_clientsession(hass),
        limits=LIMITS,
        dialect=info.dialect,
        **entry.data[CONF_CREDENTIALS],
    )


async def async_unload_entry(hass: HomeAssistant, entry: TrunklineConfigEntry) -> bool:
    """Unload an account; its coordinator stops what is under way and gives back the archive."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Give back what the account holds elsewhere; its calls stay in the archive."""
    async_clear_issues(hass, entry.entry_id)
    with suppress(ConfigError):
        await async_load_room(hass, described(entry))
    await async_unregister(entry, partial(_account, hass, entry))
    await async_remove_webhook(hass, entry)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, device: DeviceEntry
) -> bool:
    """Let go of a device by hand only if it is gone at the provider."""
    coordinator = entry.runtime_data
    trunk_id = trunk_of(device.identifiers, coordinator.account_key)
    return trunk_id is not None and trunk_id not in coordinator.data.trunks
