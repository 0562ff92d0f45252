"""How the rows of a report become a page: sorted and cut, or those that come after a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    DONE,
    Body,
    Paging,
    RefusedError,
    done,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.sandbox.wire import Reply

    from .feed import Entry, Feed

    type Row = dict[str, Any]

# The document's number of records in a reply to an `…/ordered/id`.
_PAGE = 20


def cut[T](window: Sequence[T], paging: Paging, write: Callable[[T], Row], natural: frozenset[str]) -> list[Row]:
    """Write the asked page of a window that is in the order of the `natural` fields already, ascending.

    Only the page's rows are written, unless another order is asked for.
    """
    if len(paging.sorting) == 1 and natural.issuperset(paging.sorting):
        (way,) = paging.sorting.values()
        size = len(window)
        low, high = min(paging.start, size), min(paging.start + paging.count, size)
        chosen = window[size - high : size - low][::-1] if way < 0 else window[low:high]
        return [write(item) for item in chosen]
    return paging.page(sorted_rows([write(item) for item in window], paging))


def ordered(feed: Feed, body: Body, write: Callable[[Entry], Row]) -> Reply:
    """Answer an `…/ordered/id`: the 20 rows after the given `_id`, the oldest first.

    [INFER] Where nothing is left, `last_id` is the one that was given, so that it can be kept whatever came.
    """
    cursor = body.text("_id").lower()
    entries = feed.after(cursor, _PAGE)
    if entries is None:
        raise RefusedError
    last = feed.row_id(entries[-1]) if entries else cursor
    return done({"last_id": last, "data": [write(entry) for entry in entries]}, DONE)


def sorted_rows(rows: list[Row], paging: Paging) -> list[Row]:
    """Sort rows by the requested fields; a row without the field comes first."""
    for name, way in reversed(list(paging.sorting.items())):
        rows = sorted(rows, key=lambda row: _rank(row.get(name)), reverse=way < 0)
    return rows


def _rank(value: Any) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    if isinstance(value, dict) and "$date" in value:
        return 1, float(value["$date"]["$numberLong"]), ""
    return 2, 0.0, str(value)
