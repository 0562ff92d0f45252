"""Simotel's call record, as the document's samples show it with every optional field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jdatetime

from tests.contract.case import Case
from trunkline.providers.simotel.call_rows import CallReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a record with every field."""
    return {
        "_id": "60d179d3895b44fe5bbc66e2",
        "type": "outgoing",
        "cuid": "1624340875.75933",
        "clid": '"" <09000008573>',
        "src": "562",
        "dst": "09000008573",
        "dcontext": "main_routing",
        "channel": "SIP/center-00009cb6",
        "dstchannel": "",
        "lastapp": "Hangup",
        "lastdata": "",
        "start": "1400-04-01 10:19:04",
        "answer": "2021-06-22 10:19:04",
        "duration": 1,
        "billsec": 54,
        "disposition": "ANSWERED",
        "amaflags": "DOCUMENTATION",
        "accountcode": "",
        "uniqueid": "1624340875.75934",
        "userfield": "",
        "sequence": "54231",
        "comment": "originated call: orig.call.1624340875.861610",
        "v": 2,
        "did": "1541",
        "entry_point": "t1541",
        "outgoing_point": "center",
        "originated_call_id": "orig.call.1624340875.861610",
        "route": [
            {
                "type": "OutgoingRoute",
                "name": "out31041",
                "duration": 0.011272,
                "date": {"$date": {"$numberLong": "1624340875778"}},
            }
        ],
        "details": [
            {"date": "1400-04-01 10:19:04", "billsec": 0, "status": "NO ANSWER", "exten": "562", "comment": None}
        ],
        "wait": 14,
        "starttime": "1400-04-01 10:19:06",
        "endtime": {"$date": {"$numberLong": "1624340947977"}},
        "record": "20210622_1624340875.75933.mp3",
        "hangup": "callee",
        "ANSWERED": 1,
        "outgoing": 1,
        "billsec_hhmmss": "00:00:54",
        "wait_hhmmss": "00:00:14",
        "duration_hhmmss": "00:00:01",
    }


def read(record: Mapping[str, Any], zone: ZoneInfo) -> Call:
    """Read it as the account of a server in that zone would."""
    return CallReader(account="simotel:pbx.example", zone=zone).call(record)


def at(record: dict[str, Any], local: datetime) -> None:
    """Put a wall-clock time into the record, as Jalali text."""
    text = jdatetime.datetime.fromgregorian(datetime=local).strftime("%Y-%m-%d %H:%M:%S")
    record["start"] = record["starttime"] = text


async def click_to_call(account: Any, described: Any) -> Any:
    """Ring an extension, then an invented number."""
    return await account.click_to_call(source=described.extensions[0], destination="09120000999")


CASE = Case(
    wire="simotel",
    row=row,
    read=read,
    status_field="disposition",
    nullable=frozenset(row()) - {"_id"},
    whole=frozenset({"wait", "billsec"}),
    name_field=("comment", lambda call: call.note),
    at=at,
    paid={"click_to_call": (click_to_call, "/call/originate/act")},
)
