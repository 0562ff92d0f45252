"""The devices on MOR's web pages and the caller IDs (CLIs) by which they are known.

Source: the provider's document, sections Devices and CLIs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline.errors import NotFoundError, PermissionDeniedError
from trunkline.model import CallerId
from trunkline.providers.common import fields
from trunkline.providers.mor import dates, numbers
from trunkline.providers.mor.devices import numbers_of_devices_and_caller_ids, read_devices

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from trunkline.calendars import WallClock
    from trunkline.model import Device
    from trunkline.providers.mor.xml_reader import Node

    from .client import WebClient

_CALLER_IDS = "devices/user_device_clis"
# How many seconds the account's own numbers are used before they are read again.
_OWN_NUMBERS_LAST = 3600.0


class Devices:
    """The devices of one user and the numbers that lead to them."""

    def __init__(self, client: WebClient) -> None:
        """Keep the client."""
        self._client = client
        self._own_numbers: Mapping[str, str] | None = None
        self._own_numbers_read_at = 0.0

    async def devices(self) -> tuple[Device, ...]:
        """Return the devices."""
        return read_devices(await self._client.session.page("devices/user_devices"), self._client.clock)

    async def caller_ids(self) -> tuple[CallerId, ...]:
        """Return the caller IDs."""
        return read_caller_ids(await self._client.session.page(_CALLER_IDS), self._client.clock)

    async def caller_id_devices(self) -> dict[str, str]:
        """Return the names of the devices that can have a caller ID, by device id."""
        return read_caller_id_devices(await self._client.session.page(_CALLER_IDS))

    async def add_caller_id(self, *, device_id: str, number: str, description: str) -> None:
        """Add a caller ID to a device."""
        form = {"device_id": device_id, "cli": numbers.dialled(number, "number"), "description": description}
        await self._client.change("devices/cli_add", form, "The number may have been added. Check the list")
        self._own_numbers = None

    async def own_numbers(self) -> Mapping[str, str]:
        """Return the account's own numbers in call rows with their extensions; they are read at most once an hour."""
        now = asyncio.get_running_loop().time()
        if self._own_numbers is None or now - self._own_numbers_read_at > _OWN_NUMBERS_LAST:
            self._own_numbers = numbers_of_devices_and_caller_ids(
                await _if_available(self.devices()), await _if_available(self.caller_ids())
            )
            self._own_numbers_read_at = now
        return self._own_numbers


def read_caller_ids(root: Node, clock: WallClock) -> tuple[CallerId, ...]:
    """Return the caller IDs of a page."""
    rows = root.first("clis")
    return tuple(
        CallerId(
            caller_id=fields.identifier(row.text_at("cli_id"), "cli_id"),
            number=row.text_at("cli_name"),
            description=row.text_at("cli_desc"),
            device=row.text_at("device"),
            added_at=dates.read_time(row.text_at("added_at"), clock, "added_at"),
        )
        for row in (() if rows is None else rows.all("cli"))
    )


def read_caller_id_devices(root: Node) -> dict[str, str]:
    """Return the devices that the page of caller IDs offers in its form, by id."""
    available = root.first("aval_devices")
    devices = () if available is None else available.all("device")
    return {fields.identifier(device.get("id"), "device"): device.own_text or "" for device in devices}


async def _if_available[T](reading: Awaitable[tuple[T, ...]]) -> tuple[T, ...]:
    """Return what a page shows, nothing if the server has no such page or doesn't show it to this user."""
    try:
        return await reading
    except (NotFoundError, PermissionDeniedError):
        return ()
