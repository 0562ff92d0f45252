"""Who calls and is called: how often, how balanced, who is new and who is gone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import pyarrow as pa

from trunkline.metrics import is_missed
from trunkline.model import Direction, Status

from .frames import read
from .groups import in_order

if TYPE_CHECKING:
    from datetime import datetime

_NEEDED = ("account", "direction", "status", "source", "destination", "started_at", "talk_s")
_NAMES = ("source_name", "destination_name")
_N, _X, _TEXT, _UTC = pa.int64(), pa.float64(), pa.string(), pa.timestamp("us", "UTC")


@dataclass(slots=True)
class _Party:
    """What there was with one number, in the period and before."""

    name: str | None = None
    before: int = 0
    incoming: int = 0
    outgoing: int = 0
    answered: int = 0
    missed: int = 0
    talk_s: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def calls(self) -> int:
        return self.incoming + self.outgoing

    def add(self, direction: str, status: str | None, talk_s: int | None, at: datetime) -> None:
        self.first = self.first or at
        self.last = at
        self.incoming += direction == Direction.INCOMING
        self.outgoing += direction == Direction.OUTGOING
        self.missed += status is not None and is_missed(direction, status)
        if status == Status.ANSWERED:
            self.answered += 1
            self.talk_s += talk_s or 0

    def state(self, regular: int) -> str:
        if not self.calls:
            return "gone" if self.before >= regular else "seldom"
        return "known" if self.before else "new"


def parties[F](frame: F, since: datetime | None = None, until: datetime | None = None, *, regular: int = 3) -> F:
    """Return the outside numbers of each account with their calls from `since` to before `until` (aware instants).

    `calls` = `incoming` + `outgoing`; internal calls, and those without a number, a direction or a start, are left
    out. `balance` = (outgoing - incoming) / calls, from -1 (they always call) to 1 (you do), None without calls.
    `before` are the calls of the frame before `since`. `state` is `new` (none before), `known`, `gone` (at least
    `regular` before, none in the period) or `seldom` (fewer before, none in the period), None without `since`.
    `first_at` and `last_at` are of the period, UTC. `name` is the latest one, if the frame has names. Numbers are
    compared as they stand in the frame. The most frequent first.
    """
    calls = read(frame, *_NEEDED, optional=_NAMES)
    begin, end = (None if moment is None else moment.astimezone(UTC) for moment in (since, until))
    data = calls.data.filter(~nw.col("started_at").is_null())
    data = data if end is None else data.filter(nw.col("started_at") < end)
    found: defaultdict[tuple[str | None, str], _Party] = defaultdict(_Party)
    for line in cast("list[dict[str, Any]]", data.sort("started_at").to_arrow().to_pylist()):
        side = {Direction.INCOMING.value: "source", Direction.OUTGOING.value: "destination"}.get(line["direction"])
        if side is None or line[side] is None:
            continue
        party = found[line["account"], line[side]]
        party.name = line[f"{side}_name"] or party.name
        if begin is not None and line["started_at"] < begin:
            party.before += 1
        else:
            party.add(line["direction"], line["status"], line["talk_s"], line["started_at"])
    rows = [
        (*key, each.name, each.calls, each.incoming, each.outgoing, each.answered, each.missed, each.talk_s, each.first,
         each.last, (each.outgoing - each.incoming) / each.calls if each.calls else None, each.before,
         None if since is None else each.state(regular))
        for key, each in found.items()
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row[3], -row[12], in_order(row[:2])))
    schema = dict.fromkeys(("account", "number", "name"), _TEXT)
    schema |= dict.fromkeys(("calls", "incoming", "outgoing", "answered", "missed", "talk_s"), _N)
    schema |= {"first_at": _UTC, "last_at": _UTC, "balance": _X, "before": _N, "state": _TEXT}
    return cast("F", calls.emit(schema, rows))
