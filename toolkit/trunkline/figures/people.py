"""Who calls, what is odd, and what the data lacks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import narwhals as nw

from trunkline.reports import anomalies as reports_anomalies
from trunkline.reports import contacts as reports_contacts
from trunkline.reports import quality as reports_quality

from . import definitions, history, home
from .building import build, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .chosen import Selection as Calls
    from .figure import Figure

_PARTIES = ("account", "number", "name", "state", "calls", "incoming", "outgoing", "answered", "missed", "talk_s")
_NO_PARTY = "internal, or without a number, a direction or a start"
_KINDS = ("unusual_days", "first_countries", "night_calls", "number_runs", "short_calls", "overlaps")
_ABROAD = frozenset({"first_countries", "night_calls", "short_calls"})


def contacts(calls: Calls) -> Figure:
    """Return the numbers of calls from or to outside."""
    frame = reports_contacts.parties(calls.coded)
    left_out = {_NO_PARTY: len(calls) - sum(row["calls"] for row in rows_of(frame))}
    return build(calls, "Contacts", frame, definitions.CONTACTS, "calls", left_out=left_out)


def new_and_gone(calls: Calls, regular: int) -> Figure:
    """Return who called in this period and not in the one before, and who no longer did."""
    before = calls.previous()
    together = history.joined(before, calls).frame
    parts = []
    for account in calls.accounts:
        since, until = history.instants(calls, account)
        own = nw.from_native(together).filter(nw.col("account") == account.account).to_native()
        parts.append(nw.from_native(reports_contacts.parties(own, since, until, regular=regular)))
    every = nw.concat(parts) if parts else nw.from_native(reports_contacts.parties(together))
    frame = every.filter(nw.col("state").is_in(["new", "gone"])).to_native()
    columns = ("state", "account", "number", "name", "calls", "before", "incoming", "outgoing", "talk_s", "last_at")
    n, title = len(calls) + len(before), "New and gone contacts"
    left_out = {_NO_PARTY: n - sum(row["calls"] + row["before"] for row in rows_of(every.to_native()))}
    return build(calls, title, frame, definitions.NEW_AND_GONE, "calls", left_out=left_out, columns=columns, n=n)


def anomalies(calls: Calls, region: str | Mapping[str, str] | None) -> Figure:
    """Return what is odd about the calls, judged by all earlier calls of the archive, if there is one."""
    at = region if region is not None else home.countries(calls.accounts)
    judged = calls if calls.source is None or calls.period.first is None else history.until_end(calls)
    found = []
    for name in _KINDS:
        figure = getattr(reports_anomalies, name)
        if name not in _ABROAD:
            found.append(figure(judged.coded))
        elif at is not None:
            found.append(figure(judged.coded, home=at))
    every = nw.concat([nw.from_native(each) for each in found])
    if judged is not calls:
        # The period begins at each account's own midnight.
        begun = [
            (nw.col("account") == each.account) & (nw.col("ended_at") >= history.instants(calls, each)[0])
            for each in calls.accounts
        ]
        every = every.filter(nw.any_horizontal(*begun, ignore_nulls=True)) if begun else every
    frame = every.sort("started_at", nulls_last=True).to_native()
    definition = definitions.ANOMALIES if at is not None else f"{definitions.ANOMALIES} {definitions.NO_COUNTRY}"
    columns = ("kind", "account", "extension", "started_at", "ended_at", "calls", "probability", "reason")
    return build(calls, "Odd calls", frame, definition, "calls", columns=columns)


def quality(calls: Calls) -> Figure:
    """Return what the data lacks."""
    # Calls that are later than an earlier `now` are no mistake.
    frame = reports_quality.columns(calls.coded, max(calls.now, datetime.now(UTC)))
    return build(calls, "Quality of the data", frame, definitions.QUALITY, "values")
