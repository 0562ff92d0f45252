"""Two records of the same calls compared, such as a provider's bill and a telephone system; calls recorded twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from . import beside, classes
from . import twins as _twins
from .beside import read_calls
from .frames import as_kind_of
from .groups import in_order

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT, _UTC = pa.string(), pa.timestamp("us", "UTC")


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
    table = compared(frame, other, region=region, within_s=within_s, talk_within_s=talk_within_s)
    return cast("F", as_kind_of(read_calls(frame).origin, table))


def compared(
    frame: Any, other: Any, *, region: str | None = None, within_s: int = 60, talk_within_s: int = 1
) -> pa.Table:
    """Return what `compare` returns as a pyarrow Table, which takes less room than a pandas frame."""
    return beside.found(read_calls(frame), read_calls(other), region, within_s, talk_within_s)


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
    calls = read_calls(frame)
    found = _twins.find(
        frame, region=region, within_s=within_s, talk_within_s=talk_within_s, prefer=prefer, least_share=least_share
    )
    schema = {"account": _TEXT, "call_id": _TEXT, "twin_account": _TEXT, "twin_call_id": _TEXT}
    schema |= {"started_at": _UTC, "twin_started_at": _UTC}
    if found.twice.pairs is None:
        return cast("F", calls.emit(schema, []))
    return cast("F", calls.emit_columns({name: found.twice.pairs[name].cast(kind) for name, kind in schema.items()}))


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
        twice.pairs.select([f"{side}{name}" for name in classes.COLUMNS]).rename_columns(list(classes.COLUMNS))
        for side in ("", "twin_")
    )
    of_kind = {name: twice.pairs[name] for name in ("account", "twin_account", "currency")}
    table = pa.table(of_kind | {"class": classes.of_pairs(one, other, talk_within_s).columns()["class"]})
    grouped = table.group_by(["account", "twin_account", "class", "currency"]).aggregate([([], "count_all")])
    return sorted((tuple(row.values()) for row in grouped.to_pylist()), key=in_order)
