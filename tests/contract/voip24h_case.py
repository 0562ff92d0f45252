"""The partner interface's call record, as edition 1.1 of Voip24h's document shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.case import Case
from trunkline.providers.voip24h.partner.wire import CallReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a record with every field."""
    return {
        "callId": "1532857052.131132",
        "user": "137",
        "phoneNumber": "0950000720",
        "callType": "EXTERNAL",
        "callStatus": "ANSWERED",
        "duration": 69,
        "callDate": "2018-07-29 16:37:32",
    }


def read(record: Mapping[str, Any], zone: ZoneInfo) -> Call:
    """Read it as the account would."""
    return CallReader(account="voip24h:partner.example/main", zone=zone).call(record)


def at(record: dict[str, Any], local: datetime) -> None:
    """Put a wall-clock time into the record."""
    record["callDate"] = local.strftime("%Y-%m-%d %H:%M:%S")


async def click_to_call(account: Any, described: Any) -> Any:
    """Ring an extension, then an invented number."""
    return await account.click_to_call(source=described.extensions[0], destination="0950000999")


CASE = Case(
    wire="voip24h",
    row=row,
    read=read,
    status_field="callStatus",
    nullable=frozenset(row()) - {"callId"},
    whole=frozenset({"duration"}),
    at=at,
    # One address takes every request.
    paid={"click_to_call": (click_to_call, "")},
)
