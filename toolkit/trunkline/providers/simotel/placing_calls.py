"""Placing a call with Simotel.

Source: "Simotel API", call/originate/act.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import DataError, RequestError
from trunkline.model import PlacedCall
from trunkline.providers.common import fields
from trunkline.providers.common.dialling import checked_limit
from trunkline.transport import PHONE_MAY_RING

from . import numbers
from .client import unreadable

if TYPE_CHECKING:
    from .client import SimotelClient

ORIGINATE = "call/originate/act"
# The word for a caller ID that hides the caller's number, from the document's scenario of an originated call.
MASKING = "masking"
# The document's value for how long the first telephone rings.
RING_SECONDS = 30


async def originate(
    client: SimotelClient,
    *,
    source: str,
    destination: str,
    context: str,
    caller_id: str | None,
    trunk: str | None,
    default_trunk: str,
    ring_seconds: int | None,
    limit: int | None,
) -> PlacedCall:
    """Ring `source`, then connect it with `destination`.

    `default_trunk` is used where `source` is no extension and `trunk` isn't given.
    """
    caller = numbers.checked(source, "extension")
    callee = numbers.checked(destination, "destination")
    shown_number = caller if caller_id is None else _caller_id(caller_id)
    needs_trunk = not numbers.is_extension(caller)
    if trunk is None:
        trunk = default_trunk if needs_trunk else ""
    if needs_trunk and not trunk:
        msg = "the source is not an extension: name the trunk that reaches it, here or in the account's settings"
        raise RequestError(msg)
    body = {
        "caller": caller,
        "callee": callee,
        "context": context,
        "caller_id": shown_number,
        "trunk_name": trunk,
        "timeout": str(RING_SECONDS if ring_seconds is None else checked_limit(ring_seconds, "timeout")),
    }
    if limit is not None:
        body["call_limit"] = str(checked_limit(limit, "limit"))
    reply = await client.change(ORIGINATE, body, effect=PHONE_MAY_RING)
    try:
        data = fields.mapping(reply.get("data"), "data")
        return PlacedCall(request_id=fields.identifier(data.get("originated_call_id"), "originated_call_id"))
    except DataError as error:
        raise unreadable(error, PHONE_MAY_RING) from None


def _caller_id(text: str) -> str:
    return MASKING if text.strip().lower() == MASKING else numbers.checked(text, "caller ID")
