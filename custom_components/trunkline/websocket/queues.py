"""The command `trunkline/queues`: who waits in the queues and what their agents do, now and whenever that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import voluptuous as vol
from homeassistant.components import websocket_api
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..account.events import visible
from ..account.live_queues import free_agents, live_queues
from ..live_sensors import MAX_MENTIONED
from .rows import number_row
from .target import ENTRY, get_entry

if TYPE_CHECKING:
    from homeassistant.components.websocket_api import ActiveConnection
    from homeassistant.core import HomeAssistant

    from ..account.live_queues import LiveAgent, LiveQueue
    from ..runtime import TrunklineConfigEntry

# The callers of a queue who are named; the others are counted.
MAX_CALLERS: Final = 5


@websocket_api.websocket_command({vol.Required("type"): "trunkline/queues", **ENTRY})
@callback
def websocket_queues(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send what the sensors of an account's queues show: at once, and whenever it changes."""
    entry = get_entry(hass, connection.user, msg)
    runtime = entry.runtime_data
    sent: list[dict[str, Any]] | None = None

    @callback
    def send() -> None:
        nonlocal sent
        if (rows := queue_rows(entry)) == sent:
            return
        sent = rows
        # By its own clock, which may differ, a browser would count another wait.
        message = {"now": dt_util.utcnow().isoformat(), "queues": rows}
        connection.send_message(websocket_api.event_message(msg["id"], message))

    # The callers and phones change with live events, the agents with a poll.
    leaving = (runtime.live.async_add_listener(send), runtime.coordinator.async_add_listener(send))

    @callback
    def leave() -> None:
        for remove in leaving:
            remove()

    connection.subscriptions[msg["id"]] = leave
    connection.send_result(msg["id"])
    send()


def queue_rows(entry: TrunklineConfigEntry) -> list[dict[str, Any]]:
    """Return the queues of the account."""
    data, view = entry.runtime_data.coordinator.data, entry.runtime_data.live.view
    queues = live_queues(data.queues, data.agents, view, most_mentioned=MAX_MENTIONED)
    return [_queue_row(entry, queue) for queue in queues]


def _queue_row(entry: TrunklineConfigEntry, queue: LiveQueue) -> dict[str, Any]:
    waiting = queue.waiting or ()
    return {
        "number": visible(queue.number),
        "name": visible(queue.name),
        "waiting": None if queue.waiting is None else len(waiting),
        "since": waiting[0].since.isoformat() if waiting else None,
        "callers": [
            {"party": number_row(entry, call.number), "since": call.since.isoformat()} for call in waiting[:MAX_CALLERS]
        ],
        "agents": None if queue.agents is None else [_agent_row(agent) for agent in queue.agents],
        "free": free_agents(queue.agents),
    }


def _agent_row(agent: LiveAgent) -> dict[str, Any]:
    since = agent.phone.since
    return {
        "extension": visible(agent.extension),
        "name": visible(agent.name),
        "state": agent.phone.state,
        "since": since.isoformat() if since else None,
    }
