"""Two records of the same calls compared, such as a provider's bill and a telephone system; calls recorded twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pyarrow as pa

from trunkline import exact, numbers
from trunkline.model import Direction, Status
from trunkline.rates import INCREMENTS, billed_seconds

from . import twins as _twins
from .frames import read
from .groups import in_order
from .matching import UNKNOWN_TALK, Record, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .frames import Calls

_N, _TEXT, _UTC, _X = pa.int64(), pa.string(), pa.timestamp("us", "UTC"), pa.float64()
_SECOND = timedelta(seconds=1)
_MICROS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPARED = frozenset({Direction.INCOMING.value, Direction.OUTGOING.value})


class _Call(NamedTuple):
    """A call of a record."""

    account: str | None
    call_id: str | None
    direction: str | None
    status: str | None
    source: str | None
    destination: str | None
    started_at: datetime | None
    talk_s: int | None
    price: Decimal | None
    currency: str | None


type _Key = tuple[str | None, str | None]
type _Finding = tuple[str, str | None, str | None]
"""A class, what fits, and the reason."""

_ABSENT = _Call(*[None] * len(_Call._fields))


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
    mine, theirs = _rows(calls), _rows(others)
    matched = _pairs(mine, theirs, region, within_s)
    rows = [
        _line(mine[row], theirs[match], *_of_pair(mine[row], theirs[match], talk_within_s)) for row, match in matched
    ]
    for own, places, missing in (
        (mine, {row for row, _ in matched}, "missing_there"),
        (theirs, {match for _, match in matched}, "missing_here"),
    ):
        paired = {_same(own[place], region): own[place].call_id for place in sorted(places, reverse=True)}
        for place, call in enumerate(own):
            if place not in places:
                finding = _alone(call, paired, region, missing)
                rows.append(_line(call, _ABSENT, *finding) if own is mine else _line(_ABSENT, call, *finding))
    rows.sort(key=lambda row: (in_order((row[2] or row[9],)), in_order(row[:2]), in_order(row[7:9])))
    return cast("F", calls.emit(_schema(calls.money(others.scale)), rows))


def _read(frame: Any) -> Calls:
    return read(frame, *_Call._fields[:8], optional=("price", "currency"))


def _rows(calls: Calls) -> list[_Call]:
    listed = zip(*(calls.data[name].to_list() for name in _Call._fields), strict=True)
    return sorted(map(_Call._make, listed), key=lambda call: in_order((call.started_at, call.account, call.call_id)))


def _key(call: _Call, region: str | None) -> _Key:
    """Return the direction and the other party's number, in E.164 where that is known."""
    number = call.source if call.direction == Direction.INCOMING else call.destination
    return call.direction, None if number is None else numbers.e164(number, region) or numbers.dial_digits(number)


def _same(call: _Call, region: str | None) -> tuple[Any, ...]:
    return (*_key(call, region), call.account, call.source, call.started_at, call.talk_s)


def _pairs(
    mine: Sequence[_Call],
    theirs: Sequence[_Call],
    region: str | None,
    within_s: int,
    talk_within_s: int | None = None,
) -> list[tuple[int, int]]:
    codes: dict[_Key, int] = {}
    records, places = [], []
    for calls in (mine, theirs):
        chosen = [place for place, call in enumerate(calls) if call.direction in _COMPARED and call.started_at]
        places.append(chosen)
        records.append(
            Record.of(
                [codes.setdefault(_key(calls[place], region), len(codes)) for place in chosen],
                [((calls[place].started_at or _EPOCH) - _EPOCH) // timedelta(microseconds=1) for place in chosen],
                [_micros(calls[place].talk_s) for place in chosen],
            )
        )
    talk_within = None if talk_within_s is None else talk_within_s * _MICROS
    found = pairs(*records, within=within_s * _MICROS, talk_within=talk_within)
    return [(places[0][row], places[1][match]) for row, match in found]


def _micros(talk: int | None) -> int:
    return UNKNOWN_TALK if talk is None else talk * _MICROS


def _of_pair(call: _Call, other: _Call, talk_within_s: int) -> _Finding:
    known = {None, Status.UNKNOWN.value}.isdisjoint((call.status, other.status))
    if known and (call.status == Status.ANSWERED) != (other.status == Status.ANSWERED):
        return "status", None, f"{call.status} here, {other.status} there"
    if call.talk_s is not None and other.talk_s is not None and abs(call.talk_s - other.talk_s) > talk_within_s:
        fitting = [
            f"{one}/{step}" for one, step in INCREMENTS if billed_seconds(other.talk_s, one, step) == call.talk_s
        ]
        lengths = f"{call.talk_s} s of talk here, {other.talk_s} s there"
        if fitting:
            fits = " or ".join(fitting)
            return "increment", fits, f"{lengths}: rounded up by {fits}"
        return "duration", None, lengths
    if call.price is None or other.price is None:
        return "ok", None, None
    if call.currency is None or call.currency != other.currency:
        return "other_currency", None, f"charged in {call.currency or '?'} here, in {other.currency or '?'} there"
    if call.price != other.price:
        return "price", None, f"{call.price} here, {other.price} there"
    return "ok", None, None


def _alone(call: _Call, paired: Mapping[tuple[Any, ...], str | None], region: str | None, missing: str) -> _Finding:
    if call.direction not in _COMPARED:
        return "other_direction", None, "only incoming and outgoing calls are compared"
    if call.started_at is None:
        return "start_unknown", None, "the start is unknown"
    same = _same(call, region)
    if same in paired:
        return "duplicate", paired[same], f"the same call as {paired[same]}"
    return missing, None, "not in the other record" if missing == "missing_there" else "only in the other record"


def _line(call: _Call, other: _Call, kind: str, fits: str | None, reason: str | None) -> tuple[Any, ...]:
    some = call if call is not _ABSENT else other
    charged, expected = call.price, Decimal(0) if kind == "duplicate" and call is not _ABSENT else other.price
    currency = call.currency if charged is not None else other.currency
    if charged is not None and other.price is not None and call.currency != other.currency:
        expected = None
    apart = call.started_at - other.started_at if call.started_at and other.started_at else None
    return (
        call.account, call.call_id, call.started_at, some.direction, some.source, some.destination, call.status,
        other.account, other.call_id, other.started_at, other.status, call.talk_s, other.talk_s,
        None if apart is None else apart / _SECOND,
        None if call.talk_s is None or other.talk_s is None else call.talk_s - other.talk_s,
        currency, charged, expected, None if charged is None or expected is None else exact.subtract(charged, expected),
        kind, fits, reason,
    )  # fmt: skip


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
    found: Counter[tuple[str, str, str, str | None]] = Counter()
    for row in twice.pairs.to_pylist():
        sides = (
            _ABSENT._replace(**{name: row[f"{side}{name}"] for name in ("status", "talk_s", "price", "currency")})
            for side in ("", "twin_")
        )
        kind = _of_pair(next(sides), next(sides), talk_within_s)[0]
        found[row["account"], row["twin_account"], kind, row["currency"]] += 1
    return sorted((*key, count) for key, count in found.items())
