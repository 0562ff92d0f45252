"""How long a test waits for something that must come."""

from __future__ import annotations

# in seconds: many times what a busy machine needs, so that only what never comes fails
PATIENCE = 900
