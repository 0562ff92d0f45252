"""Which bytes of a file a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re
from typing import Final

_RANGE: Final = re.compile(r"bytes[ \t]*=[ \t]*(\d*)[ \t]*-[ \t]*(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
# No file has a size of so many digits. Longer headers are not worth reading.
_LONGEST: Final = 60


class UnsatisfiableRangeError(ValueError):
    """None of the bytes that are asked for exist."""


def requested_range(header: str | None, size: int) -> range | None:
    """Return the positions of the bytes that a `Range` header asks for; None means the whole file.

    As the RFC allows, a header with several ranges, in another unit or without a meaning is ignored. Raises
    `UnsatisfiableRangeError` for a range that begins after the end of the file.
    """
    if header is None or len(header) > _LONGEST or not (found := _RANGE.fullmatch(header.strip())):
        return None
    first, last = found.groups()
    if not first:
        return _suffix(last, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableRangeError
    return range(start, min(int(last) + 1, size) if last else size)


def _suffix(length: str, size: int) -> range | None:
    """Return the last `length` bytes."""
    if not length:
        return None
    if int(length) == 0 or size == 0:
        raise UnsatisfiableRangeError
    return range(max(0, size - int(length)), size)
