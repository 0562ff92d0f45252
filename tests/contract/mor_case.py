"""A call row of MOR's pages, as the provider's document shows it, with an invented number for the sample's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.case import Case
from trunkline.providers.mor.call_rows import WEB, CallReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a record with every field."""
    return {
        "date": "2008-03-10 05:45:31",
        "called_from": "101",
        "called_to": "12015550123",
        "destination": "United States FIX USA 212 New York",
        "duration": "00:00:36",
        "hangup_cause": "Answered",
        "price": "0.049",
    }


def read(record: Mapping[str, Any], zone: ZoneInfo) -> Call:
    """Read it as the account of user 1 would, whose telephone is 101."""
    reader = CallReader(
        WEB, account="mor:1@mor.example", zone=zone, currency="USD", trunk="1", own_numbers={"101": "101"}
    )
    return reader.call(record)


def at(record: dict[str, Any], local: datetime) -> None:
    """Put a wall-clock time into the record."""
    record["date"] = local.strftime("%Y-%m-%d %H:%M:%S")


async def click_to_call(account: Any, described: Any) -> Any:
    """Ring an extension, then an invented number."""
    return await account.click_to_call(source=described.extensions[0], destination="989120000999")


async def callback(account: Any, _: Any) -> Any:
    """Ring an invented number through a device, then connect it with another."""
    return await account.callback(source="989120000789", destination="989120000543", device="200")


CASE = Case(
    wire="mor",
    row=row,
    read=read,
    status_field="hangup_cause",
    nullable=frozenset(row()) - {"date"},
    name_field=("destination", lambda call: call.note),
    at=at,
    paid={
        "callback": (callback, "/functions/activate_callback"),
        "click_to_call": (click_to_call, "/functions/activate_callback"),
    },
)
