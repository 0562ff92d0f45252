"""Ids for rows that have none: derived from what identifies a row, so that each reading gives the same ones."""

from __future__ import annotations

import hashlib
from collections import Counter

_LENGTH = 24


class DerivedIds:
    """The ids of the rows of one reply. Rows with the same identifying values are numbered.

    A row keeps its id whatever period it is read in, because periods never split a second and the server always lists
    the rows of a second in the same order.
    """

    def __init__(self) -> None:
        """Start without any row."""
        self._counts: Counter[str] = Counter()

    @property
    def repeated(self) -> bool:
        """Whether several rows had the same identifying values."""
        return any(count > 1 for count in self._counts.values())

    def next(self, *identifying: str | None) -> str:
        """Return the id of the next row: a digest of the values, with a number from the second equal row on."""
        joined = "\x1f".join("\x1e" if value is None else value for value in identifying)
        digest = hashlib.sha256(joined.encode(errors="surrogatepass")).hexdigest()[:_LENGTH]
        self._counts[digest] += 1
        count = self._counts[digest]
        return digest if count == 1 else f"{digest}-{count}"
