"""Keys of call rows that have none of their own: made of what identifies the row, the same in every reading."""

from __future__ import annotations

import hashlib
from collections import Counter

_LENGTH = 24


class MadeKeys:
    """Makes the keys of one reading of a period; rows that are alike in all that identifies them are counted.

    A period must hold all rows of a second that it holds one of, in the same order each time: then a row gets the same
    key in every reading, whatever period it is found in.
    """

    def __init__(self) -> None:
        """Begin without any row."""
        self._met: Counter[str] = Counter()

    def key(self, *identifying: str | None) -> str:
        """Return the key of the next row: a digest, and from the second row that is alike on its ordinal."""
        joined = "\x1f".join("\x1e" if part is None else part for part in identifying)
        digest = hashlib.sha256(joined.encode(errors="surrogatepass")).hexdigest()[:_LENGTH]
        self._met[digest] += 1
        ordinal = self._met[digest]
        return digest if ordinal == 1 else f"{digest}-{ordinal}"
