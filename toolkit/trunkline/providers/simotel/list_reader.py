"""Reads Simotel's lists: one page of a search, all pages of a search, or all pages by cursor.

Source: "Simotel API", section Pagination.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from trunkline.model import SearchPage
from trunkline.providers.common import fields
from trunkline.providers.common.paging import again_if_invalid, offset_pages
from trunkline.providers.common.rows import in_turns

from .list_kinds import Criteria, list_at, search_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from .client import SimotelClient

# How many rows are requested where the whole list is needed; the server may send fewer.
PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class CursorRows[T]:
    """A page of a list in the order in which its rows were created; the next page starts at `cursor`.

    `last` says that there are no more rows now.
    """

    rows: tuple[T, ...]
    cursor: str
    last: bool = False


class ListReader:
    """Reads the lists of one server. Each method takes a function that reads a row of the list."""

    def __init__(self, client: SimotelClient, *, zone: ZoneInfo) -> None:
        """Keep the client; `zone` is that of the server's wall clock, for periods."""
        self._client = client
        self._zone = zone

    async def page[T](self, path: str, read: Callable[[object], T], criteria: Criteria) -> SearchPage[T]:
        """Return one page of a search."""
        kind = list_at(path)
        body = search_body(kind, zone=self._zone, **criteria)
        reply = await self._client.read(f"{kind.path}/search", body)
        page = read_search_page(reply, lambda row: row, start=criteria.get("start", 0))
        rows = [read(row) async for part in in_turns(page.rows) for row in part]
        return SearchPage(tuple(rows), start=page.start, total=page.total)

    def pages[T](
        self,
        path: str,
        read: Callable[[object], T],
        *,
        sorting: Mapping[str, int],
        since: datetime | None,
        until: datetime | None,
        skip: int = 0,
    ) -> AsyncIterator[SearchPage[T]]:
        """Yield all pages of a search, starting at most `skip` rows down."""

        async def page_at(start: int) -> SearchPage[T]:
            criteria = Criteria(since=since, until=until, start=start, count=PER_PAGE, sorting=sorting)
            return replace(await self.page(path, read, criteria), start=start)

        return offset_pages(page_at, size=PER_PAGE, skip=skip)

    async def all_rows[T](
        self,
        path: str,
        read: Callable[[object], T],
        *,
        sorting: Mapping[str, int],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> tuple[T, ...]:
        """Return all rows of a search, each once."""
        rows: dict[T, None] = {}
        async for page in self.pages(path, read, sorting=sorting, since=since, until=until):
            rows.update(dict.fromkeys(page.rows))
        return tuple(rows)

    async def by_cursor[T](self, path: str, read: Callable[[object], T], after: str) -> AsyncIterator[CursorRows[T]]:
        """Yield the pages of a list in the order in which its rows were created. The last page is empty."""
        seen = {after}
        while True:
            page = await again_if_invalid(partial(self._rows_after, path, read, after))
            if not page.last and page.cursor in seen:
                # Ids of different lengths have no order, so a list that repeats itself only shows here.
                raise fields.wrong("last_id", "a new one")
            yield page
            if page.last:
                return
            after = page.cursor
            seen.add(after)

    async def _rows_after[T](self, path: str, read: Callable[[object], T], after: str) -> CursorRows[T]:
        reply = await self._client.read(f"{path}/ordered/id", {"_id": after})
        return read_cursor_rows(reply, read, after=after)


def read_plain_rows(reply: Mapping[str, Any]) -> list[Any]:
    """Return the rows of a list without pages, which are in `data` itself. An empty list may be empty text."""
    data = reply.get("data")
    return [] if data == "" else fields.rows(data, "data")


def read_search_page[T](reply: Mapping[str, Any], read: Callable[[object], T], *, start: int = 0) -> SearchPage[T]:
    """Return a page of a search; `start` applies where the reply doesn't state one."""
    data = reply.get("data")
    if not isinstance(data, dict):
        return SearchPage(tuple(read(row) for row in read_plain_rows(reply)), start=start)
    pagination = fields.mapping(data.get("pagination") or {}, "pagination")
    stated_start = fields.count(pagination.get("start"), "pagination.start")
    return SearchPage(
        tuple(read(row) for row in fields.rows(data.get("data"), "data.data")),
        start=start if stated_start is None else stated_start,
        total=fields.count(pagination.get("total"), "pagination.total"),
    )


def read_cursor_rows[T](reply: Mapping[str, Any], read: Callable[[object], T], *, after: str) -> CursorRows[T]:
    """Return a page of a list that is read by cursor; `DataError` for a cursor that doesn't advance."""
    data = reply.get("data")
    data = {"data": []} if data in ("", []) else fields.mapping(data, "data")
    rows = fields.listed(data.get("data"), "data.data")
    if not rows:
        return CursorRows((), after, last=True)
    last_id = data.get("last_id") or fields.mapping(rows[-1], "data.data").get("_id")
    if isinstance(last_id, dict):
        last_id = last_id.get("$oid")
    cursor = fields.identifier(last_id, "last_id")
    if cursor == after or (len(cursor) == len(after) and cursor.lower() < after.lower()):
        raise fields.wrong("last_id", "later than the requested one")
    return CursorRows(tuple(read(row) for row in rows), cursor)
