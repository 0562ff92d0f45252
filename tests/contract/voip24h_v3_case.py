"""The v3 interface's row of the call history, with every field that clients of the service know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.case import Case
from trunkline.providers.voip24h.v3.wire import CallReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a record with every field."""
    return {
        "id": "65f9b4aa4336cbd1158b4567",
        "callDate": "2024-03-19 22:52:10",
        "caller": "0950000720",
        "callee": "205",
        "did": "02400000010",
        "extension": "205",
        "type": "inbound",
        "status": "ANSWERED",
        "callId": "1710863530.1071",
        "duration": 40,
        "billsec": 31,
        "note": "Cần gọi lại",
        "recordingFile": "external-205-0950000720-20240319-225210-1710863530.1071.wav",
    }


def read(record: Mapping[str, Any], zone: ZoneInfo) -> Call:
    """Read it as the account would."""
    return CallReader(account="voip24h:api.example/v3/main", zone=zone).call(record)


def at(record: dict[str, Any], local: datetime) -> None:
    """Put a wall-clock time into the record."""
    record["callDate"] = local.strftime("%Y-%m-%d %H:%M:%S")


async def click_to_call(account: Any, described: Any) -> Any:
    """Ring an extension, then an invented number."""
    return await account.click_to_call(source=described.extensions[0], destination="0950000999")


CASE = Case(
    wire="voip24h-v3",
    row=row,
    read=read,
    status_field="status",
    nullable=frozenset(row()) - {"id"},
    whole=frozenset({"duration", "billsec"}),
    name_field=("note", lambda call: call.note),
    at=at,
    paid={"click_to_call": (click_to_call, "/call/dial")},
)
