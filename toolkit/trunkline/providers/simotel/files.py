"""The files of a Simotel server: recordings, voicemails and faxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import NotFoundError
from trunkline.model import Recording

if TYPE_CHECKING:
    from trunkline.model import Call, Fax, File, Voicemail

    from .client import SimotelClient

_AUDIO = "reports/audio/download"


async def recording(client: SimotelClient, call: Call) -> Recording:
    """Return the recording of a call."""
    if not call.recording:
        msg = "this call has no recording at Simotel"
        raise NotFoundError(msg)
    return await _audio(client, call.recording)


async def voicemail_audio(client: SimotelClient, voicemail: Voicemail) -> Recording:
    """Return the audio of a voicemail."""
    if not voicemail.filename:
        msg = "Simotel has no audio of this voicemail: it could not be saved"
        raise NotFoundError(msg)
    return await _audio(client, voicemail.filename)


async def fax_document(client: SimotelClient, fax: Fax) -> File:
    """Return the document of a fax."""
    if not fax.fax_id:
        msg = "this fax has no id at Simotel"
        raise NotFoundError(msg)
    filename = fax.filename or f"{fax.fax_id}.tiff"
    return await client.download("pbx/faxes/download", {"_id": fax.fax_id}, filename=filename)


async def _audio(client: SimotelClient, name: str) -> Recording:
    file = await client.download(_AUDIO, {"file": name}, filename=name)
    return Recording(file.content, file.media_type, file.filename)
