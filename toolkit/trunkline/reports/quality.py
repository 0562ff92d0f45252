"""What the data lacks: missing, impossible and derived values, duplicates, and what each figure leaves out for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa

from trunkline.model import Direction, Status

from .frames import read, read_as_given
from .groups import in_order
from .spark import MICROS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .frames import Calls

_N, _TEXT = pa.int64(), pa.string()
_CHECKED = (
    "call_id", "direction", "status", "source", "destination", "started_at", "started_local", "ended_at", "wait_s",
    "talk_s", "price", "currency",
)  # fmt: skip
_HOURS_OF_ZONES = (-12, 14)
_STARTS = ("started_local", "started_at")
_ALIKE = ("account", "direction", "source", "destination", "started_at", "talk_s")


def _is(column: str, *values: str) -> nw.Expr:
    return nw.col(column).cast(nw.String()).is_in(list(values))


def _null(*columns: str) -> nw.Expr:
    return nw.any_horizontal(*(nw.col(column).is_null() for column in columns), ignore_nulls=False)


def _sums(calls: Calls, flags: Mapping[str, nw.Expr], micros: Sequence[str] = ()) -> dict[str | None, dict[str, int]]:
    """Return for each account how many calls have each flag; one that isn't known is none."""
    named = [flag.fill_null(value=False).cast(nw.Int64()).alias(name) for name, flag in flags.items()]
    account = nw.col("account").cast(nw.String())
    sums = [nw.col(name).sum() for name in flags]
    found = calls.found(lambda data: data.select(account, *named).group_by("account").agg(*sums), micros=micros)
    return {account: dict(zip(flags, sums, strict=True)) for account, *sums in found.iter_rows()}


def columns[F](frame: F, now: datetime | None = None) -> F:
    """Return for each account and column how many values are missing, impossible, or derived by the figures.

    `missing` is what is not there, and a status of `unknown`; a currency is missing only where there is a price.
    `impossible`: a start after `now` (if given); an end before the start; a local time that no zone has at the start
    (-12 to +14 hours from UTC); negative seconds; talk of a call that is known to be unanswered. `derived`: calls
    without a stated end whose end follows from start, wait and talk, as `traffic` takes it. A column that the frame
    lacks is missing everywhere.
    """
    calls = read_as_given(frame, "account", "call_id", optional=_CHECKED[1:])
    local, start = (nw.col(MICROS.format(name)) for name in _STARTS)
    off = local - start
    least, most = (hours * 3_600_000_000 for hours in _HOURS_OF_ZONES)
    unanswered = _is("status", *(status.value for status in Status if status not in {Status.ANSWERED, Status.UNKNOWN}))
    impossible = {
        "ended_at": nw.col("ended_at") < nw.col("started_at"),
        "started_local": (off < least) | (off > most),
        "wait_s": nw.col("wait_s") < 0,
        "talk_s": (nw.col("talk_s") < 0) | ((nw.col("talk_s") > 0) & unanswered),
    }
    if now is not None:
        impossible["started_at"] = nw.col("started_at") > now
    missing = {name: nw.col(name).is_null() for name in _CHECKED}
    missing["status"] |= _is("status", Status.UNKNOWN.value)
    missing["currency"] &= ~nw.col("price").is_null()
    follows = ~_null("started_at") & (nw.col("wait_s") >= 0) & (nw.col("talk_s") >= 0)
    derived = {"ended_at": nw.col("ended_at").is_null() & follows}
    never = nw.col("account").is_null() & ~nw.col("account").is_null()
    flags = {"rows": ~never} | {
        f"{kind} {name}": of.get(name, never)
        for kind, of in {"missing": missing, "impossible": impossible, "derived": derived}.items()
        for name in _CHECKED
    }
    found = _sums(calls, flags, _STARTS)
    kinds = ("missing", "impossible", "derived")
    rows = [
        (account, name, found[account]["rows"], *(found[account][f"{kind} {name}"] for kind in kinds))
        for account in sorted(found, key=lambda account: in_order((account,)))
        for name in _CHECKED
    ]
    schema = {"account": _TEXT, "column": _TEXT} | dict.fromkeys(("rows", *kinds), _N)
    return cast("F", calls.emit(schema, rows))


def duplicates[F](frame: F) -> F:
    """Return for each account how many calls are there more than once.

    `same_id`: rows with the same account and id. `alike`: rows of one account with the same direction, numbers, start
    and talk, all known, whatever their ids. `groups` of such rows, and `extra`: the rows beyond the first of each.
    """
    calls = read(frame, *_ALIKE, "call_id")
    rows = [
        (account, kind, *counts)
        for kind, keys in (("same_id", ("account", "call_id")), ("alike", _ALIKE))
        for account, counts in _repeated(calls, keys).items()
    ]
    rows.sort(key=lambda row: in_order(row[:2]))
    return cast("F", calls.emit({"account": _TEXT, "kind": _TEXT, "groups": _N, "extra": _N}, rows))


def _repeated(calls: Calls, keys: tuple[str, ...]) -> dict[str | None, list[int]]:
    number = nw.col("_n")

    def repeated(data: Any) -> Any:
        counted = data.filter(~_null(*keys[1:])).group_by(*keys).agg(nw.len().alias("_n"))
        return counted.filter(number > 1).group_by("account").agg(nw.len().alias("_groups"), number.sum())

    return {account: [groups, rows - groups] for account, groups, rows in calls.found(repeated).iter_rows()}


def left_out[F](frame: F) -> F:
    """Return for each account and figure the calls that the figure is about, and how many of them it leaves out.

    `asr`: status unknown. `acd_s`: answered, talk unknown. `cost`: price unknown. `per_minute`: answered, price or talk
    unknown. `by_day`: local start unknown. `time_to_answer`: answered incoming, wait unknown. `carried`: start unknown,
    or neither the end nor wait and talk known, or a length below 0. Seconds below 0 are
    unknown. `call_backs`: missed, number or start unknown.
    """
    calls = read(frame, "account", "call_id", optional=_CHECKED[1:])
    every = nw.col("account").is_null() | ~nw.col("account").is_null()
    answered = _is("status", Status.ANSWERED.value)
    incoming = _is("direction", Direction.INCOMING.value)
    no_status = nw.col("status").is_null() | _is("status", Status.UNKNOWN.value)
    negative = (nw.col("ended_at") < nw.col("started_at")).fill_null(value=False)
    no_length = negative | (nw.col("ended_at").is_null() & _null("wait_s", "talk_s"))
    figures = {
        "asr": (every, no_status),
        "acd_s": (answered, _null("talk_s")),
        "cost": (every, _null("price")),
        "per_minute": (answered, _null("price", "talk_s")),
        "by_day": (every, _null("started_local")),
        "time_to_answer": (answered & incoming, _null("wait_s")),
        "carried": (every, _null("started_at") | no_length),
        "call_backs": (incoming & ~answered & ~no_status, _null("source", "started_at")),
    }
    flags = {f"of {name}": of for name, (of, _) in figures.items()}
    flags |= {f"out {name}": of & out for name, (of, out) in figures.items()}
    found = _sums(calls, flags)
    rows = [
        (account, name, found[account][f"of {name}"], found[account][f"out {name}"])
        for account in sorted(found, key=lambda account: in_order((account,)))
        for name in figures
    ]
    return cast("F", calls.emit({"account": _TEXT, "figure": _TEXT, "calls": _N, "left_out": _N}, rows))
