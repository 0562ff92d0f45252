"""Finds the calls, voicemails and faxes whose files are downloaded."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from trunkline.errors import NotFoundError, RequestError
from trunkline.model import Capability, Fax, Voicemail

from .arguments import when
from .storage import open_archive

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from trunkline.model import Call
    from trunkline.providers import Account

    from .parser import Parser


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items are wanted: those with the ids, or all of a period; `given` is what is known of one item."""

    ids: tuple[str, ...]
    since: datetime | None
    until: datetime | None
    given: dict[str, Any]

    @property
    def has_period(self) -> bool:
        """Whether a period was given."""
        return self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class ItemKind:
    """A kind of item: the option of its id, what else may be known of it, and how it is found."""

    id_name: str
    title: str
    details: dict[str, str]
    find: Callable[[Account, Wanted], Awaitable[Sequence[Any]]]


async def _calls(account: Account, wanted: Wanted) -> Sequence[Call]:
    """Find calls in the archive, or else in the provider's list of the period."""
    key = await account.key()
    with closing(open_archive()) as archive:
        if not wanted.ids:
            return archive.calls(accounts=[key], since=wanted.since, until=wanted.until, recorded=True)
        found = {call_id: archive.get(key, call_id) for call_id in wanted.ids}
    if wanted.has_period and None in found.values():
        async for call in account.calls(since=wanted.since, until=wanted.until):
            if found.get(call.call_id, call) is None:
                found[call.call_id] = call
                if None not in found.values():
                    break
    calls = [call for call in found.values() if call is not None]
    if len(calls) < len(found):
        where = "and the provider's list of this period have" if wanted.has_period else "has"
        advice = "" if wanted.has_period else ", or give --since and --until to search the provider's list"
        missing = ", ".join(call_id for call_id, call in found.items() if call is None)
        msg = f"the archive {where} no call {missing}: run `trunkline sync`{advice}"
        raise NotFoundError(msg)
    return calls


async def _voicemails(account: Account, wanted: Wanted) -> Sequence[Voicemail]:
    if wanted.ids and (wanted.given or not account.supports(Capability.VOICEMAILS)):
        return [replace(Voicemail(voicemail_id), **wanted.given) for voicemail_id in wanted.ids]
    listed = await account.voicemails(since=wanted.since, until=wanted.until)
    return _chosen(listed, wanted.ids, "voicemail_id")


async def _faxes(account: Account, wanted: Wanted) -> Sequence[Fax]:
    if wanted.ids and (wanted.given or not account.supports(Capability.FAXES)):
        return [replace(Fax(fax_id), **wanted.given) for fax_id in wanted.ids]
    return _chosen(await account.faxes(since=wanted.since, until=wanted.until), wanted.ids, "fax_id")


def _chosen[T](items: Sequence[T], ids: tuple[str, ...], id_name: str) -> Sequence[T]:
    if not ids:
        return items
    by_id = {getattr(item, id_name): item for item in items}
    missing = [item_id for item_id in ids if item_id not in by_id]
    if missing:
        msg = f"the provider's list has no {', '.join(missing)}: check the id or the period"
        raise NotFoundError(msg)
    return [by_id[item_id] for item_id in ids]


ITEMS = {
    "Call": ItemKind("call_id", "call", {}, _calls),
    "Voicemail": ItemKind(
        "voicemail_id",
        "voicemail",
        {
            "mailbox": "the voicemail's mailbox, for a provider that doesn't list voicemails",
            "context": "the context of the mailbox, for a provider that doesn't list voicemails",
            "filename": "the file of the voicemail, if it is known",
        },
        _voicemails,
    ),
    "Fax": ItemKind("fax_id", "fax", {"filename": "the name of the fax's file, if it is known"}, _faxes),
}
"""The types of parameters whose value is found by its id, or by a period."""


def add_item_options(parser: Parser, kind: ItemKind) -> None:
    """Add the options that say which items are wanted."""
    name = f"--{kind.id_name.replace('_', '-')}"
    parser.add_argument(
        name, dest="item_ids", action="append", metavar="ID", help=f"the id of the {kind.title}; may be repeated"
    )
    form = "a date, optionally with a time, or today, yesterday, 7d, 12h"
    parser.add_argument("--since", dest="item_since", metavar="WHEN", help=f"all from this time on: {form}")
    parser.add_argument("--until", dest="item_until", metavar="WHEN", help="all before this time")
    for detail, text in kind.details.items():
        parser.add_argument(f"--{detail}", dest=f"item_{detail}", metavar=detail.upper(), help=text)


async def find_items(kind: ItemKind, account: Account, options: argparse.Namespace) -> Sequence[Any]:
    """Return the wanted items; `RequestError` if the options name none, `NotFoundError` if there is none of an id."""
    found = {name: getattr(options, f"item_{name}") for name in kind.details}
    wanted = Wanted(
        ids=tuple(dict.fromkeys(options.item_ids or ())),
        since=when(options.item_since, account.zone),
        until=when(options.item_until, account.zone),
        given={name: value for name, value in found.items() if value is not None},
    )
    if not wanted.ids and not wanted.has_period:
        msg = f"give --{kind.id_name.replace('_', '-')}, or --since or --until for all of a period"
        raise RequestError(msg)
    return await kind.find(account, wanted)


def wants_several(options: argparse.Namespace) -> bool:
    """Return whether the options may name more than one item."""
    return len(options.item_ids or ()) != 1
