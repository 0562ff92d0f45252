"""Opens the archive that a person means, and makes its file and folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from trunkline.errors import ConfigError

from .location import archive_url
from .store import Archive

if TYPE_CHECKING:
    from os import PathLike


def open_archive(given: str | PathLike[str] = "") -> Archive:
    """Open the archive of a URL or a file, by default that of the command; make its file and folder if need be.

    Raises `ConfigError` if what is given, or `TRUNKLINE_ARCHIVE`, is malformed, or the folder can't be created,
    `ArchiveError` if the archive can't be opened.
    """
    chosen = archive_url(given)
    try:
        url = make_url(chosen)
    except (ArgumentError, ValueError):
        what = "the archive" if given else "TRUNKLINE_ARCHIVE"
        msg = f"{what} is neither a file nor a database URL such as sqlite:////data/calls.db"
        raise ConfigError(msg) from None
    if url.get_backend_name() == "sqlite" and url.database:
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"can't create the archive's folder {folder} ({error.strerror})"
            raise ConfigError(msg) from None
    return Archive.open(chosen)
