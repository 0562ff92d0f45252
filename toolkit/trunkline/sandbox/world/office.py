"""An office of the simulated company: its lines with their credit, its extensions and its calls."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .calls import CallTable


@dataclass(frozen=True, slots=True)
class Extension:
    """An internal number, the role of the person who answers it, and the mobile that it is forwarded to, if any."""

    number: str
    name: str
    forwarded_to: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class Trunk:
    """A line and its credit: the opening credit plus top-ups, less the prices of its calls."""

    number: str
    opening: int
    top_ups: list[tuple[int, int]]
    expires_at: int
    charged: int = 0
    package: bool = False

    @property
    def credit(self) -> int:
        """The remaining credit, in rial."""
        return self.opening + sum(amount for _, amount in self.top_ups) - self.charged


@dataclass(slots=True)
class Office:
    """A branch of the company: what one account of a provider has."""

    position: int
    name: str
    trunks: list[Trunk]
    extensions: list[Extension]
    calls: CallTable = field(default_factory=CallTable, repr=False)

    def extension(self, number: str) -> int | None:
        """Find an extension by its number."""
        return next((at for at, extension in enumerate(self.extensions) if extension.number == number), None)

    def name_extension(self, at: int, name: str) -> None:
        """Give an extension another name."""
        self.extensions[at] = replace(self.extensions[at], name=name)

    def trunk(self, number: str) -> int | None:
        """Find a trunk by its national number, with or without the leading zero."""
        bare = number.lstrip("0")
        return next((at for at, trunk in enumerate(self.trunks) if trunk.number == bare), None)
