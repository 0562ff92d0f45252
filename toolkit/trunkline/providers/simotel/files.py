"""The files of a Simotel server: recordings, voicemails and faxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import NotFoundError

if TYPE_CHECKING:
    from trunkline.model import Call, Fax, Recording, Voicemail

    from .client import SimotelClient

_AUDIO = "reports/audio/download"


async def recording(client: SimotelClient, call: Call) -> Recording:
    """Return the recording of a call."""
    if not call.recording:
        msg = "this call has no recording at Simotel"
        raise NotFoundError(msg)
    return await client.download(_AUDIO, {"file": call.recording}, filename=call.recording)


async def voicemail_audio(client: SimotelClient, voicemail: Voicemail) -> Recording:
    """Return the audio of a voicemail."""
    if not voicemail.filename:
        msg = "Simotel has no audio of this voicemail: it could not be saved"
        raise NotFoundError(msg)
    return await client.download(_AUDIO, {"file": voicemail.filename}, filename=voicemail.filename)


async def fax_document(client: SimotelClient, fax: Fax) -> Recording:
    """Return the document of a fax."""
    if not fax.fax_id:
        msg = "this fax has no id at Simotel"
        raise NotFoundError(msg)
    filename = fax.filename or f"{fax.fax_id}.tiff"
    return await client.download("pbx/faxes/download", {"_id": fax.fax_id}, filename=filename)
