"""The commands: one module per command or family of commands, each with `add_to`, which adds it to the parser."""

from __future__ import annotations

from . import accounts, archive, calls, credit, place, report, sandbox, sync

COMMANDS = (accounts, credit, sync, calls, place, report, archive, sandbox)
