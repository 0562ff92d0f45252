"""Calls that two accounts recorded, such as a telephone system and its provider: found, and counted once.

Whole columns are compared, and each number that occurs is read once: two accounts with 100,000 calls take a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from trunkline.model import Direction

from .distinct import codes, plain
from .frames import as_kind_of, read
from .matching import Record, number_codes, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


type _Ints = NDArray[np.int64]

WITHIN_S = 10
"""So many seconds apart the two records of a call start at most."""
TALK_WITHIN_S = 2
"""So many seconds their talk times differ at most."""
LEAST_SHARE = 0.2
"""Of the calls that either account made while both were recorded, so many have a twin on the other one at least."""

_MICROS = 1_000_000
_NONE: _Ints = np.empty(0, np.int64)
_ORDER = ("started_at", "account", "call_id")
_COLUMNS = ("account", "call_id", "direction", "status", "source", "destination", "started_at", "talk_s")
_PRICED = ("price", "currency")
_PAIRED = ("account", "call_id", "started_at", "status", "talk_s", *_PRICED)


@dataclass(frozen=True, slots=True)
class Twice:
    """Calls that two accounts recorded, a row of `pairs` each: the one that counts, and its twin (`twin_...`).

    The columns are `account`, `call_id`, `started_at` (UTC), `status`, `talk_s`, `price` and `currency` of both.
    """

    pairs: pa.Table | None = None

    def __len__(self) -> int:
        """Return how many calls were recorded twice."""
        return 0 if self.pairs is None else int(self.pairs.num_rows)

    def within(self, spans: Mapping[str, tuple[datetime | None, datetime | None]]) -> Twice:
        """Return the calls whose twin started within the span of its account (UTC, half open, None is open)."""
        if self.pairs is None:
            return self
        start, account = self.pairs["twin_started_at"], self.pairs["twin_account"]
        inside = pa.chunked_array([pa.array(np.zeros(len(self), bool))])
        for name, (since, until) in spans.items():
            own = pc.equal(account, name)
            for bound, compared in ((since, pc.greater_equal), (until, pc.less)):
                if bound is not None:
                    own = pc.and_(own, compared(start, pa.scalar(bound, start.type)))
            inside = pc.or_(inside, own)
        return Twice(self.pairs.filter(inside))

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many calls there are by the account that counts and that of the twin."""
        if self.pairs is None:
            return {}
        grouped = self.pairs.group_by(["account", "twin_account"]).aggregate([("account", "count")])
        rows = grouped.to_pylist()
        return {(row["account"], row["twin_account"]): row["account_count"] for row in rows}


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a frame that are twins: `kept` count, `twin` are the same calls on another account."""

    table: pa.Table
    kept: _Ints
    twin: _Ints

    @property
    def twice(self) -> Twice:
        """The calls, beside their twins."""
        if not len(self.kept):
            return Twice()
        chosen = self.table.select(list(_PAIRED))
        one, other = (chosen.take(pa.array(rows)) for rows in (self.kept, self.twin))
        names = [*_PAIRED, *(f"twin_{name}" for name in _PAIRED)]
        return Twice(pa.table([*one.columns, *other.columns], names=names))


def find(
    frame: Any,
    *,
    region: str | None = None,
    within_s: int = WITHIN_S,
    talk_within_s: int = TALK_WITHIN_S,
    prefer: Sequence[str] = (),
    least_share: float = LEAST_SHARE,
) -> Found:
    """Return the twins among the rows of a frame, see `records.twins`."""
    calls = read(frame, *_COLUMNS, optional=_PRICED)
    table = plain(calls.data.to_arrow())
    candidates = _candidates(table, region)
    currencies = _currencies(table)
    kept, twin, ahead = _NONE, _NONE, _NONE
    for account in (order := _accounts(table, prefer)):
        own = candidates.of(account)
        compared = [each for each in order if _comparable(currencies.get(each), currencies.get(account))]
        ones, twins = _match(candidates, ahead[np.isin(candidates.accounts[ahead], compared)], own,
                             (within_s, talk_within_s), least_share)  # fmt: skip
        kept, twin = np.concatenate((kept, ones)), np.concatenate((twin, twins))
        ahead = np.concatenate((ahead, np.setdiff1d(own, twins, assume_unique=True)))
    return Found(table, candidates.rows[kept], candidates.rows[twin])


def _comparable(one: set[str | None] | None, other: set[str | None] | None) -> bool:
    """Return whether two accounts don't charge in different currencies: then both charges count."""
    return not one or not other or not one.isdisjoint(other)


def once[F](frame: F, found: Found) -> F:
    """Return the frame without the twins."""
    if not len(found.twin):
        return frame
    wrapped = nw.from_native(cast("Any", frame))
    if isinstance(wrapped, nw.LazyFrame):
        # Rows that are asked for twice may come in another order.
        data = wrapped.collect()
        gone = set(
            zip(*(found.table[name].take(pa.array(found.twin)).to_pylist() for name in _PAIRED[:2]), strict=True)
        )
        listed = zip(data["account"].to_list(), data["call_id"].to_list(), strict=True)
        return cast("F", as_kind_of(frame, data.filter([key not in gone for key in listed]).to_arrow()))
    stays = np.ones(len(wrapped), bool)
    stays[found.twin] = False
    return cast("F", wrapped.filter(stays.tolist()).to_native())


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The calls that can have a twin, in the order of their start: their rows of the table, and what is compared."""

    rows: _Ints
    accounts: _Ints
    record: Record

    def of(self, account: int) -> _Ints:
        """Return the places of the calls of an account."""
        return np.flatnonzero(self.accounts == account)


def _candidates(table: pa.Table, region: str | None) -> _Candidates:
    is_incoming = pc.equal(table["direction"], Direction.INCOMING.value)
    number = pc.if_else(is_incoming, table["source"], table["destination"])
    known = [number, *(table[name] for name in ("account", "started_at", "talk_s"))]
    compared = pc.is_in(table["direction"], pa.array([Direction.INCOMING.value, Direction.OUTGOING.value]))
    fits = reduce(pc.and_, (pc.is_valid(each) for each in known), compared)
    rows = np.flatnonzero(pc.fill_null(fits, False).combine_chunks().to_numpy(zero_copy_only=False))
    ordered = pc.sort_indices(
        table.select(list(_ORDER)).take(pa.array(rows)), sort_keys=[(name, "ascending") for name in _ORDER]
    )
    rows = rows[ordered.to_numpy()].astype(np.int64)
    chosen = pa.array(rows)
    incoming = is_incoming.take(chosen).combine_chunks().to_numpy(zero_copy_only=False)
    record = Record(
        number_codes(number.take(chosen), region) * 2 + incoming,
        table["started_at"].take(chosen).cast(pa.int64()).to_numpy(),
        table["talk_s"].take(chosen).cast(pa.int64()).to_numpy() * _MICROS,
    )
    return _Candidates(rows, codes(table["account"])[rows], record)


def _accounts(table: pa.Table, prefer: Sequence[str]) -> list[int]:
    """Return the codes of the accounts, that whose record counts first."""
    counted = pa.table({"code": codes(table["account"]), "name": table["account"], "price": table["price"]})
    rows = counted.group_by(["code", "name"]).aggregate([("price", "count")]).to_pylist()
    names: dict[int, str] = {row["code"]: row["name"] for row in rows if row["name"] is not None}
    priced = {row["code"]: row["price_count"] for row in rows}
    first = {account: place for place, account in enumerate(prefer)}
    return sorted(names, key=lambda code: (first.get(names[code], len(first)), -priced[code], names[code]))


def _currencies(table: pa.Table) -> dict[int, set[str | None]]:
    """Return the currencies in which each account charged anything."""
    if not pa.types.is_decimal(table["price"].type):
        return {}
    priced = pc.fill_null(pc.not_equal(table["price"], pa.scalar(Decimal(0), table["price"].type)), False)
    charged = pa.table({"account": codes(table["account"]), "currency": table["currency"]}).filter(priced)
    found: dict[int, set[str | None]] = {}
    for row in charged.group_by(["account", "currency"]).aggregate([]).to_pylist():
        found.setdefault(row["account"], set()).add(row["currency"])
    return found


def _match(
    candidates: _Candidates, ahead: _Ints, own: _Ints, within: tuple[int, int], least_share: float
) -> tuple[_Ints, _Ints]:
    """Return the places of calls of accounts that are ahead, and of their twins among an account's own calls.

    Two accounts that happen to have a call alike are not two records of one line: where too few calls have a twin,
    the accounts are not compared.
    """
    while len(ahead) and len(own):
        one, other = pairs(
            candidates.record.rows(ahead), candidates.record.rows(own),
            within=within[0] * _MICROS, talk_within=within[1] * _MICROS,
        )  # fmt: skip
        if not len(one):
            break
        kept, twin = ahead[one], own[other]
        accounts = candidates.accounts[kept]
        others = [
            account
            for account in map(int, np.unique(accounts))
            if int((accounts == account).sum()) < least_share * _least(candidates, ahead, own, account)
        ]
        if not others:
            return kept, twin
        ahead = ahead[~np.isin(candidates.accounts[ahead], others)]
    return _NONE, _NONE


def _least(candidates: _Candidates, ahead: _Ints, own: _Ints, account: int) -> int:
    """Return how many calls the one of two accounts with fewer has in the time in which both have calls."""
    starts = candidates.record.starts
    theirs, mine = starts[ahead[candidates.accounts[ahead] == account]], starts[own]
    slack = WITHIN_S * _MICROS
    low, high = max(theirs.min(), mine.min()) - slack, min(theirs.max(), mine.max()) + slack
    return min(int(((each >= low) & (each <= high)).sum()) for each in (theirs, mine))
