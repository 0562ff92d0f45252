"""The simulated company: its offices and lines, its clock, its calls and their past."""

from __future__ import annotations

from .calls import CallRow, CallTable, Criteria, Direction, Outcome
from .clock import TEHRAN, Clock, from_jalali, jalali
from .company import CallEnded, Contact, Party, PlacedCalls, World
from .history import build_world
from .office import Extension, Office, Trunk
from .ongoing import OngoingCall, Stage

__all__ = [
    "TEHRAN",
    "CallEnded",
    "CallRow",
    "CallTable",
    "Clock",
    "Contact",
    "Criteria",
    "Direction",
    "Extension",
    "Office",
    "OngoingCall",
    "Outcome",
    "Party",
    "PlacedCalls",
    "Stage",
    "Trunk",
    "World",
    "build_world",
    "from_jalali",
    "jalali",
]
