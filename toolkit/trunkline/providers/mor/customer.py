"""MOR's pages of the user himself: money on the main page, details, and devices, as both of its dialects show them.

Sources: the provider's document, sections Main Page, Details and Devices, and the manufacturer's page of
`user_details_get`, whose names differ (`main_detail`, `first_name`, `balance_number`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trunkline.errors import RequestError
from trunkline.model import Details, Device
from trunkline.providers.common import fields

from . import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.calendars import WallClock
    from trunkline.model import Money

    from .markup import Node

_SHOWN = re.compile(r"<\+?([0-9]{2,20})>", re.ASCII)


def read_user_id(root: Node) -> str | None:
    """Return whose page it is."""
    found = root.at("userid") or root.at("user_id")
    return fields.identifier(found, "userid") if found else None


def read_finances(root: Node, default: str) -> Money | None:
    """Return the balance of the main page, which is written with its currency."""
    return texts.money(root.at("stats", "finances", "balance"), default, "balance")


def read_details(root: Node) -> Details:
    """Return the details by the names that the page has for them, in its order."""
    details = root.one("details")
    if details is None:
        raise fields.wrong("details", "there")
    values: dict[str, str | None] = {}
    for group in details.nodes():
        if len(group):
            for one in group.nodes():
                values.setdefault(one.name, one.words)
        else:
            values.setdefault(group.name, group.words)
    return Details(values)


def read_devices(root: Node, clock: WallClock) -> tuple[Device, ...]:
    """Return the devices; `devices_get` tells nothing but their ids and types. Passwords are left where they are."""
    holder = root.one("devices")
    return tuple(_device(row, clock) for row in (() if holder is None else holder.all("device")))


def own_numbers(devices: Iterable[Device]) -> dict[str, str]:
    """Return the numbers by which devices stand in call rows, each with its extension ("" where several share it).

    They are the extension, the user name and the number of the caller id that the device shows.
    """
    found: dict[str, str] = {}
    for device in devices:
        inside = device.extension or device.username
        if inside is None:
            continue
        shown = _SHOWN.search(device.caller_id or "")
        for number in {inside, device.username or inside, shown[1] if shown else inside}:
            found[number] = inside if found.get(number, inside) == inside else ""
    return found


def calling_device(devices: Iterable[Device], source: str) -> str:
    """Return the id of the device that a source calls through: that with its extension, or the only telephone.

    `RequestError` where several could be meant.
    """
    known = tuple(devices)
    own = [one for one in known if source in {one.extension, one.username}]
    phones = [one for one in known if (one.kind or "").upper() != "FAX"]
    if own or len(phones) == 1:
        return (own or phones)[0].device_id
    msg = "several devices could place this call: name the device, or call from the extension of one"
    raise RequestError(msg)


def _device(row: Node, clock: WallClock) -> Device:
    return Device(
        device_id=fields.identifier(row.at("acc") or row.at("device_id"), "acc"),
        kind=row.at("type") or row.at("device_type"),
        name=row.at("description"),
        extension=row.at("extension"),
        username=row.at("username"),
        caller_id=row.at("cid"),
        registered_at=texts.time(row.at("last_time_registered"), clock, "last_time_registered"),
    )
