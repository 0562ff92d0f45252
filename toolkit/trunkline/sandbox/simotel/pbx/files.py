"""The files of a Simotel exchange: voice messages, faxes and uploads."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from trunkline.sandbox.simotel.envelope import (
    DONE,
    NUMBER_EXISTS,
    Body,
    MissingError,
    done,
    matches,
    not_found,
)
from trunkline.sandbox.simotel.lists.pages import cut
from trunkline.sandbox.simotel.lists.times import object_id
from trunkline.sandbox.wire import Reply
from trunkline.sandbox.world import Criteria, Direction, Outcome, audio

from .objects import Kind, Objects

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.sandbox.simotel.reports.calls import OfficeCalls

BOX = Kind(
    {
        "name": "",
        "number": "",
        "password": "",
        "email": "",
        "required_password": "no",
        "allow_change_password": "no",
        "send_email": "no",
        "attach_file_email": "no",
        "play_busy": "no",
        "play_unavailable": "no",
        "play_welcome": "no",
        "Play_CID": "no",
        "Play_Envelope": "no",
        "Delete_Voicemail": "no",
        "more_options": "",
        "date": 0,
    },
    ("name", "number", "password"),
    unique="number",
    exists=NUMBER_EXISTS,
)
FAX = Kind(
    {
        "type": "outbox",
        "src": "",
        "dst": "",
        "status": "SENDING",
        "file": "",
        "description": "",
        "date": 0,
        "ext": "",
        "trunk": "",
        "channel": "",
    },
    (),
)
_BOXES, _FAXES, _INBOX = 0x30, 0x31, 0x32
_BOX_NUMBER = "400"
# [INFER] Of the callers whom nobody answered while the office was closed, every second one leaves a message; one in
# four messages was not saved, as in the sample.
_MESSAGE_EVERY, _BROKEN_EVERY = 2, 4
_MISSED = Criteria(direction=Direction.INCOMING, outcome=Outcome.NO_ANSWER)
_NOT_SAVED = "This file has not been saved properly"
_DAY = 86400
_LONGEST = 3600
_SLUG = 16
_TIFF = "image/tiff"
# A white page of one pixel: TIFF 6.0, section 3 (bilevel images), little-endian.
_TIFF_TAGS = (
    (256, 4, 1, 1),
    (257, 4, 1, 1),
    (258, 3, 1, 1),
    (259, 3, 1, 1),
    (262, 3, 1, 1),
    (273, 4, 1, 8),
    (278, 4, 1, 1),
    (279, 4, 1, 1),
    (282, 5, 1, 10),
    (283, 5, 1, 10),
    (296, 3, 1, 2),
)


class Files:
    """The files of one office."""

    def __init__(self, calls: OfficeCalls) -> None:
        """Set up one voice mailbox, and a few faxes."""
        self.calls = calls
        clock, calendar = calls.world.clock, calls.calendar
        self.boxes = Objects(BOX, calls.marker(_BOXES), clock, calendar)
        self.faxes = Objects(FAX, calls.marker(_FAXES), clock, calendar)
        self._uploads = 0
        now = int(clock.now())
        office = calls.office
        self._box = self.boxes.seed(now - 365 * _DAY, name="office", number=_BOX_NUMBER, password=_BOX_NUMBER)["_id"]
        extension, line = office.extensions[0].number, office.trunks[0].number
        for days, party in zip((9, 5, 2), calls.world.parties, strict=False):
            number = f"0{party.number}"
            sent = days == 2  # noqa: PLR2004 -- the last one is on its way out
            self.faxes.seed(
                now - days * _DAY,
                type="outbox" if sent else "inbox",
                src=extension if sent else number,
                dst=number if sent else extension,
                # [INFER] The document shows SENDING alone; its events say SUCCESS.
                status="SENDING" if sent else "SUCCESS",
                file=f"{self._file_name('fax.tif', now - days * _DAY)}.tif",
                ext=number if sent else extension,
                trunk=line,
                channel=f"SIP/{line}/{number}" if sent else f"SIP/{line}",
            )

    # Voice messages.

    def inbox(self, body: Body) -> Reply:
        """Answer `voicemails/inbox/search`."""
        alike, wanted = body.alike(), body.conditions()
        first, last = body.period(required=False)
        paging = body.paging("date")
        table = self.calls.table
        listed = table.listed(_MISSED)
        # A message is dated when its call ended, and calls are found by when they started.
        window = [listed[at] for at in table.between(listed, None if first is None else first - _LONGEST, last)]
        window.sort(key=lambda at: table[at].ended_at)

        def fits(position: int) -> bool:
            values = {"src": self.calls.ends(position).source, "number": _BOX_NUMBER}
            ended = table[position].ended_at
            if (first is not None and ended < first) or (last is not None and ended > last):
                return False
            return all(matches(values[name], text, alike=alike) for name, text in wanted.items() if name in values)

        found = [at for at in window if self._left(at) and fits(at)]
        rows = cut(found, paging, self.message, frozenset({"date"}))
        return done({"pagination": paging.described(len(found)), "data": rows})

    def message(self, position: int) -> dict[str, Any]:
        """Write a voice message; one that was not saved says so where its file and length would be."""
        calls = self.calls
        row = calls.row(position)
        left = {"filename": self._message_name(position)}, {"duration": self._length(position)}
        name, length = left if self._saved(position) else ({"error": _NOT_SAVED}, {})
        return {
            "_id": object_id(row.ended_at, calls.marker(_INBOX), position),
            "number": _BOX_NUMBER,
            "caller_id": calls.ends(position).source,
            **name,
            "voice_mail_id": {"$oid": self._box},
            **length,
            "read": position % 2 == 0,
            "v": 2,
            "date": calls.calendar.text(row.ended_at),
        }

    def download(self, name: str) -> Reply | None:
        """Return a voice message's audio; None if there is no such file."""
        at = name.rpartition("-")[2].removesuffix(".wav")
        position = int(at) if at.isascii() and at.isdigit() and len(at) < len("1000000000") else -1
        if not 0 <= position < self.calls.table.recorded or self._message_name(position) != name:
            return None
        if not (self._left(position) and self._saved(position)):
            return None
        return Reply(200, audio.wave_silence(self._length(position)), audio.WAVE_TYPE)

    def _left(self, position: int) -> bool:
        table = self.calls.table
        missed = table.direction[position] == Direction.INCOMING and table.outcome[position] == Outcome.NO_ANSWER
        return missed and table.extension[position] < 0 and position % _MESSAGE_EVERY == 0

    def _saved(self, position: int) -> bool:
        return position // _MESSAGE_EVERY % _BROKEN_EVERY != 0

    def _message_name(self, position: int) -> str:
        ended = self.calls.row(position).ended_at
        return f"{_BOX_NUMBER}_{ended}-vm-record-file-{position}.wav"

    @staticmethod
    def _length(position: int) -> int:
        return 2 + position % 40

    # Faxes.

    def add_fax(self, body: Body) -> Reply:
        """Answer `pbx/faxes/add`.

        [INFER] Which field of the request becomes which of the row is read from the samples.
        """
        to, trunk, sender = body.text("to"), body.text("trunk_name"), body.text("ext")
        row = self.faxes.seed(
            int(self.calls.world.clock.now()),
            src=sender,
            dst=to,
            file=body.text("file"),
            description=body.text("description"),
            ext=to,
            trunk=trunk,
            channel=f"SIP/{trunk}/{to}",
        )
        return done({"_id": row["_id"]}, DONE)

    def search_faxes(self, body: Body) -> Reply:
        """Answer `pbx/faxes/search`."""
        first, last = body.period(required=False)
        rows = [row for row in self.faxes.found(body) if _within(row["date"], first, last)]
        return self.faxes.paged(rows, body.paging("date"))

    def download_fax(self, body: Body) -> Reply:
        """Answer `pbx/faxes/download`. [INFER] The file is what faxes are kept as, a TIFF."""
        body.require("_id")
        return Reply(200, blank_page(), _TIFF) if body.text("_id") in self.faxes.rows else not_found()

    # Uploads.

    def upload(self, message: str, prefix: str = "", suffix: str = "_.wav") -> Callable[[Body], Reply]:
        """Return the handler of an `…/upload`; the file gets a name like those in the samples."""

        def answer(body: Body) -> Reply:
            if "file" not in body.files:
                raise MissingError("file")
            name, _ = body.files["file"]
            kept = self._file_name(name, int(self.calls.world.clock.now()))
            return done({"filename": f"{prefix}{kept}{suffix}"}, message)

        return answer

    def _file_name(self, name: str, instant: int) -> str:
        self._uploads += 1
        stamp = datetime.fromtimestamp(instant, UTC).strftime("%Y%m%d%H%M%S")
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower().replace(".", ""))[:_SLUG].strip("-")
        return f"file-{stamp}-{56000 + self._uploads:05d}-{slug}"


def blank_page() -> bytes:
    """Return a TIFF file of one white pixel."""
    head = b"II*\0" + struct.pack("<I", 20) + b"\xff\0" + struct.pack("<II", 204, 1) + b"\0\0"
    tags = b"".join(struct.pack("<HHII", *tag) for tag in _TIFF_TAGS)
    return head + struct.pack("<H", len(_TIFF_TAGS)) + tags + b"\0\0\0\0"


def _within(instant: int, first: int | None, last: int | None) -> bool:
    return (first is None or first <= instant) and (last is None or instant <= last)
