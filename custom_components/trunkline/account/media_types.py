"""What a provider's file really is: its media type, from its first bytes and from what the provider declares.

Only types that a browser plays or displays without running anything in them are let through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trunkline.errors import DataError


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type and the ending of its file names."""

    name: str
    ending: str


MP3: Final = MediaType("audio/mpeg", "mp3")
WAV: Final = MediaType("audio/wav", "wav")
OGG: Final = MediaType("audio/ogg", "ogg")
MP4: Final = MediaType("audio/mp4", "m4a")
FLAC: Final = MediaType("audio/flac", "flac")
AAC: Final = MediaType("audio/aac", "aac")
AMR: Final = MediaType("audio/amr", "amr")
AU: Final = MediaType("audio/basic", "au")
GSM: Final = MediaType("audio/gsm", "gsm")
PDF: Final = MediaType("application/pdf", "pdf")
TIFF: Final = MediaType("image/tiff", "tiff")
PNG: Final = MediaType("image/png", "png")
JPEG: Final = MediaType("image/jpeg", "jpg")

AUDIO: Final = frozenset({MP3, WAV, OGG, MP4, FLAC, AAC, AMR, AU, GSM})
DOCUMENTS: Final = frozenset({PDF, TIFF, PNG, JPEG})

# The first bytes of each, with the position at which they stand.
_SIGNATURES: Final = (
    (0, b"ID3", MP3),
    (0, b"OggS", OGG),
    (4, b"ftyp", MP4),
    (0, b"fLaC", FLAC),
    (0, b"#!AMR", AMR),
    (0, b".snd", AU),
    (0, b"%PDF-", PDF),
    (0, b"II*\x00", TIFF),
    (0, b"MM\x00*", TIFF),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"\xff\xd8\xff", JPEG),
)
# Other names for the same types, as servers write them.
_ALIASES: Final = {
    "audio/mp3": MP3,
    "audio/mpeg3": MP3,
    "audio/x-mp3": MP3,
    "audio/x-mpeg": MP3,
    "audio/wave": WAV,
    "audio/x-wav": WAV,
    "audio/vnd.wave": WAV,
    "application/ogg": OGG,
    "audio/x-m4a": MP4,
    "audio/x-flac": FLAC,
    "audio/x-gsm": GSM,
    "audio/x-au": AU,
    "image/tif": TIFF,
    "image/x-tiff": TIFF,
}
_DECLARED: Final = {**{kind.name: kind for kind in AUDIO | DOCUMENTS}, **_ALIASES}
# The bits of an MPEG audio frame's first two bytes: eleven of synchronisation, two of the version, two of the layer.
_SYNC, _LAYER = 0xE0, 0x06
# An ADTS frame has the same synchronisation as MPEG audio, and a layer of zero.
_ADTS_SYNC = 0xF0


def media_type(content: bytes, declared: str, allowed: frozenset[MediaType]) -> MediaType:
    """Return the type of a file: what its content says, or, if that says nothing, what is declared.

    Raises `DataError` if that is none of the allowed types.
    """
    found = _signature(content)
    if found is None and not _is_text(content):
        found = _DECLARED.get(declared.partition(";")[0].strip().lower())
    if found not in allowed:
        msg = "the provider sent a file that is not of the expected kind"
        raise DataError(msg, field="content type")
    return found


def named_type(filename: str | None, allowed: frozenset[MediaType]) -> MediaType | None:
    """Return the type that a file name claims, None if it claims none of the allowed ones."""
    ending = (filename or "").rpartition(".")[2].lower()
    return next((kind for kind in allowed if ending in {kind.ending, kind.ending.removesuffix("f")}), None)


def _is_text(content: bytes) -> bool:
    """Return whether there is nothing, or a page or an error message instead of a file."""
    return content[:64].lstrip()[:1] in {b"", b"<", b"{"}


def _signature(content: bytes) -> MediaType | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return WAV
    for position, signature, kind in _SIGNATURES:
        if content[position : position + len(signature)] == signature:
            return kind
    if len(content) > 1 and content[0] == 0xFF:  # noqa: PLR2004  (the first byte of a frame of MPEG audio)
        if content[1] & _LAYER and content[1] & _SYNC == _SYNC:
            return MP3
        if content[1] & (_ADTS_SYNC | _LAYER) == _ADTS_SYNC:
            return AAC
    return None
