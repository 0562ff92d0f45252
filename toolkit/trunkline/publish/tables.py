"""The tables of a month's report. Pure: values in, values out."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from trunkline.model import minor_units
from trunkline.reports import amounts, ranking

from . import values
from .values import Column, Kind, Row, Sentence, Table, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from .month import Cost, CostLine, Line, Month

SHOWN = 10
"""How many callers, disputes and gaps a table of a page lists; a note counts the others."""
IN_SHEETS = 1_000_000
"""How many a sheet of a workbook lists, which has little more rows."""

_ALWAYS = ("calls", "answered", "missed")
_OUTCOMES = ("busy", "no_answer", "congestion", "failed", "unknown")


def tables(month: Month, shown: int = SHOWN) -> tuple[Table, ...]:
    """Return the tables, without those that would be empty; long lists have `shown` rows."""
    found = (
        _status(month),
        *(_cost(cost) for cost in month.costs),
        _waiting(month),
        _traffic(month),
        _callers(month, shown),
        _people(month),
        *(_dear_people(cost) for cost in month.costs),
        _credits(month),
        *(_disputes(cost, shown) for cost in month.costs),
        _quality(month),
        _gaps(month, shown),
    )
    return tuple(table for table in found if table.rows)


def _columns(*pairs: tuple[str, Kind], unit: str = "") -> tuple[Column, ...]:
    return tuple(Column(key, kind, unit if kind is Kind.AMOUNT else "") for key, kind in pairs)


def _part(cost: Decimal | None, whole: Decimal) -> Value:
    return values.share(float(Fraction(cost) / Fraction(whole)) if cost is not None and whole else None)


def _cost(cost: Cost) -> Table:
    parts = ("direction", cost.directions), ("trunk", cost.trunks), ("destination", cost.destinations)
    rows = [
        (values.word(f"by_{key}"), _name(key, line), *_cells(cost, line.calls, line.talk_s, line.cost))
        for key, lines in parts
        for line in lines
    ]
    total = values.word("total"), values.text(""), *_cells(cost, cost.calls, cost.talk_s, cost.cost)
    heads = ("part", Kind.WORD), ("what", Kind.TEXT), ("calls", Kind.COUNT), ("talk", Kind.SECONDS)
    columns = _columns(*heads, ("cost", Kind.AMOUNT), ("share", Kind.SHARE), unit=cost.currency)
    notes = (Sentence("note.cost"),)
    return Table("cost", columns, (*rows, total), cost.currency, total=True, grouped=True, notes=notes)


def _cells(cost: Cost, calls: int, talk_s: int | None, spent: Decimal | None) -> Row:
    shown = values.amount(spent, cost.currency, cost.digits)
    return values.count(calls), values.seconds(talk_s), shown, _part(spent, cost.cost)


def _name(key: str, line: CostLine) -> Value:
    if line.row == ranking.OTHER:
        return values.word("others")
    if line.who is not None:
        label = values.phone(line.who.label)
        return values.listing((values.text(line.who.name), label)) if line.who.name else label
    if line.name is None:
        return values.word("unknown")
    return values.word(line.name) if key == "direction" else values.phone(line.name)


def _status(month: Month) -> Table:
    counted = (*_ALWAYS, *(key for key in _OUTCOMES if month.counts[key]))
    heads = (("direction", Kind.WORD), *((key, Kind.COUNT) for key in counted))
    columns = _columns(*heads, ("asr", Kind.SHARE), ("interval", Kind.RANGE), ("acd", Kind.SECONDS))
    rows = [_counts(values.word(line["direction"] or "unknown"), line, counted) for line in month.directions]
    total = (_counts(values.word("total"), month.counts, counted),) if rows else ()
    return Table("status", columns, (*rows, *total), total=True, notes=(Sentence("note.status"),))


def _counts(name: Value, line: Line, counted: tuple[str, ...]) -> Row:
    low, high = line["asr_low"], line["asr_high"]
    interval = Value(Kind.RANGE, None if low is None else (values.share(low), values.share(high)))
    counts = (values.count(line[key]) for key in counted)
    return name, *counts, values.share(line["asr"]), interval, values.seconds(line["acd_s"])


def _pairs(key: str, rows: Iterator[tuple[str, Value, Value]], *notes: Sentence) -> Table:
    """Return a table of names, values and what they rest on."""
    columns = (Column("what", Kind.WORD), Column("value", Kind.LIST), Column("of", Kind.LIST))
    return Table(key, columns, tuple((values.word(name), *cells) for name, *cells in rows), notes=notes)


def _waiting(month: Month) -> Table:
    return _pairs("waiting", _waits(month), Sentence("note.waiting"))


def _waits(month: Month) -> Iterator[tuple[str, Value, Value]]:
    nothing = values.text("")
    if month.level is not None:
        level = month.level
        yield "level", values.share(level["level"]), values.count(level["n"], "calls")
    if month.waits["p50_s"] is not None:
        answered = values.count(month.waits["answered"], "calls")
        yield "median_wait", values.seconds(month.waits["p50_s"]), answered
        yield "p90_wait", values.seconds(month.waits["p90_s"]), answered
    if month.missed:
        missed = values.count(month.missed, "calls")
        yield "reached", values.count(month.reached, "calls"), missed
        if month.reached_after_s is not None:
            yield "reached_after", values.seconds(month.reached_after_s), values.count(month.reached, "calls")
        yield "open_callers", values.count(len(month.callers), "numbers"), nothing


def _traffic(month: Month) -> Table:
    return _pairs("traffic", _busy(month), Sentence("note.traffic"))


def _busy(month: Month) -> Iterator[tuple[str, Value, Value]]:
    nothing = values.text("")
    steady, fixed = month.busy.get("time_consistent"), month.busy.get("fixed")
    if steady is not None and steady["hour"] is not None:
        yield "busy_hour", values.hour(steady["hour"]), values.erlang(steady["erlang"], "erlang")
    if fixed is not None:
        yield "busiest", values.moment(fixed["at"]), values.erlang(fixed["erlang"], "erlang")
    if month.peak is not None:
        yield "peak", values.count(month.peak["peak"], "calls"), values.moment(month.peak["at"])
    if month.lines is not None:
        yield "lines", values.count(month.lines, "lines"), nothing


def _more(shown: int, found: int) -> tuple[Sentence, ...]:
    return (Sentence("note.more", {"more": values.count(found - shown)}),) if found > shown else ()


def _callers(month: Month, shown: int) -> Table:
    columns = _columns(
        ("name", Kind.TEXT), ("number", Kind.PHONE), ("missed", Kind.COUNT), ("last_missed", Kind.MOMENT),
    )  # fmt: skip
    rows = tuple(
        (values.text(each.who.name), values.phone(each.who.label), values.count(each.calls), values.moment(each.last))
        for each in month.callers[:shown]
    )
    return Table("callers", columns, rows, notes=(Sentence("note.callers"), *_more(shown, len(month.callers))))


def _people(month: Month) -> Table:
    keys = ("calls", "incoming", "outgoing", "missed")
    columns = _columns(("name", Kind.TEXT), *((key, Kind.COUNT) for key in keys), ("talk", Kind.SECONDS))
    rows = tuple(
        (values.text(name), *(values.count(line[key]) for key in keys), values.seconds(line["talk_s"]))
        for name, line in month.people
    )
    return Table("people", columns, rows)


def _dear_people(cost: Cost) -> Table:
    heads = ("name", Kind.TEXT), ("calls", Kind.COUNT), ("talk", Kind.SECONDS)
    columns = _columns(*heads, ("cost", Kind.AMOUNT), ("share", Kind.SHARE), unit=cost.currency)
    rows = tuple((values.text(line.name), *_cells(cost, line.calls, line.talk_s, line.cost)) for line in cost.contacts)
    return Table("dear_people", columns, rows, cost.currency)


def _credits(month: Month) -> Table:
    columns = _columns(
        ("account", Kind.TEXT), ("trunk", Kind.PHONE), ("credit", Kind.LIST), ("read", Kind.DAY),
        ("runs_out", Kind.DAY), ("expires", Kind.DAY),
    )  # fmt: skip
    rows = tuple(
        (
            values.text(each.account),
            values.phone(each.trunk),
            values.amount(each.amount, each.currency, minor_units(each.currency)),
            values.day(each.read.date()),
            values.day(None if each.runs_out is None else each.runs_out.date()),
            values.day(None if each.expires is None else each.expires.date()),
        )
        for each in month.credits
    )
    return Table("credits", columns, rows, notes=(Sentence("note.credits"),))


def _disputes(cost: Cost, shown: int) -> Table:
    columns = _columns(
        ("started", Kind.MOMENT), ("name", Kind.TEXT), ("number", Kind.PHONE), ("talk", Kind.SECONDS),
        ("charged", Kind.AMOUNT),
        ("expected", Kind.AMOUNT), ("difference", Kind.AMOUNT), ("why", Kind.WORD), unit=cost.currency,
    )  # fmt: skip
    known = [each for line in cost.disputes for each in (line.charged, line.expected, line.amount) if each is not None]
    digits = amounts.price_digits(known, cost.currency)
    rows = tuple(
        (
            values.moment(each.started),
            values.text(each.who.name),
            values.phone(each.who.label),
            values.seconds(each.talk_s),
            *(values.amount(sum_, cost.currency, digits) for sum_ in (each.charged, each.expected, each.amount)),
            values.word(f"dispute_{each.kind}"),
        )
        for each in cost.disputes[:shown]
    )
    return Table("disputes", columns, rows, cost.currency, notes=_more(shown, len(cost.disputes)))


def _quality(month: Month) -> Table:
    columns = _columns(("figure", Kind.WORD), ("calls", Kind.COUNT), ("left_out", Kind.COUNT), ("why", Kind.WORD))
    rows = [
        (values.word(f"figure_{name}"), values.count(calls), values.count(without), values.word(f"why_{name}"))
        for name, (calls, without) in month.left_out.items()
        if without
    ]
    # The calls of the month are those that are left without the other records. Calls alike are only told of.
    of_all = {"twice": (month.calls + month.twice, month.twice), "duplicates": (month.duplicates, 0)}
    for key, (calls, without) in of_all.items():
        if getattr(month, key):
            cells = values.word(f"figure_{key}"), values.count(calls), values.count(without)
            rows.append((*cells, values.word(f"why_{key}")))
    return Table("quality", columns, tuple(rows))


def _gaps(month: Month, shown: int) -> Table:
    columns = _columns(("account", Kind.TEXT), ("from", Kind.MOMENT), ("to", Kind.MOMENT))
    rows = tuple(
        (values.text(each.account), values.moment(each.low), values.moment(each.high)) for each in month.gaps[:shown]
    )
    return Table("gaps", columns, rows, notes=_more(shown, len(month.gaps)))
