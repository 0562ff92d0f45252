"""The calls of two records beside each other, row by row: whole columns at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.model import Direction

from . import classes
from .classes import Findings, true
from .distinct import distinct, plain
from .frames import read
from .matching import UNKNOWN_TALK, Record, number_codes, pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .frames import Calls

    type _Ints = NDArray[np.int64]
    type _Mask = NDArray[np.bool_]
    type _Column = pa.ChunkedArray

_N, _TEXT, _UTC, _X = pa.int64(), pa.string(), pa.timestamp("us", "UTC"), pa.float64()
_MICROS = 1_000_000
_COMPARED = (Direction.INCOMING.value, Direction.OUTGOING.value)
_COLUMNS = ("account", "call_id", "direction", "status", "source", "destination", "started_at", "talk_s")
_PRICED = ("price", "currency")
_ORDERED = ("started_at", "account", "call_id")
# Arrow adds a digit to a difference of decimals, up to 76 in this type.
_WIDE = 40


def read_calls(frame: Any) -> Calls:
    """Return the columns of a frame that are compared; those of prices may be missing."""
    return read(frame, *_COLUMNS, optional=_PRICED)


@dataclass(frozen=True, slots=True)
class _Side:
    """The calls of one record in the order of their starts, and a code of direction and number for each."""

    table: pa.Table
    keys: _Ints

    def at(self, places: _Ints, name: str) -> _Column:
        """Return a column of the calls at these places; at a place below 0 is none, and nothing is known of it."""
        return self.table[name].take(pa.array(places, mask=places < 0))

    def rows(self, places: _Ints, *names: str) -> pa.Table:
        """Return columns of the calls at these places."""
        return self.table.select(list(names)).take(pa.array(places))

    @property
    def compared(self) -> _Mask:
        """Which calls are incoming or outgoing."""
        return true(pc.is_in(self.table["direction"], pa.array(_COMPARED)))

    @property
    def begun(self) -> _Mask:
        """Of which calls the start is known."""
        return true(pc.is_valid(self.table["started_at"]))

    @property
    def record(self) -> tuple[_Ints, Record]:
        """The places of the calls that can be paired, and what is compared of them."""
        places = np.flatnonzero(self.compared & self.begun)
        talks = pc.fill_null(pc.multiply(self.at(places, "talk_s"), _MICROS), UNKNOWN_TALK)
        starts = self.at(places, "started_at").cast(pa.int64())
        return places, Record(self.keys[places], starts.to_numpy(), talks.to_numpy())


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that are found: places of the calls of both records, below 0 where there is none."""

    mine: _Side
    theirs: _Side
    own: _Ints
    other: _Ints

    def one(self, name: str) -> _Column:
        """Return a column of the first record's calls."""
        return self.mine.at(self.own, name)

    def two(self, name: str) -> _Column:
        """Return a column of the other record's calls."""
        return self.theirs.at(self.other, name)

    def either(self, name: str) -> _Column:
        """Return a column of the first record's calls, of the other's where there is none."""
        return pc.if_else(pa.chunked_array([self.own >= 0]), self.one(name), self.two(name))

    def order(self) -> _Ints:
        """Return the order by start, then by account and id."""
        sides = (self.one, self.two)
        keys = [self.either("started_at"), *(side(name) for side in sides for name in _ORDERED[1:])]
        table = pa.table(keys, names=[str(place) for place in range(len(keys))])
        found: _Ints = pc.sort_indices(table, sort_keys=[(name, "ascending") for name in table.column_names]).to_numpy()
        return found.astype(np.int64)


def found(calls: Calls, others: Calls, region: str | None, within_s: int, talk_within_s: int) -> pa.Table:
    """Return the calls beside those of the other record, see `records.compare`."""
    mine, theirs = _sides(calls, others, region)
    own, other = _pairs(mine, theirs, within_s)
    findings = classes.of_pairs(mine.rows(own, *classes.COLUMNS), theirs.rows(other, *classes.COLUMNS), talk_within_s)
    alone, of_alone = _unpaired(mine, own, "missing_there")
    missing, of_missing = _unpaired(theirs, other, "missing_here")
    own = np.concatenate((own, alone, np.full_like(missing, -1)))
    other = np.concatenate((other, np.full_like(alone, -1), missing))
    order = _Rows(mine, theirs, own, other).order()
    rows = _Rows(mine, theirs, own[order], other[order])
    money = calls.money(others.scale)
    columns = _columns(rows, (findings + of_alone + of_missing).at(order), money)
    return pa.table({name: columns[name].cast(kind) for name, kind in _schema(money).items()})


def _sides(calls: Calls, others: Calls, region: str | None) -> tuple[_Side, _Side]:
    """Return the calls of both records; a number has the same code in both."""
    tables = []
    for each in (calls, others):
        table = plain(each.data.select(*_COLUMNS, *_PRICED).to_arrow())
        tables.append(table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in _ORDERED])))
    incoming = [pc.fill_null(pc.equal(table["direction"], Direction.INCOMING.value), False) for table in tables]
    called = [
        pc.if_else(own, table["source"], table["destination"]) for own, table in zip(incoming, tables, strict=True)
    ]
    numbers = number_codes(pa.chunked_array([*called[0].chunks, *called[1].chunks], _TEXT), region)
    keys = numbers * 2 + np.concatenate([own.to_numpy() for own in incoming])
    size = len(tables[0])
    return _Side(tables[0], keys[:size]), _Side(tables[1], keys[size:])


def _pairs(mine: _Side, theirs: _Side, within_s: int) -> tuple[_Ints, _Ints]:
    (places, record), (others, other) = mine.record, theirs.record
    row, match = pairs(record, other, within=within_s * _MICROS)
    return places[row], others[match]


def _unpaired(side: _Side, paired: _Ints, missing: str) -> tuple[_Ints, Findings]:
    """Return the places of the calls without a pair, and their classes."""
    is_alone = np.ones(len(side.table), bool)
    is_alone[paired] = False
    places = np.flatnonzero(is_alone)
    reason = "not in the other record" if missing == "missing_there" else "only in the other record"
    found = Findings.of(len(places), missing, reason)
    if not len(places):
        return places, found
    kinds, _ = distinct((side.keys, *(side.table[name] for name in ("account", "source", "started_at", "talk_s"))))
    first = np.full(int(kinds.max()) + 1, -1, np.int64)
    # The earliest place stays.
    first[kinds[np.sort(paired)[::-1]]] = np.sort(paired)[::-1]
    same = first[kinds[places]]
    ids = side.at(same, "call_id")
    found.set(np.flatnonzero(same >= 0), [ids], lambda twin: ("duplicate", twin, f"the same call as {twin}"))
    for known, kind, why in (
        (side.begun, "start_unknown", "the start is unknown"),
        (side.compared, "other_direction", "only incoming and outgoing calls are compared"),
    ):
        found.put(np.flatnonzero(~known[places]), kind, why)
    return places, found


def _columns(rows: _Rows, findings: Findings, money: pa.DataType) -> dict[str, Any]:
    """Return the columns of the rows and of what was found of them."""
    kinds = findings.columns()
    columns = {name: rows.one(name) for name in ("account", "call_id", "started_at", "status", "talk_s")}
    columns |= {f"other_{name}": rows.two(name) for name in columns}
    columns |= {name: rows.either(name) for name in ("direction", "source", "destination")}
    apart = pc.subtract(columns["started_at"], columns["other_started_at"]).cast(_N).cast(_X)
    columns["start_difference_s"] = pc.divide(apart, float(_MICROS))
    columns["talk_difference_s"] = pc.subtract(columns["talk_s"], columns["other_talk_s"])
    charged, price = rows.one("price").cast(money), rows.two("price").cast(money)
    currency, other = rows.one("currency"), rows.two("currency")
    columns["currency"] = pc.if_else(pc.is_valid(charged), currency, other)
    is_twice = pc.and_(pa.chunked_array([rows.own >= 0]), pc.equal(kinds["class"], "duplicate"))
    expected = pc.if_else(is_twice, pa.scalar(Decimal(0), money), price)
    priced = pc.and_(pc.is_valid(charged), pc.is_valid(price))
    unlike = pc.and_(priced, pc.not_equal(*(pc.fill_null(each, "") for each in (currency, other))))
    expected = pc.if_else(unlike, pa.scalar(None, money), expected)
    wide = pa.decimal256(_WIDE, money.scale)
    difference = pc.subtract(charged.cast(wide), expected.cast(wide)).cast(money)
    return columns | {"charged": charged, "expected": expected, "difference": difference} | kinds


def _schema(money: pa.DataType) -> dict[str, pa.DataType]:
    words = dict.fromkeys(("direction", "source", "destination", "status"), _TEXT)
    return {
        "account": _TEXT,
        "call_id": _TEXT,
        "started_at": _UTC,
        **words,
        "other_account": _TEXT,
        "other_call_id": _TEXT,
        "other_started_at": _UTC,
        "other_status": _TEXT,
        "talk_s": _N,
        "other_talk_s": _N,
        "start_difference_s": _X,
        "talk_difference_s": _N,
        "currency": _TEXT,
        **dict.fromkeys(("charged", "expected", "difference"), money),
        **dict.fromkeys(("class", "fits", "reason"), _TEXT),
    }
