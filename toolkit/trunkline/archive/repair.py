"""Saves every readable row of a damaged SQLite file in a new one, and keeps the old file beside it."""

from __future__ import annotations

import mmap
import os
import shutil
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from trunkline.errors import ArchiveError

from . import files, schema
from .database import engine_of, is_open
from .pages import Pages
from .salvage import TABLES, Salvage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

_REPAIRING = ".repairing"
_DAMAGED = ".damaged-"
_LOCKED_BYTES = 0x40000000, 512
"""Where SQLite locks a file that is in use: https://www.sqlite.org/fileformat2.html, section 1.3.1."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair has saved: rows by table. `complete` says that nothing is missing from them.

    `kept` is the damaged file, which stays. If the repair isn't complete, the next sync reads all calls again.
    """

    rows: Mapping[str, int]
    damaged_rows: int
    damaged_pages: int
    complete: bool
    kept: Path

    @property
    def calls(self) -> int:
        """The number of calls that were saved."""
        return self.rows[schema.calls.name]


def repair_archive(url: str) -> Repaired:
    """Save the readable rows of an archive in SQLite in a new file, which takes the place of the old one.

    The old file and its log are kept beside it as `<name>.damaged-<time>`. If the repair is stopped, the old file is
    still in its place, or the next `Archive.open` moves the finished one there. If anything is lost, the coverage
    is dropped, so that the next sync reads all calls again.

    Raises `ArchiveError` if the archive is in use, holds nothing that can be saved, or is in PostgreSQL.
    """
    parsed, _ = engine_of(url)
    if parsed.get_backend_name() != "sqlite":
        msg = "an archive in PostgreSQL can't be repaired from here: restore the server's backup"
        raise ArchiveError(msg)
    path = files.path_of(parsed)
    if path is None or not path.is_file():
        msg = f"there is no archive to repair at {parsed.render_as_string(hide_password=True)}: name an existing file"
        raise ArchiveError(msg)
    files.finish_replacing(path)
    try:
        with _reserved(path) as file:
            return _repair(path, file)
    except OSError as error:
        msg = f"failed to repair the archive {path} ({error.strerror}): check the disk and the folder's permissions"
        raise ArchiveError(msg) from None


@contextmanager
def _reserved(path: Path) -> Iterator[BinaryIO]:
    """Open the file and keep other programs out of it, where the system can; `ArchiveError` if one uses it."""
    msg = f"the archive {path} is open in another program: close that (stop Home Assistant), and try again"
    if is_open(path):
        raise ArchiveError(msg)
    with path.open("r+b") as file:
        try:
            import fcntl  # noqa: PLC0415  (not on Windows)
        except ImportError:
            yield file
            return
        start, length = _LOCKED_BYTES
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, length, start)
        except (BlockingIOError, PermissionError):
            raise ArchiveError(msg) from None
        yield file


def _repair(path: Path, file: BinaryIO) -> Repaired:
    target = files.beside(path, _REPAIRING)
    _remove(target)
    log = files.beside(path, files.LOG)
    try:
        with log.open("rb") if log.exists() else nullcontext() as frames:
            pages = Pages(_content(file), _content(frames))
            salvage = Salvage(pages)
            salvage.write(target)
        if not salvage.rows:
            msg = f"nothing in {path} can be saved: move it away. Then a new archive is made, and a sync fills it"
            raise ArchiveError(msg)
        with target.open("rb") as finished:
            os.fsync(finished.fileno())
        kept = _keep(path)
        target.replace(files.beside(path, files.REPAIRED))
        _flush_folder(path.parent)
        files.finish_replacing(path)
    finally:
        _remove(target)
    rows = {name: salvage.rows[name] for name in TABLES}
    return Repaired(rows, salvage.damaged, pages.damage.pages, complete=salvage.complete, kept=kept)


def _content(file: BinaryIO | None) -> mmap.mmap | bytes:
    if file is None or not os.fstat(file.fileno()).st_size:
        return b""
    # It isn't closed before the repair ends: closing any handle of a file drops the locks of this process.
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _keep(path: Path) -> Path:
    """Give the old file and its log a second name, under which they stay; return the file's."""
    kept = files.beside(path, f"{_DAMAGED}{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%f}")
    for ending in ("", files.LOG, files.JOURNAL):
        old, new = files.beside(path, ending), files.beside(kept, ending)
        if old.exists():
            try:
                os.link(old, new)
            except OSError:  # a file system without links
                shutil.copy2(old, new)
    files.restrict(kept)
    return kept


def _flush_folder(folder: Path) -> None:
    # Windows can't open a folder.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove(target: Path) -> None:
    for ending in ("", *files.COMPANIONS):
        files.beside(target, ending).unlink(missing_ok=True)
