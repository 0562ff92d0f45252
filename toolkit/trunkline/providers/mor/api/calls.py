"""The call lists in MOR's API and the Call End webhook.

Sources: the manufacturer's pages of `user_calls_get` and "Webhooks" (docs/providers/mor.md).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from trunkline.providers.common import fields
from trunkline.providers.mor import dates
from trunkline.providers.mor.call_rows import call_elements, call_rows, check_list, total_calls

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from trunkline.model import Call, CallPage
    from trunkline.providers.days import Days
    from trunkline.providers.mor.call_rows import CallReader

    from .requests import SignedRequests

_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_LONGEST_PUSH = 1 << 16
_MOST_FIELDS = 200


async def calls_of_days(
    requests: SignedRequests, reader: CallReader, days: Days, *, user_id: str, zone: ZoneInfo
) -> CallPage:
    """Return the calls of whole days of the server's zone (`user_calls_get`).

    `DataError` for a reply about another period, or one that counts more calls than it has.
    """
    start, end = days.start(zone), days.end(zone)
    root = await requests.read(
        "user_calls_get",
        s_user=user_id,
        period_start=dates.unix_seconds(start),
        period_end=dates.unix_seconds(end - _SECOND),
    )
    check_list(root)
    page = await reader.page(call_elements(root), total=total_calls(root), currency=root.text_at("currency"))
    if page.total is not None and len(page.calls) + len(page.unreadable) < page.total:
        raise fields.wrong("total_calls", "the number of calls in the reply")
    return replace(page, odd=page.odd or root.repaired)


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
