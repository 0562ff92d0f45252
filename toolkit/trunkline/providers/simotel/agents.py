"""Changes to the agents of Simotel's queues. Each is sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import DataError
from trunkline.providers.common import fields

from .client import unreadable
from .pbx_rows import read_agent_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trunkline.model import AgentResult

    from .client import SimotelClient

_EFFECT = "The agent may have been changed. Check the queue"


def membership(queue: str, extension: str) -> dict[str, str]:
    """Return the body of a change to an agent of a queue."""
    return {"queue": queue, "agent": extension}


def new_membership(queue: str, extension: str, penalty: int | None) -> dict[str, str]:
    """Return the body that adds an agent to a queue."""
    return {"queue": queue, "source": extension, "agent": extension, "penalty": "" if penalty is None else str(penalty)}


def memberships(members: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return the bodies of a change to several agents, given as pairs of queue and extension."""
    return [membership(queue, extension) for queue, extension in members]


async def change_agent(client: SimotelClient, verb: str, member: Mapping[str, str]) -> AgentResult:
    """Change one agent; `verb` is `add`, `pause`, `resume` or `remove`."""
    reply = await client.change(f"pbx/queues/{verb}agent", member, effect=_EFFECT)
    try:
        return read_agent_result(reply.get("data"), queue=member["queue"], extension=member["agent"])
    except DataError as error:
        raise unreadable(error, _EFFECT) from None


async def change_agents(client: SimotelClient, verb: str, members: list[dict[str, str]]) -> tuple[AgentResult, ...]:
    """Change several agents in one request; return one result for each, in the same order."""
    if not members:
        return ()
    reply = await client.change(f"pbx/queues/batch{verb}agent", {"agents": members}, effect=_EFFECT)
    try:
        results = fields.rows(fields.mapping(reply.get("data"), "data").get("Data"), "data.Data")
        if len(results) != len(members):
            raise fields.wrong("data.Data", "as long as the request")
        return tuple(
            read_agent_result(result, queue=member["queue"], extension=member["agent"])
            for result, member in zip(results, members, strict=True)
        )
    except DataError as error:
        raise unreadable(error, _EFFECT) from None
