"""A simulated company behind local servers that answer as the providers do; shares no code with `trunkline.providers`.

`Sandbox` serves it. A further provider is a class with what `Wire` describes, passed as `Sandbox(extra_wires=[...])`.
"""

from __future__ import annotations

from .faults import KINDS, Fault, Faults
from .run import serve
from .server import ReceivedRequest, Sandbox
from .wire import (
    Delivery,
    JsonWire,
    RegistersPushes,
    Reply,
    Request,
    SandboxAccount,
    SendsEvents,
    Wire,
    WireDefaults,
    to_json,
)
from .world import CallRow, Direction, Office, Outcome, PlacedCalls, World

__all__ = [
    "KINDS",
    "CallRow",
    "Delivery",
    "Direction",
    "Fault",
    "Faults",
    "JsonWire",
    "Office",
    "Outcome",
    "PlacedCalls",
    "ReceivedRequest",
    "RegistersPushes",
    "Reply",
    "Request",
    "Sandbox",
    "SandboxAccount",
    "SendsEvents",
    "Wire",
    "WireDefaults",
    "World",
    "serve",
    "to_json",
]
