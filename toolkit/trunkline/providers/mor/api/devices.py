"""The devices in MOR's API and the caller IDs (CLIs) by which they are known.

Sources: the manufacturer's pages of `devices_get`, `device_details_get`, `device_clis_get`, `cli_add` and `cli_delete`
(docs/providers/mor.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.errors import PermissionDeniedError, RequestError
from trunkline.model import CallerId
from trunkline.providers.common import fields
from trunkline.providers.mor import dates, numbers
from trunkline.providers.mor.devices import numbers_of_devices, read_devices
from trunkline.providers.mor.plain_data import as_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.calendars import WallClock
    from trunkline.model import Device
    from trunkline.providers.mor.xml_reader import Node

    from .requests import SignedRequests


class Devices:
    """The devices of one user. `known_numbers` are their numbers with their extensions, empty until they are read."""

    def __init__(self, requests: SignedRequests, *, clock: WallClock) -> None:
        """Keep the requests and the clock of the server."""
        self._requests = requests
        self._clock = clock
        self._own_numbers: Mapping[str, str] | None = None

    @property
    def known_numbers(self) -> Mapping[str, str]:
        """The numbers that were read last."""
        return self._own_numbers or {}

    async def devices(self) -> tuple[Device, ...]:
        """Return the devices."""
        devices = read_devices(await self._requests.read("user_devices"), self._clock)
        self._own_numbers = numbers_of_devices(devices)
        return devices

    async def own_numbers(self) -> Mapping[str, str]:
        """Return the numbers of the devices with their extensions; they are read once."""
        if self._own_numbers is None:
            try:
                await self.devices()
            except (PermissionDeniedError, RequestError):
                self._own_numbers = {}
        return self.known_numbers

    async def device_list(self, user_id: str) -> tuple[Device, ...]:
        """Return the ids and types of the devices."""
        return read_devices(await self._requests.read("devices_get", user_id=user_id), self._clock)

    async def device_details(self, device_id: str) -> Mapping[str, Any]:
        """Return the settings of a device as the server writes them, without passwords."""
        data = as_data(await self._requests.read("device_details_get", device_id=device_id))
        settings = fields.mapping(data, "page")
        return {name: value for name, value in settings.items() if "password" not in name.lower()}

    async def caller_ids(self, user_id: str) -> tuple[CallerId, ...]:
        """Return the caller IDs."""
        root = await self._requests.read_list("device_clis_get", users_id=user_id)
        return () if root is None else read_caller_ids(root, self._clock)

    async def add_caller_id(self, *, device_id: str, number: str, description: str) -> None:
        """Add a caller ID to a device."""
        optional = {"cli_description": description} if description else {}
        await self._requests.change(
            "cli_add",
            effect="The number may have been added. Check the list",
            device_id=device_id,
            cli_number=numbers.dialled(number, "number"),
            **optional,
        )

    async def remove_caller_id(self, number: str) -> None:
        """Remove a caller ID from its device."""
        digits = numbers.dialled(number, "number")
        await self._requests.change(
            "cli_delete", effect="The number may have been removed. Check the list", cli_number=digits
        )


def read_caller_ids(root: Node, clock: WallClock) -> tuple[CallerId, ...]:
    """Return the caller IDs.

    The documented sample has one, whose fields are in `<status>` itself. Where there are several, each starts with its
    id.
    """
    rows: list[dict[str, str | None]] = []
    for element in root.iter():
        name, text = element.tag.lower(), (element.text or "").strip() or None
        if name == "cli_id":
            rows.append({name: text})
        elif name.startswith("cli_") and rows:
            rows[-1].setdefault(name, text)
    return tuple(
        CallerId(
            caller_id=fields.identifier(row["cli_id"], "cli_id"),
            number=row.get("cli_cli"),
            description=row.get("cli_description"),
            device=row.get("cli_device"),
            added_at=dates.read_time(row.get("cli_added_at"), clock, "cli_added_at"),
        )
        for row in rows
    )
