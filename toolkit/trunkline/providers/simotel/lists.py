"""The twelve lists: how each is asked for, and the pieces that come back.

Source: "Simotel API", section Pagination, and each list's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from trunkline.errors import RequestError
from trunkline.model import SearchPage
from trunkline.providers.common import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

COUNT = 20
_FIRST_DAY = "2000-01-01 00:00"
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListKind:
    """One of the lists: its conditions, and whether a period can or must be given. `ordered` ones have a cursor."""

    path: str
    conditions: tuple[str, ...]
    dated: bool = True
    must_be_dated: bool = False
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class OrderedPage[T]:
    """A piece of a list in the order in which its rows were made; `cursor` is where the next piece begins.

    `last` says that nothing more is there now.
    """

    rows: tuple[T, ...]
    cursor: str
    last: bool = False


class Criteria(TypedDict, total=False):
    """What a search can be narrowed by.

    `conditions` are by the list's own names, where empty text is any. `since` and `until` are widened to whole minutes
    of the server's wall clock. `start` counts from 0. `sorting` is fields with 1 (ascending) or -1. `alike` matches
    parts of a text.
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
    ListKind("reports/quick", ("from", "to", "cuid"), must_be_dated=True),
    ListKind("reports/cdr", ("from", "to", "cuid"), must_be_dated=True, ordered=True),
    ListKind("reports/queue", ("from", "to", "cuid", "qnum"), must_be_dated=True, ordered=True),
    ListKind("reports/queue_details", ("from", "to", "cuid", "queue", "queue_id"), must_be_dated=True, ordered=True),
    ListKind("reports/agent", ("from", "to", "exten", "queue"), must_be_dated=True),
    ListKind("reports/poll", ("from", "to", "label", "queue", "cuid"), must_be_dated=True),
    ListKind("autodialer/campaigns", ("name", "description", "status"), dated=False),
    ListKind("autodialer/contacts", ("name", "number", "description"), dated=False),
    ListKind("autodialer/groups", ("name", "description"), dated=False),
    ListKind("autodialer/reports", ("disposition", "campaign_id", "number"), ordered=True),
)
LISTS: Mapping[str, ListKind] = {kind.path: kind for kind in _KINDS}


def list_named(what: str, *, ordered: bool = False) -> ListKind:
    """Return a list by its path; `RequestError` names those that there are."""
    kind = LISTS.get(what.strip("/"))
    if kind is None or (ordered and not kind.ordered):
        known = ", ".join(path for path, one in LISTS.items() if one.ordered or not ordered)
        msg = f"Simotel has no list {what[:40]!r}{' with a cursor' if ordered else ''}; there are {known}"
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
    count: int = COUNT,
    sorting: Mapping[str, int] | None = None,
    alike: bool = True,
) -> dict[str, Any]:
    """Return the body of a search; `RequestError` for what this list can't be asked by.

    A period goes out as Gregorian minutes of the server's wall clock, widened so that nothing of it is cut off. Lists
    that demand one get all time where none is given.
    """
    unknown = sorted(set(conditions or {}) - set(kind.conditions))
    if unknown:
        msg = f"{kind.path} has no condition {', '.join(unknown)[:60]}; there are {', '.join(kind.conditions)}"
        raise RequestError(msg)
    if start < 0 or count < 1:
        msg = "a search begins at 0 or later and asks for at least one row"
        raise RequestError(msg)
    body: dict[str, Any] = {
        "alike": "true" if alike else "false",
        "conditions": {name: (conditions or {}).get(name, "") for name in kind.conditions},
        "pagination": {"start": start, "count": count, "sorting": dict(sorting or {})},
    }
    if kind.must_be_dated or since or until:
        if not kind.dated:
            msg = f"{kind.path} can't be asked for a period"
            raise RequestError(msg)
        body["date_range"] = date_range(since, until, zone)
    return body


def date_range(since: datetime | None, until: datetime | None, zone: ZoneInfo) -> dict[str, str]:
    """Return a period as the server wants it; without an end it reaches into tomorrow, for clocks that differ."""
    end = datetime.now(UTC) + _DAY if until is None else until + _MINUTE
    return {
        "from": _FIRST_DAY if since is None else _minutes(since, zone, -_HOUR),
        "to": _minutes(end, zone, _HOUR),
    }


def _minutes(moment: datetime, zone: ZoneInfo, further: timedelta) -> str:
    """Return wall-clock text; where clocks were turned back it could mean two times, and goes an hour `further`."""
    local = moment.astimezone(zone)
    if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
        local += further
    return local.strftime("%Y-%m-%d %H:%M")


def plain_rows(body: Mapping[str, Any]) -> list[Any]:
    """Return the rows of a list without pages, which stand in `data` itself; nothing found may be empty text."""
    data = body.get("data")
    return [] if data == "" else fields.rows(data, "data")


def search_page[T](body: Mapping[str, Any], read: Callable[[object], T], *, start: int = 0) -> SearchPage[T]:
    """Return a piece of a list with each row read."""
    data = body.get("data")
    if not isinstance(data, dict):
        found = tuple(read(row) for row in plain_rows(body))
        return SearchPage(found, start=start)
    pages = fields.mapping(data.get("pagination") or {}, "pagination")
    at = fields.count(pages.get("start"), "pagination.start")
    return SearchPage(
        tuple(read(row) for row in fields.rows(data.get("data"), "data.data")),
        start=start if at is None else at,
        total=fields.count(pages.get("total"), "pagination.total"),
    )


def ordered_page[T](body: Mapping[str, Any], read: Callable[[object], T], *, after: str) -> OrderedPage[T]:
    """Return a piece of a list that is read by a cursor; `DataError` for a cursor that doesn't move on."""
    data = body.get("data")
    data = {} if data in ("", None, []) else fields.mapping(data, "data")
    sent = fields.rows(data.get("data"), "data.data")
    if not sent:
        return OrderedPage((), after, last=True)
    stated = data.get("last_id") or fields.mapping(sent[-1], "data.data").get("_id")
    if isinstance(stated, dict):
        stated = stated.get("$oid")
    cursor = fields.identifier(stated, "last_id")
    if cursor == after or (len(cursor) == len(after) and cursor.lower() < after.lower()):
        raise fields.wrong("last_id", "beyond the one that was asked for")
    return OrderedPage(tuple(read(row) for row in sent), cursor)


def within[T](
    rows: Iterable[T], at: Callable[[T], datetime | None], since: datetime | None, until: datetime | None
) -> tuple[T, ...]:
    """Return the rows of a period, half open; those without a time stay."""
    return tuple(
        row
        for row in rows
        if (moment := at(row)) is None or ((since is None or moment >= since) and (until is None or moment < until))
    )
