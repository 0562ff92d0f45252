"""Your phone lines in Home Assistant: credit, calls, costs and click-to-call of a telephony provider."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

# Must come before anything that imports the toolkit.
from . import _bundle  # noqa: F401  # isort: skip

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv

from trunkline.errors import ArchiveError, ConfigError
from trunkline.transport import Limits

from .account.archive import shared_archive
from .account.archive_damage import async_delete_damage, damage_reported
from .account.call_limit import call_limit_store
from .account.devices import trunk_of
from .account.due_events import due_events_store
from .account.identity import async_load_provider, provider_info
from .account.opening import open_entry
from .account.providers import async_wait_for_providers, is_installed, provider_texts
from .account.renaming import async_follow_name
from .account.repairs import async_delete_former_issues, async_delete_issues
from .account.ticks import tick_store
from .assist.setup import async_setup_assist
from .const import DOMAIN, PLATFORMS
from .errors import placeholders
from .frontend.module import async_setup_module
from .frontend.panel import async_update_panel
from .media.view import async_setup_media_view
from .push.addresses import async_delete_cloud_url
from .push.registration import async_unregister
from .push.views import async_receive, async_setup_push_view
from .routing.addresses import address_id
from .routing.codes import wrong_codes_store
from .routing.view import async_serve, async_setup_route_view
from .runtime import async_create_runtime, async_start
from .services import async_setup_services
from .statistics.keeper import async_forget_statistics
from .websocket import async_setup_websocket

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.device_registry import DeviceEntry
    from homeassistant.helpers.typing import ConfigType

    from trunkline.archive import Archive
    from trunkline.providers import Account

    from .runtime import TrunklineConfigEntry

# A poll that fails is repeated at the next interval anyway, so that one poll need not try for long.
LIMITS = Limits(attempts=3, patience=30.0)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register what exists also while no account is set up: actions, commands, addresses, the module for browsers."""
    async_setup_services(hass)
    async_setup_push_view(hass)
    async_setup_media_view(hass)
    async_setup_route_view(hass)
    async_setup_websocket(hass)
    await async_setup_module(hass)
    async_wait_for_providers(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TrunklineConfigEntry) -> bool:
    """Set up an account: its figures from the archive at once, its calls in the background."""
    async_delete_former_issues(hass, entry.entry_id)
    # First, because a provider that is down must not take the dashboard away.
    await async_update_panel(hass)
    account = await _async_open_account(hass, entry)
    archive = await _async_open_archive(hass, entry)
    runtime = entry.runtime_data = await async_create_runtime(hass, entry, account, archive)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    if runtime.push_handler is not None:
        entry.async_on_unload(async_receive(hass, entry.data[CONF_WEBHOOK_ID], runtime.push_handler))
    if runtime.route_handler is not None:
        entry.async_on_unload(async_serve(hass, address_id(entry), runtime.route_handler))
    runtime.registration.async_start()
    entry.async_on_unload(runtime.registration.async_stop)
    async_start(hass, entry)
    await async_setup_assist(hass, entry)
    async_follow_name(hass, entry)
    return True


async def _async_open_account(hass: HomeAssistant, entry: TrunklineConfigEntry) -> Account:
    if not is_installed(entry):
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="provider_not_installed",
            translation_placeholders=provider_texts(entry),
        )
    try:
        await async_load_provider(hass, provider_info(entry))
        return open_entry(hass, entry, LIMITS)
    except ConfigError as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="invalid_settings",
            translation_placeholders=placeholders(account=entry.title, error=str(error)),
        ) from error


async def _async_open_archive(hass: HomeAssistant, entry: TrunklineConfigEntry) -> Archive:
    try:
        with damage_reported(hass):
            archive = await shared_archive(hass).open()
    except ArchiveError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="archive_unusable",
            translation_placeholders=placeholders(account=entry.title, error=str(error)),
        ) from error
    async_delete_damage(hass)
    return archive


async def async_unload_entry(hass: HomeAssistant, entry: TrunklineConfigEntry) -> bool:
    """Unload an account; what was started for it is stopped, and its archive closed, afterwards."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded and entry.disabled_by is not None:
        await async_update_panel(hass)
        # Nothing of it needs the user now. Once it is enabled, all but stopped pushes is found again by itself.
        async_delete_issues(hass, entry.entry_id)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: TrunklineConfigEntry) -> None:
    """Remove what an account has outside of its entry; its calls stay in the archive."""
    await async_update_panel(hass, without=entry.entry_id)
    async_delete_issues(hass, entry.entry_id)
    await async_forget_statistics(hass, entry)
    await call_limit_store(hass, entry.entry_id).async_remove()
    await wrong_codes_store(hass, entry.entry_id).async_remove()
    await tick_store(hass, entry.entry_id).async_remove()
    await due_events_store(hass, entry.entry_id).async_remove()
    with suppress(ConfigError):
        await async_load_provider(hass, provider_info(entry))
    await async_unregister(entry, partial(open_entry, hass, entry, LIMITS))
    await async_delete_cloud_url(hass, entry)


async def async_remove_config_entry_device(
    _hass: HomeAssistant, entry: TrunklineConfigEntry, device: DeviceEntry
) -> bool:
    """Allow removing a device by hand only if it is a trunk that the account no longer has.

    What an account has is not known while it isn't set up.
    """
    if entry.state is not ConfigEntryState.LOADED:
        return False
    runtime = entry.runtime_data
    trunk_id = trunk_of(device.identifiers, runtime.account_key)
    return trunk_id is not None and trunk_id not in runtime.coordinator.data.trunks
