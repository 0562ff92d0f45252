"""How a notebook gets at a running Home Assistant: its archive's file, and the access token."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "trunkline.db"
TOKEN = "HASS_TOKEN"  # noqa: S105 - the name of the variable


def read_only(path: str | Path) -> str:
    """Return the URL of an archive that is read and never written: that of a running Home Assistant, or of a copy.

    `path` is the file `trunkline.db` or the folder that contains it. Raises `ConfigError` if it isn't there.
    """
    file = Path(path).expanduser().absolute()
    if file.is_dir():
        file /= FILE
    if not file.is_file():
        msg = f"there is no archive at {file}: Home Assistant keeps it in its configuration folder, as {FILE}"
        raise ConfigError(msg)
    # In a URI of SQLite, a ? or # in the name of a folder would begin something else.
    return f"sqlite:///file:{quote(str(file))}?mode=ro&uri=true"


def access_token(environ: Mapping[str, str] = os.environ) -> str:
    """Return the long-lived access token in the environment variable `HASS_TOKEN`, or ask for it without showing it.

    So a token never stands in a notebook. Raises `ConfigError` if nobody can be asked.
    """
    if found := environ.get(TOKEN, "").strip():
        return found
    try:
        return getpass.getpass("Long-lived access token: ").strip()
    except (EOFError, NotImplementedError, OSError):
        msg = f"there is no access token: set the environment variable {TOKEN}"
        raise ConfigError(msg) from None
