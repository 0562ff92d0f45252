"""What a call centre adds: queues and their agents, surveys, campaigns, and lists of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .calls import Status


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of callers."""

    queue_id: str
    number: str
    name: str | None = None
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """An extension that takes calls of a queue."""

    extension: str
    queue: str | None = None
    name: str | None = field(default=None, repr=False)
    paused: bool | None = None


@dataclass(frozen=True, slots=True)
class AgentResult:
    """What the telephone system said to a change of one agent of one queue."""

    extension: str
    queue: str
    done: bool
    message: str | None = None


@dataclass(frozen=True, slots=True)
class QueueCall:
    """A call in a queue, or with `attempt` one ringing of one agent. Durations are seconds."""

    row_id: str
    status: Status
    queue: str | None = None
    call_id: str | None = None
    queue_call_id: str | None = None
    source: str | None = field(default=None, repr=False)
    agent: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    answered_at: datetime | None = None
    wait: int | None = None
    agent_wait: int | None = None
    talk: int | None = None
    duration: int | None = None
    attempt: int | None = None
    hangup: str | None = None
    recording: str | None = None
    raw: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class AgentActivity:
    """A span of time that an agent was in a queue, in seconds."""

    row_id: str
    extension: str
    queue: str | None = None
    kind: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration: int | None = None


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """The points that a caller gave after a call."""

    row_id: str
    points: int | None
    label: str | None = None
    call_id: str | None = None
    source: str | None = field(default=None, repr=False)
    extension: str | None = None
    queue: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A list of numbers that the telephone system calls by itself."""

    campaign_id: str
    name: str
    status: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    created_at: datetime | None = None
    count: int | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DialGroup:
    """Numbers that campaigns can call, by name."""

    group_id: str
    name: str
    count: int | None = None
    description: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DialReport:
    """What became of one number of a campaign. Seconds."""

    row_id: str
    status: Status
    campaign: str | None = None
    campaign_id: str | None = None
    number: str | None = field(default=None, repr=False)
    at: datetime | None = None
    attempts: int | None = None
    talk: int | None = None
    wait: int | None = None


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """A number on the list of those that are blocked, or of those that are let through."""

    number: str = field(repr=False)
    entry_id: str | None = None
    note: str | None = field(default=None, repr=False)
    labels: tuple[str, ...] = ()
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchPage[T]:
    """A piece of a list: its rows, where it begins (from 0) and how many rows the list has, where that is said."""

    rows: tuple[T, ...]
    start: int = 0
    total: int | None = None
