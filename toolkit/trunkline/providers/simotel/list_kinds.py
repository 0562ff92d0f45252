"""Simotel's twelve lists and the bodies of searches in them.

Source: "Simotel API", section Pagination, and the page of each list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from trunkline.errors import RequestError

from .dates import date_range

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

_DEFAULT_COUNT = 20


@dataclass(frozen=True, slots=True)
class ListKind:
    """A list: the conditions of its searches, whether a period can or must be given, and whether it has a cursor.

    A search by the condition `without_period` must have an empty period.
    """

    path: str
    conditions: tuple[str, ...]
    takes_period: bool = True
    needs_period: bool = False
    has_cursor: bool = False
    without_period: str = ""


class Criteria(TypedDict, total=False):
    """The criteria of a search.

    `conditions` has the list's own names; empty text matches anything. `since` and `until` are widened to whole minutes
    of the server's wall clock. `start` counts from 0. `sorting` maps fields to 1 (ascending) or -1. With `alike`,
    conditions match parts of a text.
    """

    conditions: Mapping[str, str] | None
    since: datetime | None
    until: datetime | None
    start: int
    count: int
    sorting: Mapping[str, int] | None
    alike: bool


_KINDS = (
    ListKind("pbx/faxes", ("src", "dst", "status", "type")),
    ListKind("voicemails/inbox", ("src", "number")),
    ListKind("reports/quick", ("from", "to", "cuid"), needs_period=True, without_period="cuid"),
    ListKind("reports/cdr", ("from", "to", "cuid"), needs_period=True, has_cursor=True),
    ListKind("reports/queue", ("from", "to", "cuid", "qnum"), needs_period=True, has_cursor=True),
    ListKind("reports/queue_details", ("from", "to", "cuid", "queue", "queue_id"), needs_period=True, has_cursor=True),
    ListKind("reports/agent", ("from", "to", "exten", "queue"), needs_period=True),
    ListKind("reports/poll", ("from", "to", "label", "queue", "cuid"), needs_period=True),
    ListKind("autodialer/campaigns", ("name", "description", "status"), takes_period=False),
    ListKind("autodialer/contacts", ("name", "number", "description"), takes_period=False),
    ListKind("autodialer/groups", ("name", "description"), takes_period=False),
    ListKind("autodialer/reports", ("disposition", "campaign_id", "number"), has_cursor=True),
)
LISTS: Mapping[str, ListKind] = {kind.path: kind for kind in _KINDS}


def list_at(path: str) -> ListKind:
    """Return a list by its path; `RequestError`, which names the lists, for any other path."""
    kind = LISTS.get(path.strip("/"))
    if kind is None:
        msg = f"Simotel has no list {path[:40]!r}; its lists are {', '.join(LISTS)}"
        raise RequestError(msg)
    return kind


def list_with_cursor_at(path: str) -> ListKind:
    """Return a list that has a cursor by its path; `RequestError`, which names these lists, for any other path."""
    kind = LISTS.get(path.strip("/"))
    if kind is None or not kind.has_cursor:
        with_cursor = ", ".join(path for path, kind in LISTS.items() if kind.has_cursor)
        msg = f"Simotel has no list {path[:40]!r} with a cursor; the lists with a cursor are {with_cursor}"
        raise RequestError(msg)
    return kind


def search_body(
    kind: ListKind,
    *,
    zone: ZoneInfo,
    conditions: Mapping[str, str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    start: int = 0,
    count: int = _DEFAULT_COUNT,
    sorting: Mapping[str, int] | None = None,
    alike: bool = True,
) -> dict[str, Any]:
    """Return the body of a search; `RequestError` for criteria that the list doesn't have.

    A list that needs a period gets all time where none is given, except for a search that must not have one.
    """
    unknown = sorted(set(conditions or {}) - set(kind.conditions))
    if unknown:
        known = ", ".join(kind.conditions)
        msg = f"{kind.path} has no condition {', '.join(unknown)[:60]}; its conditions are {known}"
        raise RequestError(msg)
    if start < 0 or count < 1:
        msg = "a search starts at 0 or later and returns at least one row"
        raise RequestError(msg)
    body: dict[str, Any] = {
        "alike": "true" if alike else "false",
        "conditions": {name: (conditions or {}).get(name, "") for name in kind.conditions},
        "pagination": {"start": start, "count": count, "sorting": dict(sorting or {})},
    }
    if (conditions or {}).get(kind.without_period):
        if since or until:
            msg = f"a search of {kind.path} by {kind.without_period} can't have a period: leave it out"
            raise RequestError(msg)
        body["date_range"] = {}
    elif kind.needs_period or since or until:
        if not kind.takes_period:
            msg = f"{kind.path} can't be searched by period"
            raise RequestError(msg)
        body["date_range"] = date_range(since, until, zone)
    return body
