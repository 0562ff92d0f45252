"""Rows of Simotel's lists of voicemails, mailboxes and faxes.

Source: "Simotel API", voicemails/inbox, voicemails/voicemails and pbx/faxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.model import Fax, Mailbox, Voicemail
from trunkline.providers.common import fields

from . import row_values

if TYPE_CHECKING:
    from .dates import RowDates

_OUTGOING = {"outbox": True, "inbox": False}


class MessageRows:
    """Reads the rows of one server; each method raises `DataError` that names a field which can't be read."""

    def __init__(self, dates: RowDates) -> None:
        """Keep the reader of times."""
        self._utc = dates.utc

    def voicemail(self, record: object) -> Voicemail:
        """Return a voicemail. One that could not be saved has `error` instead of a file."""
        row = fields.mapping(record, "voicemail")
        return Voicemail(
            voicemail_id=row_values.object_id(row.get("_id"), "_id"),
            mailbox=row_values.text(row.get("number"), "number"),
            caller=row_values.text(row.get("caller_id"), "caller_id"),
            received_at=self._utc(row.get("date"), "date"),
            duration=fields.seconds(row.get("duration"), "duration"),
            read=row_values.flag(row.get("read"), "read"),
            filename=row_values.text(row.get("filename"), "filename"),
            problem=row_values.text(row.get("error"), "error"),
        )

    def fax(self, record: object) -> Fax:
        """Return a fax. In the sample of an outgoing fax, `ext` repeats the destination instead of the device."""
        row = fields.mapping(record, "fax")
        outgoing = _OUTGOING.get(fields.text(row.get("type"), "type") or "")
        destination, device = row_values.text(row.get("dst"), "dst"), row_values.text(row.get("ext"), "ext")
        return Fax(
            fax_id=row_values.object_id(row.get("_id"), "_id"),
            outgoing=outgoing,
            source=row_values.text(row.get("src"), "src"),
            destination=destination,
            status=row_values.text(row.get("status"), "status"),
            at=self._utc(row.get("date"), "date"),
            filename=row_values.text(row.get("file"), "file"),
            device=None if outgoing and device == destination else device,
            note=row_values.text(row.get("description"), "description"),
        )


def read_mailbox(record: object) -> Mailbox:
    """Return a mailbox. Its password is never read."""
    row = fields.mapping(record, "mailbox")
    return Mailbox(
        mailbox=fields.required_text(row.get("number"), "number"),
        name=row_values.text(row.get("name"), "name"),
        mailbox_id=row_values.optional_id(row.get("_id"), "_id"),
    )
