"""One contact as a file has it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """A name ("" where the file has none) and the numbers as they are written."""

    name: str = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)
