"""The figures of a month as plain values, so that what is concluded from them needs no frames."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals as nw

from trunkline import exact, metrics
from trunkline.model import Direction
from trunkline.reports import (
    amounts,
    anomalies,
    bill,
    compare,
    contacts,
    cost,
    lines,
    missed,
    quality,
    ranking,
    status,
    traffic,
    waiting,
)
from trunkline.reports.masking import labels, shows_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from .material import Credit, Material

type Line = dict[str, Any]

TOP = 5
"""How many trunks, destinations and contacts are listed before the others."""

_DAY = timedelta(days=1)
_HOURS = range(24)


@dataclass(frozen=True, slots=True)
class Who:
    """A number outside: its name, if it has one and names may be shown, and its label, masked as the figures are."""

    name: str | None
    label: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A number that was missed and not reached since: how often, and when last, local."""

    who: Who
    calls: int
    last: datetime


@dataclass(frozen=True, slots=True)
class CostLine:
    """What a part of the calls cost. `row` is that of `ranking.dearest`."""

    row: str
    name: str | None
    who: Who | None
    calls: int
    talk_s: int | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Dispute:
    """A call that was charged more than the rate card has; `kind` is one of `reports.bill.DISPUTABLE`."""

    started: datetime | None
    who: Who
    talk_s: int | None
    charged: Decimal | None
    expected: Decimal | None
    amount: Decimal
    kind: str


@dataclass(frozen=True, slots=True)
class Cost:
    """What the calls in one currency cost. `digits` are those that its sums are shown with."""

    currency: str
    digits: int
    calls: int
    unpriced: int
    talk_s: int
    cost: Decimal
    directions: tuple[CostLine, ...] = ()
    trunks: tuple[CostLine, ...] = ()
    destinations: tuple[CostLine, ...] = ()
    contacts: tuple[CostLine, ...] = ()
    days: Mapping[date, Decimal] = field(default_factory=dict)
    compared: Line | None = None
    disputes: tuple[Dispute, ...] = ()

    @property
    def disputed(self) -> Decimal:
        """The sum of what is disputed."""
        return exact.total(each.amount for each in self.disputes)


@dataclass(frozen=True, slots=True)
class Unusual:
    """A day on which an account spent unusually much: `probability` of such a day, judged by `days` earlier ones."""

    day: date
    account: str
    currency: str
    cost: Decimal
    probability: float
    days: int


@dataclass(frozen=True, slots=True)
class Lasting:
    """A credit and until when it lasts, local."""

    account: str
    trunk: str
    amount: Decimal
    currency: str
    read: datetime
    runs_out: datetime | None
    earliest: datetime | None
    latest: datetime | None
    expires: datetime | None
    now: datetime

    @property
    def until(self) -> datetime | None:
        """When it runs out or expires, whichever comes first; None if neither is known."""
        return min((at for at in (self.runs_out, self.expires) if at is not None), default=None)

    @property
    def expires_first(self) -> bool:
        """Whether it expires before it is used up."""
        return self.expires is not None and self.until == self.expires


@dataclass(frozen=True, slots=True)
class Gap:
    """A span of an account that no sync has read, local."""

    account: str
    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of a month. `end` is the day after its last, `until` the day after the last that is over."""

    first: date
    end: date
    until: date
    jalali: bool
    accounts: tuple[str, ...]
    zones: tuple[str, ...]
    counts: Line
    directions: tuple[Line, ...]
    costs: tuple[Cost, ...]
    compared: Mapping[str, Line]
    previous: date | None
    level: Line | None
    waits: Line
    missed: int
    reached: int
    reached_after_s: float | None
    callers: tuple[Caller, ...]
    busy: Mapping[str, Line]
    peak: Line | None
    lines: int | None
    days: Mapping[date, Line]
    hours: Mapping[int, Line]
    people: tuple[tuple[str, Line], ...]
    credits: tuple[Lasting, ...]
    unusual: tuple[Unusual, ...]
    checked: bool
    left_out: Mapping[str, tuple[int, int]]
    duplicates: int
    twice: int
    chosen: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def calls(self) -> int:
        """The number of calls."""
        return int(self.counts["calls"])

    @property
    def incoming(self) -> Line | None:
        """The counts of the incoming calls, None without any."""
        return next((line for line in self.directions if line["direction"] == Direction.INCOMING), None)


def month_of(material: Material) -> Month:
    """Return the figures of a month's calls."""
    period, frame = material.period, material.frame
    assert period.first is not None  # noqa: S101 - `writing.checked` lets only a month pass
    assert period.end is not None  # noqa: S101
    until = max(period.first, min(period.end, material.today))
    reached, after, callers = _missed(material)
    compared = _compared(material, until)
    [counts] = rows(status.counts(frame))
    incoming = _where(frame, "direction", Direction.INCOMING)
    return Month(
        first=period.first,
        end=period.end,
        until=until,
        jalali=period.jalali,
        accounts=tuple(material.title(each.account) for each in material.accounts),
        zones=tuple(sorted({each.zone for each in material.accounts})),
        counts=counts,
        directions=tuple(rows(status.counts(frame, "direction"))),
        costs=_costs(material, compared),
        compared={line["measure"]: line for line in compared if line["currency"] is None},
        previous=None if material.previous is None or not compared else material.previous.first,
        level=next((line for line in rows(waiting.service_level(frame)) if line["level"] is not None), None),
        waits=rows(waiting.time_to_answer(frame))[0],
        missed=int(counts["missed"]),
        reached=reached,
        reached_after_s=after,
        callers=callers,
        busy={line["definition"]: line for line in rows(traffic.busy_hour(frame))},
        peak=next((line for line in rows(traffic.peak_concurrency(frame)) if line["calls"]), None),
        lines=next((line["lines"] for line in rows(lines.lines(frame)) if line["needed"]), None),
        days={line["day"]: line for line in rows(status.by_day(frame)) if line["day"] is not None},
        hours={line["hour"]: line for line in rows(status.counts(incoming, "hour")) if line["hour"] is not None},
        people=_people(material),
        credits=tuple(_lasting(material, each) for each in material.credits),
        unusual=_unusual(material),
        checked=material.card is not None,
        left_out=_left_out(frame),
        duplicates=sum(line["extra"] for line in rows(quality.duplicates(frame)) if line["kind"] == "alike"),
        twice=material.twice,
        chosen=material.chosen,
        gaps=tuple(
            Gap(
                material.title(account),
                *(_local(each, material.zone(account)) for each in (segment.low, segment.high)),
            )
            for account, segments in material.gaps.items()
            for segment in segments
        ),
    )


def rows(frame: Any) -> list[Line]:
    """Return the rows of a figure, whatever frame it is; days are dates, and what is unknown is None."""
    wrapped = nw.from_native(frame)
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    return [
        {name: value.date() if name == "day" and isinstance(value, datetime) else value for name, value in line.items()}
        for line in eager.to_arrow().to_pylist()
    ]


def _where(frame: Any, column: str, value: str) -> Any:
    return nw.from_native(frame).filter(nw.col(column).cast(nw.String()) == value).to_native()


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _maybe_local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if at is None else _local(at, zone)


# --- comparison, cost and the bill --------------------------------------------------------------------


def _compared(material: Material, until: date) -> list[Line]:
    """Return the month beside the one before on complete days, nothing if no day of either is complete."""
    before, after = material.previous, material.period
    if before is None or before.first is None or before.end is None or after.first is None or until <= after.first:
        return []
    found = rows(
        compare.periods(
            material.around,
            (before.first, before.end),
            (after.first, until),
            known=material.known,
            without=material.unread,
        )
    )
    return [line for line in found if line["days_before"] and line["days_after"]]


def _costs(material: Material, compared: list[Line]) -> tuple[Cost, ...]:
    frame = material.frame
    found = []
    for total in rows(cost.totals(frame)):
        currency = total["currency"]
        if currency is None or total["cost"] is None:
            continue
        own = _where(frame, "currency", currency)
        outgoing = _where(own, "direction", Direction.OUTGOING)
        digits = amounts.amount_digits([total["cost"]], currency)
        found.append(
            Cost(
                currency=currency,
                digits=digits,
                calls=total["calls"],
                unpriced=total["unpriced"],
                talk_s=total["talk_s"],
                cost=total["cost"],
                directions=_lines(own, "direction", len(Direction), _plain),
                trunks=_lines(own, "trunk", TOP, _plain),
                destinations=_lines(outgoing, "destination", TOP, _naming(material, outgoing, "destination")),
                contacts=_named(own) if shows_names(material.mask) else (),
                days={line["day"]: line["cost"] or Decimal(0) for line in rows(cost.by_day(own))},
                compared=next((line for line in compared if line["currency"] == currency), None),
                disputes=_disputes(material, own),
            )
        )
    return tuple(found)


type _Naming = Callable[[str | None], tuple[str | None, Who | None]]


def _plain(name: str | None) -> tuple[str | None, Who | None]:
    return name, None


def _lines(frame: Any, key: str, top: int, naming: _Naming) -> tuple[CostLine, ...]:
    found = rows(ranking.dearest(frame, key, top=top))
    return tuple(
        CostLine(line["row"], *naming(line[key]), line["calls"], line["talk_s"], line["cost"])
        for line in found
        if line["row"] != ranking.TOTAL
    )


def _naming(material: Material, calls: Any, side: str) -> _Naming:
    """Return how a source or a destination is named: by the latest name of its number, and by the masked number."""
    numbers = nw.from_native(calls, eager_only=True)
    known = labels(numbers[side].unique().to_list(), mask=material.mask, absent="")
    named = (side, f"{side}_name") if shows_names(material.mask) else (side, side)
    pairs = zip(*(numbers[name].to_list() for name in named), strict=True)
    # The calls are in the order of their start. A call may lack the name that others of the number have.
    names = {number: name for number, name in pairs if isinstance(name, str)} if named[0] != named[1] else {}
    return lambda number: (None, None if number is None else Who(names.get(number), known[number]))


def _named(own: Any) -> tuple[CostLine, ...]:
    """Return the contacts with a name that cost most."""
    found = rows(ranking.dearest(own, "contact"))
    named = [line for line in found if line["row"] == ranking.GROUP and line["contact"] is not None and line["cost"]]
    return tuple(
        CostLine(line["row"], line["contact"], None, line["calls"], line["talk_s"], line["cost"])
        for line in named[:TOP]
    )


def _disputes(material: Material, own: Any) -> tuple[Dispute, ...]:
    if material.card is None:
        return ()
    checked = bill.check(own, material.card, region=material.region)
    received = {(line["account"], line["call_id"]) for line in rows(_where(checked, "direction", Direction.INCOMING))}
    found = rows(bill.disputes(checked))
    sides = {side: _naming(material, own, side) for side in ("source", "destination")}

    def other(line: Line) -> Who:
        side = "source" if (line["account"], line["call_id"]) in received else "destination"
        return sides[side](line[side])[1] or Who(None, "")

    return tuple(
        Dispute(
            started=_maybe_local(line["started_at"], material.zone(line["account"])),
            who=other(line),
            talk_s=line["talk_s"],
            charged=line["charged"],
            expected=line["expected"],
            amount=line["amount"],
            kind=line["class"],
        )
        for line in found
    )


# --- people -------------------------------------------------------------------------------------------


def _missed(material: Material) -> tuple[int, float | None, tuple[Caller, ...]]:
    """Return how many of the month's missed calls were reached by now, after how long, and the other callers."""
    found = [line for line in rows(missed.call_backs(material.around)) if _in_month(material, line)]
    waits = sorted(line["after_s"] for line in found if line["after_s"] is not None)
    still = [line for line in found if line["reached_at"] is None]
    known = labels({line["number"] for line in still}, mask=material.mask)
    callers: dict[str, Caller] = {}
    # The oldest first, so that the last call stays.
    for line in reversed(still):
        number, before = line["number"], callers.get(line["number"])
        name = line["name"] if shows_names(material.mask) else None
        last = _local(line["missed_at"], material.zone(line["account"]))
        who = Who(name or (before.who.name if before else None), known[number])
        callers[number] = Caller(who, 1 + (before.calls if before else 0), last)
    listed = sorted(callers.values(), key=lambda each: each.last, reverse=True)
    listed.sort(key=lambda each: (each.who.name is None, -each.calls))
    return len(waits), metrics.quantile(waits, 0.5), tuple(listed)


def _in_month(material: Material, line: Line) -> bool:
    day = _local(line["missed_at"], material.zone(line["account"])).date()
    period = material.period
    return (period.first or day) <= day < (period.end or day + _DAY)


def _people(material: Material) -> tuple[tuple[str, Line], ...]:
    """Return the named contacts with the most calls, the numbers of one name together."""
    if not shows_names(material.mask):
        return ()
    found: dict[str, Line] = {}
    for line in rows(contacts.parties(material.frame)):
        if line["name"] is not None:
            own = found.setdefault(line["name"], Counter())
            own.update({name: line[name] for name in ("calls", "incoming", "outgoing", "missed", "talk_s")})
    ranked = sorted(found.items(), key=lambda item: (-item[1]["calls"], item[0]))
    return tuple((name, dict(line)) for name, line in ranked[:TOP])


# --- credits, unusual days, quality -------------------------------------------------------------------


def _lasting(material: Material, credit: Credit) -> Lasting:
    zone = material.zone(credit.account)
    return Lasting(
        account=material.title(credit.account),
        trunk=credit.trunk,
        amount=credit.credit.amount,
        currency=credit.credit.currency,
        read=_local(credit.read_at, zone),
        runs_out=_maybe_local(credit.runs_out, zone),
        earliest=_maybe_local(credit.earliest, zone),
        latest=_maybe_local(credit.latest, zone),
        expires=_maybe_local(credit.expires_at, zone),
        now=_local(material.now, zone),
    )


def _unusual(material: Material) -> tuple[Unusual, ...]:
    spent = {
        (line["account"], line["currency"], line["day"]): line["cost"]
        for line in rows(cost.by_day(material.frame, "account"))
    }
    found = []
    for line in rows(anomalies.unusual_days(material.around)):
        day = _local(line["started_at"], material.zone(line["account"])).date()
        amount = spent.get((line["account"], line["subject"], day))
        if amount is not None and line["subject"] is not None and line["probability"] is not None:
            account = material.title(line["account"])
            found.append(Unusual(day, account, line["subject"], amount, line["probability"], line["n"]))
    return tuple(sorted(found, key=lambda each: (each.day, each.account)))


def _left_out(frame: Any) -> dict[str, tuple[int, int]]:
    """Return for each figure how many calls it is about, and how many of these it leaves out."""
    found: dict[str, tuple[int, int]] = {}
    for line in rows(quality.left_out(frame)):
        about, without = found.get(line["figure"], (0, 0))
        found[line["figure"]] = (about + line["calls"], without + line["left_out"])
    return found
