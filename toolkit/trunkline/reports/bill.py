"""The bill checked: what each call was charged beside what a rate card says, and what to dispute.

`check` gives every call of the frame a class, so that the amounts of all classes add up to the cost of the frame;
`summary` adds them by class and currency, and `disputes` lists the calls that were charged too much. The last two also
take what `records.compare` found.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline import exact
from trunkline.model import Direction
from trunkline.rates import BillClass, Finding, Judge

from .columns import array
from .distinct import distinct, plain
from .frames import as_kind_of, read
from .groups import in_order
from .rating import ANY_TIME, UNANSWERED, Rating, other_party

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from trunkline.rates import CardRate, RateCard

_N, _TEXT, _UTC, _WALL = pa.int64(), pa.string(), pa.timestamp("us", "UTC"), pa.timestamp("us")
_ZERO = Decimal(0)
_WIDE = 57
_CALL = ("account", "call_id", "started_at", "direction", "status", "source", "destination", "talk_s", "currency")
_ORDERED = ("account", "started_at", "call_id")
_SAME = ("account", "direction", "source", "destination", "extension", "started_at", "talk_s")
_OPTIONAL = ("started_local", "extension")
_AMOUNTS = ("charged", "expected", "difference")
_DISPUTED = ("currency", "account", "started_at", "call_id", "source", "destination", "talk_s")
_SHOWN: Mapping[str, pa.DataType] = {
    "account": _TEXT,
    "call_id": _TEXT,
    "started_at": _UTC,
    "started_local": _WALL,
    "direction": _TEXT,
    "status": _TEXT,
    "extension": _TEXT,
    "source": _TEXT,
    "destination": _TEXT,
    "talk_s": _N,
}

_OK = Finding(BillClass.OK)
_NO_PRICE = Finding(BillClass.PRICE_UNKNOWN, "the price is unknown")
_REFUND = Finding(BillClass.REFUND, "a price below 0 is a refund")

DISPUTABLE: Final = frozenset({
    "rounding", "increment", "rate", "other", "duplicate", "unanswered_billed", "missing_there", "duration", "status",
    "price",
})  # fmt: skip
"""The classes that `disputes` lists by default: ties are a cent, and the others can't be judged."""

# The order of the classes in a summary: the right ones, the wrong ones, what could not be checked.
_ORDER: Final = {
    name: place
    for place, name in enumerate((
        *(kind.value for kind in BillClass), "status", "duration", "price", "missing_there", "missing_here",
    ))
}  # fmt: skip


class _Row(NamedTuple):
    """A call of the frame."""

    account: str | None
    call_id: str | None
    started_at: datetime | None
    started_local: datetime | None
    direction: str | None
    status: str | None
    extension: str | None
    source: str | None
    destination: str | None
    talk_s: int | None
    currency: str | None
    price: Decimal | None


type _Judged = tuple[CardRate | None, Decimal | None, Finding]
"""The rate of a call, the expected charge, and the finding."""


def check[F](frame: F, card: RateCard, *, region: str | None = None) -> F:
    """Return every call with what it was `charged`, what the card has as `expected`, the `difference` and a `class`.

    difference = charged - expected, in the currency of the call, where both are known. The first class that applies:

    - `other_direction`: an incoming or internal call, unless the card charges them;
    - `price_unknown`; `other_currency`: not that of the card, or unknown, so that nothing is compared;
    - `refund`: charged less than 0;
    - `duplicate`: the same account, numbers, extension, start and talk as a charged call above it; 0 is expected;
    - `unanswered_billed`: charged, though known as unanswered or without talk; 0 is expected;
    - `talk_unknown`, `number_unknown` (no E.164 form; `region` is the ISO 3166 country of national numbers),
      `start_unknown`, `no_rate`: nothing is expected, because that is needed;
    - those of `rates.Judge.find`: `ok`, `answered_unbilled`, `tie`, `rounding`, `increment`, `rate`, `other`.

    `prefix` is the longest of the card that holds at the call's start. `fits` names what would give the charge, and
    `reason` says it in words. If the card rounds only the sum, a call is compared in the digits of the frame's prices.
    Rows are in the order of account, start and id. Numbers are as in the frame. Raises `DataError` for a frame
    without a needed column.
    """
    return cast("F", as_kind_of(read(frame, *_CALL).origin, checked(frame, card, region=region)))


def checked(frame: Any, card: RateCard, *, region: str | None = None) -> pa.Table:
    """Return what `check` returns as a pyarrow Table, which takes less room than a pandas frame."""
    calls = read(frame, *_CALL, "price", optional=_OPTIONAL)
    table = plain(calls.data.select(*_Row._fields).to_arrow())
    table = table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in _ORDERED]))
    kinds, found = _found(table, card, calls.scale, region)
    money = calls.money(card.decimals)
    kind_types = {"prefix": _TEXT, "currency": _TEXT, "expected": money, "difference": money}
    kind_types |= dict.fromkeys(("class", "fits", "reason"), _TEXT)
    of_kind = {
        name: array(name, [each[place] for each in found], dtype)
        for place, (name, dtype) in enumerate(kind_types.items())
    }
    places = pa.array(kinds)
    columns = {name: table[name].cast(dtype) for name, dtype in _SHOWN.items()}
    columns |= {name: of_kind[name].take(places) for name in ("prefix", "currency")}
    columns["charged"] = table["price"].cast(money)
    columns |= {name: of_kind[name].take(places) for name in ("expected", "difference", "class", "fits", "reason")}
    return pa.table(columns)


def _found(
    table: pa.Table, card: RateCard, digits: int, region: str | None
) -> tuple[NDArray[np.int64], list[tuple[Any, ...]]]:
    """Return the kind of each call, and what is found for each kind: calls of a kind are charged and rated alike."""
    rating = Rating(card, region)
    number, start = rating.kinds(table)
    compared = (number, start, *(table[name] for name in ("direction", "status", "talk_s", "currency", "price")))
    kinds, first = distinct(compared) if len(table) else (number, number)
    check = _Check(card, Judge(card, digits), rating)
    found = [_cells(row, *check.judged(row), card) for row in _rows(table, first)]
    twice, earlier = _charged_twice(table, card, rating)
    again = []
    for row, call_id in zip(_rows(table, twice), table["call_id"].take(pa.array(earlier)).to_pylist(), strict=True):
        finding = Finding(BillClass.DUPLICATE, f"already charged as call {call_id}", call_id)
        again.append(_cells(row, None, _ZERO, finding, card))
    kinds[twice] = len(found) + np.arange(len(again))
    return kinds, found + again


def _rows(table: pa.Table, places: NDArray[np.int64]) -> list[_Row]:
    columns = table.take(pa.array(places)).columns
    return [_Row._make(row) for row in zip(*(column.to_pylist() for column in columns), strict=True)]


def _cells(
    row: _Row, rate: CardRate | None, expected: Decimal | None, finding: Finding, card: RateCard
) -> tuple[Any, ...]:
    difference = None if row.price is None or expected is None else exact.subtract(row.price, expected)
    currency = row.currency if row.price is not None or expected is None else card.currency
    prefix = None if rate is None else rate.prefix
    return prefix, currency, expected, difference, finding.kind.value, finding.fits, finding.reason


def _charged_twice(table: pa.Table, card: RateCard, rating: Rating) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of charged calls that are charged above them already, and where."""
    incoming = pc.equal(table["direction"], Direction.INCOMING.value)
    number = pc.if_else(incoming, table["source"], table["destination"])
    charged = [
        pc.is_in(table["direction"], pa.array(sorted(rating.directions), _TEXT)),
        pc.equal(table["currency"], card.currency),
        pc.greater(table["price"], pa.scalar(Decimal(0), table["price"].type)),
        pc.is_valid(number),
        pc.is_valid(table["started_at"]),
    ]
    rows = np.flatnonzero(pc.fill_null(reduce(pc.and_, charged), False).to_numpy())
    if not len(rows):
        return rows, rows
    own = table.take(pa.array(rows))
    kinds, first = distinct([own[name] for name in _SAME])
    earlier = first[kinds]
    again = earlier != np.arange(len(rows))
    return rows[again], rows[earlier[again]]


class _Check:
    """The check of one call of each kind."""

    def __init__(self, card: RateCard, judge: Judge, rating: Rating) -> None:
        self._card, self._judge, self._rating = card, judge, rating

    def judged(self, row: _Row) -> _Judged:
        """Return the rate of a call, the expected charge and the finding."""
        if row.direction not in self._rating.directions:
            which = f"{row.direction} calls are" if row.direction else "a call of unknown direction is"
            return None, None, Finding(BillClass.OTHER_DIRECTION, f"{which} not charged by the card")
        number, price = other_party(row), row.price
        if price is None:
            # Without a price the call may be without a currency too: what is expected has that of the card.
            same = row.currency in {self._card.currency, None}
            rate, expected, _ = self._expected(row) if same else (None, None, None)
            return rate, expected, _NO_PRICE
        if row.currency != self._card.currency:
            reason = f"charged in {row.currency or 'an unknown currency'}, the card is in {self._card.currency}"
            return None, None, Finding(BillClass.OTHER_CURRENCY, reason)
        if price < 0:
            return None, None, _REFUND
        rate, expected, finding = self._expected(row)
        if finding is not None:
            return rate, expected, finding
        if rate is None:
            return None, expected, _OK if price == 0 else _unanswered(row)
        at = row.started_at or ANY_TIME
        return rate, expected, self._judge.find(rate, row.talk_s or 0, price, number or "", at)

    def _expected(self, row: _Row) -> tuple[CardRate | None, Decimal | None, Finding | None]:
        """Return the rate, the expected charge, and why there is none. A call without talk costs 0, at any rate."""
        rate, missing = self._rating.rate(row)
        if rate is None:
            return None, None if missing else _ZERO, missing
        return rate, self._judge.expected(rate, row.talk_s or 0), None


def _unanswered(row: _Row) -> Finding:
    why = f"not answered ({row.status})" if row.status in UNANSWERED else "no talk time"
    contrary = f"; {row.talk_s} s of talk are recorded" if row.talk_s else ""
    return Finding(BillClass.UNANSWERED_BILLED, f"{why}, but charged{contrary}")


def summary[F](checked: F) -> F:
    """Return how many calls each class has in each currency, and their amounts; takes what `check` returned.

    `charged`, `expected` and `difference` are the sums of what is known, so that `charged` over all classes is the
    cost of the frame; `difference` is of the calls whose both amounts are known. Right calls come first, then the wrong
    ones, then what could not be checked.
    """
    calls = read(checked, "class", "currency", *_AMOUNTS)
    amounts = [nw.col(name) for name in _AMOUNTS]
    sums = (*(each.sum() for each in amounts), *(each.count().name.suffix("_n") for each in amounts))
    by_class = calls.data.with_columns(nw.col("class", "currency").cast(nw.String())).group_by("class", "currency")
    found = {}
    for kind, currency, count, *cells in by_class.agg(nw.len().alias("_n"), *sums).iter_rows():
        totals, known = cells[: len(amounts)], cells[len(amounts) :]
        found[kind, currency] = [count, *(total if n else None for total, n in zip(totals, known, strict=True))]
    order = sorted(found, key=lambda key: (_ORDER.get(key[0], len(_ORDER)), key[0], in_order(key[1:])))
    schema = {"class": _TEXT, "currency": _TEXT, "calls": _N} | dict.fromkeys(_AMOUNTS, calls.money())
    return cast("F", calls.emit(schema, [(*key, *found[key]) for key in order]))


def disputes[F](checked: F, classes: Collection[str] = DISPUTABLE, *, least: Decimal = _ZERO) -> F:
    """Return the calls of these classes that were charged too much, by currency, the greatest amount first.

    `amount` is what is disputed: charged - expected or, where nothing is expected because the other record lacks the
    call (`missing_there`), all that was charged; it is above 0 and at least `least`. `reason` says it in words. Numbers
    and ids are as in the frame.
    """
    calls = read(checked, *_DISPUTED, *_AMOUNTS, "class", "reason")
    table = plain(calls.data.select(*_DISPUTED, *_AMOUNTS, "class", "reason").to_arrow())
    money = calls.money()
    is_missing = pc.equal(table["class"], "missing_there")
    amount = pc.if_else(is_missing, table["charged"], table["difference"]).cast(money)
    too_much = [
        pc.is_in(table["class"], pa.array(sorted(classes), _TEXT)),
        pc.greater(amount, pa.scalar(_ZERO, money)),
        # A bound can have more digits than the amounts: a wide type has room for those of both.
        pc.greater_equal(amount.cast(pa.decimal256(_WIDE, money.scale)), pa.scalar(least)),
    ]
    table = table.append_column("amount", amount).filter(reduce(pc.and_, too_much))
    order = [("currency", "ascending"), ("amount", "descending")]
    order += [(name, "ascending") for name in ("account", "started_at", "call_id")]
    table = table.take(pc.sort_indices(table, sort_keys=order))
    schema = {"currency": _TEXT, "amount": money, "account": _TEXT, "started_at": _UTC, "call_id": _TEXT}
    schema |= {"source": _TEXT, "destination": _TEXT, "talk_s": _N} | dict.fromkeys(_AMOUNTS, money)
    schema |= {"class": _TEXT, "reason": _TEXT}
    return cast("F", calls.emit_columns({name: table[name].cast(kind) for name, kind in schema.items()}))
