"""Starts the command. Loading it takes a moment, in which Ctrl-C ends it without a traceback, too."""

from __future__ import annotations

from .status import INTERRUPTED


def main() -> int:
    """Load and run the command, and return its exit status."""
    try:
        from .main import main as run  # noqa: PLC0415  (its time is the one in which Ctrl-C is caught here)

        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
