"""The commands: one module per command or family of commands, each with `add_to`, which adds it to the parser."""

from __future__ import annotations

from . import (
    accounts,
    archive,
    calls,
    change,
    contacts,
    credit,
    download,
    export,
    get,
    history,
    imports,
    mirror,
    notebooks,
    place,
    report,
    request,
    sandbox,
    sync,
)

COMMANDS = (
    accounts,
    credit,
    sync,
    imports,
    export,
    mirror,
    calls,
    report,
    history,
    contacts,
    get,
    download,
    change,
    place,
    request,
    archive,
    sandbox,
    notebooks,
)
