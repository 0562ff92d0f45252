"""The list of recordings in MOR's API.

Source: the manufacturer's page of `recordings_get` (docs/providers/mor.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trunkline.model import RecordingEntry
from trunkline.providers.common import fields
from trunkline.providers.days import is_within
from trunkline.providers.mor import dates, values

if TYPE_CHECKING:
    from trunkline.calendars import WallClock
    from trunkline.providers.mor.xml_reader import Node

    from .requests import SignedRequests

_FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


async def recordings(
    requests: SignedRequests, user_id: str, *, since: datetime | None, until: datetime | None, clock: WallClock
) -> tuple[RecordingEntry, ...]:
    """Return the recordings of a period, newest first."""
    root = await requests.read_list(
        "recordings_get",
        date_from=dates.unix_seconds(since or _FIRST_DAY),
        date_till=dates.unix_seconds(until or datetime.now(UTC) + _DAY),
        user=user_id,
    )
    entries = () if root is None else read_recordings(root, clock)
    return tuple(sorted((entry for entry in entries if is_within(entry.at, since, until)), key=_newest_first))


def read_recordings(root: Node, clock: WallClock) -> tuple[RecordingEntry, ...]:
    """Return the recordings: lengths in seconds, sizes in bytes."""
    rows = root.first("status", "recordings")
    return tuple(
        RecordingEntry(
            recording_id=fields.identifier(row.text_at("id"), "id"),
            at=dates.read_time(row.text_at("date"), clock, "date"),
            duration=values.duration(row.text_at("duration"), "duration"),
            source=row.text_at("source"),
            destination=row.text_at("destination"),
            size=fields.seconds(row.text_at("size"), "size"),
            note=row.text_at("comment"),
        )
        for row in (() if rows is None else rows.all("recording"))
    )


def _newest_first(entry: RecordingEntry) -> float:
    return -entry.at.timestamp() if entry.at else float("-inf")
