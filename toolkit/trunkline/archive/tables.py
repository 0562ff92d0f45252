"""The archive's calls as Arrow tables, whole or in pieces. pyarrow loads when one is asked for."""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc, select

from trunkline.model import Direction, Status

from .chunks import NAMES, SIDES, chunks, most_calls, portions
from .columns import Columns
from .contacts import shown_names
from .damage import EARLIEST, LATEST, UNREADABLE
from .finished import AS_SENT, COLUMNS, TIMES, Calls
from .prices import decimal_type
from .queries import chosen_accounts, find_damaged
from .rows import MOST_DIGITS
from .schema import accounts as accounts_table
from .shown import Numbers, merged
from .spans import Span, months

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import pyarrow as pa
    from sqlalchemy import Connection

    from .chunks import Portion

_FACTS = ("price_scale", *SIDES, *(f"{side}_e164" for side in SIDES))
_MOST_PAIRS = 10_000
_WORDS = {"direction": frozenset(Direction), "status": frozenset(Status)}


class Facts:
    """What has to be known of all calls before one of them is shown: decimal digits of prices, and forms of numbers."""

    def __init__(self) -> None:
        self.scales: set[int] = set()
        self.numbers = Numbers()

    def add(self, account: str, chunk: Mapping[str, pa.Array]) -> None:
        """Add what calls of an account say."""
        self.scales.update(chunk["price_scale"].unique().to_pylist())
        for side in SIDES:
            self.numbers.add(account, chunk[side], chunk[f"{side}_e164"])

    def of(self, account: str) -> dict[str, Any] | None:
        """Return what JSON can say of an account, None if that is much: then it's found sooner from the calls."""
        pairs = self.numbers.pairs(account)
        return None if len(pairs) > _MOST_PAIRS else {"scales": sorted(self.scales), "numbers": pairs}

    def add_those(self, account: str, said: Mapping[str, Any]) -> None:
        """Add what `of` has said."""
        self.scales.update(said["scales"])
        self.numbers.add_pairs(account, said["numbers"])

    @property
    def price(self) -> pa.DataType:
        """The type of the prices."""
        return decimal_type(self.scales)


def tables(
    connection: Connection, accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> Iterator[pa.Table]:
    """Yield the calls in pieces of equal types, as `Archive.tables` says."""
    chosen, span = chosen_accounts(connection, accounts), Span.of(since, until)
    with checked(connection, chosen):
        facts = Facts()
        for account in chosen:
            for chunk in _chunks([connection], portions(connection, account, span), _FACTS):
                facts.add(account, chunk)
        known, e164_of, some = shown_names(connection), facts.numbers.e164_of(), False
        for part in _parts(connection, chosen, span):
            piece = Calls(read([connection], chosen, part), facts.price, e164_of, known).table()
            if len(piece):
                some = True
                yield piece
        if not some:
            yield Calls(read([connection], (), span), facts.price).table()


def whole(
    connections: Sequence[Connection], accounts: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> Calls:
    """Return the calls of `Archive.frame`; the connections see the same state."""
    connection = connections[0]
    chosen, facts = chosen_accounts(connection, accounts), Facts()
    with checked(connection, chosen):
        columns = read(connections, chosen, Span.of(since, until), facts)
        return Calls(columns, facts.price, facts.numbers.e164_of(), shown_names(connection))


def _parts(connection: Connection, accounts: Sequence[str], span: Span) -> Iterator[Span]:
    if span.unstarted:
        yield replace(span, started=False)
    for month in months(connection, accounts, span):
        yield span.within(month)


@contextmanager
def checked(connection: Connection, accounts: Sequence[str]) -> Iterator[None]:
    """Read rows; where that fails because one is damaged, the error names it."""
    try:
        yield
    except (*UNREADABLE, exc.DBAPIError) as error:
        # Many rows at once don't say which of them is damaged: read them one by one. PostgreSQL answers nothing more
        # in a transaction in which something failed.
        if connection.dialect.name == "sqlite" or not isinstance(error, exc.DBAPIError):
            find_damaged(connection, accounts)
        raise


def read(
    connections: Sequence[Connection],
    accounts: Sequence[str],
    span: Span,
    facts: Facts | None = None,
    *,
    as_sent: bool = False,
) -> Columns:
    """Return the calls of each account in turn, ordered by start and id; `facts` are told what they say.

    The connections see the same state, and each is read by a thread of its own. There are the columns of `COLUMNS`, and
    those of `AS_SENT` if asked for.
    """
    connection = connections[0]
    parts = {account: portions(connection, account, span) for account in accounts}
    columns = Columns((*COLUMNS, *AS_SENT) if as_sent else COLUMNS, sum(map(most_calls, parts.values())))
    currencies = dict(connection.execute(select(accounts_table.c.account, accounts_table.c.currency)).tuples().all())
    for account, found in parts.items():
        for chunk in _chunks(connections, found, NAMES):
            _check(chunk)
            if facts is not None:
                facts.add(account, chunk)
            columns.add(account, _settled(account, chunk, currencies.get(account)))
    return columns


def _chunks(
    connections: Sequence[Connection], found: Sequence[Portion], names: Sequence[str]
) -> Iterator[dict[str, pa.Array]]:
    with closing(chunks(connections, found, names)) as arrays:
        yield from arrays


def _check(chunk: Mapping[str, pa.Array]) -> None:
    """Raise `ValueError` for a time, a scale or a word that no call can have."""
    import pyarrow.compute as pc  # noqa: PLC0415

    if any(chunk[name].null_count for name in ("call_id", "status", "price_scale")):
        raise ValueError
    for name, (least, most) in (dict.fromkeys(TIMES, (EARLIEST, LATEST)) | {"price_scale": (0, MOST_DIGITS)}).items():
        ends = pc.min_max(chunk[name]).as_py()
        if ends["min"] is not None and not least <= ends["min"] <= ends["max"] <= most:
            raise ValueError(name)
    for name, words in _WORDS.items():
        if not words.issuperset(chunk[name].dictionary.to_pylist()):
            raise ValueError(name)


def _settled(account: str, chunk: dict[str, pa.Array], currency: str | None) -> dict[str, pa.Array]:
    """Return a chunk with the columns that come from elsewhere, or from two others."""
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    codes = pa.array(np.zeros(len(chunk["call_id"]), np.int32))
    settled = {**chunk, "account": pa.DictionaryArray.from_arrays(codes, pa.array([account]))}
    settled["currency"] = _filled(chunk["currency"], currency)
    for side in SIDES:
        sent, e164 = chunk[side], chunk[f"{side}_e164"]
        settled[side], settled[f"{side}_sent"] = merged(sent, e164), sent
        settled[f"{side}_is_e164"] = pc.is_valid(e164).cast(pa.int64())
    return settled


def _filled(words: pa.DictionaryArray, word: str | None) -> pa.DictionaryArray:
    """Return the words with another one in place of nulls."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    if word is None or not words.null_count:
        return words
    if not isinstance(word, str):
        raise TypeError
    values = words.dictionary
    if (place := pc.index(values, word).as_py()) < 0:
        place, values = len(values), pa.concat_arrays([values, pa.array([word])])
    return pa.DictionaryArray.from_arrays(words.indices.fill_null(place), values)
