"""Rows of Simotel's lists of extensions, trunks, queues and listed numbers, and the results of agent changes.

Source: "Simotel API", pbx/users, pbx/trunks, pbx/queues, pbx/blacklists and pbx/whitelists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Agent, AgentResult, Extension, ListedNumber, Queue, Trunk
from trunkline.providers.common import fields

from . import numbers, row_values

if TYPE_CHECKING:
    from .dates import RowDates


def read_extension(record: object) -> Extension:
    """Return an extension. Its secret is never read."""
    row = fields.mapping(record, "user")
    return Extension(
        number=fields.required_text(row.get("number"), "number"), name=row_values.text(row.get("name"), "name")
    )


def read_agents(record: object) -> tuple[Agent, ...]:
    """Return a user as the agent of each queue in `queues`: numbers, or objects that have one."""
    row = fields.mapping(record, "user")
    extension = read_extension(row)
    queues = [_queue_number(value) for value in fields.rows(row.get("queues"), "queues")]
    return tuple(Agent(extension=extension.number, queue=queue, name=extension.name) for queue in queues)


def _queue_number(value: object) -> str:
    if isinstance(value, dict):
        value = next((value[name] for name in ("number", "qnum", "queue", "name") if value.get(name)), None)
    return fields.required_text(value, "queues")


def read_trunk(record: object) -> Trunk:
    """Return a trunk, whose name is its id, as in call records. Passwords are never read.

    The number is at the end of the registration (`user:secret@host/number`), or the name itself if it is a number.
    """
    row = fields.mapping(record, "trunk")
    name = fields.identifier(row.get("name"), "name")
    registration = (fields.text(row.get("register_string"), "register_string") or "").strip()
    _, slash, registered_number = registration.rpartition("@")[2].rpartition("/")
    candidates = (registered_number if slash else "", name)
    number = next((text for text in candidates if text.isascii() and text.isdigit()), None)
    return Trunk(trunk_id=name, number=number, e164=numbers.full_number(number))


def read_queue(record: object) -> Queue:
    """Return a queue."""
    row = fields.mapping(record, "queue")
    return Queue(
        queue_id=row_values.object_id(row.get("_id"), "_id"),
        number=fields.required_text(row.get("number"), "number"),
        name=row_values.text(row.get("name"), "name"),
        strategy=row_values.text(row.get("strategy"), "strategy"),
    )


def read_listed_number(record: object, dates: RowDates) -> ListedNumber:
    """Return an entry of the blacklist or the whitelist."""
    row = fields.mapping(record, "entry")
    labels = (fields.text(label, "labels") for label in fields.rows(row.get("labels"), "labels"))
    return ListedNumber(
        number=fields.required_text(row.get("number"), "number"),
        entry_id=row_values.optional_id(row.get("_id"), "_id"),
        note=row_values.text(row.get("comment"), "comment"),
        labels=tuple(label for label in labels if label),
        added_at=dates.utc(row.get("date"), "date"),
    )


def read_agent_result(record: object, *, queue: str, extension: str) -> AgentResult:
    """Return the result of changing one agent; batches name the agent in `agent` or `agents`."""
    row = fields.mapping(record, "data")
    agent = row_values.text(row.get("agent"), "agent") or row_values.text(row.get("agents"), "agents")
    return AgentResult(
        extension=agent or extension,
        queue=row_values.text(row.get("queue"), "queue") or queue,
        done=fields.integer(row.get("ok"), "ok") == 1,
        message=row_values.text(row.get("message"), "message"),
    )
