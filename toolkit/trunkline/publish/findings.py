"""What is concluded from a month's figures, each with its evidence, and what to do next. Pure."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from trunkline.model import Direction, minor_units
from trunkline.reports import amounts, ranking

from . import values
from .values import Finding, Sentence, Tone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from .month import Cost, Lasting, Line, Month, Who
    from .values import Value

SOON = timedelta(days=31)
"""A credit that ends within this time, before the next month's report, is something to do."""

NAMED = 8
"""How many callers to call back are named in the sentence; the table has all that fit."""

MOST_DAYS = 10_000
"""The rarest that a day is said to be is one in so many: twelve weeks of history tell no more."""

_BUSIEST = "time_consistent"
_KNOWN = frozenset(Direction)


def findings(month: Month) -> tuple[Finding, ...]:
    """Return the conclusions, the most general first."""
    found = [_calls(month), *(each for cost in month.costs for each in _cost(month, cost))]
    if not month.costs:
        found.append(Finding(Sentence("found.no_prices", {"calls": values.count(month.calls, "calls")})))
    return (*found, *_incoming(month), *_busy(month))


def actions(month: Month) -> tuple[Finding, ...]:
    """Return what to do next, the most urgent first."""
    found = (
        *_call_back(month),
        *(each for credit in month.credits for each in _credit(credit)),
        *(each for cost in month.costs for each in _dispute(cost)),
        *_unusual(month),
        *_sync(month),
    )
    return found or (Finding(Sentence("do.nothing"), tone=Tone.GOOD),)


def who(each: Who) -> Value:
    """Return how somebody is called in a sentence: by the name or, without one, by the number."""
    return values.text(each.name) if each.name else values.phone(each.label)


# --- conclusions --------------------------------------------------------------------------------------


def _calls(month: Month) -> Finding:
    parts = tuple(
        values.count(line["calls"], line["direction"] if line["direction"] in _KNOWN else "undirected")
        for line in month.directions
    )
    says = Sentence("found.calls", {"calls": values.count(month.calls, "calls"), "parts": values.listing(parts)})
    return Finding(says, _comparison(month, month.compared.get("calls")), "status")


def _comparison(month: Month, line: Line | None, cost: Cost | None = None) -> tuple[Sentence, ...]:
    """Return the month beside the one before, a day, on the weekdays that both have."""
    if month.previous is None or line is None or line["per_day_before"] is None or line["per_day_after"] is None:
        return (Sentence("ev.no_previous"),)
    before, after = line["per_day_before"], line["per_day_after"]
    shown = [values.number(each, _digits(each)) for each in (before, after)]
    if cost is not None:
        digits = amounts.rate_digits([before, after], cost.currency)
        shown = [values.amount(each, cost.currency, digits) for each in (before, after)]
    given = {
        "before": shown[0],
        "after": shown[1],
        "month": values.month(month.previous),
        "days_before": values.count(line["days_before"], "days"),
        "days": values.count(line["days_after"], "days"),
    }
    if line["ratio"] is None:
        return (Sentence("ev.compared_with_nothing", given),)
    return (Sentence("ev.compared", given | {"change": values.change(line["ratio"] - 1)}),)


def _digits(value: Decimal) -> int:
    return max(0, 2 - max(0, value.adjusted())) if value else 0


def _cost(month: Month, cost: Cost) -> Iterator[Finding]:
    total = values.amount(cost.cost, cost.currency, cost.digits)
    priced = values.count(cost.calls - cost.unpriced, "calls")
    unpriced = (Sentence("ev.unpriced", {"calls": values.count(cost.unpriced, "calls")}),) if cost.unpriced else ()
    evidence = (Sentence("ev.n", {"calls": priced}), *_comparison(month, cost.compared, cost), *unpriced)
    yield Finding(Sentence("found.cost", {"cost": total}), evidence, f"cost-{cost.currency}".lower())
    dearest = next((line for line in cost.destinations if line.row == ranking.GROUP and line.who and line.cost), None)
    if dearest is not None and dearest.who is not None and dearest.cost is not None and cost.cost > 0:
        given = {
            "who": who(dearest.who),
            "cost": values.amount(dearest.cost, cost.currency, cost.digits),
            "share": values.share(float(Fraction(dearest.cost) / Fraction(cost.cost))),
        }
        evidence = (Sentence("ev.n", {"calls": values.count(dearest.calls, "calls")}),)
        yield Finding(Sentence("found.dearest", given), evidence, f"cost-{cost.currency}".lower())


def _incoming(month: Month) -> Iterator[Finding]:
    line = month.incoming
    if line is None or line["asr"] is None:
        return
    interval = Sentence("ev.interval", {end: values.share(line[f"asr_{end}"]) for end in ("low", "high")})
    given = {"share": values.share(line["asr"])} | {name: values.count(line[name]) for name in ("answered", "attempts")}
    unknown = line["unknown"]
    left_out = (Sentence("ev.unknown_status", {"calls": values.count(unknown, "calls")}),) if unknown else ()
    evidence = (interval, *_comparison(month, month.compared.get("answered")), *left_out)
    yield Finding(Sentence("found.answered", given), evidence, "status")
    yield from _missed(month)
    level = month.level
    if level is not None:
        given = {"share": values.share(level["level"]), "within": values.count(round(level["threshold_s"]), "seconds")}
        evidence = (Sentence("ev.of_offered", {"calls": values.count(level["n"], "calls")}),)
        if month.waits["p50_s"] is not None:
            evidence += (Sentence("ev.median_wait", {"wait": values.seconds(month.waits["p50_s"])}),)
        unwaited = month.waits["unwaited"] + month.waits["impossible"]
        if unwaited:
            evidence += (Sentence("ev.unwaited", {"calls": values.count(unwaited, "calls")}),)
        yield Finding(Sentence("found.level", given), evidence, "waiting")


def _missed(month: Month) -> Iterator[Finding]:
    if not month.missed:
        yield Finding(Sentence("found.none_missed"), table="status", tone=Tone.GOOD)
        return
    given = {"missed": values.count(month.missed, "calls"), "reached": values.count(month.reached)}
    evidence = _comparison(month, month.compared.get("missed"))
    if month.reached_after_s is not None:
        evidence = (Sentence("ev.reached_after", {"after": values.seconds(month.reached_after_s)}), *evidence)
    yield Finding(Sentence("found.missed", given), evidence, "callers" if month.callers else "status")
    worst = max(month.hours, key=lambda hour: (month.hours[hour]["missed"], -hour), default=None)
    if worst is not None and month.hours[worst]["missed"] > 1:
        line = month.hours[worst]
        given = {
            "hour": values.hour(worst),
            "missed": values.count(line["missed"]),
            "calls": values.count(line["calls"], "calls"),
        }
        yield Finding(Sentence("found.missed_hour", given), table="chart-hours")


def _busy(month: Month) -> Iterator[Finding]:
    busiest, peak = month.busy.get(_BUSIEST), month.peak
    if busiest is None or busiest["hour"] is None or peak is None:
        return
    given = {
        "hour": values.hour(busiest["hour"]),
        "peak": values.count(peak["peak"], "calls"),
        "at": values.moment(peak["at"]),
    }
    erlang = {"erlang": values.erlang(busiest["erlang"])}
    evidence: tuple[Sentence, ...] = (Sentence("ev.erlang", erlang),)
    if month.lines is not None:
        evidence += (Sentence("ev.lines", {"lines": values.count(month.lines, "lines")}),)
    yield Finding(Sentence("found.busy", given), evidence, "traffic")


# --- what to do ---------------------------------------------------------------------------------------


def _call_back(month: Month) -> Iterator[Finding]:
    if not month.callers:
        return
    # Somebody with several numbers is named once.
    people = tuple(dict.fromkeys(who(caller.who) for caller in month.callers))
    given = {"people": values.listing(people[:NAMED]), "others": values.count(len(people) - NAMED, "others")}
    evidence = Sentence("ev.open", {
        "calls": values.count(sum(caller.calls for caller in month.callers), "calls"),
        "callers": values.count(len(month.callers), "numbers"),
    })  # fmt: skip
    key = "do.call_back_more" if len(people) > NAMED else "do.call_back"
    yield Finding(Sentence(key, given), (evidence,), "callers", Tone.BAD)


def _credit(credit: Lasting) -> Iterator[Finding]:
    until = credit.until
    if until is None or until > credit.now + SOON:
        return
    given = {
        "trunk": values.phone(credit.trunk),
        "credit": values.amount(credit.amount, credit.currency, minor_units(credit.currency)),
        "until": values.day(until.date()),
    }
    read = Sentence("ev.read", {"at": values.moment(credit.read)})
    if credit.expires_first:
        key = "do.credit_expired" if until <= credit.now else "do.credit_expires"
        yield Finding(Sentence(key, given), (read,), "credits", Tone.BAD)
        return
    evidence: tuple[Sentence, ...] = (read,)
    if credit.earliest is not None:
        last = "ev.lasts_from" if credit.latest is None else "ev.lasts"
        ends = {"earliest": values.day(credit.earliest.date())}
        ends |= {} if credit.latest is None else {"latest": values.day(credit.latest.date())}
        evidence = (Sentence(last, ends), read)
    key = "do.credit_used_up" if until <= credit.now else "do.credit_runs_out"
    yield Finding(Sentence(key, given), evidence, "credits", Tone.BAD)


def _dispute(cost: Cost) -> Iterator[Finding]:
    if cost.disputes:
        given = {
            "calls": values.count(len(cost.disputes), "calls"),
            "amount": values.amount(
                cost.disputed, cost.currency, amounts.amount_digits([cost.disputed], cost.currency)
            ),
        }
        yield Finding(Sentence("do.dispute", given), (), f"disputes-{cost.currency}".lower(), Tone.BAD)


def _unusual(month: Month) -> Iterator[Finding]:
    for each in month.unusual:
        is_known = each.probability >= 1 / MOST_DAYS
        given = {
            "day": values.day(each.day),
            "account": values.text(each.account),
            "cost": values.amount(each.cost, each.currency, amounts.amount_digits([each.cost], each.currency)),
            "odds": values.count(round(1 / each.probability) if is_known else MOST_DAYS),
        }
        evidence = (Sentence("ev.judged", {"days": values.count(each.days, "days")}),)
        says = Sentence("do.unusual" if is_known else "do.unusual_rarer", given)
        yield Finding(says, evidence, f"cost-{each.currency}".lower(), Tone.BAD)


def _sync(month: Month) -> Iterator[Finding]:
    if month.gaps:
        yield Finding(
            Sentence("do.sync", {"spans": values.count(len(month.gaps), "spans")}), table="gaps", tone=Tone.BAD
        )
