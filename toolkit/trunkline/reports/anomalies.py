"""Calls that are odd, each with its reason and how improbable it is, or the count that makes it odd.

Every figure has the same columns: `kind`, `account`, `extension`, `subject` (a number, a range of numbers, a country, a
currency or two ids of calls), `started_at` and `ended_at` (UTC, from the first to the last call concerned),
`calls` (how many these are), `n` (how many calls or days they are judged by), `probability` (None where there is only a
count) and `reason` (a sentence without numbers of phones). Odd is not fraud: the thresholds are parameters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, cast

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trunkline import metrics
from trunkline.errors import DataError
from trunkline.model import Direction, Money, Status
from trunkline.numbers import country, e164

from .distinct import distinct
from .frames import read, rounded
from .groups import costs, keys
from .odd_calls import Home, Line, countries, emit, foreign, grouped, home_of, lines_at, row, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .frames import Calls

_NO_CURRENCY = "XXX"
# What today is compared with reaches so far back.
_WEEK, _HOURS = 7, 24
_ROOM = 1e-9
_MICROS = 1_000_000
_LOOK_BACK = timedelta(days=metrics.USUAL_DAYS + metrics.RECENT_DAYS + 1)


def unusual_days[F](frame: F) -> F:
    """Return the local days on which an account spent unusually much, by currency, see `metrics.unusual_spend`.

    Rare and large: `probability` (below 1 / 365) is estimated from `n` earlier days, and the excess is at least half of
    a usual day. A day is judged by the days of the frame before it; there is nothing to say of the first 29.
    """
    by = keys(("account", "day", "hour"))
    calls = read(frame, "currency", "status", "talk_s", "price", "account", "started_local", "started_at")
    spans = _spans_of_days(calls)
    hourly: defaultdict[tuple[Any, Any], dict[date, dict[datetime, Money]]] = defaultdict(lambda: defaultdict(dict))
    for (account, day, hour, currency), cost in costs(calls, by).items():
        if day is not None:
            amount = Money(cost.cost or Decimal(0), currency or _NO_CURRENCY)
            hourly[account, currency][day][datetime.combine(day, time(hour))] = amount
    rows: list[tuple[Any, ...]] = []
    for (account, currency), days in hourly.items():
        first = min(day for each, day in spans if each == account)
        for day in _candidates(days, first):
            # The wall clock stands for the instant: local days are compared with each other alone.
            now = datetime.combine(day, time(23, 59), UTC)
            window = {
                hour: cost for each in days if day - _LOOK_BACK <= each <= day for hour, cost in days[each].items()
            }
            code = currency or _NO_CURRENCY
            spend = metrics.unusual_spend(window, now, currency=code, zone=UTC, since=first)
            if spend is not None and spend.unusual:
                begin, end, number = spans[account, day]
                above = rounded(Fraction(spend.excess.amount), calls.scale)
                reason = f"{spend.spend} on {day}, by some hour {above:f} more than usual"
                rows.append(("unusual_spend", account, None, currency, begin, end, number, spend.days,
                             spend.probability, reason))  # fmt: skip
    return cast("F", emit(calls, rows))


def _candidates(days: Mapping[date, Mapping[datetime, Money]], first: date) -> list[date]:
    """Return the days that can be unusual, by a quick look at all of them.

    `metrics.unusual_spend` decides exactly, and takes long. Within what it compares with, a probability is never below
    1 / (84 + 1) and so not rare: only a day with a score above all the others and above what matters can be unusual.
    In floats, so with room for their error.
    """
    begin = min(first, *days)
    amounts = np.zeros(((max(days) - begin).days + 1, _HOURS))
    for day, hours in days.items():
        for hour, money in hours.items():
            amounts[(day - begin).days, hour.hour] = float(money.amount)
    running = amounts.cumsum(axis=1)
    room = _ROOM * float(np.abs(running).max())
    start = (first - begin).days
    found = []
    for day in sorted(days):
        at = (day - begin).days
        low, high = max(start + 1, at - metrics.RECENT_DAYS - metrics.USUAL_DAYS), at - metrics.RECENT_DAYS
        # With fewer than three of each weekday there are less than the 21 days that are needed.
        if high - low < 3 * _WEEK:
            continue
        compared, weekday = running[low:high], np.arange(low, high) % _WEEK
        total = np.array([compared[weekday == each].sum(axis=0) for each in range(_WEEK)])
        number = np.bincount(weekday, minlength=_WEEK)[:, None]
        usual = total / number
        scores = (compared - (total[weekday] - compared) / (number[weekday] - 1)).max(axis=1)
        greatest = max(float(scores.max()), float(usual[:, -1].mean()) / 2)
        if float((running[at] - usual[at % _WEEK]).max()) >= greatest - room:
            found.append(day)
    return found


def _spans_of_days(calls: Calls) -> dict[tuple[Any, date], tuple[datetime | None, datetime | None, int]]:
    """Return of each account and local day the first and the last start, and how many calls there are."""
    day, start = nw.col("started_local").dt.date().alias("_day"), nw.col("started_at")
    cells = start.min().alias("_first"), start.max().alias("_last"), nw.len()
    found = calls.found(lambda data: data.with_columns(day).group_by("account", "_day").agg(*cells))
    return {(account, day): tuple(cells) for account, day, *cells in found.iter_rows() if day is not None}


def first_countries[F](frame: F, *, home: Home, learned_days: int = 28) -> F:
    """Return the first outgoing call of an account to each foreign country, answered or not.

    `home` is the ISO 3166 country of numbers without a country code, of all accounts or by account. What is called in
    the first `learned_days` after an account's first outgoing call is taken as known. `n` are its outgoing calls
    before. Numbers whose country is unknown are left out. Raises `DataError` for a home that is no country.
    """
    calls, table = table_of(frame, Direction.OUTGOING, "destination")
    rows: list[tuple[Any, ...]] = []
    at, names = countries(table, "destination", home)
    accounts, firsts = distinct((table["account"],)) if len(table) else (at, at)
    for place, first in enumerate(firsts):
        own = np.flatnonzero(accounts == place)
        seen, earliest = np.unique(at[own], return_index=True)
        region, learned = _learned(table, int(first), home, learned_days)
        known = 0
        for n, to in sorted((int(n), names[int(code)]) for code, n in zip(seen, earliest, strict=True)):
            if to is None:
                continue
            [line] = lines_at(table, own[n : n + 1])
            if to != region and line["started_at"] >= learned:
                reason = (
                    f"first call to {to}, after {_several(n, 'call')}, to {_several(known, 'country', 'countries')}"
                )
                rows.append(row("first_country", [line], extension=line["extension"], subject=to, n=n, reason=reason))
            known += 1
    return cast("F", emit(calls, rows))


def _learned(table: pa.Table, first: int, home: Home, learned_days: int) -> tuple[str, datetime]:
    """Return the country of the account whose first call this is, and until when what it calls is taken as known."""
    account, start = (table[name][first].as_py() for name in ("account", "started_at"))
    return home_of(home, account), start + timedelta(days=learned_days)


def _several(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def night_calls[F](frame: F, *, home: Home, begin: int = 22, end: int = 6, least: int = 1) -> F:
    """Return the nights in which an extension made international calls, answered or not, at least so many.

    The night is from the local hour `begin` to before `end`. `n` are all international calls of the account in the
    frame. `home` and errors as for `first_countries`; `DataError` too for hours that are not 0 to 23, or the same.
    """
    if begin == end or not {begin, end} <= set(range(24)):
        msg = "a night begins and ends at different hours from 0 to 23"
        raise DataError(msg, field="begin")
    calls, table = table_of(frame, Direction.OUTGOING, "destination", "started_local")
    known = pc.is_valid(table["started_local"]).to_numpy()
    abroad = lines_at(table, foreign(table, "destination", home) & known)
    total = Counter(line["account"] for line in abroad)
    length = (end - begin) % 24
    nights = []
    for line in abroad:
        into = line["started_local"] - timedelta(hours=begin)
        if into.hour < length:
            nights.append(line | {"night": into.date()})
    rows = []
    for (account, extension, _), own in grouped(nights, "account", "extension", "night"):
        if len(own) >= least:
            made = _several(len(own), "international call")
            reason = f"{made} between {begin:02}:00 and {end:02}:00, of {total[account]} at any time"
            rows.append(row("night_calls", own, extension=extension, subject=None, n=total[account], reason=reason))
    return cast("F", emit(calls, rows))


def number_runs[F](frame: F, *, least: int = 5, within_s: int = 600) -> F:
    """Return runs of outgoing calls of one extension to numbers that go up or down by one each time.

    A run has at least `least` different numbers, each called within `within_s` seconds of the one before; a number that
    is called again at once counts as one. `n` are all outgoing calls of the extension. `subject` is the first number.
    """
    calls, table = table_of(frame, Direction.OUTGOING, "destination")
    rows = []
    for chain, n in _chains(table, within_s, least):
        for run, numbers in _runs(chain, within_s):
            if numbers >= least:
                reason = f"{numbers} numbers in sequence, one after the other"
                at, called = run[0]["extension"], run[0]["destination"]
                rows.append(row("number_run", run, extension=at, subject=called, n=n, reason=reason))
    return cast("F", emit(calls, rows))


def _chains(table: pa.Table, within_s: int, least: int) -> Iterator[tuple[list[Line], int]]:
    """Yield the calls of an extension, each near the one before in time and number, and how many it made in all."""
    if not len(table):
        return
    kinds, first = distinct((table["destination"],))
    spelled = [_digits(line) for line in table.select(["destination"]).take(pa.array(first)).to_pylist()]
    # Numbers can be too long for 64 bits. Only whether two are equal or neighbours counts.
    values = sorted({int(text) for text in spelled if text})
    steps = accumulate((min(2, other - one) for one, other in pairwise(values)), initial=0)
    place = dict(zip(values, steps, strict=False))
    number = np.array([place[int(text)] if text else -1 for text in spelled], np.int64)[kinds]
    lines, _ = distinct((table["account"], table["extension"]))
    made = np.bincount(lines)
    chosen = np.flatnonzero(number >= 0)
    chosen = chosen[np.argsort(lines[chosen], kind="stable")]
    start = table["started_at"].cast(pa.int64()).to_numpy()[chosen]
    near = (np.diff(lines[chosen]) == 0) & (np.abs(np.diff(number[chosen])) <= 1)
    near &= np.diff(start) <= within_s * _MICROS
    for chain in np.split(chosen, np.flatnonzero(~near) + 1):
        if len(chain) >= least:
            yield lines_at(table, chain), int(made[lines[chain[0]]])


def _digits(line: Line) -> str:
    digits = str(line["destination"] or "").removeprefix("+")
    return digits if digits.isdecimal() else ""


def _runs(lines: Sequence[Line], within_s: int) -> Iterator[tuple[list[Line], int]]:
    """Yield runs of calls with how many numbers they have."""
    run: list[Line] = []
    step, numbers = 0, 0
    for line in lines:
        change = int(_digits(line)) - int(_digits(run[-1])) if run else 0
        near = bool(run) and line["started_at"] - run[-1]["started_at"] <= timedelta(seconds=within_s)
        if near and (change == 0 or (abs(change) == 1 and change == (step or change))):
            numbers += abs(change)
            step = step or change
            run.append(line)
            continue
        if run:
            yield run, numbers
        # The last call of a run may be the first of one that goes the other way.
        turned = near and abs(change) == 1
        run, step, numbers = ([run[-1], line], change, 2) if turned else ([line], 0, 1)
    if run:
        yield run, numbers


def short_calls[F](
    frame: F, *, home: Home, longest_s: int = 10, least: int = 5, within_h: int = 24, open_digits: int = 4
) -> F:
    """Return bursts of very short incoming calls from one foreign range of numbers, which want to be called back.

    Very short is at most `longest_s` seconds of wait and talk together. A range are numbers that differ in the last
    `open_digits`. A burst has `least` such calls within `within_h` hours, anywhere in it. `n` are all incoming calls
    of the account. Calls of unknown wait or talk are left out. `home` and errors as for `first_countries`.
    """
    calls, table = table_of(frame, Direction.INCOMING, "source", "wait_s", "talk_s")
    total = Counter(table["account"].to_pylist())
    lasted = pc.add(table["wait_s"], table["talk_s"])
    brief = table.filter(pc.fill_null(pc.less_equal(lasted, longest_s), False))
    short = []
    for line in lines_at(brief, foreign(brief, "source", home)):
        number = e164(line["source"], home_of(home, line["account"])) or ""
        numbers = number[:-open_digits] if open_digits else number
        short.append(line | {"range": numbers, "country": country(number)})
    rows = []
    for (account, numbers), own in grouped(short, "account", "range"):
        for burst in _bursts(own, least, timedelta(hours=within_h)):
            reason = f"{len(burst)} calls of at most {longest_s} s from one range of {burst[0]['country']}"
            rows.append(row("short_calls", burst, extension=None, subject=numbers, n=total[account], reason=reason))
    return cast("F", emit(calls, rows))


def _bursts(lines: Sequence[Line], least: int, within: timedelta) -> Iterator[list[Line]]:
    """Yield the calls that are among `least` of a period of that length, joined where such periods overlap."""
    burst: list[int] = []
    for last in range(least - 1, len(lines)):
        first = last - least + 1
        if lines[last]["started_at"] - lines[first]["started_at"] <= within:
            if burst and burst[-1] < first:
                yield [lines[n] for n in burst]
                burst = []
            burst.extend(range(burst[-1] + 1 if burst else first, last + 1))
    if burst:
        yield [lines[n] for n in burst]


def overlaps[F](frame: F, *, tolerance_s: int = 1) -> F:
    """Return pairs of answered calls in which one extension talks at the same time, for more than `tolerance_s`.

    By UTC, so that a clock that is set back makes none. Talk begins after the wait (or its length before the stated
    end) and lasts for the talk time; where either can't be known, the call is left out. A telephone with several lines
    does so without anything being wrong. `subject` are the ids of the two calls, `started_at` to `ended_at` the time
    of both; `n` are the answered calls of the extension.
    """
    calls, table = table_of(frame, None, "call_id", "status", "ended_at", "wait_s", "talk_s")
    answered = pc.and_(pc.equal(table["status"], Status.ANSWERED.value), pc.is_valid(table["extension"]))
    table = table.filter(pc.fill_null(answered, False))
    rows = []
    for own, n in _at_once(table):
        account, extension = own[0]["account"], own[0]["extension"]
        talks = sorted((*talk, line["call_id"]) for line in own if (talk := _talk(line)))
        active: list[tuple[datetime, datetime, str]] = []
        for begin, end, call_id in talks:
            active = [other for other in active if other[1] > begin]
            for _, until, other_id in active:
                both = min(end, until) - begin
                if both > timedelta(seconds=tolerance_s):
                    reason = f"two calls of one extension at once for {both.total_seconds():.0f} s"
                    rows.append(("overlap", account, extension, f"{other_id} {call_id}", begin, begin + both, 2,
                                 n, None, reason))  # fmt: skip
            active.append((begin, end, call_id))
    return cast("F", emit(calls, rows))


def _at_once(table: pa.Table) -> Iterator[tuple[list[Line], int]]:
    """Yield calls of an extension whose talks are linked by overlaps, and how many answered calls it has in all."""
    if not len(table):
        return
    lines, _ = distinct((table["account"], table["extension"]))
    answered = np.bincount(lines)
    second = pa.scalar(_MICROS, pa.int64())
    start, wait, talk, end = (table[name].cast(pa.int64()) for name in ("started_at", "wait_s", "talk_s", "ended_at"))
    length = pc.multiply(talk, second)
    begin = pc.coalesce(pc.add(start, pc.multiply(wait, second)), pc.subtract(end, length))
    known = pc.fill_null(pc.and_(pc.greater(talk, 0), pc.is_valid(begin)), False).to_numpy()
    begins = pc.fill_null(begin, 0).to_numpy()[known]
    ends = begins + pc.fill_null(length, 0).to_numpy()[known]
    places = np.flatnonzero(known)
    order = np.lexsort((begins, lines[places]))
    places, begins, ends = places[order], begins[order], ends[order]
    for extension in np.split(np.arange(len(places)), np.flatnonzero(np.diff(lines[places])) + 1):
        if not len(extension):
            continue
        reached = np.maximum.accumulate(ends[extension])
        apart = np.flatnonzero(begins[extension][1:] >= reached[:-1]) + 1
        for linked in np.split(extension, apart):
            if len(linked) > 1:
                yield lines_at(table, places[linked]), int(answered[lines[places[linked[0]]]])


def _talk(line: Line) -> tuple[datetime, datetime] | None:
    wait, talk, end = line["wait_s"], line["talk_s"], line["ended_at"]
    if not talk or talk < 0:
        return None
    length = timedelta(seconds=talk)
    if wait is not None:
        begin = line["started_at"] + timedelta(seconds=wait)
        return begin, begin + length
    return None if end is None else (end - length, end)
