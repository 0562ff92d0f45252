"""Puts a month's report together: title, conclusions, what to do, charts, tables and notes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from . import values
from .charts import charts
from .findings import actions, findings
from .tables import SHOWN, tables
from .values import Document, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .month import Month

_DAY = timedelta(days=1)


def document(month: Month, made: datetime, *, masked: bool, shown: int = SHOWN) -> Document:
    """Return the report of a month; `made` is the local time at which it is made, `shown` how long lists are."""
    return Document(
        title=Sentence("title", {"month": values.month(month.first)}),
        about=tuple(_about(month, made)),
        findings=findings(month),
        actions=actions(month),
        charts=charts(month),
        tables=tables(month, shown),
        notes=(Sentence("note.definitions"), *((Sentence("note.masked"),) if masked else ())),
        jalali=month.jalali,
    )


def _about(month: Month, made: datetime) -> Iterator[Sentence]:
    days = {"first": values.day(month.first), "last": values.day(month.end - _DAY)}
    if month.accounts:
        yield Sentence("about.accounts", {"accounts": values.listing(tuple(map(values.text, month.accounts)))})
    yield Sentence("about.days", days)
    if month.zones:
        yield Sentence("about.zones", {"zones": values.listing(tuple(values.phone(zone) for zone in month.zones))})
    if month.chosen:
        yield Sentence("about.chosen", {"columns": values.listing(tuple(map(values.text, month.chosen)))})
    if month.until < month.end:
        if month.until > month.first:
            yield Sentence("about.running", {"until": values.day(month.until - _DAY)})
        else:
            yield Sentence("about.begun")
    yield Sentence("about.made", {"at": values.moment(made)})
