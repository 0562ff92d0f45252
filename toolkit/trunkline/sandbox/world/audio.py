"""A recording's audio: valid files of silence, as an MPEG-1 Layer III stream made frame by frame, or as WAV."""

from __future__ import annotations

import wave
from io import BytesIO

# ISO/IEC 11172-3, 2.4.1.3: sync word, MPEG-1, Layer III, no CRC; 32 kbit/s, 32 kHz, no padding; one channel.
_HEADER = bytes((0xFF, 0xFB, 0x18, 0xC0))
_BIT_RATE, _SAMPLE_RATE, _SAMPLES_A_FRAME = 32_000, 32_000, 1152
_FRAME_BYTES = _SAMPLES_A_FRAME // 8 * _BIT_RATE // _SAMPLE_RATE
# Side information and main data of zeros: no coefficient is coded, so a decoder plays silence.
_FRAME = _HEADER + bytes(_FRAME_BYTES - len(_HEADER))

MEDIA_TYPE = "audio/mpeg"
WAVE_TYPE = "audio/wav"
_WAVE_RATE = 8000


def silence(seconds: int) -> bytes:
    """Return an mp3 that is silent for at least `seconds` seconds and plays in any player."""
    frames = max(1, -(-seconds * _SAMPLE_RATE // _SAMPLES_A_FRAME))
    return _FRAME * frames


def wave_silence(seconds: int) -> bytes:
    """Return a WAV file that is silent for `seconds` seconds, at least one: 8 kHz, one channel, 8 bits a sample."""
    content = BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(_WAVE_RATE)
        # Eight-bit samples are unsigned, so silence is the middle.
        file.writeframes(b"\x80" * (_WAVE_RATE * max(1, seconds)))
    return content.getvalue()
