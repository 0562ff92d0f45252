"""Saves downloaded files: under safe names, readable by their owner only, and never half or over another file."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from trunkline.errors import ConfigError, RequestError

if TYPE_CHECKING:
    from trunkline.model import File

_LONGEST_NAME = 150
_LONGEST_SUFFIX = 20
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
# Windows reads these as devices, whatever their suffix.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


class Target:
    """Where the files of one command go: a file, or a folder in which they have the provider's names made safe."""

    def __init__(self, output: str, *, force: bool) -> None:
        """Take an existing folder or a path that ends with a slash as a folder. `force` replaces files."""
        self._path = Path(output)
        self._force = force
        self.is_folder = output.endswith(("/", os.sep)) or self._path.is_dir()

    def check(self, *, several: bool) -> None:
        """Raise `RequestError` for what is clear before a download: a file that exists, or one file for several."""
        if several and not self.is_folder:
            msg = "several files need a folder: give --output a folder, or a path that ends with /"
            raise RequestError(msg)
        if not self.is_folder:
            self._check_free(self._path)

    def save(self, file: File) -> Path:
        """Write a file and return its path.

        `RequestError` if there is a file already, `ConfigError` if it can't be written.
        """
        try:
            if self.is_folder:
                self._path.mkdir(parents=True, exist_ok=True)
            path = self._path / safe_name(file.filename) if self.is_folder else self._path
            self._write(path, file.content)
        except OSError as error:
            msg = f"can't write {self._path} ({error.strerror or type(error).__name__})"
            raise ConfigError(msg) from None
        return path

    def _check_free(self, path: Path) -> None:
        if not self._force and os.path.lexists(path):
            raise _taken(path)

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file beside its place first, so that nobody finds half of one under its name."""
        self._check_free(path)
        # mkstemp creates a file that only its owner can read and write.
        descriptor, name = tempfile.mkstemp(prefix=".trunkline-", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if self._force:
                Path(name).replace(path)
            else:
                self._link(Path(name), path)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()

    def _link(self, written: Path, path: Path) -> None:
        try:
            # Unlike a rename, this fails if somebody made the file meanwhile.
            path.hardlink_to(written)
        except FileExistsError:
            raise _taken(path) from None
        except OSError:
            # A file system without hard links.
            self._check_free(path)
            written.replace(path)


def _taken(path: Path) -> RequestError:
    return RequestError(f"{path} exists already: choose another name, or replace it with --force")


def safe_name(name: str) -> str:
    """Return a provider's file name as one that is harmless in any folder, on every system.

    Only its last part is used. Characters that a system or a terminal reads in its own way are left out, and so are
    leading dots; the suffix is kept.
    """
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(
        letter for letter in unicodedata.normalize("NFC", last) if letter.isprintable() and not _is_format(letter)
    )
    plain = _FORBIDDEN.sub("_", visible).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = plain, "", ""
    # Encoded, a letter may take four bytes, and most file systems allow 255 bytes.
    while len(stem.encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    short = f"{stem}{dot}{suffix}" or "file"
    return f"_{short}" if _DEVICES.fullmatch(short) or short.startswith("-") else short


def _is_format(letter: str) -> bool:
    """Return whether a character is invisible and changes how others are shown, such as a change of direction."""
    return unicodedata.category(letter) == "Cf"
