"""What is configured in a Simotel server: extensions, trunks, queues, mailboxes, and the agents of the queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import pbx_rows
from .list_reader import read_plain_rows
from .message_rows import read_mailbox

if TYPE_CHECKING:
    from trunkline.model import Agent, Extension, Mailbox, Queue, Trunk

    from .client import SimotelClient


class Pbx:
    """The configuration of one server."""

    def __init__(self, client: SimotelClient) -> None:
        """Keep the client."""
        self._client = client

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the extensions."""
        return tuple(pbx_rows.read_extension(row) for row in await self._users())

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks."""
        return tuple(pbx_rows.read_trunk(row) for row in await search_all(self._client, "pbx/trunks", "name"))

    async def queues(self) -> tuple[Queue, ...]:
        """Return the queues."""
        rows = await search_all(self._client, "pbx/queues", "name", "number")
        return tuple(pbx_rows.read_queue(row) for row in rows)

    async def mailboxes(self) -> tuple[Mailbox, ...]:
        """Return the mailboxes."""
        rows = await search_all(self._client, "voicemails/voicemails", "name", "number")
        return tuple(read_mailbox(row) for row in rows)

    async def agents(self) -> tuple[Agent, ...]:
        """Return the agents of all queues, from the rows of the users."""
        return tuple(agent for row in await self._users() for agent in pbx_rows.read_agents(row))

    async def _users(self) -> list[Any]:
        conditions = {"name": "", "number": "", "mapped": ""}
        body = {"status": "all", "alike": True, "conditions": conditions}
        return read_plain_rows(await self._client.read("pbx/users/search", body))


async def search_all(client: SimotelClient, path: str, *conditions: str) -> list[Any]:
    """Return all rows of a list without pages; `conditions` are those that the list has, which match anything."""
    body = {"alike": "true", "conditions": dict.fromkeys(conditions, "")}
    return read_plain_rows(await client.read(f"{path}/search", body))
