"""Two records of the same calls compared, such as a provider's bill and a telephone system; calls recorded twice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline.model import Direction

from . import beside
from . import twins as _twins
from .beside import Findings, of_pairs
from .distinct import distinct, plain
from .frames import read
from .groups import in_order
from .matching import UNKNOWN_TALK, Record, number_codes, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .frames import Calls

    type _Ints = NDArray[np.int64]
    type _Mask = NDArray[np.bool_]

_N, _TEXT, _UTC, _X = pa.int64(), pa.string(), pa.timestamp("us", "UTC"), pa.float64()
_MICROS = 1_000_000
_COMPARED = (Direction.INCOMING.value, Direction.OUTGOING.value)
_COLUMNS = ("account", "call_id", "direction", "status", "source", "destination", "started_at", "talk_s")
_PRICED = ("price", "currency")
_ORDERED = ("started_at", "account", "call_id")
_SORTED = ("account", "call_id", "other_account", "other_call_id")
# Arrow adds a digit to a difference of decimals, up to 76 in this type.
_WIDE = 40


@dataclass(frozen=True, slots=True)
class _Side:
    """The calls of one record in the order of their starts, and a code of direction and number for each."""

    table: pa.Table
    keys: _Ints

    def rows(self, places: _Ints) -> pa.Table:
        """Return the calls at these places; at a place below 0 is none, and nothing is known of it."""
        return self.table.take(pa.array(places, mask=places < 0))

    @property
    def compared(self) -> _Mask:
        """Which calls are incoming or outgoing."""
        return beside.true(pc.is_in(self.table["direction"], pa.array(_COMPARED)))

    @property
    def begun(self) -> _Mask:
        """Of which calls the start is known."""
        return beside.true(pc.is_valid(self.table["started_at"]))

    @property
    def record(self) -> tuple[_Ints, Record]:
        """The places of the calls that can be paired, and what is compared of them."""
        places = np.flatnonzero(self.compared & self.begun)
        own = self.rows(places)
        talks = pc.multiply(own["talk_s"], _MICROS)
        starts = own["started_at"].cast(pa.int64()).to_numpy()
        return places, Record(self.keys[places], starts, pc.fill_null(talks, UNKNOWN_TALK).to_numpy())


def compare[F](frame: F, other: Any, *, region: str | None = None, within_s: int = 60, talk_within_s: int = 1) -> F:
    """Return the calls of a bill beside those of another record of them, a row each, with a `class`.

    `frame` is what is checked (a provider's calls), `other` the record to check by (a telephone system's, or an
    export), in any kind of frame. Calls are paired by direction, the other party's number in E.164 (`region` is the
    ISO 3166 country of national numbers; otherwise as dialled) and starts at most `within_s` seconds apart, the least
    sum of the differences of start and talk first, each call once. The first class that applies to a pair:

    - `status`: answered in one record only;
    - `increment`: the talk of the frame is that of the other record, rounded up to usual increments (`fits`);
    - `duration`: the talks are more than `talk_within_s` apart;
    - `other_currency`: nothing is compared; `price`: the prices differ; `ok`.

    Without a pair: `duplicate` (the same number, start and talk as a paired call of its record, `fits`);
    `missing_there`: only in the frame; `missing_here`: only in the other record; `other_direction` (internal or
    unknown) and `start_unknown`: can't be paired. `charged` is the price of the frame, `expected` that of the other
    record and 0 for a duplicate, `difference` = charged - expected; differences of time are in seconds, frame - other.
    """
    calls, others = _read(frame), _read(other)
    mine, theirs = _sides(calls, others, region)
    row, match = _pairs(mine, theirs, within_s)
    alone, missing = _unpaired(mine, row, "missing_there"), _unpaired(theirs, match, "missing_here")
    found = of_pairs(mine.rows(row), theirs.rows(match), talk_within_s) + alone[1] + missing[1]
    own = np.concatenate((row, alone[0], np.full_like(missing[0], -1)))
    others_ = np.concatenate((match, np.full_like(alone[0], -1), missing[0]))
    schema = _schema(calls.money(others.scale))
    columns = _beside(mine.rows(own), theirs.rows(others_), own >= 0, found, schema["difference"])
    order = pa.table([pc.coalesce(columns["started_at"], columns["other_started_at"]), *map(columns.get, _SORTED)],
                     names=["_start", *_SORTED])  # fmt: skip
    ordered = pc.sort_indices(order, sort_keys=[(name, "ascending") for name in order.column_names])
    return cast(
        "F", calls.emit_columns({name: columns[name].cast(kind).take(ordered) for name, kind in schema.items()})
    )


def _read(frame: Any) -> Calls:
    return read(frame, *_COLUMNS, optional=_PRICED)


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
    found = np.array(pairs(record, other, within=within_s * _MICROS), np.int64).reshape(-1, 2)
    return places[found[:, 0]], others[found[:, 1]]


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
    ids = side.rows(same)["call_id"]
    found.set(np.flatnonzero(same >= 0), [ids], lambda twin: ("duplicate", twin, f"the same call as {twin}"))
    for known, kind, why in (
        (side.begun, "start_unknown", "the start is unknown"),
        (side.compared, "other_direction", "only incoming and outgoing calls are compared"),
    ):
        found.put(np.flatnonzero(~known[places]), kind, why)
    return places, found


def _beside(
    one: pa.Table, other: pa.Table, is_own: _Mask, found: Findings, money: pa.DataType
) -> dict[str, pa.ChunkedArray]:
    """Return the columns of calls beside those of the other record; `is_own` is which rows have a call of the first."""
    own, classes = pa.chunked_array([is_own]), found.columns()
    columns = {name: one[name] for name in (*_COLUMNS, "currency")}
    columns |= {f"other_{name}": other[name] for name in ("account", "call_id", "started_at", "status", "talk_s")}
    columns |= {name: pc.if_else(own, one[name], other[name]) for name in ("direction", "source", "destination")}
    apart = pc.subtract(one["started_at"], other["started_at"]).cast(_N).cast(_X)
    columns["start_difference_s"] = pc.divide(apart, float(_MICROS))
    columns["talk_difference_s"] = pc.subtract(one["talk_s"], other["talk_s"])
    charged, price = one["price"].cast(money), other["price"].cast(money)
    columns["currency"] = pc.if_else(pc.is_valid(charged), one["currency"], other["currency"])
    is_twice = pc.and_(own, pc.equal(classes["class"], "duplicate"))
    expected = pc.if_else(is_twice, pa.scalar(Decimal(0), money), price)
    expected = pc.if_else(_unlike(one, other), pa.scalar(None, money), expected)
    wide = pa.decimal256(_WIDE, money.scale)
    difference = pc.subtract(charged.cast(wide), expected.cast(wide)).cast(money)
    return columns | {"charged": charged, "expected": expected, "difference": difference} | classes


def _unlike(one: pa.Table, other: pa.Table) -> pa.ChunkedArray:
    """Return where both calls have a price, in different currencies."""
    priced = pc.and_(pc.is_valid(one["price"]), pc.is_valid(other["price"]))
    mine, theirs = (pc.fill_null(table["currency"], "") for table in (one, other))
    return pc.and_(priced, pc.not_equal(mine, theirs))


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


def twins[F](
    frame: F,
    *,
    region: str | None = None,
    within_s: int = _twins.WITHIN_S,
    talk_within_s: int = _twins.TALK_WITHIN_S,
    prefer: Sequence[str] = (),
    least_share: float = _twins.LEAST_SHARE,
) -> F:
    """Return the calls that two accounts of the frame recorded: the one that counts, and its twin on the other account.

    Such as those of a telephone system and of its trunk's provider. Calls of two accounts are paired as by `compare`,
    but only with a known number and with talk times that are known and at most `talk_within_s` seconds apart; each call
    has one twin at most on an account, so that two calls that both accounts recorded stay two. The
    call on the account that stands first counts: those of `prefer` in this order, then that with the most known
    prices, then by name. Accounts have twins only if at least `least_share` of the calls of the one with fewer, in the
    time in which both have calls, are paired: offices that now and then call the same number at once do not.
    """
    calls = _read(frame)
    found = _twins.find(
        frame, region=region, within_s=within_s, talk_within_s=talk_within_s, prefer=prefer, least_share=least_share
    )
    columns = ("account", "call_id", "twin_account", "twin_call_id", "started_at", "twin_started_at")
    pairs_found = found.twice.pairs
    rows = [] if pairs_found is None else list(zip(*(pairs_found[name].to_pylist() for name in columns), strict=True))
    schema = {"account": _TEXT, "call_id": _TEXT, "twin_account": _TEXT, "twin_call_id": _TEXT}
    return cast("F", calls.emit(schema | {"started_at": _UTC, "twin_started_at": _UTC}, rows))


def without_twins[F](
    frame: F,
    *,
    region: str | None = None,
    within_s: int = _twins.WITHIN_S,
    talk_within_s: int = _twins.TALK_WITHIN_S,
    prefer: Sequence[str] = (),
    least_share: float = _twins.LEAST_SHARE,
) -> F:
    """Return the frame without the twins that `twins` finds, so that figures count each call once."""
    found = _twins.find(
        frame, region=region, within_s=within_s, talk_within_s=talk_within_s, prefer=prefer, least_share=least_share
    )
    return _twins.once(frame, found)


def twin_differences(twice: _twins.Twice, talk_within_s: int = 1) -> list[tuple[str, str, str, str | None, int]]:
    """Return how the two records of calls differ: account, twin's account, class (as in `compare`), currency, calls."""
    if twice.pairs is None:
        return []
    one, other = (
        twice.pairs.select([f"{side}{name}" for name in beside.COLUMNS]).rename_columns(list(beside.COLUMNS))
        for side in ("", "twin_")
    )
    of_kind = {name: twice.pairs[name] for name in ("account", "twin_account", "currency")}
    table = pa.table(of_kind | {"class": of_pairs(one, other, talk_within_s).columns()["class"]})
    grouped = table.group_by(["account", "twin_account", "class", "currency"]).aggregate([([], "count_all")])
    return sorted((tuple(row.values()) for row in grouped.to_pylist()), key=in_order)
