"""The devices of an account: the account itself, its trunks, and one for each speed dial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from yarl import URL

from trunkline import inert

from ..compat import device_through
from ..const import CONF_ACCOUNT_IN_NAMES, DOMAIN
from .naming import ending

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.core import HomeAssistant

    from trunkline.model import Trunk
    from trunkline.providers import Account

_DIAL = "dial_"


@dataclass(frozen=True, slots=True)
class AccountDevices:
    """Describes the devices of one account.

    `device_id` is the registry's id of the account's own device. `title` is the account's name, after which its trunks
    are named; it is empty for an account that was added when trunks were named by their number alone.
    """

    account_key: str
    provider: str
    device_id: str
    title: str = ""

    def trunk(self, trunk: Trunk, others: Iterable[Trunk] = ()) -> DeviceInfo:
        """Return the device of a trunk among all of the account; one without a number is the account's balance."""
        kind, number = ("trunk", trunk.number) if trunk.number else ("balance", trunk.trunk_id)
        if self.title:
            names = {"account": self.title, "number": ending(number, [other.number or "" for other in others])}
        else:
            names = {"number": number}
        return self._through_account(
            DeviceInfo(
                identifiers={(DOMAIN, f"{self.account_key}_{trunk.trunk_id}")},
                entry_type=DeviceEntryType.SERVICE,
                translation_key=f"{kind}_of_account" if self.title else kind,
                translation_placeholders={name: inert.plain(text) for name, text in names.items()},
                manufacturer=self.provider,
            )
        )

    def speed_dial(self, subentry: ConfigSubentry) -> DeviceInfo:
        """Return the device of a speed dial. A device belongs to one subentry at most, so each has its own."""
        return self._through_account(
            DeviceInfo(
                identifiers={(DOMAIN, f"{self.account_key}_{_DIAL}{subentry.subentry_id}")},
                entry_type=DeviceEntryType.SERVICE,
                name=subentry.title,
                manufacturer=self.provider,
            )
        )

    def account(self) -> DeviceInfo:
        """Return the account's own device, which is registered already."""
        return DeviceInfo(identifiers={(DOMAIN, self.account_key)})

    def _through_account(self, device: DeviceInfo) -> DeviceInfo:
        return device_through(device, (DOMAIN, self.account_key), self.device_id)


@callback
def async_register_account(
    hass: HomeAssistant, entry: ConfigEntry, *, account_key: str, account: Account
) -> AccountDevices:
    """Register the account's own device, through which the others are reached."""
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, account_key)},
        entry_type=DeviceEntryType.SERVICE,
        name=entry.title,
        manufacturer=account.info.name,
        configuration_url=str(URL(account.base_url).origin()),
    )
    title = entry.title if entry.data.get(CONF_ACCOUNT_IN_NAMES) else ""
    return AccountDevices(account_key, account.info.name, device.id, title)


@callback
def async_remove_absent_trunks(
    hass: HomeAssistant, entry_id: str, *, account_key: str, trunk_ids: Collection[str]
) -> None:
    """Remove the devices of trunks that the account no longer has."""
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry_id):
        trunk_id = trunk_of(device.identifiers, account_key)
        if trunk_id is not None and trunk_id not in trunk_ids:
            registry.async_remove_device(device.id)


def trunk_of(identifiers: Iterable[tuple[str, str]], account_key: str) -> str | None:
    """Return the id of the trunk whose device has these identifiers, None for another device."""
    start = f"{account_key}_"
    for domain, identifier in identifiers:
        if domain == DOMAIN and identifier.startswith(start) and not identifier.startswith(start + _DIAL):
            return identifier.removeprefix(start)
    return None


def speed_dial_of(
    identifiers: Iterable[tuple[str, str]], account_key: str, subentries: Mapping[str, ConfigSubentry]
) -> ConfigSubentry | None:
    """Return the speed dial whose device has these identifiers, None if it was removed or for another device."""
    start = f"{account_key}_{_DIAL}"
    found = (
        subentries.get(identifier.removeprefix(start))
        for domain, identifier in identifiers
        if domain == DOMAIN and identifier.startswith(start)
    )
    return next(found, None)
