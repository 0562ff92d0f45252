"""The triggers and conditions that there are, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from trunkline.model import Capability, Direction, Status

from ..account.events import MISSED
from ..const import EVENT_CALL, EVENT_LINE, EVENT_ROUTE_REQUEST
from . import figures
from .options import CALLER, COMPONENT, CREDIT, REQUEST, TIME_LEFT, TIMES, Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from trunkline.providers import ProviderInfo

    from ..runtime import AccountRuntime
    from .figures import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """Something that happens: an event of the bus whose data matches.

    `description` is for traces. `of_trunks` says whether it happens on a trunk, `exists` which providers have it.
    """

    key: str
    description: str
    event_type: str
    matches: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
    """Whether the data of an event is such an event, with the options of the trigger."""
    exists: Callable[[ProviderInfo], bool]
    fields: Fields
    of_trunks: bool = False
    caller_required: bool = False

    @property
    def condition_fields(self) -> Fields:
        """The options of the condition: who called."""
        return CALLER


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """Something that becomes true: figures of trunks or of the account."""

    key: str
    description: str
    find: Callable[[AccountRuntime, Mapping[str, Any], datetime], Iterator[Finding]]
    exists: Callable[[ProviderInfo], bool]
    fields: Fields
    of_trunks: bool = True
    caller_required: bool = False

    @property
    def condition_fields(self) -> Fields:
        """The options of the condition, which are those of the trigger."""
        return self.fields


type Kind = EventKind | FigureKind


def _outcomes(info: ProviderInfo) -> bool:
    return info.outcomes


def _supports(capability: Capability) -> Callable[[ProviderInfo], bool]:
    return lambda info: capability in info.capabilities


def _prices(info: ProviderInfo) -> bool:
    return info.prices and Capability.TRUNKS in info.capabilities


EVENT_KINDS: Final = (
    EventKind(
        key="call_missed",
        description="missed call",
        event_type=EVENT_CALL,
        matches=lambda data, _: data.get("type") == MISSED,
        exists=_outcomes,
        fields={**CALLER, **TIMES},
        of_trunks=True,
    ),
    EventKind(
        key="call_answered",
        description="answered call",
        event_type=EVENT_CALL,
        matches=lambda data, _: data.get("status") == Status.ANSWERED,
        exists=_outcomes,
        fields={**CALLER, **TIMES},
        of_trunks=True,
    ),
    EventKind(
        key="call_from",
        description="call from a number or contact",
        event_type=EVENT_CALL,
        matches=lambda data, _: data["direction"] != Direction.OUTGOING,
        exists=lambda _: True,
        fields={**CALLER, **TIMES},
        of_trunks=True,
        caller_required=True,
    ),
    EventKind(
        key="phone_ringing",
        description="ringing phone",
        event_type=EVENT_LINE,
        matches=lambda data, _: data["kind"] == "incoming_call",
        exists=_supports(Capability.PARSE_EVENT),
        fields=CALLER,
    ),
    EventKind(
        key="route_request",
        description="request of the telephone system",
        event_type=EVENT_ROUTE_REQUEST,
        matches=lambda data, options: data["component"] == options.get(COMPONENT, data["component"]),
        exists=_supports(Capability.PARSE_ROUTE_REQUEST),
        fields={**REQUEST, **CALLER},
    ),
)
FIGURE_KINDS: Final = (
    FigureKind(
        key="credit_below",
        description="low credit",
        find=figures.credit_below,
        exists=_supports(Capability.TRUNKS),
        fields=CREDIT,
    ),
    FigureKind(
        key="runs_out_within",
        description="credit that runs out soon",
        find=figures.runs_out_within,
        exists=_prices,
        fields=TIME_LEFT,
    ),
    FigureKind(key="unusual_spend", description="unusual spend", find=figures.unusual_spend, exists=_prices, fields={}),
    FigureKind(
        key="push_silent",
        description="calls that are not pushed",
        find=figures.push_silent,
        exists=_supports(Capability.PARSE_PUSH),
        fields={},
        of_trunks=False,
    ),
)
# That a phone rings or that the telephone system asks is over when a condition is checked.
CONDITION_KINDS: Final[tuple[Kind, ...]] = (
    *(kind for kind in EVENT_KINDS if kind.event_type == EVENT_CALL),
    *FIGURE_KINDS,
)
KINDS: Final[Mapping[str, Kind]] = {kind.key: kind for kind in (*EVENT_KINDS, *FIGURE_KINDS)}
