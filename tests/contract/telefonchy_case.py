"""Telefonchy's call record, as its document shows it with the fields of its newer edition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jdatetime

from tests.contract.case import Case
from trunkline.providers.telefonchy.wire import CallReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a record with every field."""
    contact = {
        "location": "آذرشهر",
        "contact_id": "24600",
        "name": "پذیرش",
        "company": "بازرگانی ماه کاغذی",
        "email": "contact@example.com",
        "address": "",
        "note": None,
    }
    return {
        "service_id": "sv71001",
        "call_id": "855",
        "type": "incoming",
        "trunk": "2100000010",
        "exten": {"number": "1510", "caller_id": "پذیرش"},
        "status": "ANSWERED",
        "note": "پیگیری شود",
        "call_source": {"number": "9120000855", "contact": contact},
        "call_dest": {"number": "1510", "contact": None},
        "time_wait": "6",
        "time_talk": "30",
        "file_id": "400855",
        "price_wait": "17",
        "price_talk": "170",
        "price_record": "25",
        "price_saved": "0",
        "price": 212,
        "created_at": "1399-04-21 12:02:18",
        "ended_at": "1399-04-21 12:02:54",
    }


def read(record: Mapping[str, Any], zone: ZoneInfo) -> Call:
    """Read it as the account with that extension would."""
    reader = CallReader(account="telefonchy:sv71001", zone=zone, currency="IRR", extensions=frozenset({"1510"}))
    return reader.call(record)


def at(record: dict[str, Any], local: datetime) -> None:
    """Put a wall-clock time into the record, as Jalali text."""
    record["created_at"] = jdatetime.datetime.fromgregorian(datetime=local).strftime("%Y-%m-%d %H:%M:%S")


async def click_to_call(account: Any, described: Any) -> Any:
    """Ring an extension, then an invented number."""
    return await account.click_to_call(source=described.extensions[0], destination="09120000999")


CASE = Case(
    wire="telefonchy",
    row=row,
    read=read,
    status_field="status",
    nullable=frozenset(row()) - {"call_id"},
    whole=frozenset({"time_wait", "time_talk", "price", "price_wait", "price_talk", "price_record", "price_saved"}),
    name_field=("note", lambda call: call.note),
    at=at,
    paid={"click_to_call": (click_to_call, "/smartcall")},
)
