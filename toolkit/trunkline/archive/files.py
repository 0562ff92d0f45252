"""The files of an archive in SQLite: where they are, who may read them, and what stands beside them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from trunkline.errors import ArchiveError, DamagedArchiveError

from .failures import REPAIR

if TYPE_CHECKING:
    from sqlalchemy import URL

OWNER_ONLY = 0o600
LOG, JOURNAL = "-wal", "-journal"
COMPANIONS = (LOG, "-shm", JOURNAL)
_SMALLEST = 512
"""The bytes of the smallest database: one page of the smallest size."""
REPAIRED = ".repaired"
"""The ending of a file that a repair has finished and that isn't in its place yet."""


def path_of(url: URL) -> Path | None:
    """Return the file of a SQLite URL that may be written; `None` for a database in memory, or on a server."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    if not name.startswith("file:"):
        return Path(name)
    plain = name.removeprefix("file:").partition("?")[0]
    read_only = {"mode", "immutable"} & url.query.keys() and url.query.get("mode") not in {"rw", "rwc"}
    return None if read_only or not plain or plain == ":memory:" else Path(plain)


def beside(path: Path, ending: str) -> Path:
    """Return the file beside an archive whose name has this ending."""
    return path.with_name(path.name + ending)


def prepare(path: Path) -> None:
    """Create the archive's file for its owner only, if there is none, so that SQLite makes its companions the same.

    Raises `ArchiveError` for a folder, and for an empty file that has left a log behind.
    """
    finish_replacing(path)
    if path.is_dir():
        msg = f"the archive {path} is a folder: name a file"
        raise ArchiveError(msg)
    with suppress(OSError):
        # An existing file isn't opened here: closing it would drop the locks that SQLite holds in this process.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
        return
    # SQLite would take either file for a new one, and delete the log.
    size = _size(path)
    if size == 0 and _size(beside(path, LOG)):
        msg = f"the archive {path} is damaged: the file is empty, but its log isn't. {REPAIR}"
        raise DamagedArchiveError(msg)
    if 0 < size < _SMALLEST:
        msg = f"the archive {path} is damaged: the file has only {size} bytes. {REPAIR}"
        raise DamagedArchiveError(msg)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def restrict(path: Path) -> None:
    """Let only the owner read the archive's files, where that is permitted."""
    for file in (path, *(beside(path, ending) for ending in COMPANIONS)):
        with suppress(OSError):
            if file.stat().st_mode & 0o077:
                file.chmod(OWNER_ONLY)


def finish_replacing(path: Path) -> None:
    """Put a repaired file into its place, if a repair was stopped after it had finished the file."""
    repaired = beside(path, REPAIRED)
    with _REPLACING:
        if not repaired.exists():
            return
        try:
            with repaired.open("rb") as file:
                _lock(file.fileno())
                # Another process may have done it meanwhile, and then the log is that of the new file.
                if repaired.exists():
                    for ending in COMPANIONS:
                        beside(path, ending).unlink(missing_ok=True)
                    repaired.replace(path)
        except OSError as error:
            msg = f"the repaired archive {repaired} can't be moved to {path.name} ({error.strerror}): move it yourself"
            raise ArchiveError(msg) from None


def _lock(descriptor: int) -> None:
    """Wait until no other process replaces this archive, where the system has such locks."""
    with suppress(ImportError):
        import fcntl  # noqa: PLC0415  (not on Windows)

        fcntl.flock(descriptor, fcntl.LOCK_EX)


_REPLACING = Lock()
