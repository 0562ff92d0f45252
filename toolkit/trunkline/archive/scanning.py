"""What a scan of the archive consists of: files of a mirror that are up to date, and the calls of all other months."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .contacts import shown_names
from .marks import marks_of
from .mirror import folder_of, is_current
from .queries import chosen_accounts
from .rows import PRICE_FIELDS, from_micros
from .spans import Month, Span
from .tables import AS_SENT, SENT, checked, decimal_type, finished, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa
    from sqlalchemy import Connection

_FACTS = ("account", "price_scale", "source", "destination", *SENT)


@dataclass(frozen=True, slots=True)
class Parts:
    """What belongs to a scan. `files` are by the type of their prices, and may have calls outside the span.

    `e164_of` are the numbers to show in E.164 by account, `names` those of numbers, `price` is the type of all prices.
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
    import pyarrow.parquet as pq  # noqa: PLC0415

    chosen = chosen_accounts(connection, accounts)
    files: defaultdict[pa.DataType, list[str]] = defaultdict(list)
    tables, facts = [], _Facts()
    with checked(connection, chosen):
        for account in chosen:
            current = {} if directory is None else dict(_current(connection, directory / folder_of(account), account))
            used = {month: path for month, path in current.items() if _overlap(month, span)}
            for path in used.values():
                files[pq.read_schema(path).field("price").type].append(str(path))
                facts.add(pq.read_table(path, columns=list(_FACTS), filters=filters(span)))
            for gap in _between(span, used):
                tables.append(finished(read(connection, [account], gap, {}, AS_SENT), {}))
                facts.add(tables[-1].select(_FACTS))
        names = shown_names(connection)
    price = decimal_type(min(facts.scales, default=0), max(facts.scales, default=0))
    some = [table for table in tables if len(table)] or tables[:1]
    empty = finished(read(connection, (), span, {}, AS_SENT), {})
    table = pa.concat_tables([priced(each, price) for each in (some or [empty])]).unify_dictionaries()
    return Parts(span, {kind: tuple(paths) for kind, paths in files.items()}, table, facts.e164_of(), names, price)


class _Facts:
    """What has to be known of all calls of a scan before one of them is shown."""

    def __init__(self) -> None:
        self.scales: set[int] = set()
        self._bare: defaultdict[str, set[str]] = defaultdict(set)
        self._known: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)

    def add(self, table: pa.Table) -> None:
        """Add what a table says."""
        self.scales.update(table.column("price_scale").unique().to_pylist())
        for side in ("source", "destination"):
            shown = [table.column(name) for name in ("account", side, f"{side}_sent", f"{side}_is_e164")]
            for account, number, sent, is_e164 in _unique(shown):
                if not is_e164 and number is not None:
                    self._bare[account].add(number)
                elif is_e164 and sent is not None and number is not None:
                    self._known[account].add((sent, number))

    def e164_of(self) -> dict[str, dict[str, str]]:
        """Return the E.164 form of the numbers that some calls of an account have it for and others don't."""
        # Of several the greatest, as `tables` has it.
        found = {
            account: dict(sorted((sent, number) for sent, number in known if sent in self._bare[account]))
            for account, known in self._known.items()
        }
        return {account: numbers for account, numbers in found.items() if numbers}


def _unique(columns: Sequence[pa.ChunkedArray]) -> Iterable[tuple[str, str | None, str | None, int]]:
    import pyarrow as pa  # noqa: PLC0415

    names = [f"c{place}" for place in range(len(columns))]
    plain = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in columns]
    found = pa.table(dict(zip(names, plain, strict=True))).group_by(names).aggregate([])
    return zip(*(found.column(name).to_pylist() for name in names), strict=True)


def _current(connection: Connection, folder: Path, account: str) -> Iterator[tuple[Month, Path]]:
    for month, mark in marks_of(connection, account).items():
        path = folder / f"{month.name}.parquet"
        if is_current(path, mark):
            yield month, path


def _overlap(month: Month, span: Span) -> bool:
    return (span.low is None or month.high > span.low) and (span.high is None or month.low < span.high)


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


def priced(table: pa.Table, price: pa.DataType) -> pa.Table:
    """Return the table with the type of its prices changed, exactly."""
    import pyarrow as pa  # noqa: PLC0415

    fields = [field.with_type(price) if field.name in PRICE_FIELDS else field for field in table.schema]
    return table.cast(pa.schema(fields))
