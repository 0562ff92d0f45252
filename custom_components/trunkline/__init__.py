"""Your phone lines in Home Assistant."""

from __future__ import annotations

from . import _bundle  # noqa: F401  (the core's place on the import path comes before anything that imports it)
