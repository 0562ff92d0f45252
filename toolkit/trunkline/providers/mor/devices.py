"""MOR's devices (telephones and fax machines) and the numbers by which call rows name them.

Source: the provider's document, section Devices.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.model import Device, Extension
from trunkline.providers.common import fields

from . import dates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.calendars import WallClock
    from trunkline.model import CallerId

    from .xml_reader import Node

_NUMBER_OF_CALLER_ID = re.compile(r"<\+?([0-9]{2,20})>", re.ASCII)


def read_devices(root: Node, clock: WallClock) -> tuple[Device, ...]:
    """Return the devices. `devices_get` has only their ids and types. Passwords are never read."""
    devices = root.first("devices")
    return tuple(_device(row, clock) for row in (() if devices is None else devices.all("device")))


def _device(row: Node, clock: WallClock) -> Device:
    return Device(
        device_id=fields.identifier(row.text_at("acc") or row.text_at("device_id"), "acc"),
        kind=row.text_at("type") or row.text_at("device_type"),
        name=row.text_at("description"),
        extension=row.text_at("extension"),
        username=row.text_at("username"),
        caller_id=row.text_at("cid"),
        registered_at=dates.read_time(row.text_at("last_time_registered"), clock, "last_time_registered"),
    )


def extensions_of(devices: Iterable[Device]) -> tuple[Extension, ...]:
    """Return the extensions of the devices."""
    return tuple(Extension(device.extension, device.name) for device in devices if device.extension)


def numbers_of_devices(devices: Iterable[Device]) -> dict[str, str]:
    """Return the numbers of devices in the API's call rows, each with its extension ("" where several share it).

    They are the extension, the user name and the number of the device's caller ID.
    """
    extensions: dict[str, str] = {}
    for device in devices:
        extension = device.extension or device.username
        if extension is None:
            continue
        caller_id = _NUMBER_OF_CALLER_ID.search(device.caller_id or "")
        for number in {extension, device.username or extension, caller_id[1] if caller_id else extension}:
            extensions[number] = extension if extensions.get(number, extension) == extension else ""
    return extensions


def numbers_of_devices_and_caller_ids(devices: Iterable[Device], caller_ids: Iterable[CallerId]) -> dict[str, str]:
    """Return the numbers of devices in the call rows of the web pages, each with its extension ("" if unknown).

    They are the extension, the user name and the caller IDs, which name their device as `SIP/username`.
    """
    extensions: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for device in devices:
        extension = device.extension or device.username
        if extension is None:
            continue
        extensions.setdefault(extension, extension)
        if device.username:
            extensions.setdefault(device.username, extension)
            by_name[f"{device.kind}/{device.username}"] = extension
    for caller_id in caller_ids:
        if caller_id.number:
            extensions.setdefault(caller_id.number, by_name.get(caller_id.device or "", ""))
    return extensions


def calling_device(devices: Iterable[Device], source: str) -> str:
    """Return the id of the device to call `source` back through: the one with that extension, or the only telephone.

    `RequestError` where several devices are possible.
    """
    known = tuple(devices)
    with_extension = [device for device in known if source in {device.extension, device.username}]
    telephones = [device for device in known if (device.kind or "").upper() != "FAX"]
    if with_extension or len(telephones) == 1:
        return (with_extension or telephones)[0].device_id
    msg = "several devices could place this call: give the device's id, or the extension of a device as the source"
    raise RequestError(msg)
