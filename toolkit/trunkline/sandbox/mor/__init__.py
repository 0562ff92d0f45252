"""MOR's wires: the pages behind the login and the interface with signed requests."""

from __future__ import annotations

from .api.wire import MorApi
from .web.wire import MorWeb

__all__ = ["MorApi", "MorWeb"]
