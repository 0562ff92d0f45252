"""MOR's row of `user_calls_get`, with the columns that an administrator sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.case import Case
from trunkline.providers.mor.call_rows import API, CallReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a row with every column, its texts by element name; the zone is the server's own."""
    return {
        "billsec": "36",
        "calldate2": "2025-06-10 08:45:31",
        "clid": '"Priimamasis" <1510>',
        "destination": "United States FIX USA 212 New York",
        "did": None,
        "disposition": "ANSWERED",
        "dst": "12129989282",
        "duration": "42",
        "hangupcause": "16",
        "id": "855",
        "nice_billsec": "36",
        "prefix": "1212",
        "real_billsec": "35.6",
        "real_duration": "41.7",
        "src": "1510",
        "user": "Vardenis Pavardenis",
        "user_id": "2",
        "user_price": "0.0490",
        "user_rate": "0.0490",
        "uniqueid": "1749534331.855",
    }


def read(record: Mapping[str, Any], zone: ZoneInfo) -> Call:
    """Read it as the account with that device would."""
    reader = CallReader(
        API, account="mor:api-2@mor.example", zone=zone, currency="EUR", trunk="2", own_numbers={"1510": "1510"}
    )
    return reader.call(record)


def at(record: dict[str, Any], local: datetime) -> None:
    """Let the call begin at a time of the server's clock."""
    record["calldate2"] = local.strftime("%Y-%m-%d %H:%M:%S")


async def callback(account: Any, _: Any) -> Any:
    """Ring an invented number through a device, then connect it with another."""
    return await account.callback(source="989120000789", destination="989120000543", device="200")


async def click_to_call(account: Any, _: Any) -> Any:
    """Ring the first extension, then an invented number."""
    return await account.click_to_call(source="1510", destination="989120000543")


CASE = Case(
    wire="mor-api",
    row=row,
    read=read,
    status_field="disposition",
    nullable=frozenset(row()) - {"calldate2"},
    whole=frozenset({"billsec", "duration"}),
    name_field=("clid", lambda call: call.source.name),
    at=at,
    paid={"callback": (callback, "/callback_init"), "click_to_call": (click_to_call, "/callback_init")},
)
