"""The faxes on MOR's web pages.

Source: the provider's document, section Faxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.calendars import past_repetition
from trunkline.model import Fax
from trunkline.providers.days import is_within
from trunkline.providers.mor import dates

from .client import ALL

if TYPE_CHECKING:
    from datetime import datetime

    from trunkline.calendars import WallClock
    from trunkline.providers.mor.xml_reader import Node

    from .client import WebClient

_OUTGOING = {"received": False, "receiving": False, "sent": True, "sending": True}


async def faxes(
    client: WebClient, *, since: datetime | None, until: datetime | None, status: str, device: str
) -> tuple[Fax, ...]:
    """Return the faxes of a period, newest first."""
    path = f"stats/faxes_list/{await client.user_id()}"
    if since is None and until is None and status == device == ALL:
        root = await client.session.page(path)
    else:
        filters = {"fax_status": status, "device_id": device}
        root = await client.search(
            path, since=since, until=until and past_repetition(until, client.zone), filters=filters
        )
    return tuple(fax for fax in read_faxes(root, client.clock) if is_within(fax.at, since, until))


def read_faxes(root: Node, clock: WallClock) -> tuple[Fax, ...]:
    """Return the faxes of a page, newest first. They have no ids."""
    rows = root.first("faxes")
    found = [_fax(row, clock) for row in (() if rows is None else rows.all("fax"))]
    return tuple(sorted(found, key=lambda fax: -fax.at.timestamp() if fax.at else float("-inf")))


def _fax(row: Node, clock: WallClock) -> Fax:
    status = row.text_at("status")
    return Fax(
        fax_id=None,
        outgoing=_OUTGOING.get((status or "").lower()),
        source=row.text_at("sender"),
        status=status,
        at=dates.read_time(row.text_at("receive_time"), clock, "receive_time"),
        filename=row.text_at("filename"),
        device=row.text_at("device"),
    )
