"""VoIPano's call report, as its document shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.contract.case import Case
from trunkline.providers.voipano.wire import read_call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from trunkline.model import Call


def row() -> dict[str, Any]:
    """Return a record with every field."""
    call_id = "67bc8ea2f8f8a7d1287995f1"
    return {
        "id": call_id,
        "call_details_record_id": call_id,
        "call_source": "09120000789",
        "call_destination": "02100000010",
        "has_recording": True,
        "recording_url": f"https://example.com/api/v1/webservice/call-recordings/{call_id}",
    }


def read(record: Mapping[str, Any], _: ZoneInfo) -> Call:
    """Read it as the account with that line would; its time is in the id, in no zone."""
    return read_call(record, account="voipano:12", lines=frozenset({"2100000010"}))


async def click_to_call(account: Any, _: Any) -> Any:
    """Connect two invented numbers."""
    return await account.click_to_call(source="09120000789", destination="09120000543")


async def secure_call(account: Any, _: Any) -> Any:
    """Connect two invented numbers, neither of which sees the other."""
    return await account.secure_call(source="09120000789", destination="09120000543", ring_seconds=30, limit=30)


async def send_otp(account: Any, _: Any) -> Any:
    """Speak a code to an invented number."""
    return await account.send_otp(number="09120000789", purpose="login", reference="req-otp-1001")


CASE = Case(
    wire="voipano",
    row=row,
    read=read,
    status_field=None,
    nullable=frozenset(row()) - {"id"},
    paid={
        "click_to_call": (click_to_call, "/click-to-call"),
        "secure_call": (secure_call, "/secure-call"),
        "send_otp": (send_otp, "/call-otp"),
    },
)
