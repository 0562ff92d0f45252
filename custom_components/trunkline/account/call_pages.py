"""Pages of calls from the archive, newest first, over several accounts, with filters and a search.

A page says where each account was left, so that the next one continues there, also if calls were added meanwhile. How
many calls are looked at for a page is limited: a search for something rare takes several pages, some of them empty.
Everything here runs in the executor.
"""

from __future__ import annotations

import heapq
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from .events import event_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from trunkline.archive import Archive
    from trunkline.model import Call, Party

# How many calls are looked at for one page.
MOST_READ: Final = 4000

_CHUNK: Final = 200
_SHORTEST_NUMBER: Final = 2
# Arabic letters that many keyboards type for Persian ones, a letter that Unicode doesn't take apart, and the sign that
# joins the parts of a word without a space.
_ALIKE: Final = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "đ": "d", "\u200c": None})
_OLDEST: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """The call after which an account's next page begins: its start in UTC, None if it has none, and its id."""

    at: datetime | None
    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are wanted. An empty set or text stands for all.

    `outcomes` are event types (`missed`, `answered`, …), where `missed` is an incoming call that nobody answered.
    `names` gives the name by which a party is displayed. `recorded` is asked for each call if only recorded ones are
    wanted.
    """

    directions: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    trunks: frozenset[str] = frozenset()
    search: str = ""
    names: Callable[[Party], str | None] = lambda party: party.name
    recorded: Callable[[Call], bool] | None = None

    def matches(self, call: Call) -> bool:
        """Return whether the call is wanted."""
        return (
            (not self.directions or call.direction in self.directions)
            and (not self.outcomes or event_type(call) in self.outcomes)
            and (not self.trunks or call.trunk in self.trunks)
            and (self.recorded is None or self.recorded(call))
            and (not self.search.strip() or self._is_found(call))
        )

    def _is_found(self, call: Call) -> bool:
        text = _folded(self.search)
        parties = (call.source, call.destination)
        shown = [self.names(party) for party in parties] + [party.name for party in parties] + [call.extension]
        if any(text in _folded(name) for name in shown if name):
            return True
        # A number is found however it is written: with or without spaces, the country code and the zeros before it.
        digits = _digits(text)
        digits = digits.removeprefix("00" if digits.startswith("00") else "0")
        if len(digits) < _SHORTEST_NUMBER or any(character.isalpha() for character in text):
            return False
        return any(digits in _digits(number) for party in parties for number in (party.number, party.e164) if number)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCalls:
    """The calls of one account: its key, where its page begins (None: at the newest), and which ones are wanted."""

    account: str
    wanted: CallFilter
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Calls with the index of their account, and where each account was left; None if nothing is left of any."""

    calls: list[tuple[int, Call]] = field(default_factory=list)
    positions: Mapping[int, Position | None] | None = None


def read_page(archive: Archive, accounts: Sequence[AccountCalls], *, since: datetime | None, limit: int) -> Page:
    """Return the next `limit` calls, fewer if too many had to be looked at; raises `ArchiveError`."""
    positions = {index: account.position for index, account in enumerate(accounts)}
    lists = [_after(archive, account, since, index) for index, account in enumerate(accounts)]
    found: list[tuple[int, Call]] = []
    for read, (index, call) in enumerate(heapq.merge(*lists, key=_age)):
        if read == MOST_READ or len(found) == limit:
            return Page(found, positions)
        positions[index] = Position(call.started_at, call.call_id)
        if accounts[index].wanted.matches(call):
            found.append((index, call))
    return Page(found)


def _after(archive: Archive, account: AccountCalls, since: datetime | None, index: int) -> Iterator[tuple[int, Call]]:
    position = (account.position.at, account.position.call_id) if account.position else None
    while chunk := archive.older(account.account, position, since=since, limit=_CHUNK):
        yield from ((index, call) for call in chunk)
        if len(chunk) < _CHUNK:
            return
        position = (chunk[-1].started_at, chunk[-1].call_id)


def _age(item: tuple[int, Call]) -> tuple[float, int]:
    index, call = item
    return -(call.started_at or _OLDEST).timestamp(), index


def with_provisional(
    page: Page, provisional: Iterable[tuple[int, Call]], accounts: Sequence[AccountCalls], since: datetime | None
) -> list[tuple[int, Call]]:
    """Return the calls of a first page with pushed ones that the call list doesn't have yet, where they belong."""
    end = None if page.positions is None or not page.calls else page.calls[-1][1].started_at
    fitting = [
        (index, call)
        for index, call in provisional
        if call.started_at is not None
        and (since is None or call.started_at >= since)
        and (end is None or call.started_at >= end)
        and accounts[index].wanted.matches(call)
    ]
    return sorted([*fitting, *page.calls], key=_age)


def _folded(text: str) -> str:
    """Return a text without what people leave out while they search: capital letters, accents and marks."""
    folded = text.casefold().strip()
    if folded.isascii():
        return folded
    letters = (character for character in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(character))
    return "".join(letters).translate(_ALIKE)


def _digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())
