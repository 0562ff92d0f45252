"""The same calls in two records: those of a telephone system beside its provider's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from trunkline.reports import bill, twins
from trunkline.reports import records as reports
from trunkline.reports.frames import as_kind_of

from . import definitions, home
from .building import build, rows_of

if TYPE_CHECKING:
    from .chosen import Selection as Calls
    from .figure import Figure

_TEXT = pa.string()
_CALL = ("started_at", "direction", "source", "destination", "status", "other_status", "talk_s", "other_talk_s")
_AMOUNTS = ("currency", "charged", "expected", "difference", "class", "reason")


def records(calls: Calls, other: Any, region: str | None) -> Figure:
    """Return how the calls differ from those of another frame, by class."""
    found = bill.summary(reports.compared(calls.coded, other, region=home.here(calls.accounts, region)))
    frame = as_kind_of(calls.frame, found)
    n = sum(row["calls"] for row in rows_of(frame))
    return build(calls, "Calls beside another record", frame, definitions.RECORDS, "difference", n=n)


def differences(calls: Calls, other: Any, region: str | None) -> Figure:
    """Return the calls that differ from those of another frame."""
    found = reports.compared(calls.coded, other, region=home.here(calls.accounts, region))
    frame = as_kind_of(calls.frame, found.filter(pc.not_equal(found["class"], "ok")))
    title = "Calls that differ from another record"
    columns = (*_CALL, *_AMOUNTS)
    return build(calls, title, frame, definitions.RECORDS, "difference", columns=columns, n=len(found))


def recorded_twice(calls: Calls) -> Figure:
    """Return how many calls two of the accounts recorded, and how the two records differ."""
    is_known = len(calls.twice) or (calls.source is not None and calls.source.once)
    found = calls.twice if is_known else twins.find(calls.coded).twice
    rows = reports.twin_differences(found)
    schema = dict.fromkeys(("account", "twin_account", "class", "currency"), _TEXT) | {"calls": pa.int64()}
    columns = {name: pa.array([row[place] for row in rows], kind) for place, (name, kind) in enumerate(schema.items())}
    frame = as_kind_of(calls.frame, pa.table(columns))
    n = len(calls) + len(calls.twice)
    return build(calls, "Calls recorded twice", frame, definitions.TWINS, "calls", n=n)
