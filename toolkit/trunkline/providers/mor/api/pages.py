"""Pages that only MOR's production interface has: login, balance, phonebook, CLIs, recordings and figures.

Sources: the manufacturer's pages of `user_login`, `user_balance_get`, `phonebooks_get`, `device_clis_get`,
`recordings_get`, `quickstats_get` and `user_details_update` (docs/providers/mor.md).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trunkline.model import CallerId, Contact, RecordingEntry
from trunkline.providers.common import fields
from trunkline.providers.mor import texts

from .refusals import refusal
from .wire import raise_refusal, read_root

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trunkline.calendars import WallClock
    from trunkline.model import Money
    from trunkline.providers.mor.markup import Node
    from trunkline.transport import Reply

# The parameters of `user_details_update` by the names that the page of details has for them.
UPDATES: Mapping[str, str] = {
    "first_name": "u23",
    "surname": "u17",
    "vat_reg_number": "u0",
    "agreement_number": "u27",
    "accounting_number": "u26",
    "clientid": "u19",
    "language": "u8",
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)
_LEAST_SPEED_DIAL, _MOST_SPEED_DIAL = 10, 99_999
_LONGEST_WORDS = 200


def read_balance(reply: Reply, default: str) -> Money:
    """Return a balance: of a page that may name its currency, or the bare number of versions before X4."""
    if b"<" not in reply.body:
        said = reply.body.decode(errors="replace").strip()
        if _NUMBER.fullmatch(said):
            found = texts.money(said, default, "balance")
            assert found is not None  # noqa: S101 -- it isn't empty
            return found
        if not said or len(said) > _LONGEST_WORDS:
            raise reply.wrong("a balance")
        raise refusal(said, reply.label)
    root = read_root(reply)
    raise_refusal(root, reply.label)
    balance = root if root.name == "balance" else root.one("balance")
    currency = texts.currency(root.at("currency"), default)
    found = texts.money(None if balance is None else balance.words, currency, "balance")
    if found is None:
        raise fields.wrong("balance", "there")
    return found


def read_contacts(root: Node) -> tuple[Contact, ...]:
    """Return the entries of the phonebook; each has one number."""
    holder = root.one("phonebooks")
    return tuple(_contact(row) for row in (() if holder is None else holder.all("phonebook")))


def _contact(row: Node) -> Contact:
    number = row.at("number")
    return Contact(
        contact_id=fields.identifier(row.at("id"), "id"), name=row.at("name"), numbers=(number,) if number else ()
    )


def free_speed_dial(root: Node | None) -> str:
    """Return a short number that no entry of the phonebook has: every entry needs one of two digits or more."""
    holder = None if root is None else root.one("phonebooks")
    taken = {row.at("speeddial") for row in (() if holder is None else holder.all("phonebook"))}
    return next(
        (str(number) for number in range(_LEAST_SPEED_DIAL, _MOST_SPEED_DIAL) if str(number) not in taken),
        str(_MOST_SPEED_DIAL),
    )


def read_caller_ids(root: Node, clock: WallClock) -> tuple[CallerId, ...]:
    """Return the numbers that devices are known by.

    The sample has one, and its fields stand in `<status>` itself; of several, each begins with its id.
    """
    found: list[dict[str, str | None]] = []
    for one in root.iter():
        name, words = one.tag.lower(), (one.text or "").strip() or None
        if name == "cli_id":
            found.append({name: words})
        elif name.startswith("cli_") and found:
            found[-1].setdefault(name, words)
    return tuple(
        CallerId(
            caller_id=fields.identifier(row["cli_id"], "cli_id"),
            number=row.get("cli_cli"),
            description=row.get("cli_description"),
            device=row.get("cli_device"),
            added_at=texts.time(row.get("cli_added_at"), clock, "cli_added_at"),
        )
        for row in found
    )


def read_recordings(root: Node, clock: WallClock) -> tuple[RecordingEntry, ...]:
    """Return the recordings: lengths in seconds, sizes in bytes."""
    holder = root.one("status", "recordings")
    return tuple(
        RecordingEntry(
            recording_id=fields.identifier(row.at("id"), "id"),
            at=texts.time(row.at("date"), clock, "date"),
            duration=texts.duration(row.at("duration"), "duration"),
            source=row.at("source"),
            destination=row.at("destination"),
            size=fields.seconds(row.at("size"), "size"),
            note=row.at("comment"),
        )
        for row in (() if holder is None else holder.all("recording"))
    )


def newest_first(entry: RecordingEntry) -> float:
    """Return by what recordings are put in order."""
    moment: datetime | None = entry.at
    return -moment.timestamp() if moment else float("-inf")
