"""Saves a file in Home Assistant's media folder. Runs in the executor."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ..const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_NAMES = 1000


def media_folder(folders: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the name and the path of the folder to save in: `local`, or else the first; None if there is none."""
    if "local" in folders:
        return "local", folders["local"]
    return next(iter(folders.items()), None)


def save(content: bytes, name: str, folder: Path) -> Path:
    """Write a file in the folder, and return its path. No other file is ever changed.

    If a file of this name is there, nothing is written if it has the same content; otherwise the name gets a number.
    The file appears complete. Raises `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = _write_hidden(content, folder)
    try:
        for number in range(1, _MOST_NAMES + 1):
            path = folder / (name if number == 1 else f"{Path(name).stem}-{number}{Path(name).suffix}")
            if _reserve(path):
                return _put(written, path)
            if _holds(path, content):
                return path
    finally:
        written.unlink(missing_ok=True)
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def content_id(folder_name: str, name: str) -> str:
    """Return the media content id of a file that was saved."""
    return f"media-source://media_source/{folder_name}/{DOMAIN}/{name}"


def _reserve(path: Path) -> bool:
    """Create an empty file; return whether nothing of this name was there, a link included."""
    try:
        path.touch(mode=0o644, exist_ok=False)
    except FileExistsError:
        return False
    return True


def _put(written: Path, path: Path) -> Path:
    """Put a complete file in the place of an empty one that was reserved."""
    try:
        written.chmod(path.stat().st_mode)
        return written.replace(path)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _write_hidden(content: bytes, folder: Path) -> Path:
    """Write a file that the media browser doesn't show, completely."""
    handle, path = tempfile.mkstemp(prefix=".", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(path).unlink(missing_ok=True)
        raise
    return Path(path)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
