"""The archive that the commands use, and the accounts that are in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from trunkline.archive import Archive
from trunkline.archive.location import archive_url
from trunkline.archive.named import named_accounts
from trunkline.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.archive import ArchivedAccount


def open_archive() -> Archive:
    """Open the archive; create its file and folder if they don't exist yet.

    Raises `ConfigError` if `TRUNKLINE_ARCHIVE` is malformed or the folder can't be created, `ArchiveError` if the
    archive can't be opened.
    """
    try:
        url = make_url(archive_url())
    except (ArgumentError, ValueError):
        msg = "TRUNKLINE_ARCHIVE is neither a file nor a database URL such as sqlite:////data/calls.db"
        raise ConfigError(msg) from None
    if url.get_backend_name() == "sqlite" and url.database:
        folder = Path(url.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = f"can't create the archive's folder {folder} ({error.strerror})"
            raise ConfigError(msg) from None
    return Archive.open(archive_url())


def archived_accounts(archive: Archive, names: Sequence[str]) -> tuple[list[ArchivedAccount], ZoneInfo]:
    """Return the named accounts (all, if no name is given) and the zone in which dates are meant.

    A name is an account's title, key or id at the provider. The zone is that of the accounts if they have the same,
    otherwise UTC. Raises `ConfigError` for a name that no account has.
    """
    chosen = named_accounts(archive.accounts(), names)
    zones = {archived.zone for archived in chosen}
    return chosen, ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")
