"""Placing a call with MOR's web pages: a callback through one of the user's devices.

Source: the provider's document, section Callback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import PlacedCall
from trunkline.providers.mor import numbers
from trunkline.providers.mor.devices import calling_device
from trunkline.transport import PHONE_MAY_RING

from .client import checked_id

if TYPE_CHECKING:
    from .client import WebClient
    from .devices import Devices


async def place_callback(
    client: WebClient, devices: Devices, *, source: str, destination: str | None, device: str | None
) -> PlacedCall:
    """Call `source` back and connect it with `destination`; without `device`, the one with that extension is used."""
    form = {"src": numbers.dialled(source, "source")}
    if destination is not None:
        form["dst"] = numbers.dialled(destination, "destination")
    form["acc"] = (
        calling_device(await devices.devices(), form["src"]) if device is None else checked_id(device, "device")
    )
    await client.change("functions/activate_callback", form, PHONE_MAY_RING)
    return PlacedCall(request_id=None)
