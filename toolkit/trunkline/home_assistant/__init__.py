"""A running Home Assistant: its archive, read without writing, and its long-term statistics, over its API."""

from __future__ import annotations

from .api import Statistic, read_statistics
from .compared import compare, statistics
from .reading import access_token, read_only

__all__ = ["Statistic", "access_token", "compare", "read_only", "read_statistics", "statistics"]
