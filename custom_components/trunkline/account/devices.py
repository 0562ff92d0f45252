"""The devices of an account: the account itself, its trunks, and one for each speed dial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from yarl import URL

from ..compat import device_through
from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homeassistant.config_entries import ConfigSubentry

    from trunkline.model import Trunk

    from ..coordinator import TrunklineCoordinator

_DIAL = "dial_"


def account_device(coordinator: TrunklineCoordinator) -> DeviceInfo:
    """Return the account's device."""
    return DeviceInfo(
        identifiers={(DOMAIN, coordinator.account_key)},
        entry_type=DeviceEntryType.SERVICE,
        name=coordinator.config_entry.title,
        manufacturer=coordinator.account.info.name,
        configuration_url=str(URL(coordinator.account.base_url).origin()),
    )


def trunk_device(coordinator: TrunklineCoordinator, trunk: Trunk) -> DeviceInfo:
    """Return the device of a trunk, reached through the account's; one without a number is what the account has."""
    device = DeviceInfo(
        identifiers={(DOMAIN, f"{coordinator.account_key}_{trunk.trunk_id}")},
        entry_type=DeviceEntryType.SERVICE,
        translation_key="trunk" if trunk.number else "balance",
        translation_placeholders={"number": trunk.number or trunk.trunk_id},
        manufacturer=coordinator.account.info.name,
    )
    return device_through(device, (DOMAIN, coordinator.account_key), coordinator.device_id)


def dial_device(coordinator: TrunklineCoordinator, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device of a speed dial: a device belongs to one subentry at most, so each has its own."""
    device = DeviceInfo(
        identifiers={(DOMAIN, f"{coordinator.account_key}_{_DIAL}{subentry.subentry_id}")},
        entry_type=DeviceEntryType.SERVICE,
        name=subentry.title,
        manufacturer=coordinator.account.info.name,
    )
    return device_through(device, (DOMAIN, coordinator.account_key), coordinator.device_id)


def register_account(coordinator: TrunklineCoordinator) -> str:
    """Register the account's device, through which the others are reached, and return its id."""
    registry = dr.async_get(coordinator.hass)
    device = registry.async_get_or_create(
        config_entry_id=coordinator.config_entry.entry_id, **account_device(coordinator)
    )
    return device.id


def trunk_of(identifiers: Iterable[tuple[str, str]], account_key: str) -> str | None:
    """Return the id of the trunk that a device stands for, None if it stands for something else."""
    start = f"{account_key}_"
    for domain, identifier in identifiers:
        if domain == DOMAIN and identifier.startswith(start) and not identifier.startswith(start + _DIAL):
            return identifier.removeprefix(start)
    return None
