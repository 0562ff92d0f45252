"""Whose events a trigger or condition is for: the accounts and trunks that its target names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr

from ..account.devices import trunk_of
from ..compat import target_devices
from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant


@dataclass(frozen=True, slots=True)
class Scope:
    """Whole accounts, by entry id, and single trunks, by entry id and trunk id."""

    accounts: frozenset[str]
    trunks: frozenset[tuple[str, str]]

    def has(self, entry_id: str, trunk_id: str | None = None) -> bool:
        """Return whether this is of a targeted account, or of a targeted trunk."""
        return entry_id in self.accounts or (trunk_id is not None and (entry_id, trunk_id) in self.trunks)


@callback
def async_scope(hass: HomeAssistant, target: Mapping[str, Any] | None) -> Scope:
    """Return what a target names at this moment; without a target, all accounts.

    The device of an account, and each of its entities, stand for the whole account; those of a trunk for the trunk.
    """
    entries = hass.config_entries.async_entries(DOMAIN)
    if not target:
        return Scope(frozenset(entry.entry_id for entry in entries), frozenset())
    targeted = target_devices(hass, target)
    accounts: set[str] = set()
    trunks: set[tuple[str, str]] = set()
    for entry in entries:
        for device_id, trunk_id in _devices(hass, entry).items():
            if device_id not in targeted:
                continue
            if trunk_id is None:
                accounts.add(entry.entry_id)
            else:
                trunks.add((entry.entry_id, trunk_id))
    return Scope(frozenset(accounts), frozenset(trunks))


@callback
def async_device_of(hass: HomeAssistant, entry: ConfigEntry, trunk_id: str | None) -> str | None:
    """Return the id of a trunk's device, or that of the account's; None if there is none."""
    return next((device_id for device_id, trunk in _devices(hass, entry).items() if trunk == trunk_id), None)


def _devices(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str | None]:
    """Return the devices of an account and its trunks by id, each with the trunk's id."""
    account_key = entry.unique_id or ""
    found: dict[str, str | None] = {}
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        trunk_id = trunk_of(device.identifiers, account_key)
        if trunk_id is not None or (DOMAIN, account_key) in device.identifiers:
            found[device.id] = trunk_id
    return found
