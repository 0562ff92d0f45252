"""Which file of an account an identifier means, and what a copy of it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .identifiers import FaxId, MessageId, RecordingId

if TYPE_CHECKING:
    from ..account.files import MediaFile
    from ..runtime import AccountRuntime
    from .identifiers import FileId


async def async_file(runtime: AccountRuntime, file_id: FileId) -> MediaFile:
    """Return a file, downloaded unless it was played just now; raises `TrunklineError`."""
    match file_id:
        case RecordingId(call_id):
            return await runtime.files.async_recording(call_id)
        case MessageId(voicemail_id):
            return await runtime.files.async_voicemail(voicemail_id)
        case FaxId(fax_id):
            return await runtime.files.async_fax(fax_id)


def file_name(runtime: AccountRuntime, file_id: FileId, file: MediaFile) -> str:
    """Return a name of letters, digits and hyphens for a copy: what it is, when that was, and its ending."""
    kind = {RecordingId: "call", MessageId: "voicemail", FaxId: "fax"}[type(file_id)]
    at = "" if file.at is None else f"-{file.at.astimezone(runtime.account.zone):%Y-%m-%d-%H-%M-%S}"
    return f"{kind}{at}.{file.media_type.ending}"
