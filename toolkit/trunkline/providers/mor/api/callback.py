"""Placing a call with MOR's API: a callback through one of the user's devices.

Source: the manufacturer's page of `callback_init` (docs/providers/mor.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import PlacedCall
from trunkline.providers.mor import numbers
from trunkline.providers.mor.devices import calling_device
from trunkline.transport import PHONE_MAY_RING, outcome_unknown

if TYPE_CHECKING:
    from .devices import Devices
    from .requests import SignedRequests


async def place_callback(
    requests: SignedRequests, devices: Devices, *, label: str, source: str, destination: str | None, device: str | None
) -> PlacedCall:
    """Call `source` back and connect it with `destination`; without `device`, the one with that extension is used."""
    params = {"src": numbers.dialled(source, "source")}
    if destination is not None:
        params["dst"] = numbers.dialled(destination, "destination")
    params["device"] = calling_device(await devices.devices(), params["src"]) if device is None else device
    root = await requests.send_once("callback_init", effect=PHONE_MAY_RING, **params)
    if root.name != "status" or (root.own_text or "").lower() != "ok":
        raise outcome_unknown(f"{label} didn't confirm the call", PHONE_MAY_RING)
    return PlacedCall(request_id=None)
