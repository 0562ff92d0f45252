"""The queues of a phone system at one moment: who waits, and what their agents are doing. Without any I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .live_view import Activity, LivePhone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.model import Agent, Queue

    from .live_view import LiveCall, LiveView

_UNKNOWN = LivePhone(None)


@dataclass(frozen=True, slots=True)
class LiveAgent:
    """Somebody who takes calls of a queue, and what their phone is doing."""

    extension: str
    name: str | None = field(repr=False)
    phone: LivePhone


@dataclass(frozen=True, slots=True)
class LiveQueue:
    """A queue. None is what is not known."""

    number: str
    name: str | None
    waiting: tuple[LiveCall, ...] | None
    """Who waits, the first comer first."""
    agents: tuple[LiveAgent, ...] | None
    """By extension."""


def queue_names(
    queues: Iterable[Queue] | None, agents: Iterable[Agent] | None, mentioned: Iterable[str]
) -> dict[str, str | None]:
    """Return the names of the queues that are listed, have agents, or are mentioned by events, by their numbers."""
    others = {*mentioned, *(agent.queue for agent in agents or () if agent.queue)}
    return {**dict.fromkeys(sorted(others)), **{queue.number: queue.name for queue in queues or ()}}


def agents_of(queue: str, agents: Iterable[Agent] | None, view: LiveView) -> tuple[LiveAgent, ...] | None:
    """Return the agents of a queue."""
    if agents is None:
        return None
    found = {agent.extension: agent.name for agent in agents if agent.queue == queue}
    return tuple(
        LiveAgent(extension, name, view.phones.get(extension, _UNKNOWN)) for extension, name in sorted(found.items())
    )


def free_agents(agents: tuple[LiveAgent, ...] | None) -> int | None:
    """Return how many of the agents are idle, None if nothing is known of any of them."""
    if agents is None:
        return None
    states = [agent.phone.state for agent in agents]
    if agents and all(state is None for state in states):
        return None
    return states.count(Activity.IDLE)


def live_queues(
    queues: Iterable[Queue] | None, agents: Iterable[Agent] | None, view: LiveView, *, most_mentioned: int
) -> tuple[LiveQueue, ...]:
    """Return the queues; of those that only events mention, those of the oldest calls."""
    mentioned = dict.fromkeys(call.queue for call in view.calls if call.queue)
    names = queue_names(queues, agents, list(mentioned)[:most_mentioned])
    return tuple(
        LiveQueue(number, name, view.waiting(number), agents_of(number, agents, view)) for number, name in names.items()
    )
