"""Where the archive is, for the command and the notebooks alike."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


def archive_url(given: str | os.PathLike[str] = "", environ: Mapping[str, str] = os.environ) -> str:
    """Return the SQLAlchemy URL of the archive: `given`, or what `TRUNKLINE_ARCHIVE` says, or the user's own file.

    A bare path is a SQLite file. The user's own is `$XDG_DATA_HOME/trunkline/trunkline.db`, by default below
    `~/.local/share`. Nothing is made. Raises `ConfigError` for a path with a question mark, where a URL's file ends.
    """
    chosen = os.fspath(given) or environ.get("TRUNKLINE_ARCHIVE", "")
    if "://" in chosen:
        return chosen
    home = environ.get("XDG_DATA_HOME", "")
    path = Path(chosen) if chosen else (Path(home) if home else Path.home() / ".local/share") / "trunkline/trunkline.db"
    file = str(path.absolute())
    if "?" in file:
        msg = f"the archive's file can't have a question mark in its name or folders: rename it ({file})"
        raise ConfigError(msg)
    return f"sqlite:///{file}"
