"""What a call, a trunk, a credit or a recording is: frozen values without any I/O.

Times are aware UTC, durations whole seconds, money an exact `Money`. What a provider does not
say is `None`. The value types that hold phone numbers or names keep them out of their `repr`.
Classes that only some providers need are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.lazy import names_of_modules

from .calls import (
    Billing,
    Call,
    CallPage,
    Contact,
    CursorPage,
    Direction,
    File,
    LineEvent,
    MissedCall,
    Party,
    PlacedCall,
    Recording,
    Status,
    UnreadableRow,
)
from .capability import Capability
from .money import Money, minor_units
from .names import ContactSource, NamedNumber, with_names
from .office import City, Extension, Identity, Location, Service, Trunk

if TYPE_CHECKING:
    from .bill import Destination, Invoice, Payment, Rate, Subscription
    from .inventory import CallerId, Details, Device, Fax, Mailbox, Plan, RecordingEntry, Voicemail
    from .queues import (
        Agent,
        AgentActivity,
        AgentResult,
        Campaign,
        DialGroup,
        DialReport,
        ListedNumber,
        Queue,
        QueueCall,
        SearchPage,
        SurveyAnswer,
    )
    from .routing import Route, RouteRequest, VoiceCommand, VoiceCommandKind

__all__ = [
    "Agent",
    "AgentActivity",
    "AgentResult",
    "Billing",
    "Call",
    "CallPage",
    "CallerId",
    "Campaign",
    "Capability",
    "City",
    "Contact",
    "ContactSource",
    "CursorPage",
    "Destination",
    "Details",
    "Device",
    "DialGroup",
    "DialReport",
    "Direction",
    "Extension",
    "Fax",
    "File",
    "Identity",
    "Invoice",
    "LineEvent",
    "ListedNumber",
    "Location",
    "Mailbox",
    "MissedCall",
    "Money",
    "NamedNumber",
    "Party",
    "Payment",
    "PlacedCall",
    "Plan",
    "Queue",
    "QueueCall",
    "Rate",
    "Recording",
    "RecordingEntry",
    "Route",
    "RouteRequest",
    "SearchPage",
    "Service",
    "Status",
    "Subscription",
    "SurveyAnswer",
    "Trunk",
    "UnreadableRow",
    "VoiceCommand",
    "VoiceCommandKind",
    "Voicemail",
    "minor_units",
    "with_names",
]

__getattr__ = names_of_modules(
    __name__,
    {
        "bill": ("Destination", "Invoice", "Payment", "Rate", "Subscription"),
        "inventory": ("CallerId", "Details", "Device", "Fax", "Mailbox", "Plan", "RecordingEntry", "Voicemail"),
        "queues": (
            "Agent",
            "AgentActivity",
            "AgentResult",
            "Campaign",
            "DialGroup",
            "DialReport",
            "ListedNumber",
            "Queue",
            "QueueCall",
            "SearchPage",
            "SurveyAnswer",
        ),
        "routing": ("Route", "RouteRequest", "VoiceCommand", "VoiceCommandKind"),
    },
)
