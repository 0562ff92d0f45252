"""A simulated company behind local servers that speak the providers' wires; imports nothing that reads them."""

from __future__ import annotations

from .faults.faults import KINDS, Fault, Faults
from .run import serve
from .server import ReceivedRequest, Sandbox
from .wire import SandboxAccount
from .world.calls import CallRow, Direction, Outcome
from .world.company import PlacedCalls, World

__all__ = [
    "KINDS",
    "CallRow",
    "Direction",
    "Fault",
    "Faults",
    "Outcome",
    "PlacedCalls",
    "ReceivedRequest",
    "Sandbox",
    "SandboxAccount",
    "World",
    "serve",
]
