"""Figures of a period's calls, as an analyst asks for them: `trunkline.calls("1405-08").cost(by="month")`."""

from __future__ import annotations

from .figure import Figure
from .selection import Calls, calls

__all__ = ["Calls", "Figure", "calls"]
