"""The call lists in MOR's API and the Call End webhook.

Sources: the manufacturer's pages of `user_calls_get` and "Webhooks" (docs/providers/mor.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from trunkline.providers.common import fields
from trunkline.providers.common.periods import daily_pages
from trunkline.providers.mor import dates
from trunkline.providers.mor.call_rows import call_rows

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from trunkline.model import Call, CallPage
    from trunkline.providers.mor.call_rows import CallReader

    from .requests import SignedRequests

_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_LONGEST_PUSH = 1 << 16
_MOST_FIELDS = 200


async def daily_call_pages(
    requests: SignedRequests,
    reader: CallReader,
    *,
    user_id: str,
    zone: ZoneInfo,
    since: datetime | None,
    until: datetime | None,
) -> AsyncIterator[CallPage]:
    """Yield the calls by periods of whole days of the server's zone, newest first."""

    async def days(first: date, last: date) -> Sequence[Call]:
        start = datetime(first.year, first.month, first.day, tzinfo=zone)
        after = last + _DAY
        end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
        root = await requests.read(
            "user_calls_get",
            s_user=user_id,
            period_start=dates.unix_seconds(start),
            period_end=dates.unix_seconds(end - _SECOND),
        )
        return reader.calls(call_rows(root), currency=root.text_at("currency"))

    async for page in daily_pages(days, zone=zone, since=since, until=until):
        yield page


async def new_calls(requests: SignedRequests, reader: CallReader) -> tuple[Call, ...]:
    """Return the server's list of new calls, newest first. Their ids are derived."""
    root = await requests.read("new_calls_list")
    calls = reader.calls(call_rows(root), currency=root.text_at("currency"))
    return tuple(sorted(calls, key=lambda call: call.started_at or _FIRST_DAY, reverse=True))


def read_query(payload: bytes) -> dict[str, Any]:
    """Return the fields of a pushed record, which is a query string."""
    if len(payload) > _LONGEST_PUSH:
        raise fields.wrong("body", "within the size limit")
    try:
        pairs = dict(
            parse_qsl(payload.decode("utf-8").lstrip("?"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        )
    except ValueError:
        pairs = {}
    if not pairs:
        raise fields.wrong("body", "a query string")
    return dict(pairs)
