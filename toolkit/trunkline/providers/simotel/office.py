"""What a Simotel server consists of, and what can be changed in it: users, trunks, queues, agents, lists of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.errors import DataError, NotFoundError, RequestError
from trunkline.numbers import is_dialable
from trunkline.providers.base import Account
from trunkline.providers.common import fields

from . import lists, rows, values
from .interface import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trunkline.model import Agent, AgentResult, Extension, ListedNumber, Mailbox, Queue, Trunk

    from .interface import Interface
    from .rows import RowReader

_BLACK, _WHITE = "pbx/blacklists", "pbx/whitelists"
_AGENT_CHANGED = "and the agent is changed"
_ENTRY_THERE = "and the entry is there"
_ENTRY_GONE = "and the entry is gone"


class Office(Account):
    """The equipment and its changes. Every change is sent once."""

    _pbx: Interface
    _rows: RowReader

    async def extensions(self) -> tuple[Extension, ...]:
        """Return the users' extensions, those that are switched off included."""
        return tuple(rows.read_extension(row) for row in await self._users())

    async def trunks(self) -> tuple[Trunk, ...]:
        """Return the trunks; a server of one's own knows of no credit."""
        return tuple(rows.read_trunk(row) for row in await self._all("pbx/trunks", "name"))

    async def queues(self) -> tuple[Queue, ...]:
        """Return the queues of callers."""
        return tuple(rows.read_queue(row) for row in await self._all("pbx/queues", "name", "number"))

    async def mailboxes(self, *, context: str | None = None) -> tuple[Mailbox, ...]:
        """Return the voicemail boxes. They belong to no context, so that none is found in one."""
        found = tuple(rows.read_mailbox(row) for row in await self._all("voicemails/voicemails", "name", "number"))
        return found if context is None else ()

    async def agents(self, *, queue: str | None = None) -> tuple[Agent, ...]:
        """Return who takes the calls of a queue, or of all, as the users' own rows say.

        Whether an agent is paused is told nowhere (`paused` is None), and agents who were added to a running queue may
        be missing until the server writes them into the user.
        """
        found = [agent for row in await self._users() for agent in rows.read_memberships(row)]
        return tuple(agent for agent in found if queue is None or agent.queue == queue)

    # Agents.

    async def add_agent(self, *, queue: str, extension: str, penalty: int | None = None) -> AgentResult:
        """Let an extension take a queue's calls; those with a higher `penalty` are rung later."""
        return await self._agent("add", _joining(queue, extension, penalty))

    async def pause_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Let an agent take no calls of a queue for now."""
        return await self._agent("pause", {"queue": queue, "agent": extension})

    async def resume_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Let an agent take calls of a queue again."""
        return await self._agent("resume", {"queue": queue, "agent": extension})

    async def remove_agent(self, *, queue: str, extension: str) -> AgentResult:
        """Take an agent out of a queue."""
        return await self._agent("remove", {"queue": queue, "agent": extension})

    async def add_agents(
        self, members: Iterable[tuple[str, str]], *, penalty: int | None = None
    ) -> tuple[AgentResult, ...]:
        """Do as `add_agent` for many at once: pairs of queue and extension. The result tells of each."""
        return await self._agents("add", [_joining(queue, extension, penalty) for queue, extension in members])

    async def pause_agents(self, members: Iterable[tuple[str, str]]) -> tuple[AgentResult, ...]:
        """Do as `pause_agent` for many at once: pairs of queue and extension."""
        return await self._agents("pause", [{"queue": queue, "agent": agent} for queue, agent in members])

    async def resume_agents(self, members: Iterable[tuple[str, str]]) -> tuple[AgentResult, ...]:
        """Do as `resume_agent` for many at once: pairs of queue and extension."""
        return await self._agents("resume", [{"queue": queue, "agent": agent} for queue, agent in members])

    async def remove_agents(self, members: Iterable[tuple[str, str]]) -> tuple[AgentResult, ...]:
        """Do as `remove_agent` for many at once: pairs of queue and extension."""
        return await self._agents("remove", [{"queue": queue, "agent": agent} for queue, agent in members])

    # Lists of numbers.

    async def blocked(self) -> tuple[ListedNumber, ...]:
        """Return the numbers whose calls are refused."""
        return await self._listed(_BLACK)

    async def block(self, number: str, *, note: str = "") -> None:
        """Refuse a number's calls from now on; `RequestError` for what is no number."""
        body = {"number": _checked(number), "comment": note}
        await self._pbx.change(f"{_BLACK}/add", body, effect=_ENTRY_THERE)

    async def unblock(self, number: str) -> None:
        """Refuse a number's calls no longer; `NotFoundError` where it wasn't blocked."""
        await self._unlist(_BLACK, number, "this number isn't blocked at Simotel")

    async def allowed(self) -> tuple[ListedNumber, ...]:
        """Return the numbers that are let through."""
        return await self._listed(_WHITE)

    async def allow(self, number: str, *, labels: tuple[str, ...] = (), note: str = "") -> None:
        """Let a number through from now on; `RequestError` for what is no number."""
        body = {"number": _checked(number), "labels": list(labels), "comment": note}
        await self._pbx.change(f"{_WHITE}/add", body, effect=_ENTRY_THERE)

    async def disallow(self, number: str) -> None:
        """Take a number off the list of those that are let through; `NotFoundError` where it wasn't on it."""
        await self._unlist(_WHITE, number, "this number isn't on Simotel's list of those that are let through")

    async def add_contact(self, *, name: str, number: str) -> None:
        """Add an entry to the dialler's phonebook."""
        body = {"name": name, "number": _checked(number), "description": ""}
        await self._pbx.change("autodialer/contacts/add", body, effect=_ENTRY_THERE)

    async def remove_contact(self, contact_id: str) -> None:
        """Remove an entry from the dialler's phonebook."""
        await self._pbx.change("autodialer/contacts/remove", {"_id": contact_id}, effect=_ENTRY_GONE)

    async def _users(self) -> list[Any]:
        conditions = {"name": "", "number": "", "mapped": ""}
        body = {"status": "all", "alike": True, "conditions": conditions}
        return lists.plain_rows(await self._pbx.ask("pbx/users/search", body))

    async def _all(self, path: str, *conditions: str) -> list[Any]:
        body = {"alike": "true", "conditions": dict.fromkeys(conditions, "")}
        return lists.plain_rows(await self._pbx.ask(f"{path}/search", body))

    async def _agent(self, verb: str, member: Mapping[str, str]) -> AgentResult:
        body = await self._pbx.change(f"pbx/queues/{verb}agent", member, effect=_AGENT_CHANGED)
        try:
            return rows.read_agent_result(body.get("data"), queue=member["queue"], extension=member["agent"])
        except DataError as error:
            raise unknown(error, _AGENT_CHANGED) from None

    async def _agents(self, verb: str, members: list[dict[str, str]]) -> tuple[AgentResult, ...]:
        if not members:
            return ()
        body = await self._pbx.change(f"pbx/queues/batch{verb}agent", {"agents": members}, effect=_AGENT_CHANGED)
        try:
            told = fields.rows(fields.mapping(body.get("data"), "data").get("Data"), "data.Data")
            if len(told) != len(members):
                raise fields.wrong("data.Data", "as long as what was sent")
            return tuple(
                rows.read_agent_result(one, queue=member["queue"], extension=member["agent"])
                for one, member in zip(told, members, strict=True)
            )
        except DataError as error:
            raise unknown(error, _AGENT_CHANGED) from None

    async def _listed(self, path: str) -> tuple[ListedNumber, ...]:
        conditions = ("name", "number") if path == _BLACK else ("number",)
        return tuple(self._rows.listed_number(row) for row in await self._all(path, *conditions))

    async def _unlist(self, path: str, number: str, otherwise: str) -> None:
        """Remove every entry of a number. Only its id removes an entry, so that the list is asked first."""
        wanted = values.dialled(number)
        full = values.known_e164(wanted)
        found = [
            one.entry_id
            for one in await self._listed(path)
            if one.entry_id and (one.number == wanted or (full and values.known_e164(one.number) == full))
        ]
        if not found:
            raise NotFoundError(otherwise)
        for entry in found:
            await self._pbx.change(f"{path}/remove", {"_id": entry}, effect=_ENTRY_GONE)


def _joining(queue: str, extension: str, penalty: int | None) -> dict[str, str]:
    return {"queue": queue, "source": extension, "agent": extension, "penalty": "" if penalty is None else str(penalty)}


def _checked(number: str) -> str:
    if not is_dialable(number):
        msg = "this isn't a number: give digits, with + in front for another country"
        raise RequestError(msg)
    return values.dialled(number)
