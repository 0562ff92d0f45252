"""What a scan of the archive consists of: files of a mirror that are up to date, and the calls of all other months."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .chunks import SIDES
from .contacts import shown_names
from .finished import AS_SENT, Calls
from .marks import marks_of
from .mirror import current, facts_in, folder_of, names_of
from .queries import chosen_accounts
from .rows import from_micros
from .spans import Month, Span
from .tables import Facts, checked, read

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa
    from sqlalchemy import Connection

    from .columns import Columns

_FACTS = (*SIDES, *AS_SENT)


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs to a scan. `files` are by the type of their prices, and may have calls outside the span.

    In the files, numbers of `e164_of` (by account) are to be shown in E.164, and numbers of `names` have other names
    now; the calls of `table` have theirs. `price` is the type of all prices.
    """

    span: Span
    files: Mapping[pa.DataType, tuple[str, ...]]
    table: pa.Table
    e164_of: Mapping[str, Mapping[str, str]]
    names: Mapping[str, str]
    price: pa.DataType


def parts(connection: Connection, directory: Path | None, accounts: Sequence[str] | None, span: Span) -> Parts:
    """Return the parts of a scan; `directory` is that of a mirror."""
    import pyarrow as pa  # noqa: PLC0415

    chosen = chosen_accounts(connection, accounts)
    files: defaultdict[pa.DataType, list[str]] = defaultdict(list)
    gaps: list[Columns] = []
    facts, named = Facts(), defaultdict[str, list[Any]](list)
    with checked(connection, chosen):
        for account in chosen:
            found = {} if directory is None else dict(_current(connection, directory / folder_of(account), account))
            used = {month: file for month, file in found.items() if _overlap(month, span)}
            for month, (path, schema) in used.items():
                files[schema.field("price").type].append(str(path))
                named[account].append(names_of(schema))
                said = facts_in(schema) if _within(month, span) else None
                if said is None:
                    facts.add(account, _read_facts(path, span))
                else:
                    facts.add_those(account, said)
            gaps += [read([connection], [account], gap, facts) for gap in _between(span, used)]
        gaps = gaps or [read([connection], (), span)]
        known = shown_names(connection)
    e164_of = facts.numbers.e164_of()
    table = pa.concat_tables([Calls(columns, facts.price, e164_of, known).table() for columns in gaps])
    names: dict[str, str] = {}
    for account, said in named.items():
        names |= _renamed(said, e164_of.get(account, {}), known)
    by_price = {kind: tuple(paths) for kind, paths in files.items()}
    return Parts(span, by_price, table.unify_dictionaries(), e164_of, names, facts.price)


def _renamed(
    said: Sequence[Collection[Sequence[Any]] | None], e164_of: Mapping[str, str], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the known names that files have otherwise; all of them, if a file doesn't say which names it has."""
    found = {}
    for number, name in {tuple(pair) for pairs in said for pair in pairs or ()}:
        shown = e164_of.get(number, number)
        if known.get(shown, name) != name:
            found[shown] = known[shown]
    return dict(known) if None in said else found


def _read_facts(path: Path, span: Span) -> dict[str, pa.Array]:
    """Return what a file says of those of its calls that are in a span, in the columns of `chunks`."""
    import pyarrow.compute as pc  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pq.read_table(path, columns=list(_FACTS), filters=filters(span)).combine_chunks()
    facts = {"price_scale": table.column("price_scale")}
    for side in SIDES:
        e164 = pc.if_else(pc.equal(table.column(f"{side}_is_e164"), 1), table.column(side), None)
        facts[side] = table.column(f"{side}_sent").dictionary_encode().combine_chunks()
        facts[f"{side}_e164"] = e164.dictionary_encode().combine_chunks()
    return facts


def _current(connection: Connection, folder: Path, account: str) -> Iterator[tuple[Month, tuple[Path, pa.Schema]]]:
    for month, mark in marks_of(connection, account).items():
        path = folder / f"{month.name}.parquet"
        if (schema := current(path, mark)) is not None:
            yield month, (path, schema)


def _overlap(month: Month, span: Span) -> bool:
    return (span.low is None or month.high > span.low) and (span.high is None or month.low < span.high)


def _within(month: Month, span: Span) -> bool:
    return (span.low is None or month.low >= span.low) and (span.high is None or month.high <= span.high)


def _between(span: Span, used: Iterable[Month]) -> Iterator[Span]:
    """Yield what is left of a span without the months, which are in their order."""
    low, unstarted = span.low, span.unstarted
    for month in used:
        if low is None or low < month.low:
            yield Span(low, month.low, unstarted)
            unstarted = False
        low = month.high
    if span.high is None or low is None or low < span.high:
        yield Span(low, span.high, unstarted)


def filters(span: Span) -> list[tuple[str, str, object]] | None:
    """Return the filters of pyarrow for the calls of a span, None for all."""
    bounds = [(">=", span.low), ("<", span.high)]
    return [("started_at", sign, from_micros(bound)) for sign, bound in bounds if bound is not None] or None
